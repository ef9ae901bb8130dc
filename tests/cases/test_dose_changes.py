"""Doses that a clinician can check by hand: what is found at a person, which rules hold, what is left of each dose. Invented people."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.case import resolve
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.intake.case_file import read_case_file
from chemoplan.knowledge import load_knowledge

KEYS = {
    "name", "regimen", "facts", "complete", "fires", "quiet", "doses", "lines", "after", "warns", "by", "needs", "asks", "verdict"
}  # fmt: skip
WELL: dict[str, Any] = {
    "region": "US", "setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "treatment_intent": "curative",
    "weeks_since_surgery": 6, "age": 62, "sex": "male", "ecog": 1, "height": 170, "weight": 70, "creatinine_clearance": 76,
    "neutrophils": 2.4, "platelets": 180, "bilirubin": 0.7, "bilirubin_ratio": 0.6, "aminotransferase_ratio": 0.8,
    "dpyd_activity_score": 2, "ugt1a1": "normal", "neuropathy_grade": 0, "medicines": [], "cycle_number": 3, "ctcae_version": 5,
    "ras": "wild_type", "braf_v600e": "not_detected", "major_surgery_near": False, "primary_symptom": "none",
}  # fmt: skip
"""The person of every case, 1.82 m2 and 70 kg, before the third cycle; a case states what is different. `null` takes a fact away."""
CASES = [
    pytest.param(case, id=case["name"])
    for case in yaml.safe_load((Path(__file__).parent / "dose_changes.yaml").read_text(encoding="utf-8"))
]


def ordered(case: dict[str, Any]) -> dict[str, Any]:
    knowledge = load_knowledge()
    facts = {name: value for name, value in {**WELL, **(case.get("facts") or {})}.items() if value is not None}
    reading = read_case_file({"complete": case.get("complete", ["history", "toxicity"]), "facts": facts}, "invented")
    regimen = regimen_of(case["regimen"], knowledge)
    choices = {part.id: part.choices[0].id for part in regimen.parts if part.must_choose}
    return order(regimen, resolve(reading, knowledge), knowledge, OrderRequest(choices=choices))


@pytest.mark.parametrize("case", CASES)
def test_the_dose_is_what_the_rules_leave(case: dict[str, Any]) -> None:
    assert set(case) <= KEYS, "unknown key in the case"
    result = ordered(case)
    rows = {row["part"]: row for row in result["drugs"]}
    applied = {change["rule"] for row in result["drugs"] for change in row["modifications"] if change["applied"]}
    shown = {change["rule"] for row in result["drugs"] for change in row["modifications"]}
    warned = {row["id"] for row in result["warnings"]}
    assert set(case.get("fires", [])) <= applied, applied
    assert not {name for name in applied | warned if any(fnmatchcase(name, item) for item in case.get("quiet", []))}
    assert set(case.get("warns", [])) <= warned, warned
    for part, dose in case.get("doses", {}).items():
        assert rows[part]["status"] in ("give", "omit"), (
            part,
            rows[part]["status"],
            rows[part]["conditional_on"],
            applied,
        )
        assert rows[part].get("target", rows[part]["dose"]) == dose, (part, applied)
    for part, status in case.get("lines", {}).items():
        assert (rows[part]["status"], rows[part]["dose"]) == (status, None), (part, applied)
    for part, dose in case.get("after", {}).items():
        assert rows[part]["dose_after"] == dose, (part, applied)
    for part, places in case.get("by", {}).items():
        found = {
            row["jurisdiction"]: row["dose"] if row["status"] == "give" else row["status"]
            for row in rows[part]["by_jurisdiction"]
        }
        assert found == places, shown
    for part, facts in case.get("needs", {}).items():
        assert (rows[part]["status"], set(rows[part]["conditional_on"])) == ("conditional", set(facts))
    assert set(case.get("asks", [])) <= set(result["asks"])
    if "verdict" in case:
        assert result["verdict"] == case["verdict"], applied


def test_the_person_of_the_cases_gets_full_doses() -> None:
    for regimen in (
        "mfolfox6",
        "capox",
        "folfiri",
        "folfiri-bevacizumab",
        "mfolfox6-panitumumab",
        "trifluridine-tipiracil",
        "regorafenib",
    ):
        for cycle in (1, 3):
            result = ordered({"regimen": regimen, "facts": {"cycle_number": cycle}})
            assert result["verdict"] == "to give", (regimen, cycle, result["conditional_on"])
            assert all(row["status"] == "give" and not row["modifications"] for row in result["drugs"]), (
                regimen,
                cycle,
            )

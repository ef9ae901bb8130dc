"""An order: what is given, what is withheld and why, how reductions combine, where jurisdictions differ, what a person decides."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chemoplan.case import resolve
from chemoplan.dosing.amounts import DoseRefused, down, exact, half_up, plain, shown
from chemoplan.dosing.many import order_lines
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.dosing.recheck import recheck
from chemoplan.intake.case_file import read_case_file
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.report.json import to_json

WELL: dict[str, Any] = {
    "region": "US", "setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "treatment_intent": "curative",
    "weeks_since_surgery": 6, "age": 62, "sex": "male", "ecog": 1, "height": 170, "weight": 70, "creatinine": 1.0, "neutrophils": 2.4,
    "platelets": 180, "bilirubin": 0.7, "bilirubin_ratio": 0.6, "aminotransferase_ratio": 0.8, "dpyd_activity_score": 2, "ugt1a1": "normal",
    "neuropathy_grade": 0, "medicines": [], "cycle_number": 1,
}  # fmt: skip
"""An invented person in whom nothing speaks against a first cycle."""


def ordered(
    regimen: str, changes: dict[str, Any] | None = None, knowledge: Knowledge | None = None, **request: Any
) -> dict[str, Any]:
    knowledge = knowledge or load_knowledge()
    facts = {name: value for name, value in {**WELL, **(changes or {})}.items() if value is not None}
    reading = read_case_file({"complete": ["history", "toxicity"], "facts": facts}, "invented")
    return order(regimen_of(regimen, knowledge), resolve(reading, knowledge), knowledge, OrderRequest(**request))


def line(result: dict[str, Any], part: str) -> dict[str, Any]:
    return next(row for row in result["drugs"] if row["part"] == part)


def doses(result: dict[str, Any]) -> dict[str, Any]:
    return {row["part"]: row["dose"] for row in result["drugs"]}


def test_full_doses_of_a_first_cycle() -> None:
    result = ordered("mfolfox6")
    assert result["verdict"] == "to give"
    assert doses(result) == {
        "oxaliplatin": 154.7,
        "leucovorin": 728,
        "fluorouracil-bolus": 728,
        "fluorouracil-infusion": 4368,
    }
    infusion = line(result, "fluorouracil-infusion")
    assert (infusion["per"], infusion["per_day"], infusion["unit"]) == ("total", 2184, "mg")
    assert [step["result"] for step in infusion["steps"]][:2] == ["1.82 m2", "4368 mg"]


def test_a_surface_that_is_stated_does_when_height_and_weight_are_not_known() -> None:
    result = ordered(
        "mfolfox6", {"height": None, "weight": None, "creatinine_clearance": 80, "body_surface_area": 1.82}
    )
    assert doses(result)["oxaliplatin"] == 154.7


def test_a_surface_that_height_and_weight_contradict_gives_no_dose() -> None:
    result = ordered("mfolfox6", {"body_surface_area": 2.1})
    assert line(result, "oxaliplatin")["conditional_on"] == ["body_surface_area"]
    assert any("check them" in row["text"] for row in result["warnings"])


@pytest.mark.parametrize("fact", ["height", "weight", "neutrophils", "platelets", "dpyd_activity_score", "medicines"])
def test_a_fact_that_is_missing_is_named_and_nothing_is_given_without_it(fact: str) -> None:
    result = ordered("mfolfox6", {fact: None})
    assert result["verdict"] == "conditional"
    assert fact in result["conditional_on"]
    assert line(result, "fluorouracil-infusion")["dose"] is None
    assert fact in {row["fact"] for row in result["missing"]}


def test_the_calculated_dose_is_no_order() -> None:
    row = line(ordered("mfolfox6", {"dpyd_activity_score": None}), "fluorouracil-bolus")
    assert (row["dose"], row["calculated"], row["status"]) == (None, 728, "conditional")


def test_the_lowest_reduction_counts_and_multiplying_is_shown() -> None:
    result = ordered("capecitabine", {"dpyd_activity_score": 1, "creatinine": 1.9})
    row = line(result, "capecitabine")
    assert row.get("target", row["dose"]) == 1137.5  # half of 2275; three quarters would be 1706.25
    step = next(step for step in row["steps"] if step["step"] == "reduced dose")
    assert "853.13 mg" in step["rule"]


def test_a_site_may_multiply(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(
        "- {id: combine-reductions, replace: true, title: Combine, value: product, choices: [lowest, product], text: Multiply., "
        "evidence: [{source: unsourced, says: A site's choice., status: unverified}]}\n",
        encoding="utf-8",
    )
    row = line(
        ordered("capecitabine", {"dpyd_activity_score": 1, "creatinine": 1.9}, load_knowledge([tmp_path])),
        "capecitabine",
    )
    assert row.get("target", row["dose"]) == 853.13


def test_a_complete_deficiency_blocks_both_fluoropyrimidine_lines() -> None:
    result = ordered("mfolfox6", {"dpyd_activity_score": 0})
    assert result["verdict"] == "do not give"
    assert {row["part"] for row in result["drugs"] if row["status"] == "stop"} == {
        "fluorouracil-bolus",
        "fluorouracil-infusion",
    }


def test_what_is_decided_is_not_asked_for() -> None:
    """A drug that must not be given stays so whatever else is unknown."""
    result = ordered("mfolfox6", {"dpyd_activity_score": 0, "neutrophils": None})
    assert line(result, "fluorouracil-bolus")["status"] == "stop"


def test_counts_too_low_on_day_1_delay_the_cycle() -> None:
    result = ordered("mfolfox6", {"neutrophils": 1.4})
    assert result["verdict"] == "delay"
    assert line(result, "oxaliplatin")["dose_after"] == 154.7
    assert ordered("mfolfox6", {"neutrophils": 1.5, "platelets": 75})["verdict"] == "to give"


def test_a_clearance_below_30_by_region() -> None:
    low = {"creatinine": 3.0}
    assert line(ordered("mfolfox6", {**low, "region": "US"}), "oxaliplatin")["dose"] == 118.3
    assert line(ordered("mfolfox6", {**low, "region": "EU"}), "oxaliplatin")["status"] == "stop"
    neither = line(ordered("mfolfox6", {**low, "region": None}), "oxaliplatin")
    assert (neither["status"], neither["dose"]) == ("differ", None)
    assert {row["jurisdiction"]: row["status"] for row in neither["by_jurisdiction"]}["US"] == "give"
    assert "region" in neither["conditional_on"]


def test_the_rule_of_another_region_is_shown_and_does_not_apply() -> None:
    row = line(ordered("mfolfox6", {"creatinine": 3.0, "region": "US"}), "oxaliplatin")
    shown_here = {change["rule"]: change["applied"] for change in row["modifications"]}
    assert shown_here["oxaliplatin-renal-us"] is True
    assert shown_here["oxaliplatin-renal-eu"] is False


def test_a_dose_that_sources_disagree_on_waits_for_a_choice() -> None:
    row = line(ordered("folfoxiri"), "leucovorin")
    assert (row["status"], row["dose"]) == ("choose", None)
    assert {choice["id"] for choice in row["choices"]} == {"racemic", "levo"}
    chosen = line(ordered("folfoxiri", choices={"leucovorin": "levo"}), "leucovorin")
    assert (chosen["drug"], chosen["dose"]) == ("levoleucovorin", 364)


def test_a_loading_dose_in_the_first_cycle_only() -> None:
    first = [
        (row["label"], row["days"], row["published"]["value"])
        for row in ordered("encorafenib-cetuximab")["drugs"]
        if row["part"] == "cetuximab"
    ]
    assert first == [("loading dose", [1], 400), ("", [8, 15, 22], 250)]
    later = [
        (row["days"], row["published"]["value"])
        for row in ordered("encorafenib-cetuximab", {"cycle_number": 2})["drugs"]
        if row["part"] == "cetuximab"
    ]
    assert later == [([1, 8, 15, 22], 250)]
    unknown = line(ordered("encorafenib-cetuximab", {"cycle_number": None}), "cetuximab")
    assert "cycle_number" in unknown["conditional_on"]


def test_a_dose_level_that_is_asked_for() -> None:
    result = ordered("folfiri", {"body_surface_area": 1.7, "height": None, "weight": 70}, level=-1)
    assert (doses(result)["irinotecan"], doses(result)["fluorouracil-bolus"]) == (255, 544)


def test_going_on_without_a_fact_is_told_and_has_limits() -> None:
    result = ordered("folfiri", {"ugt1a1": None}, without={"ugt1a1": "not tested here"})
    assert doses(result)["irinotecan"] == 327.6
    assert result["overridden"] == [{"fact": "ugt1a1", "reason": "not tested here"}]
    assert any(row["id"] == "without-ugt1a1" for row in result["warnings"])
    with pytest.raises(DoseRefused, match="is known in this case"):
        ordered("folfiri", without={"ugt1a1": "why not"})
    with pytest.raises(DoseRefused, match="no dose can be worked out without weight"):
        ordered("folfiri", {"weight": None}, without={"weight": "not weighed"})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("FOLFOX", "a name gives no dose"),
        ("mfolfox", "ids that may be meant: mfolfox6, mfolfox7"),
        ("capiri@1", "is at version 2, not 1"),
        ("XELOX", "may be meant: capox"),
    ],
)
def test_only_an_id_gives_a_dose(name: str, message: str) -> None:
    with pytest.raises(DoseRefused, match=message):
        regimen_of(name, load_knowledge())


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DoseRefused, match="expected one of racemic, levo"):
        ordered("folfoxiri", choices={"leucovorin": "dextro"})
    with pytest.raises(DoseRefused, match="has no choice for 'oxaliplatin'"):
        ordered("mfolfox6", choices={"oxaliplatin": "weekly"})


def test_every_change_shows_why_and_from_where() -> None:
    result = ordered("mfolfox6", {"dpyd_activity_score": 1.5})
    (change,) = [row for row in line(result, "fluorouracil-bolus")["modifications"] if row["applied"]]
    assert change["effect"] == "728 to 364 mg (50% of the full dose)"
    assert change["because"][0]["fact"] == "dpyd_activity_score"
    assert change["evidence"] and all(row["status"] for row in change["evidence"])


def test_the_second_calculation_notices_a_wrong_dose() -> None:
    knowledge = load_knowledge()
    result = ordered("mfolfox6", {"dpyd_activity_score": 1})
    facts = {"height": 170.0, "weight": 70.0}
    assert all(row["agrees"] for row in recheck(result, facts, knowledge))
    line(result, "oxaliplatin")["dose"] = 15.47
    assert [row["part"] for row in recheck(result, facts, knowledge) if not row["agrees"]] == ["oxaliplatin"]


def test_orders_for_many_are_the_orders_for_each(tmp_path: Path) -> None:
    knowledge = load_knowledge()
    readings = [
        read_case_file(
            {"case": f"p{weight}", "complete": ["history", "toxicity"], "facts": {**WELL, "weight": weight}}, "x"
        )
        for weight in range(50, 60)
    ]
    cases = [resolve(reading, knowledge) for reading in readings]
    lines = list(order_lines("mfolfox6", cases, workers=2))
    alone = list(order_lines("mfolfox6", cases, workers=1))
    assert lines == alone
    assert all(f'"case":"p{weight}"' in text for weight, text in zip(range(50, 60), lines, strict=True))


def test_an_order_is_the_same_bytes_each_time() -> None:
    assert to_json(ordered("folfiri")) == to_json(ordered("folfiri"))


@pytest.mark.parametrize(
    ("value", "step", "up", "low"),
    [
        ("0.125", "0.01", "0.13", "0.12"),
        ("2.5", "1", "3", "2"),
        ("193.85", "5", "195", "190"),
        ("1.005", "0.01", "1.01", "1"),
    ],
)
def test_rounding(value: str, step: str, up: str, low: str) -> None:
    assert shown(half_up(Decimal(value), Decimal(step))) == up
    assert shown(down(Decimal(value), Decimal(step))) == low


def test_numbers_keep_what_was_written() -> None:
    assert exact(0.12) == Decimal("0.12")
    assert shown(Decimal("2E+2")) == "200"
    assert (plain(Decimal("4368.00")), plain(Decimal("154.7"))) == (4368, 154.7)

"""The worked cases about rules of the reference: their words become facts, and the order has to do what they expect."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.regimens import Regimen, RegimenPart
from tests.cases.test_dose_changes import WELL, ordered
from tests.real.conftest import reference_folder

PATH = reference_folder() / "regimens" / "cases.json"
ROWS = json.loads(PATH.read_text(encoding="utf-8"))["cases"] if PATH.is_file() else []
CASES = [pytest.param(row, id=row["id"]) for row in ROWS if row["type"] == "RULE"]
pytestmark = pytest.mark.skipif(not CASES, reason="the reference folder is absent (set CHEMOPLAN_REFERENCE)")

SURFACE, WEIGHT = Decimal("1.82"), Decimal(70)
EVENTS = {
    "diarrhea": "diarrhea", "hand-foot": "hand_foot", "HFS": "hand_foot", "rash": "rash", "mucositis": "mucositis",
    "stomatitis": "mucositis", "vomiting": "vomiting", "hypertension": "hypertension", "bleeding": "bleeding", "hemorrhage": "bleeding",
    "thrombocytopenia": "thrombocytopenia",
}  # fmt: skip
CLASSES = {
    "omeprazole": "proton_pump_inhibitor", "pantoprazole": "proton_pump_inhibitor", "famotidine": "h2_blocker",
    "ketoconazole": "strong_cyp3a4_inhibitor", "itraconazole": "strong_cyp3a4_inhibitor", "clarithromycin": "strong_cyp3a4_inhibitor",
    "rifampicin": "strong_cyp3a4_inducer", "rifampin": "strong_cyp3a4_inducer", "carbamazepine": "strong_cyp3a4_inducer",
    "phenytoin": "phenytoin", "St John wort": "st_johns_wort", "gemfibrozil": "strong_cyp2c8_inhibitor", "warfarin": "warfarin",
    "brivudine": "brivudine", "sorivudine": "sorivudine", "allopurinol": "allopurinol", "amiodarone": "qt_prolonging",
}  # fmt: skip
"""Medicines by name, as the fact `medicines` holds them."""
INTENT = {"adjuvant": "curative", "advanced": "palliative", "metastatic": "palliative"}
TWO_WEEKLY = re.compile(r"q2w|two-weekly|2-weekly|biweekly")
STATES = {
    "delay": {"delay"}, "hold": {"hold", "delay", "stop"}, "stop": {"stop"}, "avoid": {"stop"}, "contraindicated": {"stop"},
    "treat": {"give"}, "give": {"give"}, "not established": {"decide", "stop"}, "decide": {"decide"}, "omit": {"omit"},
}  # fmt: skip
"""What a line of an order may say where a case expects one of these; `hold` may be said more strongly."""
ACTIONS = {
    "contraindicated": {"stop"},
    "not established": {"decide"},
    "delay": {"delay"},
    "hold": {"hold"},
    "stop": {"stop"},
}


def facts_of_case(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a case as facts; fails on an input that nothing here understands."""
    vocabulary = load_knowledge().vocabulary
    facts: dict[str, Any] = {"region": None}
    event = str(inputs.get("event", ""))
    grade = inputs.get("grade") or (re.search(r"grade (\d)", event) or [None, None])[1]
    if event.startswith("febrile neutropenia") or event == "FN":
        facts["febrile_neutropenia"] = True
    elif grade:
        name = next(
            (fact for word, fact in EVENTS.items() if word in event),
            "neutropenia" if "neutropenia" in event else "other_toxicity",
        )
        facts[f"{name}_grade"] = int(grade)
        if f"{name}_occurrence" in vocabulary:
            facts[f"{name}_occurrence"] = inputs.get("occurrence", 1)
    for name, value in inputs.items():
        if name in ("regimen_id", "drug", "dose_per_administration", "event", "grade", "occurrence", "schedule"):
            continue
        if name == "drugs":
            facts["medicines"] = [CLASSES[item] for item in value if item not in load_knowledge().dosing.drugs]
        elif name == "setting":
            facts["treatment_intent"] = INTENT[value]
        elif name == "neuropathy":
            facts |= {"neuropathy_grade": int(value[1]), "neuropathy_persistent": "persistent" in value}
        elif name in vocabulary:
            facts[name] = value
        else:
            pytest.fail(f"no fact for the input {name!r}")
    if "days_to_surgery" in facts:
        facts["major_surgery_near"] = True
    if facts.get("treatment_intent") == "palliative":
        facts |= {"cM": "M1b", "setting": "metastatic", "weeks_since_surgery": None}
    return facts


def drug_of_case(row: dict[str, Any]) -> str | None:
    held, inputs = load_knowledge().dosing.drugs, row["inputs"]
    named = [inputs["drug"]] if "drug" in inputs else [item for item in inputs.get("drugs", []) if item in held]
    return named[0] if named else None


def regimen_of_case(row: dict[str, Any]) -> Regimen:
    """The regimen that the case names, or the plainest one with its drug at its dose, or at the usual one."""
    held, inputs, drug = load_knowledge().dosing.regimens, row["inputs"], drug_of_case(row)
    if "regimen_id" in inputs:
        return held[inputs["regimen_id"]]
    words = {word.lower() for word in re.findall(r"\w+", row["name"])} - set(load_knowledge().dosing.drugs)
    doses = [part.dose.value for regimen in held.values() for part in regimen.parts if part.drug == drug]
    usual = (
        Decimal(500 if TWO_WEEKLY.search(row["name"]) else 250) if drug == "cetuximab" else max(doses, key=doses.count)
    )
    dose = Decimal(str(inputs.get("dose_per_administration", usual)))

    def able(regimen: Regimen) -> bool:
        return any(part.drug == drug and part.dose.value == dose for part in regimen.parts)

    def plainness(regimen: Regimen) -> tuple[int, int, str]:
        named = sum(word in regimen.id for word in words if len(word) > 4)
        return -named, len(regimen.parts), regimen.id

    return min(filter(able, held.values()), key=plainness)


def expected_dose(part: RegimenPart, detail: str) -> Decimal:
    """The mass that the words of a case ask for: so many mg/m2, mg/kg or mg, a share, or levels below the published dose."""
    size = {"mg/m2": SURFACE, "mg/kg": WEIGHT}.get(part.dose.unit, Decimal(1))
    share = re.search(r"(\d+)\s*%", detail)
    level = re.search(r"(?:-|minus )(\d) level|(one|two) levels? lower", detail)
    if share:
        value = part.dose.value * Decimal(share[1]) / 100
    elif level:
        steps = int(level[1] or {"one": 1, "two": 2}[level[2]])
        ladders = load_knowledge().dosing.drugs[part.drug].ladders
        value = next(ladder.steps[steps] for ladder in ladders if ladder.steps[0] == part.dose.value)
    else:
        value = Decimal(re.findall(r"\d+(?:\.\d+)?", detail)[0])
    return value * size


def order_for(regimen: Regimen, facts: dict[str, Any]) -> dict[str, Any]:
    return ordered({"regimen": regimen.id, "facts": facts})


def rows_of(result: dict[str, Any], drug: str | None) -> list[dict[str, Any]]:
    return [row for row in result["drugs"] if drug is None or row["drug"] == drug]


@pytest.mark.parametrize("row", CASES)
def test_a_rule_does_what_the_reference_expects(row: dict[str, Any]) -> None:
    expected, drug, regimen = row["expected"], drug_of_case(row), regimen_of_case(row)
    facts = facts_of_case(row["inputs"])
    part = next(part for part in regimen.parts if drug is None or part.drug == drug)
    result = order_for(regimen, facts)
    rows = rows_of(result, drug)
    action, detail = expected["action"], expected.get("detail", "")
    if action in STATES:
        assert {line["status"] for line in rows} <= STATES[action], rows
        assert any(change["applied"] for line in rows for change in line["modifications"]) or action in (
            "treat",
            "give",
        )
    elif action in ("reduce", "hold_then_reduce"):
        assert rows[0]["status"] == "give", rows[0]["modifications"]
        assert Decimal(str(rows[0].get("target", rows[0]["dose"]))) == expected_dose(part, detail)
        if action == "hold_then_reduce":
            waiting = rows_of(order_for(regimen, facts | {"toxicity_not_recovered": True}), drug)
            assert {line["status"] for line in waiting} <= {"hold", "delay"}
            assert waiting[0]["dose_after"] == rows[0].get("target", rows[0]["dose"])
        if "no re-escalation" in detail:
            changes = load_knowledge().dosing.dose_changes
            assert any(changes[item["rule"]].keeps for item in rows[0]["modifications"])
    elif action == "warn":
        assert {line["status"] for line in rows} == {"give"}
        assert any(item.get("drug") == drug for item in result["warnings"])
    elif action == "jurisdictions_differ":
        for places, words in expected["by_jurisdiction"].items():
            holds_in(regimen, drug, facts, "EU" if "EU" in places else "US", words)
    else:
        pytest.fail(f"no check for the action {action!r}")


def holds_in(regimen: Regimen, drug: str | None, facts: dict[str, Any], place: str, words: str) -> None:
    """In this jurisdiction the order says so, or a rule of this jurisdiction says so beside a stronger one of the plan."""
    regions = load_knowledge().regions
    reach = {place, *regions.get(place, ())}
    rows = rows_of(order_for(regimen, {**facts, "region": place}), drug)
    said = next(word for word in STATES if word in words)
    if all(line["status"] in STATES[said] for line in rows):
        return
    changes = [change for line in rows for change in line["modifications"] if reach & set(change["jurisdictions"])]
    assert any(change["action"] in ACTIONS.get(said, set()) for change in changes), (place, words, rows)


def test_the_person_of_the_cases_has_the_surface_and_weight_that_they_are_counted_with() -> None:
    body = ordered({"regimen": "mfolfox6"})["body"]
    assert (body["surface"], WELL["weight"]) == (float(SURFACE), int(WEIGHT))


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        (
            "FOLFOX day 1 platelets 60", {"regimen_id": "mfolfox6", "neutrophils": 1.8, "platelets": 60},
            {"action": "jurisdictions_differ", "by_jurisdiction": {"US": "delay", "EU": "treat"}},
        ),
        ("FOLFIRI day 1 platelets 99", {"regimen_id": "folfiri", "platelets": 99}, {"action": "delay"}),
        (
            "irinotecan after pelvic radiation", {"drug": "irinotecan", "prior_pelvic_radiation": True},
            {"action": "reduce", "detail": "one level lower"},
        ),
        (
            "irinotecan grade 4 diarrhea FOLFIRI", {"drug": "irinotecan", "event": "diarrhea", "grade": 4},
            {"action": "reduce", "detail": "-2 levels"},
        ),
        (
            "panitumumab 2nd G3 rash", {"drug": "panitumumab", "event": "rash", "grade": 3, "occurrence": 2},
            {"action": "hold_then_reduce", "detail": "hold then 80%"},
        ),
        (
            "cetuximab 2nd G3 rash", {"drug": "cetuximab", "event": "rash", "grade": 3, "occurrence": 2},
            {"action": "hold_then_reduce", "detail": "200 mg/m2"},
        ),
        (
            "cetuximab q2w 2nd G3 rash", {"drug": "cetuximab", "event": "rash", "grade": 3, "occurrence": 2},
            {"action": "hold_then_reduce", "detail": "400 mg/m2"},
        ),
        ("cetuximab 4th G3 rash", {"drug": "cetuximab", "event": "rash", "grade": 3, "occurrence": 4}, {"action": "stop"}),
        ("capecitabine 1st G4", {"drug": "capecitabine", "grade": 4, "occurrence": 1}, {"action": "decide"}),
        ("irinotecan with ketoconazole", {"drugs": ["irinotecan", "ketoconazole"]}, {"action": "avoid"}),
    ],
)  # fmt: skip
def test_cases_of_the_same_kinds_are_understood(name: str, inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    test_a_rule_does_what_the_reference_expects({"name": name, "inputs": inputs, "expected": expected})

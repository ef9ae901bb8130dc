"""The Bundle that is written: what others can read in it, and what never stands in it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from chemoplan.case.statement import Completeness, Reading, Source, Statement
from chemoplan.report.fhir import carried_plan, plan_bundle
from chemoplan.vocabulary import SetValue

READING = Reading(
    case="invented-1",
    statements=(
        Statement("cT", "T3", Source("MRI report", "line 4", date(2026, 3, 20), "MRI")),
        Statement("mrf_distance", 0.5, Source("MRI report", "line 5", date(2026, 3, 20), "MRI")),
        Statement("weight", 70.0, Source("note")),
        Statement("weight", 71.0, Source("note", "", date(2026, 3, 1))),
        Statement("metastatic_sites", SetValue(frozenset({"lung", "liver"}), False), Source("CT report")),
    ),
    complete=(Completeness("mri", Source("MRI report")),),
    decided_on=date(2026, 3, 31),
    title="An invented case",
)
PLAN: dict[str, Any] = {
    "options": [
        {
            "id": "tnt",
            "title": "Total neoadjuvant treatment",
            "rank": 1,
            "verdict": "offered",
            "evidence": [{"source": "trial-x", "statement": "2.1", "status": "unverified"}],
        }
    ],
    "excluded": [{"id": "tme", "title": "Upfront surgery"}],
    "alerts": [{"id": "a", "severity": "high", "text": "Test DPYD first"}],
}


def resources(kind: str) -> list[dict[str, Any]]:
    entries = plan_bundle(READING, PLAN)["entry"]
    return [entry["resource"] for entry in entries if entry["resource"]["resourceType"] == kind]


def test_observations_carry_standard_codes_beside_the_own_ones() -> None:
    first, second, third, *_ = resources("Observation")
    assert {"system": "http://snomed.info/sct", "code": "399504009"} in first["code"]["coding"]
    assert {"system": "http://snomed.info/sct", "code": "1228938002"} in first["valueCodeableConcept"]["coding"]
    assert second["valueQuantity"] == {"value": 0.5, "unit": "mm", "system": "http://unitsofmeasure.org", "code": "mm"}
    assert (second["effectiveDateTime"], second["method"]) == ("2026-03-20", {"text": "MRI"})
    assert {"system": "http://loinc.org", "code": "29463-7"} in third["code"]["coding"]


def test_the_patient_carries_nothing_personal() -> None:
    assert resources("Patient") == [{"resourceType": "Patient", "id": "patient"}]


def test_the_plan_is_a_draft_proposal_with_verdict_and_evidence_on_each_option() -> None:
    (care_plan,) = resources("CarePlan")
    assert (care_plan["status"], care_plan["intent"]) == ("draft", "proposal")
    (activity,) = care_plan["activity"]
    assert activity["detail"]["code"]["text"] == "Total neoadjuvant treatment"
    assert "Verdict: offered." in activity["detail"]["description"]
    assert activity["extension"][0]["valueRelatedArtifact"]["citation"] == "trial-x, 2.1, unverified"
    notes = [note["text"] for note in care_plan["note"]]
    assert notes == ["Excluded: Upfront surgery", "Alert (high): Test DPYD first"]


def test_the_plan_json_is_carried_whole() -> None:
    assert carried_plan(plan_bundle(READING, PLAN)) == PLAN
    assert carried_plan({"resourceType": "Bundle"}) is None


def test_ids_are_unique_and_bytes_are_equal_for_equal_input() -> None:
    bundle = plan_bundle(READING, PLAN)
    ids = [(entry["resource"]["resourceType"], entry["resource"]["id"]) for entry in bundle["entry"]]
    assert len(set(ids)) == len(ids)
    assert ("Observation", "fact-weight-2") in ids
    assert all(len(identity) <= 64 for _, identity in ids)
    assert json.dumps(bundle) == json.dumps(plan_bundle(READING, PLAN))


def test_a_plan_with_missing_or_odd_parts_is_still_written() -> None:
    for plan in ({}, {"options": None, "excluded": "x", "alerts": [1, {}], "missing": [{}]}):
        assert carried_plan(plan_bundle(READING, plan)) == plan

"""What a plan and an audit say beside the verdicts: what matters and what does not, where it speaks for, words when nothing is left."""

from __future__ import annotations

import pytest

from chemoplan.case import resolve
from chemoplan.intake.read import read_reading
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.audit import audit
from chemoplan.plan.proposed import read_proposal
from chemoplan.plan.recommend import recommend

LOCALIZED = {
    "setting": "initial", "histology": "adenocarcinoma", "cT": "T3", "cN": "N1", "cM": "M0", "tumor_height": 8, "mrf_distance": 5,
    "mmr": "proficient", "dpyd_activity_score": 2, "ecog": 0, "age": 60, "frail": False, "neuropathy_grade": 0,
    "surgery_possible": True, "childbearing_potential": False, "primary_symptom": "none",
}  # fmt: skip


def plan_of(facts, complete=("history", "mri")):
    document = {"facts": facts, "complete": list(complete)}
    return recommend(resolve(read_reading(document, "case"), load_knowledge()), load_knowledge())


def option(plan, name):
    return next(row for row in plan["options"] if row["id"] == name)


def findings(proposed, facts):
    knowledge = load_knowledge()
    case = resolve(read_reading({"facts": facts, "complete": ["history", "mri"]}, "case"), knowledge)
    result = audit(read_proposal(proposed, knowledge), case, knowledge)
    return {row["id"]: row for row in result["findings"]}


def test_an_option_does_not_depend_on_a_fact_that_bars_only_one_of_two_drugs():
    found = option(plan_of({**LOCALIZED, "dpyd_activity_score": None}), "lccrt-tme")
    assert found["verdict"] == "conditional"
    assert found["depends_on"] == ["dpyd_activity_score"]


def test_what_bars_one_of_two_drugs_is_not_said_to_exclude_the_option():
    entries = {row["entry"] for row in option(plan_of(LOCALIZED), "lccrt-tme")["changes_if"]}
    assert "fluoropyrimidine-cardiotoxicity" in entries
    assert "capecitabine-renal-severe" not in entries


@pytest.mark.parametrize(("region", "own"), [(None, None), ("US", True), ("JP", False)])
def test_an_option_says_whether_anything_cited_speaks_for_the_region_of_the_case(region, own):
    regions = option(plan_of({**LOCALIZED, "region": region}), "tnt-ffx-lccrt")["regions"]
    assert "US" in regions["cited"]
    assert regions["own"] is own


def test_an_entry_holds_where_its_sources_speak_for_unless_it_says_so_itself():
    knowledge = load_knowledge()
    assert "NL" in knowledge.regions["EU"]
    assert {"EU", "US"} <= set(knowledge.entries["gate-dpyd"].jurisdictions)


def test_the_position_of_the_region_comes_first_in_a_disagreement():
    facts = {**LOCALIZED, "ugt1a1": "poor", "cT": "T3", "emvi": True}
    for region, first in (("US", "FDA"), ("EU", "Dutch Pharmacogenetics Working Group")):
        conflict = next(row for row in plan_of({**facts, "region": region})["conflicts"] if row["id"] == "c11")
        assert conflict["positions"][0]["body"] == first
        assert len(conflict["positions"]) == 4


def test_a_disagreement_that_does_not_concern_the_case_is_named_nowhere():
    plan = plan_of(LOCALIZED)
    shown = {row["id"] for row in plan["conflicts"]}
    assert {name for row in plan["options"] if not row["remote"] for name in row["conflicts"]} <= shown
    assert "c12" not in shown


def test_a_trial_alone_is_no_answer_and_the_plan_says_so():
    facts = {"setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "neoadjuvant": "none", "pT": "T3", "pN": "N0",
             "margin": "R2", "mmr": "deficient", "pregnant": True, "gestational_age": 8, "pi3k_altered": "not_detected"}  # fmt: skip
    plan = plan_of(facts)
    assert {row["kind"] for row in plan["options"] if row["verdict"] == "offered"} <= {"trial", "advice", "test"}
    assert [row["id"] for row in plan["statements"]] == ["no-safe-option"]


def test_an_audit_rejects_an_option_that_is_ruled_out_though_no_entry_lists_it():
    found = findings({"options": ["tme"]}, {**LOCALIZED, "mrf_distance": 0.5})
    assert found["option-excluded:tme"]["severity"] == "reject"
    assert found["option-excluded:tme"]["because"]
    assert found["upfront-surgery"]["severity"] == "reject"


def test_an_audit_only_cautions_about_an_option_that_is_merely_not_listed():
    assert findings({"options": ["3l-fruq"]}, LOCALIZED)["option-not-listed:3l-fruq"]["severity"] == "caution"


def test_a_listed_option_is_never_rejected_by_the_audit_of_its_own_name():
    knowledge = load_knowledge()
    for facts in (
        LOCALIZED,
        {**LOCALIZED, "emvi": True},
        {**LOCALIZED, "mmr": "deficient"},
        {**LOCALIZED, "frail": True},
    ):
        for row in plan_of(facts)["options"]:
            if row["verdict"] == "offered":
                found = findings({"options": [row["id"]]}, facts)
                assert [item for item in found.values() if item["severity"] == "reject"] == [], row["id"]
    assert len(knowledge.options) > 100

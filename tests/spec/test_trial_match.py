"""How a criterion of a study is read over facts, and what a person's facts make of it: tables that a reader can check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chemoplan.criteria.text import write
from chemoplan.criteria.tree import facts_of
from chemoplan.knowledge import load_knowledge
from chemoplan.trials.clauses import clauses_of
from chemoplan.trials.curation import CurationRefused, curated, read_curation, text_hash
from chemoplan.trials.expression import All, Any, If, IsUnknown, Not, Test, Window
from chemoplan.trials.funnel import funnel
from chemoplan.trials.judged import UNRECORDED
from chemoplan.trials.match import match
from chemoplan.trials.rank import ask_next, ranked
from chemoplan.trials.settle import cause, holds_from, undo
from chemoplan.trials.translate import _attributes, cost_of, days_facts, laboratory_facts
from chemoplan.vocabulary import SetValue, load_vocabulary
from tests.spec.trial_readings import studies, study

VOCABULARY = load_vocabulary()
MONTH = Window(28, "d", "before enrollment")
WITHIN = Window(28, "d", "before enrollment", inclusive=True)

READ = [
    # effect, condition, what a person must satisfy (J: for a person to judge)
    ("require", Test("age", "between", (18, 75), "a"), "age >= 18 a and age <= 75 a"),
    ("require", Test("ecog", "in", (0, 1)), "ecog in {0, 1}"),
    ("require", Test("neutrophils", "<", 1.5, "10*9/L"), "neutrophils < 1.5 10*9/L"),
    ("require", Test("platelets", ">=", 100000, "/uL"), "platelets >= 100 10*9/L"),
    ("require", Test("creatinine", "<=", 1.5, "xULN", window=MONTH), "creatinine_ratio <= 1.5 {ULN}"),
    ("require", Test("bilirubin", "<=", 1.5, "mg/dL"), "bilirubin <= 1.5 mg/dL"),
    ("require", Test("calcium", ">=", 1, "xLLN"), "J"),
    ("require", Test("creatinine_clearance", ">=", 60, "mL/min/{1.73_m2}"), "J"),
    ("require", Test("ast", "<=", 2.5, "xULN"), "ast_ratio <= 2.5 {ULN} or ast_ratio is unknown and aminotransferase_ratio <= 2.5 {ULN}"),
    ("require", Test("cM", "==", "M1"), "cM in {M1, M1a, M1b, M1c}"),
    ("exclude", Test("cT", "==", "T4b"), "not (cT = T4b or cT = T4 and J)"),
    ("require", Test("stage_group", "==", "IVA"), "cM in {M1, M1a} and (cM = M1a or J)"),
    ("exclude", Test("qtc", ">", 470, "ms", method="Fridericia"), "not qtcf > 470 ms"),
    ("exclude", Test("qtc", ">", 470, "ms"), "not J"),
    ("require", Test("histology", "==", "adenocarcinoma"), "histology in {adenocarcinoma, mucinous, signet_ring}"),
    ("require", Test("metastatic_sites", "==", "{liver}"), "metastatic_sites = {liver}"),
    ("require", Test("mmr", "==", "deficient", method="by IHC"), "mmr = deficient and J"),
    ("require", Test("prior_pelvic_radiation", "==", False), "not prior_pelvic_radiation"),
    ("require", Test("never_heard_of_this"), "J"),
    ("require", Test("bilirubin", "<=", 1.5, "mg/dL", exceptions=("gilbert",)), "bilirubin <= 1.5 mg/dL or gilbert"),
    ("require", Test("inr", "<=", 1.5, "xULN", exceptions=("anticoagulant in range",)),
     "inr_ratio <= 1.5 {ULN} or inr_ratio is unknown and inr <= 1.5 or J"),
    ("require", Test("hemoglobin", ">=", 9, "g/dL", detail="transfusion allowed"), "hemoglobin >= 9 g/dL or J"),
    ("exclude", Test("major_surgery", window=MONTH), "not (major_surgery and days_since_major_surgery < 28 d)"),
    ("exclude", Test("live_vaccine", window=Window(6, "mo")), "not (live_vaccine and days_since_live_vaccine < 182.625 d)"),
    ("exclude", Test("other_malignancy", window=Window(5, "a"), exceptions=("skin",)),
     "not (other_malignancy and days_since_other_malignancy < 1826.25 d and J)"),
    ("exclude", Test("investigational_therapy", window=Window(0, "", text="min(3 mo, 5 half-lives)")),
     "not (investigational_therapy and J)"),
    ("exclude", Test("active_infection", detail="requiring systemic therapy"), "not (active_infection and J)"),
    ("exclude", Test("heart_failure", "==", "uncontrolled"), "not (heart_failure and J)"),
    ("exclude", Test("interstitial_lung_disease", detail="ever"), "not interstitial_lung_disease"),
    ("exclude", Test("bowel_obstruction", "==", "ever"), "not (bowel_obstruction or J)"),
    ("exclude", Test("hypersensitivity(dostarlimab)"), "not (drug_hypersensitivity and J and J)"),
    ("exclude", Test("prior_drugs", "includes", "immunotherapy(checkpoint)"), "not (prior_drugs has immunotherapy and J)"),
    ("exclude", Test("prior_drugs", "includes", "docetaxel"), "not (prior_systemic_therapy and J)"),
    ("exclude", Any((Test("pregnant", ""), Test("breastfeeding", ""))), "not (pregnant or breastfeeding)"),
    ("exclude", Any((Test("stroke", ""), Test("myocardial_infarction", "")), window=MONTH),
     "not (stroke and days_since_stroke < 28 d or myocardial_infarction and days_since_myocardial_infarction < 28 d)"),
    ("exclude", Any((Test("hepatitis_b", ""), Test("hepatitis_c", "")), "==", "active"),
     "not (hepatitis_b = active or hepatitis_c = active)"),
    ("require", If(Test("childbearing_potential"), Test("pregnancy_test", "==", "negative", window=Window(72, "h"))),
     "not childbearing_potential or pregnancy_test = negative"),
    ("require", If(Test("gilbert"), Test("bilirubin_ratio", "<=", 3, "{ULN}"), Test("bilirubin_ratio", "<=", 1.5, "{ULN}")),
     "(not gilbert or bilirubin_ratio <= 3 {ULN}) and (gilbert or bilirubin_ratio <= 1.5 {ULN})"),
    ("require", Not(Test("braf_v600e", "==", "detected"), known=True), "not braf_v600e = detected or braf_v600e is unknown"),
    ("require", Any((Test("mmr", "==", "deficient"), IsUnknown("mmr"))), "mmr = deficient or mmr is unknown"),
    ("exclude", Test("major_surgery", window=WITHIN), "not (major_surgery and days_since_major_surgery <= 28 d)"),
    ("exclude", Test("anticoagulation", detail="prophylactic dose allowed"), "not (anticoagulation and J)"),
    ("require", Test("hemoglobin", ">=", 9, "g/dL", detail="transfusion not allowed"), "hemoglobin >= 9 g/dL and J"),
    ("exclude", Test("unstable_angina"), "not (unstable_angina and (days_since_unstable_angina <= 0 d or J))"),
    ("require", Test("systemic_immunosuppression", "==", False),
     "not (systemic_immunosuppression and (days_since_systemic_immunosuppression <= 0 d or J))"),
    ("exclude", Test("residual_toxicity_grade", ">", 1, exceptions=("alopecia",)), "not residual_toxicity_grade > 1"),
    ("require", Test("prior_lines", ">=", 1, detail="for advanced disease"), "prior_lines >= 1"),
    ("require", Test("adjuvant_chemotherapy", detail="before enrollment"), "adjuvant_chemotherapy"),
    ("require", Not(Test("braf_v600e", "==", "detected", detail="by local testing"), known=True),
     "not braf_v600e = detected or braf_v600e is unknown"),
    ("require", Test("age", "<=", 49, "a", detail="at diagnosis"), "J"),
    ("exclude", Test("concomitant(proton pump inhibitor)"), "not (medicines has proton_pump_inhibitor and J)"),
]  # fmt: skip


@pytest.mark.parametrize(("effect", "condition", "asked"), READ, ids=[f"{effect} {test}" for effect, test, _ in READ])
def test_a_criterion_is_read_over_facts_and_the_rest_is_for_a_person_to_judge(effect, condition, asked):
    (clause,) = clauses_of(study([(effect, condition)])[1], VOCABULARY).clauses
    assert write(clause.holds, VOCABULARY).replace(UNRECORDED, "J") == asked


def test_every_attribute_of_the_table_names_facts_that_exist_and_every_laboratory_fact_too():
    for name, attribute in _attributes().items():
        used = [attribute.fact, attribute.ratio, attribute.bound, attribute.days]
        used += [fact for item in (attribute.meanings or {}).values() for fact in facts_of(item)]
        used += facts_of(attribute.needs) if attribute.needs is not None else []
        assert {fact for fact in used if fact} - {UNRECORDED} <= set(VOCABULARY), name
    assert laboratory_facts() <= set(VOCABULARY)
    assert {cost_of(VOCABULARY[name])[0] for name in ("age", "platelets", "cM", "mmr", "ras")} == {
        "question", "blood test", "imaging", "tissue", "sequencing",
    }  # fmt: skip


def test_days_since_an_event_say_nothing_of_those_who_never_had_it():
    for days, event in days_facts().items():
        assert VOCABULARY[days].unit == "d"
        assert VOCABULARY[event].kind == "flag"


SURGERY = ("exclude", Test("major_surgery", window=MONTH))
INFECTION = ("exclude", Test("active_infection", detail="requiring systemic therapy"))
UNKNOWN_OK = [
    ("require", If(Test("hiv", "==", "positive"), Test("viral_load", "==", "undetectable"))),
    ("allow", IsUnknown("hiv")),
]
MET = [
    # atoms, facts, verdict
    ([SURGERY], {"major_surgery": False}, "eligible so far"),
    ([SURGERY], {"major_surgery": True, "days_since_major_surgery": 40.0}, "eligible so far"),
    ([SURGERY], {"major_surgery": True, "days_since_major_surgery": 28.0}, "eligible so far"),
    ([SURGERY], {"major_surgery": True, "days_since_major_surgery": 27.0}, "fixable"),
    ([SURGERY], {"major_surgery": True}, "possible"),
    ([SURGERY], {}, "possible"),
    ([INFECTION], {"active_infection": False}, "eligible so far"),
    ([INFECTION], {"active_infection": True}, "possible"),
    ([("require", Test("neutrophils", ">=", 1.5, "10*9/L"))], {"neutrophils": 1.4}, "fixable"),
    ([("require", Test("neutrophils", ">", 1.5, "10*9/L"))], {"neutrophils": 1.5}, "fixable"),
    ([("require", Test("neutrophils", ">=", 1.5, "10*9/L"))], {"neutrophils": 1.5}, "eligible so far"),
    ([("require", Test("ras", "==", "wild_type"))], {}, "possible"),
    ([("require", Test("ras", "==", "wild_type"))], {"ras": "mutated"}, "ineligible"),
    ([("require", Not(Test("braf_v600e", "==", "detected"), known=True))], {}, "eligible so far"),
    ([("require", Not(Test("braf_v600e", "==", "detected"), known=True))], {"braf_v600e": "detected"}, "ineligible"),
    ([("exclude", Test("prior_drugs", "includes", "anti_her2"))], {"prior_drugs": SetValue(frozenset({"oxaliplatin"}), False)}, "possible"),
    ([("exclude", Test("prior_drugs", "includes", "anti_her2"))], {"prior_drugs": SetValue(frozenset({"oxaliplatin"}))}, "eligible so far"),
    (UNKNOWN_OK, {}, "eligible so far"),
    (UNKNOWN_OK, {"hiv": "positive", "hiv_controlled": False}, "ineligible"),
    ([("allow", Test("ecog", "==", 0))], {"ecog": 2.0}, "eligible so far"),
    ([("require", Test("informed_consent"), {"kind": "administrative"})], {}, "eligible so far"),
    ([("require", Test("ecog", "<=", 1), {"scope": "site=rectum"})], {"primary_site": "colon", "ecog": 3.0}, "eligible so far"),
    ([("require", Test("ecog", "<=", 1), {"scope": "site=rectum"})], {"primary_site": "rectum", "ecog": 3.0}, "ineligible"),
    ([("require", Test("ecog", "<=", 1), {"scope": "cohort=A"})], {"ecog": 3.0}, "possible"),
    ([("require", Test("ecog", "<=", 1), {"scope": "cohort=A"})], {"ecog": 1.0}, "eligible so far"),
    ([("require", Test("ecog", "==", 0), {"branch": "0/1"}), ("require", Test("mmr", "==", "deficient"), {"branch": "0/2"})],
     {"ecog": 3.0, "mmr": "deficient"}, "eligible so far"),
    ([("require", Test("ecog", "==", 0), {"branch": "0/1"}), ("require", Test("mmr", "==", "deficient"), {"branch": "0/2"})],
     {"ecog": 3.0, "mmr": "proficient"}, "ineligible"),
    ([("require", Test("aptt", "<=", 1.5, "xULN")), SURGERY],
     {"aptt_ratio": 2.0, "major_surgery": True, "days_since_major_surgery": 1.0}, "fixable"),
    ([("require", Test("stage_group", "in", ("II", "III")))], {"cM": "M1a"}, "ineligible"),
    ([("require", Test("cT", "in", ("T3", "T4a", "T4b")))], {"cT": "T4"}, "eligible so far"),
    ([("require", Test("cT", "in", ("T3", "T4a")))], {"cT": "T4"}, "possible"),
    ([("exclude", Test("cT", "==", "T4b"))], {"cT": "T4"}, "possible"),
    ([("exclude", Test("cT", "==", "T4b"))], {"cT": "T4a"}, "eligible so far"),
    ([("require", Test("cM", "==", "M1b"))], {"cM": "M1"}, "possible"),
    ([("require", Test("ast", "<=", 2.5, "xULN"))], {"aminotransferase_ratio": 2.0}, "eligible so far"),
    ([("require", Test("ast", "<=", 2.5, "xULN"))], {"aminotransferase_ratio": 3.0}, "possible"),
    ([("require", Test("ast", "<=", 2.5, "xULN"))], {"ast_ratio": 3.0}, "fixable"),
    ([("exclude", Test("ast", ">", 2.5, "xULN"))], {"aminotransferase_ratio": 2.0}, "eligible so far"),
    # the last day of "within 28 days" lies inside it
    ([("exclude", Test("major_surgery", window=WITHIN))], {"major_surgery": True, "days_since_major_surgery": 28.0}, "fixable"),
    ([("exclude", Test("major_surgery", window=WITHIN))], {"major_surgery": True, "days_since_major_surgery": 29.0}, "eligible so far"),
    # what is over is not there now
    ([("exclude", Test("unstable_angina"))], {"unstable_angina": True, "days_since_unstable_angina": 3000.0}, "possible"),
    ([("exclude", Test("unstable_angina"))], {"unstable_angina": False}, "eligible so far"),
    ([("exclude", Test("other_malignancy"))], {"other_malignancy": True, "days_since_other_malignancy": 700.0}, "possible"),
    ([("exclude", Test("other_malignancy", "==", "ever"))], {"other_malignancy": True, "days_since_other_malignancy": 700.0}, "ineligible"),
    # an exception does not turn a laboratory value into a lasting obstacle
    ([("require", If(Test("gilbert"), Test("bilirubin_ratio", "<=", 3, "{ULN}"), Test("bilirubin_ratio", "<=", 1.5, "{ULN}")))],
     {"gilbert": False, "bilirubin_ratio": 2.0}, "fixable"),
    ([("require", All((Test("liver_metastases"), Test("bilirubin_ratio", "<=", 3, "{ULN}"))))],
     {"metastatic_sites": SetValue(frozenset()), "bilirubin_ratio": 2.0}, "ineligible"),
    ([("exclude", Any((Test("radiation"), Test("chemotherapy")), window=MONTH))],
     {"prior_radiation": True, "days_since_prior_radiation": 3.0}, "fixable"),
    # an older infection that is over, another stain, another histology: for a person to judge
    ([("exclude", Test("hepatitis_c", "==", "positive"))], {"hepatitis_c": "past"}, "possible"),
    ([("require", Test("hepatitis_b", "==", "negative"))], {"hepatitis_b": "past"}, "possible"),
    ([("exclude", Test("hepatitis_b", "==", "active"))], {"hepatitis_b": "past"}, "eligible so far"),
    ([("require", Test("her2", "==", "positive", detail="by IHC"))], {"her2": "negative", "her2_ihc": 2.0}, "possible"),
    ([("require", Test("her2", "==", "positive", detail="by IHC"))], {"her2": "negative", "her2_ihc": 1.0}, "ineligible"),
    ([("require", Test("tumor_type", "==", "solid"))], {"histology": "other"}, "possible"),
    ([("require", Test("tumor_type", "==", "solid"))], {"histology": "lymphoma"}, "ineligible"),
    ([("exclude", Test("hypertension", "==", "uncontrolled"))], {"hypertension": True, "hypertension_uncontrolled": False}, "possible"),
    ([("exclude", Test("hypertension", "==", "uncontrolled"))], {"hypertension": False}, "eligible so far"),
    ([("exclude", Test("cns_metastases", "==", "untreated"))], {"cns_metastases": "treated"}, "eligible so far"),
    # lines before surgery may be lines of treatment too
    ([("require", Test("prior_lines", ">=", 1))],
     {"prior_lines": 0.0, "prior_systemic_therapy": True, "adjuvant_chemotherapy": True}, "possible"),
    ([("require", Test("prior_lines", ">=", 1))], {"prior_lines": 0.0, "prior_systemic_therapy": False}, "ineligible"),
    # of two markers that exclude each other one suffices
    ([("exclude", Test("msi", "==", "high"))], {"mmr": "proficient"}, "eligible so far"),
    ([("require", Any((Test("mmr", "==", "deficient"), Test("msi", "==", "high"))))], {"mmr": "proficient"}, "ineligible"),
    ([("exclude", Test("msi", "==", "high"))], {"mmr": "deficient"}, "possible"),
    ([("exclude", Test("kras", "==", "mutated"))], {"ras": "wild_type"}, "eligible so far"),
    # the stage of the specimen counts where there is one
    ([("require", Test("stage_group", "==", "II"))], {"cM": "M0", "clinical_stage": "IIA"}, "eligible so far"),
    ([("require", Test("stage_group", "==", "II"))], {"cM": "M0", "clinical_stage": "IIA", "pathological_stage": "IIIB"}, "ineligible"),
    ([("require", Test("stage_group", "==", "II"))], {"cM": "M0", "clinical_stage": "IIIB", "primary_in_place": True}, "ineligible"),
    ([("require", Test("stage_group", "==", "II"))], {"cM": "M0", "clinical_stage": "IIIB", "primary_in_place": False}, "possible"),
    ([("require", Test("stage_group", "==", "IIA"))], {"cM": "M0", "clinical_stage": "II", "primary_in_place": True}, "possible"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "facts", "verdict"), MET, ids=[f"{verdict} {facts}" for _, facts, verdict in MET])
def test_facts_make_a_verdict(asked, facts, verdict):
    (found,) = match(studies(study(asked)), facts)
    assert found.verdict == verdict


def test_an_unread_branch_of_alternatives_may_hold_instead():
    asked = [("require", Test("ecog", "==", 0), {"branch": "0/1"})]
    assert match(studies(study(asked)), {"ecog": 3.0})[0].verdict == "ineligible"
    assert match(studies(study(asked, unread=1)), {"ecog": 3.0})[0].verdict == "possible"


def test_the_fields_of_the_record_are_lines_and_need_no_review():
    pair = study([], minimum_age=18.0, maximum_age=75.0, sex="FEMALE")
    (found,) = match(studies(pair), {"age": 76.0, "sex": "female"}, reviewed_only=True)
    assert found.verdict == "ineligible"
    assert not found.unreviewed
    (line,) = found.failed
    assert found.study.clauses[line].atom.span == "Maximum age: 75 years"


def test_an_unreviewed_line_that_excludes_is_told_and_can_be_set_aside():
    asked = [("require", Test("ecog", "<=", 1))]
    ready = studies(study(asked))
    (found,) = match(ready, {"ecog": 2.0})
    assert (found.verdict, found.unreviewed) == ("ineligible", True)
    (found,) = match(ready, {"ecog": 2.0}, reviewed_only=True)
    assert (found.verdict, found.unreviewed) == ("possible", False)
    mixed = studies(study([(*asked[0], {"status": "reviewed"}), ("require", Test("mmr", "==", "deficient"))]))
    (found,) = match(mixed, {"ecog": 2.0, "mmr": "proficient"}, reviewed_only=True)
    assert undo(found, {"ecog": 2.0, "mmr": "proficient"}) == ("ecog",)
    assert (found.verdict, found.unreviewed) == ("ineligible", False)


def test_the_cause_is_the_line_with_the_fewest_facts_and_undo_is_the_smallest_set():
    both = Any((Test("ras", "==", "wild_type"), Test("mmr", "==", "deficient")))
    facts = {"ras": "mutated", "mmr": "proficient", "ecog": 3.0}
    (found,) = match(studies(study([("require", both), ("require", Test("ecog", "<=", 1))])), facts)
    assert found.study.clauses[cause(found)].atom.line == 2
    assert set(undo(found, facts)) in ({"ecog", "ras"}, {"ecog", "mmr"})


def test_a_wash_out_ends_on_a_day():
    ready = studies(study([SURGERY]))
    facts = {"major_surgery": True, "days_since_major_surgery": 20.0}
    assert holds_from(ready.studies[0].clauses[0].holds, facts, date(2026, 11, 1)) == (8, date(2026, 11, 9))
    assert match(ready, {**facts, "days_since_major_surgery": 28.0})[0].verdict == "eligible so far"
    assert match(ready, {**facts, "days_since_major_surgery": 27.0})[0].verdict == "fixable"


def test_a_wash_out_beside_what_a_person_must_judge_ends_on_a_day_too():
    asked = ("exclude", Any((Test("significant_trauma"), Test("major_surgery")), window=WITHIN))
    ready = studies(study([asked]))
    facts = {"major_surgery": True, "days_since_major_surgery": 20.0}
    assert match(ready, facts)[0].verdict == "fixable"
    assert holds_from(ready.criteria[0], facts, date(2026, 11, 1)) == (9, date(2026, 11, 10))


def test_studies_are_ranked_by_verdict_then_gaps_then_status_then_phase():
    lost, open_, two, well, late, closed = (
        study([("require", Test("ecog", "<=", 1))], "NCT1"),
        study([("require", Test("mmr", "==", "deficient"))], "NCT2"),
        study([("require", All((Test("mmr", "==", "deficient"), Test("ras", "==", "wild_type"))))], "NCT3"),
        study([("require", Test("ecog", "<=", 3))], "NCT4", status="RECRUITING", phases=("PHASE1",)),
        study([("require", Test("ecog", "<=", 3))], "NCT5", status="RECRUITING", phases=("PHASE3",)),
        study([("require", Test("ecog", "<=", 3))], "NCT6", status="COMPLETED", phases=("PHASE3",)),
    )
    found = ranked(match(studies(lost, open_, two, well, late, closed), {"ecog": 2.0}))
    assert [item.study.record.nct_id for item in found] == ["NCT5", "NCT4", "NCT6", "NCT2", "NCT3", "NCT1"]


def test_what_to_ask_next_weighs_studies_against_effort_and_leaves_out_studies_that_are_lost():
    fit = ("require", Test("ecog", "<=", 1))
    found = match(
        studies(
            study([("require", Test("ras", "==", "wild_type"))], "NCT1"),
            study([("require", Test("ras", "==", "wild_type"))], "NCT2"),
            study([("exclude", Test("diabetes"))], "NCT3"),
            study([fit, ("exclude", Test("organ_transplant"))], "NCT4"),
        ),
        {"ecog": 3.0},
    )
    asked = ask_next(found, load_knowledge())
    assert [(item.fact, item.settles, item.effort) for item in asked] == [
        ("diabetes", ("NCT3",), "question"), ("ras", ("NCT1", "NCT2"), "sequencing"),
    ]  # fmt: skip


def test_a_fact_that_nobody_states_is_asked_for_by_what_it_follows_from():
    facts = {"cM": "M0", "cT": "T3"}
    found = match(
        studies(study([("require", Test("stage_group", "in", ("II", "III"), detail="clinical"))], "NCT1")), facts
    )
    asked = {item.fact for item in ask_next(found, load_knowledge(), facts)}
    assert "cN" in asked
    assert not asked & {"clinical_stage", "pathological_stage", "yp_stage", "cT", "cM"}


def test_equal_criteria_are_evaluated_once():
    line = ("require", Test("ecog", "<=", 1))
    assert len(studies(study([line], "NCT1"), study([line], "NCT2")).criteria) == 1


def test_a_funnel_counts_whom_each_line_loses_and_what_relaxing_gains():
    ready = studies(study([("require", Test("ecog", "<=", 1)), ("require", Test("platelets", ">=", 100, "10*9/L"))]))
    people = [
        {"ecog": 0.0, "platelets": 150.0}, {"ecog": 2.0, "platelets": 50.0}, {"ecog": 1.0, "platelets": 90.0},
        {"ecog": 1.0, "platelets": 80.0}, {"ecog": 3.0, "platelets": 120.0}, {"ecog": 1.0},
    ]  # fmt: skip
    found = funnel(ready, people)
    assert found.people == 6
    assert [(loss.first, loss.alone, loss.failed, loss.open) for loss in found.losses] == [(2, 1, 2, 0), (2, 2, 3, 1)]
    assert [(write(step.criterion, VOCABULARY), step.gained) for step in found.losses[1].steps] == [
        ("platelets >= 90 10*9/L", 1), ("platelets >= 80 10*9/L", 2),
    ]  # fmt: skip
    assert [(write(step.criterion, VOCABULARY), step.gained) for step in found.losses[0].steps] == [("ecog <= 3", 1)]


def test_an_excluding_limit_relaxes_the_other_way():
    found = funnel(
        studies(study([("exclude", Test("bmi", "<", 21, "kg/m2"))])),
        [{"body_mass_index": value} for value in (19.0, 20.0, 25.0)],
    )
    assert [(write(step.criterion, VOCABULARY), step.gained) for step in found.losses[0].steps] == [
        ("not body_mass_index < 20 kg/m2", 1), ("not body_mass_index < 19 kg/m2", 2),
    ]  # fmt: skip


ROW = "- {atom: NCT99999999-1-1, status: reviewed, by: A. Reader, date: 2026-11-20}"


def curation_file(folder, rows, pair, sha256=None):
    path = folder / "reviewed.yaml"
    lines = "\n".join("      " + row for row in rows)
    path.write_text(
        f"trials:\n  NCT99999999:\n    sha256: {sha256 or text_hash(pair[0])}\n    atoms:\n{lines}\n", encoding="utf-8"
    )
    return path


CURATED = [
    (ROW, "ecog <= 1", 1, "reviewed"),
    (ROW[:-1] + ", condition: ecog <= 2}", "ecog <= 2", 1, "reviewed"),
    (ROW[:-1] + ", effect: exclude}", "not ecog <= 1", 1, "reviewed"),
    (ROW.replace("status: reviewed", "status: signed, drop: true"), None, 0, None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "holds", "count", "status"), CURATED, ids=[row[40:] for row, *_ in CURATED])
def test_a_curation_overrides_the_reading(row, holds, count, status, tmp_path):
    pair = study([("require", Test("ecog", "<=", 1))])
    reading = curated(read_curation(curation_file(tmp_path, [row], pair)), *pair, VOCABULARY)
    clauses = clauses_of(reading, VOCABULARY).clauses
    assert [(write(clause.holds, VOCABULARY), clause.atom.status) for clause in clauses] == [(holds, status)] * count


def test_a_curation_adds_a_criterion_that_quotes_the_text(tmp_path):
    pair = study([("require", Test("ecog", "<=", 1))], unread=2)
    row = "- {add: NCT99999999-a, span: 1 of something, effect: exclude, condition: dialysis, status: signed, by: B, date: 2026-11-20}"
    reading = curated(read_curation(curation_file(tmp_path, [row], pair)), *pair, VOCABULARY)
    new = reading.atoms[-1]
    assert (new.line, pair[0].eligibility[new.start : new.end], new.atom) == (3, "1 of something", "dialysis == true")
    assert [write(clause.holds, VOCABULARY) for clause in clauses_of(reading, VOCABULARY).clauses][-1] == "not dialysis"


REFUSED = [
    (ROW.replace("-1-1", "-9-9"), "no atom 'NCT99999999-9-9'"),
    (ROW.replace("reviewed", "perhaps"), "expected reviewed or signed"),
    (ROW.replace("by: A. Reader, ", ""), "expected `by:`"),
    (ROW[:-1] + ", span: words that are not there}", "does not stand in the text"),
    (ROW[:-1] + ", condition: ecgo <= 2}", "did you mean ecog"),
    (ROW[:-1] + ", efect: require}", "unknown key 'efect'"),
    (ROW[:-1] + ", effect: forbid}", "effect is 'forbid'"),
    (ROW.replace("atom:", "add:"), "needs `span`"),
    (ROW.replace("atom: NCT99999999-1-1, ", ""), "either `atom: ID`"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_a_wrong_curation_is_refused_in_one_line(row, message, tmp_path):
    pair = study([("require", Test("ecog", "<=", 1))])
    with pytest.raises(CurationRefused, match=message.replace("(", r"\(")) as refused:
        curated(read_curation(curation_file(tmp_path, [row], pair)), *pair, VOCABULARY)
    assert "\n" not in str(refused.value)


def test_a_curation_of_an_older_text_is_refused(tmp_path):
    pair = study([("require", Test("ecog", "<=", 1))])
    path = curation_file(tmp_path, [ROW], pair)
    changed = replace(pair[0], eligibility=pair[0].eligibility + " or 2")
    with pytest.raises(CurationRefused, match="another version of the text"):
        curated(read_curation(path), changed, pair[1], VOCABULARY)


@pytest.mark.parametrize("text", ["", "[", "trials: 3", "trials: {NCT1: {sha256: a}}", "other: {}"])
def test_a_file_that_is_no_curation_is_refused(text, tmp_path):
    path = tmp_path / "reviewed.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CurationRefused, match=r"reviewed\.yaml"):
        read_curation(path)

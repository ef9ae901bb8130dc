"""The case: what counts as known, what is derived, what grows stale, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chemoplan.case import CaseRefused, Completeness, Reading, Source, Statement, resolve
from chemoplan.cohort.columns import derived
from chemoplan.criteria import parse
from chemoplan.criteria.columns import encode
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.entries import Derivation, Rule
from chemoplan.vocabulary import SetValue, load_vocabulary

VOCABULARY = load_vocabulary()


def _case(facts, decided_on=None, **more):
    statements = tuple(Statement(name, VOCABULARY[name].read(value), Source("note")) for name, value in facts.items())
    return resolve(Reading("case", statements, decided_on=decided_on, **more), load_knowledge())


def _dated(name, value, day, document="report"):
    return Statement(name, VOCABULARY[name].read(value), Source(document, date=date.fromisoformat(day)))


def test_an_unmentioned_fact_is_unknown():
    case = _case({"setting": "initial"})
    assert "mmr" not in case.facts


DERIVED = [
    ({"mrf_distance": 1}, "mrf_status", "threatened"),
    ({"mrf_distance": "1.1 mm"}, "mrf_status", "clear"),
    ({"tumor_height": 5}, "tumor_level", "low"),
    ({"tumor_height": 5}, "tumor_level_ehc", "mid"),
    ({"tumor_height": 10}, "tumor_level", "mid"),
    ({"tumor_height": 10}, "tumor_level_ehc", "high"),
    ({"lateral_node": 7}, "lateral_node_enlarged", True),
    ({"lateral_node": 6.9}, "lateral_node_enlarged", False),
    ({"kras_g12c": "detected"}, "ras", "mutated"),
    ({"ras": "wild_type"}, "kras_g12c", "not_detected"),
    ({"childbearing_potential": False}, "pregnant", False),
    ({"cM": "M0"}, "metastatic_sites", SetValue(frozenset())),
    ({"ras": "wild_type"}, "kras_g12d", "not_detected"),
    ({"postmenopausal": True}, "pregnant", False),
    ({"childbearing_potential": True, "pregnancy_test": "positive"}, "pregnant", True),
    ({"tumor_extent": "metastatic"}, "cM", "M1"),
    ({"cM": "M1a"}, "tumor_extent", "metastatic"),
    ({"cT": "T2", "cN": "N0", "cM": "M0"}, "tumor_extent", "localized"),
    ({"cM": "M0"}, "cns_metastases", "none"),
    ({"prior_drugs": ["oxaliplatin"]}, "prior_chemotherapy", True),
    ({"prior_drugs": ["anti_egfr"]}, "prior_systemic_therapy", True),
    ({"prior_drugs": []}, "prior_systemic_therapy", False),
    ({"prior_drugs": []}, "adjuvant_chemotherapy", False),
    ({"prior_drugs": ["oxaliplatin"]}, "immune_related_ae_grade", 0.0),
    ({"treatment_line": 3}, "prior_lines", 2.0),
    ({"prior_treatment_for_tumor": False}, "residual_toxicity_grade", 0.0),
    ({"treatment_line": 3}, "prior_systemic_therapy_advanced", True),
    ({"neoadjuvant": "tnt", "setting": "restaging"}, "prior_treatment_for_tumor", True),
    ({"neoadjuvant": "scrt", "setting": "restaging"}, "prior_radiation", True),
    ({"prior_radiation": False}, "prior_pelvic_radiation", False),
    ({"setting": "postoperative"}, "prior_surgery_for_tumor", True),
    ({"weeks_since_surgery": 6}, "major_surgery", True),
    ({"histology": "mucinous"}, "histologic_confirmation", True),
    ({"disease_measurable_recist": True}, "disease_evaluable", True),
    ({"setting": "local_recurrence"}, "disease_recurrent", True),
    ({"hiv_controlled": False, "aids": True}, "hiv", "positive"),
    ({"heart_failure": False}, "nyha", 0.0),
    ({"hypertension_uncontrolled": True}, "hypertension", True),
    ({"serious_infection": True}, "active_infection", True),
    ({"organ_transplant": True}, "immunotherapy_contraindicated", True),
    ({"gut_fistula": True}, "gut_perforation_or_fistula", True),
    ({"metastatic_sites": []}, "cM", "M0"),
    ({"metastatic_sites": ["liver"]}, "cM", "M1a"),
    ({"metastatic_sites": ["liver", "lung"]}, "cM", "M1b"),
    ({"metastatic_sites": {"at_least": ["liver"]}}, "cM", "M1"),
    ({"metastatic_sites": ["liver", "peritoneum"]}, "cM", "M1c"),
    ({"cM": "M1a", "metastatic_sites": {"at_least": ["liver"]}}, "metastatic_sites", SetValue(frozenset({"liver"}))),
    ({"height": 170, "weight": 70}, "body_surface_area", 1.82),
    ({"age": 60, "sex": "male", "weight": 72, "creatinine": 1}, "creatinine_clearance", 80.0),
    ({"age": 60, "sex": "female", "weight": 72, "creatinine": 1}, "creatinine_clearance", 68.0),
    ({"cT": "T3", "cN": "N0", "cM": "M0"}, "clinical_stage", "IIA"),
    ({"cT": "T3", "cN": "N2", "cM": "M0"}, "clinical_stage", "III"),
    ({"cT": "T4", "cN": "N0", "cM": "M0"}, "clinical_stage", "II"),
    ({"cT": "T4", "cN": "N1", "cM": "M0"}, "clinical_stage", "III"),
    ({"cT": "T4", "cN": "N2", "cM": "M0"}, "clinical_stage", "IIIC"),
    ({"cT": "T2", "cN": "N2", "cM": "M0"}, "clinical_stage", "IIIB"),
    ({"cT": "T3", "cN": "N0", "cM": "M0"}, "la_generic", True),
    ({"cT": "T2", "cN": "N0", "cM": "M0"}, "la_prospect", False),
    ({"cM": "M0", "cT": "T3", "emvi": True}, "la_rapido", True),
    ({"cM": "M0", "tumor_height": 4}, "la_asco_high_risk", True),
    ({"cM": "M0", "cT": "T3", "tumor_height": 15, "age": 60, "ecog": 0}, "la_prodige23", False),
]


@pytest.mark.parametrize(("facts", "name", "value"), DERIVED, ids=lambda item: str(item))
def test_a_fact_follows_from_others_and_says_from_which(facts, name, value):
    case = _case(facts)
    assert case.facts[name] == value
    assert case.states[name].status == "derived"
    assert set(case.states[name].origin) <= set(facts) | set(case.facts)
    assert case.states[name].origin


NOT_DERIVED = [
    ({"sex": "other", "age": 60, "weight": 72, "creatinine": 1}, "creatinine_clearance"),
    ({"sex": "male"}, "pregnant"),
    ({"ras": "mutated"}, "kras_g12c"),
    ({"cT": "T3", "cM": "M0"}, "clinical_stage"),
    ({"cM": "M0", "cT": "T3"}, "la_rapido"),
    ({"pT": "T0", "pN": "N0", "cM": "M0", "setting": "postoperative", "neoadjuvant": "crt"}, "yp_stage"),
]


@pytest.mark.parametrize(("facts", "name"), NOT_DERIVED, ids=lambda item: str(item))
def test_what_does_not_follow_stays_unknown(facts, name):
    assert name not in _case(facts).facts


def test_a_stated_value_stands_beside_what_could_be_derived():
    case = _case({"mrf_status": "threatened", "mrf_distance": 1.5})
    assert case.facts["mrf_status"] == "threatened"
    assert case.states["mrf_status"].status == "known"


REFUSED = [
    ({"cM": "M1a", "metastatic_sites": []}, "metastatic_sites is empty"),
    ({"cM": "M0", "metastatic_sites": ["liver"]}, "cM is M0"),
    ({"cM": "M1b", "metastatic_sites": ["liver"]}, "names one"),
    ({"cM": "M1c", "metastatic_sites": ["liver"]}, "peritoneum"),
    ({"cM": "M1a", "metastatic_sites": ["liver", "lung"]}, "one organ"),
    ({"setting": "initial", "pT": "T3"}, "before surgery"),
    ({"mrf_status": "clear", "mrf_distance": 0.5}, "1 mm or less"),
    ({"ras": "wild_type", "kras_g12c": "detected"}, "RAS mutation"),
    ({"cT": "Tis", "cN": "N1", "cM": "M0"}, "intramucosal"),
    ({"setting": "restaging", "neoadjuvant": "none"}, "restaging"),
    ({"tumor_level": "low", "tumor_height": 9}, "above 6 cm"),
    ({"setting": "initial", "response": "cCR"}, "restaging"),
    ({"pregnant": False, "gestational_age": 20}, "pregnant is false"),
    ({"cM": "M0", "resectability": "unresectable"}, "metastases"),
]


@pytest.mark.parametrize(("facts", "words"), REFUSED, ids=lambda item: str(item))
def test_contradictory_facts_are_refused_and_the_message_says_why(facts, words):
    with pytest.raises(CaseRefused) as refused:
        _case(facts)
    assert words in str(refused.value)
    assert all(name in str(refused.value) for name in facts if name not in ("cM",))


def test_a_t1_after_local_excision_may_have_a_pathological_category():
    assert _case({"setting": "initial", "pT": "T1", "local_excision": True}).facts["pT"] == "T1"


def test_the_newest_statement_counts_and_the_earlier_one_is_kept():
    reading = Reading("case", (_dated("platelets", 90, "2026-11-01"), _dated("platelets", 140, "2026-11-10")))
    case = resolve(reading, load_knowledge())
    assert case.facts["platelets"] == 140
    assert "90 10*9/L" in case.states["platelets"].earlier[0]


def test_two_different_values_of_one_day_are_refused_with_both_sources():
    reading = Reading(
        "case", (_dated("mmr", "proficient", "2026-11-01", "IHC"), _dated("mmr", "deficient", "2026-11-01", "PCR"))
    )
    with pytest.raises(CaseRefused, match=r"IHC.*proficient.*PCR.*deficient"):
        resolve(reading, load_knowledge())


def test_an_undated_statement_beside_a_different_dated_one_is_refused():
    reading = Reading("case", (_dated("ecog", 1, "2026-11-01"), Statement("ecog", 2.0, Source("letter"))))
    with pytest.raises(CaseRefused, match="date"):
        resolve(reading, load_knowledge())


def test_a_stale_value_counts_as_unknown_and_says_so():
    reading = Reading("case", (_dated("neutrophils", 3, "2026-10-01"),), decided_on=date(2026, 11, 1))
    case = resolve(reading, load_knowledge())
    assert "neutrophils" not in case.facts
    assert case.states["neutrophils"].status == "stale"
    assert "31 days old" in case.states["neutrophils"].source


def test_without_a_decision_date_nothing_is_stale_and_the_case_says_so():
    case = resolve(Reading("case", (_dated("neutrophils", 3, "2026-10-01"),)), load_knowledge())
    assert case.facts["neutrophils"] == 3
    assert "No decision date" in case.notes[0]


def test_a_statement_dated_after_the_decision_is_refused():
    reading = Reading("case", (_dated("neutrophils", 3, "2026-12-01"),), decided_on=date(2026, 11, 1))
    with pytest.raises(CaseRefused, match="after the decision"):
        resolve(reading, load_knowledge())


def test_a_member_of_a_set_dated_after_the_decision_is_refused_too():
    reading = Reading("case", (_dated("prior_drugs", ["oxaliplatin"], "2026-12-01"),), decided_on=date(2026, 11, 1))
    with pytest.raises(CaseRefused, match="after the decision"):
        resolve(reading, load_knowledge())


@pytest.mark.parametrize("stated", [{}, {"metastatic_sites": {"at_least": []}}], ids=["absent", "nothing named"])
def test_a_set_of_which_nothing_is_named_is_completed_alike_by_a_case_and_by_columns(stated):
    shipped = load_knowledge()
    holds = parse("cT = T1")
    completes = Derivation("metastatic_sites", (Rule(SetValue(frozenset()), holds),), "elearnrad", completes=True)
    knowledge = replace(shipped, derivations={"complete:metastatic_sites": completes})
    facts = {"cT": "T1"} | {name: VOCABULARY[name].read(value) for name, value in stated.items()}
    statements = tuple(Statement(name, value, Source("note")) for name, value in facts.items())
    assert resolve(Reading("case", statements), knowledge).facts["metastatic_sites"] == SetValue(frozenset())
    row = derived(encode([facts]), knowledge).row(0, named=True)
    assert (row["metastatic_sites"], row["metastatic_sites__complete"]) == (0, True)


def test_a_group_declared_complete_makes_its_unmentioned_flags_false_with_that_as_the_source():
    case = _case({"emvi": True}, complete=(Completeness("mri", Source("MRI report")),))
    assert case.facts["emvi"] is True
    assert case.facts["tumor_deposits"] is False
    assert "declared complete" in case.states["tumor_deposits"].source
    assert "mrf_status" not in case.facts


def test_what_a_complete_group_implies_by_another_fact_is_not_made_false():
    case = _case({"lateral_node": 9.0}, complete=(Completeness("mri", Source("MRI report")),))
    assert case.facts["lateral_node_enlarged"] is True
    assert case.states["lateral_node_enlarged"].origin == ("lateral_node",)


def test_several_partial_lists_of_earlier_drugs_are_joined():
    reading = Reading(
        "case",
        (
            Statement("prior_drugs", SetValue(frozenset({"oxaliplatin"}), False), Source("a")),
            Statement("prior_drugs", SetValue(frozenset({"irinotecan"}), False), Source("b")),
        ),
    )
    assert resolve(reading, load_knowledge()).facts["prior_drugs"] == SetValue(
        frozenset({"oxaliplatin", "irinotecan"}), False
    )


def test_a_complete_list_that_lacks_what_another_source_names_is_refused():
    reading = Reading(
        "case",
        (
            Statement("prior_drugs", SetValue(frozenset(), True), Source("a")),
            Statement("prior_drugs", SetValue(frozenset({"irinotecan"}), False), Source("b")),
        ),
    )
    with pytest.raises(CaseRefused, match="irinotecan"):
        resolve(reading, load_knowledge())


@pytest.mark.parametrize(
    ("stated", "group", "fact"),
    [
        ({"prior_drugs": ["oxaliplatin"]}, "earlier_treatment", "prior_systemic_therapy"),
        ({"neoadjuvant": "crt", "setting": "restaging"}, "earlier_treatment", "prior_radiation"),
        ({"nyha": 2}, "comorbidities", "heart_failure"),
        ({"days_since_stroke": 40}, "comorbidities", "stroke"),
        ({"organ_transplant": True}, "history", "immunotherapy_contraindicated"),
    ],
)
def test_a_list_declared_complete_does_not_deny_what_another_fact_tells(stated, group, fact):
    assert _case(stated, complete=(Completeness(group, Source("note")),)).facts[fact] is True


STUDY_FACTS_APART = [
    ({"major_surgery": False, "days_since_major_surgery": 20}, "days-without-major-surgery"),
    ({"prior_systemic_therapy": False, "prior_drugs": ["oxaliplatin"]}, "no-systemic-therapy-with-drugs"),
    ({"prior_radiation": False, "prior_liver_radiation": True}, "no-radiation-with-field"),
    ({"tumor_extent": "localized", "cM": "M1"}, "extent-localized-m1"),
    ({"cns_metastases": "none", "metastatic_sites": ["brain"]}, "brain-without-brain"),
    ({"childbearing_potential": True, "hysterectomy": True}, "childbearing-after-menopause"),
    ({"hiv": "negative", "aids": True}, "hiv-negative-with-hiv"),
    ({"heart_failure": False, "nyha": 3}, "no-heart-failure-with-class"),
    ({"live_vaccine": False, "medicines": ["live_vaccine"]}, "no-live-vaccine-with-vaccine"),
]


@pytest.mark.parametrize(("stated", "name"), STUDY_FACTS_APART, ids=[name for _, name in STUDY_FACTS_APART])
def test_two_facts_of_studies_that_deny_each_other_are_refused(stated, name):
    with pytest.raises(CaseRefused, match=name):
        _case(stated)

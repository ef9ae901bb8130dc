"""What is read of treatment in an eligibility text: washouts, prior radiation, vaccines, steroids, other medicines."""

from __future__ import annotations

import pytest

from chemoplan.trials.grammar import treatment
from chemoplan.trials.split import split


def read(text: str, section: str = "Exclusion") -> list[str]:
    """The atoms of the last line of a text below a heading: effect, kind where it is a judgment, condition."""
    segment = split("NCT00000000", f"{section} Criteria:\n\n{text}").segments[-1]
    return [
        f"{draft.effect or segment.effect} {'(judged) ' if draft.kind == 'judgement' else ''}{draft.expression}"
        for draft in treatment.read(segment)
    ]


EXCLUDED = [
    (
        "Major surgery within 28 days prior to study entry, except vascular access",
        "major_surgery == true within 28 d before study entry except {vascular access}",
    ),
    (
        "Major surgical procedure, open biopsy, or significant traumatic injury within 28 days before enrollment",
        "any(major_surgery, open_biopsy, significant_trauma) within 28 d before enrollment",
    ),
    ("Radiotherapy within 14 days of receiving the study drug", "radiation == true within 14 d before treatment start"),
    (
        "Chemotherapy or radiotherapy <= 14 days prior to planned treatment start date",
        "any(chemotherapy, radiation) within 14 d before treatment start",
    ),
    (
        "Received investigational therapy within 28 days or 5 half-lives, whichever is longer, prior to screening",
        "investigational_therapy == true within max(28 d, 5 half-lives) before screening",
    ),
    (
        "Anticancer therapy within 5 half-lives or 2 weeks (whichever is shorter) prior to study entry",
        "anticancer_therapy == true within min(2 wk, 5 half-lives) before study entry",
    ),
    (
        "Has received prior systemic anticancer therapy including investigational agents within 4 weeks"
        " before randomization",
        "any(prior_systemic_anticancer_therapy, investigational_agent) within 4 wk before randomization",
    ),
    ("Received a live vaccine within 30 days of the first dose", "live_vaccine == true within 30 d before first dose"),
    (
        "Receiving systemic steroid therapy or any other form of immunosuppressive therapy within 7 days"
        " before the first dose",
        "systemic_steroid_or_immunosuppressive_therapy == true within 7 d before first dose",
    ),
    ("Receiving any other investigational agents", "other_investigational_agent == current"),
    (
        "Patients receiving drugs that are strong inhibitors or inducers of CYP3A4",
        "concomitant(strong CYP3A4 inhibitor or inducer)",
    ),
    (
        "Strong CYP3A4 inducers within 14 days of the first dose",
        "concomitant(strong CYP3A4 inducer) within 14 d before first dose",
    ),
    ("Prior radiation to the liver", "prior_liver_radiation == true"),
    ("Prior RT to the pelvis", "prior_pelvic_radiation == true"),
    (
        "Prior radiotherapy that would result in overlap of radiation fields",
        "prior_radiation_overlapping_field == true",
    ),
    ("Ongoing radiation therapy", "radiation == ongoing"),
    ("Vaccination with a live vaccine within 4 weeks", "live_vaccine == true within 4 wk"),
    (
        "Therapeutic antibody within 4 weeks before enrollment",
        "therapeutic_antibody == true within 4 wk before enrollment",
    ),
    (
        "An anti-cancer small molecule within 5 half-lives (t1/2), or 2 weeks, whichever is shorter",
        "anticancer_small_molecule == true within min(2 wk, 5 half-lives)",
    ),
    ("Use of drugs known to prolong the QT interval", "concomitant(QT-prolonging drug)"),
    (
        "Patients receiving proton pump inhibitors. Proton pump inhibitors must be stopped within 7 days of the first dose",
        "concomitant(proton pump inhibitor) within 7 d before first dose",
    ),
    (
        "Therapeutic doses of warfarin sodium or any other coumarin-derivative anticoagulants",
        "concomitant(warfarin or other coumarin anticoagulant) at therapeutic dose",
    ),
    (
        "Corticosteroids at a dose > 10 mg/day of prednisone within 14 days of the first dose",
        "prednisone_equivalent > 10 mg/d within 14 d before first dose",
    ),
    (
        "Systemic steroids equivalent to >10 mg prednisone daily. Inhaled steroids are permitted",
        "prednisone_equivalent > 10 mg/d except {inhaled steroids are permitted}",
    ),
]


@pytest.mark.parametrize(("text", "condition"), EXCLUDED)
def test_an_exclusion_states_the_excluding_treatment(text: str, condition: str) -> None:
    assert read(text) == [f"exclude {condition}"]


def test_class_18_no_prior_radiation_below_inclusion_is_a_requirement() -> None:
    """Wrong: nothing. Right: prior_pelvic_radiation == false."""
    assert read("No prior pelvic radiotherapy", "Inclusion") == ["require prior_pelvic_radiation == false"]


def test_what_must_lie_far_enough_back_is_required_thing_by_thing() -> None:
    assert read(
        "At least 3 weeks since major surgery or prior radiotherapy (with exceptions for biopsies)", "Inclusion"
    ) == [
        "require not major_surgery within 3 wk except {biopsies}",
        "require not radiation within 3 wk except {biopsies}",
    ]


def test_class_9_no_major_surgery_below_exclusion_excludes_it_once() -> None:
    assert read("No major surgery within 28 days prior to dosing") == [
        "exclude major_surgery == true within 28 d before first dose"
    ]


def test_class_19_a_bare_window_is_no_criterion() -> None:
    """Wrong: a constraint without a subject. Right: nothing; and surgery without a window is no washout."""
    assert read("Within 28 days before enrollment") == []
    assert read("Major surgery") == []


def test_class_34_a_requirement_below_exclusion_is_a_requirement() -> None:
    """Wrong: exclude who may receive cisplatin. Right: require it, as a judgment."""
    assert read("Must be eligible to receive cisplatin") == ["require (judged) eligible_for_cisplatin == true"]


def test_radiation_of_the_pelvis_that_is_accepted_after_a_while_excludes_before_it() -> None:
    text = (
        "Prior radiation to the liver (prior radiation therapy to the pelvis is acceptable if completed >= 2 weeks"
        " prior to randomization)"
    )
    assert read(text) == [
        "exclude prior_liver_radiation == true",
        "exclude prior_pelvic_radiation == true within 2 wk before randomization",
    ]


UNREAD = [
    "Prednisone > 0.5 mg/kg/day",
    "Brain metastases requiring more than 10 mg of prednisone daily",
    "Use of drugs known to prolong the QT interval unless they can be stopped",
    "Chemotherapy within 4 weeks or 5 half-lives of the first dose",
    "Planned major surgery within 28 days",
    "Not recovered from major surgery",
    "Contraindication to radiotherapy within 14 days",
    "At least 4 weeks since major surgery",
]


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_not_understood_is_left_alone(text: str) -> None:
    assert read(text) == []

"""Prior drugs, lines of treatment and untreated disease in eligibility texts: what is read, and what is left alone."""

from __future__ import annotations

import pytest

from tests.spec.trial_texts import atoms

EXCLUSION = [
    ("Prior treatment with anti-HER2 therapy", ["exclude prior_drugs includes anti_her2"]),
    ("Previous treatment with a KRAS G12C inhibitor", ["exclude prior_drugs includes kras_g12c_inhibitor"]),
    ("Prior immunotherapy", ["exclude prior_drugs includes immunotherapy"]),
    (
        "Prior therapy with a BRAF inhibitor or a MEK inhibitor",
        ["exclude prior_drugs includes braf_inhibitor", "exclude prior_drugs includes mek_inhibitor"],
    ),
    ("Prior chemotherapy", ["exclude prior_chemotherapy == true"]),
    (
        "Prior systemic therapy for metastatic colorectal cancer",
        ["exclude prior_systemic_therapy(setting=advanced) == true"],
    ),
    ("Must not have had prior hepatic arterial infusion", ["exclude prior_hai == true"]),
    (
        "NOTE: May have received chemotherapy in the adjuvant setting if it was completed > 6 months prior to enrollment",
        ["require if(adjuvant_chemotherapy == true, time_since_adjuvant_chemotherapy > 6 mo before enrollment)"],
    ),
]

INCLUSION = [
    ("No prior treatment for rectal cancer", ["require prior_treatment_for_rectal_cancer == none"]),
    (
        "Has not received systemic anticancer therapy for metastatic colorectal cancer",
        ["require prior_systemic_therapy(setting=advanced) == none"],
    ),
    ("Must have received at least one prior line of chemotherapy", ["require prior_lines >= 1"]),
    (
        "Must have received at least 2 and no more than 3 prior lines of systemic therapy",
        ["require prior_lines between 2 and 3"],
    ),
    ("Must have received no more than 2 prior chemotherapy regimens", ["require prior_lines <= 2"]),
    (
        "Must have received prior fluoropyrimidine, oxaliplatin and irinotecan",
        ["require prior_drugs includes all(fluoropyrimidine, oxaliplatin, irinotecan)"],
    ),
]

LEFT_ALONE = [
    ("Exclusion Criteria:", "Prior treatment with cetuximab unless stopped for progression"),
    ("Exclusion Criteria:", "Toxicity from prior immunotherapy of grade 3"),
    ("Exclusion Criteria:", "Bevacizumab within 28 days of enrollment"),
    ("Inclusion Criteria:", "Must have received oxaliplatin or have a contraindication to it"),
    ("Inclusion Criteria:", "Patients with ovarian cancer must have received at least one prior line"),
    ("Inclusion Criteria:", "Prior immunotherapy is allowed"),
]


@pytest.mark.parametrize(("line", "expected"), EXCLUSION, ids=[row[0] for row in EXCLUSION])
def test_a_line_of_exclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line, "Exclusion Criteria:") == expected


@pytest.mark.parametrize(("line", "expected"), INCLUSION, ids=[row[0] for row in INCLUSION])
def test_a_line_of_inclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line) == expected


@pytest.mark.parametrize(("header", "line"), LEFT_ALONE, ids=[row[1] for row in LEFT_ALONE])
def test_what_has_an_exception_a_span_or_a_condition_is_left_alone(header: str, line: str) -> None:
    assert [atom for atom in atoms(line, header) if "prior_" in atom] == []

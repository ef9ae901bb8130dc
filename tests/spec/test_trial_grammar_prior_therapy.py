"""Prior drugs, lines of treatment and untreated disease in eligibility texts: what is read, and what is left alone."""

from __future__ import annotations

import pytest

from tests.spec.trial_texts import atoms

EXCLUSION = [
    ("Prior treatment with an oncolytic virus", ["exclude prior_drugs includes oncolytic_virus"]),
    ("Has previously received lenvatinib", ["exclude prior_drugs includes lenvatinib"]),
    ("Prior treatment with anti-HER2 therapy", ["exclude prior_drugs includes anti_her2"]),
    ("Previous treatment with a KRAS G12C inhibitor", ["exclude prior_drugs includes kras_g12c_inhibitor"]),
    ("Prior immunotherapy", ["exclude prior_drugs includes immunotherapy"]),
    (
        "Prior therapy with a BRAF inhibitor or a MEK inhibitor",
        ["exclude prior_drugs includes braf_inhibitor", "exclude prior_drugs includes mek_inhibitor"],
    ),
    ("Any previous treatment with an ATR inhibitor", ["exclude prior_drugs includes atr_inhibitor"]),
    ("Prior exposure to CEACAM5-targeted therapy", ["exclude prior_drugs includes ceacam5_targeted"]),
    ("Prior treatment with an anti-PD-1 antibody", ["exclude prior_drugs includes immunotherapy(anti_pd1)"]),
    ("Prior anti-PD-1 or anti-PD-L1 therapy", ["exclude prior_drugs includes immunotherapy(anti_pd1_or_pdl1)"]),
    (
        "Prior treatment with an anti-PD-1, anti-PD-L1, or anti-CTLA-4 antibody",
        ["exclude prior_drugs includes immunotherapy(checkpoint)"],
    ),
    (
        "Prior treatment with cetuximab unless stopped for progression",
        ["exclude prior_drugs includes anti_egfr(cetuximab) except {stopped for progression}"],
    ),
    (
        "Prior treatment with cetuximab and bevacizumab",
        ["exclude prior_drugs includes all(anti_egfr(cetuximab), bevacizumab)"],
    ),
    ("Prior treatment with a B7-H3 targeted agent", ["exclude prior_drugs includes b7_h3_targeted"]),
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
    (
        "Must have received platinum-based therapy and at least 1 PD-1/PD-L1 inhibitor. Either may have been given alone",
        ["require prior_drugs includes all(platinum, immunotherapy(anti_pd1_or_pdl1))"],
    ),
    (
        "Must have received at least one prior oxaliplatin- or irinotecan-containing regimen for metastatic disease",
        ["require prior_drugs includes any(oxaliplatin, irinotecan) for advanced disease"],
    ),
    (
        "Participants with MSI-H or dMMR tumors must have received a PD-1 inhibitor",
        ["require if(any(msi == high, mmr == deficient), prior_drugs includes immunotherapy(anti_pd1))"],
    ),
    ("Naive to anti-PD-(L)1 therapy", ["require not prior_drugs includes immunotherapy(anti_pd1_or_pdl1)"]),
    ("No prior history of treatment with anti-EGFR antibodies", ["require not prior_drugs includes anti_egfr"]),
    (
        "Must have received a platinum unless unable to",
        ["require prior_drugs includes platinum except {unable to}"],
    ),
    (
        "Have received 4-6 months of FOLFOX or CAPEOX as first-line treatment",
        ["require prior_regimen in {FOLFOX,CAPOX} with duration between 4 mo and 6 mo as first line"],
    ),
    (
        "Disease that is relapsed, refractory, or intolerant to standard of care therapies, and no other is available",
        ["require outcome(standard_therapy) in {relapse,refractory,intolerance}"],
    ),
    (
        "Disease that is refractory or intolerant to standard of care therapies, unless contraindicated",
        ["require outcome(standard_therapy) in {refractory,intolerance} except {contraindicated}"],
    ),
    (
        "Must have received gemcitabine- or FOLFIRINOX-based therapy",
        ["require prior_regimen in {gemcitabine-based,FOLFIRINOX-based}"],
    ),
    (
        "Patients should have received prior chemotherapy or targeted therapy",
        ["require any(prior_chemotherapy == true, prior_targeted_therapy == true)"],
    ),
    (
        "Must have progressed on treatment with an anti-PD-1/L1 monoclonal antibody (mAb)",
        ["require prior_drugs includes immunotherapy(anti_pd1_or_pdl1) with progression"],
    ),
    (
        "Progression on or after or intolerance to most recent systemic therapy",
        ["require outcome(most_recent_systemic_therapy) in {progression,intolerance}"],
    ),
]

LEFT_ALONE = [
    ("Exclusion Criteria:", "Previously treated with antibiotics"),
    ("Exclusion Criteria:", "Prior therapy with any systemic agent"),
    ("Exclusion Criteria:", "Received prior KRAS inhibitors, with the following exceptions:"),
    ("Exclusion Criteria:", "Prior exposure to cetuximab for cohort A and to a BTK inhibitor for cohort B"),
    ("Inclusion Criteria:", "HER2-overexpressing participants must have received anti-HER2 therapy"),
    ("Inclusion Criteria:", "Small cell lung cancer and must have received platinum-based therapy"),
    ("Inclusion Criteria:", "i. earlier immunotherapy, naive to BRAF inhibitors ii. naive to immunotherapy"),
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

"""Diagnosis, stage, distant disease, anatomy and markers in eligibility texts: what is read, and what is left alone."""

from __future__ import annotations

import pytest

from tests.spec.trial_texts import atoms

INCLUSION = [
    ("Confirmed adenocarcinoma of the rectum", ["require histology == adenocarcinoma and primary_site == rectum"]),
    ("Rectal adenocarcinoma, biopsy-proven", ["require histology == adenocarcinoma and primary_site == rectum"]),
    ("Patients with colorectal cancer", ["require primary_site in {colon,rectum}"]),
    ("Metastatic colorectal cancer", ["require primary_site in {colon,rectum} and cM == M1"]),
    ("Locally advanced rectal cancer", ["require primary_site == rectum and tumor_extent == locally_advanced"]),
    (
        "Histologically proven locally advanced unresectable or metastatic colorectal adenocarcinoma",
        [
            "require any(resectability == unresectable and tumor_extent == locally_advanced, cM == M1)",
            "require histology == adenocarcinoma and primary_site in {colon,rectum}",
        ],
    ),
    (
        "Recurrent locally advanced (unresectable) or metastatic solid tumors",
        [
            "require any(disease_recurrent == true and resectability == unresectable and tumor_extent == locally_advanced, cM == M1)"
            " and tumor_type == solid"
        ],
    ),
    (
        "Advanced (incurable recurrent or metastatic) solid cancer, excluding primary brain tumors",
        [
            "require any(disease_recurrent == true, cM == M1) and tumor_type == solid",
            "require primary_cns_tumor == false",
        ],
    ),
    ("Metastatic solid tumors including: breast cancer and sarcoma", ["require cM == M1"]),
    (
        "Metastatic gastrointestinal (GI) cancer (gastric, pancreatic or anal)",
        ["require primary_site in {stomach,pancreas,anus} and cM == M1"],
    ),
    ("Renal cell carcinoma, clear cell histology", ["require histology == clear_cell and primary_site == kidney"]),
    (
        "Metastatic anal cancer (squamous), MSI-H CRC, and mesothelioma",
        [
            "require any(histology == squamous and primary_site == anus, primary_site in {colon,rectum} and msi == high,"
            " histology == mesothelioma) and cM == M1"
        ],
    ),
    (
        "Resectable colon adenocarcinoma defined as clinically T4N0 or Stage III",
        [
            "require histology == adenocarcinoma and primary_site == colon and resectability == resectable",
            "require any(cT in {T4a,T4b} and cN == N0, stage_group == III) clinical",
        ],
    ),
    ("NSCLC", ["require histology == non_small_cell and primary_site == lung"]),
    (
        "Cutaneous melanoma, earlier therapy ended. Colon or anal cancer is another matter",
        ["require histology == melanoma and primary_site == skin"],
    ),
    (
        "Mismatch repair deficient metastatic colorectal cancer",
        ["require mmr == deficient", "require primary_site in {colon,rectum} and cM == M1"],
    ),
    ("For Module 2 only, metastatic colon cancer", ["require primary_site == colon and cM == M1"]),
    ("Patients with colorectal cancer who have progressed", ["require primary_site in {colon,rectum}"]),
    ("Stage II or III rectal cancer", ["require primary_site == rectum and stage_group in {II,III}"]),
    ("Clinical stage I-III", ["require stage_group in {I,II,III} clinical"]),
    ("cT3-4 and/or cN+", ["require any(cT in {T3,T4a,T4b}, cN in {N1,N1a,N1b,N1c,N2,N2a,N2b})"]),
    ("cT3 N0", ["require cT == T3 and cN == N0"]),
    ("No evidence of distant metastases", ["require cM == M0"]),
    ("Measurable disease by RECIST 1.1", ["require disease_measurable_recist == true [RECIST 1.1]"]),
    ("Lower edge of the tumor <= 12 cm from the anal verge", ["require tumor_height <= 12 cm"]),
    ("Tumor 5 to 12 cm from the anal verge", ["require tumor_height between 5 cm and 12 cm"]),
    (
        "Measurable disease per RECIST 1.1. Participants with bone metastases without measurable disease are eligible",
        ["require disease_measurable_recist == true [RECIST 1.1] except {bone metastases}"],
    ),
    (
        "KRAS G12C mutation. Treatment is stopped if it grows",
        ["require kras_g12c == detected"],
    ),
    ("dMMR or MSI-H", ["require any(mmr == deficient, msi == high)"]),
    ("A documented KRAS mutation", ["require kras_mutation == detected"]),
    ("Tumor with a TP53 R175H variant mutation", ["require tp53_r175h == detected"]),
    (
        "BRCA1 or BRCA2 deficient breast cancer",
        ["require primary_site == breast", "require any(brca1 == deficient, brca2 == deficient)"],
    ),
    (
        "Patients with solid tumors who have locally recurrent or metastatic disease",
        ["require any(disease_recurrent == true, cM == M1) and tumor_type == solid"],
    ),
    ("PCI >= 2 and <= 20", ["require peritoneal_carcinomatosis_index between 2 and 20"]),
    ("Peritoneal carcinomatosis index (PCI) < 12", ["require peritoneal_carcinomatosis_index < 12"]),
    ("KRAS G12C mutation", ["require kras_g12c == detected"]),
    ("KRAS G12C or G12D mutation", ["require any(kras_g12c == detected, kras_g12d == detected)"]),
    ("RAS and BRAF wild-type", ["require ras == wild_type and braf == wild_type"]),
    ("BRAF V600E mutation by local testing", ["require braf_v600e == detected by local testing"]),
    ("MSI-stable or pMMR tumor", ["require any(msi == stable, mmr == proficient)"]),
    (
        "KRAS, NRAS, and/or BRAF mutations",
        ["require any(kras == mutated, nras == mutated, braf == mutated)"],
    ),
    (
        "KRAS non-G12C or BRAF mutations",
        ["require any(kras == mutated and kras_g12c == not_detected, braf == mutated)"],
    ),
    ("KRAS, NRAS and BRAF wild-type", ["require ras == wild_type and braf == wild_type"]),
    ("PD-L1 expression >= 1%", ["require pdl1 >= 1 %"]),
    ("PD-L1 CPS of at least 10", ["require pdl1_cps >= 10"]),
    ("PD-L1 with a tumor proportion score (TPS) >= 1% and <= 49%", ["require pdl1_tps between 1 % and 49 %"]),
    ("No known BRAF V600E mutation", ["require not (known braf_v600e == detected)"]),
    ("HER2-positive tumor", ["require her2 == positive"]),
]

EXCLUSION = [
    ("Metastatic disease", ["exclude cM == M1"]),
    ("Clinical T4b tumors", ["exclude cT == T4b"]),
    ("MSI-H tumor", ["exclude msi == high"]),
    ("Must not have MSI-H", ["exclude msi == high"]),
    ("Known BRCA1/2 mutation", ["exclude any(brca1 == mutated, brca2 == mutated)"]),
]

LEFT_ALONE = [
    "Patients with select tumors must have measurable disease",
    "Prior treatment for metastatic colorectal cancer",
    "Patients with metastatic colorectal cancer must have had two regimens",
    "Family history of colorectal cancer",
    "Received a KRAS G12C inhibitor",
    "Known dMMR or unknown MMR status",
    "If KRAS G12C mutated, prior inhibitor therapy",
    "Testing for MSI is required",
    "RAS mutated or RAS wild-type",
    "An unusual growth or a known KRAS mutation",
    "Exception: KRAS mutations",
    "Participants whose tumors harbor KRAS mutations are eligible",
    "Specimens for diagnosis of dMMR colon cancer",
    "Cohort 1: KRAS mutation; cohort 2: no KRAS mutation",
    "Colorectal cancer screening is overdue",
    "Tumors of T1a-T2b",
    "cT2N+ or T3",
    "Colon cancer, anal cancer, and other cancers",
    "Colon cancer, anal cancer, and MSI-H tumors",
    "Patients with colorectal cancer who have progressed must be able to swallow",
    "Part 1: (For participants with CRC only) an earlier line of treatment",
]


@pytest.mark.parametrize(("line", "expected"), INCLUSION, ids=[row[0] for row in INCLUSION])
def test_a_line_of_inclusion_reads_as(line: str, expected: list[str]) -> None:
    assert sorted(atoms(line)) == sorted(expected)


@pytest.mark.parametrize(("line", "expected"), EXCLUSION, ids=[row[0] for row in EXCLUSION])
def test_a_line_of_exclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line, "Exclusion Criteria:") == expected


@pytest.mark.parametrize("line", LEFT_ALONE)
def test_other_matters_are_no_diagnosis_and_no_marker(line: str) -> None:
    kept = [
        atom
        for atom in atoms(line)
        if any(name in atom for name in ("primary_site", "kras ", "kras_g12c ", "ras ", "mmr", "msi", "cM ", "cT "))
    ]
    assert kept == []

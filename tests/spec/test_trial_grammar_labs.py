"""Laboratory values in eligibility texts: what is read, what is flagged, and what is left alone."""

from __future__ import annotations

import pytest

from tests.spec.trial_texts import atoms, reading

INCLUSION = [
    ("ANC >= 1,500/mcL", ["require neutrophils >= 1.5 10*9/L"]),
    ("Absolute neutrophil count ≥ 1.5 x 10^9/L", ["require neutrophils >= 1.5 10*9/L"]),
    ("Neutrophils at least 1000 cells/mm3", ["require neutrophils >= 1 10*9/L"]),
    ("Platelets >= 100 K/uL", ["require platelets >= 100 10*9/L"]),
    ("WBC >= 3 x 10(9)/L", ["require wbc >= 3 10*9/L"]),
    ("Platelets >= 100,000/mm3 (100 x 10^9/L)", ["require platelets >= 100 10*9/L"]),
    ("Platelets >= 75 x 109/L (>= 75,000/mm3)", ["require platelets >= 75 10*9/L"]),
    ("Hemoglobin >= 90 g/L", ["require hemoglobin >= 9 g/dL"]),
    ("Hemoglobin > 9 g/dL or >= 5.6 mmol/L", ["require any(hemoglobin > 9 g/dL, hemoglobin >= 5.6 mmol/L)"]),
    ("Total bilirubin within normal institutional limits", ["require bilirubin_ratio <= 1 {ULN}"]),
    ("AST and ALT <= 3 x ULN", ["require ast <= 3 xULN", "require alt <= 3 xULN"]),
    ("AST/ALT <= 2.5 times the upper limit of normal", ["require ast <= 2.5 xULN", "require alt <= 2.5 xULN"]),
    ("Alkaline phosphatase < 4 x ULN", ["require alkaline_phosphatase < 4 xULN"]),
    (
        "Creatinine <= 1.5 mg/dL or creatinine clearance >= 50 mL/min by Cockcroft-Gault",
        ["require any(creatinine <= 1.5 mg/dL, creatinine_clearance >= 50 mL/min [Cockcroft-Gault])"],
    ),
    (
        "Creatinine clearance >= 40 mL/min/1.73 m2 for participants with creatinine above institutional normal",
        ["require any(creatinine <= 1 xULN, creatinine_clearance >= 40 mL/min/{1.73_m2})"],
    ),
    (
        "Bilirubin <= 1.5 x ULN OR direct bilirubin <= ULN for subjects with total bilirubin > 1.5 x ULN",
        ["require any(bilirubin_ratio <= 1.5 {ULN}, direct_bilirubin <= 1 xULN)"],
    ),
    ("Total bilirubin <= 1.5 mg/dL (excluding Gilbert's disease)", ["require bilirubin <= 1.5 mg/dL except {gilbert}"]),
    (
        "ALT <= 3 x ULN. For patients with liver metastases, the following limit applies: 5 x ULN",
        ["require if(liver_metastases == true, alt <= 5 xULN, alt <= 3 xULN)"],
    ),
    ("INR or PT <= 1.5 x ULN", ["require any(inr <= 1.5 xULN, pt <= 1.5 xULN)"]),
    (
        "aPTT <= 1.5 x ULN unless the patient is receiving anticoagulants",
        ["require aptt <= 1.5 xULN except {anticoagulant_therapy in therapeutic range}"],
    ),
    ("Calcium >= lower limit of normal", ["require calcium >= 1 xLLN"]),
    ("Albumin >= 30 g/L", ["require albumin >= 3 g/dL"]),
    ("LVEF >= 50% by echocardiogram", ["require lvef >= 50 %"]),
    ("Neutrophils >= 1.5 x 10^9/L within 14 days prior to randomization",
     ["require neutrophils >= 1.5 10*9/L within 14 d before randomization"]),
    (
        "QTcF <= 450 msec, or <= 480 msec for participants with bundle branch block",
        ["require if(bundle_branch_block == true, qtcf <= 480 ms, qtcf <= 450 ms)"],
    ),
    ("Must not have QTc > 470 msec", ["require not qtc > 470 ms"]),
]  # fmt: skip

EXCLUSION = [
    ("ANC < 1,500/mcL", ["exclude neutrophils < 1.5 10*9/L"]),
    ("Platelets < 100 x 10^9/L or hemoglobin < 9 g/dL",
     ["exclude platelets < 100 10*9/L", "exclude hemoglobin < 9 g/dL"]),
    ("QTc > 470 ms (females) or > 450 ms (males)",
     ["exclude any(sex == female and qtc > 470 ms, sex == male and qtc > 450 ms)"]),
    ("LVEF < 50%", ["exclude lvef < 50 %"]),
    ("Blood pressure at rest >= 160 systolic, >= 100 diastolic mm Hg",
     ["exclude systolic >= 160 mm[Hg]", "exclude diastolic >= 100 mm[Hg]"]),
    ("Pulse oximetry < 92% on room air", ["exclude oxygen_saturation < 92 %"]),
]  # fmt: skip

# From the list of error classes of eligibility parsers: number, line, the reading that such parsers gave, the right one.
ERROR_CLASSES = [
    (1, "Platelets >= 100 x 10^9/L", "platelets >= 100", ["require platelets >= 100 10*9/L"]),
    (2, "Platelets >= 75.000/mm3", "platelets >= 75", ["require platelets >= 75 10*9/L"]),
    (3, "Bilirubin <= 1.5 x ULN (<= 3 x ULN if Gilbert)", "bilirubin_ratio <= 3 {ULN}",
     ["require if(gilbert == true, bilirubin_ratio <= 3 {ULN}, bilirubin_ratio <= 1.5 {ULN})"]),
    (4, "AST <= 2.5 x ULN unless liver metastases, then <= 5 x ULN", "ast <= 5 xULN",
     ["require if(liver_metastases == true, ast <= 5 xULN, ast <= 2.5 xULN)"]),
    (10, "Creatinine clearance >= 50 mL/min", "creatinine >= 50", ["require creatinine_clearance >= 50 mL/min"]),
    (11, "ALT <= 1.5x ULN", "alt <= 1.5 x", ["require alt <= 1.5 xULN"]),
    (14, "Hemoglobin must be greater than or equal to 9.0", "", ["require hemoglobin >= 9 g/dL"]),
    (24, "ANC >= 1,500 /dl", "neutrophils >= 1500 /dl", ["require neutrophils >= 1.5 10*9/L"]),
    (24, "WBC >= 3,000/mL", "wbc >= 3000 /mL", ["require wbc >= 3 10*9/L"]),
    (25, "Platelets \\>= 100,000/mcL", "", ["require platelets >= 100 10*9/L"]),
    (26, "ANC > = 1,000/mcL", "neutrophils > 1 10*9/L", ["require neutrophils >= 1 10*9/L"]),
    (27, "ALT < 4 x ULN", "alt <= 4 xULN", ["require alt < 4 xULN"]),
    (32, "Creatinine clearance 60mL/min", "", ["require creatinine_clearance >= 60 mL/min"]),
    (33, "Total bilirubin <= 1.5 mg/dL", "bilirubin_ratio <= 1.5 {ULN}", ["require bilirubin <= 1.5 mg/dL"]),
]  # fmt: skip

FLAGGED = [
    ("ANC >= 1,500 /dl", "written per dL; per mcL is meant"),
    ("Hemoglobin >= 9 mg/dL", "written mg/dL; g/dL is meant"),
    ("Creatinine clearance 60mL/min", "the comparator is missing in the text; >= assumed"),
    ("GFR is >= 30", "the unit is missing in the text; mL/min assumed"),
]

LEFT_ALONE = [
    "Platelets >= 100,000/mcL unless due to the disease under study",
    "Creatinine clearance >= 70 mL/min or a creatinine based on age and sex as follows",
    "Patients with hepatic vein thrombosis must have platelets >= 100,000/mcL",
    "Albumin > 2.5 g/dL (gastric cancer patients only)",
    "ANC not reduced: >= 7 days after the last dose of the agent",
    "Calcium channel blockers >= 2 drugs",
    "Age 2 to < 6 years; 0.8 mg/dL (male); 0.8 mg/dL (female)",
    "Platelets >= 3/mcL",
    "EGFR inhibitor within 4 weeks",
]


@pytest.mark.parametrize(("line", "expected"), INCLUSION, ids=[row[0] for row in INCLUSION])
def test_a_line_of_inclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line) == expected


@pytest.mark.parametrize(("line", "expected"), EXCLUSION, ids=[row[0] for row in EXCLUSION])
def test_a_line_of_exclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line, "Exclusion Criteria:") == expected


@pytest.mark.parametrize(
    ("number", "line", "wrong", "right"), ERROR_CLASSES, ids=[f"class {row[0]}: {row[1]}" for row in ERROR_CLASSES]
)
def test_an_error_class_reads_rightly(number: int, line: str, wrong: str, right: list[str]) -> None:
    found = atoms(line)
    assert found == right
    assert f"require {wrong}" not in found


def test_the_second_analyte_of_an_exclusion_is_kept() -> None:
    """Error class 12: "AST or ALT > 5 x ULN" read as AST only."""
    assert atoms("AST or ALT > 5 x ULN", "Exclusion Criteria:") == ["exclude any(ast > 5 xULN, alt > 5 xULN)"]


def test_both_together_exclude_where_the_line_says_and() -> None:
    """Error class 7: "A and B" below "Exclusion" is one exclusion of who has both."""
    found = atoms("Hematocrit < 30% and hemoglobin < 10 g/dL", "Exclusion Criteria:")
    assert found == ["exclude hematocrit < 30 % and hemoglobin < 10 g/dL"]


def test_a_requirement_below_the_exclusion_header_stays_one_and_is_flagged() -> None:
    """Error class 8, told of a laboratory value."""
    [atom] = reading("Exclusion Criteria:\n\n* ANC >= 1,500/mcL").atoms
    assert (atom.effect, atom.atom) == ("require", "neutrophils >= 1.5 10*9/L")
    assert "review" in atom.note


def test_alternatives_below_the_exclusion_header_stay_alternatives() -> None:
    [atom] = reading("Exclusion Criteria:\n\n* Creatinine <= 1.6 mg/dL or creatinine clearance >= 50 mL/min").atoms
    assert (atom.effect, atom.atom) == ("require", "any(creatinine <= 1.6 mg/dL, creatinine_clearance >= 50 mL/min)")


def test_the_comparator_that_is_missing_below_exclusion_is_as_written() -> None:
    """Error class 32: "GFR is < 30" dropped for want of a unit."""
    [atom] = reading("Exclusion Criteria:\n\n* GFR is < 30").atoms
    assert (atom.effect, atom.atom) == ("exclude", "gfr < 30 mL/min")
    assert "unit is missing" in atom.note


@pytest.mark.parametrize(("line", "note"), FLAGGED, ids=[row[0] for row in FLAGGED])
def test_what_was_assumed_is_said(line: str, note: str) -> None:
    [atom] = reading(f"Inclusion Criteria:\n\n* {line}").atoms
    assert note in atom.note


@pytest.mark.parametrize("line", LEFT_ALONE)
def test_what_is_not_understood_gives_no_limit(line: str) -> None:
    assert atoms(line) == []


def test_a_window_of_the_line_above_is_carried_down() -> None:
    text = (
        "Inclusion Criteria:\n\n* Laboratory values within 14 days before enrollment:\n\n  * Platelets >= 100,000/mcL"
    )
    assert [atom.atom for atom in reading(text).atoms] == ["platelets >= 100 10*9/L within 14 d before enrollment"]


def test_adequate_organ_function_without_limits_is_a_judgement() -> None:
    [atom] = reading("Inclusion Criteria:\n\n* Adequate organ function").atoms
    assert (atom.kind, atom.atom) == ("judgement", "organ_function == adequate")


def test_the_span_holds_the_words_as_written() -> None:
    text = "Inclusion Criteria:\n\n* Platelets ≥ 100,000/mcL, stable"
    [atom] = reading(text).atoms
    assert atom.span == text[atom.start : atom.end] == "Platelets ≥ 100,000/mcL"

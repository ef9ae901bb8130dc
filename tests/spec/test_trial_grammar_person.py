"""Age, performance status, pregnancy, contraception, consent in eligibility texts: what is read, and what is left alone."""

from __future__ import annotations

import pytest

from tests.spec.trial_texts import atoms, reading

INCLUSION = [
    ("Age >= 18 years", ["require age >= 18 a"]),
    ("18 years of age or older", ["require age >= 18 a"]),
    ("At least 18 years old at the time of signing informed consent", ["require age >= 18 a at consent"]),
    ("Aged 18-75 years", ["require age between 18 a and 75 a"]),
    ("Between 18 and 75 years of age", ["require age between 18 a and 75 a"]),
    ("Age ≥ 18 years and ≤ 72 years", ["require age between 18 a and 72 a"]),
    ("Male or female, over 50 years of age", ["require age > 50 a"]),
    ("ECOG performance status of 0 or 1", ["require ecog in {0,1}"]),
    ("ECOG 0-2", ["require ecog in {0,1,2}"]),
    ("ECOG performance status 0", ["require ecog == 0"]),
    ("ECOG <= 1", ["require ecog <= 1"]),
    ("Performance status of 2 or less", ["require ecog <= 2"]),
    ("Zubrod performance status 0 to 2", ["require ecog in {0,1,2}"]),
    ("WHO performance status 0-1", ["require ecog in {0,1}"]),
    ("Karnofsky performance status >= 70%", ["require karnofsky >= 70 %"]),
    ("ECOG performance status <= 2 (Karnofsky >= 60%)", ["require any(ecog <= 2, karnofsky >= 60 %)"]),
    ("ECOG 0-1 within 28 days of registration", ["require ecog in {0,1} within 28 d before registration"]),
    ("Karnofsky >= 60% for patients > 16 years of age or Lansky >= 60% for patients <= 16 years of age",
     ["require if(age > 16 a, karnofsky >= 60 %, lansky >= 60 %)"]),
    ("Negative serum pregnancy test within 7 days before enrollment for women of childbearing potential",
     ["require if(childbearing_potential == true, pregnancy_test == negative by serum within 7 d before enrollment)"]),
    ("Not pregnant or breastfeeding", ["require pregnant == false", "require breastfeeding == false"]),
    ("Able to swallow oral medication", ["require can_swallow_oral_medication == true"]),
    ("Body mass index between 18.5 and 35 kg/m2", ["require bmi between 18.5 kg/m2 and 35 kg/m2"]),
    ("Weight > 40 kg", ["require weight > 40 kg"]),
]  # fmt: skip

EXCLUSION = [
    ("Pregnant or nursing women", ["exclude pregnant == true", "exclude breastfeeding == true"]),
    ("Women must not be pregnant, planning to become pregnant or lactating",
     ["exclude pregnant == true", "exclude breastfeeding == true"]),
    ("Younger than 18 years of age", ["exclude age < 18 a"]),
    ("ECOG > 2", ["exclude ecog > 2"]),
    ("Unable to take oral medication", ["exclude can_swallow_oral_medication == false"]),
    ("Unable to swallow tablets", ["exclude can_swallow_oral_medication == false"]),
    ("BMI < 21 at time of screening", ["exclude bmi < 21 kg/m2 at screening"]),
    ("Weight loss > 10% within 6 months", ["exclude weight_loss > 10 % within 6 mo"]),
    ("All patients of childbearing potential must have a blood test or urine study within 14 days prior to randomization"
     " to rule out pregnancy",
     ["require if(childbearing_potential == true, pregnancy_test == negative within 14 d before randomization)"]),
]  # fmt: skip

# kind and effect with the atom: what never blocks a person by itself
OTHER_KINDS = [
    ("Life expectancy of greater than 3 months", ("require", "judgement", "life_expectancy > 3 mo")),
    ("Ability to understand and willingness to sign a written informed consent document",
     ("require", "administrative", "informed_consent == true")),
    ("Men must agree to use contraception", ("require", "administrative", "if(sex == male, contraception == agreed)")),
    ("Women of childbearing potential and men must use birth control through 90 days after the last dose",
     ("require", "administrative",
      "if(any(sex == male, childbearing_potential == true), contraception == agreed through 90 d after last dose)")),
]  # fmt: skip

# From the list of error classes: number, line, wrong reading, right one.
ERROR_CLASSES = [
    (5, "Age 2 to < 6: 0.8 mg/dL", "age < 2 a", []),
    (13, "Eastern Cooperative Oncology Group performance status of 0 or 1", "", ["require ecog in {0,1}"]),
    (14, "Age must be greater than or equal to 18 years", "", ["require age >= 18 a"]),
    (25, "\\>= 18 years of age", "", ["require age >= 18 a"]),
    (26, "Age > = 18 years", "age > 18 a", ["require age >= 18 a"]),
    (27, "Age > 18 years", "age >= 18 a", ["require age > 18 a"]),
    (32, "18 years of age", "", ["require age >= 18 a"]),
]

LEFT_ALONE = [
    "Family history of colorectal cancer before 50 years of age",
    "Because no data are available in participants < 18 years of age, children are not enrolled",
    "Patients aged > 50 years must have a normal stress test",
    "Diagnosed before the age of 50",
    "Patients with glioma must have a Karnofsky status >= 60",
    "ECOG 0-2, or up and about more than half of the day",
    "Other cancer in remission with a life expectancy > 2 years",
    "Pregnancy test to be repeated if pregnancy is suspected",
]


@pytest.mark.parametrize(("line", "expected"), INCLUSION, ids=[row[0] for row in INCLUSION])
def test_a_line_of_inclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line) == expected


@pytest.mark.parametrize(("line", "expected"), EXCLUSION, ids=[row[0] for row in EXCLUSION])
def test_a_line_of_exclusion_reads_as(line: str, expected: list[str]) -> None:
    assert atoms(line, "Exclusion Criteria:") == expected


@pytest.mark.parametrize(("line", "expected"), OTHER_KINDS, ids=[row[0] for row in OTHER_KINDS])
def test_what_is_not_data_has_its_kind(line: str, expected: tuple[str, str, str]) -> None:
    [atom] = reading(f"Inclusion Criteria:\n\n* {line}").atoms
    assert (atom.effect, atom.kind, atom.atom) == expected


@pytest.mark.parametrize(
    ("number", "line", "wrong", "right"), ERROR_CLASSES, ids=[f"class {row[0]}: {row[1]}" for row in ERROR_CLASSES]
)
def test_an_error_class_reads_rightly(number: int, line: str, wrong: str, right: list[str]) -> None:
    found = atoms(line)
    assert found == right
    assert f"require {wrong}" not in found


def test_an_age_in_a_definition_is_no_criterion() -> None:
    """Error class 6: ">= 45 years and no menses" read as a limit of age."""
    text = (
        "Inclusion Criteria:\n\n* Nonchildbearing potential is defined as follows:\n\n"
        "  * >= 45 years of age and no menses for > 1 year\n"
    )
    assert [(atom.effect, atom.atom.split(" ")[0]) for atom in reading(text).atoms] == [
        ("define", "childbearing_potential")
    ]


def test_an_age_below_the_exclusion_header_stays_a_requirement_and_is_flagged() -> None:
    """Error class 8: "Age >= 18" below "Exclusion" read as age < 18."""
    [atom] = reading("Exclusion Criteria:\n\n* Age >= 18 years").atoms
    assert (atom.effect, atom.atom) == ("require", "age >= 18 a")
    assert "review" in atom.note


def test_breastfeeding_that_is_to_be_discontinued_does_not_exclude() -> None:
    text = "Exclusion Criteria:\n\n* Pregnant women are excluded; breastfeeding should be discontinued"
    found = [(atom.effect, atom.kind, atom.atom) for atom in reading(text).atoms]
    assert found == [
        ("exclude", "data", "pregnant == true"),
        ("require", "administrative", "if(breastfeeding == true, breastfeeding_discontinuation == agreed)"),
    ]


@pytest.mark.parametrize("line", LEFT_ALONE)
def test_what_is_no_criterion_of_the_person_gives_none(line: str) -> None:
    found = atoms(line)
    assert not [
        atom for atom in found if any(word in atom for word in ("age ", "ecog", "karnofsky", "pregnan", "life_exp"))
    ]

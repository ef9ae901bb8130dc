"""CTCAE grades of measured values in versions 5 and 6: every limit, what stays unknown, and that worse is never less."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.criteria.tree import facts_of
from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.grades import grade, graded
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
SCALES = KNOWLEDGE.dosing.grade_scales

# fact, value, grade in version 5, grade in version 6; None is unknown
LIMITS = [
    ("neutrophils", "0.05", 4, 4), ("neutrophils", "0.1", 4, 3), ("neutrophils", "0.49", 4, 3), ("neutrophils", "0.5", 3, 2),
    ("neutrophils", "0.7", 3, 2), ("neutrophils", "0.99", 3, 2), ("neutrophils", "1.0", 2, 1), ("neutrophils", "1.49", 2, 1),
    ("neutrophils", "1.5", None, 0), ("neutrophils", "6", None, 0),
    ("platelets", "9", 4, 4), ("platelets", "10", 4, 3), ("platelets", "24", 4, 3), ("platelets", "25", 3, 3),
    ("platelets", "49", 3, 3), ("platelets", "50", 2, 2), ("platelets", "74", 2, 2), ("platelets", "75", None, None),
    ("white_cells", "0.9", 4, 4), ("white_cells", "1.0", 3, 3), ("white_cells", "2.0", 2, 2), ("white_cells", "3.0", None, None),
    ("hemoglobin", "7.9", 3, 3), ("hemoglobin", "8.0", 2, 2), ("hemoglobin", "9.9", 2, 2), ("hemoglobin", "10", None, None),
    ("bilirubin_ratio", "1.0", 0, 0), ("bilirubin_ratio", "1.5", 1, 1), ("bilirubin_ratio", "3.0", 2, 2),
    ("bilirubin_ratio", "3.1", 3, 3), ("bilirubin_ratio", "10", 3, 3), ("bilirubin_ratio", "10.1", 4, 4),
    ("aminotransferase_ratio", "1", 0, 0), ("aminotransferase_ratio", "3", 1, 1), ("aminotransferase_ratio", "5", 2, 2),
    ("aminotransferase_ratio", "20", 3, 3), ("aminotransferase_ratio", "21", 4, 4),
    ("alkaline_phosphatase_ratio", "1", 0, 0), ("alkaline_phosphatase_ratio", "2.5", 1, 1),
    ("alkaline_phosphatase_ratio", "6", 3, 1), ("alkaline_phosphatase_ratio", "21", 4, 1),
    ("inr", "1.2", 0, 0), ("inr", "1.3", 1, 1), ("inr", "2.5", 2, 2), ("inr", "2.6", 3, 3),
    ("magnesium", "1.2", None, None), ("magnesium", "1.1", 2, 2), ("magnesium", "0.8", 3, 3), ("magnesium", "0.6", 4, 4),
    ("protein_24h", "0.9", None, None), ("protein_24h", "1.0", 2, 2), ("protein_24h", "3.4", 2, 2), ("protein_24h", "3.5", 3, 3),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "five", "six"), LIMITS)
def test_each_limit_falls_on_the_side_that_its_version_says(fact, value, five, six):
    result = graded({fact: Decimal(value)}, KNOWLEDGE).result
    assert (result["grade_ctcae_v5"], result["grade_ctcae_v6"]) == (five, six)
    assert ("grade_ctcae_v5_range" in result) == (five is None)
    assert ("grade_ctcae_v6_range" in result) == (six is None)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "five", "six"),
    [
        (119, 79, 0, 0), (130, 70, 1, 0), (110, 80, 1, 0), (139, 89, 1, 0), (140, 70, 2, 2), (120, 90, 2, 2), (159, 99, 2, 2),
        (160, 70, 3, 3), (120, 100, 3, 3), (179, 109, 3, 3), (180, 70, 3, 4), (120, 110, 3, 4),
        (130, None, None, None), (165, None, 3, None), (185, None, 3, 4), (None, 112, 3, 4), (None, 70, None, None),
    ],
)  # fmt: skip
def test_blood_pressure_takes_the_worse_of_its_two_numbers_and_needs_both_unless_one_settles_it(
    systolic, diastolic, five, six
):
    values = {"systolic_pressure": systolic, "diastolic_pressure": diastolic}
    result = graded({name: Decimal(value) for name, value in values.items() if value is not None}, KNOWLEDGE).result
    assert (result["grade_ctcae_v5"], result["grade_ctcae_v6"]) == (five, six)


def test_a_version_asked_for_alone_stands_alone():
    assert set(graded({"neutrophils": Decimal("0.7")}, KNOWLEDGE, ("5",)).result) == {"grade_ctcae_v5"}


def test_that_versions_differ_is_told_with_both_grades():
    notes = graded({"neutrophils": Decimal("0.7")}, KNOWLEDGE).notes
    assert any("grade 3 in version 5, grade 2 in version 6" in note for note in notes)
    assert not any("in version 5" in note for note in graded({"hemoglobin": Decimal(7)}, KNOWLEDGE).notes)


def test_a_removed_term_is_named_with_its_successor():
    notes = graded({"platelets": Decimal(60)}, KNOWLEDGE).notes
    assert any(
        "no longer holds the term Platelet count decreased; there it is Thrombocytopenia" in note for note in notes
    )


def test_with_several_values_the_highest_counts_and_each_is_told():
    result = graded({"neutrophils": Decimal("1.2"), "platelets": Decimal(20)}, KNOWLEDGE).result
    assert (result["grade_ctcae_v5"], result["grade_ctcae_v6"]) == (4, 3)
    assert result["grades"] == {
        "neutrophils": {"grade_ctcae_v5": 2, "grade_ctcae_v6": 1},
        "platelets": {"grade_ctcae_v5": 4, "grade_ctcae_v6": 3},
    }


def test_the_highest_stays_unknown_while_an_unknown_grade_could_exceed_it():
    result = graded({"neutrophils": Decimal(3), "bilirubin_ratio": Decimal("0.5")}, KNOWLEDGE).result
    assert result["grade_ctcae_v5"] is None
    assert result["grade_ctcae_v5_range"] == "0 or 1"
    assert result["grade_ctcae_v6"] == 0


@pytest.mark.parametrize(("answer", "expected"), [(True, 3), (False, 0)])
def test_febrile_neutropenia_begins_at_grade_3(answer, expected):
    assert graded({"febrile_neutropenia": answer}, KNOWLEDGE).result["grade_ctcae_v5"] == expected


def test_nothing_to_grade_is_refused():
    with pytest.raises(DoseRefused, match="no value to grade"):
        graded({}, KNOWLEDGE)


def test_what_is_judged_and_not_measured_stays_unknown():
    for scale in SCALES.values():
        if not any(item.when for item in scale.grades):
            assert grade(scale, {"neutrophils": 0.1}).grade is None


def test_both_versions_hold_the_same_18_terms_under_the_same_ids():
    five, six = ({name[6:] for name, item in SCALES.items() if item.version == version} for version in "56")
    assert five == six
    assert len(five) == 18


DOWN = {"neutrophils", "platelets", "white_cells", "hemoglobin", "magnesium"}
MEASURED = sorted(
    {name for item in SCALES.values() for row in item.grades if row.when for name in facts_of(row.when)}
    - {"febrile_neutropenia"}
)


@pytest.mark.parametrize("fact", MEASURED)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_worse_value_never_has_a_lower_grade(fact, data):
    low, high = KNOWLEDGE.vocabulary[fact].range
    one, other = sorted(data.draw(st.tuples(st.floats(low, high), st.floats(low, high))))
    better, worse = (other, one) if fact in DOWN else (one, other)
    for scale in SCALES.values():
        if any(row.when and fact in facts_of(row.when) for row in scale.grades):
            first, second = (grade(scale, {fact: value}) for value in (better, worse))
            assert first.least <= second.least
            assert first.most <= second.most


@pytest.mark.parametrize("fact", MEASURED)
def test_grades_hold_from_the_worst_down(fact):
    low, high = KNOWLEDGE.vocabulary[fact].range
    worst = low if fact in DOWN else high
    for scale in SCALES.values():
        measured = [row.grade for row in scale.grades if row.when and fact in facts_of(row.when)]
        if measured:
            assert grade(scale, {fact: float(worst)}).least == max(measured)

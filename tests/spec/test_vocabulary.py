"""The vocabulary: what every fact must say, how values and units are read, what is refused."""

from __future__ import annotations

import csv

import pytest

from chemoplan.vocabulary import SetValue, ValueRefused, load_vocabulary
from chemoplan.vocabulary.units import EVERYDAY, UnitRefused, convert, library_factor
from tests.real.conftest import reference_folder

VOCABULARY = load_vocabulary()


@pytest.mark.parametrize("fact", VOCABULARY.values(), ids=lambda fact: fact.name)
def test_every_fact_says_what_it_means_and_how_to_ask_for_it(fact):
    assert fact.meaning.endswith(".")
    assert fact.question.endswith("?")
    assert (fact.kind in ("choice", "set")) == bool(fact.values)
    if fact.kind in ("quantity", "count"):
        assert fact.range is not None
        assert fact.range[0] < fact.range[1]


READ = [
    ("mrf_distance", "0.5 cm", 5.0),
    ("mrf_distance", 5, 5.0),
    ("mrf_distance", {"value": 0.5, "unit": "cm"}, 5.0),
    ("tumor_height", "50 mm", 5.0),
    ("weight", "150 lb", 68.0388555),
    ("height", "70 in", 177.8),
    ("neutrophils", "1500 /uL", 1.5),
    ("neutrophils", "1.5 10*3/uL", 1.5),
    ("platelets", "150 10^9/L", 150.0),
    ("age", "60 years", 60.0),
    ("creatinine", "0,9 mg/dL", 0.9),
    ("days_to_surgery", "4 wk", 28.0),
    ("bilirubin_ratio", "1.2 xULN", 1.2),
    ("creatinine", "88.4 umol/L", 0.99998),
    ("dpyd_activity_score", "1.5", 1.5),
    ("dpyd_activity_score", 2, 2.0),
    ("ecog", 1, 1.0),
    ("emvi", "yes", True),
    ("cT", "t4A", "T4a"),
    ("metastatic_sites", "liver; lung", SetValue(frozenset({"liver", "lung"}))),
    ("prior_drugs", [], SetValue(frozenset())),
    ("prior_drugs", {"at_least": ["oxaliplatin"]}, SetValue(frozenset({"oxaliplatin"}), False)),
]


@pytest.mark.parametrize(("name", "raw", "value"), READ, ids=[f"{name}-{raw}" for name, raw, _ in READ])
def test_a_value_is_read_into_the_unit_of_its_fact(name, raw, value):
    read = VOCABULARY[name].read(raw)
    assert read == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("one", "other"), [(one, other) for units in EVERYDAY.values() for one in units for other in units if one != other]
)
def test_the_everyday_factors_are_those_of_the_units_library(one, other):
    assert convert(1.0, one, other) == pytest.approx(library_factor(one, other), rel=1e-11)


def test_an_amount_becomes_a_mass_by_the_molar_mass_as_in_the_units_library():
    for amount in EVERYDAY["amount concentration"]:
        for mass in EVERYDAY["mass concentration"]:
            expected = library_factor(amount, mass, 113.12)
            assert convert(1.0, amount, mass, molar_mass=113.12) == pytest.approx(expected, rel=1e-11)


def test_units_that_do_not_convert_are_refused_with_and_without_the_library():
    for source, target in (("kg", "mm"), ("umol/L", "mg/dL"), ("mg/dL", "umol/L"), ("Gy", "mm")):
        with pytest.raises(UnitRefused):
            convert(1.0, source, target)


WRONG = [
    ("mmr", "proficent", "proficient"),
    ("mrf_distance", "60 cm", "0 to 50 mm"),
    ("mrf_distance", "5 kg", "mm"),
    ("mrf_distance", "far", "a number in mm"),
    ("mrf_distance", True, "a number"),
    ("platelets", "150,000 /uL", "150000 or as 150.000"),
    ("mrf_distance", {"value": "5 mm", "unit": "cm"}, "name one unit"),
    ("mrf_distance", float("nan"), "0 to 50|finite"),
    ("mrf_distance", 10**400, "finite"),
    ("ecog", 5, "0, 1, 2, 3, 4"),
    ("dpyd_activity_score", 0.7, "0, 0.5, 1"),
    ("treatment_line", 1.5, "whole number"),
    ("emvi", "maybe", "true or false"),
    ("emvi", 1, "true or false"),
    ("metastatic_sites", ["livr"], "liver"),
    ("metastatic_sites", 3, "list"),
    ("age", 12, "18 to 120"),
    ("bilirubin_ratio", "1.2 mg/dL", "ULN"),
    ("cT", None, "one of"),
]


@pytest.mark.parametrize(("name", "raw", "right"), WRONG, ids=[f"{name}-{str(raw)[:20]}" for name, raw, _ in WRONG])
def test_a_wrong_value_is_refused_and_the_message_says_what_would_be_right(name, raw, right):
    with pytest.raises(ValueRefused, match=right) as refused:
        VOCABULARY[name].read(raw)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("fact", VOCABULARY.values(), ids=lambda fact: fact.name)
def test_plain_values_read_back_as_they_were(fact):
    samples = {
        "flag": [True, False],
        "set": [
            SetValue(frozenset(fact.values[:2])),
            SetValue(frozenset(fact.values[:1]), False),
            SetValue(frozenset()),
        ],
        "choice": [float(value) if fact.numeric else value for value in fact.values],
        "count": [float(fact.range[0])] if fact.range else [],
        "quantity": list(fact.range or ()),
    }[fact.kind]
    assert samples
    for value in samples:
        assert fact.read(fact.plain(value)) == value


def test_every_official_fact_is_here_with_its_type_unit_and_values():
    path = reference_folder() / "facts.tsv"
    if not path.is_file():
        pytest.skip("reference data not found: set CHEMOPLAN_REFERENCE to the folder that holds it")
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"):
        fact = VOCABULARY[row["name"]]
        assert (fact.kind, fact.unit) == (row["type"], row["unit"] or "")
        if fact.kind in ("quantity", "count"):
            low, high = row["values"].split("..")
            assert fact.range == (float(low), float(high))
        elif row["values"]:
            assert set(row["values"].split("|")) <= set(fact.values)

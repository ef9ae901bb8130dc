"""The arithmetic of doses: tables of labels against arithmetic, bands, vials, kidney, liver, units, and what is hard to believe."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.case.formulas import cockcroft_gault as float_clearance
from chemoplan.cli.measured import Measured
from chemoplan.dosing import kidney, liver
from chemoplan.dosing.amounts import DoseRefused, half_up
from chemoplan.dosing.banding import banded, bands_of, boundary, in_vials
from chemoplan.dosing.body import BSA_FORMULAS
from chemoplan.dosing.calcium import corrected
from chemoplan.dosing.plausibility import doubtful_body, implausible
from chemoplan.dosing.tablets import in_tablets, nearest_dose, strengths_of
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.regimens import PublishedDose
from chemoplan.vocabulary.fact import ValueRefused
from tests.spec.test_order import line, ordered

KNOWLEDGE = load_knowledge()
D = Decimal
TABLES = KNOWLEDGE.dosing.tablet_tables
CAPECITABINE = KNOWLEDGE.dosing.drugs["capecitabine"]
TRIFLURIDINE = KNOWLEDGE.dosing.drugs["trifluridine_tipiracil"]


def hundredths(low: str, high: str) -> list[Decimal]:
    return [D(step) / 100 for step in range(int(D(low) * 100), int(D(high) * 100) + 1)]


def from_table(name: str, area: Decimal) -> Decimal:
    return next(row.dose for row in TABLES[name].rows if row.low <= area <= row.high)


def test_the_capecitabine_table_and_arithmetic_differ_at_20_of_111_areas() -> None:
    areas = hundredths("1.20", "2.30")
    strengths = strengths_of(CAPECITABINE, KNOWLEDGE)
    differ = [
        area
        for area in areas
        if nearest_dose(CAPECITABINE, 1250 * area, strengths, KNOWLEDGE).dose != from_table("capecitabine-1250", area)
    ]
    assert (len(differ), len(areas)) == (20, 111)


def test_the_trifluridine_table_and_its_words_differ_at_37_of_161_areas() -> None:
    areas = hundredths("1.00", "2.60")
    differ = [
        area for area in areas if min(half_up(35 * area, D(5)), D(80)) != from_table("trifluridine-tipiracil-35", area)
    ]
    assert (len(differ), len(areas)) == (37, 161)
    assert D("2.25") in differ


def test_the_geometric_mean_gives_47_of_48_published_limits_and_the_arithmetic_mean_35() -> None:
    table = KNOWLEDGE.dosing.band_tables["nhs-1mgml-single"]
    pairs = list(zip(pairwise(table.bands), table.lower_limits[1:], strict=True))
    same = {
        rule: sum(boundary(low, high, rule) == limit for (low, high), limit in pairs)
        for rule in ("geometric", "arithmetic")
    }
    assert (len(pairs), same) == (48, {"geometric": 47, "arithmetic": 35})


@pytest.mark.parametrize("name", TABLES)
def test_every_area_to_two_decimals_has_one_row(name: str) -> None:
    for area in hundredths("0.50", "3.50"):
        assert sum(row.low <= area <= row.high for row in TABLES[name].rows) == 1


@pytest.mark.parametrize("name", TABLES)
def test_a_table_counts_at_its_own_dose_only_and_only_unreduced(name: str) -> None:
    table = TABLES[name]
    drug = KNOWLEDGE.dosing.drugs[table.drug]
    for area in hundredths("1.20", "2.40"):
        full = in_tablets(drug, table.dose, table.dose.value * area, True, area, KNOWLEDGE)
        assert full is not None
        assert full.dose == from_table(name, area)
        assert sum(strength * count for strength, count in full.counts.items()) == full.dose
        reduced = in_tablets(drug, table.dose, table.dose.value * area * D("0.75"), False, area, KNOWLEDGE)
        assert reduced is not None
        assert reduced.dose <= full.dose


CAPS = [
    # mg/m2, area, mg, tablets of 150, of 500
    ("1000", "1.73", 1800, 2, 3),
    ("825", "1.8", 1500, 0, 3),
    ("1000", "2.0", 2000, 0, 4),
    ("1000", "1.55", 1500, 0, 3),
    ("625", "1.0", 650, 1, 1),
    ("1000", "0.9", 950, 3, 1),
]  # fmt: skip


@pytest.mark.parametrize(("dose", "area", "mg", "small", "large"), CAPS)
def test_the_nearest_dose_of_whole_capecitabine(dose: str, area: str, mg: int, small: int, large: int) -> None:
    published = PublishedDose(D(dose), "mg/m2", "dose", 2)
    found = in_tablets(CAPECITABINE, published, D(dose) * D(area), True, D(area), KNOWLEDGE)
    assert found is not None
    assert (found.dose, found.counts.get(D(150), 0), found.counts.get(D(500), 0)) == (mg, small, large)


@settings(max_examples=60, deadline=None)
@given(target=st.integers(300, 40000).map(lambda tenth: D(tenth) / 10))
def test_no_other_whole_tablets_lie_nearer(target: Decimal) -> None:
    found = nearest_dose(CAPECITABINE, target, (D(150), D(500)), KNOWLEDGE)
    assert 0 <= found.counts[D(150)] <= 3
    best = min(
        (abs(150 * small + 500 * large - target), small + large)
        for small in range(4)
        for large in range(10)
        if small + large
    )
    assert (abs(found.dose - target), sum(found.counts.values())) == best


@settings(max_examples=60, deadline=None)
@given(area=st.integers(90, 300).map(lambda hundredth: D(hundredth) / 100), dose=st.sampled_from([15, 20, 25, 30, 35]))
def test_trifluridine_is_never_above_80_mg(area: Decimal, dose: int) -> None:
    published = PublishedDose(D(dose), "mg/m2", "dose", 2)
    found = in_tablets(TRIFLURIDINE, published, dose * area, dose == 35, area, KNOWLEDGE)
    assert found is not None
    assert 0 < found.dose <= 80


# Bands


def test_a_dose_on_a_limit_goes_to_the_band_above() -> None:
    table = KNOWLEDGE.dosing.band_tables["nhs-1mgml-single"]
    for limit, band in zip(table.lower_limits, table.bands, strict=True):
        assert banded(limit, table, None, KNOWLEDGE).result["band"] == band
    for (below, _), limit in zip(pairwise(table.bands), table.lower_limits[1:], strict=True):
        assert banded(limit - D("0.001"), table, None, KNOWLEDGE).result["band"] == below
    for outside in (table.lower_limits[0] - D("0.001"), table.upper_limit):
        assert outside is not None
        with pytest.raises(DoseRefused, match="outside"):
            banded(outside, table, None, KNOWLEDGE)


def test_a_table_is_named_by_its_id() -> None:
    with pytest.raises(DoseRefused, match="nhs-1mgml-single"):
        bands_of("nhs-1mgml", None, KNOWLEDGE)


@pytest.mark.parametrize(
    ("dose", "whole", "delta"), [("415", 400, "-3.6"), ("400", 400, "0"), ("460", 500, "8.7"), ("130", None, None)]
)
def test_whole_vials_within_ten_percent(dose: str, whole: int | None, delta: str | None) -> None:
    found, apart, _ = in_vials(D(dose), (D(100), D(400)), KNOWLEDGE)
    assert (found, apart) == (whole, None if delta is None else D(delta))


# Kidney, liver, calcium


@settings(max_examples=60, deadline=None)
@given(
    age=st.integers(18, 100), weight=st.integers(300, 1800).map(lambda tenth: tenth / 10),
    creatinine=st.integers(3, 60).map(lambda tenth: tenth / 10),
    sex=st.sampled_from(["male", "female"]),
)  # fmt: skip
def test_the_clearance_is_the_one_that_cases_compute(age: int, weight: float, creatinine: float, sex: str) -> None:
    own = kidney.cockcroft_gault(D(age), D(repr(weight)), D(repr(creatinine)), sex)
    assert float(own) == pytest.approx(float_clearance(age, weight, creatinine, {"male": 1.0, "female": 0.85}[sex]))


def test_80_years_50_kg_is_35_by_clearance_and_57_by_filtration() -> None:
    assert half_up(kidney.cockcroft_gault(D(80), D(50), D(1), "female"), D(1)) == 35
    assert half_up(kidney.ckd_epi_2021(D(1), D(80), "female"), D(1)) == 57


def test_a_sex_without_a_factor_is_refused() -> None:
    for work in (
        lambda: kidney.cockcroft_gault(D(50), D(70), D(1), "other"),
        lambda: kidney.ckd_epi_2021(D(1), D(50), "other"),
    ):
        with pytest.raises(DoseRefused, match="female"):
            work()


CHILD_PUGH = [
    # bilirubin, albumin, INR, points of the three
    ("1.99", "3.51", "1.69", 1, 1, 1),
    ("2", "3.5", "1.7", 2, 2, 2),
    ("3", "2.8", "2.3", 2, 2, 2),
    ("3.01", "2.79", "2.31", 3, 3, 3),
]  # fmt: skip


@pytest.mark.parametrize(("bilirubin", "albumin", "inr", "first", "second", "third"), CHILD_PUGH)
def test_both_ends_are_two_points(bilirubin: str, albumin: str, inr: str, first: int, second: int, third: int) -> None:
    found = liver.child_pugh(D(bilirubin), D(albumin), D(inr), "none", "none", KNOWLEDGE).result
    assert found["child_pugh_score"] == first + second + third + 2
    assert [found["points"][name] for name in ("bilirubin", "albumin", "inr")] == [first, second, third]


@pytest.mark.parametrize(
    ("ascites", "encephalopathy", "letter"),
    [("none", "none", "A"), ("slight", "none", "A"), ("slight", "grade_1_2", "B"), ("moderate", "grade_3_4", "B")],
)
def test_the_class_follows_the_score(ascites: str, encephalopathy: str, letter: str) -> None:
    found = liver.child_pugh(D(1), D(4), D(1), ascites, encephalopathy, KNOWLEDGE).result
    assert found["child_pugh_class"] == letter


def test_corrected_calcium_in_both_units() -> None:
    assert corrected(D("8.0"), "mg/dL", D("2.5"), KNOWLEDGE).result["corrected_calcium"] == D("9.2")
    assert corrected(D("2.0"), "mmol/L", D("2.5"), KNOWLEDGE).result["corrected_calcium"] == D("2.3")


# Units and what is hard to believe


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1200, 2200).map(lambda tenth: D(tenth) / 10),
    weight=st.integers(350, 1800).map(lambda tenth: D(tenth) / 10),
    creatinine=st.integers(30, 600).map(lambda hundredth: D(hundredth) / 100),
)
def test_units_give_the_same_numbers(height: Decimal, weight: Decimal, creatinine: Decimal) -> None:
    near = pytest.approx
    centimeters, kilograms, milligrams = (
        Measured("height", "cm"),
        Measured("weight", "kg"),
        Measured("creatinine", "mg/dL"),
    )
    tall = {float(centimeters.convert(text, None, None)) for text in (str(height), f"{height} cm", f"{height / 100} m")}
    assert len(tall) == 1
    inches = centimeters.convert(f"{height / D('2.54')} in", None, None)
    pounds = kilograms.convert(f"{weight / D('0.45359237')} lb", None, None)
    molar = milligrams.convert(f"{float(creatinine) * 1e4 / 113.12} umol/L", None, None)
    assert (float(inches), float(pounds), float(molar)) == near((float(height), float(weight), float(creatinine)))
    for work, _ in BSA_FORMULAS.values():
        assert float(work(inches, pounds)) == near(float(work(height, weight)))


def test_feet_and_inches_add_up() -> None:
    assert Measured("height", "cm").convert("5 ft 7 in", None, None) == D("170.18")


@settings(max_examples=60, deadline=None)
@given(height=st.integers(150, 200), weight=st.integers(50, 120))
def test_swapped_height_and_weight_are_asked_about_though_the_area_is_the_same(height: int, weight: int) -> None:
    right, swapped = (D(height), D(weight)), (D(weight), D(height))
    assert BSA_FORMULAS["mosteller"][0](*right) == BSA_FORMULAS["mosteller"][0](*swapped)
    assert doubtful_body(*right, KNOWLEDGE) is None
    assert "swapped" in (doubtful_body(*swapped, KNOWLEDGE) or "")


ASKED = [
    ({"height": 170.0, "weight": 70.0, "creatinine": 1.0}, ""),
    ({"height": 165.0, "weight": 120.0}, ""),
    ({"height": 170.0, "weight": 154.0}, "pounds"),
    ({"height": 150.0, "weight": 150.0}, "body mass index"),
    ({"height": 110.0, "weight": 170.0}, "swapped"),
    ({"height": 200.0, "weight": 40.0}, "body mass index"),
    ({"creatinine": 20.0}, "umol/L entered as mg/dL"),
    ({"creatinine": 0.1}, "mg/dL entered as umol/L"),
    ({"height": 170.0}, ""),
    ({}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expected"), ASKED)
def test_what_is_asked_about(facts: dict[str, float], expected: str) -> None:
    found = " ".join(implausible(facts, KNOWLEDGE))
    assert bool(found) == bool(expected)
    assert expected in found


# The same in orders


@pytest.mark.parametrize(("height", "weight", "word"), [(110, 170, "swapped"), (150, 150, "body mass index")])
def test_an_order_gives_no_dose_by_a_body_that_cannot_be_until_its_area_is_stated(
    height: int, weight: int, word: str
) -> None:
    result = ordered("mfolfox6", {"height": height, "weight": weight})
    assert result["verdict"] == "conditional"
    assert all(row["dose"] is None for row in result["drugs"])
    assert "body_surface_area" in result["conditional_on"]
    assert any(word in row["text"] for row in result["warnings"])
    area = round((height * weight / 3600) ** 0.5, 2)
    stated = ordered("mfolfox6", {"height": height, "weight": weight, "body_surface_area": area})
    assert stated["verdict"] == "to give"
    assert any(word in row["text"] for row in stated["warnings"]), "it is still told"


def test_an_order_asks_whether_a_weight_is_in_pounds_and_goes_on() -> None:
    result = ordered("mfolfox6", {"weight": 154})
    assert any("pounds" in row["text"] for row in result["warnings"])
    assert result["verdict"] == "to give"


def test_an_order_by_mouth_comes_in_whole_tablets() -> None:
    row = line(ordered("capox"), "capecitabine")
    assert (row["target"], row["dose"], row["tablets"]) == (1820, 1800, {"150": 2, "500": 3})
    assert row["per_day"] == 3600


def test_an_order_reads_the_label_table_only_for_the_full_dose() -> None:
    body = {
        "height": 175,
        "weight": 92,
        "setting": "metastatic",
        "cM": "M1",
        "weeks_since_surgery": None,
        "treatment_intent": "palliative",
    }
    full = line(ordered("trifluridine-tipiracil", body), "trifluridine_tipiracil")
    assert full["tablets"] == {"15": 2, "20": 2}, "2.11 m2 is the row of 70 mg, though 35 mg/m2 are 73.85 mg"
    assert (full["target"], full["dose"]) == (73.85, 70)


IMPOSSIBLE = [
    # fact, as stated, what is asked
    ("height", 70, "swapped"),
    ("height", "67", "inches"),
    ("weight", 70000, "grams"),
    ("creatinine", 88, "88 umol/L"),
    ("bilirubin", 171, "17 umol/L"),
    ("albumin", 40, "40 g/L"),
    ("calcium", 2.3, "2.3 mmol/L"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "stated", "asked"), IMPOSSIBLE)
def test_the_refusal_of_an_impossible_value_asks_what_was_meant(name: str, stated: float | str, asked: str) -> None:
    with pytest.raises(ValueRefused, match="possible is") as refused:
        KNOWLEDGE.vocabulary[name].read(stated)
    assert asked in str(refused.value)

"""The library of regimens: ids and versions, choices that must be made, doses that differ by weight or day, links from the plan."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from chemoplan.case import resolve
from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.intake.read import read_reading
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.dosing
FACTS = {
    "age": 62, "sex": "male", "height": "170 cm", "weight": "70 kg", "creatinine": 1.0, "neutrophils": 2.4, "platelets": 180,
    "bilirubin_ratio": 0.6, "dpyd_activity_score": 2, "ugt1a1": "normal", "neuropathy_grade": 0, "ecog": 1, "cycle_number": 1,
    "region": "US", "medicines": [],
}  # fmt: skip
"""An invented person of 1.82 m2."""
DISPUTED = ("folfoxiri", "folfoxiri-bevacizumab", "folfoxiri-panitumumab")
WITHOUT_REGIMEN = {
    "aspirin-160-3y": "aspirin is no drug of the library",
    "1l-doublet-reduced": "at 80% of the usual doses: the regimens of the library are at full dose",
    "fp-free-systemic": "no regimen of irinotecan with oxaliplatin alone; a specialist pharmacist sets the doses",
    "reirradiation-alone": "the dose follows from what the pelvis has received already",
    "reirradiation-chemo": "the dose follows from what the pelvis has received already",
}
"""Options of treatment with a drug of the library that have no regimen, and why."""
DRUGS_WITHOUT_REGIMEN = {
    "adj-folfox-atezo": (
        {"atezolizumab"},
        "no regimen of the library holds atezolizumab; FOLFOX is given as it stands",
    ),
    "maint-fp-bev": ({"capecitabine"}, "625 mg/m2 without breaks is not the capecitabine of any regimen here"),
    "egfr-later-irinotecan": ({"panitumumab"}, "no regimen of irinotecan with panitumumab"),
    "hai-unresect": ({"irinotecan"}, "no regimen of the pump with FOLFIRI"),
    "hai-adj": ({"fluorouracil"}, "the fluorouracil beside the pump in the randomized trial has no regimen here"),
}
"""Options that name a drug which none of their regimens holds, and why."""


def _order(name, choices=None, **facts):
    data = {"case": "invented", "decided_on": "2026-11-26", "complete": ["history", "toxicity"], "facts": FACTS | facts}
    case = resolve(read_reading(data, "invented"), KNOWLEDGE)
    return order(regimen_of(name, KNOWLEDGE), case, KNOWLEDGE, OrderRequest(choices=choices or {}))


def _rows(made, part):
    return [row for row in made["drugs"] if row["part"] == part]


def _drugs_of(name):
    if name in HELD.regimens:
        parts = HELD.regimens[name].parts
        return {part.drug for part in parts} | {choice.drug for part in parts for choice in part.choices if choice.drug}
    return {drug for step in HELD.sequences[name].steps for regimen in step.regimens for drug in _drugs_of(regimen)}


@pytest.mark.parametrize("name", DISPUTED)
def test_the_folinate_of_folfoxiri_has_no_dose_until_its_form_is_chosen(name):
    (row,) = _rows(_order(name), "leucovorin")
    assert row["status"] == "choose"
    assert row["dose"] is None
    assert {choice["id"] for choice in row["choices"]} == {"racemic", "levo"}
    assert _order(name)["verdict"] != "to give"
    told = [note for note in HELD.regimens[name].notes if "form of folinate" in note]
    assert told, "the disagreement has to be told"


@pytest.mark.parametrize("name", DISPUTED)
@pytest.mark.parametrize(("choice", "drug"), [("racemic", "leucovorin"), ("levo", "levoleucovorin")])
def test_the_chosen_form_of_folinate_is_the_drug_of_the_order(name, choice, drug):
    (row,) = _rows(_order(name, {"leucovorin": choice}), "leucovorin")
    assert row["drug"] == drug
    assert row["calculated"] == 364  # 200 mg/m2 x 1.82 m2, in either form
    assert row["status"] != "choose"


def test_only_the_disputed_folinates_must_be_chosen():
    found = {(regimen.id, part.id) for regimen in HELD.regimens.values() for part in regimen.parts if part.must_choose}
    assert found == {(name, "leucovorin") for name in DISPUTED}


def test_quasar_stands_as_racemic_and_may_be_given_as_the_levo_form_at_half():
    (plain,) = _rows(_order("quasar"), "leucovorin")
    assert (plain["drug"], plain["calculated"]) == ("leucovorin", 50)
    (levo,) = _rows(_order("quasar", {"leucovorin": "levo"}), "leucovorin")
    assert (levo["drug"], levo["calculated"]) == ("levoleucovorin", 25)


def test_a_choice_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(DoseRefused, match=r"leucovorin has no choice 'l-form'; expected one of racemic, levo"):
        _order("folfoxiri", {"leucovorin": "l-form"})
    with pytest.raises(DoseRefused, match=r"mfolfox6 has no choice for 'leucovorin'; expected one of none"):
        _order("mfolfox6", {"leucovorin": "levo"})


@pytest.mark.parametrize("name", sorted(HELD.regimens))
def test_each_regimen_is_found_by_its_id_and_by_id_and_version_and_by_no_other_version(name):
    regimen = HELD.regimens[name]
    assert regimen_of(name, KNOWLEDGE) is regimen
    assert regimen_of(f"{name}@{regimen.version}", KNOWLEDGE) is regimen
    with pytest.raises(
        DoseRefused, match=rf"{name} is at version {regimen.version}, not 9; order {name}@{regimen.version}"
    ):
        regimen_of(f"{name}@9", KNOWLEDGE)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("capiri@1", "irinotecan 250"),
        ("capiri-bevacizumab@1", "irinotecan 250"),
        ("hai-floxuridine-oxaliplatin-fluorouracil@1", "days 1 and 15 of 28"),
    ],
)
def test_an_earlier_version_is_refused_with_what_it_was(asked, told):
    with pytest.raises(DoseRefused, match=told):
        regimen_of(asked, KNOWLEDGE)


NAMES = sorted(
    (name, regimen.id)
    for regimen in HELD.regimens.values()
    for name in {regimen.title, *regimen.aliases}
    if name not in HELD.regimens
)


@pytest.mark.parametrize(("name", "meant"), NAMES)
def test_a_name_gives_no_dose_and_is_refused_with_the_ids_it_may_mean(name, meant):
    with pytest.raises(DoseRefused) as refused:
        regimen_of(name, KNOWLEDGE)
    assert "a name gives no dose" in str(refused.value)
    assert meant in re.findall(r"[a-z0-9-]+", str(refused.value).partition(repr(name))[2])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mFOLFOX6", {"mfolfox6", "mfolfox6-uk-flat-folinate"}),
        ("FOLFIRI", {"folfiri", "folfiri-nz-low-dose-folinate"}),
    ],
)
def test_a_name_that_hides_several_doses_is_refused_with_each_of_them(name, meant):
    with pytest.raises(DoseRefused) as refused:
        regimen_of(name, KNOWLEDGE)
    assert meant <= set(re.findall(r"[a-z0-9-]+", str(refused.value).partition(repr(name))[2]))


def test_a_slip_in_an_id_is_refused_with_the_nearest_one():
    with pytest.raises(DoseRefused, match=r"may be meant: folfiri\b"):
        regimen_of("folfirri", KNOWLEDGE)


def test_fluorouracil_is_a_bolus_or_an_infusion_by_its_part():
    for regimen in HELD.regimens.values():
        for part in regimen.parts:
            if part.drug == "fluorouracil":
                assert part.id == (
                    "fluorouracil-bolus" if part.route == "intravenous bolus" else "fluorouracil-infusion"
                )
            else:
                assert part.id == part.drug, regimen.id


def test_every_dose_for_a_whole_infusion_says_how_it_is_ordered_per_day():
    totals = [
        (regimen.id, part)
        for regimen in HELD.regimens.values()
        for part in regimen.parts
        if part.dose.per == "total" and part.dose.unit != "Gy"
    ]
    assert len(totals) > 20
    for name, part in totals:
        # The pump regimen has no published split of its 48 hours into days.
        assert part.nominal_days or name == "hai-floxuridine-oxaliplatin-fluorouracil", name


@pytest.mark.parametrize("name", ["capiri", "capiri-bevacizumab", "hai-floxuridine-oxaliplatin-fluorouracil"])
def test_doses_that_belong_together_share_the_name_of_their_choice_and_a_note_says_so(name):
    regimen = HELD.regimens[name]
    offered = {part.id: {choice.id for choice in part.choices} for part in regimen.parts if part.choices}
    assert len(offered) >= 2
    assert len({frozenset(ids) for ids in offered.values()}) == 1
    assert any("or for n" in note for note in regimen.notes)


@pytest.mark.parametrize(
    ("name", "chosen", "missing"),
    [
        ("capiri", {"irinotecan": "xeliri-older"}, "capecitabine=xeliri-older"),
        ("capiri-bevacizumab", {"capecitabine": "xeliri-older"}, "irinotecan=xeliri-older"),
        (
            "hai-floxuridine-oxaliplatin-fluorouracil",
            {"oxaliplatin": "unresectable", "leucovorin": "unresectable"},
            "fluorouracil-infusion=unresectable",
        ),
    ],
)
def test_a_dose_that_belongs_with_another_is_not_chosen_alone(name, chosen, missing):
    with pytest.raises(DoseRefused, match=f"belongs with {missing}: choose it for both drugs or for neither"):
        _order(name, chosen)
    together = _order(name, chosen | {missing.partition("=")[0]: missing.partition("=")[2]})
    assert {row["label"] != "" for row in together["drugs"] if row["choices"]} == {True}


@pytest.mark.parametrize(("weight", "dose", "unit"), [(39.9, 119.7, "mg"), (40, 240, "mg"), (70, 240, "mg")])
def test_nivolumab_beside_ipilimumab_goes_by_weight_below_40_kg(weight, dose, unit):
    (row,) = _rows(_order("nivolumab-ipilimumab", weight=f"{weight} kg"), "nivolumab")
    assert (row["calculated"], row["unit"]) == (dose, unit)


@pytest.mark.parametrize(("weight", "dose"), [(49.9, 120), (50, 160)])
def test_selpercatinib_goes_by_weight_twice_a_day(weight, dose):
    (row,) = _rows(_order("selpercatinib", weight=f"{weight} kg"), "selpercatinib")
    assert (row["calculated"], row["times_per_day"]) == (dose, 2)


def test_repotrectinib_is_taken_once_a_day_for_14_days_and_then_twice():
    once, twice = _rows(_order("repotrectinib"), "repotrectinib")
    assert (once["times_per_day"], once["days"]) == (1, list(range(1, 15)))
    assert (twice["times_per_day"], twice["days"]) == (2, list(range(15, 29)))
    (later,) = _rows(_order("repotrectinib", cycle_number=2), "repotrectinib")
    assert later["times_per_day"] == 2


@pytest.mark.parametrize(
    ("name", "part", "first", "then"),
    [
        ("cetuximab", "cetuximab", 728, 455),
        ("tucatinib-trastuzumab", "trastuzumab", 560, 420),
        ("pertuzumab-trastuzumab", "pertuzumab", 840, 420),
        ("lapatinib-trastuzumab", "trastuzumab", 280, 140),
    ],
)
def test_a_loading_dose_belongs_to_the_first_cycle_only(name, part, first, then):
    (row,) = _rows(_order(name), part)
    assert (row["calculated"], row["label"]) == (first, "loading dose")
    (row,) = _rows(_order(name, cycle_number=2), part)
    assert row["calculated"] == then


def test_weekly_cetuximab_beside_encorafenib_is_loaded_once_and_every_two_weeks_not_at_all():
    loading, rest = _rows(_order("encorafenib-cetuximab"), "cetuximab")
    assert (loading["calculated"], loading["days"]) == (728, [1])
    assert (rest["calculated"], rest["days"]) == (455, [8, 15, 22])
    (row,) = _rows(_order("encorafenib-cetuximab", {"cetuximab": "every-two-weeks"}), "cetuximab")
    assert (row["calculated"], row["days"]) == (910, [1, 15])


def test_regorafenib_begun_at_80_mg_is_ordered_for_the_first_week_only():
    (row,) = _rows(_order("regorafenib", {"regorafenib": "weekly-escalation"}), "regorafenib")
    assert (row["calculated"], row["days"]) == (80, list(range(1, 8)))


def test_modified_folfirinox_has_no_bolus_and_its_own_irinotecan():
    regimen = HELD.regimens["mfolfirinox-prodige23"]
    doses = {part.id: part.dose.value for part in regimen.parts}
    assert "fluorouracil-bolus" not in doses
    assert doses["irinotecan"] == Decimal(180)
    assert any("PRODIGE 24" in note and "150" in note for note in regimen.notes)


def test_every_treatment_of_the_plan_with_a_drug_of_the_library_links_to_regimens_or_says_why_not():
    missing = set()
    for option in KNOWLEDGE.options.values():
        held = {name for drug in HELD.drugs.values() for name in (drug.id, *drug.components)} | {"aspirin"}
        names = {name for part in option.parts for name in part}
        if option.kind == "treatment" and names & held and not option.regimens:
            missing.add(option.id)
    assert missing == set(WITHOUT_REGIMEN)


def test_the_regimens_of_an_option_hold_every_drug_that_it_names_or_the_gap_is_explained():
    gaps = {}
    for option in KNOWLEDGE.options.values():
        if option.regimens:
            held = set().union(*(_drugs_of(name) for name in option.regimens))
            if set(option.drugs) - held:
                gaps[option.id] = set(option.drugs) - held
    assert gaps == {name: drugs for name, (drugs, _) in DRUGS_WITHOUT_REGIMEN.items()}


def test_no_regimen_of_an_option_holds_a_drug_that_the_option_does_not_name():
    beside = {"leucovorin", "levoleucovorin", "radiation"}
    for option in KNOWLEDGE.options.values():
        parts = {name for part in option.parts for name in part}
        for name in option.regimens:
            assert _drugs_of(name) - set(option.drugs) <= beside, (option.id, name)
            if "radiation" in _drugs_of(name):
                assert "radiation" in parts, (option.id, name)


def test_only_options_of_treatment_link_to_regimens():
    assert {option.kind for option in KNOWLEDGE.options.values() if option.regimens} == {"treatment"}


def test_each_sequence_counts_cycles_only_of_the_regimens_of_the_step():
    for sequence in HELD.sequences.values():
        for step in sequence.steps:
            assert set(step.cycles) <= set(step.regimens), sequence.id
            assert not (step.kind in ("surgery", "restaging") and step.regimens), sequence.id
            if step.gap_weeks:
                assert 0 < step.gap_weeks[0] <= step.gap_weeks[1]

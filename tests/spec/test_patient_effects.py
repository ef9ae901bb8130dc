"""Side effects in a patient's plan: figures of people like those who get the option, and a plain word where they were not."""

from __future__ import annotations

import re

import pytest

from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.people_texts import load_texts
from chemoplan.report.patient_effects import effects
from chemoplan.report.patient_words import PlainWords

HELD = load_texts()["plan"]["side_effects"]
ELSE = "another stage"
AIMS_IN_ARMS = {r"\badj(?:uvant)?\b": "adjuvant", r"\bneoadj\b": "neoadjuvant", r"\bunresectable\b": "first_line"}


def told(name):
    option = load_knowledge().options[name]
    row = {"id": name, "intent": option.intent, "regimens": option.regimens}
    return effects([row], load_knowledge(), PlainWords("en"))


def rates():
    return load_knowledge().dosing.toxicity_rates


def aim_of(arm):
    return next((aim for words, aim in AIMS_IN_ARMS.items() if re.search(words, arm)), None)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("hai-adj", {"event-biliary-sclerosis-with-stent": "About 6 of 100", "event-pump-complication": "10 of 100"}),
        ("hai-unresect", {"event-biliary-sclerosis": "2 of 100"}),
    ],
)
def test_a_liver_pump_tells_what_was_seen_in_people_like_these_and_nothing_else(name, figures):
    assert {item.event: item.text for item in told(name)}.keys() == figures.keys()
    for item in told(name):
        assert item.text.startswith(figures[item.event])
        assert "during treatment" not in item.text, "nobody read how long they were followed"


@pytest.mark.parametrize("name", HELD["kept_for"])
def test_a_rate_kept_for_an_option_names_no_other_people_in_its_arm(name):
    aim = load_knowledge().options[name].intent
    for rate in HELD["kept_for"][name]:
        assert aim_of(rates()[rate].arm) in (aim, None), rate


def test_two_arms_of_one_regimen_in_one_trial_that_name_other_people_are_kept_apart():
    kept = {rate for listed in HELD["kept_for"].values() for rate in listed}
    aims = {}
    for rate in rates().values():
        if rate.regimen and aim_of(rate.arm):
            aims.setdefault((rate.trial, rate.regimen), {}).setdefault(aim_of(rate.arm), []).append(rate.id)
    for found in (arms for arms in aims.values() if len(arms) > 1):
        assert {rate for listed in found.values() for rate in listed} <= kept


def test_what_an_arm_says_of_its_people_is_what_the_table_of_trials_says():
    for rate in rates().values():
        if (aim := aim_of(rate.arm)) and rate.trial in HELD["counted_in"]:
            assert HELD["counted_in"][rate.trial] == [aim], rate.id
    assert set(HELD["counted_in"]) <= {rate.trial for rate in rates().values()}


@pytest.mark.parametrize("name", [name for name, option in load_knowledge().options.items() if option.regimens])
def test_a_figure_is_of_people_with_the_same_aim_or_says_that_it_may_not_be(name):
    option = load_knowledge().options[name]
    for item in told(name):
        trial = item.study.rpartition(", ")[0]
        alike = name in HELD["kept_for"] or option.intent in HELD["counted_in"].get(trial, ())
        assert (ELSE in item.people) is not alike, item.study


def test_people_with_the_same_aim_are_told_before_more_people_with_another():
    neutropenia = {item.study for item in told("1l-doublet") if item.event == "event-neutropenia"}
    assert "NO16966, FOLFOX4" in neutropenia
    assert "MOSAIC, FOLFOX4 adjuvant" in {item.study for item in told("adj-folfox-4mo")}
    assert "MOSAIC, FOLFOX4 adjuvant" not in {item.study for item in told("1l-doublet")}


def test_a_figure_of_few_people_says_that_it_proves_little():
    pump = next(item for item in told("hai-adj") if item.event == "event-pump-complication")
    assert pump.people.startswith("20 people were in the study. So few people cannot show")
    assert "So few" not in told("1l-pembro")[0].people

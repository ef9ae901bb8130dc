"""What must hold for every order of every regimen: worse never gives more, the unknown never gives a dose, units do not matter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chemoplan.case import CaseRefused, resolve
from chemoplan.criteria.tree import facts_of
from chemoplan.dosing.rules import prepare
from chemoplan.intake.case_file import read_case_file
from chemoplan.vocabulary import SetValue, Value
from tests.generative.order_people import facts_for, knowledge, ordered, person, regimens, value_of

REGIMENS = [regimen.id for regimen in regimens()]
MOST = settings.default.max_examples if settings.default else 100
SLOW = settings(max_examples=MOST // 3, deadline=None, suppress_health_check=list(HealthCheck))


def named(*lines: str) -> frozenset[str]:
    """Names, written as words."""
    return frozenset(name for line in lines for name in line.split())


LESS_IS_WORSE = named(
    "neutrophils nadir_neutrophils platelets nadir_platelets white_cells creatinine_clearance albumin lvef dpyd_activity_score",
    "days_since_pump_surgery days_to_surgery",
)
NEITHER = named(
    "height weight age sex region cycle_number setting treatment_line treatment_intent ctcae_version cM cT cN histology",
    "pump_volume pump_flow mmr msi ras braf_v600e her2 ntrk_fusion ret_fusion kras_g12c prior_drugs weeks_since_surgery",
    "tumor_height days_since_last_dose gestational_age metastatic_sites resectability neoadjuvant response surgery_possible",
    "childbearing_potential fertility_matters maintenance_phase wants_organ_preservation local_excision primary_in_place",
    "hai_center margin pT pN oxaliplatin_given creatinine tumor_level primary_symptom",
)
"""Facts about which no value is the worse one, or that are inputs of the dose itself."""
WORSE_CHOICE = {
    "ugt1a1": ("normal", "intermediate", "poor"), "perfusion_study": ("normal", "incomplete", "extrahepatic"),
    "child_pugh_class": ("A", "B", "C"), "ascites": ("none", "slight", "moderate"), "encephalopathy": ("none", "grade_1_2", "grade_3_4"),
}  # fmt: skip


def given_of(line: dict[str, Any]) -> float:
    """What is given of a line; none is less than anything."""
    return -1.0 if line["dose"] is None else float(line["dose"])


def key(line: dict[str, Any]) -> tuple[str, str, tuple[int, ...]]:
    return line["part"], line["label"], tuple(line["days"])


def unasked(regimen: str) -> set[str]:
    """Facts that rules of the regimen read where they are known, and that withhold no dose where they are not."""
    held = knowledge().dosing.regimens[regimen]
    return {name for rule in prepare(held, knowledge()).rules for name in rule.unasked}


@st.composite
def worsened(draw: Any, facts: dict[str, Value]) -> dict[str, Value]:
    """The same person with one to three facts as good or worse."""
    vocabulary = knowledge().vocabulary
    able = [name for name in facts if name not in NEITHER]
    result = dict(facts)
    for name in draw(st.lists(st.sampled_from(able), min_size=1, max_size=3, unique=True)):
        fact, now = vocabulary[name], facts[name]
        if fact.kind == "flag":
            result[name] = True
        elif isinstance(now, SetValue):
            result[name] = SetValue(
                now.members | draw(st.frozensets(st.sampled_from(fact.values), min_size=1, max_size=2)), True
            )
        elif name in WORSE_CHOICE:
            order = WORSE_CHOICE[name]
            result[name] = draw(st.sampled_from(order[order.index(str(now)) :]))
        elif fact.is_number:
            other = draw(value_of(fact))
            assert isinstance(now, float) and isinstance(other, float)
            result[name] = min(now, other) if name in LESS_IS_WORSE else max(now, other)
    return result


def test_every_fact_that_bears_on_a_dose_has_a_direction_or_none_on_purpose() -> None:
    vocabulary = knowledge().vocabulary
    undirected = {
        name
        for regimen in REGIMENS
        for name in facts_for(regimen)
        if name not in NEITHER
        and vocabulary[name].kind == "choice"
        and not vocabulary[name].numeric
        and name not in WORSE_CHOICE
    }
    assert undirected == set()


@SLOW
@given(st.data())
def test_worse_never_raises_a_dose(data: Any) -> None:
    regimen = data.draw(st.sampled_from(REGIMENS))
    facts = data.draw(person(regimen))
    worse = data.draw(worsened(facts))
    before = {key(line): line for line in ordered(regimen, facts)["drugs"]}
    for line in ordered(regimen, worse)["drugs"]:
        if key(line) in before:
            changed = {name: (facts[name], worse[name]) for name in facts if facts[name] != worse[name]}
            assert given_of(line) <= given_of(before[key(line)]), (regimen, line["part"], changed)


@SLOW
@given(st.data())
def test_a_dose_given_without_some_facts_is_the_dose_whatever_they_turn_out_to_be(data: Any) -> None:
    regimen = data.draw(st.sampled_from(REGIMENS))
    facts = data.draw(person(regimen))
    left_out = data.draw(st.sets(st.sampled_from(sorted(set(facts) - unasked(regimen))), min_size=1, max_size=4))
    partial = ordered(regimen, {name: value for name, value in facts.items() if name not in left_out})
    whole = {key(line): line for line in ordered(regimen, facts)["drugs"]}
    for line in partial["drugs"]:
        if line["dose"] is not None and key(line) in whole:
            assert line["dose"] == whole[key(line)]["dose"], (regimen, line["part"], left_out)
        if line["status"] == "stop" and key(line) in whole:
            assert whole[key(line)]["status"] == "stop", (regimen, line["part"], left_out)


@SLOW
@given(st.data())
def test_what_a_rule_does_not_ask_for_withholds_nothing_and_is_told(data: Any) -> None:
    """Facts that are often not measured (a nadir, protein of 24 hours): the order stands, and names them under `asks`."""
    regimen = data.draw(st.sampled_from(REGIMENS))
    facts = data.draw(person(regimen))
    rules = prepare(knowledge().dosing.regimens[regimen], knowledge()).rules
    asked = {name for rule in rules for name in facts_of(rule.criterion) if name not in rule.unasked}
    unasked = {name for rule in rules for name in rule.unasked} - asked
    without = ordered(regimen, {name: value for name, value in facts.items() if name not in unasked})
    for line in without["drugs"]:
        assert not set(line["conditional_on"]) & unasked
    assert set(without["asks"]) <= asked | unasked


@SLOW
@given(st.data())
def test_a_line_without_a_dose_says_why(data: Any) -> None:
    regimen = data.draw(st.sampled_from(REGIMENS))
    facts = data.draw(person(regimen))
    left_out = data.draw(st.sets(st.sampled_from(sorted(facts)), max_size=6))
    result = ordered(regimen, {name: value for name, value in facts.items() if name not in left_out})
    for line in result["drugs"]:
        if line["status"] == "conditional":
            assert line["conditional_on"] and line["dose"] is None
            assert set(line["conditional_on"]) <= left_out | {"body_surface_area"}, line["conditional_on"]
        elif line["dose"] is None:
            assert line["status"] in ("differ", "choose") or any(
                change["applied"] for change in line["modifications"]
            ), line
    assert set(result["conditional_on"]) == {name for line in result["drugs"] for name in line["conditional_on"]}


def test_nothing_known_gives_no_dose_of_any_regimen() -> None:
    for regimen in REGIMENS:
        result = ordered(regimen, {})
        for line in result["drugs"]:
            flat = "/" not in line["published"]["unit"]
            assert line["dose"] is None or (flat and not line["conditional_on"]), (regimen, line["part"])


UNITS = {
    "height": [("cm", Decimal(1)), ("[in_i]", Decimal("2.54")), ("m", Decimal(100)), ("ft", Decimal("30.48"))],
    "weight": [("kg", Decimal(1)), ("lb", Decimal("0.45359237")), ("g", Decimal("0.001"))],
    "creatinine": [("mg/dL", Decimal(1)), ("umol/L", Decimal("0.011312")), ("mg/L", Decimal("0.1"))],
    "bilirubin": [("mg/dL", Decimal(1)), ("umol/L", Decimal("0.058466")), ("mg/L", Decimal("0.1"))],
    "neutrophils": [("10*9/L", Decimal(1)), ("/uL", Decimal("0.001")), ("10*3/uL", Decimal(1))],
    "platelets": [("10*9/L", Decimal(1)), ("/uL", Decimal("0.001")), ("K/uL", Decimal(1))],
    "albumin": [("g/dL", Decimal(1)), ("g/L", Decimal("0.1"))],
}


@SLOW
@given(st.data())
def test_the_same_order_from_any_units(data: Any) -> None:
    regimen = data.draw(st.sampled_from(REGIMENS))
    facts = {**data.draw(person(regimen)), "creatinine": data.draw(value_of(knowledge().vocabulary["creatinine"]))}
    facts.pop("creatinine_clearance", None)  # to be derived from creatinine, age, weight and sex
    lines = []
    for turn in range(2):
        stated: dict[str, Any] = {}
        for name, value in facts.items():
            plain = knowledge().vocabulary[name].plain(value)
            if name in UNITS and turn:
                unit, factor = data.draw(st.sampled_from(UNITS[name]))
                plain = f"{(Decimal(repr(value)) / factor).normalize():.14g} {unit}"
            stated[name] = plain
        try:
            case = resolve(read_case_file({"facts": stated}, "generated"), knowledge())
        except CaseRefused:
            assume(False)
        lines.append(
            [
                (line["part"], line["status"], line["dose"], line["per_day"])
                for line in ordered(regimen, dict(case.facts))["drugs"]
            ]
        )
    assert lines[0] == lines[1], regimen


@pytest.mark.parametrize("regimen", REGIMENS)
def test_an_order_calculated_again_agrees(regimen: str) -> None:
    from chemoplan.dosing.recheck import recheck

    @settings(max_examples=max(MOST // 20, 5), deadline=None, suppress_health_check=list(HealthCheck))
    @given(person(regimen))
    def check(facts: dict[str, Value]) -> None:
        for row in recheck(ordered(regimen, facts), facts, knowledge()):
            assert row["agrees"], row

    check()

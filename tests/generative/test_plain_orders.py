"""Every regimen worked out a second time by a plain way that shares no code: the same doses, person by person."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from typing import Any

import pytest

from chemoplan.vocabulary import SetValue, Value
from tests.generative.order_people import edges, facts_for, knowledge, ordered
from tests.generative.plain_orders import plain_order
from tests.generative.plain_regimens import PLAIN

EACH = 100_000 // len(PLAIN) + 1 if os.environ.get("CHEMOPLAN_LONG") == "1" else 60
"""People for each regimen: a hundred thousand in all in the long run."""


def people(regimen: str, number: int, seed: int) -> list[dict[str, Value]]:
    """Random people about whom every fact that bears on the regimen is known; values lie on and beside the limits."""
    chance = random.Random(f"{regimen} {seed}")
    vocabulary = knowledge().vocabulary

    def value(name: str) -> Value:
        fact = vocabulary[name]
        if fact.kind == "flag":
            return chance.random() < 0.06
        if fact.kind == "set":
            return SetValue(frozenset(chance.sample(fact.values, 1) if chance.random() < 0.3 else ()), True)
        if fact.numeric:
            return chance.choice(fact.numbers() if chance.random() < 0.3 else fact.numbers()[:2])
        if fact.kind == "choice":
            return chance.choice(fact.values[:2] if name in ("sex", "region") else fact.values)
        body = {"height": (145, 200), "weight": (40, 140), "age": (20, 90)}.get(name)
        if body:
            return round(chance.uniform(*body), 1)
        low, high = fact.range or (0, 100)
        if fact.kind == "count":
            return float(chance.choice([1, 1, 2, 3, 5]))
        near = [edge + step for edge in edges().get(name, ()) for step in (-0.1, 0, 0.1) if low <= edge + step <= high]
        if near and chance.random() < 0.3:
            return round(chance.choice(near), 3)
        return round(low + (high - low) * chance.random() ** 3, 2)

    well: dict[str, Value] = {
        "neutrophils": 3.0, "platelets": 200.0, "white_cells": 6.0, "nadir_neutrophils": 2.0, "nadir_platelets": 150.0, "bilirubin": 0.7,
        "bilirubin_ratio": 0.6, "aminotransferase_ratio": 0.8, "creatinine_clearance": 90.0, "ecog": 1.0, "dpyd_activity_score": 2.0,
        "ugt1a1": "normal", "child_pugh_class": "A", "perfusion_study": "normal", "days_since_pump_surgery": 30.0,
        "histology": "adenocarcinoma",
        "protein_24h": 0.1, "qtcf": 410.0, "qtcf_rise": 0.0, "lvef": 60.0, "lvef_fall": 0.0, "oxaliplatin_given": 0.0,
        "cM": "M1", "ras": "wild_type",
        "braf_v600e": "not_detected", "weeks_since_surgery": 6.0, "mmr": "proficient", "days_to_surgery": 100.0, "tumor_height": 8.0,
    }  # fmt: skip
    found = []
    for _ in range(number):
        facts = {name: value(name) for name in facts_for(regimen)}
        facts["weight"] = round(
            chance.uniform(16, 45) * (float(str(facts["height"])) / 100) ** 2, 1
        )  # a body that can be
        odd = set(chance.sample(list(facts), chance.choice([0, 1, 2, 3, 5, len(facts)])))
        for name in set(facts) - odd:
            fact = vocabulary[name]
            if name in well:
                facts[name] = well[name]
            elif fact.kind == "flag":
                facts[name] = False
            elif fact.kind == "set":
                facts[name] = SetValue(frozenset(), True)
            elif fact.numeric and name != "ctcae_version":
                facts[name] = min(fact.numbers())
        found.append(facts)
    return found


def plain_facts(facts: dict[str, Value]) -> dict[str, Any]:
    return {name: set(value.members) if isinstance(value, SetValue) else value for name, value in facts.items()}


def test_every_regimen_is_written_down_a_second_time() -> None:
    assert set(PLAIN) == set(knowledge().dosing.regimens)


@pytest.mark.parametrize("regimen", PLAIN)
def test_the_second_way_gives_the_same_doses(regimen: str) -> None:
    given = 0
    for facts in people(regimen, EACH, seed=1):
        lines = ordered(regimen, facts)["drugs"]
        first = {}
        for line in lines:
            first.setdefault(line["part"], line)  # of a loading dose and the doses after it, the first
        for second in plain_order(regimen, plain_facts(facts)):
            line = first[second.part]
            dose = line.get("target", line["dose"])
            assert line["status"] == second.state, (regimen, second, line["modifications"])
            if second.dose is None:
                assert dose is None, (regimen, second, line)
            else:
                assert Fraction(repr(dose)) == second.dose, (regimen, second, line["steps"])
                given += 1
    assert given > EACH // 5  # people who get nothing would compare nothing

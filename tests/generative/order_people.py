"""Random people to order for: every fact that the rules of a regimen read, with values on and around the limits."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from chemoplan.case import Case, FactState
from chemoplan.criteria.tree import Compare, facts_of, walk
from chemoplan.dosing.order import OrderRequest, order
from chemoplan.dosing.rules import prepare
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.knowledge.regimens import Regimen
from chemoplan.vocabulary import Fact, SetValue, Value

ALWAYS_ASKED = ("height", "weight", "sex", "age", "cycle_number", "region", "pump_volume", "pump_flow")


def knowledge() -> Knowledge:
    """The shipped knowledge."""
    return load_knowledge()


def regimens() -> list[Regimen]:
    """Every regimen of the library."""
    return list(knowledge().dosing.regimens.values())


@lru_cache(maxsize=128)
def facts_for(regimen: str) -> tuple[str, ...]:
    """Every fact that can bear on an order of the regimen."""
    held = knowledge().dosing.regimens[regimen]
    names = dict.fromkeys(ALWAYS_ASKED)
    for rule in prepare(held, knowledge()).rules:
        names.update(dict.fromkeys(facts_of(rule.criterion)))
    return tuple(names)


@lru_cache(maxsize=1)
def edges() -> dict[str, tuple[float, ...]]:
    """For each number, the limits that any rule of any regimen compares it with."""
    found: dict[str, set[float]] = {}
    for regimen in regimens():
        for rule in prepare(regimen, knowledge()).rules:
            for node in walk(rule.criterion):
                if isinstance(node, Compare) and isinstance(node.value, float):
                    found.setdefault(node.fact, set()).add(node.value)
    return {name: tuple(sorted(values)) for name, values in found.items()}


BODY = {"height": (145.0, 200.0), "weight": (40.0, 140.0), "age": (20.0, 90.0), "cycle_number": (1.0, 12.0)}


def value_of(fact: Fact) -> st.SearchStrategy[Value]:
    """A value of the fact, often on or beside a limit."""
    if fact.kind == "flag":
        return st.sampled_from([False, False, False, True])
    if fact.kind == "set":
        return st.frozensets(st.sampled_from(fact.values), max_size=1).map(lambda members: SetValue(members, True))
    if fact.numeric:
        return st.sampled_from(fact.numbers())
    if fact.kind == "choice":
        return st.sampled_from(fact.values)
    low, high = BODY.get(fact.name, fact.range or (0.0, 100.0))
    if fact.kind == "count":
        return st.integers(int(low), int(high)).map(float)
    near = [edge + step for edge in edges().get(fact.name, ()) for step in (-0.5, -0.1, 0.0, 0.1, 0.5, 2.0)]
    near = [round(value, 3) for value in near if low <= value <= high]
    anywhere = st.floats(low, high, allow_nan=False).map(lambda number: round(number, 1))
    return st.one_of(st.sampled_from(near), anywhere) if near and fact.name not in BODY else anywhere


@st.composite
def person(draw: Any, regimen: str) -> dict[str, Value]:
    """Every fact that bears on an order of the regimen, known."""
    return {name: draw(value_of(knowledge().vocabulary[name])) for name in facts_for(regimen)}


def case_of(facts: dict[str, Value]) -> Case:
    """A case with these facts."""
    states = {name: FactState(name, value, "known", "generated") for name, value in facts.items()}
    return Case("generated", "", None, facts, states)


def ordered(regimen: str, facts: dict[str, Value], **request: Any) -> dict[str, Any]:
    """The order of a regimen for these facts, with the first of every choice taken."""
    held = knowledge().dosing.regimens[regimen]
    choices = {part.id: part.choices[0].id for part in held.parts if part.must_choose}
    return order(held, case_of(facts), knowledge(), OrderRequest(choices=choices, **request))

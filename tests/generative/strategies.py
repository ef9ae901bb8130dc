"""Random facts, cases and criteria for generative tests, and a concrete answer from the proof reader."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import z3
from hypothesis import strategies as st

from chemoplan.case import CaseRefused, Reading, Source, Statement, resolve
from chemoplan.criteria import Criterion, proof
from chemoplan.criteria.tree import And, Compare, Constant, Has, IsUnknown, MemberOf, Not, Or, SetIs, walk
from chemoplan.knowledge import load_knowledge
from chemoplan.vocabulary import Fact, SetValue, Value, load_vocabulary

VOCABULARY = load_vocabulary()
FOR_DOSES = {"bilirubin", "medicines", "diarrhea_grade", "febrile_neutropenia", "ascites", "cycle_number"}
"""Of the facts that only dosing asks for, one of each kind; the tests of orders draw them all."""
STATED = [
    fact
    for fact in VOCABULARY.about_case()
    if not fact.derived and (fact.topic not in ("treatment", "eligibility") or fact.name in FOR_DOSES)
]


@lru_cache(maxsize=1)
def limits() -> dict[str, list[float]]:
    """For each number, the limits that the knowledge compares it with: values on and around them matter most."""
    knowledge = load_knowledge()
    criteria = [entry.when for entry in knowledge.entries.values()]
    criteria += [offer.only_if for entry in knowledge.entries.values() for offer in entry.offers]
    criteria += [rule.when for derivation in knowledge.derivations.values() for rule in derivation.rules]
    criteria += [item.when for item in knowledge.contradictions.values()]
    found: dict[str, set[float]] = {}
    for criterion in criteria:
        for node in walk(criterion):
            if isinstance(node, Compare) and isinstance(node.value, float):
                found.setdefault(node.fact, set()).add(node.value)
    return {name: sorted(values) for name, values in found.items()}


def values(fact: Fact) -> st.SearchStrategy[Value]:
    """Any value a case may state for the fact."""
    if fact.kind == "flag":
        return st.booleans()
    if fact.kind == "set":
        members = st.frozensets(st.sampled_from(fact.values), max_size=4)
        return st.builds(SetValue, members, st.sampled_from([True, True, False]))
    if fact.numeric:
        return st.sampled_from(fact.numbers())
    if fact.kind == "choice":
        return st.sampled_from(fact.values)
    low, high = fact.range or (0.0, 100.0)
    if fact.kind == "count":
        return st.integers(int(low), int(high)).map(float)
    near = [
        edge + step
        for edge in limits().get(fact.name, [])
        for step in (-1.0, -0.5, 0.0, 0.5, 1.0)
        if low <= edge + step <= high
    ]
    anywhere = st.floats(low, high, allow_nan=False).map(lambda number: round(number, 1))
    return st.one_of(st.sampled_from(near), anywhere) if near else anywhere


@st.composite
def facts(draw: Any, among: list[Fact] | None = None) -> dict[str, Value]:
    """Facts of a case, from none at all to nearly all."""
    pool = among or STATED
    share = draw(st.sampled_from([0.2, 0.6, 0.95]))
    chosen = [fact for fact in pool if draw(st.floats(0, 1)) < share]
    return {fact.name: draw(values(fact)) for fact in chosen}


def reading_of(stated: Mapping[str, Value], name: str = "generated") -> Reading:
    """A reading that states these facts."""
    return Reading(name, tuple(Statement(fact, value, Source("generated")) for fact, value in stated.items()))


def made_valid(stated: Mapping[str, Value], kept: Mapping[str, Value] | None = None) -> dict[str, Value] | None:
    """The facts without those that contradict others, so that they make a case; None when only `kept` facts are left to drop."""
    knowledge = load_knowledge()
    left, fixed = dict(stated), set(kept or {})
    while True:
        try:
            resolve(reading_of(left), knowledge)
        except CaseRefused as refused:
            named = {name for line in refused.lines for name in left if f"{name} = " in line}
            origin = named or set(left)
            droppable = sorted(origin - fixed) or sorted(set(left) - fixed)
            if not droppable:
                return None
            for name in droppable:
                del left[name]
        else:
            return left


@st.composite
def leaves(draw: Any) -> Criterion:
    """One test of one fact."""
    fact: Fact = draw(st.sampled_from(STATED))
    if draw(st.integers(0, 9)) == 0:
        return IsUnknown(fact.name)
    if fact.kind == "flag":
        return Compare(fact.name, "=", draw(st.booleans()))
    if fact.kind == "set":
        if draw(st.booleans()):
            return Has(fact.name, draw(st.sampled_from(fact.values)))
        return SetIs(fact.name, draw(st.frozensets(st.sampled_from(fact.values), max_size=3)))
    if draw(st.integers(0, 3)) == 0:
        several = draw(st.lists(values(fact), min_size=1, max_size=3, unique=True))
        return MemberOf(fact.name, tuple(several))
    operators = ["=", "!=", "<", "<=", ">", ">="] if fact.is_number else ["=", "!="]
    return Compare(fact.name, draw(st.sampled_from(operators)), draw(values(fact)))


def criteria() -> st.SearchStrategy[Criterion]:
    """Any criterion of moderate size."""
    constants = st.sampled_from([Constant(True), Constant(False)])
    return st.recursive(
        st.one_of(leaves(), leaves(), leaves(), constants),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, min_size=2, max_size=4).map(lambda items: And(tuple(items))),
            st.lists(inner, min_size=2, max_size=4).map(lambda items: Or(tuple(items))),
        ),
        max_leaves=12,
    )


def constraints(stated: Mapping[str, Value], environment: proof.Environment | None = None) -> list[z3.BoolRef]:
    """Formulas that pin the proof's variables to these facts, and everything else to unknown."""
    environment = environment or proof.stated()[0]
    rows: list[z3.BoolRef] = []
    for fact in VOCABULARY.about_case():
        variables, value = environment[fact.name], stated.get(fact.name)
        if fact.kind == "set":
            present = value if isinstance(value, SetValue) else SetValue(frozenset(), False)
            rows.append(variables.known == present.complete)
            rows += [bit == (name in present.members) for name, bit in zip(fact.values, variables.members, strict=True)]
            continue
        rows.append(variables.known == (value is not None))
        if value is None:
            continue
        if fact.kind == "flag":
            rows.append(variables.value == value)
        elif fact.is_number:
            rows.append(variables.value == z3.RealVal(repr(value)))
        else:
            rows.append(variables.value == fact.values.index(str(value)))
    return rows


def proof_verdict(criterion: Criterion, stated: Mapping[str, Value], *, solvable: bool = False) -> bool | None:
    """The verdict of the proof reader: for exactly these facts, or (`solvable`) whether any case makes it true."""
    environment, domain = proof.stated()
    pair = proof.encode(criterion, environment)
    solver = z3.Solver()
    solver.add(*domain)
    if solvable:
        solver.add(pair.true)
        return bool(solver.check() == z3.sat)
    solver.add(*constraints(stated, environment))
    true, false = solver.check(pair.true) == z3.sat, solver.check(pair.false) == z3.sat
    assert not (true and false)
    return True if true else False if false else None

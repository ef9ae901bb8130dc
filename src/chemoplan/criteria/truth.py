"""The first reader: is the criterion true for this one case? True, False or None (unknown), by strong Kleene logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from chemoplan.criteria.tree import (
    And,
    Compare,
    Constant,
    Criterion,
    Has,
    IsUnknown,
    Leaf,
    MemberOf,
    Not,
    Or,
    Predicate,
    SetIs,
    knownness,
)  # fmt: skip
from chemoplan.vocabulary import SetValue, Value

Facts = Mapping[str, Value]
"""Known facts by name; a fact that is absent is unknown."""

Verdict = bool | None
Test = Callable[[Facts], Verdict]


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """Kleene and: False when any is False, else None when any is None, else True."""
    result: Verdict = True
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is None:
            result = None
    return result


def disjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """Kleene or: True when any is True, else None when any is None, else False."""
    result: Verdict = False
    for verdict in verdicts:
        if verdict is True:
            return True
        if verdict is None:
            result = None
    return result


def negation(verdict: Verdict) -> Verdict:
    """Kleene not."""
    return None if verdict is None else not verdict


def evaluate(criterion: Criterion, facts: Facts) -> Verdict:
    """The verdict of the criterion for the facts of one case. Criteria that come again are compiled once."""
    kept = _COMPILED.get(id(criterion))
    if kept is None:
        if len(_COMPILED) >= _MOST:
            _COMPILED.clear()
        kept = _COMPILED[id(criterion)] = criterion, compiled(criterion)
    return kept[1](facts)


# By identity, which is far quicker than hashing a tree; the criterion is kept beside its test, so that no other takes its id.
_COMPILED: dict[int, tuple[Criterion, Test]] = {}
_MOST = 20_000


def compiled(criterion: Criterion) -> Test:
    """The criterion as one function of the facts; compile once, call for many cases."""
    match criterion:
        case Constant(always):
            return lambda facts: always
        case Compare(fact, operator, value):
            return _comparison(fact, operator, value)
        case MemberOf(fact, values):
            return _membership(fact, frozenset(values))
        case Has(fact, member):
            return lambda facts: _has(facts.get(fact), member)
        case SetIs(fact, members):
            return lambda facts: _set_is(facts.get(fact), members)
        case IsUnknown(fact):
            return lambda facts: is_unknown(facts.get(fact))
        case Not(item):
            test = compiled(item)
            return lambda facts: negation(test(facts))
        case And(items):
            return _all_of(tuple(compiled(item) for item in items))
        case Or(items):
            return _any_of(tuple(compiled(item) for item in items))
        case Predicate(name, subject):
            raise TypeError(f"{name}({subject}) asks about a plan; a case cannot answer it")


def _all_of(tests: tuple[Test, ...]) -> Test:
    def test(facts: Facts) -> Verdict:
        result: Verdict = True
        for item in tests:
            verdict = item(facts)
            if verdict is False:
                return False
            if verdict is None:
                result = None
        return result

    return test


def _any_of(tests: tuple[Test, ...]) -> Test:
    def test(facts: Facts) -> Verdict:
        result: Verdict = False
        for item in tests:
            verdict = item(facts)
            if verdict is True:
                return True
            if verdict is None:
                result = None
        return result

    return test


def _comparison(fact: str, operator: str, wanted: float | str | bool) -> Test:
    def compare(test: Callable[[Value], bool]) -> Test:
        def verdict(facts: Facts) -> Verdict:
            value = facts.get(fact)
            return None if value is None else test(value)

        return verdict

    if operator == "=":
        return compare(lambda value: value == wanted)
    if operator == "!=":
        return compare(lambda value: value != wanted)
    limit = float(wanted)
    if operator == "<":
        return compare(lambda value: value < limit)  # type: ignore[operator]
    if operator == "<=":
        return compare(lambda value: value <= limit)  # type: ignore[operator]
    if operator == ">":
        return compare(lambda value: value > limit)  # type: ignore[operator]
    return compare(lambda value: value >= limit)  # type: ignore[operator]


def _membership(fact: str, values: frozenset[float | str]) -> Test:
    def verdict(facts: Facts) -> Verdict:
        value = facts.get(fact)
        return None if value is None else value in values

    return verdict


def _has(value: Value | None, member: str) -> Verdict:
    if not isinstance(value, SetValue):
        return None
    return True if member in value.members else False if value.complete else None


def _set_is(value: Value | None, members: frozenset[str]) -> Verdict:
    if not isinstance(value, SetValue):
        return None
    if not value.members <= members:
        return False
    return value.members == members if value.complete else None


def is_unknown(value: Value | None) -> bool:
    """True for an absent value, and for a set that is not known to be complete."""
    return value is None or (isinstance(value, SetValue) and not value.complete)


@dataclass(frozen=True, slots=True)
class Reason:
    """One leaf that carried a verdict: its test, its own verdict, and whether it stands under a `not`."""

    leaf: Leaf
    verdict: Verdict
    negated: bool = False


def reasons(criterion: Criterion, facts: Facts) -> tuple[Verdict, tuple[Reason, ...]]:
    """The verdict and the leaves that carry it.

    A true `or` is carried by its true parts, a false `and` by its false parts; for an unknown verdict the leaves are
    the unknown ones, and their facts are those that would settle it.
    """
    verdict, found = _reasons(criterion, facts, negated=False)
    if verdict is None:
        found += _once_given(criterion, facts, found)
    return verdict, tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _once_given(criterion: Criterion, facts: Facts, found: list[Reason]) -> list[Reason]:
    """Further leaves that matter once the facts found so far are given: giving a fact ends an `is unknown` that held of it."""
    asked = {fact for fact, _ in knownness(criterion)}
    more: list[Reason] = []
    given: frozenset[str] = frozenset()
    while given != (given := frozenset(item.leaf.fact for item in (*found, *more)) & asked):
        verdict, leaves = _reasons(criterion, facts, negated=False, given=given)
        more += leaves if verdict is None else []
    return more


def _reasons(
    node: Criterion, facts: Facts, negated: bool, given: frozenset[str] = frozenset()
) -> tuple[Verdict, list[Reason]]:
    if isinstance(node, Not):
        verdict, found = _reasons(node.item, facts, not negated, given)
        return negation(verdict), found
    if isinstance(node, And | Or):
        parts = [_reasons(item, facts, negated, given) for item in node.items]
        verdict = (conjunction if isinstance(node, And) else disjunction)(part[0] for part in parts)
        return verdict, [reason for part in parts if part[0] is verdict for reason in part[1]]
    verdict = False if isinstance(node, IsUnknown) and node.fact in given else evaluate(node, facts)
    return verdict, [] if isinstance(node, Constant | Predicate) else [Reason(node, verdict, negated)]

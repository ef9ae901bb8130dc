"""The third reader: can the criterion ever be true? Criteria become Z3 formulas over all cases at once.

A criterion is a pair of formulas, "is true" and "is false"; where neither holds it is unknown. A fact is a known bit and a
value; a set is a bit per member and a bit that says whether all members are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from chemoplan.criteria.tree import (
    And,
    Compare,
    Constant,
    Criterion,
    Has,
    IsUnknown,
    MemberOf,
    Not,
    Or,
    Predicate,
    SetIs,
)
from chemoplan.vocabulary import Fact, SetValue, Value, Vocabulary, load_vocabulary


@dataclass(frozen=True)
class Pair:
    """A three-valued formula: when it is true, and when it is false."""

    true: z3.BoolRef
    false: z3.BoolRef

    @property
    def unknown(self) -> z3.BoolRef:
        """When it is neither."""
        return z3.And(z3.Not(self.true), z3.Not(self.false))


TRUE, FALSE = Pair(z3.BoolVal(True), z3.BoolVal(False)), Pair(z3.BoolVal(False), z3.BoolVal(True))


def all_of(pairs: Iterable[Pair]) -> Pair:
    """Kleene and."""
    items = list(pairs)
    return Pair(z3.And([item.true for item in items]), z3.Or([item.false for item in items]))


def any_of(pairs: Iterable[Pair]) -> Pair:
    """Kleene or."""
    items = list(pairs)
    return Pair(z3.Or([item.true for item in items]), z3.And([item.false for item in items]))


def negation(pair: Pair) -> Pair:
    """Kleene not."""
    return Pair(pair.false, pair.true)


@dataclass(frozen=True)
class Known:
    """A fact as formulas: `known` and `value` (a number, the index of a choice, a Boolean), or for a set the `members`."""

    known: z3.BoolRef
    value: Any = None
    members: tuple[z3.BoolRef, ...] = ()


Environment = dict[str, Known]


def stated(vocabulary: Vocabulary | None = None) -> tuple[Environment, list[z3.BoolRef]]:
    """Free variables for everything a case can state, and the limits of their values."""
    environment: Environment = {}
    limits: list[z3.BoolRef] = []
    for fact in (vocabulary or load_vocabulary()).about_case():
        known = z3.Bool(f"{fact.name}?")
        if fact.derived:
            limits.append(z3.Not(known))
        environment[fact.name], domain = _variable(fact, known)
        limits += domain
    return environment, limits


def _variable(fact: Fact, known: z3.BoolRef) -> tuple[Known, list[z3.BoolRef]]:
    if fact.kind == "set":
        return Known(known, members=tuple(z3.Bool(f"{fact.name}.{member}") for member in fact.values)), []
    if fact.kind == "flag":
        return Known(known, z3.Bool(fact.name)), []
    if fact.kind == "choice" and not fact.numeric:
        index = z3.Int(fact.name)
        return Known(known, index), [index >= 0, index < len(fact.values)]
    number = z3.Int(fact.name) if fact.kind == "count" else z3.Real(fact.name)
    if fact.numeric:
        return Known(known, number), [z3.Or([number == _exact(value) for value in fact.numbers()])]
    low, high = fact.range or (-1e12, 1e12)
    return Known(known, number), [number >= _exact(low), number <= _exact(high)]


def _exact(number: float) -> z3.ArithRef:
    fraction = Fraction(repr(number))
    return z3.RatVal(fraction.numerator, fraction.denominator)


def encode(
    criterion: Criterion,
    environment: Environment,
    vocabulary: Vocabulary | None = None,
    predicate: Callable[[Predicate], z3.BoolRef] | None = None,
) -> Pair:
    """The criterion as a pair of formulas over the environment; `predicate` answers questions about the plan."""
    reader = _Encoder(environment, vocabulary or load_vocabulary(), predicate)
    return reader.encode(criterion)


class _Encoder:
    def __init__(
        self, environment: Environment, vocabulary: Vocabulary, predicate: Callable[[Predicate], z3.BoolRef] | None
    ) -> None:
        self.environment, self.vocabulary, self.predicate = environment, vocabulary, predicate

    def encode(self, node: Criterion) -> Pair:
        match node:
            case Constant(value):
                return TRUE if value else FALSE
            case Compare(fact, operator, value):
                return self._when_known(fact, self._comparison(self.vocabulary[fact], operator, value))
            case MemberOf(fact, values):
                return self._when_known(
                    fact, z3.Or([self._comparison(self.vocabulary[fact], "=", value) for value in values])
                )
            case Has(fact, member):
                known = self.environment[fact]
                present = known.members[self.vocabulary[fact].values.index(member)]
                return Pair(present, z3.And(known.known, z3.Not(present)))
            case SetIs(fact, members):
                return self._set_is(fact, members)
            case IsUnknown(fact):
                known = self.environment[fact]
                return Pair(z3.Not(known.known), known.known)
            case Not(item):
                return negation(self.encode(item))
            case And(items):
                return all_of([self.encode(item) for item in items])
            case Or(items):
                return any_of([self.encode(item) for item in items])
            case Predicate() as question:
                if self.predicate is None:
                    raise TypeError(f"{question.name}({question.subject}) asks about a plan; there is none here")
                holds = self.predicate(question)
                return Pair(holds, z3.Not(holds))

    def _when_known(self, fact: str, holds: z3.BoolRef) -> Pair:
        known = self.environment[fact].known
        return Pair(z3.And(known, holds), z3.And(known, z3.Not(holds)))

    def _comparison(self, fact: Fact, operator: str, value: float | str | bool) -> z3.BoolRef:
        variable = self.environment[fact.name].value
        if fact.kind == "flag":
            holds: z3.BoolRef = variable if value else z3.Not(variable)
            return holds
        wanted: Any = _exact(float(value)) if fact.is_number else fact.values.index(str(value))
        holds = {
            "=": lambda: variable == wanted, "!=": lambda: variable != wanted, "<": lambda: variable < wanted,
            "<=": lambda: variable <= wanted, ">": lambda: variable > wanted, ">=": lambda: variable >= wanted,
        }[operator]()  # fmt: skip
        return holds

    def _set_is(self, fact: str, members: frozenset[str]) -> Pair:
        known, names = self.environment[fact], self.vocabulary[fact].values
        inside = [bit for name, bit in zip(names, known.members, strict=True) if name in members]
        outside = [bit for name, bit in zip(names, known.members, strict=True) if name not in members]
        missing = z3.Not(z3.And(inside)) if inside else z3.BoolVal(False)
        extra = z3.Or(outside) if outside else z3.BoolVal(False)
        return Pair(z3.And(known.known, z3.Not(missing), z3.Not(extra)), z3.Or(extra, z3.And(known.known, missing)))


def witness(model: z3.ModelRef, vocabulary: Vocabulary | None = None) -> dict[str, Value]:
    """The facts a model states, as a case would state them."""
    case: dict[str, Value] = {}
    environment, _ = stated(vocabulary)
    for fact in (vocabulary or load_vocabulary()).about_case():
        variables = environment[fact.name]
        known = z3.is_true(model.eval(variables.known, model_completion=True))
        if fact.kind == "set":
            members = frozenset(
                name
                for name, member in zip(fact.values, variables.members, strict=True)
                if z3.is_true(model.eval(member, model_completion=True))
            )
            if known or members:
                case[fact.name] = SetValue(members, known)
        elif known:
            case[fact.name] = _value(fact, model.eval(variables.value, model_completion=True))
    return case


def _value(fact: Fact, value: Any) -> Value:
    if fact.kind == "flag":
        return bool(z3.is_true(value))
    if fact.kind == "choice" and not fact.numeric:
        return fact.values[int(value.as_long())]
    return float(value.as_fraction()) if z3.is_rational_value(value) else float(value.as_long())

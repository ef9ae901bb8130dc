"""The second reader: for which of many cases is the criterion true?

A criterion becomes one Polars boolean expression whose nulls mean "unknown"; a nullable boolean column is a true bit and
a known bit, and Polars joins such columns by Kleene logic. The columns a criterion reads are those of `encode`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

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

COMPLETE = "__complete"
"""Suffix of the boolean column that says whether a set column names all members."""


def expression(criterion: Criterion, vocabulary: Vocabulary | None = None) -> pl.Expr:
    """The criterion over encoded columns: True, False, or null for unknown."""
    return _expression(criterion, vocabulary or load_vocabulary())


def _expression(node: Criterion, vocabulary: Vocabulary) -> pl.Expr:
    match node:
        case Constant(value):
            return pl.lit(value)
        case Compare(fact, operator, value):
            return _comparison(vocabulary[fact], operator, value)
        case MemberOf(fact, values):
            return any_of([_comparison(vocabulary[fact], "=", value) for value in values])
        case Has(fact, member):
            present = (pl.col(fact) & bit(vocabulary[fact], member)) != 0
            return present | _unless_complete(fact)
        case SetIs(fact, members):
            return _set_is(vocabulary[fact], members)
        case IsUnknown(fact):
            return ~pl.col(fact + COMPLETE) if vocabulary[fact].kind == "set" else pl.col(fact).is_null()
        case Not(item):
            return ~_expression(item, vocabulary)
        case And(items):
            return all_of([_expression(item, vocabulary) for item in items])
        case Or(items):
            return any_of([_expression(item, vocabulary) for item in items])
        case Predicate(name, subject):
            raise TypeError(f"{name}({subject}) asks about a plan; columns of facts cannot answer it")


def all_of(items: Sequence[pl.Expr]) -> pl.Expr:
    """Kleene and; `True` when there are no items."""
    return _joined(items, lambda a, b: a & b, empty=True)


def any_of(items: Sequence[pl.Expr]) -> pl.Expr:
    """Kleene or; `False` when there are no items."""
    return _joined(items, lambda a, b: a | b, empty=False)


def _joined(items: Sequence[pl.Expr], join, empty: bool) -> pl.Expr:  # type: ignore[no-untyped-def]
    """Join as a balanced tree: deep chains would exhaust the engine's recursion."""
    if not items:
        return pl.lit(empty)
    while len(items) > 1:
        items = [join(*items[at : at + 2]) if at + 1 < len(items) else items[at] for at in range(0, len(items), 2)]
    return items[0]


def _unless_complete(fact: str) -> pl.Expr:
    """False where the set is complete, null where it is not."""
    return pl.when(pl.col(fact + COMPLETE)).then(pl.lit(False))


def _comparison(fact: Fact, operator: str, value: float | str | bool) -> pl.Expr:
    column = pl.col(fact.name)
    if fact.kind == "flag":
        return column if value else ~column
    literal = (
        pl.lit(value, dtype=pl.Float64) if fact.is_number else pl.lit(fact.values.index(str(value)), dtype=pl.UInt8)
    )
    match operator:
        case "=":
            return column == literal
        case "!=":
            return column != literal
        case "<":
            return column < literal
        case "<=":
            return column <= literal
        case ">":
            return column > literal
    return column >= literal


def _set_is(fact: Fact, members: frozenset[str]) -> pl.Expr:
    wanted = sum(1 << fact.values.index(member) for member in members)
    outside = (pl.col(fact.name) & pl.lit(~wanted & 0xFFFFFFFF, dtype=pl.UInt32)) != 0
    same = pl.col(fact.name) == pl.lit(wanted, dtype=pl.UInt32)
    return pl.when(outside).then(pl.lit(False)).when(pl.col(fact.name + COMPLETE)).then(same)


def bit(fact: Fact, member: str) -> pl.Expr:
    """The bit of a member in a set column."""
    return pl.lit(1 << fact.values.index(member), dtype=pl.UInt32)


def schema(facts: Iterable[Fact]) -> dict[str, pl.DataType]:
    """Types of the encoded columns: numbers as float, choices as the index of their value, sets as bits."""
    types: dict[str, pl.DataType] = {}
    for fact in facts:
        if fact.kind == "set":
            types[fact.name], types[fact.name + COMPLETE] = pl.UInt32(), pl.Boolean()
        else:
            types[fact.name] = pl.Boolean() if fact.kind == "flag" else pl.Float64() if fact.is_number else pl.UInt8()
    return types


def encode(cases: Sequence[Mapping[str, Value]], vocabulary: Vocabulary | None = None) -> pl.DataFrame:
    """Cases (known facts by name) as encoded columns, one row a case."""
    facts = (vocabulary or load_vocabulary()).about_case()
    columns: dict[str, list[object]] = {}
    for fact in facts:
        values = [case.get(fact.name) for case in cases]
        if fact.kind == "set":
            sets = [value if isinstance(value, SetValue) else SetValue(frozenset(), False) for value in values]
            columns[fact.name] = [sum(1 << fact.values.index(member) for member in value.members) for value in sets]
            columns[fact.name + COMPLETE] = [value.complete for value in sets]
        elif fact.kind == "choice" and not fact.numeric:
            index = {value: at for at, value in enumerate(fact.values)}
            columns[fact.name] = [None if value is None else index[str(value)] for value in values]
        else:
            columns[fact.name] = list(values)
    return pl.DataFrame(columns, schema=schema(facts))

"""The criterion as a tree of frozen nodes: what the grammar builds and the three readers read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
OPPOSITE: dict[Operator, Operator] = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Constant:
    """`always` or `never`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A fact against one value: a number in the fact's own unit, a choice, or true/false for a flag."""

    fact: str
    operator: Operator
    value: float | str | bool


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A choice or number that is one of several values."""

    fact: str
    values: tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A set fact that holds a member."""

    fact: str
    member: str


@dataclass(frozen=True, slots=True)
class SetIs:
    """A set fact that holds exactly these members."""

    fact: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsUnknown:
    """The fact is unknown (for a set: not known to be complete). With `Not`, the fact is known."""

    fact: str


@dataclass(frozen=True, slots=True)
class Predicate:
    """What a question may ask about the plan, such as `offered(tme)`."""

    name: str
    subject: str


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    item: Criterion


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    items: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    items: tuple[Criterion, ...]


Leaf = Compare | MemberOf | Has | SetIs | IsUnknown
Criterion = Constant | Leaf | Predicate | Not | And | Or

ALWAYS, NEVER = Constant(True), Constant(False)


def all_of(*items: Criterion) -> Criterion:
    """The conjunction of the items, flattened; `always` when there are none."""
    flat = [part for item in items for part in (item.items if isinstance(item, And) else (item,)) if part != ALWAYS]
    return flat[0] if len(flat) == 1 else And(tuple(flat)) if flat else ALWAYS


def any_of(*items: Criterion) -> Criterion:
    """The disjunction of the items, flattened; `never` when there are none."""
    flat = [part for item in items for part in (item.items if isinstance(item, Or) else (item,)) if part != NEVER]
    return flat[0] if len(flat) == 1 else Or(tuple(flat)) if flat else NEVER


def walk(criterion: Criterion) -> Iterator[Criterion]:
    """Every node, parents first."""
    yield criterion
    if isinstance(criterion, And | Or):
        for item in criterion.items:
            yield from walk(item)
    elif isinstance(criterion, Not):
        yield from walk(criterion.item)


def facts_of(criterion: Criterion) -> list[str]:
    """Names of the facts the criterion reads, in order of first mention."""
    return list(dict.fromkeys(node.fact for node in walk(criterion) if isinstance(node, Leaf)))


def predicates_of(criterion: Criterion) -> list[Predicate]:
    """The predicates about the plan that the criterion mentions."""
    return list(dict.fromkeys(node for node in walk(criterion) if isinstance(node, Predicate)))


def knownness(criterion: Criterion, positive: bool = True) -> Iterator[tuple[str, bool]]:
    """Each `is unknown` test as (fact, True), and each that stands under an odd number of `not` as (fact, False)."""
    if isinstance(criterion, And | Or):
        for item in criterion.items:
            yield from knownness(item, positive)
    elif isinstance(criterion, Not):
        yield from knownness(criterion.item, not positive)
    elif isinstance(criterion, IsUnknown):
        yield criterion.fact, positive

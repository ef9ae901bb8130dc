"""How options combine: written once, over any three-valued algebra, so that a case, a million cases and a proof agree.

contributed(o) = OR over entries that offer o:  when AND only_if
forbidden(o)   = OR over entries that forbid o: when
blocked(o)     = OR over its components: some entry blocks the component (all of them, where there is a choice), or each of the
                 drugs of the class that the option lists
held(o)        = OR over the gates that hold o: when
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chemoplan.criteria.tree import Criterion
from chemoplan.plan.structure import Structure

V = TypeVar("V")
"""A three-valued verdict: bool or None for a case, a nullable column, a pair of formulas."""
B = TypeVar("B")
"""A two-valued one."""


@dataclass(frozen=True)
class Algebra(Generic[V, B]):
    """The operations a reading of the criteria brings along."""

    test: Callable[[Criterion], V]
    all_of: Callable[[Sequence[V]], V]
    any_of: Callable[[Sequence[V]], V]
    is_true: Callable[[V], B]
    is_false: Callable[[V], B]
    both: Callable[[B, B], B]
    either: Callable[[B, B], B]
    neither: Callable[[B], B]


@dataclass(frozen=True)
class Parts(Generic[V]):
    """The four three-valued parts of an option's verdict."""

    contributed: V
    forbidden: V
    blocked: V
    held: V


@dataclass(frozen=True)
class Verdicts(Generic[B]):
    """At most one of the three holds; where none does, the option is not applicable."""

    offered: B
    conditional: B
    excluded: B


class Combination(Generic[V, B]):
    """The verdicts of all options under one algebra. Each criterion, component and option is evaluated once."""

    def __init__(self, structure: Structure, algebra: Algebra[V, B]) -> None:
        self.structure, self.algebra = structure, algebra
        self._tests: dict[int, V] = {}
        self._blocked: dict[tuple[str, tuple[str, ...]], V] = {}
        self._parts: dict[str, Parts[V]] = {}

    def test(self, criterion: Criterion) -> V:
        """The verdict of one criterion."""
        key = id(criterion)
        if key not in self._tests:
            self._tests[key] = self.algebra.test(criterion)
        return self._tests[key]

    def blocked_component(self, name: str, drugs: tuple[str, ...] = ()) -> V:
        """Whether a component (a class, or one drug of a class) is blocked: as a whole, or each of `drugs` (all, if none)."""
        key = name, drugs
        if key not in self._blocked:
            self._blocked[key] = self._component(*key) if name in self.structure.blockers else self._drug(name)
        return self._blocked[key]

    def _component(self, name: str, drugs: tuple[str, ...]) -> V:
        any_of, all_of = self.algebra.any_of, self.algebra.all_of
        blockers = self.structure.blockers[name]
        parts = [self.test(entry.when) for entry in blockers.whole]
        singly = blockers.of(drugs)
        if singly and all(singly):
            parts.append(all_of([any_of([self.test(entry.when) for entry in entries]) for entries in singly]))
        return any_of(parts)

    def _drug(self, name: str) -> V:
        for component, blockers in self.structure.blockers.items():
            for drug, entries in blockers.drugs:
                if drug == name:
                    return self.algebra.any_of(
                        [self.blocked_component(component), *(self.test(entry.when) for entry in entries)]
                    )
        raise KeyError(name)

    def parts(self, option: str) -> Parts[V]:
        """The four parts of the option's verdict."""
        if option not in self._parts:
            self._parts[option] = self._parts_of(option)
        return self._parts[option]

    def _parts_of(self, option: str) -> Parts[V]:
        rules, algebra = self.structure.rules[option], self.algebra
        blocked = [
            algebra.all_of([self.blocked_component(member, rules.drugs[member]) for member in part])
            for part in rules.option.parts
        ]
        return Parts(
            contributed=algebra.any_of(
                [algebra.all_of([self.test(entry.when), self.test(offer.only_if)]) for entry, offer in rules.offers]
            ),
            forbidden=algebra.any_of([self.test(entry.when) for entry in rules.forbidding]),
            blocked=algebra.any_of([*blocked, *(self.test(entry.when) for entry, _ in rules.together)]),
            held=algebra.any_of([self.test(gate.when) for gate in rules.gates]),
        )

    def verdicts(self, option: str, parts: Parts[V] | None = None) -> Verdicts[B]:
        """Offered, conditional or excluded, by the table of the architecture page."""
        part, algebra = parts or self.parts(option), self.algebra
        applicable = algebra.neither(algebra.is_false(part.contributed))
        barred = algebra.either(algebra.is_true(part.forbidden), algebra.is_true(part.blocked))
        clear = algebra.both(algebra.is_false(part.forbidden), algebra.is_false(part.blocked))
        offered = algebra.both(algebra.both(algebra.is_true(part.contributed), clear), algebra.is_false(part.held))
        excluded = algebra.both(applicable, barred)
        conditional = algebra.both(applicable, algebra.neither(algebra.either(offered, excluded)))
        return Verdicts(offered, conditional, excluded)

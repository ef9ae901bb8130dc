"""Criteria compiled to bit planes: which planes there are, and in which order they follow from each other.

A criterion has two planes, one bit a person: true, and false; unknown is neither (the known plane is their union). A plane
is a row of 64-bit words. The planes of item `i` are the rows `2 * i` (true) and `2 * i + 1` (false), so a reference to a
criterion is a row number and its negation is the neighboring row (`row ^ 1`). By Kleene logic every criterion is then
built by one operation: a conjunction is true where all its rows are true, and false where any neighboring row is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemoplan.criteria.tree import And, Compare, Constant, Criterion, Leaf, Not, Or, Predicate

Rows = NDArray[np.intp]

ALWAYS_ROW, NEVER_ROW = 0, 1
_NEGATED = {"!=": "=", ">": "<=", ">=": "<"}


WIDEST = 4
"""A disjunction of more parts than this is worked out by itself before it is joined."""
Term = tuple[int, ...]
"""References of which at least one must be true."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Conjunctions of terms, worked out together. `columns[j]` holds the j-th term of each item that has more than j terms.

    A term is a disjunction: `columns[j][k]` holds its k-th row for each of those items (a shorter term repeats a row). Items
    are ordered by how many terms they join, most first, so that `columns[j]` belongs to the first ones.
    """

    columns: tuple[tuple[Rows, ...], ...]

    @property
    def size(self) -> int:
        """How many items the fold makes."""
        return len(self.columns[0][0]) if self.columns else 0


class Interned:
    """Criteria as a graph in which every leaf and every conjunction stands once."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.nodes: list[tuple[int, ...]] = []
        """References that each conjunction joins; a reference is `2 * item + negated`."""
        self._leaf_items: dict[Leaf, int] = {}
        self._node_items: dict[tuple[int, ...], int] = {}
        self.is_leaf: list[bool] = [False]
        self.index: list[int] = [-1]
        """For each item its place in `leaves` or `nodes`; item 0 is `always`."""

    def reference(self, criterion: Criterion) -> int:
        """The reference of a criterion. Raises TypeError for a question about a plan."""
        match criterion:
            case Constant(value):
                return ALWAYS_ROW if value else NEVER_ROW
            case Not(item):
                return self.reference(item) ^ 1
            case And(items):
                return self.joined([self.reference(item) for item in items])
            case Or(items):
                return self.joined([self.reference(item) ^ 1 for item in items]) ^ 1
            case Predicate(name, subject):
                raise TypeError(f"{name}({subject}) asks about a plan; columns of facts cannot answer it")
            case Compare(fact, operator, value) if operator in _NEGATED:
                return self._leaf(Compare(fact, _NEGATED[operator], value)) ^ 1  # type: ignore[arg-type]
            case Compare(fact, "=", False):
                return self._leaf(Compare(fact, "=", True)) ^ 1
        return self._leaf(criterion)

    def joined(self, references: Iterable[int]) -> int:
        """The reference of a conjunction."""
        parts = sorted(set(references) - {ALWAYS_ROW})
        if NEVER_ROW in parts:
            return NEVER_ROW
        if len(parts) < 2:
            return parts[0] if parts else ALWAYS_ROW
        key = tuple(parts)
        item = self._node_items.get(key)
        if item is None:
            item = self._node_items[key] = self._item(leaf=False, at=len(self.nodes))
            self.nodes.append(key)
        return 2 * item

    def _leaf(self, leaf: Leaf) -> int:
        item = self._leaf_items.get(leaf)
        if item is None:
            item = self._leaf_items[leaf] = self._item(leaf=True, at=len(self.leaves))
            self.leaves.append(leaf)
        return 2 * item

    def _item(self, *, leaf: bool, at: int) -> int:
        self.is_leaf.append(leaf)
        self.index.append(at)
        return len(self.index) - 1

    def below(self, references: Iterable[int]) -> set[int]:
        """The conjunctions (as items) that the references rest on, themselves included."""
        found: set[int] = set()
        waiting = [reference >> 1 for reference in references]
        while waiting:
            item = waiting.pop()
            if item == 0 or item in found or self.is_leaf[item]:
                continue
            found.add(item)
            waiting += [part >> 1 for part in self.nodes[self.index[item]]]
        return found


class Placed:
    """Where each item of a graph has its rows, and the folds that fill them."""

    def __init__(self, graph: Interned) -> None:
        self.graph = graph
        self.place: dict[int, int] = {0: 0}
        for item, leaf in enumerate(graph.is_leaf):
            if leaf:
                self.place[item] = 1 + graph.index[item]
        self.next = 1 + len(graph.leaves)

    def copy(self) -> Placed:
        """The same, to place more beside it."""
        other = object.__new__(Placed)
        other.graph, other.place, other.next = self.graph, _Layer(self.place), self.next
        return other

    def row(self, reference: int) -> int:
        """The row of a reference."""
        return 2 * self.place[reference >> 1] + (reference & 1)

    def folds(self, items: Iterable[int]) -> tuple[Fold, ...]:
        """Place conjunctions (with all that they rest on, but for what has a place) and give the folds in their order."""
        nodes, index = self.graph.nodes, self.graph.index
        level: dict[int, int] = {}
        for item in sorted(items):  # an item has a greater number than those it rests on
            if item not in self.place:
                level[item] = 1 + max((level.get(part >> 1, 0) for part in nodes[index[item]]), default=0)
        made = []
        for height in sorted(set(level.values())):
            group = sorted(
                (item for item, at in level.items() if at == height), key=lambda item: -len(nodes[index[item]])
            )
            for item in group:
                self.place[item] = self.next
                self.next += 1
            made.append(self.fold([[(part,) for part in nodes[index[item]]] for item in group]))
        return tuple(made)

    def fold(self, joined: Sequence[Sequence[Term]]) -> Fold:
        """Conjunctions of terms as a fold; they must come most terms first, and each must join at least one."""
        ordered = [sorted(terms, key=lambda term: -len(term)) for terms in joined]
        return self.fold_in_order(ordered)

    def fold_in_order(self, joined: Sequence[Sequence[Term]]) -> Fold:
        """The same, with each item's terms left in the order given."""
        columns = []
        for at in range(len(joined[0]) if joined else 0):
            terms = [[self.row(reference) for reference in item[at]] for item in joined if len(item) > at]
            width = max(len(term) for term in terms)
            padded = np.array([term + term[-1:] * (width - len(term)) for term in terms], dtype=np.intp)
            columns.append(tuple(np.ascontiguousarray(padded[:, number]) for number in range(width)))
        return Fold(tuple(columns))

    def terms(self, reference: int, *, whole: bool) -> list[Term]:
        """The reference as terms whose conjunction it is: one term if it must stay `whole`.

        A conjunction that has its rows already, and a wide disjunction, are not taken apart.
        """
        item, negated = reference >> 1, reference & 1
        if item in self.place:
            return [(reference,)]
        parts = self.graph.nodes[self.graph.index[item]]
        if negated:
            return [tuple(part ^ 1 for part in parts)] if len(parts) <= WIDEST else [(reference,)]
        return [(reference,)] if whole else [term for part in parts for term in self.terms(part, whole=False)]


class _Layer(dict[int, int]):
    """Places on top of others, which stay as they are."""

    def __init__(self, under: dict[int, int]) -> None:
        super().__init__()
        self.under = under

    def __missing__(self, item: int) -> int:
        return self.under[item]

    def __contains__(self, item: object) -> bool:
        return super().__contains__(item) or item in self.under


def most_used(graph: Interned, groups: Sequence[Iterable[int]], limit: int) -> list[int]:
    """The conjunctions that more than one group of references rests on: at most `limit`, the most used first.

    What a chosen conjunction rests on is chosen too: it is used at least as often and has a smaller number.
    """
    uses: Counter[int] = Counter()
    for group in groups:
        uses.update(graph.below(group))
    shared = sorted((item for item, count in uses.items() if count > 1), key=lambda item: (-uses[item], item))
    return shared[:limit]

"""The arithmetic on planes: conjunctions folded row by row, bits counted, and counters of one bit a person added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chemoplan.cohort.leaves import Words
from chemoplan.cohort.planes import Fold

Counts = NDArray[np.int64]


def fill(fold: Fold, rows: Words, first: int, spare: Words) -> None:
    """Work out the conjunctions of a fold into the rows from `first` on, two each.

    `spare` holds intermediate rows: at least as many as the fold has items.
    """
    pairs = rows[first : first + 2 * fold.size].reshape(fold.size, 2, rows.shape[1])
    gathered(fold, rows, 0, np.bitwise_and, pairs[:, 0], spare)
    gathered(fold, rows, 1, np.bitwise_or, pairs[:, 1], spare)


def gathered(fold: Fold, rows: Words, flip: int, join: np.ufunc, out: Words, spare: Words) -> None:
    """Join the rows of each item of a fold by `join`; with `flip` 1 the neighboring rows. `out`: shape (items, words)."""
    for at, column in enumerate(fold.columns):
        size = len(column)
        taken = spare[:size]
        np.take(rows, column ^ flip if flip else column, axis=0, out=taken, mode="clip")
        if at == 0:
            out[:size] = taken
        else:
            join(out[:size], taken, out=out[:size])


def counted(planes: Words) -> Counts:
    """Bits that are set in each row. `planes`: shape (rows, words)."""
    return np.bitwise_count(planes).sum(axis=-1, dtype=np.int64)  # type: ignore[no-any-return]


class Tally:
    """A counter for each person, kept as planes: plane `w` holds bit `w` of every counter. Planes are added by carrying."""

    def __init__(self, words: int) -> None:
        self.words = words
        self.waiting: list[list[Words]] = []
        """By weight, arrays of planes (shape (n, words)) that are still to be added."""

    def add(self, planes: Words) -> None:
        """Count one more for everybody whose bit is set, in each of the planes. Shape (n, words); n may be any."""
        weight = 0
        carried = planes
        while len(carried):
            if weight == len(self.waiting):
                self.waiting.append([])
            left = [*self.waiting[weight], carried]
            kept, carried = _added(np.concatenate(left) if len(left) > 1 else carried.copy())
            self.waiting[weight] = [kept]
            weight += 1

    def counts(self, people: int) -> NDArray[np.int32]:
        """The counter of each person."""
        total = np.zeros(people, dtype=np.int32)
        for weight, arrays in enumerate(self.waiting):
            for plane in (plane for array in arrays for plane in array):
                total += unpacked(plane, people).astype(np.int32) << weight
        return total


def _added(planes: Words) -> tuple[Words, Words]:
    """Full adders: three planes of a weight become one of it and one of the next. What is left, and what was carried."""
    carried: list[Words] = []
    while len(planes) >= 3:
        third = len(planes) // 3
        one, two, three = planes[:third], planes[third : 2 * third], planes[2 * third : 3 * third]
        half = one ^ two
        carry = one & two
        carry |= half & three
        half ^= three
        carried.append(carry)
        planes = np.concatenate((half, planes[3 * third :]))
    return planes, np.concatenate(carried) if carried else planes[:0]


def unpacked(plane: Words, people: int) -> NDArray[np.uint8]:
    """One byte a person, 0 or 1."""
    return np.unpackbits(plane.view(np.uint8), count=people, bitorder="little")


def alone(columns: Sequence[NDArray[np.intp]], rows: Words, spare: Words) -> tuple[list[Counts], list[Counts]]:
    """For the j-th clause of each item: how many people fail it, and how many fail it and no other.

    `columns[j]` holds the true rows of the j-th clauses, as in a fold; what stands in the neighboring rows fails.
    """
    size = len(columns[0]) if columns else 0
    any_fails, two_fail = np.zeros_like(spare[:size]), np.zeros_like(spare[:size])
    failing: list[Counts] = []
    for column in columns:
        taken, here, more = spare[: len(column)], any_fails[: len(column)], two_fail[: len(column)]
        np.take(rows, column ^ 1, axis=0, out=taken, mode="clip")
        failing.append(counted(taken))
        more |= here & taken
        here |= taken
    np.bitwise_and(any_fails, ~two_fail, out=any_fails)
    only: list[Counts] = []
    for column in columns:
        taken = spare[: len(column)]
        np.take(rows, column ^ 1, axis=0, out=taken, mode="clip")
        taken &= any_fails[: len(column)]
        only.append(counted(taken))
    return failing, only

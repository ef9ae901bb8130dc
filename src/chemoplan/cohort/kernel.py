"""The arithmetic on planes: conjunctions folded row by row, bits counted, and counters of one bit a person added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemoplan.cohort.leaves import Words
from chemoplan.cohort.planes import Fold, Rows

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spare:
    """Two arrays of rows for intermediate results: each at least as many rows as a fold has items."""

    first: Words
    second: Words

    @staticmethod
    def of(rows: int, words: int) -> Spare:
        """Memory for folds of up to `rows` items."""
        return Spare(np.empty((rows, words), dtype=np.uint64), np.empty((rows, words), dtype=np.uint64))


def fill(fold: Fold, rows: Words, first: int, spare: Spare) -> None:
    """Work out the conjunctions of a fold into the rows from `first` on, two each."""
    pairs = rows[first : first + 2 * fold.size].reshape(fold.size, 2, rows.shape[1])
    gather_true(fold, rows, pairs[:, 0], spare)
    gather_false(fold, rows, pairs[:, 1], spare)


def gather_true(fold: Fold, rows: Words, out: Words, spare: Spare) -> None:
    """The true plane of each item of a fold. `out`: shape (items, words)."""
    for at, column in enumerate(fold.columns):
        term = joined(column, rows, 0, np.bitwise_or, spare)
        if at == 0:
            out[:] = term
        else:
            here = out[: len(term)]
            np.bitwise_and(here, term, out=here)


def gather_false(fold: Fold, rows: Words, out: Words, spare: Spare) -> None:
    """The false plane of each item of a fold: true where any of its terms is false."""
    for at, column in enumerate(fold.columns):
        term = joined(column, rows, 1, np.bitwise_and, spare)
        if at == 0:
            out[:] = term
        else:
            here = out[: len(term)]
            np.bitwise_or(here, term, out=here)


def joined(column: tuple[Rows, ...], rows: Words, flip: int, join: np.ufunc, spare: Spare) -> Words:
    """The rows of a column of terms, joined; with `flip` 1 the neighboring rows. The result stands in `spare.first`."""
    size = len(column[0])
    result, more = spare.first[:size], spare.second[:size]
    np.take(rows, column[0] ^ flip if flip else column[0], axis=0, out=result, mode="clip")
    for part in column[1:]:
        np.take(rows, part ^ flip if flip else part, axis=0, out=more, mode="clip")
        join(result, more, out=result)
    return result


def counted(planes: Words) -> Counts:
    """Bits that are set in each row. `planes`: shape (..., words)."""
    return np.bitwise_count(planes).sum(axis=-1, dtype=np.int64)  # type: ignore[no-any-return]


class Tally:
    """Counters for each person, kept as planes: plane `w` holds bit `w` of every counter. Planes are added by carrying."""

    def __init__(self, counters: int, words: int) -> None:
        self.counters = counters
        self.waiting: list[Words] = []
        """By weight, planes that are still to be added: shape (counters, n, words), n below 3."""
        self.nothing = np.empty((counters, 0, words), dtype=np.uint64)

    def add(self, planes: Words) -> None:
        """Count one more for everybody whose bit is set, in each plane. Shape (counters, n, words); n may be any."""
        weight, carried = 0, planes
        while carried.shape[1]:
            if weight == len(self.waiting):
                self.waiting.append(self.nothing)
            kept, carried = _added(np.concatenate((self.waiting[weight], carried), axis=1))
            self.waiting[weight] = kept
            weight += 1

    def counts(self, people: int) -> NDArray[np.int32]:
        """The counters of each person: shape (people, counters)."""
        total = np.zeros((people, self.counters), dtype=np.int32)
        for weight, planes in enumerate(self.waiting):
            for counter in range(self.counters):
                for plane in planes[counter]:
                    total[:, counter] += unpacked(plane, people).astype(np.int32) << weight
        return total


def _added(planes: Words) -> tuple[Words, Words]:
    """Full adders: three planes of a weight become one of it and one of the next. What is left, and what was carried."""
    carried: list[Words] = []
    while planes.shape[1] >= 3:
        third = planes.shape[1] // 3
        one, two, three = (planes[:, at * third : (at + 1) * third] for at in range(3))
        half = one ^ two
        carry = one & two
        carry |= half & three
        half ^= three
        carried.append(carry)
        planes = np.concatenate((half, planes[:, 3 * third :]), axis=1)
    return planes, np.concatenate(carried, axis=1) if carried else planes[:, :0]


def unpacked(plane: Words, people: int) -> NDArray[np.uint8]:
    """One byte a person, 0 or 1."""
    return np.unpackbits(plane.view(np.uint8), count=people, bitorder="little")


def alone(fold: Fold, rows: Words, spare: Spare) -> tuple[list[Counts], list[Counts]]:
    """For the j-th term of each item: how many people fail it, and how many fail it and no other term of the item."""
    size, words = fold.size, rows.shape[1]
    once, twice = np.zeros((size, words), dtype=np.uint64), np.zeros((size, words), dtype=np.uint64)
    failing: list[Counts] = []
    for column in fold.columns:
        term = joined(column, rows, 1, np.bitwise_and, spare)
        failing.append(counted(term))
        here, more = once[: len(term)], twice[: len(term)]
        more |= here & term
        here |= term
    once &= ~twice
    only: list[Counts] = []
    for column in fold.columns:
        term = joined(column, rows, 1, np.bitwise_and, spare)
        term &= once[: len(term)]
        only.append(counted(term))
    return failing, only

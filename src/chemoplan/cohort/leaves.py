"""One test of one fact as planes: over encoded columns (see `criteria.columns.encode`), all people of a block at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chemoplan.criteria.columns import COMPLETE
from chemoplan.criteria.tree import Compare, Has, IsUnknown, Leaf, MemberOf, SetIs
from chemoplan.vocabulary import Fact, Vocabulary

Words = NDArray[np.uint64]
Bits = NDArray[np.bool_]
WORD = 64


@dataclass(frozen=True, slots=True)
class Column:
    """A fact of many people: float64 numbers, uint8 codes of choices, bools of flags, or uint32 bits of sets.

    `known` says of whom it is known; for a set, whether all its members are named.
    """

    values: NDArray[Any]
    known: Bits

    def part(self, start: int, stop: int) -> Column:
        """The people from `start` up to `stop`."""
        return Column(self.values[start:stop], self.known[start:stop])


def encoded_columns(frame: pl.DataFrame, facts: Iterable[str], vocabulary: Vocabulary) -> dict[str, Column]:
    """The named facts of a frame of encoded columns; facts that the frame lacks are left out, and are unknown."""
    columns = {}
    for name in facts:
        if name not in vocabulary or name not in frame.columns:
            continue
        series = frame[name]
        if vocabulary[name].kind == "set":
            values, known = series.fill_null(0).to_numpy(), frame[name + COMPLETE].fill_null(False).to_numpy()
        else:
            known = series.is_not_null().to_numpy()
            values = series.fill_null(_FILLER[vocabulary[name].kind == "flag"]).to_numpy()
        columns[name] = Column(values, known)
    return columns


_FILLER: dict[bool, Any] = {True: False, False: 0}


def words_of(people: int) -> int:
    """How many words hold one bit a person."""
    return -(-people // WORD)


def pack(bits: Bits, row: Words) -> None:
    """Write bits into a row of words, the first person in the lowest bit; bits beyond the last person are zero."""
    packed = np.packbits(bits, bitorder="little")
    raw = row.view(np.uint8)
    raw[: len(packed)] = packed
    raw[len(packed) :] = 0


def fill_leaves(
    leaves: Sequence[Leaf], columns: Mapping[str, Column], people: int, vocabulary: Vocabulary, rows: Words
) -> None:
    """Fill the rows of `always` (0 and 1) and of the leaves (from 2 on, two each). `rows`: shape (>= 2 + 2 * leaves, words)."""
    pack(np.ones(people, dtype=np.bool_), rows[0])
    rows[1] = 0
    known_rows: dict[str, Words] = {}
    for at, leaf in enumerate(leaves, start=1):
        true, false = rows[2 * at], rows[2 * at + 1]
        column = columns.get(leaf.fact)
        if column is None:
            _of_unknown(leaf, rows[0], true, false)
            continue
        known = known_rows.get(leaf.fact)
        if known is None:
            known = known_rows[leaf.fact] = np.empty_like(true)
            pack(column.known, known)
        if isinstance(leaf, IsUnknown):
            np.bitwise_xor(rows[0], known, out=true)
            false[:] = known
        elif isinstance(leaf, SetIs):
            _set_is(leaf, vocabulary[leaf.fact], column, known, true, false)
        else:
            pack(_test(leaf, vocabulary[leaf.fact], column.values), true)
            if not isinstance(leaf, Has):  # a member that is named is there, whether or not all are named
                np.bitwise_and(true, known, out=true)
            np.bitwise_and(known, ~true, out=false)


def _of_unknown(leaf: Leaf, always: Words, true: Words, false: Words) -> None:
    """A fact that nobody's columns hold."""
    true[:] = always if isinstance(leaf, IsUnknown) else 0
    false[:] = 0


def _test(leaf: Compare | MemberOf | Has, fact: Fact, values: NDArray[Any]) -> Bits:
    found: Bits
    if isinstance(leaf, Has):
        found = (values & np.uint32(_bits(fact, (leaf.member,)))) != 0
    elif isinstance(leaf, MemberOf):
        found = np.zeros(len(values), dtype=np.bool_)
        for value in leaf.values:
            found |= values == _code(fact, value)
    elif fact.kind == "flag":
        found = values if leaf.value else ~values
    elif leaf.operator == "=":
        found = values == _code(fact, leaf.value)
    else:
        limit = _code(fact, leaf.value)
        found = values < limit if leaf.operator == "<" else values <= limit
    return found


NO_CODE = np.uint8(255)
"""The code of a value that a fact does not have: nobody's column holds it. Studies name sites and members beyond the vocabulary."""


def _code(fact: Fact, value: float | str | bool) -> Any:
    if fact.kind == "flag":
        return bool(value)
    if fact.is_number:
        return np.float64(value)
    return np.uint8(fact.values.index(str(value))) if str(value) in fact.values else NO_CODE


def _bits(fact: Fact, members: Iterable[str]) -> int:
    """The members of a set as bits; one that the fact does not have has none."""
    return sum(1 << fact.values.index(member) for member in members if member in fact.values)


def _set_is(leaf: SetIs, fact: Fact, column: Column, known: Words, true: Words, false: Words) -> None:
    wanted = _bits(fact, leaf.members)
    possible = all(member in fact.values for member in leaf.members)
    pack(column.values == np.uint32(wanted) if possible else np.zeros(len(column.values), dtype=np.bool_), true)
    np.bitwise_and(true, known, out=true)
    pack((column.values & np.uint32(~wanted & 0xFFFFFFFF)) != 0, false)
    np.bitwise_or(false, known & ~true, out=false)

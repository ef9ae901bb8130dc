"""A table of cases, one row a person and a column for each fact, read into encoded columns. What is wrong is told by place.

Columns are facts by name in the vocabulary's units. A missing value (null, NaN, an empty cell) is unknown. A set is a list
of members, or text such as "a; b" (`none` is the empty set); it counts as complete unless a column named like the fact
with `__complete` behind it says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from chemoplan.cohort.columns import derived
from chemoplan.criteria import columns
from chemoplan.criteria.columns import COMPLETE
from chemoplan.intake.refused import one_line, shown
from chemoplan.intake.table import NO_MEMBERS
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import Fact, SetValue, Value, ValueRefused, Vocabulary

CASE = "case"
TOLD = 20
"""Problems of a column that are told in words; further ones are counted."""
KEPT_ASIDE = ("case", "decided_on", "title", "note")
"""Columns that name or describe a case and state no fact; so do columns that begin with `x_`."""


class CohortRefused(ValueError):
    """The cohort cannot be read or answered. `lines` holds one line for each problem."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns of a table: those that state facts, those that nobody reads, and what is wrong with others."""

    facts: tuple[str, ...]
    unread: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misread:
    """A value that is no value of its fact: the row (from 1, without the header), the column, and what would be right."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return one_line(
            f"row {self.row}, column {self.column}: {self.message}"
            if self.column
            else f"row {self.row}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch of people as encoded columns of all facts. `out` says which rows contradict themselves."""

    frame: pl.DataFrame
    ids: list[str]
    out: pl.Series
    problems: tuple[Misread, ...]
    """The first of each column and of each contradiction, at most TOLD of each, in the order of the rows."""
    refused: int
    """How many values are none of their facts."""


def table_columns(names: Sequence[str], vocabulary: Vocabulary) -> TableColumns:
    """What the columns of a table are. Raises CohortRefused when none states a fact, or one is given twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CohortRefused([f"the column {shown(twice[0])} is given twice; keep one"])
    facts, unread, wrong = [], [], []
    for name in names:
        fact = vocabulary.get(name.removesuffix(COMPLETE))
        if fact is None:
            if name not in KEPT_ASIDE and not name.startswith("x_"):
                close = vocabulary.nearest(name)
                unread.append(one_line(f"{shown(name)}" + (f" (did you mean {close}?)" if close else "")))
        elif name.endswith(COMPLETE):
            if fact.kind != "set" or fact.name not in names:
                wrong.append(
                    f"column {name}: says whether a set is complete; expected a column {fact.name} that holds a set"
                )
        elif fact.about == "plan":
            wrong.append(f"column {name}: belongs to a proposed plan, not to a case; leave it out")
        elif fact.derived and not fact.may_be_stated:
            wrong.append(f"column {name}: is always computed from other facts; leave it out and state those")
        else:
            facts.append(name)
    if not facts:
        raise CohortRefused(["no column is named like a fact; expected names such as case, age, cT, ecog"])
    return TableColumns(tuple(facts), tuple(unread), tuple(wrong))


def is_table_of_cases(names: Iterable[str], vocabulary: Vocabulary) -> bool:
    """True when the columns hold a fact of a case."""
    return any(name in vocabulary and vocabulary[name].about == "case" for name in names)


def encode_batch(frame: pl.DataFrame, first_row: int, knowledge: Knowledge) -> Encoded:
    """A batch of a table as encoded columns. `first_row` is the number of its first row. Raises CohortRefused as `table_columns`.

    A value that is no value of its fact is left unknown and told among the problems; whether that may be is the caller's.
    """
    vocabulary = knowledge.vocabulary
    stated, problems, refused = _stated(frame, first_row, vocabulary)
    types = columns.schema(vocabulary.about_case())
    whole = pl.DataFrame([stated.get(name, _unknown(name, kind, frame.height)) for name, kind in types.items()])
    whole = derived(whole, knowledge)
    out, contradictions = _contradictions(whole, first_row, knowledge)
    told = sorted((*problems, *contradictions), key=lambda problem: problem.row)
    return Encoded(whole, _ids(frame, first_row), out, tuple(told), refused)


def stated_values(frame: pl.DataFrame, knowledge: Knowledge) -> list[dict[str, Value]]:
    """What each row of a batch states, fact by fact, without what follows from it."""
    vocabulary = knowledge.vocabulary
    stated, _, _ = _stated(frame, 1, vocabulary)
    rows: list[dict[str, Value]] = [{} for _ in range(frame.height)]
    for name, series in stated.items():
        if name.endswith(COMPLETE):
            continue
        fact = vocabulary[name]
        complete = stated[name + COMPLETE].to_list() if fact.kind == "set" else ()
        for at, raw in enumerate(series.to_list()):
            if fact.kind == "set":
                members = frozenset(member for number, member in enumerate(fact.values) if raw >> number & 1)
                if members or complete[at]:
                    rows[at][name] = SetValue(members, complete[at])
            elif raw is not None:
                rows[at][name] = fact.values[raw] if fact.kind == "choice" and not fact.numeric else raw
    return rows


def _stated(
    frame: pl.DataFrame, first_row: int, vocabulary: Vocabulary
) -> tuple[dict[str, pl.Series], list[Misread], int]:
    """The encoded columns that a batch states, the first values in it that are none of their facts, and how many there are."""
    stated: dict[str, pl.Series] = {}
    problems: list[Misread] = []
    refused = 0
    for name in table_columns(frame.columns, vocabulary).facts:
        read = _read_set if vocabulary[name].kind == "set" else _read_column
        made, wrong = read(frame, vocabulary[name])
        stated |= made
        problems += [Misread(first_row + at, name, message) for at, message in wrong.first]
        refused += wrong.count
    return stated, problems, refused


def _unknown(name: str, kind: pl.DataType, height: int) -> pl.Series:
    """A column that states nothing of anybody."""
    nothing = False if name.endswith(COMPLETE) else 0 if kind == pl.UInt32 else None
    return pl.repeat(nothing, height, dtype=kind, eager=True).alias(name)


def _ids(frame: pl.DataFrame, first_row: int) -> list[str]:
    numbered = [f"row {first_row + at}" for at in range(frame.height)]
    if CASE not in frame.columns:
        return numbered
    given = frame[CASE].cast(pl.String).to_list()
    return [name or number for name, number in zip(given, numbered, strict=True)]


def _contradictions(frame: pl.DataFrame, first_row: int, knowledge: Knowledge) -> tuple[pl.Series, list[Misread]]:
    tests = [
        columns.expression(item.when, knowledge.vocabulary).fill_null(False).alias(f"__{at}")
        for at, item in enumerate(knowledge.contradictions.values())
    ]
    held = frame.select(pl.repeat(False, pl.len()).alias("__never"), *tests)
    out = held.select(pl.any_horizontal(pl.all()).alias("out"))["out"]
    told = []
    for number, item in enumerate(knowledge.contradictions.values()):
        rows = held[f"__{number}"].arg_true()
        message = f"contradiction ({item.id}): {item.message}"
        told += [Misread(first_row + at, "", message) for at in rows[:TOLD].to_list()]
    return out, told


@dataclass(frozen=True, slots=True)
class Wrong:
    """Cells that hold no value of their fact: the first with their places and what would be right, and how many there are."""

    first: list[tuple[int, str]]
    count: int


NONE_WRONG = Wrong([], 0)


def _read_column(frame: pl.DataFrame, fact: Fact) -> tuple[dict[str, pl.Series], Wrong]:
    """A number, a choice or a flag: numbers as they are when they are all possible, everything else value by value."""
    series = frame[fact.name]
    target = columns.schema([fact])[fact.name]
    if fact.kind == "flag" and series.dtype == pl.Boolean:
        return {fact.name: series}, NONE_WRONG
    if fact.is_number and series.dtype.is_numeric():
        numbers = series.cast(pl.Float64).fill_nan(None)
        possible = _possible(numbers, fact)
        places = (~possible).arg_true()
        if not len(places):
            return {fact.name: numbers}, NONE_WRONG
        wrong = Wrong([(at, _why(fact, series[at])) for at in places[:TOLD].to_list()], len(places))
        return {fact.name: numbers.set((~possible).fill_null(False), None)}, wrong
    return _value_by_value(series, fact, target)


def _possible(numbers: pl.Series, fact: Fact) -> pl.Series:
    """Whether each number is a value of the fact; null where it is unknown."""
    fits = numbers.is_finite()
    if fact.range is not None:
        fits &= (numbers >= fact.range[0]) & (numbers <= fact.range[1])
    if fact.kind == "count":
        fits &= numbers == numbers.floor()
    if fact.numeric:
        fits &= numbers.is_in(list(fact.numbers()))
    return fits


def _why(fact: Fact, raw: Any) -> str:
    try:
        fact.read(raw)
    except ValueRefused as refused:
        return str(refused)
    return f"{fact.name} is {shown(raw)}, which is not one of its values"


def _value_by_value(series: pl.Series, fact: Fact, target: pl.DataType) -> tuple[dict[str, pl.Series], Wrong]:
    """Each different value is read once, as the readers of cases read it."""
    plain = series.cast(pl.String) if series.dtype in (pl.Categorical, pl.Enum) else series
    values: list[Any] = []
    refused: dict[Any, str] = {}
    different = plain.unique()
    for raw in different.to_list():
        value, why = _value(fact, raw)
        values.append(value)
        if why:
            refused[raw] = why
    read = plain.replace_strict(different, pl.Series(values, dtype=target, strict=True), return_dtype=target)
    return {fact.name: read.alias(fact.name)}, _wrong(plain, refused)


def _wrong(cells: pl.Series, refused: dict[Any, str]) -> Wrong:
    """Where the refused values stand."""
    if not refused:
        return NONE_WRONG
    places = [at for at, raw in enumerate(cells.to_list()) if raw in refused]
    return Wrong([(at, refused[cells[at]]) for at in places[:TOLD]], len(places))


def _value(fact: Fact, raw: Any) -> tuple[Any, str]:
    """An encoded value, or None and why it is none."""
    if raw is None or raw != raw or (isinstance(raw, str) and not raw.strip()):
        return None, ""
    try:
        value = fact.read(raw)
    except ValueRefused as refused:
        return None, str(refused)
    return fact.values.index(str(value)) if fact.kind == "choice" and not fact.numeric else value, ""


def _read_set(frame: pl.DataFrame, fact: Fact) -> tuple[dict[str, pl.Series], Wrong]:
    series, name = frame[fact.name], fact.name
    as_text = (
        series.cast(pl.List(pl.String)).list.join("\x1f") if series.dtype.base_type() in (pl.List, pl.Array) else None
    )
    plain = series.cast(pl.String) if as_text is None else as_text
    refused: dict[str, str] = {}
    bits: list[int | None] = []
    different = plain.unique()
    for raw in different.to_list():
        value, why = _members(fact, raw, listed=as_text is not None)
        if why:
            refused[raw] = why
        bits.append(None if value is None else sum(1 << fact.values.index(member) for member in value.members))
    read = plain.replace_strict(different, pl.Series(bits, dtype=pl.UInt32), return_dtype=pl.UInt32)
    wrong = _wrong(plain, refused)
    complete = read.is_not_null()
    if name + COMPLETE in frame.columns:
        said = frame[name + COMPLETE]
        if said.dtype != pl.Boolean:
            words = said.cast(pl.String).str.strip_chars().str.to_lowercase()
            odd = (~words.is_in(["true", "false", ""])).fill_null(False)
            places = odd.arg_true()
            told = [
                (at, f"{name + COMPLETE} is {shown(said[at])}; expected true or false")
                for at in places[:TOLD].to_list()
            ]
            wrong = Wrong([*wrong.first, *told], wrong.count + len(places))
            said = words == "true"
        complete &= said.fill_null(False)
    return {name: read.fill_null(0).alias(name), name + COMPLETE: complete.alias(name + COMPLETE)}, wrong


def _members(fact: Fact, raw: str | None, *, listed: bool) -> tuple[SetValue | None, str]:
    """A set from its text; members of a list are joined by a separator that no name holds."""
    if raw is None or (not listed and not raw.strip()):
        return None, ""
    names: Any = [part for part in raw.split("\x1f") if part] if listed else raw
    try:
        value = fact.read([] if not listed and raw.strip().lower() == NO_MEMBERS else names)
    except ValueRefused as refused:
        return None, str(refused)
    return (value, "") if isinstance(value, SetValue) else (None, f"{fact.name} is no set")

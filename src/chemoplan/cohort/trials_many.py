"""Many people against many studies: the verdict of every pair, counted by study, by person and by clause.

The clauses of all studies are compiled once; people then pass through in blocks small enough that the planes of a block
stay in the processor's cache. A block is worked through by groups of studies: what several groups share is worked out
first and kept, everything else is made in a room that each group uses again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chemoplan.cohort.kernel import Counts, Tally, alone, counted, fill, gathered, unpacked
from chemoplan.cohort.leaves import Column, Words, fill_leaves, words_of
from chemoplan.cohort.planes import ALWAYS_ROW, Fold, Interned, Placed, most_used
from chemoplan.criteria.tree import Leaf
from chemoplan.trials.clauses import TrialClauses
from chemoplan.vocabulary import Vocabulary

INELIGIBLE, FIXABLE, POSSIBLE, ELIGIBLE = 0, 1, 2, 3
VERDICTS = ("ineligible", "fixable", "possible", "eligible so far")
"""Meaning of the verdict numbers, and the order of the columns of counts.

Ineligible: a clause that does not mend by itself is false. Fixable: only clauses that mend are false. Eligible so far: all
clauses are true. Possible: none is false and some are unknown.
"""

BLOCK = 16_384
"""People in a block: 256 words a plane. Measured on 1 MB of second-level cache with `make bench`."""
GROUP = 64
"""Studies in a group."""
KEPT = 2_000
"""Conjunctions that several groups share and that are kept through a block, at most: 8 MB at 256 words."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some studies and how their verdicts come about: `hard` joins the clauses that do not mend, `mending` the others.

    `studies` are their numbers in the order of the program, in which `every` and `hard` list them; `mended` are places
    in that order. `clauses` says where the count of each clause of `every` belongs.
    """

    studies: NDArray[np.intp]
    folds: tuple[Fold, ...]
    rows: int
    hard: Fold
    mended: NDArray[np.intp]
    mending: Fold
    every: Fold
    clauses: tuple[NDArray[np.intp], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """All clauses of all studies, compiled. `starts[i]` is the number of the first clause of study `i`."""

    ids: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    shared: tuple[Fold, ...]
    fixed_rows: int
    groups: tuple[Group, ...]
    starts: NDArray[np.intp]

    @property
    def facts(self) -> list[str]:
        """Names of the facts that the studies ask for."""
        return list(dict.fromkeys(leaf.fact for leaf in self.leaves))

    @property
    def clause_count(self) -> int:
        """Clauses of all studies together."""
        return int(self.starts[-1])


@dataclass(frozen=True, slots=True)
class Counted:
    """What a batch of people gave. Counts by study have shape (studies, 4), by person (people, 4), in the order of VERDICTS.

    `failing` and `failing_alone` count, for each clause of the program, the people who fail it, and who fail it alone;
    they are empty when no reasons were asked for.
    """

    people: int
    by_study: Counts
    by_person: NDArray[np.int32]
    failing: Counts
    failing_alone: Counts


PairSink = Callable[[int, NDArray[np.intp], NDArray[np.uint8]], None]
"""Takes the first person of a block, the numbers of some studies, and their verdicts: shape (studies, people)."""


def compile_studies(studies: Sequence[TrialClauses], *, group: int = GROUP, kept: int = KEPT) -> Program:
    """The program of some studies. Raises TypeError when a clause asks about a plan."""
    graph = Interned()
    clauses = [[(graph.reference(clause.holds), bool(clause.mends)) for clause in study.clauses] for study in studies]
    starts = np.concatenate(([0], np.cumsum([len(of_study) for of_study in clauses], dtype=np.intp))).astype(np.intp)
    # Studies with as many clauses side by side, so that the folds of a group have few steps that touch few rows.
    order = sorted(range(len(studies)), key=lambda study: -len(clauses[study]))
    parts = [order[at : at + group] for at in range(0, len(order), group)]
    needed = [[reference for study in part for reference, _ in clauses[study]] for part in parts]
    base = Placed(graph)
    shared = base.folds(most_used(graph, needed, kept))
    fixed = base.next
    groups = tuple(
        _group(part, clauses, starts, base.copy(), graph.below(references), fixed)
        for part, references in zip(parts, needed, strict=True)
    )
    return Program(tuple(study.nct_id for study in studies), tuple(graph.leaves), shared, 2 * fixed, groups, starts)


def _group(
    part: Sequence[int],
    clauses: Sequence[Sequence[tuple[int, bool]]],
    starts: NDArray[np.intp],
    placed: Placed,
    below: set[int],
    fixed: int,
) -> Group:
    folds = placed.folds(below)
    hard = [[reference for reference, mends in clauses[study] if not mends] or [ALWAYS_ROW] for study in part]
    by_hard = sorted(range(len(part)), key=lambda at: -len(hard[at]))
    studies = [part[at] for at in by_hard]
    mending = [(at, [row for row, mends in clauses[study] if mends]) for at, study in enumerate(studies)]
    mended = sorted(((at, rows) for at, rows in mending if rows), key=lambda item: -len(item[1]))
    every = sorted((study for study in part if clauses[study]), key=lambda study: -len(clauses[study]))
    longest = len(clauses[every[0]]) if every else 0
    numbers = tuple(
        np.array([starts[study] + at for study in every if len(clauses[study]) > at], dtype=np.intp)
        for at in range(longest)
    )
    return Group(
        studies=np.array(studies, dtype=np.intp),
        folds=folds,
        rows=2 * (placed.next - fixed),
        hard=placed.fold([hard[at] for at in by_hard]),
        mended=np.array([at for at, _ in mended], dtype=np.intp),
        mending=placed.fold([rows for _, rows in mended]),
        every=placed.fold([[row for row, _ in clauses[study]] for study in every]),
        clauses=numbers,
    )


@dataclass
class Room:
    """Memory that one worker uses for every block. `rows`: shape (rows, words)."""

    rows: Words
    spare: Words
    planes: Words = field(init=False)

    def __post_init__(self) -> None:
        self.planes = np.empty((5, self.spare.shape[0], self.spare.shape[1]), dtype=np.uint64)


def room_of(program: Program, block: int) -> Room:
    """Memory for blocks of up to `block` people."""
    words = words_of(block)
    most = max((group.rows for group in program.groups), default=0)
    widest = [fold.size for group in program.groups for fold in (*group.folds, group.hard, group.every)]
    spare = max([*widest, *(fold.size for fold in program.shared), 1])
    return Room(np.empty((program.fixed_rows + most, words), np.uint64), np.empty((spare, words), np.uint64))


def match_columns(
    program: Program,
    columns: Mapping[str, Column],
    people: int,
    vocabulary: Vocabulary,
    *,
    reasons: bool = False,
    pairs: PairSink | None = None,
    block: int = BLOCK,
    room: Room | None = None,
) -> Counted:
    """The verdicts of `people` people, whose facts are encoded columns, for all studies of the program."""
    studies, clause_count = len(program.ids), program.clause_count if reasons else 0
    result = Counted(
        people,
        np.zeros((studies, len(VERDICTS)), dtype=np.int64),
        np.zeros((people, len(VERDICTS)), dtype=np.int32),
        np.zeros(clause_count, dtype=np.int64),
        np.zeros(clause_count, dtype=np.int64),
    )
    room = room or room_of(program, min(block, max(people, 1)))
    for start in range(0, people, block):
        stop = min(start + block, people)
        part = {name: column.part(start, stop) for name, column in columns.items()}
        _block(program, part, start, stop - start, vocabulary, result, room, reasons, pairs)
    return result


def _block(
    program: Program,
    columns: Mapping[str, Column],
    start: int,
    people: int,
    vocabulary: Vocabulary,
    result: Counted,
    room: Room,
    reasons: bool,
    pairs: PairSink | None,
) -> None:
    words = words_of(people)
    rows, spare, planes = room.rows[:, :words], room.spare[:, :words], room.planes[:, :, :words]
    if words != room.rows.shape[1]:  # the last block: rows side by side again
        rows, spare, planes = rows.copy(), spare.copy(), planes.copy()
    fill_leaves(program.leaves, columns, people, vocabulary, rows)
    at = 2 * (1 + len(program.leaves))
    for fold in program.shared:
        fill(fold, rows, at, spare)
        at += 2 * fold.size
    tallies = {verdict: Tally(words) for verdict in (INELIGIBLE, FIXABLE, ELIGIBLE)}
    for group in program.groups:
        at = program.fixed_rows
        for fold in group.folds:
            fill(fold, rows, at, spare)
            at += 2 * fold.size
        found = _verdicts(group, rows, spare, planes)
        for verdict, plane in found.items():
            result.by_study[group.studies, verdict] += counted(plane)
            tallies[verdict].add(plane)
        if reasons:
            failing, only = alone(group.every.columns, rows, spare)
            for numbers, fails, fails_alone in zip(group.clauses, failing, only, strict=True):
                result.failing[numbers] += fails
                result.failing_alone[numbers] += fails_alone
        if pairs is not None:
            pairs(start, group.studies, _numbers(found, people))
    of_people = result.by_person[start : start + people]
    for verdict, tally in tallies.items():
        of_people[:, verdict] = tally.counts(people)
    of_people[:, POSSIBLE] = len(program.ids) - of_people.sum(axis=1)
    settled = result.by_study[:, [INELIGIBLE, FIXABLE, ELIGIBLE]].sum(axis=1)
    result.by_study[:, POSSIBLE] = start + people - settled


def _verdicts(group: Group, rows: Words, spare: Words, planes: Words) -> dict[int, Words]:
    """For each definite verdict one plane a study of the group."""
    size, some = group.hard.size, len(group.mended)
    eligible, ineligible, fixable = planes[0, :size], planes[1, :size], planes[2, :size]
    gathered(group.hard, rows, 0, np.bitwise_and, eligible, spare)
    gathered(group.hard, rows, 1, np.bitwise_or, ineligible, spare)
    fixable[:] = 0
    if some:
        holds, fails = planes[3, :some], planes[4, :some]
        gathered(group.mending, rows, 0, np.bitwise_and, holds, spare)
        gathered(group.mending, rows, 1, np.bitwise_or, fails, spare)
        eligible[group.mended] &= holds
        fixable[group.mended] = fails & ~ineligible[group.mended]
    return {INELIGIBLE: ineligible, FIXABLE: fixable, ELIGIBLE: eligible}


def _numbers(found: Mapping[int, Words], people: int) -> NDArray[np.uint8]:
    """Verdict numbers of each study and person."""
    size = len(found[ELIGIBLE])
    numbers = np.full((size, people), POSSIBLE, dtype=np.uint8)
    for verdict, planes in found.items():
        for at in range(size):
            numbers[at][unpacked(planes[at], people).view(np.bool_)] = verdict
    return numbers


def added(one: Counted, other: Counted) -> Counted:
    """Two batches of people as one, those of `one` first."""
    return Counted(
        one.people + other.people,
        one.by_study + other.by_study,
        np.concatenate((one.by_person, other.by_person)),
        one.failing + other.failing,
        one.failing_alone + other.failing_alone,
    )

"""Many people against many studies: the verdict of every pair, counted by study, by person and by clause.

The clauses of all studies are compiled once; people then pass through in blocks small enough that the planes of a block
stay in the processor's cache. A block is worked through by groups of studies: what several groups share is worked out
first and kept, everything else is made in a room that each group uses again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chemoplan.cohort.kernel import Counts, Spare, Tally, alone, counted, fill, gather_false, gather_true, unpacked
from chemoplan.cohort.leaves import Column, Words, fill_leaves, words_of
from chemoplan.cohort.planes import ALWAYS_ROW, Fold, Interned, Placed, Term, most_used
from chemoplan.criteria.tree import Leaf
from chemoplan.trials.clauses import Clause, TrialClauses
from chemoplan.vocabulary import Vocabulary

INELIGIBLE, FIXABLE, POSSIBLE, ELIGIBLE = 0, 1, 2, 3
VERDICTS = ("ineligible", "fixable", "possible", "eligible so far")
"""Meaning of the verdict numbers, and the order of the columns of counts.

Ineligible: a clause that does not mend by itself is false. Fixable: only clauses that mend are false. Eligible so far: all
clauses are true. Possible: none is false and some are unknown.
"""

DEFINITE = (INELIGIBLE, FIXABLE, ELIGIBLE)
"""The verdicts that have planes; everybody else is possible."""

BLOCK = 8_192
"""People in a block: 128 words a plane. Measured on 1 MB of second-level cache with `make bench`."""
GROUP = 64
"""Studies in a group."""
KEPT = 4_000
"""Conjunctions that several groups share and that are kept through a block, at most: 8 MB at 128 words."""


Part = Literal["hard", "mending", "open"]
"""What a failed clause does: it excludes for good, it excludes until something changes, or it excludes no one."""


@dataclass(frozen=True, slots=True)
class Some:
    """A fold for some studies of a group: `places` are theirs in the order of the group."""

    places: NDArray[np.intp]
    fold: Fold


@dataclass(frozen=True, slots=True)
class Group:
    """Some studies and how their verdicts come about: each fold joins the clauses of one kind.

    `studies` are their numbers in the order of `hard`. `every` joins all clauses, one term each, and `clauses` has the number
    of each; both are empty without reasons. The folds in `folds` fill `rows` rows before.
    """

    studies: NDArray[np.intp]
    folds: tuple[Fold, ...]
    rows: int
    hard: Fold
    mending: Some
    open: Some
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
    reasons: bool

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
    they are empty when the program was compiled without reasons.
    """

    people: int
    by_study: Counts
    by_person: NDArray[np.int32]
    failing: Counts
    failing_alone: Counts


PairSink = Callable[[int, NDArray[np.intp], NDArray[np.uint8]], None]
"""Takes the first person of a block, the numbers of some studies, and their verdicts: shape (studies, people)."""


def compile_studies(
    studies: Sequence[TrialClauses],
    *,
    reasons: bool = False,
    reviewed_only: bool = False,
    group: int = GROUP,
    kept: int = KEPT,
) -> Program:
    """The program of some studies; `reasons` makes it fit to count who fails which clause, which takes more steps.

    With `reviewed_only` a clause that nobody has reviewed excludes no one: where it fails, the study stays possible.
    Raises TypeError when a clause asks about a plan.
    """
    graph = Interned()
    clauses = [
        [(graph.reference(clause.holds), _part(clause, reviewed_only)) for clause in study.clauses] for study in studies
    ]
    starts = np.concatenate(([0], np.cumsum([len(of_study) for of_study in clauses], dtype=np.intp))).astype(np.intp)
    # Studies with as many clauses side by side, so that the folds of a group have few steps that touch few rows.
    order = sorted(range(len(studies)), key=lambda study: -len(clauses[study]))
    parts = [order[at : at + group] for at in range(0, len(order), group)]
    needed = [[reference for study in part for reference, _ in clauses[study]] for part in parts]
    base = Placed(graph)
    shared = base.folds(most_used(graph, needed, kept))
    fixed = base.next
    groups = tuple(_group(part, clauses, starts, base.copy(), reasons) for part in parts)
    ids = tuple(study.nct_id for study in studies)
    return Program(ids, tuple(graph.leaves), shared, 2 * fixed, groups, starts, reasons)


def _part(clause: Clause, reviewed_only: bool) -> Part:
    """What a failed clause does to a person."""
    if reviewed_only and not clause.reviewed:
        return "open"
    return "mending" if clause.mends else "hard"


def _group(
    part: Sequence[int],
    clauses: Sequence[Sequence[tuple[int, Part]]],
    starts: NDArray[np.intp],
    placed: Placed,
    reasons: bool,
) -> Group:
    terms = {study: [(placed.terms(row, whole=reasons), kind) for row, kind in clauses[study]] for study in part}
    fixed = placed.next
    folds = placed.folds(
        placed.graph.below(
            row for rows in terms.values() for of_clause, _ in rows for term in of_clause for row in term
        )
    )
    hard = {study: _of(rows, "hard") or [(ALWAYS_ROW,)] for study, rows in terms.items()}
    studies = sorted(part, key=lambda study: -len(hard[study]))
    every = (
        sorted((study for study in part if clauses[study]), key=lambda study: -len(clauses[study])) if reasons else []
    )
    longest = len(clauses[every[0]]) if every else 0
    numbers = tuple(
        np.array([starts[study] + at for study in every if len(clauses[study]) > at], dtype=np.intp)
        for at in range(longest)
    )
    return Group(
        studies=np.array(studies, dtype=np.intp),
        folds=folds,
        rows=2 * (placed.next - fixed),
        hard=placed.fold([hard[study] for study in studies]),
        mending=_some([_of(terms[study], "mending") for study in studies], placed),
        open=_some([_of(terms[study], "open") for study in studies], placed),
        every=placed.fold_in_order([[of_clause[0] for of_clause, _ in terms[study]] for study in every]),
        clauses=numbers,
    )


def _some(terms: Sequence[Sequence[Term]], placed: Placed) -> Some:
    """The fold of those studies that have such clauses."""
    found = sorted(((at, rows) for at, rows in enumerate(terms) if rows), key=lambda item: -len(item[1]))
    return Some(np.array([at for at, _ in found], dtype=np.intp), placed.fold([rows for _, rows in found]))


def _of(clauses: Sequence[tuple[list[Term], Part]], kind: Part) -> list[Term]:
    """The terms of the clauses of a kind; a term that comes again adds nothing."""
    return list(dict.fromkeys(term for terms, of_clause in clauses for term in terms if of_clause == kind))


@dataclass(frozen=True, slots=True)
class Room:
    """Memory that one worker uses for every block. `planes`: shape (3, studies of a group, words)."""

    rows: Words
    spare: Spare
    planes: Words
    some: Words

    @property
    def words(self) -> int:
        """Words in a row."""
        return int(self.rows.shape[1])


def room_of(program: Program, people: int) -> Room:
    """Memory for blocks of `people` people."""
    words = words_of(people)
    most = max((group.rows for group in program.groups), default=0)
    widest = max((len(group.studies) for group in program.groups), default=1)
    folds = [*program.shared, *(fold for group in program.groups for fold in group.folds)]
    spare = max([widest, *(fold.size for fold in folds)])
    return Room(
        np.empty((program.fixed_rows + most, words), np.uint64),
        Spare.of(spare, words),
        np.empty((3, widest, words), np.uint64),
        np.empty((widest, words), np.uint64),
    )


def match_columns(
    program: Program,
    columns: Mapping[str, Column],
    people: int,
    vocabulary: Vocabulary,
    *,
    pairs: PairSink | None = None,
    block: int = BLOCK,
    room: Room | None = None,
) -> Counted:
    """The verdicts of `people` people, whose facts are encoded columns, for all studies of the program."""
    studies, clause_count = len(program.ids), program.clause_count if program.reasons else 0
    result = Counted(
        people,
        np.zeros((studies, len(VERDICTS)), dtype=np.int64),
        np.zeros((people, len(VERDICTS)), dtype=np.int32),
        np.zeros(clause_count, dtype=np.int64),
        np.zeros(clause_count, dtype=np.int64),
    )
    for start in range(0, people, block):
        stop = min(start + block, people)
        if room is None or room.words != words_of(stop - start):
            room = room_of(program, stop - start)
        part = {name: column.part(start, stop) for name, column in columns.items()}
        _block(program, part, start, stop - start, vocabulary, result, room, pairs)
    result.by_study[:, POSSIBLE] = people - result.by_study.sum(axis=1)
    result.by_person[:, POSSIBLE] = studies - result.by_person.sum(axis=1)
    return result


def _block(
    program: Program,
    columns: Mapping[str, Column],
    start: int,
    people: int,
    vocabulary: Vocabulary,
    result: Counted,
    room: Room,
    pairs: PairSink | None,
) -> None:
    rows, spare = room.rows, room.spare
    fill_leaves(program.leaves, columns, people, vocabulary, rows)
    at = 2 * (1 + len(program.leaves))
    for fold in program.shared:
        fill(fold, rows, at, spare)
        at += 2 * fold.size
    tally = Tally(len(DEFINITE), room.words)
    for group in program.groups:
        at = program.fixed_rows
        for fold in group.folds:
            fill(fold, rows, at, spare)
            at += 2 * fold.size
        planes = _verdicts(group, room)
        result.by_study[group.studies[:, None], DEFINITE] += counted(planes).T
        tally.add(planes)
        if program.reasons:
            failing, only = alone(group.every, rows, spare)
            for numbers, fails, fails_alone in zip(group.clauses, failing, only, strict=True):
                result.failing[numbers] += fails
                result.failing_alone[numbers] += fails_alone
        if pairs is not None:
            pairs(start, group.studies, _numbers(planes, people))
    result.by_person[start : start + people, DEFINITE] = tally.counts(people)


def _verdicts(group: Group, room: Room) -> Words:
    """For each definite verdict one plane a study of the group: shape (3, studies, words)."""
    planes = room.planes[:, : len(group.studies)]
    ineligible, fixable, eligible = planes
    gather_true(group.hard, room.rows, eligible, room.spare)
    gather_false(group.hard, room.rows, ineligible, room.spare)
    fixable[:] = 0
    for some in (group.mending, group.open):
        if some.fold.size:
            here = room.some[: some.fold.size]
            gather_true(some.fold, room.rows, here, room.spare)
            eligible[some.places] &= here
    if group.mending.fold.size:
        here = room.some[: group.mending.fold.size]
        gather_false(group.mending.fold, room.rows, here, room.spare)
        fixable[group.mending.places] = here & ~ineligible[group.mending.places]
    return planes


def _numbers(planes: Words, people: int) -> NDArray[np.uint8]:
    """Verdict numbers of each study and person."""
    numbers = np.full((planes.shape[1], people), POSSIBLE, dtype=np.uint8)
    for verdict, of_verdict in zip(DEFINITE, planes, strict=True):
        for at, plane in enumerate(of_verdict):
            numbers[at][unpacked(plane, people).view(np.bool_)] = verdict
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

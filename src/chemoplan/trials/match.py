"""One person against many studies: each line with its verdict and what carries it, and from the lines the verdict of the study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chemoplan.criteria.tree import Compare, Criterion, Has, MemberOf, Not
from chemoplan.criteria.truth import Reason, Verdict, evaluate, reasons
from chemoplan.trials.clauses import Clause, TrialClauses, clauses_of
from chemoplan.trials.judged import UNRECORDED
from chemoplan.trials.reading import Atom, Line, TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.vocabulary import Value, Vocabulary

MatchVerdict = Literal["eligible so far", "fixable", "possible", "ineligible"]
VERDICTS: tuple[MatchVerdict, ...] = ("eligible so far", "fixable", "possible", "ineligible")
"""In the order in which a person looks at them."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A criterion for one person: its verdict, the leaves that carry it, the facts they read, what only a person can judge."""

    criterion: Criterion
    verdict: Verdict
    reasons: tuple[Reason, ...]
    facts: tuple[str, ...]
    judged: bool


@dataclass(frozen=True, slots=True)
class Study:
    """A study made ready: its record, its reading, its clauses, and for each clause its place among the shared criteria."""

    record: TrialRecord
    reading: TrialReading
    clauses: tuple[Clause, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Studies:
    """Many studies made ready. Equal criteria are one: `criteria` holds each once."""

    studies: tuple[Study, ...]
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A study for a person. `failed` and `open` are the clauses that are false and unknown, as indexes of `study.clauses`.

    `unreviewed` marks a verdict against the person that rests on lines nobody has reviewed. `missing` names the facts that
    settle the open lines, `to_judge` the open lines of which a part is for a person to judge, `rests_on` the failed lines that
    make the verdict.
    """

    study: Study
    verdict: MatchVerdict
    traces: tuple[Trace, ...]
    failed: tuple[int, ...]
    open: tuple[int, ...]
    missing: tuple[str, ...]
    to_judge: tuple[int, ...]
    unreviewed: bool
    rests_on: tuple[int, ...] = ()

    @property
    def unread(self) -> tuple[Line, ...]:
        """Lines of the text in which no criterion was read: they never block, and a person looks at them."""
        read = {atom.line for atom in self.study.reading.atoms}
        return tuple(
            line
            for line in self.study.reading.lines
            if line.number not in read and line.kind not in ("heading", "note", "blank")
        )  # fmt: skip

    @property
    def beside(self) -> tuple[Atom, ...]:
        """Judgement and administrative atoms: they never block, and a person looks at them."""
        return tuple(
            atom
            for atom in self.study.reading.atoms
            if atom.kind != "data" and atom.effect in ("require", "exclude")
        )  # fmt: skip


def prepare(
    pairs: Iterable[tuple[TrialRecord, TrialReading]], vocabulary: Vocabulary, *, ready: Sequence[TrialClauses] = ()
) -> Studies:
    """The studies made ready for any number of people. `ready` gives clauses made elsewhere, one for each pair."""
    places: dict[Criterion, int] = {}
    found = []
    for at, (record, reading) in enumerate(pairs):
        own = ready[at] if ready else clauses_of(reading, vocabulary, record=record)
        where = tuple(places.setdefault(clause.holds, len(places)) for clause in own.clauses)
        found.append(Study(record, reading, own.clauses, where))
    return Studies(tuple(found), tuple(places))


def match(studies: Studies, facts: Mapping[str, Value], *, reviewed_only: bool = False) -> list[Match]:
    """Every study for the person of these facts, in the order of `studies`; none is dropped.

    With `reviewed_only` a line that nobody has reviewed excludes no one: where it fails, the study stays possible.
    """
    traces = [trace(criterion, facts) for criterion in studies.criteria]
    return [_match(study, tuple(map(traces.__getitem__, study.places)), reviewed_only) for study in studies.studies]


def trace(criterion: Criterion, facts: Mapping[str, Value]) -> Trace:
    """The criterion for one person."""
    inner = criterion.item if isinstance(criterion, Not) else criterion
    if isinstance(inner, Compare | MemberOf | Has):  # most lines are one test: what `reasons` finds, found at once
        verdict = evaluate(inner, facts)
        found: tuple[Reason, ...] = (Reason(inner, verdict, inner is not criterion),)
        verdict = verdict if inner is criterion or verdict is None else not verdict
    else:
        verdict, found = reasons(criterion, facts)
    if len(found) == 1:
        name = found[0].leaf.fact
        return Trace(criterion, verdict, found, () if name == UNRECORDED else (name,), name == UNRECORDED)
    names = dict.fromkeys([item.leaf.fact for item in found])
    judged = names.pop(UNRECORDED, 0) is None
    return Trace(criterion, verdict, found, tuple(names), judged)


def _match(study: Study, traces: tuple[Trace, ...], reviewed_only: bool) -> Match:
    failed: list[int] = []
    unknown: list[int] = []
    to_judge: list[int] = []
    missing: dict[str, None] = {}
    for at, item in enumerate(traces):
        verdict = item.verdict
        if verdict is None:
            unknown.append(at)
            for name in item.facts:
                missing[name] = None
            if item.judged:
                to_judge.append(at)
        elif not verdict:
            failed.append(at)
    word, rests_on = _verdict(study.clauses, failed, bool(unknown), reviewed_only)
    unreviewed = bool(rests_on) and not any(study.clauses[at].reviewed for at in rests_on)
    return Match(
        study, word, traces, tuple(failed), tuple(unknown), tuple(missing), tuple(to_judge), unreviewed,
        rests_on,
    )  # fmt: skip


def _verdict(
    clauses: tuple[Clause, ...], failed: list[int], unknown: bool, reviewed_only: bool
) -> tuple[MatchVerdict, tuple[int, ...]]:
    """The verdict of a study, and the failed lines that make it."""
    counting = [at for at in failed if clauses[at].reviewed] if reviewed_only else failed
    if not counting:
        return ("possible" if failed or unknown else "eligible so far"), ()
    hard = [at for at in counting if not clauses[at].mends]
    return ("ineligible", tuple(hard)) if hard else ("fixable", tuple(counting))

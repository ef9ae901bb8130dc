"""One study and many people: which line loses whom, and what relaxing a limit would gain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chemoplan.criteria.tree import And, Compare, Criterion, Not, Operator, Or, walk
from chemoplan.criteria.truth import evaluate
from chemoplan.trials.clauses import Clause
from chemoplan.trials.match import MatchVerdict, Studies, match
from chemoplan.vocabulary import Value

STEPS = 5
"""At most this many steps of a relaxed limit are told."""
INCLUSIVE: dict[Operator, Operator] = {"<": "<=", ">": ">="}


@dataclass(frozen=True, slots=True)
class Step:
    """A limit relaxed to a value: how many people nothing else rules out would come in."""

    criterion: Criterion
    gained: int


@dataclass(frozen=True, slots=True)
class Loss:
    """A line and the people it loses: `first` at this line (in the order of the text), `alone` by no other, all `failed`; `open`
    are those for whom it is not known."""

    clause: Clause
    first: int
    alone: int
    failed: int
    open: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The people of a study: how many there are, their verdicts, and the lines that lose some or leave some open."""

    people: int
    verdicts: Mapping[MatchVerdict, int]
    losses: tuple[Loss, ...]


def funnel(studies: Studies, people: Iterable[Mapping[str, Value]]) -> Funnel:
    """The funnel of the one study in `studies`. Each person is the facts of a case."""
    clauses = studies.studies[0].clauses
    first: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    unknown: Counter[int] = Counter()
    alone: dict[int, list[Mapping[str, Value]]] = {}
    verdicts: Counter[MatchVerdict] = Counter()
    for facts in people:
        (found,) = match(studies, facts)
        verdicts[found.verdict] += 1
        failed.update(found.failed)
        unknown.update(found.open)
        if found.failed:
            first[found.failed[0]] += 1
        if len(found.failed) == 1:
            alone.setdefault(found.failed[0], []).append(facts)
    losses = tuple(
        Loss(
            clause, first[at], len(alone.get(at, ())), failed[at], unknown[at], _steps(clause.holds, alone.get(at, ()))
        )
        for at, clause in enumerate(clauses)
        if failed[at] or unknown[at]
    )
    return Funnel(verdicts.total(), verdicts, losses)


def _steps(holds: Criterion, people: Sequence[Mapping[str, Value]]) -> tuple[Step, ...]:
    """The one numeric limit of a line, relaxed step by step to what the lost people have."""
    limits = [node for node in walk(holds) if isinstance(node, Compare) and node.operator not in ("=", "!=")]
    if len(limits) != 1 or not people:
        return ()
    limit = limits[0]
    values = sorted({value for facts in people if isinstance(value := facts.get(limit.fact), float)})
    upward = limit.operator in ("<", "<=")
    negated = _negated(holds, limit)
    if upward == negated:
        values.reverse()
    chosen = (
        values if len(values) <= STEPS else [values[round(at * (len(values) - 1) / (STEPS - 1))] for at in range(STEPS)]
    )
    steps = []
    for value in dict.fromkeys(chosen):
        operator: Operator = limit.operator
        if negated:
            operator = {"<=": "<", ">=": ">"}.get(operator, operator)  # type: ignore[assignment]
        else:
            operator = INCLUSIVE.get(operator, operator)
        relaxed = _replaced(holds, limit, Compare(limit.fact, operator, value))
        steps.append(Step(relaxed, sum(evaluate(relaxed, facts) is not False for facts in people)))
    return tuple(steps)


def _negated(criterion: Criterion, limit: Compare, under: bool = False) -> bool:
    match criterion:
        case Not(item):
            return _negated(item, limit, not under)
        case And(items) | Or(items):
            return any(_negated(item, limit, under) for item in items)
    return under and criterion is limit


def _replaced(criterion: Criterion, old: Compare, new: Compare) -> Criterion:
    match criterion:
        case Not(item):
            return Not(_replaced(item, old, new))
        case And(items):
            return And(tuple(_replaced(item, old, new) for item in items))
        case Or(items):
            return Or(tuple(_replaced(item, old, new) for item in items))
    return new if criterion is old else criterion

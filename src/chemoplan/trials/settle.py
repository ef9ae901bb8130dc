"""Why a verdict stands and what would change it: the smallest cause, the smallest set of facts, the day a wash-out ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import combinations

from chemoplan.criteria.tree import Compare, Criterion, walk
from chemoplan.criteria.truth import evaluate
from chemoplan.trials.judged import UNRECORDED
from chemoplan.trials.match import Match
from chemoplan.trials.translate import days_facts
from chemoplan.vocabulary import Value

EXACT = 3
"""Sets of facts up to this size are tried one by one; above it a set is thinned out until every fact in it matters."""


def cause(match: Match) -> int | None:
    """The one line that suffices for the verdict: reviewed before unreviewed, then fewest facts, then first in the text."""
    found = match.rests_on
    if not found:
        return None
    clauses = match.study.clauses
    return min(found, key=lambda at: (not clauses[at].reviewed, len(match.traces[at].facts), clauses[at].atom.line, at))


def undo(match: Match, facts: Mapping[str, Value]) -> tuple[str, ...]:
    """A smallest set of facts whose removal changes an `ineligible` (or `fixable`) verdict; no smaller set inside it does.

    Found by trying every set up to three facts; where more are needed, by leaving out what is not.
    """
    criteria = [match.study.clauses[at].holds for at in match.rests_on]
    names = tuple(dict.fromkeys(name for at in match.rests_on for name in match.traces[at].facts if name in facts))
    if not criteria:
        return ()
    for size in range(1, min(EXACT, len(names)) + 1):
        for chosen in combinations(names, size):
            if _changes(criteria, facts, chosen):
                return chosen
    return _thinned(criteria, facts, names)


def _changes(criteria: list[Criterion], facts: Mapping[str, Value], removed: tuple[str, ...]) -> bool:
    kept = {name: value for name, value in facts.items() if name not in removed}
    return all(evaluate(criterion, kept) is not False for criterion in criteria)


def _thinned(criteria: list[Criterion], facts: Mapping[str, Value], names: tuple[str, ...]) -> tuple[str, ...]:
    kept = names
    for name in names:
        fewer = tuple(item for item in kept if item != name)
        if _changes(criteria, facts, fewer):
            kept = fewer
    return kept


def holds_from(
    criterion: Criterion, facts: Mapping[str, Value], decided_on: date | None
) -> tuple[int, date | None] | None:
    """In how many days, and on which day, a failed wash-out holds by the passing of time alone; None where it never does."""
    days = days_facts()
    offsets = {
        max(0, math.ceil(node.value - float(facts[node.fact])) + extra)  # type: ignore[arg-type]
        for node in walk(criterion)
        if isinstance(node, Compare) and node.fact in days and node.fact in facts and isinstance(node.value, float)
        for extra in (0, 1)
    }
    for wanted in (
        (True,),
        (True, None),
    ):  # where a part is for a person to judge, the day on which nothing known speaks against it
        for offset in sorted(offsets):
            later = {
                name: value + offset if name in days and isinstance(value, float) else value
                for name, value in facts.items()
            }
            if evaluate(criterion, later) in wanted:
                return offset, decided_on + timedelta(days=offset) if decided_on else None
    return None


def settling(match: Match) -> dict[str, list[int]]:
    """For each missing fact the open clauses that it helps to settle."""
    found: dict[str, list[int]] = {}
    for at in match.open:
        for name in match.traces[at].facts:
            if name != UNRECORDED:
                found.setdefault(name, []).append(at)
    return found

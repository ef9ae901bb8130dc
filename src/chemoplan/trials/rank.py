"""The order in which a person's studies are shown, and what to ask next: what settles most for the least effort."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from chemoplan.knowledge import Knowledge
from chemoplan.trials.askable import askable
from chemoplan.trials.match import VERDICTS, Match
from chemoplan.trials.translate import cost_of

STATUSES = (
    "RECRUITING", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING", "AVAILABLE", "SUSPENDED", "", "UNKNOWN",
    "COMPLETED", "TERMINATED", "WITHDRAWN",
)  # fmt: skip
"""Recruiting first; what the registry does not say stands between what may open and what is closed."""
PHASES = ("PHASE4", "PHASE3", "PHASE2", "PHASE1", "EARLY_PHASE1", "NA")


@dataclass(frozen=True, slots=True)
class Question:
    """A missing fact: the studies that its answer alone settles, those it moves, and what it takes to learn it."""

    fact: str
    settles: tuple[str, ...]
    moves: tuple[str, ...]
    effort: str
    cost: float

    @property
    def worth(self) -> float:
        """Studies settled or moved for each step of effort."""
        return (len(self.settles) + len(self.moves)) / self.cost


def ranked(matches: Iterable[Match]) -> list[Match]:
    """Eligible so far, fixable, possible, ineligible; then fewest gaps first, recruiting before closed, late phases before early.

    The gaps of an eligible study are the lines that nobody has understood yet, those of a possible one its missing facts too.
    """
    return sorted(matches, key=_key)


def _key(match: Match) -> tuple[int, int, int, int, str]:
    record = match.study.record
    gaps = 0
    if match.verdict == "eligible so far":
        gaps = len(match.unread) + (100 if not match.study.clauses else 0)
    elif match.verdict == "possible":
        gaps = len(match.missing) + len(match.to_judge)
    status = STATUSES.index(record.status) if record.status in STATUSES else STATUSES.index("")
    phases = [PHASES.index(phase) for phase in record.phases if phase in PHASES]
    return VERDICTS.index(match.verdict), gaps, status, min(phases, default=len(PHASES)), record.nct_id


def ask_next(
    matches: Sequence[Match], knowledge: Knowledge, known: Container[str] = (), most: int | None = None
) -> list[Question]:
    """What is missing over all studies that are not ruled out, most worth asking first.

    A fact that only follows from others is asked for by those of them that are not among the `known`.
    """
    settles: dict[str, list[str]] = {}
    moves: dict[str, list[str]] = {}
    for match in matches:
        if match.verdict == "ineligible" or not match.missing:
            continue
        missing = askable(match.missing, knowledge, known)
        alone = len(missing) == 1 and not match.to_judge
        for name in missing:
            (settles if alone else moves).setdefault(name, []).append(match.study.record.nct_id)
    found = []
    for name in {**settles, **moves}:
        effort, cost = cost_of(knowledge.vocabulary[name])
        found.append(Question(name, tuple(settles.get(name, ())), tuple(moves.get(name, ())), effort, cost))
    found.sort(key=lambda item: (-item.worth, -len(item.settles), item.fact))
    return found[:most]

"""From atoms to criteria over facts: what a person must satisfy, line by line, in the language every room speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chemoplan.criteria.tree import Compare, Criterion, Not, all_of, any_of
from chemoplan.trials.expression import All, Any, Expression, If, IsUnknown, Test
from chemoplan.trials.expression import Not as NotExpression
from chemoplan.trials.reading import Atom, TrialReading
from chemoplan.vocabulary import Vocabulary

UNRECORDED = "judged_by_a_person"
"""Stands for what no fact records. No case ever states it, so a test of it is unknown for everybody."""

JUDGED: Criterion = Compare(UNRECORDED, "=", True)


@dataclass(frozen=True, slots=True)
class Clause:
    """One atom of a study as a criterion: `holds` is true for a person who passes it.

    `mends` says how a failed line may come to hold by itself: "wash-out" (a date follows), "repeat" (a new laboratory
    value), or empty.
    """

    atom: Atom
    holds: Criterion
    mends: Mends = ""


@dataclass(frozen=True, slots=True)
class TrialClauses:
    """What a study asks of a person. Administrative and judgement atoms are not among the clauses: they never block."""

    nct_id: str
    clauses: tuple[Clause, ...]


Mends = Literal["", "wash-out", "repeat"]
Translation = Callable[[Test, Vocabulary], Criterion]


def clauses_of(reading: TrialReading, vocabulary: Vocabulary, translate: Translation) -> TrialClauses:
    """The clauses of a reading; `translate` reads one test of an attribute as a criterion over facts."""
    clauses = []
    for atom in reading.atoms:
        if atom.kind != "data" or atom.effect not in ("require", "exclude"):
            continue
        condition = criterion_of(atom.expression, vocabulary, translate)
        clauses.append(Clause(atom, condition if atom.effect == "require" else Not(condition)))
    return TrialClauses(reading.nct_id, tuple(clauses))


def criterion_of(expression: Expression, vocabulary: Vocabulary, translate: Translation) -> Criterion:
    """The condition as a criterion over facts."""

    def of(item: Expression) -> Criterion:
        return criterion_of(item, vocabulary, translate)

    match expression:
        case Test():
            return translate(expression, vocabulary)
        case All(items):
            return all_of(*(of(item) for item in items))
        case Any(items):
            return any_of(*(of(item) for item in items))
        case If(condition, then, otherwise):
            when = of(condition)
            kept = any_of(Not(when), of(then))
            return kept if otherwise is None else all_of(kept, any_of(when, of(otherwise)))
        case NotExpression(item):
            return Not(of(item))
        case IsUnknown():
            return JUDGED

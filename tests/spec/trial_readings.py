"""Readings built by hand: a study from a table of atoms, so that matching is tested apart from the grammar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chemoplan.trials.expression import Expression
from chemoplan.trials.match import Studies, prepare
from chemoplan.trials.reading import Atom, Line, TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.vocabulary import load_vocabulary

Asked = tuple[str, Expression] | tuple[str, Expression, dict[str, Any]]
"""Effect, condition, and what else an atom says (kind, scope, status, branch)."""


def study(
    asked: Sequence[Asked], nct_id: str = "NCT99999999", unread: int = 0, **fields: Any
) -> tuple[TrialRecord, TrialReading]:
    """A record and its reading: one line for each atom, then lines that nobody has understood."""
    lines = [f"* {effect} {expression}" for effect, expression, *_ in asked] + [
        f"* {at} of something" for at in range(unread)
    ]
    text = "\n".join(lines)
    record = TrialRecord(
        nct_id, f"Invented: {nct_id}", text, date(2026, 11, 20), "0" * 64, "invented", "by hand", **fields
    )
    atoms, start = [], 0
    for number, (effect, expression, *more) in enumerate(asked, 1):
        section = "exclusion" if effect == "exclude" else "inclusion"
        span = lines[number - 1][2:]
        atom = Atom(
            f"{nct_id}-{number}-1",
            nct_id,
            number,
            section,
            span,
            start + 2,
            start + 2 + len(span),
            effect,
            "data",
            expression,  # type: ignore[arg-type]
        )
        atoms.append(replace(atom, **(more[0] if more else {})))
        start += len(lines[number - 1]) + 1
    shown = tuple(
        Line(number, "inclusion", "structured" if number <= len(asked) else "to be judged", line)
        for number, line in enumerate(lines, 1)
    )
    return record, TrialReading(nct_id, record.sha256, record.as_of, shown, tuple(atoms))


def studies(*pairs: tuple[TrialRecord, TrialReading]) -> Studies:
    """Made ready with the shipped vocabulary."""
    return prepare(pairs, load_vocabulary())

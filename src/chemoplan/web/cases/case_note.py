"""The note for the record: the plan as plain text, what was decided otherwise with it, made for copying."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from sqlalchemy import Row

WIDTH = 96


def note_of(plan: Mapping[str, Any], decided: Sequence[Row[Any]], words: Mapping[str, str], now: datetime) -> str:
    """The text. `words` gives the words of a decision. Equal input on one day gives equal text."""
    from chemoplan.report.text import print_plan

    stream = io.StringIO()
    print_plan(dict(plan), Console(file=stream, width=WIDTH, highlight=False), detail="brief")
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    in_force = [item for item in decided if item.withdrawn_at is None]
    if in_force:
        lines += ["", "Decided otherwise by the team (the verdicts above stand as the program gives them)"]
        lines += [
            f"- {words[item.decision]}: {item.target}. {' '.join(item.reason.split())} ({item.name}, {item.created_at.date()})"
            for item in in_force
        ]
    return "\n".join([*lines, "", f"Note made on {now.date()}."]).strip() + "\n"

"""Eligibility texts in the terminal: every line with its kind, and under it the criteria that were read in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding

from chemoplan.report.terminal.pieces import TONES, heading, plain, say
from chemoplan.report.words import INTENDED_USE, count_text
from chemoplan.trials.alternatives import atoms_shown

if TYPE_CHECKING:
    from chemoplan.trials.reading import TrialReading
    from chemoplan.trials.record import TrialRecord

MARKS = {
    "structured": "●",
    "judgement": "◆",
    "administrative": "○",
    "to be judged": "?",
    "note": "i",
    "heading": " ",
    "blank": " ",
}


def print_trial_readings(
    readings: Sequence[TrialReading],
    records: Mapping[str, TrialRecord],
    proposals: Sequence[Mapping[str, Any]],
    console: Console,
) -> None:
    """Print readings one after the other, then what a model proposed, if one was asked."""
    for reading in readings:
        _print_reading(reading, records.get(reading.nct_id), console)
    if proposals:
        heading(console, "Proposals", "by a language model: not part of any reading")
        for row in proposals:
            text = f"{row['nct_id']} line {row['line']}: {row.get('effect', '')} {row.get('atom', '')} — “{row.get('span', '')}”"
            why = f" (refused: {row['reason']})" if row.get("reason") else ""
            say(console, Padding(plain(text + why, "dim" if why else ""), (0, 0, 0, 2)))
    console.print()
    say(console, plain("● structured  ◆ judgement  ○ administrative  ? to be judged by a person  i note", "dim"))
    say(console, plain("Read by a grammar and reviewed by nobody. " + INTENDED_USE, "dim"))


def _print_reading(reading: TrialReading, record: TrialRecord | None, console: Console) -> None:
    title = f"{reading.nct_id}  {record.title}" if record else reading.nct_id
    console.print()
    say(console, plain(title, "bold"))
    status = f", {record.status.lower().replace('_', ' ')}" if record and record.status else ""
    counts: dict[str, int] = {}
    for line in reading.lines:
        counts[line.kind] = counts.get(line.kind, 0) + 1
    shown = ", ".join(
        f"{counts[kind]} {kind}" for kind in MARKS if counts.get(kind) and kind not in ("blank", "heading")
    )
    read = count_text(len(reading.atoms), "criterion", "criteria")
    lines = f"lines: {shown}" if shown else "the record holds no eligibility text"
    say(console, plain(f"as of {reading.as_of}{status}; {read}; {lines}", "dim"))
    by_line: dict[int, list[Any]] = {}
    for atom in atoms_shown(reading):
        by_line.setdefault(atom.line, []).append(atom)
    for line in reading.lines:
        if line.kind == "blank":
            continue
        style = "bold" if line.kind == "heading" else TONES["open"] if line.kind == "to be judged" else ""
        scope = f" [{line.scope}]" if line.scope != "all" else ""
        say(
            console,
            Padding(plain(f"{MARKS[line.kind]} {line.number:>3} {line.text.strip()}{scope}", style), (0, 0, 0, 1)),
        )
        for atom in by_line.get(line.number, ()):
            note = f"  ({atom.note})" if atom.note else ""
            say(console, Padding(plain(f"→ {atom.effect} {atom.atom}{note}", TONES.get("good", "")), (0, 0, 0, 8)))

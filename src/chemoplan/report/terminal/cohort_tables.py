"""Many people in the terminal: matched with studies, or planned for."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from chemoplan.report.cohort_trials_outline import VERDICTS, losing_lines, ranked
from chemoplan.report.terminal.pieces import NARROW, plain
from chemoplan.report.words import count_text

MOST = 20
LINES = 3


def print_cohort_match(result: dict[str, Any], console: Console) -> None:
    """Print how many people each study could take, most first; with reasons, the lines that lose most people alone."""
    people = count_text(result["people"], "person", "people")
    console.print(
        f"{people} of {result['cohort']} against {count_text(len(result['studies']), 'study', 'studies')} of {result['trials']}",
        markup=False,
    )
    if result["left_out"]:
        console.print(f"Left out, because their facts contradict each other: {result['left_out']:,}")
    studies = ranked(result)
    _print_studies(studies[:MOST], console)
    if len(studies) > MOST:
        console.print(f"and {len(studies) - MOST:,} more studies; --format json or --output has them all")
    for row in studies[:MOST]:
        losing = losing_lines(row, LINES)
        if losing:
            console.print(f"\n{row['study']}: lines that lose people", markup=False)
        for clause in losing:
            place = f"line {clause['line']}" if clause["line"] else "the record"
            counts = f"{clause['failing_alone']:,} alone, {clause['failing']:,} in all"
            console.print(Padding(plain(f"{counts}: {place}: {clause['span'] or clause['criterion']}"), (0, 0, 0, 2)))
    console.print("\nPossible means that something is not known yet. Nothing unknown was taken for a no.")


def _print_studies(studies: list[Any], console: Console) -> None:
    """A table; where it would cut a number or a day, a few lines for each study."""
    if console.width < NARROW:
        for row in studies:
            console.print(f"{row['study']}  as of {row['as_of']}", markup=False)
            counts = ", ".join(f"{row[name]:,} {word}" for name, word in VERDICTS.items())
            console.print(Padding(plain(counts), (0, 0, 0, 2)))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("study", no_wrap=True)
    for word in VERDICTS.values():
        table.add_column(word, justify="right")
    table.add_column("as of")
    for row in studies:
        table.add_row(row["study"], *(f"{row[name]:,}" for name in VERDICTS), row["as_of"])
    console.print(table)


def print_cohort_plans(result: dict[str, Any], console: Console) -> None:
    """Print how many people each option is offered to, the alerts, and what is most often missing."""
    console.print(f"{count_text(result['people'], 'person', 'people')} of {result['cohort']} planned for", markup=False)
    if result["left_out"]:
        console.print(f"Left out, because their facts contradict each other: {result['left_out']:,}")
    counts = ("offered", "conditional", "excluded")
    _table(console, "option", counts, [(row["title"], *(row[name] for name in counts)) for row in result["options"]])
    _table(console, "alert", ("people",), [(row["title"], row["people"]) for row in result["alerts"]])
    _table(console, "missing", ("people",), [(row["question"], row["people"]) for row in result["missing"]])
    console.print(
        "\nConditional means that something is not known yet. Decide on no one from these counts: see each plan."
    )


def _table(console: Console, name: str, counts: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(name)
    for count in counts:
        table.add_column(count, justify="right", no_wrap=True)
    for title, *numbers in rows[:MOST]:
        table.add_row(title, *(f"{number:,}" for number in numbers))
    console.print()
    console.print(table)
    if len(rows) > MOST:
        console.print(f"and {len(rows) - MOST:,} more; --format json has them all")

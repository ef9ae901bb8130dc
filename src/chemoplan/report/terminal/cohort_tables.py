"""Many people in the terminal: matched with studies, or planned for."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from chemoplan.report.words import count_text

MOST = 20
LINES = 3


def print_cohort_match(result: dict[str, Any], console: Console) -> None:
    """Print how many people each study could take, most first; with reasons, the lines that lose most people alone."""
    people = count_text(result["people"], "person", "people")
    console.print(
        f"{people} of {result['cohort']} against {count_text(len(result['studies']), 'study', 'studies')} of {result['trials']}"
    )
    if result["left_out"]:
        console.print(f"Left out, because their facts contradict each other: {result['left_out']:,}")
    table = Table(box=None, pad_edge=False)
    table.add_column("study", no_wrap=True)
    for name in ("eligible so far", "fixable", "possible", "ineligible"):
        table.add_column(name, justify="right")
    table.add_column("as of")
    ranked = sorted(
        result["studies"], key=lambda row: (-row["eligible"], -row["fixable"], -row["possible"], row["study"])
    )
    for row in ranked[:MOST]:
        numbers = (f"{row[name]:,}" for name in ("eligible", "fixable", "possible", "ineligible"))
        table.add_row(row["study"], *numbers, row["as_of"])
    console.print(table)
    if len(ranked) > MOST:
        console.print(f"and {len(ranked) - MOST:,} more studies; --format json or --output has them all")
    for row in ranked[:MOST]:
        losing = [clause for clause in row.get("clauses", ()) if clause["failing"]]
        losing.sort(key=lambda clause: (-clause["failing_alone"], -clause["failing"]))
        if losing:
            console.print(f"\n{row['study']}: lines that lose people", markup=False)
        for clause in losing[:LINES]:
            place = f"line {clause['line']}" if clause["line"] else "the record"
            console.print(
                f"  {clause['failing_alone']:,} alone, {clause['failing']:,} in all: {place}: {clause['span'] or clause['criterion']}",
                markup=False,
            )
    console.print("\nPossible means that something is not known yet. Nothing unknown was taken for a no.")


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

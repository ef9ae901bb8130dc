"""A study in the terminal: its size, tiers, frequencies with intervals, what was not tested, what disagrees."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import cohort_outline as outline
from chemoplan.report import tumor_outline as tumors
from chemoplan.report.terminal.pieces import TONES, Row, heading, marked, plain, say, table_of
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, count_text, mark_of, unit_text

STATEMENTS, NAMES = 8, 5
DISCORDANT = PROBLEMS = 12
BAR = 20


def print_cohort(summary: Row, console: Console) -> None:
    """Print the summary of a study."""
    print_head({**summary, "case": summary["study"], "kind": "report"}, console, "Tumors")
    say(console, plain(outline.size_text(summary)))
    _print_tiers(summary, console)
    _print_biomarkers(summary, console)
    _print_statements(summary, console)
    _print_unknown(summary, console)
    if summary["discordant"]:
        heading(console, "Results that disagree", count_text(len(summary["discordant"]), "result"))
        lines = [
            f"{count_text(len(group.samples), 'tumor')}, {group.title}: {group.pattern}: {outline.samples_text(group, NAMES)}"
            for group in outline.disagreements(summary)
        ]
        _some(lines, DISCORDANT, console)
    if summary["cautions"]:
        heading(console, "Rarely found together", "pointed out, never decided on")
        _some([f"{', '.join(row['samples'])}: {row['text']}" for row in summary["cautions"]], DISCORDANT, console)
    if summary.get("civic"):
        heading(console, "CIViC", "a second source, not part of the statements")
        say(console, Padding(plain(outline.civic_text(summary)), (0, 0, 0, 2)))
    if summary["problems"]:
        heading(console, "Problems of the files", count_text(len(summary["problems"]), "problem"))
        _some([f"{row['path']}: {row['message']}" for row in summary["problems"]], PROBLEMS, console)
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _some(lines: list[str], number: int, console: Console) -> None:
    for line in lines[:number]:
        say(console, Padding(Text("▲ ", style=TONES["open"]) + plain(line), (0, 0, 0, 2)))
    if len(lines) > number:
        say(
            console, Padding(plain(f"and {len(lines) - number} more (--format json has them all)", "dim"), (0, 0, 0, 4))
        )


def _print_tiers(summary: Row, console: Console) -> None:
    heading(console, "People by their highest tier", "what was not tested may raise it")
    table = table_of(
        ("", "", "", ""),
        (
            (
                plain(f"  {outline.tier_text(row)}"),
                plain("█" * max(1, round(BAR * row["share"])), "cyan"),
                plain(row["patients"]),
                plain(outline.share_text(row["share"]), "dim"),
            )
            for row in summary["tiers"]
        ),
    )
    table.show_header = False
    table.columns[1].min_width = BAR
    table.columns[2].justify = "right"
    say(console, table)


def _print_biomarkers(summary: Row, console: Console) -> None:
    heading(console, "Biomarkers, by person", "95 percent intervals by Wilson")
    rows = outline.found_rows(summary)
    table = table_of(
        ("  biomarker", "found in"),
        (
            (plain(f"  {outline.name_text(row, line)}"), plain(outline.frequency_text(summary, row, line)))
            for row, line in rows
            if line["patients"]
        ),
    )
    say(console, table)
    absent = [outline.absent_text(summary, row, line) for row, line in rows if not line["patients"]]
    if absent:
        say(console, Padding(plain(f"looked for and found in nobody: {'; '.join(absent)}"), (0, 0, 0, 2)))
    unknown = outline.unknown_rows(summary)
    if unknown:
        say(
            console,
            Padding(plain(f"known in nobody: {'; '.join(row['title'] for row in unknown)}", "dim"), (0, 0, 0, 2)),
        )
    for row in summary["numbers"]:
        span = f"{row['lowest']:.1f} to {row['highest']:.1f}"
        text = f"{row['fact']}: median {row['median']:.1f} {unit_text(row['unit'])}, {span}, in {count_text(row['tumors'], 'tumor')}"
        say(console, Padding(plain(text), (0, 0, 0, 2)))


def _print_statements(summary: Row, console: Console) -> None:
    heading(console, "Statements on treatment", "people; may be: depends on what is not known")
    for group in outline.statement_groups(summary):
        say(console, plain(f"  {group.title}", "bold"))
        _print_group(group.rows, console)


def _print_group(rows: Sequence[Row], console: Console) -> None:
    table = table_of(
        ("  people", "may be", "effect", "statement", "tier"),
        (
            (
                plain(f"  {row['patients']:>6}"),
                plain(row["conditional"] or "", "dim"),
                marked(mark_of(tumors.EFFECTS, row["effect"])),
                plain(row["title"]) + plain(f" ({row['id']})", "dim"),
                plain(row["tier"] or "none"),
            )
            for row in rows[:STATEMENTS]
        ),
    )
    table.columns[1].justify, table.columns[2].no_wrap = "right", True
    say(console, table)
    if len(rows) > STATEMENTS:
        say(
            console,
            Padding(plain(f"and {len(rows) - STATEMENTS} more (--summary or --format json)", "dim"), (0, 0, 0, 4)),
        )


def _print_unknown(summary: Row, console: Console) -> None:
    if not summary["not_tested"]:
        return
    heading(console, "Not known", "tumors; not tested is never taken as negative")
    table = table_of(
        ("  tumors", "facts", "most often because"),
        (
            (
                plain(f"  {row['tumors']:>6}"),
                plain("; ".join(each["title"] for each in rows)) + plain(f" ({outline.unknown_text(row)})", "dim"),
                plain(rows[0]["reasons"][0]["because"] if len(rows) == 1 else reason, "dim"),
            )
            for row, reason, rows in outline.unknown_groups(summary)
        ),
    )
    table.columns[1].ratio, table.columns[2].ratio = 3, 2
    say(console, table)
    say(console, Padding(plain("what each of them would need: --summary or --format json", "dim"), (0, 0, 0, 4)))

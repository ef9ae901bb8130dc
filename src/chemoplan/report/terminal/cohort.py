"""A study in the terminal: its size, tiers, frequencies with intervals, what was not tested, what disagrees."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import cohort_outline as outline
from chemoplan.report import tumor_outline as tumors
from chemoplan.report.terminal.pieces import TONES, Row, heading, marked, plain, say, table_of
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, count_text, mark_of, unit_text

STATEMENTS = UNKNOWN = DISCORDANT = PROBLEMS = 12
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
        lines = [f"{row['sample']}, {row['fact']}: {row['because']}" for row in summary["discordant"]]
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
            (plain(f"  {outline.name_text(row, line)}"), plain(outline.frequency_text(row, line)))
            for row, line in rows
            if line["patients"]
        ),
    )
    say(console, table)
    absent = [outline.absent_text(row, line) for row, line in rows if not line["patients"]]
    if absent:
        say(console, Padding(plain(f"looked for and found in nobody: {', '.join(absent)}"), (0, 0, 0, 2)))
    unknown = outline.unknown_rows(summary)
    if unknown:
        say(
            console,
            Padding(plain(f"known in nobody: {', '.join(row['title'] for row in unknown)}", "dim"), (0, 0, 0, 2)),
        )
    for row in summary["numbers"]:
        span = f"{row['lowest']:.1f} to {row['highest']:.1f}"
        text = f"{row['fact']}: median {row['median']:.1f} {unit_text(row['unit'])}, {span}, in {count_text(row['tumors'], 'tumor')}"
        say(console, Padding(plain(text), (0, 0, 0, 2)))


def _print_statements(summary: Row, console: Console) -> None:
    rows = summary["assertions"]
    heading(
        console,
        "Statements on treatment",
        "in how many people each holds, and in how many it depends on what is not known",
    )
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
    rows = sorted(summary["not_tested"], key=lambda row: -row["tumors"])
    if not rows:
        return
    heading(console, "Not known", "tumors; not tested is never taken as negative")
    table = table_of(
        ("  tumors", "fact", "most often because"),
        (
            (
                plain(f"  {row['tumors']:>6}"),
                plain(row["title"]) + plain(f" ({outline.unknown_text(row)})", "dim"),
                plain(row["reasons"][0]["because"], "dim"),
            )
            for row in rows[:UNKNOWN]
        ),
    )
    table.columns[1].ratio, table.columns[2].ratio = 2, 3
    say(console, table)
    if len(rows) > UNKNOWN:
        names = ", ".join(row["fact"] for row in rows[UNKNOWN:])
        say(console, Padding(plain(f"and {names}", "dim"), (0, 0, 0, 4)))

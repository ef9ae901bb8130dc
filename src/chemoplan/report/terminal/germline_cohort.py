"""The inherited genes of many people in the terminal: how many have which result, and how it is known."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.germline_outline import NOT_NORMAL, RESULTS
from chemoplan.report.terminal.pieces import TONES, Row, heading, marked, plain, say, table_of
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, count_text, mark_of, printable

BAR, WARNINGS, NAMES = 20, 8, 5


def print_germline_cohort(summary: Row, console: Console) -> None:
    """Print the counts of a table."""
    print_head({**summary, "case": summary["document"], "kind": "report"}, console, "Inherited genes")
    people = summary["people"]
    build = f"; genome build {summary['build']}" if summary["build"] else ""
    say(console, plain(f"{people:,} {'sample' if people == 1 else 'samples'}{build}"))
    for gene in summary["counts"]:
        heading(console, printable(gene["gene"]), printable(gene["fact"]))
        lines = [(row["value"], row["people"]) for row in gene["values"]] + [("not stated", gene["unknown"])]
        say(
            console,
            table_of(
                ("  result", "samples", "", ""),
                (
                    (
                        plain(f"  {value}"),
                        plain(f"{number:,}"),
                        plain(
                            "█" * round(BAR * number / max(people, 1)),
                            TONES["bad" if value == "not stated" else "calm"],
                        ),
                        plain(f"{100 * number / max(people, 1):.1f}%", "dim"),
                    )
                    for value, number in lines
                ),
            ),
        )
        for row in gene["status"]:
            say(console, Padding(marked(mark_of(RESULTS, row["status"])) + plain(f"  {row['people']:,}"), (0, 0, 0, 2)))
        if gene["unknown"]:
            say(console, Padding(plain(NOT_NORMAL, "dim"), (0, 0, 0, 2)))
    if summary["warnings"]:
        heading(console, "Warnings", count_text(len(summary["warnings"]), "warning"))
        for row in summary["warnings"][:WARNINGS]:
            more = ", …" if row["people"] > NAMES else ""
            text = plain(row["text"]) + plain(f"  {row['people']:,}: {', '.join(row['samples'][:NAMES])}{more}", "dim")
            say(console, Padding(Text("▲ ", style=TONES["open"]) + text, (0, 0, 0, 2)))
        if len(summary["warnings"]) > WARNINGS:
            say(
                console,
                Padding(
                    plain(f"and {len(summary['warnings']) - WARNINGS} more (--format json has them all)", "dim"),
                    (0, 0, 0, 4),
                ),
            )
    console.print()
    say(console, plain(INTENDED_USE, "dim"))

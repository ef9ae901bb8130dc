"""An audit of an order in the terminal: the verdict, each dose beside the recalculated one, the findings."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.audit_order_outline import agreement, dose_text
from chemoplan.report.terminal.audit import print_findings
from chemoplan.report.terminal.pieces import TONES, Row, heading, marked, plain, say, say_table
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import FINDINGS, INTENDED_USE, count_text, mark_of


def print_order_audit(result: Row, console: Console) -> None:
    """Print the findings on an order, worst first, after the doses side by side."""
    print_head(result, console, f"Audit of an order of {result['regimen']}@{result['version']}")
    worst = mark_of(FINDINGS, result["findings"][0]["severity"]).tone if result["findings"] else "good"
    console.print()
    say(console, Text("Verdict: ", style="bold") + plain(result["verdict"], TONES[worst]))
    heading(console, "Doses", count_text(len(result["recalculated"]), "line"))
    say_table(
        console,
        ("  drug", "ordered", "recalculated", "difference", ""),
        (
            (
                plain(f"  {row['title']}") + plain(f" ({row['part']})", "dim"),
                plain(dose_text(row, row["found"]) if row["ordered"] else "not ordered"),
                plain(dose_text(row, row["expected"])),
                plain("" if row["difference_percent"] is None else f"{row['difference_percent']:+}%"),
                marked(agreement(row)),
            )
            for row in result["recalculated"]
        ),
    )
    print_findings(result["findings"], console, "order")
    if result["statements"]:
        heading(console, "Not checked, or to be known")
        for statement in result["statements"]:
            say(console, Padding(plain(f"{statement['text']} {statement['ask']}"), (0, 0, 0, 2)))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))

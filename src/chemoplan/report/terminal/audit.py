"""An audit in the terminal: the verdict, each finding with its reason, and what would be acceptable instead."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    evidence_block,
    heading,
    joined,
    labeled,
    marked,
    plain,
    reason,
    review_line,
    say,
    table_of,
    titled,
)
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import FINDINGS, INTENDED_USE, VERDICTS, count_text, mark_of


def print_audit(result: Row, console: Console) -> None:
    """Print the findings on a proposed plan, worst first."""
    print_head(result, console, "Audit of a proposed plan")
    worst = mark_of(FINDINGS, result["findings"][0]["severity"]).tone if result["findings"] else "good"
    console.print()
    say(console, Text("Verdict: ", style="bold") + plain(result["verdict"], TONES[worst]))
    heading(console, "Proposed")
    for key, value in result["proposed"].items():
        say(console, Padding(plain(f"{key}: ", "dim") + plain(_value(value)), (0, 0, 0, 2)))
    print_findings(result["findings"], console, "plan")
    _print_instead(result, console)
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def print_findings(found: list[Row], console: Console, what: str) -> None:
    """Print findings with reasons and sources, in their order; `what` they are on: a plan, an order."""
    heading(console, "Findings", count_text(len(found), "finding") + (", worst first" if len(found) > 1 else ""))
    if not found:
        say(
            console, plain(f"  Nothing in this knowledge speaks against the {what}. That is no proof that it is right.")
        )
    for finding in found:
        say(
            console,
            titled(Text("  ") + marked(mark_of(FINDINGS, finding["severity"])), finding["title"], finding["id"]),
        )
        say(console, Padding(plain(finding["text"]), (0, 0, 0, 4)))
        lines: list[tuple[str, RenderableType]] = []
        for key, label in (("found", "ordered"), ("expected", "recalculated")):
            if finding.get(key):
                lines.append((label, plain(finding[key])))
        if finding["depends_on"]:
            lines.append(("depends on", plain(", ".join(finding["depends_on"]))))
        if finding["because"]:
            lines.append(("because", joined([reason(trace) for trace in finding["because"]])))
        lines.append(("evidence", evidence_block(finding)))
        if any(trace.get("review") for trace in finding["because"]):
            lines.append(("reviewed", review_line(finding)))
        say(console, labeled(lines))


def _print_instead(result: Row, console: Console) -> None:
    heading(console, "What this knowledge lists instead", "run `plan` for reasons and sources")
    for statement in result["statements"]:
        say(console, Padding(plain(f"{statement['text']} {statement['ask']}", "bold"), (0, 0, 0, 2)))
    table = table_of(
        ("  rank", "verdict", "option", "depends on"),
        (
            (
                Text(f"  {option['rank']:>4}"),
                marked(mark_of(VERDICTS, option["verdict"])),
                plain(option["title"]) + plain(f" ({option['id']})", "dim"),
                plain(_some(option["depends_on"])),
            )
            for option in result["instead"]
        ),
    )
    table.columns[1].no_wrap = True
    if result["instead"]:
        say(console, table)


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return str(value)

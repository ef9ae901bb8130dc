"""A comparison of regimens in the terminal: the regimens, what may be read from it, then one table for each event."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import compare_outline as told
from chemoplan.report.terminal.pieces import TONES, Row, evidence_block, heading, labeled, marked, plain, say, table_of
from chemoplan.report.words import INTENDED_USE, STATUSES, count_text, mark_of, notice


def print_comparison(comparison: Row, console: Console) -> None:
    """Print regimens side by side."""
    known = comparison["knowledge"]
    names = [item["id"] for item in comparison["regimens"]]
    say(console, plain(f"Expected toxicity of {', '.join(names)}", "bold"))
    basis = f"knowledge {known['version']} as of {known['as_of']}; chemoplan {comparison['chemoplan']}"
    say(console, plain(basis, "dim"))
    say(console, plain(notice(comparison), TONES["open"]))
    heading(console, "How to read this")
    for text in comparison["statements"]:
        say(console, Padding(plain(f"• {text}"), (0, 0, 0, 2)))
    heading(console, "Events", count_text(len(comparison["events"]), "event"))
    for event in comparison["events"]:
        _print_event(event, console)
    heading(console, "Regimens")
    for regimen in comparison["regimens"]:
        _print_regimen(regimen, console)
    if comparison["studies"]:
        heading(console, "Studies")
        for study in comparison["studies"]:
            say(console, plain(f"  {study['trial']}", "bold") + plain(f" ({study['design']}): {study['text']}"))
            say(console, labeled([("evidence", evidence_block(study))]))
    heading(console, "Sources of the rates")
    for source in comparison["sources"]:
        date = source["date"] or "no date"
        text = plain(f"  {source['source']} ", "bold") + plain(f"{source['title']}, {source['citation']}, {date} ")
        say(console, text + marked(mark_of(STATUSES, source["status"])))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _print_event(event: Row, console: Console) -> None:
    console.print()
    say(console, Padding(plain(event["event"], "bold"), (0, 0, 0, 2)))
    for mark, text in told.event_marks(event):
        say(console, Padding(marked(mark) + plain(f"  {text}", "dim"), (0, 0, 0, 2)))
    for text in filter(None, (event["note"], told.removed_text(event))):
        say(console, Padding(plain(text, "dim"), (0, 0, 0, 2)))
    rows = [*(_cells(row) for row in event["rows"])]
    rows += [(plain(f"  {name}"), plain(told.NOT_REPORTED, "dim"), *[Text("")] * 5) for name in event["not_reported"]]
    rows += [_cells(row) for row in event["other_arms"]]
    say(console, table_of(("  regimen", "rate", "people", "grade", "trial, arm", "grading", "status"), rows))
    for note in dict.fromkeys(row["note"] for row in (*event["rows"], *event["other_arms"]) if row["note"]):
        say(console, Padding(plain(f"note: {note}", "dim"), (0, 0, 0, 4)))


def _cells(row: Row) -> tuple[Text, ...]:
    style = "" if row["regimen"] else "dim"
    return (
        plain(f"  {row['regimen'] or 'other arm'}", style),
        plain(told.rate_text(row), "bold" if row["regimen"] else style),
        plain(told.people_text(row), style),
        plain(told.grade_text(row), style),
        plain(f"{row['trial']}, {row['arm']}", style),
        plain(told.grading_text(row), style),
        marked(mark_of(STATUSES, row["status"])) + plain(f" {row['source']}", "dim"),
    )


def _print_regimen(regimen: Row, console: Console) -> None:
    say(console, plain(f"  {regimen['title']}", "bold") + plain(f" ({regimen['id']}@{regimen['version']})", "dim"))
    lines = [
        ("cycle", plain(told.cycle_text(regimen))),
        ("drugs", plain("; ".join(told.drug_text(part) for part in regimen["drugs"]))),
        ("routes", plain(", ".join(regimen["routes"]))),
        ("emetogenic", plain(told.emetogenicity_text(regimen))),
        ("evidence", evidence_block(regimen)),
    ]
    say(console, labeled(lines))

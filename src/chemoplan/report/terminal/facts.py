"""The facts of a case in the terminal: value, how it is known, from where; then what is missing and what was not read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.outline import topics
from chemoplan.report.terminal.pieces import TONES, Row, heading, marked, plain, say, table_of, width_of
from chemoplan.report.words import FACT_STATUSES, count_text, mark_of, value_text


def print_facts(result: Row, console: Console) -> None:
    """Print the result of `facts`: a mapping with case, facts, missing, problems and unread."""
    rows = result["facts"]
    present = [row for row in rows if row["status"] != "unknown"]
    say(console, plain(f"Facts of {result['case']}", "bold") + plain(f"  {result.get('title') or ''}"))
    when = f"on {result['decided_on']}" if result.get("decided_on") else "no decision date, so ages were not checked"
    say(console, plain(f"{count_text(len(present), 'fact')} known of {len(rows)}; {when}", "dim"))
    print_fact_rows(present, console)
    asked = {row["fact"]: row for row in result.get("missing", ())}
    if asked:
        heading(console, "Missing facts that decide something", "most decisive first")
        table = table_of(
            ("  decides", "fact", "question"),
            (
                (
                    Text("  ▲ " if row.get("gate") else "    ", style=TONES["open"])
                    + Text(f"{len(row['decides']):>3}"),
                    plain(name),
                    plain(row["question"]),
                )
                for name, row in asked.items()
            ),
        )
        say(console, table)
    others = [row["name"] for row in rows if row["status"] == "unknown" and row["name"] not in asked]
    if others:
        heading(console, "Unknown, and deciding nothing here")
        say(console, Padding(plain(", ".join(others), "dim"), (0, 0, 0, 2)))
    print_problems(result, console)
    if result.get("unread"):
        heading(console, "Kept but not used", "content of the document outside the vocabulary")
        lines = (f"{path}: {_short(value)}" for path, value in result["unread"].items())
        say(console, Padding(plain("\n".join(lines), "dim"), (0, 0, 0, 2)))


def print_fact_rows(rows: Iterable[Row], console: Console) -> None:
    """Fact rows by topic, with value, status and source."""
    for topic, members in topics(rows).items():
        say(console, plain(f"  {topic.replace('_', ' ')}", "bold"))
        table = table_of(
            ("", "", "", ""),
            (
                (
                    plain(f"    {row['name']}"),
                    plain(value_text(row), "" if row["value"] is not None else TONES["bad"]),
                    marked(mark_of(FACT_STATUSES, row["status"])),
                    plain(origin_text(row), "dim"),
                )
                for row in members
            ),
        )
        table.show_header = False
        for column in table.columns[:3]:
            column.overflow = "fold"
        longest = max(len(row["name"]) for row in members) + 4
        table.columns[0].width = min(longest, width_of(console) // 2)
        table.columns[1].max_width = 34
        table.columns[2].no_wrap = True
        table.columns[3].ratio = 1  # takes what is left: columns that add up to more than the width would be cropped
        say(console, table)


def origin_text(row: Row) -> str:
    """Where a fact came from: its source, the facts it was derived from, and earlier values that it replaces."""
    text = row.get("source") or ""
    if row.get("from"):
        text += f" from {', '.join(row['from'])}"
    if row.get("earlier"):
        text += f"; earlier: {', '.join(map(str, row['earlier']))}"
    return text.strip()


def print_problems(report: Row, console: Console) -> None:
    """What could not be read, and notes on the case; nothing is lost in silence."""
    problems, notes = report.get("problems") or [], report.get("notes") or []
    if not problems and not notes:
        return
    heading(console, "About the document", f"{count_text(len(problems), 'part')} not read" if problems else "")
    for note in notes:
        say(console, Text("  ▲ ", style=TONES["open"]) + plain(note))
    for problem in problems:
        say(
            console,
            Text("  ▲ ", style=TONES["open"]) + plain(f"{problem['path']}: ", "bold") + plain(problem["message"]),
        )


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:97]}..."

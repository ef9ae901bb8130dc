"""An order in the terminal: what is missing, each drug with its arithmetic and what changed it, warnings, the double check."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import order_outline as told
from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    evidence_block,
    heading,
    joined,
    labeled,
    leaf_text,
    marked,
    plain,
    say,
    say_table,
    titled,
)
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, SEVERITIES, STATUSES, Mark, count_text, mark_of


def print_order(order: Row, console: Console) -> None:
    """Print an order with every step."""
    print_head(order, console, f"Order of {order['regimen']}@{order['version']}")
    console.print()
    mark = told.verdict_mark(order)
    cycle = f", cycle of {order['cycle_days']} days" if order["cycle_days"] else ""
    say(
        console,
        Text(f"{mark.shape} ", style=TONES[mark.tone])
        + plain(mark.word.capitalize(), TONES[mark.tone])
        + plain(f": {order['regimen_title']}{cycle}"),
    )
    if order["missing"]:
        heading(console, "Missing facts", "no dose without them")
        for row in order["missing"]:
            say(console, Padding(plain(f"{row['fact']}  ", "bold") + plain(row["question"], "dim"), (0, 0, 0, 2)))
    heading(console, "Drugs", count_text(len(order["drugs"]), "line"))
    said: list[Row] = []
    for line in order["drugs"]:
        _print_line(line, console, said)
    if order["premedication"]:
        heading(console, "Before the drugs")
        for row in order["premedication"]:
            say(console, Padding(plain(f"{row['text']} ({row['drug']}, {row['when']} dose)"), (0, 0, 0, 2)))
            say(console, labeled([("evidence", evidence_block(row))]))
    if order["antidote"]:
        heading(console, "Overdose or early severe toxicity")
        say(console, Padding(plain(order["antidote"]["text"]), (0, 0, 0, 2)))
        say(console, labeled([("evidence", evidence_block(order["antidote"]))]))
    if order["warnings"]:
        heading(console, "Warnings", count_text(len(order["warnings"]), "warning"))
        for row in order["warnings"]:
            severity = mark_of({**SEVERITIES, "ask": Mark("to check", "?", "calm")}, row["severity"])
            say(console, titled(Text("  ") + marked(severity), row["text"], row["id"]))
            lines: list[tuple[str, RenderableType]] = []
            if row.get("because"):
                lines.append(("because", joined([leaf_text(leaf) for leaf in row["because"]])))
            if row.get("evidence"):
                lines.append(("evidence", evidence_block(row)))
            if lines:
                say(console, labeled(lines))
    _print_check(order, console)
    heading(console, "The regimen", f"doses {mark_of(STATUSES, order['status']).word}")
    say(console, labeled([("evidence", evidence_block(order))]))
    for note in order["notes"]:
        say(console, Padding(plain(f"• {note}"), (0, 0, 0, 4)))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _print_line(line: Row, console: Console, said: list[Row]) -> None:
    """One line. A step that an earlier line has shown (the body surface area) is not said again."""
    mark = told.line_mark(line)
    lead = Text(f"  {mark.shape} ", style=TONES[mark.tone])
    words = plain(told.name_of(line), "bold") + plain(f"  {told.dose_text(line)}", "bold " + TONES[mark.tone])
    if line["status"] != "give":
        words += plain(f"  {mark.word}", TONES[mark.tone])
    say(console, Padding(lead + words, (0, 0, 0, 0)))
    rows: list[tuple[str, RenderableType]] = []
    if told.tablets_text(line):
        rows.append(("tablets", plain(told.tablets_text(line))))
    if line["per_day"] is not None:
        rows.append(("per day", plain(f"{told.number_text(line['per_day'])} {line['unit']}/d")))
    rows.append(
        ("given", plain(", ".join(filter(None, (line["route"], f"day {told.days_text(line)}", line["duration"])))))
    )
    if told.fill_text(line):
        rows.append(("fill", plain(told.fill_text(line), "bold")))
    if told.rate_text(line):
        rows.append(("rate", plain(told.rate_text(line))))
    if line["status"] != "give" and line["calculated"] is not None:
        rows.append(
            (
                "calculated",
                plain(f"{told.number_text(line['calculated'])} {line['unit']} before any change: no order", "dim"),
            )
        )
    if line.get("dose_after") is not None:
        rows.append(("afterwards", plain(f"{told.number_text(line['dose_after'])} {line['unit']} once recovered")))
    if line["conditional_on"]:
        rows.append(("depends on", plain(", ".join(line["conditional_on"]))))
    for choice in line["choices"]:
        amount = f"{choice['published']['value']} {choice['published']['unit']}"
        found = f", {told.number_text(choice['calculated'])} {line['unit']}" if choice["calculated"] is not None else ""
        rows.append(
            (
                "choice",
                plain(f"{choice['id']}: {choice['title']} ({amount}{found})")
                + plain(f"  --choose {line['part']}={choice['id']}", "dim"),
            )
        )
    for place in line["by_jurisdiction"]:
        found = place["status"] if place["dose"] is None else f"{told.number_text(place['dose'])} {line['unit']}"
        rows.append((place["jurisdiction"], plain(found)))
    for step in line["steps"]:
        if step in said:
            continue
        said.append(step)
        given = ", ".join(f"{name} {value}" for name, value in step["inputs"].items() if value)
        text = plain(f"{step['step']} = {step['result']}") + plain(
            f"  {step['formula']}" + (f"; {given}" if given else ""), "dim"
        )
        rows.append(("step", text + plain(f"; {step['rule']}" if step["rule"] else "", "dim")))
    for change in line["modifications"]:
        rows.append((change["action"] if change["applied"] else "not applied", _change(change)))
        rows.append(("", evidence_block(change)))
    say(console, labeled(rows))


def _change(change: Row) -> Text:
    text = plain(change["title"]) + plain(f" ({change['rule']})", "dim")
    text += plain(f": {change['effect']}" if change["effect"] else "")
    for leaf in change["because"]:
        text += Text("; ", style="dim") + leaf_text(leaf)
    return text


def _print_check(order: Row, console: Console) -> None:
    rows = order.get("double_check")
    if not rows:
        return
    heading(console, "Calculated again by a second way", "both have to agree; two people still check")
    say_table(
        console,
        ("  line", "what", "ordered", "again", "difference", "how"),
        (
            (
                plain(f"  {row['part']}"),
                plain(row["what"]),
                plain(f"{told.number_text(row['ordered'])} {row['unit']}"),
                plain(f"{told.number_text(row['recalculated'])}"),
                plain("agrees", TONES["good"])
                if row["agrees"]
                else plain(f"DIFFERS by {row['difference']}", TONES["bad"]),
                plain(row["how"], "dim"),
            )
            for row in rows
        ),
    )

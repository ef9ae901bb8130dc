"""A course in the terminal: the next cycle first, then steps, cycles on their dates, sums of what was given, warnings."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import course_outline as told
from chemoplan.report.order_outline import dose_text, line_mark, name_of
from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    evidence_block,
    heading,
    labeled,
    marked,
    plain,
    say,
    say_table,
    titled,
)
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, STATUSES, count_text, mark_of


def print_course(course: Row, console: Console) -> None:
    """Print a course with every day of treatment."""
    name = course["sequence"] or course["regimen"]
    print_head(course, console, f"Course of {name}@{course['version']}")
    console.print()
    say(console, plain(course["course_title"], "bold") + plain(f", from {course['start']}"))
    say(console, plain("Doses as published; chemoplan order works them out for one cycle.", "dim"))
    if course["next"]:
        _print_next(course["next"], console)
    if course["sequence"]:
        _print_steps(course, console)
    for cycle in course["cycles"]:
        _print_cycle(cycle, console, bool(course["sequence"]))
    if course["cumulative"]:
        _print_given(course, console)
    if course["warnings"]:
        heading(console, "Warnings", count_text(len(course["warnings"]), "warning"))
        for row in course["warnings"]:
            say(console, titled(Text("  ") + marked(told.warning_mark(row)), row["text"], row["id"]))
            if row.get("evidence"):
                say(console, labeled([("evidence", evidence_block(row))]))
    heading(console, "The plan", f"doses {mark_of(STATUSES, course['status']).word}")
    say(console, labeled([("evidence", evidence_block(course))]))
    for note in course["notes"]:
        say(console, Padding(plain(f"• {note}"), (0, 0, 0, 4)))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _print_next(row: Row, console: Console) -> None:
    mark = told.next_mark(row)
    number = f"cycle {row['cycle']}" if row["cycle"] else ""
    heading(console, "Next cycle", number)
    when = f"; planned for {row['day1']}, not before {row['not_before']}" if row["day1"] else ""
    say(console, Padding(marked(mark) + plain(when), (0, 0, 0, 2)))
    for text in row["because"]:
        say(console, Padding(plain(f"• {text}"), (0, 0, 0, 4)))
    for rule in told.applied_rules(row):
        say(console, titled(Text("  "), rule["text"], rule["rule"]))
        say(console, labeled([("evidence", evidence_block(rule))]))
    if not row["order"]:
        return
    last = {item["part"]: item for item in row["changes"]}
    say_table(
        console,
        ("  drug", "last", "now", "change", ""),
        (
            (
                plain(f"  {name_of(line)}"),
                plain(told.amount_text(last[line["part"]]["last"], line["unit"])),
                plain(dose_text(line)),
                plain(last[line["part"]]["change"]),
                marked(line_mark(line)),
            )
            for line in row["order"]["drugs"]
        ),
    )


def _print_steps(course: Row, console: Console) -> None:
    heading(console, "Steps", count_text(len(course["steps"]), "step"))
    for step in course["steps"]:
        mark = told.step_mark(step)
        head = plain(f"  {step['step']} ", "bold") + Text(f"{mark.shape} ", style=TONES[mark.tone])
        regimen = step["regimen"] or mark.word
        cycles = f", {count_text(step['cycles'], 'cycle')}" if step["cycles"] else ""
        say(console, titled(head, step["title"], regimen, cycles))
        lines = [("dates", plain(told.dates_text(step) or mark.word))]
        if step["gap"]:
            lines.append(("gap", plain(step["gap"])))
        if step["window"] and step["status"] != "window":
            lines.append(("window", plain(f"{step['window']['earliest']} to {step['window']['latest']}")))
        if step["note"]:
            lines.append(("note", plain(step["note"])))
        say(console, labeled(lines))


def _print_cycle(cycle: Row, console: Console, sequence: bool) -> None:
    which = f"{cycle['regimen']}, cycle {cycle['cycle']}" if sequence else f"Cycle {cycle['cycle']}"
    moved = told.moves_text(cycle)
    note = f"{cycle['weekday']}{', given' if cycle['given'] else ''}"
    heading(console, f"{which}: {cycle['day1']}", note)
    if moved:
        say(console, Padding(plain(f"planned {cycle['planned_day1']}; {moved}"), (0, 0, 0, 2)))
    for run in told.runs_of(cycle):
        same = run.first == run.last
        days = f"day {run.first_day}" if same else f"days {run.first_day} to {run.last_day}"
        dates = f"{run.first:%a} {run.first}" + ("" if same else f" to {run.last:%a} {run.last}")
        say(console, Padding(plain(f"{days}: ", "bold") + plain(dates), (0, 0, 0, 2)))
        for item in run.drugs:
            say(console, Padding(plain(told.due_text(item)), (0, 0, 0, 4)))
    if cycle["rest"]:
        say(console, Padding(plain(told.rest_text(cycle), "dim"), (0, 0, 0, 2)))


def _print_given(course: Row, console: Console) -> None:
    heading(console, "Given so far")
    say_table(
        console,
        ("  drug", "given", "published", "mass", "not known"),
        (
            (
                plain(f"  {row['title']}"),
                plain(told.amount_text(row["given"], row["unit"])),
                plain(told.amount_text(row["published"], row["unit"])),
                plain(told.amount_text(row["mass"], row["mass_unit"])),
                plain("; ".join(row["missing"])),
            )
            for row in course["cumulative"]
        ),
    )
    heading(console, "Dose intensity", "given against published")
    say_table(
        console,
        ("  part", "dose", "time", "relative intensity"),
        (
            (
                plain(f"  {row['part']}"),
                plain(told.percent_text(row["dose_percent"])),
                plain(f"{row['days_taken']} d for {row['days_published']} d" if row["days_taken"] else ""),
                plain(told.percent_text(row["intensity_percent"])),
            )
            for row in course["intensity"]
        ),
    )
    for row in course["delays"]:
        text = (
            f"cycle {row['cycle']} began {row['days']} d late, on {row['day1']}: {row['reason'] or 'no reason given'}"
        )
        say(console, Padding(plain(text), (0, 0, 0, 2)))
    for row in course["dropped"]:
        text = f"{row['part']} left out since cycle {row['from_cycle']}: {row['reason']}"
        say(console, Padding(plain(text), (0, 0, 0, 2)))

"""The course command: cycles of a regimen, or the steps of a sequence, on a calendar."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.order import pairs
from chemoplan.cli.shared import (
    DONE,
    EPILOG,
    NO,
    Date,
    Refused,
    case_options,
    format_option,
    knowledge_option,
    output_option,
    read_case,
    refusing,
    show,
    write,
    write_bytes,
    write_json,
)

LONGEST_DELAY = 365


@click.command(epilog=EPILOG)
@click.argument("plan", metavar="REGIMEN|SEQUENCE")
@click.argument("case", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--start", type=Date(), help="Day 1 of the first cycle; with --given, the first day given when left out.")
@click.option("--cycles", type=click.IntRange(1, 60), metavar="N", help="How many cycles of a regimen.")
@click.option(
    "--choose",
    multiple=True,
    metavar="STEP|PART=CHOICE",
    help="The regimen of a step of a sequence (2=capox), or one of the published choices of a part. Repeatable.",
)
@click.option(
    "--begin",
    multiple=True,
    metavar="STEP=DATE",
    help="First day of a step, where no source gives the weeks before it. Repeatable.",
)
@click.option(
    "--delay",
    multiple=True,
    metavar="[STEP.]CYCLE=DAYS",
    help="Days by which a cycle is put off; those after it follow. Repeatable.",
)
@click.option("--no-weekend", is_flag=True, help="Move day 1 off Saturdays and Sundays, to the next working day.")
@click.option(
    "--holidays",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Days that are not worked: ISO dates, one a line, or an iCalendar (.ics). Day 1 moves to the next working day.",
)
@click.option(
    "--given",
    "given_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What was given so far (YAML or JSON): dates and doses. Adds sums, dose intensity and the next cycle.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FACT=REASON",
    help="Recommend the next cycle although this fact is unknown; the reason is kept. Repeatable.",
)
@format_option("course", "text", "json", "html", "ics")
@output_option
@case_options
@knowledge_option
@refusing
def course(
    plan: str,
    case: Path,
    start: date | None,
    cycles: int | None,
    choose: tuple[str, ...],
    begin: tuple[str, ...],
    delay: tuple[str, ...],
    no_weekend: bool,
    holidays: Path | None,
    given_file: Path | None,
    without: tuple[str, ...],
    form: str,
    output: Path | None,
    row: str | None,
    decided_on: date | None,
    overlays: tuple[Path, ...],
) -> None:
    """REGIMEN or SEQUENCE for CASE on a calendar, and the next cycle.

    What was given is held against it. The plan is an id, or id@version (chemoplan knowledge list regimens, or sequences).
    Doses stand as published; chemoplan order works them out for one cycle. Exit status 1 when a date or a choice is open, or
    the next cycle is not to be given.

    \b
    Examples:
      chemoplan course mfolfox6 case.yaml --start 2026-12-03 --cycles 8 --no-weekend --holidays holidays.txt
      chemoplan course tnt-rapido case.yaml --start 2026-12-07 --choose 2=capox --begin 2=2026-12-28
      chemoplan course mfolfox6 case.yaml --given given.yaml --cycles 8
      chemoplan course capox case.yaml --start 2026-12-03 --cycles 4 --format ics --output course.ics
    """
    from chemoplan.dosing.calendar_days import WorkingDays, read_holidays
    from chemoplan.dosing.course import course as lay_out
    from chemoplan.dosing.course import course_of, regimens_of
    from chemoplan.dosing.course_cycles import chosen_parts
    from chemoplan.dosing.course_request import CourseRequest
    from chemoplan.dosing.given import read_given
    from chemoplan.intake.mapping import read_data
    from chemoplan.intake.parse import decode
    from chemoplan.intake.read import read_content

    if [str(path) for path in (case, holidays, given_file)].count("-") > 1:
        raise Refused(["only one of CASE, --holidays and --given can be standard input; give the others as files"])
    chosen = pairs(choose, "--choose", "STEP=REGIMEN or PART=CHOICE, such as 2=capox")
    steps = {int(name): value for name, value in chosen.items() if name.isdecimal()}
    parts = {name: value for name, value in chosen.items() if not name.isdecimal()}
    delays, begins = _delays(delay), _begins(begin)
    reasons = pairs(without, "--without", "FACT=REASON, such as ugt1a1='not tested here'")
    knowledge, _, resolved = read_case(case, row, decided_on, overlays)
    for name in reasons:
        if name not in knowledge.vocabulary:
            raise Refused([f"--without {name}: no such fact"])
    held = course_of(plan, knowledge)
    free: frozenset[date] = frozenset()
    if holidays is not None:
        document, content = read_content(holidays)
        free = read_holidays(decode(content, document), document)
    given = None
    if given_file is not None:
        document, data = read_data(given_file)
        regimens = regimens_of(held, steps, knowledge)
        given = read_given(
            data, regimens, chosen_parts(regimens.values(), parts), knowledge, document, resolved.decided_on
        )
        start = start or given.cycles[0].day
    if start is None:
        raise Refused(["--start is missing: the first day, as YYYY-MM-DD"])
    request = CourseRequest(start, cycles, WorkingDays(no_weekend, free), parts, steps, begins, delays, reasons, given)
    result = lay_out(held, resolved, knowledge, request)
    _written(result, form, output)
    sys.exit(DONE if _done(result) else NO)


def _written(result: dict[str, Any], form: str, output: Path | None) -> None:
    if form == "text":
        from chemoplan.report.text import print_course

        show(lambda console: print_course(result, console), output)
    elif form == "json":
        write_json(result, output)
    elif form == "html":
        from chemoplan.report.course_html import course_html

        write(course_html(result), output)
    else:
        from chemoplan.report.calendar import course_calendar

        text = course_calendar(result)
        if output is None:
            write(text, None)
        else:
            write_bytes(text.encode("utf-8"), output)  # its lines end with CRLF on every system


def _done(result: dict[str, Any]) -> bool:
    """True when every step has its dates, nothing speaks against the course, and the next cycle can be given."""
    after = result["next"]
    return (
        result["complete"]
        and not any(row["severity"] in ("reject", "ask") for row in result["warnings"])
        and (after is None or after["recommendation"] in ("give", "reduce", "complete"))
    )


def _delays(values: tuple[str, ...]) -> dict[tuple[int, int], int]:
    right = "[STEP.]CYCLE=DAYS, such as 3=7"
    found = {}
    for name, value in pairs(values, "--delay", right).items():
        step, dot, cycle = name.rpartition(".")
        numbers = (step if dot else "1", cycle, value)
        if not all(item.isdecimal() and len(item) < 4 for item in numbers):
            raise Refused([f"--delay {name}={value}: expected {right}"])
        first, number, days = map(int, numbers)
        if not 1 <= days <= LONGEST_DELAY:
            raise Refused([f"--delay {name}={value}: expected 1 to {LONGEST_DELAY} days"])
        found[first, number] = days
    return found


def _begins(values: tuple[str, ...]) -> dict[int, date]:
    found = {}
    for name, value in pairs(values, "--begin", "STEP=DATE, such as 2=2026-12-28").items():
        try:
            found[int(name)] = date.fromisoformat(value)
        except ValueError:
            raise Refused([f"--begin {name}={value}: expected STEP=YYYY-MM-DD"]) from None
    return found

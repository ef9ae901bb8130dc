"""Days of a calendar: which are worked, holidays as somebody lists them, and what a cycle gives on which of its days."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from chemoplan.dosing.parts import Dosed, lines_of
from chemoplan.intake.refused import one_line
from chemoplan.intake.refused import shown as quoted
from chemoplan.knowledge.regimens import DoseChoice, Regimen

DAY = timedelta(days=1)
LONGEST_BREAK = 60
"""Days in a row that may be free; a list of holidays with a longer run is a mistake."""
FIRST_YEAR, LAST_YEAR = 1950, 2150


def in_range(day: date) -> bool:
    """True for a day that a course can lie on; anything else is a slip of the pen."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


class CalendarRefused(ValueError):
    """A list of holidays cannot be used; one line for each problem."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = [one_line(line) for line in lines]


@dataclass(frozen=True)
class WorkingDays:
    """Which days are worked. `weekends_off`: day 1 is moved off Saturdays and Sundays, too, not only off holidays."""

    weekends_off: bool = False
    holidays: frozenset[date] = frozenset()

    def why_free(self, day: date, weekends: bool | None = None) -> str:
        """Why nothing is given on this day; empty when it is worked. `weekends` True counts weekends whatever was asked."""
        if day in self.holidays:
            return "a holiday"
        off = self.weekends_off if weekends is None else weekends
        return f"a {day:%A}" if off and day.weekday() >= 5 else ""

    def next_working(self, day: date) -> date:
        """This day or the first after it that is neither a holiday nor on a weekend. Raises CalendarRefused."""
        for _ in range(LONGEST_BREAK):
            if not self.why_free(day, weekends=True):
                return day
            day += DAY
        raise CalendarRefused([f"holidays: no working day within {LONGEST_BREAK} days before {day}; check the list"])


def read_holidays(text: str, document: str) -> frozenset[date]:
    """Days that are not worked, from ISO dates (one a line, anything may follow) or from an iCalendar. Raises CalendarRefused."""
    if text.lstrip("\ufeff \t\r\n").upper().startswith("BEGIN:VCALENDAR"):
        return _from_icalendar(text, document)
    found, wrong = set(), []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.lstrip("\ufeff").partition("#")[0].strip().removeprefix("-").strip().strip("\"'")
        if not said:
            continue
        day = _day(re.split(r"[\s:,;\"']", said, maxsplit=1)[0])
        if day is None:
            wrong.append(f"{document}, line {number}: {quoted(said)} is no date; expected YYYY-MM-DD")
        else:
            found.add(day)
    if wrong:
        raise CalendarRefused(wrong)
    return frozenset(found)


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if in_range(day) else None


def _from_icalendar(text: str, document: str) -> frozenset[date]:
    """All days of the events of an iCalendar; an event that repeats by a rule is refused, since its days are not listed."""
    found: set[date] = set()
    event: dict[str, str] | None = None
    for number, line in enumerate(re.sub(r"\r?\n[ \t]", "", text).splitlines(), 1):
        name, _, value = line.partition(":")
        name = name.partition(";")[0].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            event = {}
        elif name == "END" and value.strip().upper() == "VEVENT" and event is not None:
            found |= _days_of(event, f"{document}, event {quoted(event.get('SUMMARY', number))}")
            event = None
        elif event is not None:
            event[name] = value.strip()
    return frozenset(found)


def _days_of(event: Mapping[str, str], place: str) -> set[date]:
    if "RRULE" in event or "RDATE" in event:
        raise CalendarRefused([f"{place}: repeats by a rule, which is not read; list its dates"])
    start = _compact(event.get("DTSTART", ""))
    if start is None:
        raise CalendarRefused([f"{place}: has no DTSTART with a date; expected one such as 20261225"])
    end = _compact(event.get("DTEND", "")) or start + DAY
    length = max(1, (end - start).days)
    if length > LONGEST_BREAK:
        raise CalendarRefused([f"{place}: lasts {length} days; a holiday of at most {LONGEST_BREAK} is read"])
    return {start + number * DAY for number in range(length)}


def _compact(text: str) -> date | None:
    match = re.match(r"(\d{4})(\d{2})(\d{2})(?:T|$)", text)
    return _day("-".join(match.groups())) if match else None


@dataclass(frozen=True)
class Treatment:
    """What is due on one day of a cycle: a line of the regimen is given (`give`), or its infusion ends (`end`).

    `when`: `evening` or `morning` where only that dose of the day is due. `fraction`: number of the fraction of radiation.
    """

    day: int
    what: Literal["give", "end"]
    line: Dosed
    when: str = ""
    fraction: int = 0


def cycle_lines(
    regimen: Regimen, choices: Mapping[str, DoseChoice], cycle: int, weight: Decimal | None
) -> Iterator[Dosed]:
    """The lines of one cycle, radiation too, with the doses as published."""
    for part in regimen.parts:
        yield from lines_of(regimen, part, choices.get(part.id), cycle, weight)


def days_of_line(line: Dosed) -> tuple[int, ...]:
    """The days of a cycle on which a line is given; empty when neither days nor a length of the cycle are published."""
    return line.days or tuple(range(1, (line.cycle_days or 0) + 1))


def treatments(lines: list[Dosed]) -> Iterator[Treatment]:
    """What is due on which day of a cycle, radiation apart (its days depend on the calendar)."""
    for line in lines:
        if line.part.fractions is None:
            yield from _of_line(line, days_of_line(line))


def _of_line(line: Dosed, days: tuple[int, ...]) -> Iterator[Treatment]:
    evening = line.part.evening_start and line.dose.times_per_day > 1
    for day in days:
        yield Treatment(day, "give", line, "evening" if evening and day == days[0] else "")
    if evening and days:
        yield Treatment(days[-1] + 1, "give", line, "morning")
    yield from (Treatment(day, "end", line) for day in ends_of(line, days))


def ends_of(line: Dosed, days: tuple[int, ...]) -> Iterator[int]:
    """The days on which a continuous infusion or a pump filling ends: 46 hours from day 1 end on day 3.

    Where the hours of one infusion are not published, days in a row are one infusion, which ends on the day after.
    """
    if "continuous" not in line.part.route and "pump" not in line.part.route:
        return
    hours = line.part.hours
    length = 1 if hours is None else int((hours / 24).to_integral_value(ROUND_CEILING))
    unbroken = hours is None or hours % 24 == 0
    for day in days:
        if not (unbroken and day + length in days):
            yield day + length

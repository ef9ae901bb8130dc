"""When the center is open: the week, holidays and special days in the center's own time zone, as moments in UTC.

A day's opening begins at the first moment its wall clock shows the opening time, and ends at the first that shows the closing time;
so a change to or from daylight saving time neither loses nor doubles an hour by accident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date

from chemoplan.web.center.center import Center
from chemoplan.web.say import find

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(days=14)
MIDNIGHT = 24 * 60

Span = tuple[int, int]
"""Opening and closing in minutes after midnight; a closing past 1440 is on the next day."""


class HoursRefused(ValueError):
    """The opening times are not written as expected; the message says where and what would be right."""


@dataclass(frozen=True)
class Rules:
    """The opening times of one place. `names` None closes on every public holiday of the country."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    country: str = ""
    subdivision: str = ""
    names: frozenset[str] | None = frozenset()
    closed: frozenset[date] = frozenset()
    special: tuple[tuple[date, tuple[Span, ...]], ...] = ()


@dataclass(frozen=True)
class Open:
    """Open now, until a moment in UTC (None: for longer than the horizon)."""

    until: datetime | None


@dataclass(frozen=True)
class Closed:
    """Closed now; opens at a moment in UTC (None: not within the horizon)."""

    opens: datetime | None


def status(center: Center, now: datetime) -> Open | Closed:
    """Whether the appointment line of a center is open at a moment."""
    return status_at(center_rules(center), now)


def status_words(center: Center, now: datetime, language: str) -> tuple[str, bool]:
    """What the header says: "Open now, until 6:00 pm Eastern time" or when the line opens; and whether it is open."""
    rules, state = center_rules(center), status(center, now)
    zone = center.words(center.data.get("time_zone_name", center.time_zone), language)
    moment = state.until if isinstance(state, Open) else state.opens
    if moment is None:
        return _words("always_open" if isinstance(state, Open) else "closed", language), isinstance(state, Open)
    local, today = moment.astimezone(rules.zone), now.astimezone(rules.zone).date()
    key = ("open_until" if isinstance(state, Open) else "opens") + _WHEN.get((local.date() - today).days, "_later")
    pattern = "weekday" if (local.date() - today).days < 7 else "day"
    values = {"time": clock_words(local, language), "zone": zone, "day": day_words(local.date(), language, pattern)}
    # Spanish says "la 1:00" and "las 2:00".
    said = _words(key, language).format(**values).replace("las 1:", "la 1:")
    return said, isinstance(state, Open)


def day_words(day: date, language: str, pattern: str = "day") -> str:
    """A day in words: `day` is "Monday, January 4", `weekday` is "Monday", `date` is "January 4, 2027"."""
    return format_date(day, _words(f"pattern_{pattern}", language), locale=language)


def clock_words(local: datetime, language: str) -> str:
    """A time of day in words: "8:00 am"."""
    half = _words("am" if local.hour < 12 else "pm", language)
    return f"{local.hour % 12 or 12}:{local.minute:02} {half}"


_WHEN = {0: "_today", 1: "_tomorrow"}


def _words(key: str, language: str) -> str:
    return str(find(f"appointment.hours.{key}").text_in(language))


def center_rules(center: Center) -> Rules:
    """The opening times of a center's appointment line. Raises HoursRefused."""
    return read_rules(center.time_zone, center.data["hours"], center.data["holidays"])


def status_at(rules: Rules, now: datetime) -> Open | Closed:
    """Whether a place is open at a moment, and until when or from when."""
    for start, end in openings(rules, now, now + HORIZON):
        if start > now:
            return Closed(start)
        return Open(end if end <= now + HORIZON else None)
    return Closed(None)


def openings(rules: Rules, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Every opening that is not over at `start` and begins before `end`, whole, in order; those that touch are one."""
    first = start.astimezone(rules.zone).date() - timedelta(days=2)
    last = end.astimezone(rules.zone).date() + timedelta(days=2)
    found: list[tuple[datetime, datetime]] = []
    for day in _days(first, last):
        for begins, ends in _moments(rules, day):
            if found and begins <= found[-1][1]:
                found[-1] = (found[-1][0], max(found[-1][1], ends))
            else:
                found.append((begins, ends))
    return [(begins, ends) for begins, ends in found if ends > start and begins < end]


def spans_of(rules: Rules, day: date) -> tuple[Span, ...]:
    """The opening times of a day: its own if it is special, none on a holiday, else those of its weekday."""
    for special, spans in rules.special:
        if special == day:
            return spans
    if day in rules.closed or _is_holiday(rules, day):
        return ()
    return rules.week[day.weekday()]


def read_rules(time_zone: str, week: Sequence[Mapping[str, Any]], holidays: Mapping[str, Any] | None = None) -> Rules:
    """The rules as a center's file writes them. Raises HoursRefused."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise HoursRefused(
            f"time_zone: {time_zone!r} is no time zone; expected a name such as America/New_York"
        ) from None
    spans: list[list[Span]] = [[] for _ in DAYS]
    for number, line in enumerate(week, start=1):
        for name in line.get("days", ()):
            if name not in DAYS:
                raise HoursRefused(f"hours, line {number}: {name!r} is no day; expected {', '.join(DAYS)}")
            spans[DAYS.index(name)].append(_span(line, f"hours, line {number}"))
    given = dict(holidays or {})
    special: dict[date, list[Span]] = {}
    for number, line in enumerate(given.get("special", ()), start=1):
        where = f"holidays.special, line {number}"
        special.setdefault(_date(line.get("date"), where), []).append(_span(line, where))
    return Rules(
        zone,
        tuple(tuple(sorted(day)) for day in spans),
        str(given.get("country", "")),
        str(given.get("subdivision", "")),
        _names(given, zone),
        frozenset(_date(day, "holidays.closed") for day in given.get("closed", ())),
        tuple(sorted((day, tuple(sorted(times))) for day, times in special.items())),
    )


def _names(given: Mapping[str, Any], zone: ZoneInfo) -> frozenset[str] | None:
    country, names = str(given.get("country", "")), given.get("names", "all")
    if not country:
        return frozenset()
    try:
        known = {
            _plain(name) for _, name in _holidays(country, str(given.get("subdivision", "")), datetime.now(zone).year)
        }
    except NotImplementedError:
        raise HoursRefused(f"holidays.country: {country!r} is not known; expected a code such as US") from None
    if names == "all":
        return None
    if unknown := sorted(set(map(str, names)) - known):
        raise HoursRefused(
            f"holidays.names: {unknown[0]!r} is no holiday of {country}; expected all, or some of {', '.join(sorted(known))}"
        )
    return frozenset(map(str, names))


def _span(line: Mapping[str, Any], where: str) -> Span:
    start, end = (_minutes(line.get(key), f"{where}: {key}") for key in ("open", "close"))
    if start == end or start >= MIDNIGHT:
        raise HoursRefused(
            f"{where}: opens {line['open']} and closes {line['close']}; expected a later closing (24:00 for midnight)"
        )
    return start, end if end > start else end + MIDNIGHT


def _minutes(value: Any, where: str) -> int:
    try:
        hour, minute = (int(part) for part in str(value).split(":"))
    except ValueError:
        hour, minute = -1, 0
    if not (0 <= hour < 24 and 0 <= minute < 60) and (hour, minute) != (24, 0):
        raise HoursRefused(f'{where} is {value!r}; expected a time in quotes such as "08:00"')
    return hour * 60 + minute


def _date(value: Any, where: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise HoursRefused(f"{where}: {value!r} is no date; expected one such as 2026-12-24") from None


def _is_holiday(rules: Rules, day: date) -> bool:
    if not rules.country:
        return False
    return any(
        when == day and (rules.names is None or _plain(name) in rules.names)
        for when, name in _holidays(rules.country, rules.subdivision, day.year)
    )


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str, year: int) -> tuple[tuple[date, str], ...]:
    # Imported when needed: the library knows every country and takes its time to load.
    from holidays import country_holidays

    # The neighboring years too: New Year's Day may be observed on the last day of the year before.
    found = country_holidays(country, subdiv=subdivision or None, years=(year - 1, year, year + 1), language="en_US")
    return tuple((day, name) for day in sorted(found) if day.year == year for name in found.get_list(day))


def _plain(name: str) -> str:
    """The name of a holiday, on whichever day it is observed."""
    return name.removesuffix(" (observed)")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


@lru_cache(maxsize=4096)
def _moments(rules: Rules, day: date) -> tuple[tuple[datetime, datetime], ...]:
    pairs = (
        (moment_of(rules.zone, day, start), moment_of(rules.zone, day, end)) for start, end in spans_of(rules, day)
    )
    return tuple((start, end) for start, end in pairs if start < end)


def moment_of(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """The first moment at which the wall clock of a day shows a time, or has passed it where the clock jumps over it."""
    wall = datetime.combine(day + timedelta(days=minutes // MIDNIGHT), time(), zone) + timedelta(
        minutes=minutes % MIDNIGHT
    )
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    # The time does not exist. The clock jumps at the first moment with the later offset.
    jump = wall.replace(fold=1).astimezone(UTC)
    offset = jump.astimezone(zone).utcoffset()
    while jump.astimezone(zone).utcoffset() == offset:
        jump += timedelta(minutes=1)
    return jump

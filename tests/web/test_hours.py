"""Opening hours against an oracle that walks through every minute with a wall clock in hand."""

import dataclasses
import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chemoplan.web.center.file import load_center
from chemoplan.web.center.hours import (
    DAYS,
    HORIZON,
    Closed,
    HoursRefused,
    Open,
    Rules,
    openings,
    read_rules,
    spans_of,
    status_at,
    status_words,
)

EASTERN = "America/New_York"
WORKDAYS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "open": "08:00", "close": "18:00"}]
US = {"country": "US", "names": "all"}
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A wall clock time in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(EASTERN)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 07:59", Closed(at("2026-11-23 08:00"))),  # a Monday
        ("2026-11-23 08:00", Open(at("2026-11-23 18:00"))),
        ("2026-11-23 17:59", Open(at("2026-11-23 18:00"))),
        ("2026-11-23 18:00", Closed(at("2026-11-24 08:00"))),
        ("2026-11-25 18:00", Closed(at("2026-11-27 08:00"))),  # Thanksgiving on the 26th
        ("2026-11-28 12:00", Closed(at("2026-11-30 08:00"))),  # a Saturday
        ("2026-03-06 18:00", Closed(at("2026-03-09 08:00"))),  # the clock goes forward on the 8th
        ("2026-10-30 18:00", Closed(at("2026-11-02 08:00"))),  # and back on November 1
        ("2026-12-31 18:00", Closed(at("2027-01-04 08:00"))),  # New Year's Day is a Friday
        ("2027-12-31 12:00", Closed(at("2028-01-03 08:00"))),  # New Year's Day of 2028 is observed in 2027
        ("2026-07-03 12:00", Closed(at("2026-07-06 08:00"))),  # the Fourth is a Saturday, observed on Friday
    ],
)
def test_a_week_of_workdays_closes_at_night_on_weekends_and_on_holidays(now: str, expected: Open | Closed) -> None:
    assert status_at(read_rules(EASTERN, WORKDAYS, US), at(now)) == expected


def test_the_same_wall_clock_time_is_another_moment_after_the_clock_went_forward() -> None:
    rules = read_rules(EASTERN, WORKDAYS)
    assert status_at(rules, at("2026-03-06 09:00")) == Open(datetime(2026, 3, 6, 23, tzinfo=UTC))
    assert status_at(rules, at("2026-03-09 09:00")) == Open(datetime(2026, 3, 9, 22, tzinfo=UTC))


def test_a_special_day_has_its_own_times_even_on_a_holiday() -> None:
    special = [
        {"date": "2026-12-24", "open": "08:00", "close": "12:00"},
        {"date": date(2026, 12, 25), "open": "10:00", "close": "11:00"},
    ]
    rules = read_rules(EASTERN, WORKDAYS, {**US, "special": special})
    assert status_at(rules, at("2026-12-24 09:00")) == Open(at("2026-12-24 12:00"))
    assert status_at(rules, at("2026-12-24 12:00")) == Closed(at("2026-12-25 10:00"))


def test_a_closed_day_is_closed() -> None:
    rules = read_rules(EASTERN, WORKDAYS, {"closed": [date(2026, 11, 27)]})
    assert status_at(rules, at("2026-11-27 09:00")) == Closed(at("2026-11-30 08:00"))


def test_only_the_holidays_that_are_named_close() -> None:
    rules = read_rules(EASTERN, WORKDAYS, {"country": "US", "names": ["Christmas Day"]})
    assert isinstance(status_at(rules, at("2026-11-26 09:00")), Open)
    assert isinstance(status_at(rules, at("2026-12-25 09:00")), Closed)
    assert isinstance(status_at(rules, at("2027-12-24 09:00")), Closed), "observed on Friday"


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    rules = read_rules(EASTERN, [{"days": ["fri"], "open": "20:00", "close": "02:00"}])
    assert status_at(rules, at("2026-11-28 01:00")) == Open(at("2026-11-28 02:00"))
    assert status_at(rules, at("2026-11-29 01:00")) == Closed(at("2026-12-04 20:00"))


def test_days_that_meet_at_midnight_are_one_opening() -> None:
    rules = read_rules(EASTERN, [{"days": ["mon", "tue"], "open": "00:00", "close": "24:00"}])
    assert status_at(rules, at("2026-11-23 13:00")) == Open(at("2026-11-25 00:00"))


def test_a_line_that_never_closes_has_no_end() -> None:
    rules = read_rules(EASTERN, [{"days": list(DAYS), "open": "00:00", "close": "24:00"}])
    assert status_at(rules, at("2026-10-31 13:00")) == Open(None)


def test_without_an_opening_in_two_weeks_none_is_promised() -> None:
    closed = [date(2026, 11, 23) + timedelta(days=number) for number in range(16)]
    assert status_at(read_rules(EASTERN, WORKDAYS, {"closed": closed}), at("2026-11-23 09:00")) == Closed(None)
    assert status_at(read_rules(EASTERN, []), at("2026-11-23 09:00")) == Closed(None)


@pytest.mark.parametrize(
    ("zone", "week", "holidays", "words"),
    [
        ("America/Nowhere", WORKDAYS, {}, "time_zone: 'America/Nowhere'"),
        (EASTERN, [{"days": ["monday"], "open": "08:00", "close": "18:00"}], {}, "hours, line 1: 'monday' is no day"),
        (EASTERN, [{"days": ["mon"], "open": "8 am", "close": "18:00"}], {}, "hours, line 1: open is '8 am'"),
        (EASTERN, [{"days": ["mon"], "open": "08:00", "close": "08:00"}], {}, "expected a later closing"),
        (EASTERN, [{"days": ["mon"], "open": "08:00"}], {}, "hours, line 1: close is None"),
        (EASTERN, WORKDAYS, {"country": "Nowhere"}, "holidays.country: 'Nowhere'"),
        (EASTERN, WORKDAYS, {"country": "US", "names": ["Boxing Day"]}, "'Boxing Day' is no holiday of US"),
        (EASTERN, WORKDAYS, {"closed": ["soon"]}, "holidays.closed: 'soon' is no date"),
        (
            EASTERN,
            WORKDAYS,
            {"special": [{"date": "2026-13-01", "open": "08:00", "close": "9:00"}]},
            "holidays.special, line 1",
        ),
    ],
)
def test_hours_written_wrongly_are_refused_with_the_place(
    zone: str, week: list[dict[str, object]], holidays: dict[str, object], words: str
):
    with pytest.raises(HoursRefused, match=words):
        read_rules(zone, week, holidays)


@pytest.mark.parametrize(
    ("now", "english", "spanish"),
    [
        (
            "2026-11-23 09:00",
            "Open now, until 6:00 pm Eastern time",
            "Abierto ahora, hasta las 6:00 p. m., hora del este",
        ),
        ("2026-11-23 07:00", "Opens today at 8:00 am Eastern time", "Abre hoy a las 8:00 a. m., hora del este"),
        ("2026-11-23 19:00", "Opens tomorrow at 8:00 am Eastern time", "Abre mañana a las 8:00 a. m., hora del este"),
        ("2026-11-28 19:00", "Opens Monday at 8:00 am Eastern time", "Abre el lunes a las 8:00 a. m., hora del este"),
    ],
)
def test_the_header_says_until_when_or_from_when_in_both_languages(now: str, english: str, spanish: str) -> None:
    center = load_center()
    assert status_words(center, at(now), "en") == (english, english.startswith("Open now"))
    assert status_words(center, at(now), "es") == (spanish, english.startswith("Open now"))


@pytest.mark.parametrize(
    ("week", "holidays", "now", "english", "spanish"),
    [
        ([], {}, "2026-11-23 09:00", "Closed for now", "Cerrado por ahora"),
        ([{"days": list(DAYS), "open": "00:00", "close": "24:00"}], {}, "2026-11-23 09:00", "Open now, day and night",
         "Abierto ahora, de día y de noche"),
        ([{"days": ["mon"], "open": "13:00", "close": "14:00"}], {"closed": ["2026-11-30"]}, "2026-11-23 15:00",
         "Opens Monday, December 7 at 1:00 pm Eastern time", "Abre el lunes 7 de diciembre a la 1:00 p. m., hora del este"),
        ([{"days": ["mon"], "open": "20:00", "close": "02:00"}], {}, "2026-11-23 21:00",
         "Open now, until tomorrow at 2:00 am Eastern time", "Abierto ahora, hasta mañana a las 2:00 a. m., hora del este"),
        ([{"days": ["mon"], "open": "11:00", "close": "24:00"}], {}, "2026-11-22 23:00",
         "Opens tomorrow at 11:00 am Eastern time", "Abre mañana a las 11:00 a. m., hora del este"),
    ],
)  # fmt: skip
def test_a_far_opening_is_told_with_its_date_and_none_is_told_as_none(
    week: list[dict[str, object]], holidays: dict[str, object], now: str, english: str, spanish: str
) -> None:
    example = load_center()
    center = dataclasses.replace(example, data={**example.data, "hours": week, "holidays": holidays})
    assert status_words(center, at(now), "en")[0] == english
    assert status_words(center, at(now), "es")[0] == spanish


ZONES = (EASTERN, "America/Phoenix", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo")
JUMPS = [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2027, 1, 1, 5, tzinfo=UTC)]


@st.composite
def weeks(draw: st.DrawFn) -> list[dict[str, object]]:
    """A few lines, at full quarter hours or off them, within a day or past midnight."""
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, 1439))
        end = draw(st.integers(1, 1440).filter(lambda value, start=start: value != start))
        days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True))
        lines.append(
            {"days": days, "open": f"{start // 60:02}:{start % 60:02}", "close": f"{end // 60:02}:{end % 60:02}"}
        )
    return lines


moments = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),
    st.builds(
        lambda jump, minutes: jump + timedelta(minutes=minutes), st.sampled_from(JUMPS), st.integers(-3000, 3000)
    ),
).map(lambda moment: moment.replace(second=0, microsecond=0))


def open_minutes(rules: Rules, start: datetime, minutes: int) -> list[bool]:
    """Minute by minute: an opening of a day runs from the first minute whose wall clock is at its start until the first at its end."""
    found = [False] * minutes
    day_minutes: dict[date, list[tuple[datetime, int]]] = {}
    for number in range(-3 * 1440, minutes + 3 * 1440):
        moment = start + number * MINUTE
        wall = moment.astimezone(rules.zone)
        day_minutes.setdefault(wall.date(), []).append((moment, wall.hour * 60 + wall.minute))

    def first(day: date, at_least: int) -> datetime | None:
        day, at_least = (day + timedelta(days=1), at_least - 1440) if at_least >= 1440 else (day, at_least)
        return next((moment for moment, clock in day_minutes.get(day, ()) if clock >= at_least), first_of_next(day))

    def first_of_next(day: date) -> datetime | None:
        following = day_minutes.get(day + timedelta(days=1))
        return following[0][0] if following else None

    for day in day_minutes:
        for opens, closes in spans_of(rules, day):
            begins, ends = first(day, opens), first(day, closes)
            if begins is None or ends is None:
                continue
            for number in range(max(0, (begins - start) // MINUTE), min(minutes, (ends - start) // MINUTE)):
                found[number] = True
    return found


@settings(max_examples=60, deadline=None)
@given(week=weeks(), zone=st.sampled_from(ZONES), now=moments)
@example(
    week=[{"days": list(DAYS), "open": "02:30", "close": "03:30"}], zone=EASTERN, now=JUMPS[0] - timedelta(hours=2)
)
@example(
    week=[{"days": list(DAYS), "open": "01:30", "close": "01:45"}], zone=EASTERN, now=JUMPS[1] - timedelta(hours=2)
)
@example(
    week=[{"days": list(DAYS), "open": "23:00", "close": "01:30"}], zone=EASTERN, now=JUMPS[1] - timedelta(hours=2)
)
@example(week=[{"days": ["fri"], "open": "08:00", "close": "18:00"}], zone=EASTERN, now=JUMPS[2] - timedelta(hours=2))
def test_the_status_is_what_a_walk_through_every_minute_finds(
    week: list[dict[str, object]], zone: str, now: datetime
) -> None:
    rules = read_rules(zone, week, US)
    minutes = open_minutes(rules, now, HORIZON // MINUTE + 1)
    change = next((number for number, is_open in enumerate(minutes) if is_open != minutes[0]), None)
    moment = None if change is None else now + change * MINUTE
    state = status_at(rules, now)
    assert isinstance(state, Open) == minutes[0]
    expected = state.until if isinstance(state, Open) else state.opens
    assert expected == moment or (expected is None and change is None)


@settings(max_examples=60, deadline=None)
@given(week=weeks(), zone=st.sampled_from(ZONES), now=moments)
def test_openings_are_in_order_and_never_touch(week: list[dict[str, object]], zone: str, now: datetime) -> None:
    found = openings(read_rules(zone, week), now, now + timedelta(days=9))
    assert all(start < end for start, end in found)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(found))

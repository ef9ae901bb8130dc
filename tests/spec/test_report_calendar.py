"""A course as an iCalendar, read back by a small parser of its own that follows RFC 5545 and shares no code with the writer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chemoplan.dosing.calendar_days import WorkingDays, read_holidays
from chemoplan.report.calendar import FOR_REVIEW, course_calendar
from tests.spec.course_people import planned

MONDAY = date(2026, 12, 7)


def lines_of(text: str) -> list[str]:
    """Content lines: CRLF ends a line, a blank after it goes on with it (section 3.1)."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    raw = text.split("\r\n")[:-1]
    assert all(len(line.encode("utf-8")) <= 75 for line in raw)
    found: list[str] = []
    for line in raw:
        if line.startswith(" "):
            found[-1] += line[1:]
        else:
            found.append(line)
    return found


def unescaped(text: str) -> str:
    """TEXT values (section 3.3.11)."""
    found, at = "", 0
    while at < len(text):
        if text[at] == "\\":
            found += {"n": "\n", "N": "\n", "\\": "\\", ";": ";", ",": ","}[text[at + 1]]
            at += 2
        else:
            assert text[at] not in ",;", text
            found += text[at]
            at += 1
    return found


def read(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The calendar's own properties, and its events as properties by name with their parameters."""
    lines = lines_of(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    own: dict[str, str] = {}
    events: list[dict[str, str]] = []
    inside = False
    for line in lines[1:-1]:
        name, sign, value = line.partition(":")
        assert sign == ":"
        if line in ("BEGIN:VEVENT", "END:VEVENT"):
            assert inside == (line == "END:VEVENT")
            inside = not inside
            events += [{}] if inside else []
            continue
        target = events[-1] if inside else own
        assert name not in target
        target[name] = value
    assert not inside
    return own, events


def days_of(event: dict[str, str]) -> set[date]:
    first, end = (
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
        for value in (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"])
    )
    return {first + timedelta(days=number) for number in range((end - first).days)}


COURSES: list[tuple[str, dict[str, Any]]] = [
    ("mfolfox6", {"cycles": 4}),
    ("capox", {"cycles": 2, "working": WorkingDays(weekends_off=True)}),
    ("lccrt-fluorouracil", {}),
    ("tnt-rapido", {"steps": {2: "capox"}, "begins": {2: date(2027, 1, 4), 3: date(2027, 7, 1)}}),
    ("hai-floxuridine-irinotecan", {"cycles": 2}),
]


@pytest.mark.parametrize(("name", "more"), COURSES, ids=[name for name, _ in COURSES])
def test_every_day_of_treatment_is_in_an_event_and_no_other_day_is(name: str, more: dict[str, Any]) -> None:
    result = planned(name, MONDAY, **more)
    own, events = read(course_calendar(result))
    expected = {date.fromisoformat(day["date"]) for cycle in result["cycles"] for day in cycle["days"]}
    expected |= {
        date.fromisoformat(step["starts"]) for step in result["steps"] if not step["regimen"] and step["starts"]
    }
    assert own["VERSION"] == "2.0"
    assert own["PRODID"]
    assert set().union(*map(days_of, events)) == expected


@pytest.mark.parametrize(("name", "more"), COURSES, ids=[name for name, _ in COURSES])
def test_each_event_has_what_the_standard_asks_and_says_that_it_is_a_plan(name: str, more: dict[str, Any]) -> None:
    _, events = read(course_calendar(planned(name, MONDAY, **more)))
    assert len({event["UID"] for event in events}) == len(events)
    for event in events:
        assert event["DTSTAMP"] == "20261126T000000Z"
        assert FOR_REVIEW in unescaped(event["DESCRIPTION"])
        assert unescaped(event["SUMMARY"]).startswith(f"invented: {name}")


def test_a_window_is_one_event_from_its_earliest_to_its_latest_day() -> None:
    result = planned(
        "tnt-opra-consolidation", MONDAY, steps={1: "lccrt-capecitabine", 2: "capox"}, begins={2: date(2027, 2, 1)}
    )
    _, events = read(course_calendar(result))
    days = days_of(next(event for event in events if "earliest to latest" in event["SUMMARY"]))
    window = result["steps"][2]["window"]
    assert (min(days).isoformat(), max(days).isoformat()) == (window["earliest"], window["latest"])


def test_the_same_course_gives_the_same_bytes_and_a_moved_one_the_same_ids() -> None:
    first = course_calendar(planned("mfolfox6", MONDAY, cycles=3))
    assert first == course_calendar(planned("mfolfox6", MONDAY, cycles=3))
    moved = course_calendar(planned("mfolfox6", MONDAY, cycles=3, delays={(1, 2): 7}))
    assert [event["UID"] for event in read(first)[1]] == [event["UID"] for event in read(moved)[1]]
    assert first != moved


def test_without_a_day_of_decision_the_stamp_is_the_start() -> None:
    result = {**planned("mfolfox6", MONDAY, cycles=1), "decided_on": None}
    assert {event["DTSTAMP"] for event in read(course_calendar(result))[1]} == {"20261207T000000Z"}


def test_it_carries_the_id_of_the_case_and_nothing_else_of_the_person() -> None:
    result = {**planned("mfolfox6", MONDAY, cycles=1), "title": "Somebody by name"}
    text = course_calendar(result)
    assert "Somebody" not in text
    assert not any(word in text for word in ("170", "70 kg", "1.82", "postoperative"))


@pytest.mark.parametrize("name", ["a,b;c\\d", "naïve 化学療法 " * 9, "two\nlines", "bell\x07"])
def test_odd_ids_are_escaped_and_folded_through_no_character(name: str) -> None:
    result = {**planned("mfolfox6", MONDAY, cycles=1), "case": name}
    _, events = read(course_calendar(result))
    said = unescaped(events[0]["SUMMARY"])
    assert said.startswith(name.replace("\x07", "").rstrip())


def test_a_calendar_of_this_program_can_be_read_as_a_list_of_days() -> None:
    result = planned("capox", MONDAY, cycles=2)
    expected = {date.fromisoformat(day["date"]) for cycle in result["cycles"] for day in cycle["days"]}
    assert read_holidays(course_calendar(result), "course.ics") == expected

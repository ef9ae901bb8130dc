"""What must hold for every course: days rise, no cycle comes early, days are those of the regimen, sums are exact."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.dosing.calendar_days import CalendarRefused, WorkingDays, read_holidays
from chemoplan.dosing.given import GivenRefused
from chemoplan.report.calendar import course_calendar
from chemoplan.report.schema import check_result
from tests.spec.course_people import knowledge, planned
from tests.spec.test_report_calendar import days_of, read

MOST = settings.default.max_examples if settings.default else 100
SOME = settings(max_examples=MOST // 5)
REGIMENS = sorted(knowledge().dosing.regimens)
STARTS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@st.composite
def courses(draw: Any) -> tuple[str, date, dict[str, Any]]:
    """A regimen with a start, a number of cycles, holidays and delays."""
    name, start = draw(st.sampled_from(REGIMENS)), draw(STARTS)
    regimen = knowledge().dosing.regimens[name]
    cycles = draw(st.integers(1, 8)) if regimen.cycle_days else None
    near = st.integers(0, 120).map(lambda days: start + timedelta(days=days))
    holidays = draw(st.frozensets(near, max_size=12))
    more: dict[str, Any] = {"working": WorkingDays(draw(st.booleans()), holidays)}
    if cycles and not any(part.fractions for part in regimen.parts):
        more["cycles"] = cycles
        numbers = st.integers(1, cycles).map(lambda number: (1, number))
        more["delays"] = draw(st.dictionaries(numbers, st.integers(1, 60), max_size=3))
    return name, start, more


@SOME
@given(courses())
def test_a_course_keeps_the_days_and_intervals_of_its_regimen(drawn: tuple[str, date, dict[str, Any]]) -> None:
    name, start, more = drawn
    regimen, working = knowledge().dosing.regimens[name], more["working"]
    result = planned(name, start, **more)
    cycles = result["cycles"]
    firsts = [date.fromisoformat(cycle["day1"]) for cycle in cycles]
    dates = [day["date"] for cycle in cycles for day in cycle["days"]]
    assert dates == sorted(set(dates))
    if "cycles" in more:
        assert len(cycles) == more["cycles"]
    for before, cycle in pairwise(firsts):
        assert (cycle - before).days >= regimen.cycle_days
    for cycle, first in zip(cycles, firsts, strict=True):
        assert sum(move["days"] for move in cycle["moves"]) == cycle["moved"] >= 0
        assert all(day["day"] == (date.fromisoformat(day["date"]) - first).days + 1 for day in cycle["days"])
        oral = {part.id for part in regimen.parts if part.route == "oral"}
        if {part.id for part in regimen.parts if not part.days or 1 in part.days} - oral:
            assert first not in working.holidays
            assert not (working.weekends_off and first.weekday() >= 5)
        for part in regimen.parts:
            if part.fractions is None and (part.days or regimen.cycle_days):
                _days_are_published(part, cycle)
    _radiation(regimen, cycles, working)


def _days_are_published(part: Any, cycle: dict[str, Any]) -> None:
    due = [
        (day["day"], item)
        for day in cycle["days"]
        for item in day["drugs"]
        if item["part"] == part.id and item["what"] == "give"
    ]
    length = knowledge().dosing.regimens[cycle["regimen"]].cycle_days or 0
    published = part.days or tuple(range(1, length + 1))
    extra = (published[-1] + 1,) if part.evening_start else ()
    assert tuple(sorted({day for day, _ in due})) == (*published, *extra)
    if part.loading is None and part.later is None and not part.by_weight:
        assert sum(item["times_per_day"] for _, item in due) == len(published) * part.dose.times_per_day


def _radiation(regimen: Any, cycles: list[dict[str, Any]], working: WorkingDays) -> None:
    """Each fraction once, in order, on weekdays that are no holidays."""
    found = [
        (item["fraction"], date.fromisoformat(day["date"]))
        for cycle in cycles
        for day in cycle["days"]
        for item in day["drugs"]
        if item["fraction"]
    ]
    count = sum(part.fractions or 0 for part in regimen.parts)
    assert [number for number, _ in found] == list(range(1, count + 1))
    assert all(day.weekday() < 5 and day not in working.holidays for _, day in found)


@settings(max_examples=MOST // 25)
@given(courses())
def test_a_course_fits_its_schema_and_its_calendar_holds_its_days(drawn: tuple[str, date, dict[str, Any]]) -> None:
    name, start, more = drawn
    result = planned(name, start, **more)
    assert check_result("course", result) == []
    _, events = read(course_calendar(result))
    assert len({event["UID"] for event in events}) == len(events)
    expected = {date.fromisoformat(day["date"]) for cycle in result["cycles"] for day in cycle["days"]}
    assert set().union(*map(days_of, events)) == expected


WORDS = st.sampled_from(
    ["cycle", "date", "drugs", "drug", "dose", "unit", "doses", "omitted", "because", "step", "bsa", "delayed", "oxaliplatin", "85 mg/m2",
     "fluorouracil", "2026-10-29", "mg", "", "-1", "1e9 mg", "\x00"]
)  # fmt: skip
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=8),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(WORDS, below, max_size=6),
    max_leaves=25,
)


@SOME
@given(
    PLAIN
    | st.lists(st.fixed_dictionaries({"cycle": st.just(1), "date": st.just("2026-10-29"), "drugs": PLAIN}), max_size=2)
)
def test_whatever_a_list_holds_it_is_read_or_refused_line_by_line(raw: Any) -> None:
    try:
        planned("mfolfox6", date(2026, 10, 29), raw, cycles=4) if raw is not None else None
    except GivenRefused as refused:
        assert refused.lines
        assert all(line.startswith("given.yaml") and "\n" not in line for line in refused.lines)


@SOME
@given(
    st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{text}\nEND:VEVENT")
)
def test_whatever_a_file_of_holidays_holds_it_is_read_or_refused(text: str) -> None:
    try:
        assert all(isinstance(day, date) for day in read_holidays(text, "free"))
    except CalendarRefused as refused:
        assert all("\n" not in line for line in refused.lines)


HUNDREDTHS = st.integers(1, 17_000).map(lambda number: Decimal(number) / 100)


@SOME
@given(st.lists(st.tuples(HUNDREDTHS, st.integers(0, 20)), min_size=1, max_size=9))
def test_what_was_given_adds_up_to_the_hundredth(drawn: list[tuple[Decimal, int]]) -> None:
    day, rows = date(2025, 1, 6), []
    for number, (dose, late) in enumerate(drawn, 1):
        day += timedelta(days=14 + late if number > 1 else 0)
        rows.append(
            {"cycle": number, "date": day.isoformat(), "drugs": [{"drug": "oxaliplatin", "dose": f"{dose} mg/m2"}]}
        )
    result = planned("mfolfox6", date(2025, 1, 6), rows, cycles=12, decided_on="2026-11-26")
    total = sum((dose for dose, _ in drawn), Decimal(0))
    sums = next(row for row in result["cumulative"] if row["drug"] == "oxaliplatin")
    share = next(row for row in result["intensity"] if row["part"] == "oxaliplatin")
    assert Decimal(repr(sums["given"])) == total
    assert share["days_taken"] == 14 * len(drawn) + sum(late for _, late in drawn[1:])
    assert abs(share["dose_percent"] - float(total / (85 * len(drawn)) * 100)) <= 0.0501
    assert [row["days"] for row in result["delays"]] == [late for _, late in drawn[1:] if late]


@SOME
@given(STARTS, st.sampled_from(["capox", "folfox4"]), st.integers(1, 60), st.booleans())
def test_the_steps_of_a_sequence_do_not_overlap(start: date, chosen: str, wait: int, weekends: bool) -> None:
    working = WorkingDays(weekends)
    alone = planned("tnt-rapido", start, working=working)
    begins = date.fromisoformat(alone["steps"][0]["ends"]) + timedelta(days=wait)
    result = planned("tnt-rapido", start, steps={2: chosen}, begins={2: begins}, working=working)
    dates = [day["date"] for cycle in result["cycles"] for day in cycle["days"]]
    assert dates == sorted(set(dates))
    assert result["steps"][0]["ends"] < result["steps"][1]["starts"]
    assert result["steps"][2]["starts"] is None

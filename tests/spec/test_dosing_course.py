"""A course on a calendar: days of cycles, what moves them, steps of a sequence, what was given, and the next cycle."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.calendar_days import CalendarRefused, WorkingDays, read_holidays
from chemoplan.dosing.course import course_of
from chemoplan.dosing.course_cycles import CourseRefused
from chemoplan.dosing.given import GivenRefused
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.knowledge.regimens import PublishedDose
from chemoplan.report.schema import check_result
from tests.spec.course_people import case, cycle_given, due, first_days, ids, knowledge, planned

THURSDAY = date(2026, 12, 3)
MONDAY = date(2026, 12, 7)


def days_of(result: dict[str, Any], part: str, what: str = "give", **at: int) -> list[int]:
    return [day for day, name, does, _ in due(result, **at) if (name, does) == (part, what)]


# The days of a cycle


def test_a_cycle_follows_the_one_before_by_its_length() -> None:
    result = planned("mfolfox6", THURSDAY, cycles=3)
    assert first_days(result) == ["2026-12-03", "2026-12-17", "2026-12-31"]
    assert [cycle["rest"]["days"] for cycle in result["cycles"]] == [11, 11, 11]
    assert check_result("course", result) == []


@pytest.mark.parametrize(
    ("regimen", "part", "given", "ends"),
    [
        ("mfolfox6", "fluorouracil-infusion", [1], [3]),  # 46 h
        ("folfox4", "fluorouracil-infusion", [1, 2], [2, 3]),  # 22 h, twice
        ("folfoxiri", "fluorouracil-infusion", [1], [3]),  # 48 h
        ("lccrt-fluorouracil-cao", "fluorouracil-infusion", [1, 2, 3, 4, 5, 29, 30, 31, 32, 33], [6, 34]),  # 120 h
        ("hai-floxuridine", "floxuridine", list(range(1, 15)), [15]),
        ("mfolfox6", "oxaliplatin", [1], []),
        ("trifluridine-tipiracil", "trifluridine_tipiracil", [1, 2, 3, 4, 5, 8, 9, 10, 11, 12], []),
        ("entrectinib", "entrectinib", list(range(1, 29)), []),
        ("roswell-park", "leucovorin", [1, 8, 15, 22, 29, 36], []),
    ],
)
def test_days_of_treatment_and_the_ends_of_infusions(
    regimen: str, part: str, given: list[int], ends: list[int]
) -> None:
    result = planned(regimen, MONDAY, **({"cycles": 1} if "lccrt" not in regimen else {}))
    assert days_of(result, part) == given
    assert days_of(result, part, "end") == ends


def test_a_pump_that_goes_on_in_the_next_cycle_does_not_end_on_its_first_day() -> None:
    result = planned("lccrt-fluorouracil", MONDAY)
    assert [days_of(result, "fluorouracil-infusion", "end", cycle=number) for number in (1, 5, 6)] == [[], [], [8]]


def test_capecitabine_with_oxaliplatin_runs_from_an_evening_to_a_morning() -> None:
    result = planned("capox", MONDAY, cycles=1)
    whens = {day: when for day, part, _, when in due(result) if part == "capecitabine"}
    assert list(whens) == list(range(1, 16))
    assert (whens[1], whens[15], {whens[day] for day in range(2, 15)}) == ("evening", "morning", {""})
    doses = [
        item["times_per_day"]
        for day in result["cycles"][0]["days"]
        for item in day["drugs"]
        if item["part"] == "capecitabine"
    ]
    assert sum(doses) == 28
    assert result["cycles"][0]["rest"] == {"from": "2026-12-22", "to": "2026-12-27", "days": 6}


def test_capecitabine_alone_begins_in_the_morning() -> None:
    assert days_of(planned("capecitabine", MONDAY, cycles=1), "capecitabine") == list(range(1, 15))


def test_a_loading_dose_is_in_the_first_cycle_only() -> None:
    result = planned("tucatinib-trastuzumab", MONDAY, cycles=2)
    doses = [
        [item["published"] for item in cycle["days"][0]["drugs"] if item["drug"] == "trastuzumab"]
        for cycle in result["cycles"]
    ]
    assert doses == [[8], [6]]


def test_a_choice_may_change_days_and_the_length_of_the_cycle() -> None:
    assert first_days(planned("pembrolizumab", MONDAY, cycles=2, choices={"pembrolizumab": "every-six-weeks"})) == [
        "2026-12-07",
        "2027-01-18",
    ]
    result = planned("encorafenib-cetuximab", MONDAY, cycles=1, choices={"cetuximab": "every-two-weeks"})
    assert days_of(result, "cetuximab") == [1, 15]


def test_choices_that_make_cycles_of_two_lengths_are_refused() -> None:
    with pytest.raises(CourseRefused, match="choose for leucovorin"):
        planned("hai-floxuridine-oxaliplatin-fluorouracil", MONDAY, cycles=1, choices={"oxaliplatin": "unresectable"})


def test_a_dose_that_waits_for_a_choice_is_not_shown() -> None:
    def folinate(**more: Any) -> Any:
        result = planned("folfoxiri", MONDAY, cycles=1, **more)
        return next(
            item["published"] for item in result["cycles"][0]["days"][0]["drugs"] if item["part"] == "leucovorin"
        )

    assert folinate() is None
    assert folinate(choices={"leucovorin": "levo"}) == 200


# Radiation


@pytest.mark.parametrize(
    ("start", "dates"),
    [
        (MONDAY, ["2026-12-07", "2026-12-08", "2026-12-09", "2026-12-10", "2026-12-11"]),
        (THURSDAY, ["2026-12-03", "2026-12-04", "2026-12-07", "2026-12-08", "2026-12-09"]),
        (date(2026, 12, 5), ["2026-12-07", "2026-12-08", "2026-12-09", "2026-12-10", "2026-12-11"]),
    ],
)
def test_radiation_is_given_on_weekdays_only(start: date, dates: list[str]) -> None:
    result = planned("scrt", start)
    assert [day["date"] for day in result["cycles"][0]["days"]] == dates
    assert ("radiation-gap" in ids(result)) == (start == THURSDAY)
    assert [item["published"] for day in result["cycles"][0]["days"] for item in day["drugs"]] == [5] * 5


def test_radiation_leaves_out_holidays() -> None:
    free = WorkingDays(holidays=frozenset({date(2026, 12, 9)}))
    result = planned("scrt", MONDAY, working=free)
    assert [day["day"] for day in result["cycles"][0]["days"]] == [1, 2, 4, 5, 8]


def test_capecitabine_goes_with_the_days_of_radiation() -> None:
    result = planned("lccrt-capecitabine", MONDAY)
    assert days_of(result, "capecitabine") == days_of(result, "radiation")
    assert len(days_of(result, "radiation")) == 28
    assert result["cycles"][0]["days"][-1]["date"] == "2027-01-13"


def test_weekly_pumps_last_as_long_as_the_radiation() -> None:
    result = planned("lccrt-fluorouracil", MONDAY)
    assert len(result["cycles"]) == 6
    assert sum(len(days_of(result, "radiation", cycle=cycle["cycle"])) for cycle in result["cycles"]) == 28
    assert "radiation-ends" in ids(result)


# What moves a day


def test_a_weekend_is_left_only_when_asked_and_later_cycles_follow() -> None:
    saturday = date(2026, 12, 5)
    assert first_days(planned("mfolfox6", saturday, cycles=2)) == ["2026-12-05", "2026-12-19"]
    result = planned("mfolfox6", saturday, cycles=2, working=WorkingDays(weekends_off=True))
    assert first_days(result) == ["2026-12-07", "2026-12-21"]
    assert result["cycles"][0]["moves"] == [{"days": 2, "why": "2026-12-05 is a Saturday"}]
    assert [cycle["moved"] for cycle in result["cycles"]] == [2, 2]


def test_a_holiday_moves_to_the_next_day_that_is_neither_holiday_nor_weekend() -> None:
    free = WorkingDays(holidays=frozenset({date(2026, 12, 25)}))
    result = planned("mfolfox6", date(2026, 12, 11), cycles=3, working=free)
    assert first_days(result) == ["2026-12-11", "2026-12-28", "2027-01-11"]


def test_tablets_taken_at_home_begin_on_any_day() -> None:
    result = planned("capecitabine", date(2026, 12, 5), cycles=1, working=WorkingDays(weekends_off=True))
    assert first_days(result) == ["2026-12-05"]


def test_only_day_1_is_moved_and_the_rest_is_told() -> None:
    result = planned("mfolfox6", THURSDAY, cycles=1, working=WorkingDays(weekends_off=True))
    warning = next(row for row in result["warnings"] if row["id"] == "free-days")
    assert "2026-12-05 (a Saturday, cycle 1 day 3)" in warning["text"]


def test_a_delay_moves_its_cycle_and_those_after_it() -> None:
    result = planned("mfolfox6", THURSDAY, cycles=3, delays={(1, 2): 7})
    assert first_days(result) == ["2026-12-03", "2026-12-24", "2027-01-07"]
    assert [cycle["planned_day1"] for cycle in result["cycles"]] == ["2026-12-03", "2026-12-17", "2026-12-31"]


def test_every_move_adds_up() -> None:
    free = WorkingDays(True, frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    result = planned("mfolfox6", THURSDAY, cycles=4, delays={(1, 2): 7, (1, 3): 2}, working=free)
    for cycle in result["cycles"]:
        assert sum(move["days"] for move in cycle["moves"]) == cycle["moved"]


def test_holidays_that_leave_no_working_day_are_refused() -> None:
    every = frozenset(MONDAY + timedelta(days=number) for number in range(100))
    with pytest.raises(CalendarRefused, match="no working day within 60 days"):
        planned("mfolfox6", MONDAY, cycles=1, working=WorkingDays(holidays=every))


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-25\n2027-01-01 New Year\n",
        "# free\n- 2026-12-25\n- 2027-01-01\n",
        '"2026-12-25": Christmas\n2027-01-01: New Year',
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALU\n E=DATE:20261225\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20270101T000000\nEND:VEVENT\n",
    ],
)
def test_holidays_are_read_from_dates_and_from_a_calendar(text: str) -> None:
    assert read_holidays(text, "free") == {date(2026, 12, 25), date(2027, 1, 1)}


def test_a_holiday_of_several_days_counts_each() -> None:
    text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nEND:VEVENT\n"
    assert len(read_holidays(text, "free.ics")) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-12-25\n25.12.2026\n", "free, line 2: '25.12.2026' is no date; expected YYYY-MM-DD"),
        ("2026-02-30", "line 1: '2026-02-30' is no date"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:X\nDTSTART:20261225\nRRULE:FREQ=YEARLY\nEND:VEVENT",
            "event 'X': repeats by a rule",
        ),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:X\nEND:VEVENT", "event 'X': has no DTSTART"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nDTEND:20270101\nEND:VEVENT", "lasts 365 days"),
    ],
)
def test_a_list_that_is_no_list_of_holidays_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(CalendarRefused) as refused:
        read_holidays(text, "free")
    assert len(refused.value.lines) == 1
    assert said in refused.value.lines[0]


# Steps of a sequence


def statuses(result: dict[str, Any]) -> list[str]:
    return [step["status"] for step in result["steps"]]


def test_no_date_is_made_up_where_no_source_gives_the_weeks_between() -> None:
    result = planned("tnt-rapido", MONDAY, steps={2: "capox"})
    assert statuses(result) == ["planned", "date open", "date open"]
    assert result["steps"][1]["gap"] == "not given by the source"
    assert not result["complete"]
    assert {cycle["step"] for cycle in result["cycles"]} == {1}


def test_a_step_with_several_regimens_waits_for_a_choice() -> None:
    result = planned("tnt-rapido", MONDAY)
    assert statuses(result)[1] == "choose"
    assert result["steps"][1]["regimens"] == ["capox", "folfox4"]


def test_with_dates_stated_a_sequence_is_whole() -> None:
    begins = {2: date(2026, 12, 28), 3: date(2027, 6, 1)}
    result = planned("tnt-rapido", MONDAY, steps={2: "folfox4"}, begins=begins)
    assert statuses(result) == ["planned"] * 3
    assert Counter(cycle["regimen"] for cycle in result["cycles"]) == {"scrt": 1, "folfox4": 9}
    assert result["complete"]
    assert check_result("course", result) == []


def test_a_range_of_weeks_is_a_window_counted_from_the_last_day_of_treatment() -> None:
    result = planned(
        "tnt-opra-consolidation", MONDAY, steps={1: "lccrt-capecitabine", 2: "capox"}, begins={2: date(2027, 2, 1)}
    )
    window = result["steps"][2]["window"]
    last = date.fromisoformat(result["steps"][1]["ends"])
    assert statuses(result)[2] == "window"
    assert window["earliest"] == (last + timedelta(weeks=8)).isoformat()
    assert window["latest"] == (last + timedelta(weeks=12)).isoformat()


@pytest.mark.parametrize(
    ("day", "outside"), [(date(2027, 7, 10), False), (date(2027, 5, 20), True), (date(2027, 9, 1), True)]
)
def test_a_date_outside_the_window_is_told(day: date, outside: bool) -> None:
    begins = {2: date(2027, 2, 1), 3: day}
    result = planned("tnt-opra-consolidation", MONDAY, steps={1: "lccrt-capecitabine", 2: "capox"}, begins=begins)
    assert ("outside-window" in ids(result)) is outside


def test_a_step_that_depends_on_the_response_is_left_to_be_decided() -> None:
    assert statuses(planned("prospect-selective-crt", MONDAY)) == [
        "planned",
        "date open",
        "choice",
        "date open",
        "choice",
    ]
    chosen = planned("prospect-selective-crt", MONDAY, steps={3: "lccrt-capecitabine"}, begins={3: date(2027, 4, 5)})
    assert statuses(chosen)[2] == "planned"


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("tnt-rapido", {"steps": {2: "folfiri"}}, "--choose 2=folfiri: expected one of capox, folfox4"),
        ("tnt-rapido", {"steps": {7: "capox"}}, "--choose 7=capox: tnt-rapido has steps 1 to 3"),
        ("tnt-rapido", {"steps": {3: "capox"}}, "this step has no regimens"),
        ("tnt-rapido", {"steps": {2: "capox"}, "begins": {2: date(2026, 12, 8)}}, "step 1 ends on 2026-12-11; expected a later day"),
        ("tnt-rapido", {"begins": {9: MONDAY}}, "has steps 2 to 3 to begin"),
        ("tnt-rapido", {"cycles": 3}, "says itself how many cycles"),
        ("tnt-rapido", {"delays": {(2, 1): 7}}, "no such step with cycles"),
        ("mfolfox6", {"begins": {2: MONDAY}}, "its first day is --start"),
        ("mfolfox6", {"steps": {2: "capox"}}, "is one regimen, and has no steps"),
        ("mfolfox6", {"cycles": 2, "delays": {(1, 3): 7}}, "has no cycle 3"),
        ("mfolfox6", {"cycles": 0}, "expected 1 to 60"),
        ("mfolfox6", {"cycles": 2, "choices": {"oxaliplatin": "half"}}, "no choice for 'oxaliplatin' (it has no choices)"),
        ("folfoxiri", {"cycles": 2, "choices": {"leucovorin": "half"}}, "expected one of racemic, levo"),
        ("scrt", {"cycles": 2}, "it is given once, not 2 times"),
        ("mfolfox6", {"start": date(9999, 12, 31), "cycles": 2}, "expected a day between 1950 and 2150"),
        ("mfolfox6", {"cycles": 4, "given": [cycle_given(1, "2026-10-29")], "delays": {(1, 1): 7}}, "cycle 1 was given already"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_plan_is_refused(name: str, more: dict[str, Any], said: str) -> None:
    with pytest.raises(CourseRefused) as refused:
        planned(name, **{"start": MONDAY, **more})
    assert any(said in line for line in refused.value.lines), refused.value.lines


def test_an_id_that_is_none_says_what_may_be_meant() -> None:
    with pytest.raises(CourseRefused, match="did you mean tnt-rapido"):
        course_of("tnt-rapdo", knowledge())
    with pytest.raises(CourseRefused, match="at version 1, not 4"):
        course_of("tnt-rapido@4", knowledge())
    with pytest.raises(DoseRefused, match="no regimen id"):
        course_of("FOLFOX", knowledge())


def test_how_many_cycles_is_asked_when_nobody_says() -> None:
    result = planned("mfolfox6", MONDAY)
    assert len(result["cycles"]) == 1
    assert "cycles-open" in ids(result)
    assert "cycles-open" not in ids(planned("mfolfox6", MONDAY, cycles=1))


# What was given


def of(rows: list[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    return next(row for row in rows if row[key] == name)


TWO = [cycle_given(1, "2026-10-29"), cycle_given(2, "2026-11-12")]


def test_cumulative_doses_are_sums() -> None:
    result = planned("mfolfox6", date(2026, 10, 29), TWO, cycles=4)
    assert [(row["drug"], row["given"]) for row in result["cumulative"]] == [
        ("oxaliplatin", 170),
        ("leucovorin", 800),
        ("fluorouracil", 5600),
    ]
    assert {row["intensity_percent"] for row in result["intensity"]} == {100}
    assert check_result("course", result) == []


def test_a_mass_counts_with_the_surface_of_its_own_cycle() -> None:
    given = [
        cycle_given(1, "2026-10-29", {"oxaliplatin": "154.7 mg"}, bsa=1.82),
        cycle_given(2, "2026-11-12", {"oxaliplatin": "153 mg"}, bsa=1.8),
    ]
    row = of(planned("mfolfox6", given=given, cycles=4)["cumulative"], "drug", "oxaliplatin")
    assert (row["given"], row["mass"], row["missing"]) == (170, 307.7, [])


def test_without_a_surface_the_sum_is_not_known() -> None:
    given = [cycle_given(1, "2026-10-29", {"oxaliplatin": "154.7 mg"})]
    row = of(planned("mfolfox6", given=given, cycles=4)["cumulative"], "drug", "oxaliplatin")
    assert (row["given"], row["mass"]) == (None, 154.7)
    assert row["missing"] == ["the body surface area of cycle 1"]


def test_a_drug_that_is_not_listed_is_not_known_and_never_zero() -> None:
    result = planned("mfolfox6", given=[cycle_given(1, "2026-10-29", {"leucovorin": None})], cycles=4)
    row = of(result["cumulative"], "drug", "leucovorin")
    assert (row["given"], row["missing"]) == (None, ["the dose of leucovorin in cycle 1"])
    assert of(result["intensity"], "part", "leucovorin")["dose_percent"] is None


def test_dose_intensity_takes_dose_and_time() -> None:
    given = [
        cycle_given(1, "2026-10-29"),
        cycle_given(2, "2026-11-19", {"oxaliplatin": "65 mg/m2"}, delayed="neutrophils 1.1"),
    ]
    result = planned("mfolfox6", date(2026, 10, 29), given, cycles=4)
    row = of(result["intensity"], "part", "oxaliplatin")
    assert (row["dose_percent"], row["days_published"], row["days_taken"]) == (88.2, 28, 35)
    assert row["intensity_percent"] == 70.6  # 150 of 170 mg/m2, 28 of 35 days
    assert result["delays"] == [
        {"step": 1, "cycle": 2, "days": 7, "expected": "2026-11-12", "day1": "2026-11-19", "reason": "neutrophils 1.1"}
    ]


def test_tablets_count_by_the_doses_that_were_taken() -> None:
    drugs = [{"drug": "oxaliplatin", "dose": "130 mg/m2"}, {"drug": "capecitabine", "dose": "1000 mg/m2", "doses": 21}]
    given = [{"cycle": 1, "date": "2026-11-05", "drugs": drugs}]
    result = planned("capox", given=given, cycles=4)
    assert of(result["cumulative"], "drug", "capecitabine")["given"] == 21000
    assert of(result["intensity"], "part", "capecitabine")["dose_percent"] == 75


def test_a_loading_dose_and_the_doses_after_it_are_two_rows() -> None:
    drugs = [
        {"drug": "encorafenib", "dose": "300 mg"},
        {"drug": "cetuximab", "dose": "400 mg/m2", "doses": 1},
        {"drug": "cetuximab", "dose": "250 mg/m2", "doses": 3},
    ]
    result = planned("encorafenib-cetuximab", given=[{"cycle": 1, "date": "2026-10-29", "drugs": drugs}], cycles=2)
    row = of(result["cumulative"], "drug", "cetuximab")
    assert (row["given"], row["published"]) == (1150, 1150)


def test_a_part_left_out_is_told_with_its_first_cycle() -> None:
    omitted = {"fluorouracil-bolus": {"omitted": "neutropenia"}}
    given = [cycle_given(1, "2026-10-29"), cycle_given(2, "2026-11-12", omitted)]
    result = planned("mfolfox6", given=given, cycles=4)
    assert result["dropped"] == [{"step": 1, "part": "fluorouracil-bolus", "from_cycle": 2, "reason": "neutropenia"}]
    assert of(result["intensity"], "part", "fluorouracil-bolus")["dose_percent"] == 50


@pytest.mark.parametrize(
    ("regimen", "cycles", "reaches"), [("mfolfox6", 9, None), ("mfolfox6", 12, 10), ("capox", 5, None), ("capox", 8, 6)]
)
def test_the_cycle_is_named_with_which_oxaliplatin_reaches_its_range(
    regimen: str, cycles: int, reaches: int | None
) -> None:
    result = planned(regimen, MONDAY, cycles=cycles)
    found = [row for row in result["warnings"] if row["id"] == "cumulative-oxaliplatin"]
    assert [row["cycle"] for row in found] == ([] if reaches is None else [reaches])
    assert all(row["evidence"][0]["status"] == "unverified" for row in found)


def test_oxaliplatin_of_earlier_courses_counts() -> None:
    result = planned("mfolfox6", MONDAY, cycles=4, facts={"oxaliplatin_given": 600})
    assert next(row["cycle"] for row in result["warnings"] if row["id"] == "cumulative-oxaliplatin") == 3
    both = planned("mfolfox6", given=TWO, cycles=4, facts={"oxaliplatin_given": 600})
    assert of(both["cumulative"], "drug", "oxaliplatin")["before"] == 430
    less = planned("mfolfox6", given=TWO, cycles=4, facts={"oxaliplatin_given": 85})
    assert "cumulative-oxaliplatin-differs" in ids(less)


def test_cycles_given_take_their_own_dates_and_the_next_follow_them() -> None:
    given = [cycle_given(1, "2026-10-29"), cycle_given(2, "2026-11-19", delayed="fever")]
    result = planned("mfolfox6", date(2026, 10, 29), given, cycles=4)
    assert first_days(result) == ["2026-10-29", "2026-11-19", "2026-12-03", "2026-12-17"]
    assert [cycle["given"] for cycle in result["cycles"]] == [True, True, False, False]


def test_a_cycle_that_is_overdue_is_not_planned_in_the_past() -> None:
    result = planned("mfolfox6", date(2026, 10, 1), [cycle_given(1, "2026-10-01")], cycles=2)
    assert first_days(result) == ["2026-10-01", "2026-11-26"]
    assert result["cycles"][1]["moves"][-1]["why"] == "not given by 2026-11-26"


def test_a_cycle_given_too_early_is_a_finding() -> None:
    result = planned("mfolfox6", given=[cycle_given(1, "2026-10-29"), cycle_given(2, "2026-11-09")], cycles=4)
    found = next(row for row in result["warnings"] if row["id"] == "early-cycle")
    assert (found["severity"], found["cycle"]) == ("reject", 2)
    assert "not before 2026-11-12" in found["text"]


def test_a_step_of_a_sequence_that_was_cut_short_is_not_planned_on() -> None:
    given = [{"step": 1, **cycle_given(1, "2026-08-06")}, {"step": 1, **cycle_given(2, "2026-08-20")}]
    given.append({"step": 3, "cycle": 1, "date": "2026-09-14", "drugs": []})
    result = planned("prospect-selective-crt", date(2026, 8, 6), given, steps={3: "lccrt-capecitabine"})
    assert Counter(cycle["step"] for cycle in result["cycles"]) == {1: 2, 3: 1}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "expected a list of cycles"),
        ([], "expected a list of cycles"),
        (["x"], "[0]: is only text"),
        ([{"date": "2026-10-29"}], "[0].cycle: None; expected the number of the cycle"),
        ([cycle_given(1, "29.10.2026")], "cycle 1, date: '29.10.2026' is no date"),
        ([cycle_given(1, "0001-01-01")], "cycle 1, date: '0001-01-01' is no date"),
        ([cycle_given(1, "2026-10-29"), cycle_given(1, "2026-11-12")], "cycle 1: stands after cycle 1"),
        ([cycle_given(1, "2026-10-29"), cycle_given(2, "2026-10-29")], "cycle 2: given on 2026-10-29, not after cycle 1 on 2026-10-29"),
        ([cycle_given(1, "2026-10-29"), cycle_given(3, "2026-11-12")], "cycle 2: is missing"),
        ([cycle_given(1, "2026-12-29")], "after the day of the decision, 2026-11-26"),
        ([cycle_given(1, "2026-10-29", {"irinotecan": "180 mg/m2"})], "'irinotecan' is no drug of this regimen"),
        ([cycle_given(1, "2026-10-29", {"fluorouracil": "400 mg/m2"})], "fluorouracil-bolus and fluorouracil-infusion; name one"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": 154})], "unit: not stated; add mg or mg/m2"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": "85 mg/kg"})], "mg/kg, but the regimen gives it in mg/m2"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": "850 mg/m2"})], "more than twice the published 85 mg/m2"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": "1547 mg"}, bsa=1.82)], "more than twice the published 85 mg/m2"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": "-85 mg/m2"})], "expected a dose with its unit"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": {"dose": "85 mg/m2", "omitted": "fever"}})], "was omitted, yet a dose"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": {"dose": "85 mg/m2", "doses": 2}})], "doses: 2; expected 1 to 1"),
        ([cycle_given(1, "2026-10-29", {"oxaliplatin": {"dose": "65 mg/m2", "because": "nonsense"}})], "is no rule id"),
        ([cycle_given(1, "2026-10-29", bsa=18.2)], "cycle 1, bsa"),
        ([cycle_given(1, "2026-10-29", day1="x")], "[0].day1: unknown key"),
        ([{**cycle_given(1, "2026-10-29"), "step": 2}], "cycle 1, step: 2; steps with a regimen: 1"),
    ],
)  # fmt: skip
def test_a_contradiction_in_the_list_is_one_clear_line(given: Any, said: str) -> None:
    with pytest.raises(GivenRefused) as refused:
        planned("mfolfox6", MONDAY, given, cycles=4)
    assert len(refused.value.lines) == 1, refused.value.lines
    assert said in refused.value.lines[0]


# The next cycle


def after(
    given: Any = None, facts: dict[str, Any] | None = None, regimen: str = "mfolfox6", **more: Any
) -> dict[str, Any]:
    result = planned(regimen, given=TWO if given is None else given, facts=facts, cycles=more.pop("cycles", 4), **more)
    found = result["next"]
    assert isinstance(found, dict)
    return {**found, "said": ids(result)}


def test_without_given_cycles_nothing_is_recommended() -> None:
    assert planned("mfolfox6", MONDAY, cycles=2)["next"] is None


def test_when_nothing_speaks_against_it_the_next_cycle_is_given() -> None:
    found = after()
    assert (found["recommendation"], found["cycle"], found["not_before"]) == ("give", 3, "2026-11-26")
    assert found["order"]["cycle"] == 3
    assert {row["part"]: row["now"] for row in found["changes"]}["oxaliplatin"] == 154.7


def test_low_counts_delay_it() -> None:
    found = after(facts={"neutrophils": 1.1})
    assert found["recommendation"] == "delay"
    assert all(row["now"] is None for row in found["changes"])


def test_a_fact_that_is_not_known_recommends_nothing() -> None:
    found = after(facts={"neutrophils": None})
    assert found["recommendation"] == "conditional"
    assert any("neutrophils" in text for text in found["because"])


def test_a_reduction_is_told_beside_the_last_dose() -> None:
    given = [cycle_given(1, "2026-11-12", bsa=1.82)]
    found = after(given, facts={"creatinine": 4.0})
    assert found["recommendation"] == "reduce"
    change = of(found["changes"], "part", "oxaliplatin")
    assert (change["last"], change["now"], change["change"]) == (154.7, 118.3, "lower")


def test_before_its_day_it_waits() -> None:
    found = after(decided_on="2026-11-20")
    assert (found["recommendation"], found["not_before"]) == ("wait", "2026-11-26")
    assert "early-cycle" in found["said"]


def test_a_case_at_another_cycle_has_to_be_checked_first() -> None:
    found = after(facts={"cycle_number": 7})
    assert found["recommendation"] == "decide"
    assert "cycle-number-differs" in found["said"]


def test_after_the_last_planned_cycle_there_is_none() -> None:
    found = after(cycles=2)
    assert (found["recommendation"], found["cycle"], found["order"]) == ("complete", None, None)


def capox(dose: str, **more: Any) -> list[dict[str, Any]]:
    drugs = [{"drug": "oxaliplatin", "dose": "130 mg/m2"}, {"drug": "capecitabine", "dose": dose, **more}]
    return [{"cycle": 1, "date": "2026-11-05", "bsa": 1.82, "drugs": drugs}]


def test_a_reduced_dose_that_may_be_raised_is_raised_and_told() -> None:
    found = after([cycle_given(1, "2026-11-12", {"oxaliplatin": "65 mg/m2"}, bsa=1.82)])
    assert of(found["changes"], "part", "oxaliplatin")["change"] == "higher"
    assert "raised-again" in found["said"]


def capped(dose: str, unit: str, kept: str = "", regimen: str = "mfolfox6", part: str = "oxaliplatin") -> Any:
    last = {part: PublishedDose(Decimal(dose), unit)}
    request = OrderRequest(last_doses=last, kept={part: kept} if kept else {})
    made = order(regimen_of(regimen, knowledge()), case({"cycle_number": 3}), knowledge(), request)
    return of(made["drugs"], "part", part)


@pytest.mark.parametrize(
    ("dose", "unit", "kept", "expected"),
    [
        ("65", "mg/m2", "a rule", 118.3),
        ("100", "mg", "a rule", 100),
        ("65", "mg/m2", "", 154.7),  # nothing keeps it down
        ("120", "mg/m2", "a rule", 154.7),  # the last dose is a limit, not a dose
    ],
)
def test_the_last_dose_is_not_exceeded_where_it_is_kept(dose: str, unit: str, kept: str, expected: float) -> None:
    line = capped(dose, unit, kept)
    assert line["dose"] == expected
    steps = [step for step in line["steps"] if step["step"] == "not raised again"]
    assert len(steps) == (1 if expected < 154.7 else 0)
    assert all(step["inputs"]["last dose"] == f"{dose} {unit}" for step in steps)


def test_a_drug_whose_label_forbids_it_is_not_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drugs = knowledge().dosing.drugs
    monkeypatch.setitem(drugs, "capecitabine", replace(drugs["capecitabine"], raises_again=False))
    found = after(capox("750 mg/m2"), regimen="capox")
    assert found["recommendation"] == "reduce"
    assert of(found["order"]["drugs"], "part", "capecitabine")["dose"] <= 1365  # 750 mg/m2 x 1.82 m2
    assert any("not raised again" in text for text in found["because"])


def test_a_dose_that_was_only_rounded_was_not_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    drugs = knowledge().dosing.drugs
    monkeypatch.setitem(drugs, "capecitabine", replace(drugs["capecitabine"], raises_again=False))
    assert after(capox("1800 mg"), regimen="capox")["recommendation"] == "give"  # 1820 mg by arithmetic
    without = [{key: value for key, value in capox("1800 mg")[0].items() if key != "bsa"}]
    assert after(without, regimen="capox")["recommendation"] == "give"  # judged by the surface of today


def test_a_reduction_by_a_rule_that_keeps_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = knowledge().dosing.dose_changes
    monkeypatch.setitem(changes, "oxaliplatin-renal-us", replace(changes["oxaliplatin-renal-us"], keeps=True))
    last = {"oxaliplatin": {"dose": "65 mg/m2", "because": "oxaliplatin-renal-us"}}
    found = after([cycle_given(1, "2026-11-12", last, bsa=1.82)])
    change = of(found["changes"], "part", "oxaliplatin")
    assert (change["last"], change["now"], change["change"]) == (118.3, 118.3, "same")
    assert found["recommendation"] == "reduce"
    assert "raised-again" not in found["said"]
    later = [
        cycle_given(1, "2026-10-29", last, bsa=1.82),
        cycle_given(2, "2026-11-12", {"oxaliplatin": "65 mg/m2"}, bsa=1.82),
    ]
    assert of(after(later)["changes"], "part", "oxaliplatin")["now"] == 118.3  # kept since the cycle before

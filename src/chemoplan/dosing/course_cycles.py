"""The cycles of one regimen on a calendar: day 1 of each, what moved it, every day of treatment, and the rest until the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import half_up, plain
from chemoplan.dosing.calendar_days import DAY, Treatment, WorkingDays, cycle_lines, days_of_line, treatments
from chemoplan.dosing.given import GivenCycle
from chemoplan.dosing.parts import Dosed
from chemoplan.intake.refused import one_line
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import DoseChoice, Regimen

AT_HOME = "oral"
SHOWN = 4
"""Days that a warning lists."""


class CourseRefused(ValueError):
    """The course that is asked for contradicts itself or its regimens; one line for each problem."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = [one_line(line) for line in lines]


@dataclass(frozen=True)
class StepPlan:
    """What is needed to lay out one regimen: when it begins, how many cycles (None: see `lay_out`), and what was given of it."""

    step: int
    regimen: Regimen
    choices: Mapping[str, DoseChoice]
    weight: Decimal | None
    begins: date
    cycles: int | None
    delays: Mapping[int, int]
    working: WorkingDays
    given: list[GivenCycle]
    today: date | None = None
    """The day of the decision, where it is known that nothing but `given` was given until then."""


@dataclass
class Cycle:
    """One cycle with its dates. `expected` is day 1 by the cycle before; `planned` is day 1 as if nothing had moved."""

    step: int
    regimen: Regimen
    number: int
    planned: date
    expected: date
    day1: date
    length: int | None
    lines: list[Dosed]
    moves: list[dict[str, Any]] = field(default_factory=list)
    given: bool = False
    days: dict[date, list[Treatment]] = field(default_factory=dict)
    next_day1: date | None = None

    def at(self, day: int) -> date:
        """The date of a day of the cycle."""
        return self.day1 + (day - 1) * DAY

    @property
    def ends(self) -> date:
        """The last day on which something is given or an infusion ends."""
        return max(self.days, default=self.day1)

    def as_json(self, knowledge: Knowledge) -> dict[str, Any]:
        """The cycle as plain data."""
        return {
            "step": self.step, "regimen": self.regimen.id, "cycle": self.number, "planned_day1": self.planned.isoformat(),
            "expected_day1": self.expected.isoformat(), "day1": self.day1.isoformat(), "weekday": f"{self.day1:%A}",
            "moved": (self.day1 - self.planned).days, "moves": self.moves, "given": self.given,
            "days": [
                {"date": day.isoformat(), "weekday": f"{day:%A}", "day": (day - self.day1).days + 1,
                 "drugs": [_due(item, knowledge) for item in items]}
                for day, items in sorted(self.days.items())
            ],
            "ends": self.ends.isoformat(), "rest": self._rest(),
        }  # fmt: skip

    def _rest(self) -> dict[str, Any] | None:
        """The days without treatment until the next cycle, or until the length of the cycle is over."""
        until = self.next_day1 or (self.day1 + timedelta(days=self.length) if self.length else None)
        if until is None or (until - self.ends).days <= 1:
            return None
        first, last = self.ends + DAY, until - DAY
        return {"from": first.isoformat(), "to": last.isoformat(), "days": (last - first).days + 1}


def _due(item: Treatment, knowledge: Knowledge) -> dict[str, Any]:
    line, part = item.line, item.line.part
    drug = knowledge.dosing.drugs.get(line.drug)
    known = not line.needs and not (part.must_choose and not line.label)
    value = half_up(line.dose.value / part.fractions) if item.fraction and part.fractions else line.dose.value
    times = 1 if item.when else line.dose.times_per_day
    return {
        "part": part.id, "drug": line.drug, "title": drug.title if drug else line.drug, "what": item.what, "when": item.when,
        "route": part.route, "duration": part.duration, "label": line.label, "fraction": item.fraction or None,
        "fractions": part.fractions, "published": plain(value) if known else None, "unit": line.dose.unit,
        "per": "dose" if item.fraction else line.dose.per, "times_per_day": times, "days_text": part.days_text,
        "conditional_on": list(line.needs),
    }  # fmt: skip


def chosen_parts(regimens: Iterable[Regimen], choices: Mapping[str, str]) -> dict[str, DoseChoice]:
    """The published choices of parts, by part. Raises CourseRefused for one that no regimen of the course has."""
    offered: dict[str, dict[str, DoseChoice]] = {}
    for regimen in regimens:
        for part in regimen.parts:
            if part.choices:
                offered.setdefault(part.id, {}).update({item.id: item for item in part.choices})
    wrong, found = [], {}
    for name, choice in choices.items():
        if name not in offered:
            wrong.append(f"--choose {name}={choice}: this course has no choice for {name!r} ({_listed(offered)})")
        elif choice not in offered[name]:
            wrong.append(f"--choose {name}={choice}: expected one of {', '.join(offered[name])}")
        else:
            found[name] = offered[name][choice]
    if wrong:
        raise CourseRefused(wrong)
    return found


def _listed(names: Iterable[str]) -> str:
    text = ", ".join(names)
    return f"it has choices for {text}" if text else "it has no choices"


def length_of(regimen: Regimen, choices: Mapping[str, DoseChoice]) -> int | None:
    """The days of a cycle, by the choices that change it. Raises CourseRefused when some parts follow one length and some another."""
    asked: dict[int, list[str]] = {}
    open_parts = []
    for part in regimen.parts:
        options = {item.id: item for item in part.choices}
        chosen = choices.get(part.id)
        if chosen is not None and options.get(chosen.id) is chosen and chosen.cycle_days:
            asked.setdefault(chosen.cycle_days, []).append(f"{part.id}={chosen.id}")
        elif any(item.cycle_days for item in part.choices):
            open_parts.append(part.id)
    if not asked:
        return regimen.cycle_days
    if len(asked) > 1 or (open_parts and next(iter(asked)) != regimen.cycle_days):
        said = ", ".join(text for texts in asked.values() for text in texts)
        more = f"; choose for {', '.join(open_parts)}, too" if open_parts else ""
        raise CourseRefused([f"{regimen.id}: {said} makes a cycle of another length than its other parts{more}"])
    return next(iter(asked))


def lay_out(plan: StepPlan) -> tuple[list[Cycle], list[dict[str, Any]]]:
    """The cycles of one regimen with their days, and what has to be said of them.

    Without a number of cycles: as many as its radiation needs, or the cycles given and the next one. The interval between two
    planned cycles is never shorter than the cycle; what moves one moves those after it.
    """
    length = length_of(plan.regimen, plan.choices)
    given = {item.cycle: item for item in plan.given}
    if length is None and (plan.cycles or 1) > 1:
        raise CourseRefused([f"{plan.regimen.id} has no length of a cycle: it is given once, not {plan.cycles} times"])
    fractions: list[date] = []
    cycles: list[Cycle] = []
    while True:
        number = len(cycles) + 1
        before = cycles[-1] if cycles else None
        if before is not None and _enough(plan, number, length, before, fractions, given):
            break
        cycle = _cycle(plan, number, length, before, given)
        if before is None:
            fractions = _fractions(plan.regimen, cycle.day1, plan.working)
        cycles.append(cycle)
    for at, cycle in enumerate(cycles):
        cycle.next_day1 = cycles[at + 1].day1 if at + 1 < len(cycles) else None
        _fill(cycle, fractions)
    return cycles, list(_said(plan, cycles, fractions))


def _enough(
    plan: StepPlan,
    number: int,
    length: int | None,
    before: Cycle,
    fractions: list[date],
    given: Mapping[int, GivenCycle],
) -> bool:
    if length is None:
        return True
    if plan.cycles is not None:
        return number > max(plan.cycles, max(given, default=0))
    if fractions:
        return before.day1 + timedelta(days=length) > fractions[-1]
    return number > max(given, default=0) + 1


def _cycle(
    plan: StepPlan, number: int, length: int | None, before: Cycle | None, given: Mapping[int, GivenCycle]
) -> Cycle:
    planned = plan.begins if before is None else before.planned + timedelta(days=length or 0)
    expected = plan.begins if before is None else before.day1 + timedelta(days=length or 0)
    lines = list(cycle_lines(plan.regimen, plan.choices, number, plan.weight))
    cycle = Cycle(plan.step, plan.regimen, number, planned, expected, expected, length, lines)
    if expected != planned:
        why = "cycles before it were moved" if number > 2 else "the cycle before it was moved"
        cycle.moves.append({"days": (expected - planned).days, "why": why})
    if number in given:
        cycle.given, cycle.day1 = True, given[number].day
        if cycle.day1 != expected:
            why = given[number].delayed or "given on this day"
            cycle.moves.append({"days": (cycle.day1 - expected).days, "why": why})
        return cycle
    if plan.today is not None and cycle.day1 < plan.today:
        cycle.moves.append({"days": (plan.today - cycle.day1).days, "why": f"not given by {plan.today}"})
        cycle.day1 = plan.today
    if plan.delays.get(number):
        cycle.day1 += timedelta(days=plan.delays[number])
        cycle.moves.append({"days": plan.delays[number], "why": "a delay was asked for"})
    weekends = True if number == 1 and any(line.part.fractions for line in lines) else None
    free = plan.working.why_free(cycle.day1, weekends) if _in_clinic(lines) else ""
    if free:
        moved = plan.working.next_working(cycle.day1)
        cycle.moves.append({"days": (moved - cycle.day1).days, "why": f"{cycle.day1} is {free}"})
        cycle.day1 = moved
    return cycle


def _in_clinic(lines: Iterable[Dosed]) -> bool:
    """True when something other than a tablet is given on day 1."""
    return any(line.part.route != AT_HOME and (not line.days or 1 in line.days) for line in lines)


def _fractions(regimen: Regimen, first: date, working: WorkingDays) -> list[date]:
    """The days of radiation: one fraction on each weekday that is no holiday, from the first day on."""
    count = max((part.fractions or 0 for part in regimen.parts), default=0)
    days: list[date] = []
    while len(days) < count:
        days.append(working.next_working(days[-1] + DAY if days else first))
    return days


def _fill(cycle: Cycle, fractions: list[date]) -> None:
    """Put on each date what is due: radiation within this cycle, days that are published, and drugs on the days of radiation."""
    due: dict[date, list[Treatment]] = {}
    mine = [
        (number, day)
        for number, day in enumerate(fractions, 1)
        if cycle.day1 <= day and (cycle.next_day1 is None or day < cycle.next_day1)
    ]
    for line in cycle.lines:
        follows = line.part.fractions is None and not line.days and cycle.length is None
        if line.part.fractions is not None or follows:
            for number, day in mine:
                item = Treatment((day - cycle.day1).days + 1, "give", line, fraction=0 if follows else number)
                due.setdefault(day, []).append(item)
    again = {line.part.id for line in cycle.lines if 1 in days_of_line(line)} if cycle.next_day1 else set()
    for item in treatments(cycle.lines):
        if item.what == "end" and item.line.part.id in again and cycle.at(item.day) == cycle.next_day1:
            continue  # the next cycle goes on with it on the same day
        due.setdefault(cycle.at(item.day), []).append(item)
    cycle.days = {day: sorted(items, key=lambda item: item.what != "end") for day, items in due.items()}


def _said(plan: StepPlan, cycles: list[Cycle], fractions: list[date]) -> Iterator[dict[str, Any]]:
    """What has to be told: days that fall on a free day and stay, a gap in radiation, a pump beyond it, cycles that come early."""
    stay = [
        f"{day} ({free}, cycle {cycle.number} day {(day - cycle.day1).days + 1})"
        for cycle in cycles
        if not cycle.given
        for day, items in sorted(cycle.days.items())
        if day != cycle.day1 and any(_attended(item) for item in items) and (free := plan.working.why_free(day))
    ]
    if stay:
        more = f" and {len(stay) - SHOWN} more" if len(stay) > SHOWN else ""
        text = f"Days that are not worked, and were not moved, for only day 1 is: {', '.join(stay[:SHOWN])}{more}."
        yield {"id": "free-days", "severity": "caution", "text": text}
    for cycle in cycles[1:]:
        early = (cycle.expected - cycle.day1).days
        if cycle.given and early > 0:
            text = (
                f"Cycle {cycle.number} was given on {cycle.day1}, {early} d early: {plan.regimen.id} is given "
                f"every {cycle.length} days, not before {cycle.expected}."
            )
            yield {"id": "early-cycle", "severity": "reject", "text": text, "cycle": cycle.number}
    if fractions and len(fractions) <= 5 and (fractions[-1] - fractions[0]).days >= len(fractions):
        text = (
            f"The {len(fractions)} fractions run from {fractions[0]} to {fractions[-1]}, with free days between them."
        )
        yield {"id": "radiation-gap", "severity": "info", "text": text}
    last = cycles[-1]
    if fractions and last.length and fractions[-1] < last.day1 + timedelta(days=last.length - 1):
        text = (
            f"Radiation ends on {fractions[-1]}, within cycle {last.number}; "
            "whether the drugs end with it is not given by the source."
        )
        yield {"id": "radiation-ends", "severity": "info", "text": text}
    if fractions and last.length and fractions[-1] >= last.day1 + timedelta(days=last.length):
        text = f"Radiation goes on until {fractions[-1]}, after the last cycle."
        yield {"id": "radiation-goes-on", "severity": "caution", "text": text}


def _attended(item: Treatment) -> bool:
    """True when somebody has to be there: an infusion or its end, not tablets or a pump that runs on."""
    route = item.line.part.route
    if route == AT_HOME or item.line.part.fractions is not None:
        return False
    runs_on = ("continuous" in route or "pump" in route) and item.what == "give"
    return not (runs_on and item.day - 1 in item.line.days and item.line.part.hours in (None, Decimal(24)))

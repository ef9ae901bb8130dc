"""A course: cycles of a regimen, or the steps of a sequence, on a calendar. Doses as published; an order works out each cycle.

A date stands only where it follows from the start, from a source, or from what the person who plans states. Where no source
gives the weeks between two steps, the date is open and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from chemoplan import __version__
from chemoplan.case import Case
from chemoplan.dosing.amounts import exact
from chemoplan.dosing.calendar_days import FIRST_YEAR, LAST_YEAR, in_range
from chemoplan.dosing.course_cycles import CourseRefused, Cycle, StepPlan, chosen_parts, lay_out
from chemoplan.dosing.course_request import CourseRequest
from chemoplan.dosing.given import Given, GivenCycle
from chemoplan.dosing.given_sums import cumulative, intensity, over_range
from chemoplan.dosing.next_cycle import next_cycle
from chemoplan.dosing.order import regimen_of
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import Regimen, Sequence, SequenceStep
from chemoplan.plan.shape import evidence
from chemoplan.vocabulary.nearest import nearest

NOT_GIVEN = "not given by the source"
MOST_CYCLES = 60


def course_of(name: str, knowledge: Knowledge) -> Regimen | Sequence:
    """The sequence or regimen of an id, or of id@version. Raises CourseRefused or DoseRefused with what would be right."""
    wanted, _, version = name.partition("@")
    held = knowledge.dosing.sequences.get(wanted)
    if held is None:
        close = nearest(wanted, knowledge.dosing.sequences)
        if close is not None and wanted not in knowledge.dosing.regimens:
            raise CourseRefused([f"{wanted!r} is no regimen or sequence id; did you mean {close}?"])
        return regimen_of(name, knowledge)
    if version and version != str(held.version):
        raise CourseRefused([f"{wanted} is at version {held.version}, not {version}; plan {wanted}@{held.version}"])
    return held


def regimens_of(plan: Regimen | Sequence, steps: Mapping[int, str], knowledge: Knowledge) -> dict[int, Regimen]:
    """The regimen of each step that has one, by the number of the step. Raises CourseRefused for a choice that is none."""
    if isinstance(plan, Regimen):
        if steps:
            raise CourseRefused([f"--choose {min(steps)}=...: {plan.id} is one regimen, and has no steps"])
        return {1: plan}
    found, wrong = {}, []
    for number, name in steps.items():
        offered = plan.steps[number - 1].regimens if 1 <= number <= len(plan.steps) else ()
        if name not in offered:
            right = f"expected one of {', '.join(offered)}" if offered else "this step has no regimens to choose from"
            if not 1 <= number <= len(plan.steps):
                right = f"{plan.id} has steps 1 to {len(plan.steps)}"
            wrong.append(f"--choose {number}={name}: {right}")
    if wrong:
        raise CourseRefused(wrong)
    for number, step in enumerate(plan.steps, 1):
        only = step.regimens[0] if len(step.regimens) == 1 and step.kind != "choice" else ""
        name = steps.get(number, only)
        if name:
            found[number] = knowledge.dosing.regimens[name]
    return found


def course(plan: Regimen | Sequence, case: Case, knowledge: Knowledge, request: CourseRequest) -> dict[str, Any]:
    """The course as plain JSON data. Raises CourseRefused when the request contradicts itself or the plan."""
    return _Course(plan, case, knowledge, request).result()


class _Course:
    def __init__(self, plan: Regimen | Sequence, case: Case, knowledge: Knowledge, request: CourseRequest) -> None:
        self.plan, self.case, self.knowledge, self.request = plan, case, knowledge, request
        self.regimens = regimens_of(plan, request.steps, knowledge)
        self.steps: tuple[SequenceStep, ...] = (
            plan.steps if isinstance(plan, Sequence) else (SequenceStep(plan.title, "regimen", (plan.id,)),)
        )
        self.warnings: list[dict[str, Any]] = []
        self.given = request.given or Given(())
        weight = case.facts.get("weight")
        self.weight = exact(weight) if isinstance(weight, float) else None
        self.choices = chosen_parts(list(self.regimens.values()), request.choices)
        self._check()

    def _check(self) -> None:
        """What the request says of steps and cycles has to exist."""
        wrong = []
        sequence = isinstance(self.plan, Sequence)
        if sequence and self.request.cycles is not None:
            wrong.append(f"--cycles: {self.plan.id} says itself how many cycles each step has; leave it out")
        for number in self.request.begins:
            if not sequence:
                wrong.append(f"--begin {number}=...: {self.plan.id} is one regimen; its first day is --start")
            elif not 2 <= number <= len(self.steps):
                wrong.append(f"--begin {number}=...: {self.plan.id} has steps 2 to {len(self.steps)} to begin")
        for option, day in (
            ("--start", self.request.start),
            *((f"--begin {at}", day) for at, day in self.request.begins.items()),
        ):
            if not in_range(day):
                wrong.append(f"{option}={day}: expected a day between {FIRST_YEAR} and {LAST_YEAR}")
        done = {(item.step, item.cycle) for item in self.given.cycles}
        for step, cycle in self.request.delays:
            if (step, cycle) in done:
                wrong.append(f"--delay {cycle}=...: cycle {cycle} was given already; its day stands in the list")
            if step not in self.regimens:
                wrong.append(f"--delay {step}.{cycle}=...: no such step with cycles in this course")
        if self.request.cycles is not None and not 1 <= self.request.cycles <= MOST_CYCLES:
            wrong.append(f"--cycles {self.request.cycles}: expected 1 to {MOST_CYCLES}")
        if wrong:
            raise CourseRefused(wrong)

    def warn(self, name: str, severity: str, text: str, **more: Any) -> None:
        """Keep one thing that has to be said of the course."""
        self.warnings.append({"id": name, "severity": severity, "text": text, **more})

    def result(self) -> dict[str, Any]:
        rows, cycles = self._walk()
        for step, cycle in self.request.delays:
            if not any((item.step, item.number) == (step, cycle) for item in cycles):
                raise CourseRefused([f"--delay {cycle}=...: the course has no cycle {cycle} of step {step} with dates"])
        plan, knowledge = self.plan, self.knowledge
        sums, prior = cumulative(self.given, self.regimens, self.choices, self.weight, self.case, knowledge)
        self.warnings += prior
        self.warnings += over_range(cycles, self.given, sums, self.case, knowledge)
        after = None
        if self.given.cycles:
            after = next_cycle(self.given, self.regimens, self.choices, cycles, self.case, knowledge, self.request)
            self.warnings += after.pop("warnings")
        return {
            "chemoplan": __version__,
            "knowledge": {
                "version": knowledge.version,
                "sha256": knowledge.sha256,
                "as_of": knowledge.as_of,
                "overlays": list(knowledge.overlays),
                "signed_off": isinstance(plan, Regimen) and plan.signed_off_by is not None,
            },
            "kind": "course",
            "case": self.case.id,
            "title": self.case.title,
            "decided_on": self.case.decided_on.isoformat() if self.case.decided_on else None,
            "regimen": plan.id if isinstance(plan, Regimen) else None,
            "sequence": plan.id if isinstance(plan, Sequence) else None,
            "version": plan.version,
            "course_title": plan.title,
            "status": plan.status,
            "start": self.request.start.isoformat(),
            "cycle_days": cycles[0].length if cycles and isinstance(plan, Regimen) else None,
            "working_days": {
                "weekends_off": self.request.working.weekends_off,
                "holidays": sorted(day.isoformat() for day in self.request.working.holidays),
            },
            "complete": all(row["status"] == "planned" for row in rows),
            "steps": rows,
            "cycles": [cycle.as_json(knowledge) for cycle in cycles],
            "cumulative": sums,
            "intensity": intensity(self.given, self.regimens, self.choices, self.weight, knowledge),
            "delays": self._delays(cycles),
            "dropped": list(self._dropped()),
            "next": after,
            "warnings": self.warnings,
            "notes": list(plan.notes),
            "evidence": evidence(plan.evidence, plan.id, knowledge),
        }

    def _walk(self) -> tuple[list[dict[str, Any]], list[Cycle]]:
        """The steps one after another; each begins where the one before it ended, if a source says how long after."""
        rows: list[dict[str, Any]] = []
        cycles: list[Cycle] = []
        ended: date | None = None
        for number, step in enumerate(self.steps, 1):
            row, laid = self._step(number, step, ended)
            rows.append(row)
            cycles += laid
            ended = date.fromisoformat(row["ends"]) if row["ends"] else None
        return rows, cycles

    def _step(self, number: int, step: SequenceStep, ended: date | None) -> tuple[dict[str, Any], list[Cycle]]:
        regimen = self.regimens.get(number)
        begins, window = self._begins(number, step, ended)
        status, laid = "planned", []
        if regimen is None and step.regimens:
            status = "choice" if step.kind == "choice" else "choose"
        elif regimen is None and step.kind == "choice" and begins is None:
            status = "choice"
        elif begins is None:
            status = "window" if window else "date open"
        elif regimen is not None:
            laid = self._laid(number, step, regimen, begins)
        started = laid[0].day1 if laid else begins if status == "planned" else None
        row = {
            "step": number, "title": step.title, "kind": step.kind, "regimen": regimen.id if regimen else None,
            "regimens": list(step.regimens), "status": status, "starts": started.isoformat() if started else None,
            "ends": max(cycle.ends for cycle in laid).isoformat() if laid else started.isoformat() if started else None,
            "window": window, "gap": self._gap_text(number, step), "cycles": len(laid), "note": step.note,
        }  # fmt: skip
        return row, laid

    def _gap_text(self, number: int, step: SequenceStep) -> str:
        if number == 1:
            return ""
        if step.gap_weeks is None:
            return NOT_GIVEN
        low, high = step.gap_weeks
        weeks = f"{low} to {high}" if low != high else f"{low}"
        return f"{weeks} weeks after the last day of treatment of step {number - 1}"

    def _begins(self, number: int, step: SequenceStep, ended: date | None) -> tuple[date | None, dict[str, str] | None]:
        """The first day of a step, and the window that a source gives for it. Raises CourseRefused when the dates cross."""
        stated = self.request.start if number == 1 else self.request.begins.get(number)
        first = next((item.day for item in self.given.cycles if item.step == number), None)
        window = None
        if step.gap_weeks is not None and ended is not None:
            low, high = (ended + timedelta(weeks=weeks) for weeks in step.gap_weeks)
            window = {"earliest": low.isoformat(), "latest": high.isoformat(), "counted_from": ended.isoformat()}
            if stated is not None and not low <= stated <= high:
                text = f"Step {number} ({step.title}) begins on {stated}; the source gives {low} to {high}."
                self.warn("outside-window", "caution", text, step=number)
            if stated is None and number in self.regimens:
                text = f"Step {number} ({step.title}) begins on the earliest day of its window, {low} to {high}."
                self.warn("earliest-day", "info", text, step=number)
                stated = low
        begins = stated or first
        if stated is not None and ended is not None and stated <= ended and first is None:
            raise CourseRefused([f"--begin {number}={begins}: step {number - 1} ends on {ended}; expected a later day"])
        return begins, window

    def _laid(self, number: int, step: SequenceStep, regimen: Regimen, begins: date) -> list[Cycle]:
        given = [item for item in self.given.cycles if item.step == number]
        delays = {cycle: days for (at, cycle), days in self.request.delays.items() if at == number}
        wanted = step.cycles.get(regimen.id) or self.request.cycles
        last = self.given.cycles[-1].step if self.given.cycles else 0
        if number < last and given:
            wanted = len(given)  # a later step was begun: what was not given of this one is not to come
        today = self.case.decided_on if number == last else None
        plan = StepPlan(
            number, regimen, self.choices, self.weight, begins, wanted, delays, self.request.working, given, today
        )
        laid, said = lay_out(plan)
        self.warnings += [{"step": number, **row} for row in said]
        if regimen.cycle_days and wanted is None and not any(part.fractions for part in regimen.parts):
            published = "; ".join(f"{use}: {text}" for use, text in regimen.uses.items())
            text = (
                f"How many cycles of {regimen.id} is not stated: add --cycles N. Published: {published or 'nothing'}."
            )
            self.warn("cycles-open", "ask", text, step=number)
        return laid

    def _delays(self, cycles: list[Cycle]) -> list[dict[str, Any]]:
        reasons = {(item.step, item.cycle): item.delayed for item in self.given.cycles}
        return [
            {"step": cycle.step, "cycle": cycle.number, "days": days, "expected": cycle.expected.isoformat(),
             "day1": cycle.day1.isoformat(), "reason": reasons.get((cycle.step, cycle.number), "")}
            for cycle in cycles if cycle.given and (days := (cycle.day1 - cycle.expected).days) > 0
        ]  # fmt: skip

    def _dropped(self) -> Iterator[dict[str, Any]]:
        """Parts that were left out in the last cycle given, since when, and why."""
        last: GivenCycle | None = self.given.cycles[-1] if self.given.cycles else None
        for part, doses in last.doses.items() if last else ():
            if not all(dose.omitted for dose in doses) or last is None:
                continue
            since = last.cycle
            for item in reversed([item for item in self.given.cycles if item.step == last.step]):
                if not all(dose.omitted for dose in item.doses.get(part, ())) or part not in item.doses:
                    break
                since = item.cycle
            yield {"step": last.step, "part": part, "from_cycle": since, "reason": doses[0].omitted}

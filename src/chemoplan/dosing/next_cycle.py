"""The next cycle of a course: an order with the facts of today, held against the last doses, in one word: give, reduce, wait, ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chemoplan.case import Case, FactState
from chemoplan.dosing.amounts import exact, half_up, plain, plain_or_none, shown
from chemoplan.dosing.calendar_days import cycle_lines
from chemoplan.dosing.course_cycles import Cycle, length_of
from chemoplan.dosing.course_request import CourseRequest
from chemoplan.dosing.given import Given, GivenCycle, GivenDose
from chemoplan.dosing.order import OrderRequest, order
from chemoplan.dosing.parts import Dosed
from chemoplan.dosing.recheck import recheck
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import DoseChoice, PublishedDose, Regimen

SOURCE = "the cycles given"
"""Source of a fact that the list of given cycles states and the case does not."""
RECOMMENDATIONS = ("give", "reduce", "wait", "delay", "conditional", "decide", "do not give", "complete")
"""What can be recommended for the next cycle."""
Row = dict[str, Any]


def next_cycle(
    given: Given,
    regimens: Mapping[int, Regimen],
    choices: Mapping[str, DoseChoice],
    cycles: list[Cycle],
    case: Case,
    knowledge: Knowledge,
    request: CourseRequest,
) -> Row:
    """What the facts of today say of the cycle after the last one given: a recommendation, why, the order, and the changes.

    The result's `warnings` are for the whole course.
    """
    last = given.cycles[-1]
    regimen = regimens[last.step]
    row: Row = {
        "step": last.step, "regimen": regimen.id, "cycle": None, "not_before": None, "day1": None, "recommendation": "complete",
        "because": [], "changes": [], "order": None, "warnings": [],
    }  # fmt: skip
    upcoming = next((item for item in cycles if item.step == last.step and item.number == last.cycle + 1), None)
    if upcoming is None:
        row["because"].append(f"All {last.cycle} cycles of {regimen.id} that were planned have been given.")
        return row
    not_before = last.day + timedelta(days=length_of(regimen, choices) or 0)
    row |= {"cycle": upcoming.number, "not_before": not_before.isoformat(), "day1": upcoming.day1.isoformat()}
    stated, row["warnings"] = _with_given(case, last, upcoming, given)
    wanted, kept = _last_doses(given, regimen, choices, case, knowledge)
    parts = {part.id for part in regimen.parts}
    own = {name: choice for name, choice in request.choices.items() if name in parts}
    made = order(regimen, stated, knowledge, OrderRequest(own, 0, request.without, wanted, kept))
    row["order"] = made | {"double_check": recheck(made, stated.facts, knowledge)}
    row["changes"] = _changes(made, given, last, regimen, choices)
    row["recommendation"], row["because"] = _recommended(made, row["warnings"])
    for change in row["changes"]:
        if change["part"] in wanted and change["change"] == "higher":
            text = (
                f"{change['title']} goes up from {shown(exact(change['last']))} to {shown(exact(change['now']))} "
                f"{change['unit']}: the last dose was reduced, and nothing here keeps it down. Confirm that it is meant."
            )
            row["warnings"].append({"id": "raised-again", "severity": "caution", "text": text, "drug": change["drug"]})
            row["because"].append(text)
    early = None if case.decided_on is None else (not_before - case.decided_on).days
    if early is not None and early > 0:
        text = (
            f"{case.decided_on} is {early} d early for cycle {upcoming.number}: the last one began on {last.day}, "
            f"so the next is not before {not_before}."
        )
        row["warnings"].append({"id": "early-cycle", "severity": "caution", "text": text, "cycle": upcoming.number})
        if row["recommendation"] in ("give", "reduce"):
            row["recommendation"] = "wait"
            row["because"].insert(0, text)
    return row


def _with_given(case: Case, last: GivenCycle, upcoming: Cycle, given: Given) -> tuple[Case, list[Row]]:
    """The case with what only the list of given cycles says; where the case says otherwise, its own fact stays and is told."""
    said: dict[str, float] = {"cycle_number": float(upcoming.number)}
    if case.decided_on is not None:
        said["days_since_last_dose"] = float((case.decided_on - last.day).days)
    warnings = []
    for name, value in said.items():
        held = case.facts.get(name)
        if isinstance(held, float) and held != value:
            text = f"The case states {name} {shown(exact(held))}, the cycles given make it {shown(exact(value))}: check them."
            warnings.append({"id": f"{name.replace('_', '-')}-differs", "severity": "ask", "text": text, "fact": name})
    said = {name: value for name, value in said.items() if name not in case.facts}
    states = {**case.states, **{name: FactState(name, value, "known", SOURCE) for name, value in said.items()}}
    return replace(case, facts={**case.facts, **said}, states=states), warnings


def _lines(regimen: Regimen, choices: Mapping[str, DoseChoice], item: GivenCycle) -> dict[str, list[Dosed]]:
    found: dict[str, list[Dosed]] = {}
    for line in cycle_lines(regimen, choices, item.cycle, item.weight):
        found.setdefault(line.part.id, []).append(line)
    return found


def _last_of(part: str, given: Given, step: int) -> tuple[GivenCycle, GivenDose] | None:
    """The last dose of a part that was given, not left out."""
    for item in reversed(given.cycles):
        doses = [dose for dose in item.doses.get(part, ()) if not dose.omitted] if item.step == step else []
        if doses:
            return item, doses[-1]
    return None


def _last_doses(
    given: Given, regimen: Regimen, choices: Mapping[str, DoseChoice], case: Case, knowledge: Knowledge
) -> tuple[dict[str, PublishedDose], dict[str, str]]:
    """Reduced doses that were given last, and why they stay: a dose within the tolerance of the full one was not reduced.

    Where the surface or weight of that cycle was not stated, that of today tells whether a mass was a reduced one.
    """
    last = given.cycles[-1]
    area, weight = (case.facts.get(name) for name in ("body_surface_area", "weight"))
    today = {"m2": area, "kg": weight}
    tolerance = Decimal(knowledge.dosing.policies["audit-tolerance"].value) / 100
    changes = knowledge.dosing.dose_changes
    doses, kept = {}, {}
    for part in regimen.parts:
        found = _last_of(part.id, given, last.step)
        if found is None:
            continue
        item, dose = found
        line = _lines(regimen, choices, item)[part.id][-1]
        full = line.dose.value
        value, unit = dose.value, dose.unit
        size = item.size(line.dose.unit)
        if unit != line.dose.unit and size is not None:
            value, unit = value / size, line.dose.unit
        now = today.get(line.dose.unit.partition("/")[2])
        most = full if unit == line.dose.unit else full * exact(now) if isinstance(now, float) else None
        if most is not None and value >= most * (1 - tolerance):
            continue
        doses[part.id] = PublishedDose(half_up(value), unit, line.dose.per, line.dose.times_per_day)
        rules = [
            one.because for each in given.cycles if each.step == last.step for one in each.doses.get(part.id, ())
            if one.because and one.because in changes and changes[one.because].keeps
        ]  # fmt: skip
        if rules:
            kept[part.id] = ", ".join(dict.fromkeys(rules))
    return doses, kept


def _changes(
    made: Row, given: Given, last: GivenCycle, regimen: Regimen, choices: Mapping[str, DoseChoice]
) -> list[Row]:
    """Each line of the order beside the last dose of the same part, both in mg where the surface or weight was stated."""
    rows = []
    for line in made["drugs"]:
        found = _last_of(line["part"], given, last.step)
        before = None
        if found is not None:
            item, dose = found
            size = item.size(dose.unit)
            before = None if size is None else half_up(dose.value * size)
        now = None if line["dose"] is None else exact(line["dose"])
        change = "not known" if before is None or now is None else "same"
        if before is not None and now is not None and before != now:
            change = "lower" if now < before else "higher"
        change = {"omit": "omitted", "stop": "stopped", "hold": "held", "delay": "waits"}.get(line["status"], change)
        rows.append(
            {"part": line["part"], "drug": line["drug"], "title": line["title"], "last": plain_or_none(before),
             "now": None if now is None else plain(now), "unit": line["unit"], "change": change}
        )  # fmt: skip
    return rows


def _recommended(made: Row, warnings: list[Row]) -> tuple[str, list[str]]:
    """The recommendation in one word, and why. An order that is not complete, or facts that cross, recommend nothing."""
    parts: dict[tuple[str, str], list[str]] = {}
    for line in made["drugs"]:
        for change in line["modifications"]:
            if change["applied"]:
                text = f"{change['title']}: {change['effect'] or change['action']}"
                parts.setdefault((text, change["rule"]), []).append(line["part"])
    applied = [f"{text} ({', '.join(dict.fromkeys(names))}; {rule})" for (text, rule), names in parts.items()]
    applied += [
        f"{line['title']} is not raised again: {step['result']} ({line['part']})"
        for line in made["drugs"]
        for step in line["steps"]
        if step["step"] == "not raised again"
    ]
    because = list(dict.fromkeys(applied))
    if made["verdict"] == "do not give":
        return "do not give", because
    if made["verdict"] == "delay":
        return "delay", because
    if made["verdict"] == "conditional":
        states = {line["status"] for line in made["drugs"]}
        if made["conditional_on"]:
            because.append(f"Not known: {', '.join(made['conditional_on'])}")
        if "choose" in states:
            because.append("A published choice is open.")
        return ("decide" if not made["conditional_on"] and states & {"decide", "choose"} else "conditional"), because
    if any(row["severity"] == "ask" for row in warnings):
        return "decide", [row["text"] for row in warnings if row["severity"] == "ask"] + because
    return ("reduce" if applied else "give"), because

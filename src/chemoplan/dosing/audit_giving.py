"""How a written order is to be given held against the regimen: days, route, time of infusion, and the rate of a pump."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import exact, half_up, shown
from chemoplan.dosing.audit_findings import finding, policy_lines
from chemoplan.dosing.matching import Pair, same_route
from chemoplan.intake.fhir.tables import table
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import Value

FAR = Decimal(2)
"""A time of infusion that is this many times too short or too long is no variant but a mistake."""
HEPATIC = "hepatic arterial pump"


def giving_findings(
    pair: Pair, facts: dict[str, Value], knowledge: Knowledge, source: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """What is wrong with days, route, time and rate of a pair. What the order does not state is not judged."""
    line, row, part = pair.line, pair.row, str(pair.row["part"])
    about = {"drug": row["drug"], "lines": source}
    if line.days and row["days"] and list(line.days) != list(row["days"]):
        text = f"{line.name} is ordered on other days of the cycle than the regimen gives it."
        yield finding("days", part, "reject", text, expected=_days(row["days"]), found=_days(line.days), **about)
    if line.times_per_day is not None and line.times_per_day != row["times_per_day"]:
        text = f"{line.name} is ordered {line.times_per_day} times a day, the regimen gives it {row['times_per_day']} times."
        expected, found = f"{row['times_per_day']} times a day", f"{line.times_per_day} times a day"
        yield finding("days", f"{part}-each-day", "reject", text, expected=expected, found=found, **about)
    if line.route and not same_route(line.route, row["route"]):
        text = f"{line.name} is ordered by another route than that of the regimen."
        yield finding("route", part, "reject", text, expected=row["route"], found=line.route, **about)
    yield from _duration(pair, knowledge, source)
    if line.rate is not None:
        yield from _flow(pair, facts, knowledge) if row["route"] == HEPATIC else _rate(pair, knowledge)


def _days(days: Any) -> str:
    return "days " + ", ".join(map(str, days))


def share(name: str, knowledge: Knowledge) -> Decimal:
    """A policy in percent, as a share."""
    return exact(knowledge.dosing.policies[name].value) / 100


def _duration(pair: Pair, knowledge: Knowledge, source: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    published, hours = pair.part.hours, pair.line.hours
    if (
        published is None
        or hours is None
        or abs(hours - published) <= published * share("audit-time-tolerance", knowledge)
    ):
        return
    far = hours * FAR <= published or hours >= published * FAR
    text = f"{pair.line.name} is ordered over {_time(hours)}; published is {_time(published)}."
    yield finding(
        "duration", pair.row["part"], "reject" if far else "caution", text, drug=pair.row["drug"], expected=_time(published),
        found=_time(hours), lines=source,
    )  # fmt: skip


def _time(hours: Decimal) -> str:
    return f"{shown(half_up(hours))} h" if hours >= 2 else f"{shown(half_up(hours * 60))} min"


def _rate(pair: Pair, knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """A pump in a vein: mL/h only, and rate times time is the volume."""
    line, rate = pair.line, pair.line.rate
    assert rate is not None
    hours = line.hours or pair.part.hours
    volume = line.volume
    if volume is None and line.concentration and pair.found is not None:
        one = Decimal(1)
        mass = pair.found * pair.on_footing(one, "dose") / pair.on_footing(one)
        volume = mass / line.concentration
    expected = volume / hours if volume is not None and hours else None
    told = f"{shown(half_up(expected))} mL/h" if expected is not None else ""
    found = f"{shown(rate.value)} {rate.unit}"
    more = {
        "drug": pair.row["drug"],
        "expected": told,
        "found": found,
        "lines": policy_lines("audit-rate-tolerance", knowledge),
    }
    if " ".join(rate.unit.lower().split()) not in table("order_words")["rates"]:
        text = f"The rate of {line.name} is in {rate.unit}; a pump is ordered and set in mL/h only."
        yield finding("pump-rate", str(pair.row["part"]), "reject", text, **more)
        return
    if expected is None:
        what = "the volume" if hours else "volume and time"
        text = f"The rate of {line.name} cannot be checked: {what} of the infusion is not stated."
        yield finding("pump-rate", str(pair.row["part"]), "ask", text, **more)
        return
    limit = share("audit-rate-tolerance", knowledge)
    if abs(rate.value - expected) <= expected * limit:
        return
    text = f"{found} is not the volume divided by the time, which is {told}."
    if rate.value and volume is not None:
        text += f" The infusion would be over in {_time(volume / rate.value)}."
    if abs(rate.value - expected * 24) <= expected * 24 * limit:
        text += " It is the volume of a day, written as the volume of an hour."
    yield finding("pump-rate", str(pair.row["part"]), "reject", text, **more)


def _flow(pair: Pair, facts: dict[str, Value], knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """The implanted pump: its flow is that of the case, in mL/d."""
    rate, flow = pair.line.rate, facts.get("pump_flow")
    assert rate is not None
    found = f"{shown(rate.value)} {rate.unit}"
    more = {"drug": pair.row["drug"], "found": found, "lines": policy_lines("audit-rate-tolerance", knowledge)}
    part = str(pair.row["part"])
    if rate.unit.lower().replace("day", "d") != "ml/d":
        text = f"The flow of the implanted pump is in {rate.unit}; it is stated in mL/d."
        yield finding("pump-rate", part, "reject", text, **more)
    elif isinstance(flow, float):
        wanted = exact(flow)
        if abs(rate.value - wanted) > wanted * share("audit-rate-tolerance", knowledge):
            text = "The order is made for another flow than that of the pump."
            yield finding("pump-rate", part, "reject", text, expected=f"{shown(wanted)} mL/d", **more)

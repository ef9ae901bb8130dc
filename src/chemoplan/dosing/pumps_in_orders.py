"""What a pump adds to a line of an order: the fill of an implanted one, the rate of one in a vein, with warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, plain, shown
from chemoplan.dosing.hepatic import DEVINE, dosing_weight, fill, ladder_enabled, ladder_for
from chemoplan.dosing.infusion import overfilled, pump_rate
from chemoplan.dosing.parts import Body, Dosed
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import Pump
from chemoplan.vocabulary.nearest import nearest

HEPATIC_FACTS = ("pump_volume", "pump_flow", "perfusion_study")
"""Facts without which no implanted pump is filled."""
Warn = Callable[[str, str, str], None]


def pump_of(name: str, kind: str, knowledge: Knowledge) -> Pump:
    """The pump of an id. Raises DoseRefused with what would be right."""
    held = {item.id: item for item in knowledge.dosing.pumps.values() if item.kind == kind}
    if name not in held:
        close = nearest(name, held)
        hint = f"; did you mean {close}?" if close else ""
        raise DoseRefused(f"{name!r} is no {kind} pump; expected one of {', '.join(held)}{hint}")
    return held[name]


def body_for_pump(
    body: Body, height: Decimal | None, sex: str | None, knowledge: Knowledge
) -> tuple[Body, tuple[str, ...]]:
    """The body as the pump counts it (its weight rule), and the facts that are missing for that."""
    if knowledge.dosing.policies["hepatic-weight"].value == "actual":
        return body, ()
    missing = tuple(
        name for name, value in (("height", height), ("weight", body.weight), ("sex", sex)) if value is None
    )
    if missing or height is None or body.weight is None or sex not in DEVINE:
        return replace(body, weight=None), missing or ("sex",)
    weight = dosing_weight(body.weight, height, sex, knowledge)
    return replace(body, weight=weight.value, steps=(weight.step,)), ()


def filled(
    row: dict[str, Any], daily: Decimal, volume: Decimal, flow: Decimal, knowledge: Knowledge, warn: Warn
) -> list[Step]:
    """Write the fill into the line; the steps of it."""
    found = fill(daily, volume, flow, knowledge)
    row["rate"] = {"flow": plain(flow), "unit": "mL/d"}
    row["pump"] = found.as_json()
    row["total"] = plain(found.rounded)
    if found.dry:
        warn(
            "pump-runs-dry",
            "stop",
            f"The pump is empty before {found.days} days are over: {shown(found.delivered)} mL of {shown(volume)} mL.",
        )
    elif found.low:
        warn(
            "pump-nearly-dry",
            "caution",
            f"Only {shown(found.residual)} mL are left in the pump after {found.days} days.",
        )
    known = {
        flow_
        for pump in knowledge.dosing.pumps.values()
        if pump.kind == "hepatic" and pump.volume == volume
        for flow_ in pump.flows
    }
    if known and flow not in known:
        text = f"A flow of {shown(flow)} mL/d is none of those published for a pump of {shown(volume)} mL: as measured, or a slip?"
        warn("pump-flow-unusual", "caution", text)
    return list(found.steps)


def liver_tests(
    facts: Mapping[str, Decimal], knowledge: Knowledge, warn: Warn
) -> tuple[Decimal | None, bool, tuple[str, ...], list[Step]]:
    """The share of the last dose by the ladder, whether to hold, what is missing, the steps; nothing at all while it is disabled."""
    if not ladder_enabled(knowledge):
        text = (
            "The ladder of liver tests is present and disabled: its figures are unverified. No dose here was lowered by AST, "
            "alkaline phosphatase or a rise of bilirubin; follow the protocol of the site."
        )
        warn("liver-ladder-disabled", "caution", text)
        return None, False, (), []
    found, missing = ladder_for(facts, knowledge)
    if found is None:
        return None, False, missing, []
    share = None if found.percent is None else Decimal(found.percent) / 100
    result = "hold" if share is None else f"{found.percent}% of the last dose"
    inputs = {found.test: f"{shown(half_up(found.multiple))} times the reference"}
    return (
        share,
        share is None,
        missing,
        [Step("liver tests", "the most severe test counts", result, inputs, found.ladder.title)],
    )


def infused(row: dict[str, Any], line: Dosed, dose: Decimal, pump: str | None, knowledge: Knowledge) -> list[Step]:
    """Write the rate of a continuous infusion into the line; mL/h only where a pump tells the volume."""
    hours = line.part.hours
    if hours is None or line.dose.per == "day":
        return []
    if pump is None:
        hourly = half_up(dose / hours)
        row["rate"] = {
            "rate": None,
            "unit": "mL/h",
            "per_hour": plain(hourly),
            "text": "mL/h needs the volume: name the pump for infusions",
        }
        return [
            Step(
                "dose each hour",
                "total / hours",
                f"{shown(hourly)} mg/h",
                {"hours": shown(hours)},
                "no rate in mL/h without a volume",
            )
        ]
    held = pump_of(pump, "infusion", knowledge)
    if held.hours is not None and held.hours != hours:
        raise DoseRefused(
            f"{held.id} runs for {shown(held.hours)} h, but {line.part.id} is given over {shown(hours)} h"
        )
    found = pump_rate(dose, hours, held.volume)
    row["rate"] = {**found.as_json(), "pump": held.id}
    drug = knowledge.dosing.drugs.get(line.drug)
    steps = list(found.steps)
    if held.fill_volume is not None and drug is not None and drug.concentration is not None:
        more, added = overfilled(dose, held, drug.concentration)
        row["rate"] |= more
        steps += added
    return steps

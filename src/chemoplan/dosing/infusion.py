"""Infusion pumps for fluorouracil: mL/h and nothing else, rate x time against the volume, total against per-day dose, overfill.

A woman was given 28.8 mL/h instead of 28.8 mL for 24 hours (1.2 mL/h): four days of fluorouracil ran in four hours. Every check
here is one that would have stopped it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, plain, shown
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import Pump
from chemoplan.vocabulary.units import same_unit

FIFTY = Decimal(50)
"""mg to which the overfilled dose is rounded, as the pump program's calculator does."""


@dataclass(frozen=True)
class PumpRate:
    """The rate of an infusion: mL/h, mg/mL, mg/h."""

    rate: Decimal
    concentration: Decimal
    per_hour: Decimal
    volume: Decimal
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The rate as plain data."""
        return {
            "rate": plain(half_up(self.rate)), "unit": "mL/h", "volume": plain(half_up(self.volume)),
            "concentration": plain(half_up(self.concentration)), "per_hour": plain(half_up(self.per_hour)),
        }  # fmt: skip


def pump_rate(
    total: Decimal, hours: Decimal, volume: Decimal | None = None, concentration: Decimal | None = None
) -> PumpRate:
    """The rate for a total in mg over hours, from the volume in mL or the concentration in mg/mL. Raises DoseRefused."""
    for name, value in (
        ("total dose", total),
        ("duration", hours),
        ("volume", volume),
        ("concentration", concentration),
    ):
        if value is not None and value <= 0:
            raise DoseRefused(f"the {name} is {shown(value)}; expected a number above zero")
    if volume is None and concentration is None:
        raise DoseRefused("the rate in mL/h needs the volume in mL or the concentration in mg/mL")
    if volume is None:
        assert concentration is not None
        volume = total / concentration
    elif concentration is not None and abs(total / volume - concentration) > concentration / 50:
        found = f"{shown(total)} mg in {shown(volume)} mL are {shown(half_up(total / volume))} mg/mL"
        raise DoseRefused(f"{found}, not {shown(concentration)}; check the three")
    strength = total / volume
    rate = volume / hours
    inputs = {"total": f"{shown(total)} mg", "volume": f"{shown(half_up(volume))} mL"}
    steps = (
        Step("concentration", "total / volume", f"{shown(half_up(strength))} mg/mL", inputs),
        Step("rate", "volume / hours", f"{shown(half_up(rate))} mL/h", {"hours": f"{shown(hours)} h"}, "the pump is set in mL/h only"),
        Step("check", "rate x hours", f"{shown(half_up(rate * hours))} mL", {"rate": f"{shown(half_up(rate))} mL/h"}, "equals the volume"),
    )  # fmt: skip
    return PumpRate(rate, strength, total / hours, volume, steps)


def check_rate(entered: Decimal, unit: str, volume: Decimal, hours: Decimal, knowledge: Knowledge) -> Decimal:
    """The rate in mL/h when it empties the volume in the time. Raises DoseRefused in words that name the likely slip."""
    if not same_unit(unit, "mL/h"):
        raise DoseRefused(
            f"a pump is set in mL/h, not in {unit!r}: {shown(volume)} mL over {shown(hours)} h are {shown(half_up(volume / hours))} mL/h"
        )
    if entered <= 0 or hours <= 0 or volume <= 0:
        raise DoseRefused("rate, volume and hours have to be above zero")
    right = volume / hours
    tolerance = Decimal(knowledge.dosing.policies["audit-rate-tolerance"].value)
    if abs(entered - right) * 100 <= right * tolerance:
        return entered
    runs = half_up(volume / entered, Decimal("0.1"))
    slip = (
        " (that is the volume of 24 hours, entered as mL/h)"
        if abs(entered - right * 24) * 100 <= right * 24 * tolerance
        else ""
    )
    found = (
        f"at {shown(entered)} mL/h {shown(half_up(volume))} mL run in {shown(runs)} h instead of {shown(hours)} h{slip}"
    )
    raise DoseRefused(f"{found}; the rate is {shown(half_up(right))} mL/h")


def check_total(total: Decimal, per_day: Decimal, days: Decimal, knowledge: Knowledge) -> None:
    """Raise DoseRefused when a total and a daily dose do not fit: one was probably entered as the other."""
    tolerance = Decimal(knowledge.dosing.policies["audit-tolerance"].value)
    if days <= 0 or abs(per_day * days - total) * 100 <= total * tolerance:
        return
    slip = (
        " the total was entered as the dose of each day"
        if abs(per_day - total) * 100 <= total * tolerance
        else " check which is which"
    )
    raise DoseRefused(
        f"{shown(per_day)} mg/d for {shown(days)} d are {shown(per_day * days)} mg, not {shown(total)} mg:{slip}"
    )


def overfilled(total: Decimal, pump: Pump, concentration: Decimal) -> tuple[dict[str, Any], tuple[Step, ...]]:
    """The dose to prepare for a pump that is overfilled, and the volume of the drug at its concentration in mg/mL."""
    if pump.fill_volume is None:
        raise DoseRefused(f"{pump.id} has no overfill")
    more = total * pump.fill_volume / pump.volume
    rounded = half_up(more, FIFTY)
    drug = rounded / concentration
    steps = (
        Step("dose with overfill", "dose x volume prepared / volume of the pump", f"{shown(half_up(more))} mg",
             {"dose": f"{shown(total)} mg", "prepared": f"{shown(pump.fill_volume)} mL", "pump": f"{shown(pump.volume)} mL"}),
        Step("rounded", "nearest 50 mg", f"{shown(rounded)} mg"),
        Step("volume of the drug", "rounded dose / concentration", f"{shown(half_up(drug))} mL",
             {"concentration": f"{shown(concentration)} mg/mL"}),
    )  # fmt: skip
    return {
        "dose_with_overfill": plain(half_up(more)),
        "dose_rounded_50": plain(rounded),
        "drug_volume": plain(half_up(drug)),
    }, steps

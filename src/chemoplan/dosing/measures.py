"""Body measures as a calculation: four formulas of the surface area beside each other, and the one that orders use."""

from __future__ import annotations

from decimal import Decimal

from chemoplan.dosing.amounts import Step, half_up, shown
from chemoplan.dosing.body import BSA_FORMULAS, body_surface_area
from chemoplan.dosing.calc import Calculation, policy
from chemoplan.dosing.plausibility import implausible
from chemoplan.knowledge import Knowledge

PLACES = Decimal("0.0001")
TENTH = Decimal("0.1")


def surface(height: Decimal, weight: Decimal, knowledge: Knowledge) -> Calculation:
    """Body surface area in m2 from cm and kg by every formula, to four decimals; `bsa` is the one that doses use."""
    formula = policy("bsa-formula", knowledge).value
    area, chosen = body_surface_area(height, weight, formula)
    inputs = {"height": f"{shown(height)} cm", "weight": f"{shown(weight)} kg"}
    found = {name: half_up(work(height, weight), PLACES) for name, (work, _) in BSA_FORMULAS.items()}
    steps = [
        Step(name.replace("_", " "), text, f"{shown(found[name])} m2", inputs)
        for name, (_, text) in BSA_FORMULAS.items()
    ]
    result = {**found, "bsa": area, "formula": formula, "body_mass_index": half_up(weight / (height / 100) ** 2, TENTH)}
    units = dict.fromkeys((*found, "bsa"), "m2") | {"body_mass_index": "kg/m2"}
    apart = max(abs(value - found[formula]) / found[formula] for value in found.values()) * 100
    notes = (
        f"The formulas lie up to {shown(half_up(apart, TENTH))}% from {formula.replace('_', ' ')}. No cap is applied.",
    )
    doubts = tuple(implausible({"height": height, "weight": weight}, knowledge))
    return Calculation(
        "bsa", inputs, result, units, (*steps, chosen), notes, doubts, ("bsa-formula", "systemic-weight")
    )


def area_of(height: Decimal, weight: Decimal, knowledge: Knowledge) -> tuple[Decimal, Step]:
    """The body surface area that doses use, in m2 to two decimals, with its step."""
    return body_surface_area(height, weight, policy("bsa-formula", knowledge).value)

"""Numbers that can hardly be true: height and weight swapped, pounds for kilograms, umol/L for mg/dL. Asked before a formula."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import exact, half_up, shown
from chemoplan.dosing.calc import limits
from chemoplan.knowledge import Knowledge

POUND = Decimal("0.45359237")


def doubtful_body(height: Decimal, weight: Decimal, knowledge: Knowledge) -> str | None:
    """Why height (cm) and weight (kg) cannot well be one person's, with what may have happened; None when they can.

    The body surface area does not show it: Mosteller's formula gives the same area when the two are swapped.
    """
    low, high = limits("plausible-body-mass-index", knowledge)
    index = _index(height, weight)
    if low <= index <= high:
        return None
    guesses = []
    if low <= _index(weight, height) <= high and weight > height:
        guesses.append("height and weight swapped")
    if index > high and low <= _index(height, weight * POUND) <= high:
        guesses.append("pounds for kilograms")
    if index > high and low <= _index(height * Decimal("2.54"), weight) <= high and height < 100:
        guesses.append("inches for centimeters")
    guess = f": {' or '.join(guesses)}?" if guesses else ": check both."
    body = f"{shown(height)} cm and {shown(weight)} kg"
    return f"{body} make a body mass index of {shown(half_up(index, Decimal('0.1')))}, outside {shown(low)} to {shown(high)}{guess}"


def implausible(facts: Mapping[str, Any], knowledge: Knowledge) -> list[str]:
    """What to ask about facts (height in cm, weight in kg, creatinine in mg/dL); empty when nothing stands out."""
    height, weight, creatinine = (_number(facts.get(name)) for name in ("height", "weight", "creatinine"))
    found = []
    if height is not None and weight is not None:
        doubt = doubtful_body(height, weight, knowledge) or _pounds(height, weight, knowledge)
        found += [doubt] if doubt else []
    if creatinine is not None:
        low, high = limits("plausible-creatinine", knowledge)
        if not low <= creatinine <= high:
            guess = "umol/L entered as mg/dL?" if creatinine > high else "mg/dL entered as umol/L?"
            found.append(f"creatinine {shown(creatinine)} mg/dL lies outside {shown(low)} to {shown(high)}: {guess}")
    return found


def _pounds(height: Decimal, weight: Decimal, knowledge: Knowledge) -> str | None:
    above, low, high = limits("plausible-pounds", knowledge)
    index, read = _index(height, weight), half_up(weight * POUND, Decimal("0.1"))
    if index <= above or not low <= _index(height, read) <= high:
        return None
    text = f"{shown(weight)} kg at {shown(height)} cm is a body mass index of {shown(half_up(index, Decimal('0.1')))}"
    return f"{text}: right, or pounds for kilograms ({shown(weight)} lb are {shown(read)} kg)?"


def _index(height: Decimal, weight: Decimal) -> Decimal:
    return weight / (height / 100) ** 2


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = exact(value)
    return number if number.is_finite() and number > 0 else None

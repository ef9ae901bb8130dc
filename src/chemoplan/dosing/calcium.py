"""Calcium corrected for albumin, in the unit of the calcium that was given."""

from __future__ import annotations

from decimal import Decimal

from chemoplan.dosing.amounts import HUNDREDTH, Step, half_up, shown
from chemoplan.dosing.calc import Calculation, limits
from chemoplan.knowledge import Knowledge

POLICY = {"mg/dL": "corrected-calcium", "mmol/L": "corrected-calcium-si"}
ALBUMIN_UNIT = {"mg/dL": "g/dL", "mmol/L": "g/L"}


def corrected(calcium: Decimal, unit: str, albumin: Decimal, knowledge: Knowledge) -> Calculation:
    """Calcium in `unit` (mg/dL or mmol/L) corrected for an albumin in g/dL (Payne RB and others. Br Med J 1973;4:643)."""
    factor, normal = limits(POLICY[unit], knowledge)
    measured = albumin * 10 if unit == "mmol/L" else albumin
    value = half_up(calcium + factor * (normal - measured), HUNDREDTH)
    inputs = {"calcium": f"{shown(calcium)} {unit}", "albumin": f"{shown(measured)} {ALBUMIN_UNIT[unit]}"}
    step = Step(
        "corrected calcium", f"calcium + {shown(factor)} x ({shown(normal)} - albumin)", f"{shown(value)} {unit}", inputs, "Payne"
    )  # fmt: skip
    notes = ("Where it decides something, measure ionized calcium.",)
    return Calculation(
        "calcium", inputs, {"corrected_calcium": value}, {"corrected_calcium": unit}, (step,), notes, (), (POLICY[unit],)
    )  # fmt: skip

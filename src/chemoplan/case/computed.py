"""Facts that follow from numbers: which formula gives which fact, and from what. One table for cases and for columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.case.formulas import COCKCROFT_GAULT_SEX_FACTOR, body_mass_index, body_surface_area, cockcroft_gault
from chemoplan.vocabulary import Value


@dataclass(frozen=True)
class Computed:
    """One computed fact: its inputs, the formula over them, how it is named to the reader, and decimals kept."""

    fact: str
    inputs: tuple[str, ...]
    formula: Callable[..., Any]
    method: str
    decimals: int
    coded: str | None = None
    codes: Mapping[str, float] | None = None


COMPUTED = (
    Computed("body_surface_area", ("height", "weight"), body_surface_area, "Mosteller", 2),
    Computed("body_mass_index", ("height", "weight"), body_mass_index, "weight / height squared", 1),
    Computed(
        "creatinine_clearance", ("age", "weight", "creatinine", "sex"), cockcroft_gault, "Cockcroft-Gault, actual weight", 1,
        coded="sex", codes=COCKCROFT_GAULT_SEX_FACTOR,
    ),
)  # fmt: skip


def compute(rule: Computed, facts: Mapping[str, Value], limits: tuple[float, float] | None) -> float | None:
    """The computed value, rounded as the rule says, or None while an input is missing or the result is out of range."""
    values: list[Any] = []
    for name in rule.inputs:
        value: Any = facts.get(name)
        if name == rule.coded and rule.codes is not None:
            value = rule.codes.get(str(value))
        if value is None:
            return None
        values.append(value)
    result = round_half_up(rule.formula(*values), rule.decimals)
    return result if limits is None or limits[0] <= result <= limits[1] else None


def round_half_up(number: Any, decimals: int) -> Any:
    """Round half up by scaling, in the same floating-point steps that the column engine takes."""
    scale = 10.0**decimals
    return ((number * scale + 0.5) // 1) / scale

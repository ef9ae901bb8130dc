"""Units are UCUM. Conversion goes through Pint (with ucumvert as its UCUM reader), loaded only when a unit is not everyday.

Loading Pint takes as long as planning, so the everyday units have their factors here; a test holds each equal to Pint's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# UCUM writes these as annotations or arbitrary units; they mean themselves and convert to nothing else.
_ARBITRARY = {"{ULN}", "[ULN]", "ULN", "xULN"}

# What clinical files write for a UCUM unit. Spelling only: each pair is the same unit.
_SPELLINGS = {
    "years": "a", "year": "a", "yr": "a", "y": "a",
    "months": "mo", "month": "mo",
    "weeks": "wk", "week": "wk", "w": "wk",
    "days": "d", "day": "d",
    "lb": "[lb_av]", "lbs": "[lb_av]", "in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]", "ft": "[ft_i]",
    "10^9/L": "10*9/L", "10e9/L": "10*9/L", "G/L": "10*9/L", "x10^9/L": "10*9/L", "x10*9/L": "10*9/L",
    "10^3/uL": "10*3/uL", "K/uL": "10*3/uL", "/uL": "/uL", "cells/uL": "/uL", "/mm3": "/mm3",
    "ml/min": "mL/min", "µmol/L": "umol/L", "μmol/L": "umol/L", "mut/Mb": "1/Mb", "mutations/Mb": "1/Mb",
    "ml/h": "mL/h", "ml/hr": "mL/h", "mL/hr": "mL/h", "m²": "m2", "mg/m²": "mg/m2", "percent": "%",
}  # fmt: skip


# Everyday units by dimension, as multiples of the first one.
EVERYDAY = {
    "length": {"mm": 1.0, "cm": 10.0, "m": 1000.0, "[in_i]": 25.4, "[ft_i]": 304.8},
    "mass": {"g": 1.0, "kg": 1000.0, "[lb_av]": 453.59237},
    "time": {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25},
    "count concentration": {"/uL": 1.0, "/mm3": 1.0, "10*3/uL": 1e3, "10*9/L": 1e3},
    "mass concentration": {"g/L": 1.0, "mg/L": 1e-3, "mg/dL": 1e-2, "g/dL": 10.0, "ug/mL": 1e-3},
    "amount concentration": {"mol/L": 1.0, "mmol/L": 1e-3, "umol/L": 1e-6},
}
_DIMENSION = {unit: dimension for dimension, units in EVERYDAY.items() for unit in units}


class UnitRefused(ValueError):
    """The unit is unknown or does not fit; the message says what would."""


def canonical(unit: str) -> str:
    """The UCUM spelling of a unit as written in a file."""
    unit = unit.strip()
    if unit in _ARBITRARY:
        return "{ULN}"
    return _SPELLINGS.get(unit, _SPELLINGS.get(unit.lower(), unit))


def same_unit(written: str, unit: str) -> bool:
    """True when the written unit is a spelling of `unit`."""
    return canonical(written) == canonical(unit)


def convert(number: float, written: str, unit: str, *, molar_mass: float | None = None) -> float:
    """`number` of the unit `written`, expressed in the UCUM unit `unit`.

    `molar_mass` (g/mol) lets amounts of substance become masses (umol/L to mg/dL).
    Rounded to 12 significant digits, so that 0.5 cm is 5 mm exactly. Raises UnitRefused.
    """
    source, target = canonical(written), canonical(unit)
    if source == target:
        return number
    if "{ULN}" in (source, target) or target in ("", "1/Mb"):
        raise UnitRefused(f"the unit {written!r} does not fit; expected {unit or 'no unit'}")
    factor = _factor(source, target, molar_mass)
    if factor is None:
        raise UnitRefused(f"the unit {written!r} does not fit; expected {unit} or a unit that converts to it")
    return float(f"{number * factor:.12g}")


def _factor(source: str, target: str, molar_mass: float | None) -> float | None:
    start, end = _DIMENSION.get(source), _DIMENSION.get(target)
    if start is not None and end is not None:
        ratio = EVERYDAY[start][source] / EVERYDAY[end][target]
        if start == end:
            return ratio
        if (start, end) == ("amount concentration", "mass concentration") and molar_mass is not None:
            return ratio * molar_mass
        return None
    return library_factor(source, target, molar_mass)


@lru_cache(maxsize=512)
def library_factor(source: str, target: str, molar_mass: float | None = None) -> float | None:
    """How many of the UCUM unit `target` one `source` is, by Pint; None when they do not convert. `molar_mass` in g/mol."""
    from lark.exceptions import LarkError
    from pint import PintError

    registry = _registry()
    try:
        start, end = registry.from_ucum(source), registry.from_ucum(target)
        if molar_mass is not None and start.check("[substance]/[length]**3") and end.check("[mass]/[length]**3"):
            start = start * molar_mass * registry.from_ucum("g/mol")
        return float(start.to(end.units).magnitude / end.magnitude)
    except (PintError, LarkError, ValueError, TypeError, OverflowError, ZeroDivisionError):
        return None


@lru_cache(maxsize=1)
def _registry() -> Any:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()

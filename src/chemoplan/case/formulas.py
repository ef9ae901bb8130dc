"""Body measures and kidney function: arithmetic only, each formula with its source and units.

The formulas use plain operators, so that numbers and Polars expressions both go through them.
"""

from __future__ import annotations

from typing import Any

COCKCROFT_GAULT_SEX_FACTOR = {"male": 1.0, "female": 0.85}
"""Factor by administrative sex; other values have none, and the clearance stays unknown."""


def body_surface_area(height: Any, weight: Any) -> Any:
    """Body surface area in m2 from height in cm and weight in kg (Mosteller, N Engl J Med 1987;317:1098)."""
    return (height * weight / 3600.0) ** 0.5


def body_mass_index(height: Any, weight: Any) -> Any:
    """Body mass index in kg/m2 from height in cm and weight in kg."""
    return weight / (height / 100.0) ** 2


def cockcroft_gault(age: Any, weight: Any, creatinine: Any, sex_factor: Any) -> Any:
    """Creatinine clearance in mL/min from age in years, weight in kg and creatinine in mg/dL.

    Cockcroft DW, Gault MH. Nephron 1976;16:31-41. The actual weight is used as given.
    """
    return (140.0 - age) * weight / (72.0 * creatinine) * sex_factor

"""Body measures in decimal arithmetic: surface area by four formulas, ideal and adjusted weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from chemoplan.dosing.amounts import HUNDREDTH, Step, half_up, shown


def mosteller(height: Decimal, weight: Decimal) -> Decimal:
    """Body surface area in m2 from cm and kg (Mosteller RD. N Engl J Med 1987;317:1098)."""
    return (height * weight / 3600).sqrt()


def dubois(height: Decimal, weight: Decimal) -> Decimal:
    """Body surface area in m2 from cm and kg (Du Bois D, Du Bois EF. Arch Intern Med 1916;17:863)."""
    return Decimal("0.007184") * height ** Decimal("0.725") * weight ** Decimal("0.425")


def haycock(height: Decimal, weight: Decimal) -> Decimal:
    """Body surface area in m2 from cm and kg (Haycock GB and others. J Pediatr 1978;93:62)."""
    return Decimal("0.024265") * height ** Decimal("0.3964") * weight ** Decimal("0.5378")


def gehan_george(height: Decimal, weight: Decimal) -> Decimal:
    """Body surface area in m2 from cm and kg (Gehan EA, George SL. Cancer Chemother Rep 1970;54:225)."""
    return Decimal("0.0235") * height ** Decimal("0.42246") * weight ** Decimal("0.51456")


BSA_FORMULAS: Mapping[str, tuple[Callable[[Decimal, Decimal], Decimal], str]] = MappingProxyType(
    {
        "mosteller": (mosteller, "sqrt(height x weight / 3600)"),
        "dubois": (dubois, "0.007184 x height^0.725 x weight^0.425"),
        "haycock": (haycock, "0.024265 x height^0.3964 x weight^0.5378"),
        "gehan_george": (gehan_george, "0.0235 x height^0.42246 x weight^0.51456"),
    }
)


def body_surface_area(height: Decimal, weight: Decimal, formula: str) -> tuple[Decimal, Step]:
    """The area in m2, rounded half up to hundredths as tables and orders use it, with the step that shows it."""
    work, text = BSA_FORMULAS[formula]
    whole = work(height, weight)
    area = half_up(whole, HUNDREDTH)
    inputs = {"height": f"{shown(height)} cm", "weight": f"{shown(weight)} kg"}
    rule = f"{formula.replace('_', '-').title()}; {shown(half_up(whole, Decimal('0.0001')))} rounded to two decimals; actual weight, no cap"
    return area, Step("body surface area", text, f"{shown(area)} m2", inputs, rule)

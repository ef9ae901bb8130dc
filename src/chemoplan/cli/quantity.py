"""Numbers with units on the command line: "170 cm", "5.5 ft", "88 umol/L", or a plain number in the unit that is named."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import click

_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(\S.*?)?\s*")


class Quantity(click.ParamType[Decimal]):
    """A decimal number in a UCUM unit. `molar_mass` in g/mol lets amounts of substance become masses."""

    def __init__(self, unit: str, molar_mass: float | None = None) -> None:
        self.unit, self.molar_mass, self.name = unit, molar_mass, unit

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read a number, with a unit or without."""
        from chemoplan.vocabulary.units import UnitRefused, convert, same_unit

        if isinstance(value, Decimal):
            return value
        found = _NUMBER.fullmatch(str(value))
        if not found:
            self.fail(f"{value!r} is no number; expected a number in {self.unit}, such as '12 {self.unit}'", param, ctx)
        number, unit = Decimal(found[1]), found[2]
        if unit is None or same_unit(unit, self.unit):
            return number
        try:
            return Decimal(repr(convert(float(number), unit, self.unit, molar_mass=self.molar_mass)))
        except UnitRefused as refused:
            self.fail(f"{value!r}: {refused}", param, ctx)

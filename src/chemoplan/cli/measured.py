"""Facts on the command line: read in the unit of the vocabulary or one that converts, within what is possible."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import click

_PAIR = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([^\d\s.][^\d]*?)\s*(?=\d|$)")


class Measured(click.ParamType[Decimal]):
    """A number of the fact `name`: "170 cm", "5 ft 7 in", "88 umol/L", or plain in the fact's own unit `unit`."""

    def __init__(self, fact: str, unit: str) -> None:
        self.fact, self.name = fact, unit or "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read one number with or without a unit, or several that add up. Refuses what the vocabulary finds impossible."""
        from chemoplan.dosing.amounts import exact
        from chemoplan.vocabulary.fact import ValueRefused
        from chemoplan.vocabulary.load import load_vocabulary
        from chemoplan.vocabulary.units import UnitRefused, convert, same_unit

        if isinstance(value, Decimal):
            return value
        fact = load_vocabulary()[self.fact]
        text: Any = str(value)
        pairs = _PAIR.findall(text)
        try:
            if len(pairs) > 1 and "".join(number + unit for number, unit in pairs) == text.replace(" ", ""):
                text = sum(convert(float(number), unit, fact.unit) for number, unit in pairs)
            elif len(pairs) == 1 and same_unit(pairs[0][1], fact.unit):
                text = pairs[0][0]
            read = fact.read(text)
        except (UnitRefused, ValueRefused) as refused:
            self.fail(str(refused), param, ctx)
        number = exact(read) if isinstance(read, float) else Decimal(str(text))
        return Decimal(str(text)) if isinstance(text, str) and _same(text, number) else number


def _same(text: str, number: Decimal) -> bool:
    """Whether the text is that number, so that its own digits can be kept."""
    try:
        return Decimal(text.strip()) == number
    except ArithmeticError:
        return False

"""Numbers on the command line: facts in the unit of the vocabulary or one that converts, and amounts that are no facts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import click

from chemoplan.vocabulary.fact import Fact

_PAIRS = re.compile(r"(?:\s*\d+(?:\.\d*)?\s*[^\d\s.,+-][^\d+-]*)+")
_PAIR = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([^\d\s.][^\d]*?)\s*(?=\d|$)")


class Measured(click.ParamType[Decimal]):
    """A number of the fact `fact`: "170 cm", "5 ft 7 in", "88 umol/L", or plain in the fact's own unit `unit`."""

    def __init__(self, fact: str, unit: str) -> None:
        self.fact, self.name = fact, unit or "number"

    def described(self) -> Fact:
        """The fact that reads the number: its unit, and what is possible."""
        from chemoplan.vocabulary.load import load_vocabulary

        return load_vocabulary()[self.fact]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read one number with or without a unit, or several that add up. Refuses what the fact finds impossible."""
        from chemoplan.dosing.amounts import exact
        from chemoplan.vocabulary.fact import ValueRefused
        from chemoplan.vocabulary.units import UnitRefused, convert, same_unit

        if isinstance(value, Decimal):
            return value
        fact = self.described()
        text: Any = str(value)
        pairs = _PAIR.findall(text) if _PAIRS.fullmatch(text) else []
        try:
            if len(pairs) > 1:
                text = sum(convert(float(number), unit, fact.unit) for number, unit in pairs)
            elif len(pairs) == 1 and same_unit(pairs[0][1], fact.unit):
                text = pairs[0][0]
            read = fact.read(text)
        except (UnitRefused, ValueRefused) as refused:
            self.fail(str(refused), param, ctx)
        number = exact(read) if isinstance(read, float) else Decimal(str(text))
        return Decimal(str(text)) if isinstance(text, str) and _same(text, number) else number


class Amount(Measured):
    """A number in the UCUM unit `unit` that is no fact of a case, such as a dose or a volume: above zero, or from zero on."""

    def __init__(self, what: str, unit: str, *, lowest: float = 0.0001) -> None:
        super().__init__(what, unit)
        self.unit, self.lowest = unit, lowest

    def described(self) -> Fact:
        """A fact for this number alone. Its bounds keep the arithmetic within its digits; they say nothing of medicine."""
        return Fact(self.fact, "", "quantity", "", "", unit=self.unit, range=(self.lowest, 1e7))


def _same(text: str, number: Decimal) -> bool:
    """Whether the text is that number, so that its own digits can be kept."""
    try:
        return Decimal(text.strip()) == number
    except ArithmeticError:
        return False

"""Decimal numbers of dosing: from facts and back, rounding, and the steps that show how a number came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

HUNDREDTH = Decimal("0.01")


class DoseRefused(ValueError):
    """A dose cannot be worked out from what was given; the message says what is wrong and what would be right."""


def exact(value: float | int | str | Decimal) -> Decimal:
    """The number as it was written: the float 0.12 is twelve hundredths."""
    return value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else str(value))


def half_up(value: Decimal, step: Decimal = HUNDREDTH) -> Decimal:
    """The nearest multiple of `step`; a value in the middle goes up."""
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def down(value: Decimal, step: Decimal = HUNDREDTH) -> Decimal:
    """The multiple of `step` at or below the value."""
    return (value / step).quantize(Decimal(1), rounding=ROUND_DOWN) * step


def shown(value: Decimal) -> str:
    """The number as text, without needless zeros and never with an exponent: 154.70 as 154.7, 2E+2 as 200."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(value: Decimal) -> int | float:
    """The number for JSON."""
    return int(value) if value == value.to_integral_value() else float(value)


def plain_or_none(value: Decimal | None) -> int | float | None:
    """The number for JSON, or None where there is none."""
    return None if value is None else plain(value)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of arithmetic: what is worked out, by which formula, from which inputs, with which result, by which rule."""

    what: str
    formula: str
    result: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    rule: str = ""

    def as_json(self) -> dict[str, Any]:
        """The step as plain data."""
        return {
            "step": self.what, "formula": self.formula, "inputs": dict(self.inputs), "result": self.result, "rule": self.rule,
        }  # fmt: skip

"""One fact: its type, its unit, the values it may take, and how a raw value is read into it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from chemoplan.vocabulary.nearest import nearest
from chemoplan.vocabulary.units import UnitRefused, convert, same_unit

Kind = Literal["quantity", "count", "choice", "flag", "set"]


class SetValue(NamedTuple):
    """Members of a set fact. `complete` is False when the source names some members but maybe not all."""

    members: frozenset[str]
    complete: bool = True


Value = bool | float | str | SetValue


class ValueRefused(ValueError):
    """A raw value cannot be a value of the fact; the message says what would be right."""


_NUMBER_WITH_UNIT = re.compile(r"\s*([+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""1,500 is fifteen hundred to some and one and a half to others."""
_FLAG_WORDS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Fact:
    """A named, typed thing that can be known about a case (or about a proposed plan).

    Quantities carry a UCUM unit and an inclusive range in that unit. A choice whose values are all numbers
    (ECOG status, activity score) is `numeric` and compares as a number.
    """

    name: str
    topic: str
    kind: Kind
    meaning: str
    question: str
    unit: str = ""
    values: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    group: str | None = None
    absent: str | None = None
    """The value of a choice that a group declared complete does not mention; of a flag it is false."""
    fresh_days: int | None = None
    derived: bool = False
    may_be_stated: bool = False
    """A derived fact that a case may state all the same, where what it follows from is not known."""
    about: Literal["case", "plan"] = "case"
    molar_mass: float | None = None
    mistaken: str = ""
    """What a value outside the range often is: asked in the refusal."""
    codes: tuple[tuple[str, str], ...] = ()
    numeric: bool = field(default=False)

    @property
    def is_number(self) -> bool:
        """True when the fact compares as a number."""
        return self.kind in ("quantity", "count") or self.numeric

    def numbers(self) -> tuple[float, ...]:
        """The allowed values of a numeric choice, ascending."""
        return tuple(sorted(float(value) for value in self.values)) if self.numeric else ()

    def read(self, raw: Any, unit: str | None = None) -> Value:
        """Read a raw value (from YAML, JSON, a table cell) as a value of this fact.

        Quantities may be numbers in the fact's own unit, numbers with `unit`, or text such as "0.5 cm".
        Raises ValueRefused with what was found and what would be right.
        """
        if self.kind == "flag":
            return self._read_flag(raw)
        if self.kind == "set":
            return self._read_set(raw)
        if self.kind == "choice" and not self.numeric:
            return self._read_choice(raw)
        return self._read_number(raw, unit)

    def _read_flag(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.strip().lower() in _FLAG_WORDS:
            return _FLAG_WORDS[raw.strip().lower()]
        raise ValueRefused(f"{self.name} is {_shown(raw)}; expected true or false (leave it out when not known)")

    def _read_choice(self, raw: Any) -> str:
        text = str(raw).strip() if isinstance(raw, str | int | float) and not isinstance(raw, bool) else None
        if text is not None:
            if text in self.values:
                return text
            folded = {value.lower(): value for value in self.values}
            if text.lower() in folded:
                return folded[text.lower()]
        raise ValueRefused(f"{self.name} is {_shown(raw)}; expected one of {', '.join(self.values)}{self._hint(text)}")

    def _read_set(self, raw: Any) -> SetValue:
        complete = True
        if isinstance(raw, SetValue):
            raw, complete = sorted(raw.members), raw.complete
        elif isinstance(raw, dict) and set(raw) == {"at_least"}:
            raw, complete = raw["at_least"], False
        if isinstance(raw, str):
            raw = [part for part in re.split(r"[,;|]\s*", raw.strip()) if part]
        if not isinstance(raw, list | tuple | set | frozenset):
            raise ValueRefused(f"{self.name} is {_shown(raw)}; expected a list drawn from {', '.join(self.values)}")
        members = []
        for item in raw:
            if not isinstance(item, str) or item.strip() not in self.values:
                text = item if isinstance(item, str) else None
                raise ValueRefused(
                    f"{self.name} holds {_shown(item)}; expected members of {', '.join(self.values)}{self._hint(text)}"
                )
            members.append(item.strip())
        return SetValue(frozenset(members), complete)

    def _read_number(self, raw: Any, unit: str | None) -> float:
        number, unit = self._number_and_unit(raw, unit)
        if unit is not None and unit != self.unit:
            try:
                number = convert(number, unit, self.unit, molar_mass=self.molar_mass)
            except UnitRefused as refused:
                raise ValueRefused(f"{self.name} is {_shown(raw)}: {refused}") from None
        if not math.isfinite(number):
            raise ValueRefused(f"{self.name} is {_shown(raw)}; expected a finite number")
        if self.kind == "count" and number != int(number):
            raise ValueRefused(f"{self.name} is {_shown(raw)}; expected a whole number")
        if self.numeric and number not in self.numbers():
            raise ValueRefused(f"{self.name} is {_shown(raw)}; expected one of {', '.join(self.values)}")
        if self.range is not None and not self.range[0] <= number <= self.range[1]:
            low, high = (format_number(bound) for bound in self.range)
            unit_text = f" {self.unit}" if self.unit not in ("", "1") else ""
            asked = f" ({self.mistaken})" if self.mistaken else ""
            raise ValueRefused(
                f"{self.name} is {_shown(raw)}, which is {format_number(number)}{unit_text}; "
                f"possible is {low} to {high}{unit_text}{asked}"
            )
        return number

    def _number_and_unit(self, raw: Any, unit: str | None) -> tuple[float, str | None]:
        if isinstance(raw, bool):
            raise ValueRefused(f"{self.name} is {_shown(raw)}; expected a number")
        if isinstance(raw, int | float):
            try:
                return float(raw), unit
            except OverflowError:
                raise ValueRefused(f"{self.name} is {_shown(raw)}; expected a finite number") from None
        if isinstance(raw, dict) and set(raw) <= {"value", "unit"} and "value" in raw:
            if raw.get("unit") is not None and not isinstance(raw["unit"], str):
                raise ValueRefused(
                    f"{self.name} has the unit {_shown(raw['unit'])}; expected UCUM text such as {self.unit or '1'!r}"
                )
            return self._number_and_unit(raw["value"], raw.get("unit") or unit)
        if isinstance(raw, str):
            match = _NUMBER_WITH_UNIT.fullmatch(raw)
            if match and _GROUPED.fullmatch(match.group(1)):
                plain = match.group(1).replace(",", "")
                raise ValueRefused(
                    f"{self.name} is {_shown(raw)}, which can be read as {plain} or as {match.group(1).replace(',', '.')}; "
                    "write it without the comma"
                )
            if match:
                own = match.group(2)
                if own and unit and not same_unit(own, unit):
                    raise ValueRefused(f"{self.name} is {_shown(raw)} with the unit {unit!r} beside it; name one unit")
                return float(match.group(1).replace(",", ".")), own or unit
        wanted = f"a number in {self.unit}" if self.unit not in ("", "1") else "a number"
        if self.numeric:
            wanted = f"one of {', '.join(self.values)}"
        raise ValueRefused(f"{self.name} is {_shown(raw)}; expected {wanted}")

    def _hint(self, text: str | None) -> str:
        close = nearest(text, self.values) if text else None
        return f" (did you mean {close}?)" if close else ""

    def show(self, value: Value) -> str:
        """The value as text, with its unit."""
        if isinstance(value, SetValue):
            text = "{" + ", ".join(name for name in self.values if name in value.members) + "}"
            return text if value.complete else f"at least {text}"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return format_number(value) + (f" {self.unit}" if self.unit not in ("", "1") else "")
        return str(value)

    def plain(self, value: Value) -> bool | int | float | str | list[str] | dict[str, list[str]]:
        """The value as plain JSON data that `read` takes back without loss."""
        if isinstance(value, SetValue):
            members = [name for name in self.values if name in value.members]
            return members if value.complete else {"at_least": members}
        if isinstance(value, float):
            return int(value) if value == int(value) else value
        return value


def format_number(number: float) -> str:
    """A number without a needless fraction: 5.0 as 5, 0.5 as 0.5."""
    return str(int(number)) if number == int(number) else repr(float(number))


def _shown(raw: Any) -> str:
    text = repr(raw) if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else text[:57] + "..."

"""An independent second path to the doses of an order, for the double check by two people.

It shares no arithmetic with the first one: fractions and whole-number roots instead of decimals, and backwards from the order:
which share of the published dose was ordered, for which body. It knows nothing of how the first path came to its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isqrt
from typing import Any

from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import Value

AGREE = Fraction(1, 20)
"""Two numbers within 0.05 of each other (mg, mL) agree: both are rounded."""


def recheck(order: Mapping[str, Any], facts: Mapping[str, Value], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Each dose of the order worked out again: the number found, the difference, whether they agree, and how it was done."""
    size = _Sizes(facts)
    level = -order["request"]["level"]
    return [row for line in order["drugs"] if line["dose"] is not None for row in _line(line, size, knowledge, level)]


class _Sizes:
    """By what a published dose is multiplied, from the facts themselves."""

    def __init__(self, facts: Mapping[str, Value]) -> None:
        self.facts = facts

    def fact(self, name: str) -> Fraction | None:
        value = self.facts.get(name)
        return Fraction(repr(value)) if isinstance(value, float) else None

    def area(self) -> Fraction | None:
        """Mosteller as a whole-number root: hundredths of a square meter whose square is height x weight x 10000 / 3600."""
        height, weight = self.fact("height"), self.fact("weight")
        if height is None or weight is None:
            return self.fact("body_surface_area")
        square = height * weight * 10_000 / 3600
        hundredths = isqrt(int(square))
        return Fraction(hundredths + (1 if square >= (hundredths + Fraction(1, 2)) ** 2 else 0), 100)

    def of(self, unit: str) -> Fraction | None:
        if unit.endswith("/m2"):
            return self.area()
        return self.fact("weight") if unit.endswith("/kg") else Fraction(1)


def _line(line: Mapping[str, Any], size: _Sizes, knowledge: Knowledge, level: int) -> Iterator[dict[str, Any]]:
    published = line["published"]
    body = size.of(published["unit"])
    if body is None or line.get("pump"):
        return
    full = Fraction(repr(published["value"])) * body
    wanted = full
    how = f"{published['value']} {published['unit']}" + (f" x {_text(body)}" if body != 1 else "")
    asked = _at_level(level, line, size, knowledge) if level else None
    if asked is not None and asked < wanted:
        wanted = asked
        how += f", level -{level}: {_text(asked)} {line['unit']}"
    for change in line["modifications"]:
        share = _share(change, line, full, size, knowledge)
        if change["applied"] and share is not None and share < wanted:
            wanted = share
            how += f", {change['rule']}: {_text(share)} {line['unit']}"
    target = line.get("target", line["dose"])
    if line["status"] != "omit" and not _kept_from_last_time(line):
        yield _compared(line["part"], "dose", target, wanted, line["unit"], how)
    if line.get("tablets"):
        total = sum((Fraction(strength) * count for strength, count in line["tablets"].items()), Fraction(0))
        words = " + ".join(f"{count} x {strength}" for strength, count in line["tablets"].items() if count)
        yield _compared(line["part"], "tablets", line["dose"], total, line["unit"], words)
    if line["per"] == "total" and line["per_day"]:
        days = Fraction(repr(line["dose"])) / Fraction(repr(line["per_day"]))
        nearest = max(1, round(days))
        yield _compared(
            line["part"],
            "per day x days",
            line["dose"],
            Fraction(repr(line["per_day"])) * nearest,
            line["unit"],
            f"{line['per_day']} x {nearest} d",
        )


def _kept_from_last_time(line: Mapping[str, Any]) -> bool:
    """A dose not raised again: the second path does not know what was given last."""
    return any("last dose" in step["inputs"] for step in line["steps"])


def _share(
    change: Mapping[str, Any], line: Mapping[str, Any], full: Fraction, size: _Sizes, knowledge: Knowledge
) -> Fraction | None:
    """The dose that one change asks for, read from the knowledge again."""
    held = knowledge.dosing.dose_changes.get(change["rule"])
    if held is None:
        entry, _, number = change["rule"].partition("/")
        if not number or entry not in knowledge.entries:
            return None
        start = knowledge.entries[entry].modifies[int(number) - 1].start_fraction
        return None if start is None else full * Fraction(repr(start))
    if held.fraction is not None:
        return full * Fraction(str(held.fraction))
    if held.to is not None:
        body = size.of(held.to.unit)
        return None if body is None else min(full, Fraction(str(held.to.value)) * body)
    if held.levels is not None:
        return _at_level(held.levels, line, size, knowledge)
    return None


def _at_level(level: int, line: Mapping[str, Any], size: _Sizes, knowledge: Knowledge) -> Fraction | None:
    """The dose so many levels below the published one; None where no levels are published for it."""
    drug = knowledge.dosing.drugs.get(line["drug"])
    for ladder in drug.ladders if drug else ():
        steps = [Fraction(str(step)) for step in ladder.steps]
        fits = not ladder.parts or line["part"] in ladder.parts
        if (
            fits
            and ladder.unit == line["published"]["unit"]
            and steps[0] == Fraction(repr(line["published"]["value"]))
            and level < len(steps)
        ):
            body = size.of(ladder.unit)
            return None if body is None else steps[level] * body
    return None


def _compared(part: str, what: str, ordered: float, found: Fraction, unit: str, how: str) -> dict[str, Any]:
    difference = Fraction(repr(ordered)) - found
    return {
        "part": part, "what": what, "ordered": ordered, "recalculated": _number(found), "unit": unit,
        "difference": _number(difference), "agrees": abs(difference) <= AGREE, "how": how,
    }  # fmt: skip


def _number(value: Fraction) -> int | float:
    rounded = Fraction(round(value * 100), 100)
    return int(rounded) if rounded.denominator == 1 else float(rounded)


def _text(value: Fraction) -> str:
    return str(_number(value))

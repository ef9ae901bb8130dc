"""Which line of a written order stands for which line of the recalculated one, and the two doses on the same footing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations
from typing import Any

from chemoplan.dosing.amounts import exact, shown
from chemoplan.dosing.written_line import Line
from chemoplan.knowledge.regimens import RegimenPart

Row = Mapping[str, Any]
PER = {"dose": "each dose", "day": "each day", "total": "in total"}
MANY = 5
"""Beyond so many lines of one drug they are taken in their order."""


@dataclass(frozen=True)
class Pair:
    """A written line and the recalculated line that it stands for.

    `found` is the written dose in mg on the footing `basis` (dose, day, total); None where it cannot be said.
    """

    line: Line
    row: Row
    part: RegimenPart
    tolerance: Decimal
    """How far the dose may lie off, as a share."""
    found: Decimal | None = None
    basis: str = "dose"

    @property
    def expected(self) -> tuple[Decimal, ...]:
        """The recalculated dose on the same footing; two where tablets made another number of it. Empty while there is none."""
        doses = [self.row["dose"], self.row.get("target")]
        return tuple(self.on_footing(exact(dose)) for dose in doses if dose is not None)

    @property
    def full(self) -> Decimal | None:
        """The full dose on the same footing, before anything changed it."""
        full = self.row["calculated"]
        return None if full is None else self.on_footing(exact(full))

    def on_footing(self, value: Decimal, basis: str = "") -> Decimal:
        """A dose of the row on another footing, by default that of the written line."""
        return footings(self.row, self.part, value)[basis or self.basis]

    def near(self, value: Decimal) -> bool:
        """True when the written dose is within tolerance of this one."""
        return self.found is not None and abs(self.found - value) <= value * self.tolerance

    @property
    def agrees(self) -> bool:
        """True when the written dose is the recalculated one: within tolerance, or between tablets and arithmetic."""
        expected = self.expected
        if not expected or self.found is None:
            return False
        return any(map(self.near, expected)) or min(expected) <= self.found <= max(expected)

    def text(self, value: Decimal, basis: str = "") -> str:
        """A dose in words: 4368 mg in total."""
        return f"{shown(value)} {self.row['unit']} {PER[basis or self.basis]}"


def footings(row: Row, part: RegimenPart, value: Decimal) -> dict[str, Decimal]:
    """A dose of a row as each dose, each day and in total."""
    days, times = len(row["days"]) or 1, Decimal(row["times_per_day"])
    if row["per"] == "dose":
        return {"dose": value, "day": value * times, "total": value * times * days}
    if row["per"] == "day":
        return {"dose": value / times, "day": value, "total": value * days}
    nominal = part.nominal_days or days
    return {"dose": value, "day": value / nominal, "total": value}


def basis_of(line: Line, row: Row) -> str:
    """What the written dose is for; where it does not say, each dose when the row is so, else what the row says."""
    return line.per or str(row["per"])


def matched(
    lines: Sequence[Line], rows: Sequence[Row], sizes: Mapping[str, Decimal | None]
) -> tuple[list[tuple[Line, Row]], list[Line], list[Row]]:
    """Pairs of written and recalculated lines, written lines to spare, and recalculated lines that nobody wrote."""
    pairs: list[tuple[Line, Row]] = []
    left_lines, left_rows = list(lines), list(rows)
    for drug in dict.fromkeys(str(row["drug"]) for row in rows):
        mine = [line for line in left_lines if line.drug == drug]
        wanted = [row for row in left_rows if row["drug"] == drug]
        for line, row in _assigned(mine, wanted, sizes):
            pairs.append((line, row))
            left_lines.remove(line)
            left_rows = [other for other in left_rows if other is not row]
    order = {id(row): at for at, row in enumerate(rows)}
    return sorted(pairs, key=lambda pair: order[id(pair[1])]), left_lines, left_rows


def _assigned(lines: list[Line], rows: list[Row], sizes: Mapping[str, Decimal | None]) -> list[tuple[Line, Row]]:
    """The assignment of the lines of one drug that costs least."""
    if not lines or not rows:
        return []
    if max(len(lines), len(rows)) > MANY:
        return list(zip(lines, rows, strict=False))
    few, many = (lines, rows) if len(lines) <= len(rows) else (rows, lines)
    best: list[tuple[Line, Row]] = []
    least: float | None = None
    for chosen in permutations(many, len(few)):
        pairs: list[Any] = list(zip(few, chosen, strict=True))
        if few is rows:
            pairs = [(line, row) for row, line in pairs]
        cost = sum(_cost(line, row, sizes) for line, row in pairs)
        if least is None or cost < least:
            best, least = pairs, cost
    return best


def _cost(line: Line, row: Row, sizes: Mapping[str, Decimal | None]) -> float:
    """How badly a line fits a row: by part, route, days, time, footing, and how far the dose lies off."""
    cost = 0.0
    if line.part:
        cost += 0 if line.part == row["part"] else 100
    if line.route:
        cost += 0 if same_route(line.route, row["route"]) else 8
    if line.days and row["days"]:
        cost += 0 if list(line.days) == list(row["days"]) else 3
    if line.per:
        cost += 0 if line.per == row["per"] else 1
    reference = row["dose"] or row["calculated"]
    size = sizes.get(line.size) if line.size else Decimal(1)
    if line.dose and reference and size:
        ratio = float(line.dose * size / exact(reference))
        cost += min(abs(ratio - 1), abs(1 / ratio - 1), 4)
    return cost


def same_route(written: str, wanted: str) -> bool:
    """True when a written route says the same, or the same less exactly: intravenous for an intravenous bolus."""
    if written == wanted:
        return True
    if wanted.startswith("intravenous"):
        return written == "intravenous" or (written == "intravenous infusion" and wanted.endswith("infusion"))
    return False

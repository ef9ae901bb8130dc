"""How an audit of an order is told: doses in words, and whether a line agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report.order_outline import LINES, PER, number_text
from chemoplan.report.words import Mark, mark_of

Row = Mapping[str, Any]


def dose_text(row: Row, dose: Any) -> str:
    """A dose of a line with its unit and what it is for; why there is none, where there is none."""
    if dose is None:
        return mark_of(LINES, row["status"]).word if row["status"] != "give" else "no dose"
    return f"{number_text(dose)} {row['unit']} {PER[row['per']]}"


def agreement(row: Row) -> Mark:
    """Whether the ordered dose is the recalculated one."""
    if row["agrees"]:
        return Mark("agrees", "●", "good")
    if row["expected"] is None:
        return Mark("no dose to compare", "?", "calm")
    return Mark("not ordered", "▲", "open") if not row["ordered"] else Mark("DIFFERS", "■", "bad")

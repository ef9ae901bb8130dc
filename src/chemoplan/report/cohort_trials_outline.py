"""How many people against many studies are told, in the terminal and on a page: which studies and which lines come first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]

VERDICTS = {"eligible": "eligible so far", "fixable": "fixable", "possible": "possible", "ineligible": "ineligible"}
"""Keys of the counts, and the verdicts they count."""


def ranked(result: Row) -> list[Row]:
    """The studies, those first that could take most people."""
    return sorted(result["studies"], key=lambda row: (*(-row[name] for name in VERDICTS), row["study"]))


def losing_lines(row: Row, most: int) -> list[Row]:
    """The lines of a study that lose people: those that lose most alone first, then most in all."""
    losing = [clause for clause in row.get("clauses", ()) if clause["failing"]]
    return sorted(losing, key=lambda clause: (-clause["failing_alone"], -clause["failing"]))[:most]

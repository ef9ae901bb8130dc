"""Icon arrays: a rate as figures of 100 people, told in words too. Filled and outlined figures differ by shape, not color alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from markupsafe import Markup, escape

from chemoplan.report.words import printable

ACROSS, STEP, HIGH = 20, 14, 18
"""Figures in a row, and the room of each."""
_FIGURE = "a2.6 2.6 0 1 0 .01 0zm-3.6 6.4h7.2v6.4h-7.2z"
"""A head and a body, from the top of the head."""


def affected(row: Mapping[str, Any]) -> int:
    """Figures to fill: the rate to the nearest whole person of 100; none where only a limit such as <1 is printed."""
    if row["number"] is None:
        return 0
    whole = Decimal(str(row["number"])).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return min(100, max(0, int(whole)))


def of_hundred(row: Mapping[str, Any]) -> str:
    """The rate in whole people of 100, in words."""
    number = row["number"]
    if number is None:
        limit = str(row["percent"])
        return f"fewer than {limit[1:]} of 100" if limit.startswith("<") else f"{limit} of 100"
    count = affected(row)
    if count == 0 and number > 0:
        return "fewer than 1 of 100"
    return f"{count} of 100" if number == count else f"about {count} of 100"


def icon_array(row: Mapping[str, Any], label: str) -> Markup:
    """100 figures, as many filled as the rate says; `label` is the text alternative."""
    count = affected(row)
    filled, plain = ("".join(_at(place) for place in places) for places in (range(count), range(count, 100)))
    text = escape(printable(label))
    return Markup(
        f'<svg class="people" viewBox="0 0 {ACROSS * STEP} {100 // ACROSS * HIGH}" role="img" aria-label="{text}" focusable="false">'
        f"<title>{text}</title>"
        + (f'<path class="hit" d="{filled}"/>' if filled else "")
        + (f'<path class="spared" d="{plain}"/>' if plain else "")
        + "</svg>"
    )  # every text in it was escaped


def _at(place: int) -> str:
    row, column = divmod(place, ACROSS)
    return f"M{column * STEP + 7} {row * HIGH + 2}{_FIGURE}"

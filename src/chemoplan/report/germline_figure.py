"""A gene with its listed positions as inline SVG: to scale above, one slot a position below. Shape and word tell as much as color."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from chemoplan.report.germline_outline import STATES, Row, counts_text, place_text, position_text, read_text, state_of
from chemoplan.report.words import mark_of, printable

WIDTH, EDGE = 760.0, 14.0
GENE, SLOTS = 40.0, 92.0
"""Heights of the gene to scale and of the slots below it."""
WIDEST = 90.0
LETTER, BOLD = 6.1, 7.2
SHORT = 17

_SIGNS = {
    "reference": '<circle r="4.4"/>',
    "variant": '<path d="M-6.2 -6.2h12.4v12.4h-12.4z"/>',
    "harmless": '<path d="M-4.6 -4.6h9.2v9.2h-9.2z"/>',
    "unlisted": '<path d="M0 -7.4L7 5.4H-7z"/>',
    "not_assessed": '<path d="M-5 -5L5 5M5 -5L-5 5"/>',
}
"""The sign of each state around its middle: every state has its own shape."""


def gene_figure(gene: str, rows: Sequence[Row], build: str | None = None) -> Markup | None:
    """The positions of one gene: all of them on the gene to scale, those that a normal result needs in a slot of their own each.

    Where something was found at another position it gets a slot too. None when no position is listed.
    """
    if not rows:
        return None
    shown = [row for row in rows if row["needed"] or row["state"] in ("variant", "unlisted")]
    places = [row["place"] for row in rows]
    first, last = min(places), max(places)
    step = min(WIDEST, (WIDTH - 2 * EDGE) / max(len(shown), 1))
    begin = (WIDTH - step * len(shown)) / 2 + step / 2
    slots = [begin + number * step for number in range(len(shown))]
    labels = [label(row) for row in shown]
    # Labels that have no room side by side hang upright.
    upright = max((len(text) for text in labels), default=0) * LETTER + 6 > step
    high = SLOTS + 24 + (max((len(text) for text in labels), default=0) * BOLD if upright else 14)
    name = f"{gene}: {counts_text(rows)}. {found_text(rows)}"
    where = f"{gene}, chromosome {rows[0]['chromosome']}" + (f", {build}" if build else "")
    parts = [
        f'<svg class="gene" viewBox="0 0 {WIDTH:.0f} {high:.0f}" role="img" aria-label="{_text(name)}" focusable="false">',
        f"<title>{_text(name)}</title>",
        f'<text class="tick-name" x="{EDGE:.1f}" y="{GENE - 20:.1f}">{_text(where)}</text>',
        f'<text class="tick-name" x="{WIDTH - EDGE:.1f}" y="{GENE - 20:.1f}" text-anchor="end">{first:,} to {last:,}</text>',
        f'<rect class="backbone" x="{EDGE - 4:.1f}" y="{GENE - 5:.1f}" width="{WIDTH - 2 * EDGE + 8:.1f}" height="10" rx="5"/>',
    ]
    drawn = {id(row) for row in shown}
    parts += [_tick(row, _x(row["place"], first, last)) for row in rows if id(row) not in drawn]
    for row, slot, text in zip(shown, slots, labels, strict=True):
        parts.append(_slot(row, _x(row["place"], first, last), slot, text, upright))
    return Markup("".join([*parts, "</svg>"]))  # every text in it went through _text


def label(row: Row) -> str:
    """A short name for a slot: what was found there or else is looked for, by its star name where it has one."""
    names = [name for name in row["found"] if name] if row["state"] == "variant" else str(row["name"]).split(" or ")
    short = [match[1] if (match := re.search(r"\(([^()]+)\)$", name)) else name for name in names]
    text = ", ".join(dict.fromkeys(short)) or str(row["rsid"])
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def found_text(rows: Sequence[Row]) -> str:
    """What was found along a gene, in words."""
    found = [f"{position_text(row)}: {read_text(row)}" for row in rows if row["state"] in ("variant", "unlisted")]
    return f"Found: {'; '.join(found)}." if found else "No variant was found among the positions assessed."


def sign(state: str) -> Markup:
    """The sign of a state alone, for a legend or a table cell; it stands beside its word."""
    drawn = f'<g class="at-{state}" transform="translate(8 8)">{_SIGNS[state]}</g>'
    return Markup(f'<svg class="sign" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{drawn}</svg>')


def _x(place: int, first: int, last: int) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * (place - first) / max(last - first, 1)


def _tick(row: Row, x: float) -> str:
    state = "gap" if row["state"] == "not_assessed" else "read"
    return f'<path class="tick-{state}" d="M{x:.1f} {GENE - 11:.1f}v6"><title>{_text(_full(row))}</title></path>'


def _slot(row: Row, x: float, slot: float, text: str, upright: bool) -> str:
    state = state_of(row) if state_of(row) in _SIGNS else "not_assessed"
    y = SLOTS + 18
    turn = f' transform="rotate(-90 {slot:.1f} {y:.1f})"' if upright else ""
    anchor, drop = ("end", 3.5) if upright else ("middle", 6.0)
    weight = " found" if state in ("variant", "unlisted") else ""
    return (
        f"<g><title>{_text(_full(row))}</title>"
        f'<path class="stalk{weight}" d="M{x:.1f} {GENE - 5:.1f}v10L{slot:.1f} {SLOTS - 16:.1f}v7"/>'
        f'<g class="at-{state}" transform="translate({slot:.1f} {SLOTS:.1f})">{_SIGNS[state]}</g>'
        f'<text class="slot-name{weight}" x="{slot:.1f}" y="{y:.1f}" dy="{drop}" text-anchor="{anchor}"{turn}>{_text(text)}</text></g>'
    )


def _full(row: Row) -> str:
    return f"{position_text(row)}, {place_text(row)}: {mark_of(STATES, state_of(row)).word}; {read_text(row)}"


def _text(text: str) -> str:
    return str(escape(printable(text)))

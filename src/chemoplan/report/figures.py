"""Figures as inline SVG: changes along a protein, an oncoprint, shares with their intervals. Shape and word tell as much as color."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from chemoplan.report.words import printable

KINDS = {
    "missense": "missense",
    "truncating": "truncating",
    "in_frame": "in frame",
    "splice": "splice site",
    "other": "other change",
    "amplification": "amplification",
    "deletion": "deletion",
    "fusion": "fusion",
}
"""Kinds of alteration that a figure tells apart, and their words."""

_KIND_OF_CHANGE = {
    "substitution": "missense", "nonsense": "truncating", "frameshift": "truncating", "start_lost": "truncating",
    "deletion": "in_frame", "insertion": "in_frame", "duplication": "in_frame", "delins": "in_frame", "splice": "splice",
}  # fmt: skip

WIDTH, EDGE, LETTER = 760.0, 18.0, 6.9
"""Width of a protein figure, its margin, and the width of one letter of a label."""


@dataclass(frozen=True)
class Lollipop:
    """One change on a protein: where, what kind, its label, how it is told in full."""

    at: int
    kind: str
    label: str
    full: str


def kind_of(row: Mapping[str, Any]) -> str:
    """The kind of a call for a figure, from what its change says."""
    from chemoplan.genomics.protein import parse_protein

    if row["change"] == "fusion":
        return "fusion"
    if row["change"] == "copy number":
        more = row["level"] > 0 if row["level"] is not None else row["copies"] > 2
        return "amplification" if more else "deletion"
    change = parse_protein(str(row["change"] or ""))
    return _KIND_OF_CHANGE.get(change.kind, "other") if change else "other"


def codon_of(row: Mapping[str, Any]) -> int | None:
    """The first residue that a call changes; None when it names none."""
    from chemoplan.genomics.protein import parse_protein

    change = parse_protein(str(row["change"] or ""))
    return change.start if change and change.start > 0 else None


@lru_cache(maxsize=1)
def shapes() -> dict[str, Any]:
    """Lengths and domains of proteins, for drawing."""
    import yaml

    text = (files("chemoplan.report") / "gene_shapes.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


_SIGNS = {
    "missense": "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0z",
    "truncating": "M0 -1.25L1.25 0L0 1.25L-1.25 0z",
    "in_frame": "M-1 -1h2v2h-2z",
    "splice": "M0 -1.2L1.2 .9h-2.4z",
    "other": "M-.8 0a.8 .8 0 1 0 1.6 0a.8 .8 0 1 0 -1.6 0z",
    "amplification": "M0 -1.2l1.2 1.2h-.6v1h-1.2v-1h-.6z",
    "deletion": "M0 1.2l1.2 -1.2h-.6v-1h-1.2v1h-.6z",
    "fusion": "M-1 -1L1 1V-1L-1 1z",
}
"""The sign of each kind around its middle, in units of its size: every kind has its own shape."""


def mark(kind: str, x: float, y: float, size: float = 5.5) -> str:
    """The sign of a kind at a place."""
    place = f"translate({x:.1f} {y:.1f}) scale({size})"
    return f'<path class="alt-{kind}" transform="{place}" vector-effect="non-scaling-stroke" d="{_SIGNS[kind]}"/>'


def sign(kind: str) -> Markup:
    """The sign alone, for a legend or a table cell; it stands beside its word."""
    drawn = mark(kind, 8, 8)
    return Markup(f'<svg class="sign" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{drawn}</svg>')


def lollipops(gene: str, rows: Sequence[Mapping[str, Any]]) -> Markup | None:
    """The changes of one gene along its protein; None when no length is known or no change has a place."""
    shape = shapes()["genes"].get(gene)
    placed = _lollipops(rows)
    if shape is None or not placed or max(item.at for item in placed) > shape["length"]:
        return None
    length = int(shape["length"])
    places = _spread([_x(item.at, length) for item in placed], [_room(item, placed) for item in placed])
    upright = places is None
    if places is None:
        places = _spread([_x(item.at, length) for item in placed], [13.0] * len(placed)) or [
            _x(item.at, length) for item in placed
        ]
    longest = max(len(item.label) for item in placed)
    head = (longest * LETTER + 10 if upright else 18) + 8.0
    base = head + 44
    name = f"{gene}: {'; '.join(item.full for item in placed)}"
    parts = [
        f'<svg class="lollipops" viewBox="0 0 {WIDTH:.0f} {base + 44:.0f}" role="img" aria-label="{_text(name)}" focusable="false">',
        f"<title>{_text(name)}</title>",
        f"<desc>{_text(f'Protein of {length} residues. Domains: {domains_text(gene)}.')}</desc>",
        f'<rect class="backbone" x="{_x(1, length):.1f}" y="{base + 4:.1f}" width="{_x(length, length) - _x(1, length):.1f}" height="8"/>',
    ]
    for text, first, last in shape["domains"]:
        parts.append(_domain(text, _x(first, length), _x(last, length), base, f"{text}, {first} to {last}"))
    for item, place in zip(placed, places, strict=True):
        parts.append(_stalk(item, _x(item.at, length), place, head, base, upright))
    parts += [_tick(number, _x(number, length), base) for number in _ticks(length)]
    return Markup("".join([*parts, "</svg>"]))  # every text in it went through _text


def undrawn_text(gene: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Why the changes of a gene are not drawn along its protein."""
    shape = shapes()["genes"].get(gene)
    if not _lollipops(rows):
        return "Not drawn: no change names a place along the protein."
    if shape is None:
        return "Not drawn: the length of this protein is not known here."
    return f"Not drawn: a change lies beyond the {shape['length']} residues that are known here (another transcript?)."


def domains_text(gene: str) -> str:
    """The domains of a protein with their first and last residues."""
    return "; ".join(f"{text} {first} to {last}" for text, first, last in shapes()["genes"][gene]["domains"])


def _lollipops(rows: Sequence[Mapping[str, Any]]) -> list[Lollipop]:
    found: dict[tuple[int, str], Lollipop] = {}
    for row in rows:
        at = codon_of(row)
        if at is not None:
            change = printable(row["change"])
            kind = kind_of(row)
            label = change.removeprefix("p.")
            short = label if len(label) <= 20 else f"{label[:19]}…"
            found.setdefault((at, change), Lollipop(at, kind, short, f"{change} ({KINDS[kind]})"))
    return [found[key] for key in sorted(found)]


def _x(residue: int, length: int) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * (residue - 1) / max(length - 1, 1)


def _room(item: Lollipop, placed: Sequence[Lollipop]) -> float:
    return max(14.0, len(item.label) * LETTER + 9)


def _spread(wanted: Sequence[float], rooms: Sequence[float]) -> list[float] | None:
    """Places near the wanted ones in which nothing overlaps; None when there is not enough room."""
    if sum(rooms) > WIDTH - 4:
        return None
    # Without the room that stands before each label, places only have to rise: neighbors that do not are put at their mean.
    before = [sum(rooms[:at]) + room / 2 for at, room in enumerate(rooms)]
    blocks: list[tuple[float, int]] = []
    for place, offset in zip(wanted, before, strict=True):
        blocks.append((place - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (left, many), (right, few) = blocks[-2:]
            blocks[-2:] = [((left * many + right * few) / (many + few), many + few)]
    least, most = 2.0, WIDTH - 2 - sum(rooms)
    risen = [min(max(place, least), most) for place, number in blocks for _ in range(number)]
    return [place + offset for place, offset in zip(risen, before, strict=True)]


def _stalk(item: Lollipop, x: float, place: float, head: float, base: float, upright: bool) -> str:
    y = head + 2
    turn = f' transform="rotate(-90 {place:.1f} {y - 11:.1f})"' if upright else ""
    anchor = "start" if upright else "middle"
    lift = y - 11
    drop = 4 if upright else 0
    return (
        f"<g><title>{_text(item.full)}</title>"
        f'<path class="stalk" d="M{x:.1f} {base + 4:.1f}V{base - 8:.1f}L{place:.1f} {y + 14:.1f}V{y:.1f}"/>'
        f"{mark(item.kind, place, y)}"
        f'<text class="change" x="{place:.1f}" y="{lift:.1f}" dy="{drop}" text-anchor="{anchor}"{turn}>{_text(item.label)}</text></g>'
    )


def _domain(text: str, left: float, right: float, base: float, full: str) -> str:
    words = ""
    if right - left > len(text) * 6.2 + 6:
        words = f'<text class="domain-name" x="{(left + right) / 2:.1f}" y="{base + 12:.1f}" text-anchor="middle">{_text(text)}</text>'
    return (
        f'<g><title>{_text(full)}</title><rect class="domain" x="{left:.1f}" y="{base:.1f}" '
        f'width="{right - left:.1f}" height="16" rx="3"/>{words}</g>'
    )


def _ticks(length: int) -> list[int]:
    step = next((size for size in (50, 100, 200, 250, 500, 1000) if length / size <= 6), 1000)
    inner = [at for at in range(step, length, step) if length - at > step * 0.45]
    return [1, *inner, length]


def _tick(number: int, x: float, base: float) -> str:
    return (
        f'<path class="tick" d="M{x:.1f} {base + 18:.1f}v5"/>'
        f'<text class="tick-name" x="{x:.1f}" y="{base + 35:.1f}" text-anchor="middle">{number}</text>'
    )


@dataclass(frozen=True)
class Column:
    """One tumor of an oncoprint: kinds of alteration by gene with how they read, and genes that were not looked at in full."""

    name: str
    found: Mapping[str, Sequence[tuple[str, str]]]
    untested: frozenset[str] = frozenset()


ROW, LEFT, RIGHT = 20.0, 84.0, 124.0


def oncoprint(genes: Sequence[str], columns: Sequence[Column], shares: Mapping[str, str]) -> Markup:
    """Genes by tumors. Tumors are sorted so that those with the first gene altered stand first, and so on."""
    order = sorted(columns, key=lambda column: ([-_weight(column.found.get(gene, ())) for gene in genes], column.name))
    step = min(16.0, max(4.0, 760.0 / max(len(order), 1)))
    wide, high = LEFT + step * len(order) + RIGHT, ROW * len(genes) + 6
    name = f"Oncoprint of {len(genes)} genes in {len(order)} tumors; the table below holds the same numbers"
    parts = [
        f'<svg class="oncoprint" viewBox="0 0 {wide:.0f} {high:.0f}" style="min-width:{wide:.0f}px;max-width:{1.15 * wide:.0f}px" '
        f'role="img" aria-label="{_text(name)}" focusable="false"><title>{_text(name)}</title>'
    ]
    for down, gene in enumerate(genes):
        y = down * ROW + 3
        parts.append(
            f'<text class="gene-name" x="{LEFT - 8:.0f}" y="{y + 13:.1f}" text-anchor="end">{_text(gene)}</text>'
        )
        parts.append(
            f'<rect class="row" x="{LEFT:.0f}" y="{y:.1f}" width="{step * len(order):.1f}" height="{ROW - 4:.0f}"/>'
        )
        blank = "".join(
            _untested(LEFT + at * step, y, step) for at, column in enumerate(order) if gene in column.untested
        )
        parts.append(f'<path class="untested" d="{blank}"/>' if blank else "")
        parts += [
            _cell(column, gene, LEFT + at * step, y, step) for at, column in enumerate(order) if column.found.get(gene)
        ]
        share = shares.get(gene, "")
        parts.append(
            f'<text class="share" x="{LEFT + step * len(order) + 8:.1f}" y="{y + 13:.1f}">{_text(share)}</text>'
        )
    return Markup("".join([*parts, "</svg>"]))  # every text in it went through _text


def _weight(found: Sequence[tuple[str, str]]) -> int:
    order = list(KINDS)
    return max((len(order) - order.index(kind) for kind, _ in found), default=0)


def _untested(x: float, y: float, step: float) -> str:
    return f"M{x + step / 2:.1f} {y + 5:.1f}v{ROW - 14:.1f}"


_BANDS = {
    "missense": (4.5, 7), "truncating": (1, 14), "in_frame": (4.5, 7), "splice": (8.5, 6.5), "other": (6.5, 3),
    "amplification": (0, 16), "deletion": (0, 16), "fusion": (0, 16),
}  # fmt: skip
"""Top and height of a kind within its cell: like the colors, the heights tell kinds apart."""


def _cell(column: Column, gene: str, x: float, y: float, step: float) -> str:
    gap = 0.6 if step > 3 else 0.2
    full = f"{column.name}: {gene} {', '.join(text for _, text in column.found[gene])}"
    drawn = []
    for kind in dict.fromkeys(kind for kind, _ in reversed(list(column.found[gene]))):
        top, tall = _BANDS.get(kind, (6.5, 3))
        drawn.append(
            f'<rect class="alt-{kind}" x="{x + gap / 2:.1f}" y="{y + top:.1f}" width="{step - gap:.1f}" height="{tall}"/>'
        )
    return f"<g><title>{_text(full)}</title>{''.join(drawn)}</g>"


def swatch(kind: str) -> Markup:
    """A cell of an oncoprint alone, for its legend."""
    top, tall = _BANDS[kind]
    back = '<rect class="row" x="4" y="0" width="8" height="16"/>'
    return Markup(f'{back}<rect class="alt-{kind}" x="4" y="{top}" width="8" height="{tall}"/>')


def interval(share: float | None, low: float | None, high: float | None) -> Markup:
    """A share of 1 as a dot with its interval as a line, on a track from 0 to 100 percent."""
    if share is None or low is None or high is None:
        return Markup("")
    label = f"{100 * share:.0f} percent, interval {100 * low:.0f} to {100 * high:.0f}"
    return Markup(
        f'<svg class="interval" role="img" aria-label="{label}" focusable="false">'
        '<rect class="track" x="0" y="6" width="100%" height="2"/>'
        f'<rect class="span" x="{100 * low:.2f}%" y="5" width="{max(100 * (high - low), 0.3):.2f}%" height="4"/>'
        f'<circle class="dot" cx="{100 * share:.2f}%" cy="7" r="4"/></svg>'
    )


def bar(share: float, label: str) -> Markup:
    """A share of 1 as a bar."""
    return Markup(
        f'<svg class="bar" role="img" aria-label="{_text(label)}" focusable="false">'
        '<rect class="track" x="0" y="1" width="100%" height="12"/>'
        f'<rect class="bar-calm" x="0" y="1" width="{100 * share:.2f}%" height="12"/></svg>'
    )


def kinds_in(rows: Iterable[str]) -> list[str]:
    """The kinds that occur, in the order of the legend."""
    present = set(rows)
    return [kind for kind in KINDS if kind in present]


def _text(text: str) -> str:
    return str(escape(printable(text)))

"""The codons of the loci table laid out along the chromosomes: does a record touch one, and which were read whole?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from chemoplan.genomics.loci import BUILDS, Codon, codons_of
from chemoplan.genomics.tumor import Build
from chemoplan.knowledge import load_knowledge

Span = tuple[str, int, int]
"""Chromosome, first and last position, 1-based and inclusive."""


@lru_cache(maxsize=1)
def table_codons() -> tuple[Codon, ...]:
    """Every codon of the table."""
    genes = dict.fromkeys(row.gene for row in load_knowledge().loci.values())
    return tuple(codon for gene in genes for codon in codons_of(gene))


@lru_cache(maxsize=2)
def _by_place(build: Build) -> dict[tuple[str, int], tuple[Codon, ...]]:
    places: dict[tuple[str, int], tuple[Codon, ...]] = {}
    for codon in table_codons():
        for offset in range(3):
            key = (codon.chromosome, codon.lowest(build) + offset)
            places[key] = (*places.get(key, ()), codon)
    return places


@lru_cache(maxsize=1)
def _all_places() -> dict[str, list[int]]:
    """Positions of table codons in either build, sorted, by chromosome."""
    found: dict[str, set[int]] = {}
    for build in BUILDS:
        for chromosome, position in _by_place(build):
            found.setdefault(chromosome, set()).add(position)
    return {chromosome: sorted(positions) for chromosome, positions in found.items()}


def place_sets() -> dict[str, frozenset[int]]:
    """The same as sets, for a quick look at one position."""
    return {chromosome: frozenset(positions) for chromosome, positions in _all_places().items()}


def touches(chromosome: str, first: int, last: int) -> bool:
    """True when a stretch holds a position of a table codon, in either build."""
    positions = _all_places().get(chromosome)
    if not positions:
        return False
    place = bisect_left(positions, first)
    return place < len(positions) and positions[place] <= last


def codons_touched(build: Build, chromosome: str, first: int, last: int) -> tuple[Codon, ...]:
    """The codons that a stretch touches, each once."""
    places = _by_place(build)
    found = (codon for position in range(first, last + 1) for codon in places.get((chromosome, position), ()))
    return tuple(dict.fromkeys(found))


def merged(spans: Iterable[Span]) -> dict[str, list[tuple[int, int]]]:
    """Stretches by chromosome, sorted; those that overlap or adjoin are one."""
    joined: dict[str, list[tuple[int, int]]] = {}
    for chromosome, first, last in sorted(spans):
        rows = joined.setdefault(chromosome, [])
        if rows and first <= rows[-1][1] + 1:
            rows[-1] = (rows[-1][0], max(rows[-1][1], last))
        else:
            rows.append((first, last))
    return joined


def codons_inside(build: Build, spans: Iterable[Span]) -> frozenset[tuple[str, int]]:
    """Gene and number of every codon whose three positions lie inside the stretches."""
    rows = merged(spans)
    starts = {chromosome: [first for first, _ in found] for chromosome, found in rows.items()}
    inside: set[tuple[str, int]] = set()
    for codon in table_codons():
        first = codon.lowest(build)
        place = bisect_left(starts.get(codon.chromosome, []), first + 1) - 1
        if place >= 0 and rows[codon.chromosome][place][1] >= first + 2:
            inside.add((codon.gene, codon.number))
    return frozenset(inside)

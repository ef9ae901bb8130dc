"""The listed positions as places in one build, and what an allele of a record makes of each: matched by bases, never by name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.genomics.germline.observed import UNLISTED
from chemoplan.genomics.loci import BUILDS
from chemoplan.genomics.tumor import Build
from chemoplan.intake.builds import chromosome
from chemoplan.intake.fhir.tables import table
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.pharmacogenes import GenePosition

_BASES = frozenset("ACGT")
_SHOWN = 20
"""Bases of an unlisted allele that a message shows."""


@dataclass(frozen=True)
class Edit:
    """A change without the bases that its two alleles share: `ref` at `start` (1-based) becomes `alt`; either may be empty."""

    start: int
    ref: str
    alt: str

    @property
    def text(self) -> str:
        """The change in few words, for an allele that no list names."""
        if not self.alt:
            return f"del{len(self.ref)}"
        if not self.ref:
            return f"ins{self.alt[:_SHOWN]}"
        return f"{self.ref[:_SHOWN]}>{self.alt[:_SHOWN]}"


@dataclass(frozen=True)
class Site:
    """One listed position in one build.

    `bases` is the reference from `first` to the end of the repeat in which its indel can be written (one base for a
    substitution). `forms` gives for those bases as the reference and each listed alternate make them the GRCh38 allele.
    """

    id: str
    gene: str
    rsid: str
    chromosome: str
    first: int
    ref: str
    bases: str
    forms: Mapping[str, str]

    @property
    def last(self) -> int:
        """The last base of the listed REF: a reference call needs all of them."""
        return self.first + len(self.ref) - 1

    @property
    def end(self) -> int:
        """The last base in which the listed change can be written."""
        return self.first + len(self.bases) - 1

    @property
    def indel(self) -> bool:
        """True for a position whose listed change inserts or deletes bases."""
        return any(len(form) != len(self.bases) for form in self.forms)

    @property
    def reference(self) -> str:
        """The GRCh38 allele that the reference of this build is."""
        return self.forms[self.bases]

    def allele(self, edit: Edit) -> str | None:
        """The allele that a change makes here, unlisted ones with "?" before; None when the change lies elsewhere."""
        if len(edit.ref) == len(edit.alt):
            edit = _within(edit, self.first, self.end)
        if not self._touched(edit):
            return None
        if edit.start < self.first:
            return UNLISTED + edit.text
        at = edit.start - self.first
        beyond = edit.ref[max(self.end + 1 - edit.start, 0) :]
        whole = self.bases + beyond
        made = whole[:at] + edit.alt + whole[at + len(edit.ref) :]
        for form, name in self.forms.items():
            if form + beyond == made:
                return None if form == self.bases else name
        rest = (self.bases + beyond)[len(self.ref) :]
        if len(made) > len(rest) and made.endswith(rest):
            return UNLISTED + made[: len(made) - len(rest)][: _SHOWN + 1]
        return UNLISTED + edit.text

    def _touched(self, edit: Edit) -> bool:
        """A change of the bases, and one that adjoins them: an indel anchored here is an allele of this position."""
        if edit.ref:
            return edit.start <= self.end + (not edit.alt) and edit.start + len(edit.ref) > self.first
        return self.first + self.indel <= edit.start <= self.end + 1

    def agrees(self, position: int, ref: str) -> bool | None:
        """Whether the REF of a record has the reference bases of this build here; None when it has none of them."""
        pairs = [
            (ref[place - position], self.bases[place - self.first])
            for place in range(max(position, self.first), min(position + len(ref) - 1, self.end) + 1)
        ]
        known = [(found, expected) for found, expected in pairs if found in _BASES]
        return all(found == expected for found, expected in known) if known else None


def edit_of(position: int, ref: str, alt: str) -> Edit:
    """A change without its shared bases, those at the end first: what is left lies as far left as its own bases allow."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[shared] == alt[shared]:
        shared += 1
    return Edit(position + shared, ref[shared:], alt[shared:])


def _within(edit: Edit, first: int, end: int) -> Edit:
    """The part of a substitution of several bases that lies between two places."""
    skipped, kept = max(first - edit.start, 0), max(end + 1 - edit.start, 0)
    return Edit(edit.start + skipped, edit.ref[skipped:kept], edit.alt[skipped:kept])


@dataclass(frozen=True)
class SiteTable:
    """The listed positions of one build, and by chromosome in the order of their places."""

    build: Build
    sites: Mapping[str, Site]
    ordered: Mapping[str, tuple[Site, ...]]
    ends: Mapping[str, tuple[int, ...]]

    def near(self, name: str, first: int, last: int) -> tuple[Site, ...]:
        """The sites that a record over these bases can say something about."""
        row = self.ordered.get(name)
        if row is None:
            return ()
        start = bisect_left(self.ends[name], first - 1)
        stop = start
        while stop < len(row) and row[stop].first <= last + 1:
            stop += 1
        return row[start:stop]

    def region(self, name: str, position: int) -> bool:
        """True between the first and the last listed position of a chromosome."""
        row = self.ordered.get(name)
        return row is not None and row[0].first <= position <= row[-1].end


@lru_cache(maxsize=1)
def site_tables() -> Mapping[Build, SiteTable]:
    """The listed positions in both builds."""
    positions = load_knowledge().germline.positions.values()
    return {build: _table(build, [_site(item, build) for item in positions]) for build in BUILDS}


def _table(build: Build, sites: list[Site]) -> SiteTable:
    ordered: dict[str, tuple[Site, ...]] = {}
    for name in dict.fromkeys(site.chromosome for site in sites):
        ordered[name] = tuple(sorted((site for site in sites if site.chromosome == name), key=lambda site: site.first))
    ends = {name: tuple(site.end for site in row) for name, row in ordered.items()}
    return SiteTable(build, {site.id: site for site in sites}, ordered, ends)


def _site(position: GenePosition, build: Build) -> Site:
    place = position.grch37 if build == "GRCh37" else position.grch38
    flank = table("germline")["flanks"].get(position.rsid)
    bases = flank["bases"] if flank else place.ref
    assert bases.startswith(place.ref), position.id
    rest = bases[len(place.ref) :]
    listed = (position.grch38.ref, *position.grch38.alts)
    return Site(
        id=position.id,
        gene=position.gene,
        rsid=position.rsid,
        chromosome=chromosome(position.chromosome),
        first=place.position,
        ref=place.ref,
        bases=bases,
        forms={allele + rest: allele for allele in listed},
    )

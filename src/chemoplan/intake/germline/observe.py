"""From the records at one listed position to one observation: what they say together, or why nothing may be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chemoplan.case.statement import Source
from chemoplan.genomics.germline.observed import UNLISTED, UNREAD, Observation
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.germline.genotype import Genotype, Limits, read_genotype
from chemoplan.intake.germline.records import Row, is_bases
from chemoplan.intake.germline.sites import Edit, Site, edit_of

MISSING = "missing"
CONFLICT = "records at "
"""Begins the reason of a position whose records cannot be true of one person together."""
_GONE = UNLISTED + "*"
"""The allele of a copy on which another record deletes this position."""


@dataclass(frozen=True, eq=False)
class Part:
    """What one record says of one position: its GRCh38 allele by number, and in which way the record counts.

    `about`: an alternate changes the position, so the record speaks for all of it. `covers`: without a change carried, its
    REF bases are shown to be reference.
    """

    row: Row
    alleles: tuple[str, ...]
    edits: tuple[Edit | None, ...]
    about: bool
    covers: bool

    def carried(self, genotype: Genotype) -> bool:
        """True when the person carries an allele of this record that is not the reference here."""
        return any(
            0 < number < len(self.alleles) and self.alleles[number] != self.alleles[0]
            for number in genotype.numbers
            if number
        )


@dataclass
class Desk:
    """One position with the parts of all records about it; observations are made once for each set of cells."""

    site: Site
    parts: tuple[Part, ...]
    document: str
    unit: str
    limits: Limits
    _made: dict[tuple[str, ...], Observation] = field(default_factory=dict)

    def observation(self, column: int) -> Observation:
        """What the records say of the person in this column. People with equal cells share one object."""
        cells = tuple([part.row.cells[column] for part in self.parts])
        made = self._made.get(cells)
        if made is None:
            made = self._made[cells] = _observe(self, cells)
        return made


def part_of(site: Site, row: Row) -> Part | None:
    """How a record counts for a position; None when it says nothing of it."""
    overlaps = row.position <= site.last and row.last >= site.first
    alleles, edits, about, structural = [site.reference], [], False, False
    for alt in row.alts:
        edit = None
        found: str | None = None
        if is_bases(alt):
            edit = edit_of(row.position, row.ref, alt)
            found = site.allele(edit)
            about = about or found is not None
        elif overlaps:
            structural = structural or alt not in table("germline")["no_alleles"]
            found = UNLISTED + alt[:20]
        alleles.append(found or site.reference)
        edits.append(edit)
    if not about and not overlaps:
        return None
    return Part(row, tuple(alleles), tuple(edits), about, overlaps and not structural)


def _observe(desk: Desk, cells: tuple[str, ...]) -> Observation:
    read = [(part, read_genotype(part.row, cell, desk.limits)) for part, cell in zip(desk.parts, cells, strict=True)]
    votes = [(part, genotype) for part, genotype in read if part.about or part.carried(genotype)]
    if votes:
        return _judged(desk, votes)
    covers = [(part, genotype) for part, genotype in read if part.covers]
    covered = {
        place
        for part, _ in covers
        for place in range(max(part.row.position, desk.site.first), min(part.row.last, desk.site.last) + 1)
    }
    if not covers:
        return _lost(desk, MISSING, covers)
    if len(covered) < len(desk.site.ref):
        return _lost(desk, f"{MISSING}: its reference bases are covered only in part", covers)
    return _judged(desk, covers)


_Vote = tuple[Part, Genotype]


def _judged(desk: Desk, votes: Sequence[_Vote]) -> Observation:
    """Votes that may all be used give one call; one that may not leaves the position unassessed."""
    doubts = dict.fromkeys(genotype.doubt for _, genotype in votes if genotype.doubt)
    if any(genotype.ploidy is None for _, genotype in votes):
        return _lost(desk, ", ".join(["no call", *doubts]), votes)
    odd = next((genotype.ploidy for _, genotype in votes if genotype.ploidy != 2), None)
    if odd is not None:
        return _lost(
            desk, ", ".join([f"{odd} allele{'s' if odd > 1 else ''} called where a person has 2", *doubts]), votes
        )
    if doubts:
        return _lost(desk, ", ".join(doubts), votes)
    slots, phased, phase_set, reason = _together(desk, _distinct(votes))
    if reason:
        return _lost(desk, reason, votes)
    half = None in slots
    return Observation(
        position=desk.site.id,
        status="not_assessed" if half else "called",
        alleles=tuple(UNREAD if slot is None else slot for slot in slots),
        reason="half call" if half else "",
        phased=phased,
        phase_set=phase_set,
        depth=_least([genotype.depth for _, genotype in votes]),
        quality=_least([genotype.quality for _, genotype in votes]),
        source=_source(desk, votes),
    )


def _distinct(votes: Sequence[_Vote]) -> list[tuple[_Vote, tuple[str | None, ...]]]:
    """The votes with their alleles; the same change with the same genotype counts once."""
    found: dict[object, tuple[_Vote, tuple[str | None, ...]]] = {}
    for part, genotype in votes:
        slots = tuple(None if number is None else part.alleles[number] for number in genotype.numbers)
        changes = tuple(None if not number else part.edits[number - 1] for number in genotype.numbers)
        key = (
            (slots, changes, genotype.phased, genotype.phase_set)
            if any(changes)
            else (slots, genotype.phased, part.about)
        )
        found.setdefault(key, ((part, genotype), slots))
    return list(found.values())


def _together(
    desk: Desk, votes: list[tuple[_Vote, tuple[str | None, ...]]]
) -> tuple[tuple[str | None, ...], bool, str, str]:
    """The two alleles of all votes, whether phased, the phase set, and why they cannot be put together ("" when they can).

    In a record beside others, the reference (0) stands for "not an alternate of this record".
    """
    (_, genotype), slots = votes[0]
    if len(votes) == 1:
        return slots, genotype.phased, genotype.phase_set, ""
    reference = desk.site.reference
    place = f"{CONFLICT}{votes[0][0][0].row.place}"
    rows = [_without_gone(row, votes) for _, row in votes]
    changed = [[slot for slot in row if slot is not None and slot != reference] for row in rows]
    alternates = [allele for row in changed for allele in row]
    if len(alternates) > desk.limits.alternates:
        return (), False, "", f"{place} claim {len(alternates)} alternate alleles in one person"
    if any(set(one) & set(other) for number, one in enumerate(changed) for other in changed[:number]):
        return (), False, "", f"{place} give one alternate allele twice and differ in it"
    phased = all(
        genotype.phased and genotype.phase_set == item.phase_set for (_, item), _ in votes if item.phased
    ) and all(item.phased for (_, item), _ in votes)
    if phased:
        strands = [[row[side] for row in rows] for side in (0, 1)]
        found = [[slot for slot in strand if slot not in (None, reference)] for strand in strands]
        if any(len(strand) > 1 for strand in found):
            return (), False, "", f"{place} put two alternate alleles on one strand"
        merged = tuple(
            alternate[0] if alternate else (None if None in strand else reference)
            for alternate, strand in zip(found, strands, strict=True)
        )
        return merged, True, genotype.phase_set, ""
    missing = max(row.count(None) for row in rows)
    free = 2 - len(alternates)
    rest: list[str | None] = [reference] * max(free - missing, 0) + [None] * min(missing, free)
    return (*rest, *alternates), False, "", ""


def _without_gone(
    slots: tuple[str | None, ...], votes: list[tuple[_Vote, tuple[str | None, ...]]]
) -> tuple[str | None, ...]:
    """A copy that a record gives as deleted (*) is told by the deleting record itself, when that is there."""
    told = any(
        edit is not None and number and edit.ref and not edit.alt
        for (part, genotype), _ in votes
        for number in genotype.numbers
        if number
        for edit in [part.edits[number - 1] if number <= len(part.edits) else None]
    )
    if not told or _GONE not in slots:
        return slots
    (part, _), _ = votes[0]
    return tuple(part.alleles[0] if slot == _GONE else slot for slot in slots)


def _lost(desk: Desk, reason: str, votes: Sequence[_Vote]) -> Observation:
    return Observation(
        position=desk.site.id,
        status="not_assessed",
        reason=reason,
        depth=_least([genotype.depth for _, genotype in votes]),
        quality=_least([genotype.quality for _, genotype in votes]),
        source=_source(desk, votes) if votes else None,
    )


def _least(values: Sequence[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _source(desk: Desk, votes: Sequence[_Vote]) -> Source:
    lines = [str(line) for line in sorted({part.row.line for part, _ in votes})]
    where = lines[0] if len(lines) == 1 else f"{', '.join(lines[:-1])} and {lines[-1]}"
    return Source(desk.document, f"{desk.unit}{'s' if len(lines) > 1 else ''} {where}")

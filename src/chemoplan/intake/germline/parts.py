"""What each record says of one listed position, and several records of one person put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chemoplan.genomics.germline.observed import UNLISTED
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.germline.genotype import Genotype
from chemoplan.intake.germline.records import Row, is_bases
from chemoplan.intake.germline.sites import Edit, Site, edit_of

CONFLICT = "records at "
"""Begins the reason of a position whose records cannot be true of one person together."""
_GONE = "*"
"""The ALT of a copy on which another record deletes this position."""
Merged = tuple[tuple[str | None, ...], bool, str, str]
"""The two alleles (None: not called), whether in the order of the strands, the phase set, and why there are none."""


@dataclass(frozen=True, eq=False)
class Part:
    """What one record says of one position: its GRCh38 allele by number, and in which way the record counts.

    `changes` are the alternates as edits, or as written when they are symbols. `about`: an alternate changes the position,
    so the record speaks of it: for all of it where a listed allele is among them (`listed`), else only by what is carried.
    `covers`: unless the person carries a change, its REF bases are shown to be reference.
    """

    row: Row
    alleles: tuple[str, ...]
    changes: tuple[Edit | str, ...]
    about: bool
    listed: bool
    covers: bool

    def carried(self, genotype: Genotype) -> bool:
        """True when the person carries an allele of this record that is not the reference here."""
        return any(
            0 < number < len(self.alleles) and self.alleles[number] != self.alleles[0]
            for number in genotype.numbers
            if number
        )


def part_of(site: Site, row: Row) -> Part | None:
    """How a record counts for a position; None when it says nothing of it."""
    overlaps = row.position <= site.last and row.last >= site.first
    alleles = [site.reference]
    changes: list[Edit | str] = []
    about = listed = structural = False
    for alt in row.alts:
        change: Edit | str = alt
        found: str | None = None
        if is_bases(alt):
            change = edit_of(row.position, row.ref, alt)
            found = site.allele(change)
            about = about or found is not None
            listed = listed or (found is not None and not found.startswith(UNLISTED))
        elif overlaps:
            structural = structural or alt not in table("germline")["no_alleles"]
            found = UNLISTED + alt[:20]
        alleles.append(found or site.reference)
        changes.append(change)
    if not about and not overlaps:
        return None
    return Part(row, tuple(alleles), tuple(changes), about, listed, overlaps and not structural)


Vote = tuple[Part, Genotype]


@dataclass(frozen=True)
class _Carried:
    """One change that a record offers: the allele it makes here and on which of the two copies it lies (none: not carried)."""

    allele: str
    copies: tuple[int, ...]
    phased: bool
    phase_set: str


def together(site: Site, votes: Sequence[Vote], most: int) -> Merged:
    """The two alleles that all votes give together.

    In a record beside others the reference (0) says no more than "no alternate of this record", so alternates are added
    up. More than `most` of them, one on two conditions, or two on one strand cannot be true of one person.
    """
    part, genotype = votes[0]
    if len(votes) == 1:
        slots = tuple(None if number is None else part.alleles[number] for number in genotype.numbers)
        return slots, genotype.phased, genotype.phase_set, ""
    place = f"{CONFLICT}{part.row.place[:40]}"
    offers = _offers(votes)
    if offers is None:
        return (), False, "", f"{place} give one change twice, with different genotypes"
    carried = [offer for offer in offers.values() if offer.copies]
    count = sum(len(offer.copies) for offer in carried)
    if count > most:
        return (), False, "", f"{place} claim {count} alternate alleles in one person"
    if len({offer.allele for offer in carried}) < len(carried):
        return (), False, "", f"{place} make one allele of two changes"
    ordered = [item for _, item in votes if len(set(item.numbers)) > 1]
    phase_sets = {item.phase_set for item in ordered}
    if all(item.phased for item in ordered) and len(phase_sets) == 1:
        strands = _by_strand(site, votes, carried)
        if strands is None:
            return (), False, "", f"{place} put two alternate alleles on one strand"
        return strands, True, phase_sets.pop(), ""
    alternates = [offer.allele for offer in carried for _ in offer.copies]
    free = 2 - count
    missing = min(max(item.numbers.count(None) for _, item in votes), free)
    return (*[None] * missing, *[site.reference] * (free - missing), *alternates), False, "", ""


def _offers(votes: Sequence[Vote]) -> dict[Edit | str, _Carried] | None:
    """Every change that touches the position, once; None when two records differ in the genotype of one."""
    found: dict[Edit | str, _Carried] = {}
    for part, genotype in votes:
        for number, change in enumerate(part.changes, start=1):
            if part.alleles[number] == part.alleles[0] or (change == _GONE and _told_by_deletion(part.row, votes)):
                continue
            copies = tuple(side for side, item in enumerate(genotype.numbers) if item == number)
            offer = _Carried(part.alleles[number], copies, genotype.phased, genotype.phase_set)
            other = found.setdefault(change, offer)
            if isinstance(change, str):
                found[change] = other if len(other.copies) >= len(copies) else offer
            elif _differ(other, offer):
                return None
    return found


def _differ(one: _Carried, other: _Carried) -> bool:
    strands = one.phased and other.phased and one.phase_set == other.phase_set
    return one.copies != other.copies if strands else len(one.copies) != len(other.copies)


def _by_strand(site: Site, votes: Sequence[Vote], carried: Sequence[_Carried]) -> tuple[str | None, ...] | None:
    """The allele of each strand; None when two changes lie on one."""
    slots: list[str | None] = []
    for side in (0, 1):
        here = [offer.allele for offer in carried if side in offer.copies]
        if len(here) > 1:
            return None
        unread = any(item.numbers[side] is None for _, item in votes)
        slots.append(here[0] if here else None if unread else site.reference)
    return tuple(slots)


def _told_by_deletion(row: Row, votes: Sequence[Vote]) -> bool:
    """True when another record gives this person the deletion for which `*` stands in this one."""
    deletions = [
        part.changes[number - 1]
        for part, genotype in votes
        for number in {number for number in genotype.numbers if number}
        if part.row is not row
    ]
    return any(
        isinstance(change, Edit) and not change.alt and change.start <= row.position < change.start + len(change.ref)
        for change in deletions
    )

"""From the records at one listed position to one observation: what they say together, or why nothing may be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chemoplan.case.statement import Source
from chemoplan.genomics.germline.observed import UNREAD, Observation
from chemoplan.intake.germline.genotype import Limits, read_genotype
from chemoplan.intake.germline.parts import Part, Vote, together
from chemoplan.intake.germline.sites import Site

MISSING = "missing"


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


def _observe(desk: Desk, cells: tuple[str, ...]) -> Observation:
    read = [(part, read_genotype(part.row, cell, desk.limits)) for part, cell in zip(desk.parts, cells, strict=True)]
    votes = [(part, genotype) for part, genotype in read if part.about or part.carried(genotype)]
    if any(part.listed or part.carried(genotype) for part, genotype in votes):
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
    return _judged(desk, [*votes, *(vote for vote in covers if not vote[0].about)])


def _judged(desk: Desk, votes: Sequence[Vote]) -> Observation:
    """Votes that may all be used give one call; one that may not leaves the position unassessed."""
    doubts = dict.fromkeys(genotype.doubt for _, genotype in votes if genotype.doubt)
    if any(genotype.ploidy is None for _, genotype in votes):
        return _lost(desk, ", ".join(["no call", *doubts]), votes)
    odd = next((genotype.ploidy for _, genotype in votes if genotype.ploidy != 2), None)
    if odd is not None:
        reason = f"{odd} allele{'s' if odd > 1 else ''} called where a person has 2"
        return _lost(desk, ", ".join([reason, *doubts]), votes)
    if doubts:
        return _lost(desk, ", ".join(doubts), votes)
    slots, phased, phase_set, reason = together(desk.site, votes, desk.limits.alternates)
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


def _lost(desk: Desk, reason: str, votes: Sequence[Vote]) -> Observation:
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


def _source(desk: Desk, votes: Sequence[Vote]) -> Source:
    lines = [str(line) for line in sorted({part.row.line for part, _ in votes})]
    where = lines[0] if len(lines) == 1 else f"{', '.join(lines[:-1])} and {lines[-1]}"
    return Source(desk.document, f"{desk.unit}{'s' if len(lines) > 1 else ''} {where}")

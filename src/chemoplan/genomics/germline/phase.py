"""What is known of the two strands: alleles that lie in one phase block turn together, blocks turn alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from chemoplan.genomics.germline.observed import UNLISTED, UNREAD, Observation

FIXED = ""
"""The block of what is the same on both strands, so that no phase matters."""


@dataclass(frozen=True, slots=True)
class Site:
    """One listed position: the bases of two strands ("." not read, "?..." not listed) and the block that they turn with."""

    position: str
    pair: tuple[str, str]
    block: str

    @property
    def unread(self) -> int:
        """How many strands were not read."""
        return self.pair.count(UNREAD)

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Alleles that the definitions do not list."""
        return tuple(base for base in self.pair if base.startswith(UNLISTED))


def site_of(position: str, observation: Observation | None) -> Site:
    """The strands that an observation tells of. Of a position that was not assessed, only a half call tells anything."""
    alleles = observation.alleles if observation is not None else ()
    if observation is None or (observation.status != "called" and UNREAD not in alleles and len(alleles) != 1):
        return Site(position, (UNREAD, UNREAD), FIXED)
    phased = observation.phased and len(alleles) == 2
    first, second = (UNREAD, *alleles)[-2:]
    if first == second:
        return Site(position, (first, second), FIXED)
    return Site(position, (first, second), f"set {observation.phase_set}" if phased else f"at {position}")


def same_frame(one: Site, other: Site) -> bool:
    """True when it is known which allele of one lies with which of the other."""
    return FIXED in (one.block, other.block) or one.block == other.block


def turned(sites: Sequence[Site]) -> Iterator[Mapping[str, bool]]:
    """Every way in which the blocks can lie to each other: block to whether its strands are exchanged."""
    blocks = list(dict.fromkeys(site.block for site in sites if site.block != FIXED))
    for flips in product((False, True), repeat=max(len(blocks) - 1, 0)):
        yield {FIXED: False, **dict(zip(blocks, (False, *flips), strict=False))}


def lowest_of_strands(items: Iterable[tuple[int, int, str]]) -> set[tuple[int, int]]:
    """The lowest number on each strand, for every way in which the blocks can lie. Items are two numbers and a block.

    Grows with the number of distinct pairs, not with the ways: two blocks or thirty take about as long.
    """
    blocks: dict[str, tuple[int, int]] = {}
    for first, second, block in items:
        held = blocks.get(block)
        blocks[block] = (first, second) if held is None else (min(held[0], first), min(held[1], second))
    reached = {blocks.pop(FIXED)} if FIXED in blocks else set()
    for first, second in blocks.values():
        if not reached:
            reached = {(first, second), (second, first)}
            continue
        reached = {
            pair
            for one, two in reached
            for pair in ((min(one, first), min(two, second)), (min(one, second), min(two, first)))
        }
    return reached

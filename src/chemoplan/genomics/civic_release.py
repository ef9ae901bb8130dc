"""One release of CIViC as a reader hands it over, indexed by gene, and the words of civic.yaml by which it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from chemoplan.case.statement import Problem
from chemoplan.genomics.civic_profile import Leaf, Profile, leaves, parse_profile

NO_RATING = 0
Place = str | tuple[str, int]
"""A gene, or a codon of it."""


@dataclass(frozen=True, slots=True)
class CivicItem:
    """One accepted evidence item, in CIViC's own words. `rating` is 1 to 5, or 0 when none is given."""

    id: str
    profile: str
    gene: str
    disease: str
    doid: str
    therapies: tuple[str, ...]
    interaction: str
    level: str
    type: str
    direction: str
    significance: str
    citation: str
    rating: int = NO_RATING
    url: str = ""
    statement: str = ""
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An item with what follows from its words alone: its place among others, and what it says of which therapies.

    `rank` is the lower the stronger: tissue, evidence level, rating. `therapies` are the sets that it speaks of, `backbones`
    the same with comparable chemotherapies taken as one.
    """

    item: CivicItem
    tissue: str
    meaning: str
    side: str
    rank: tuple[int, int, int]
    therapies: tuple[frozenset[str], ...]
    backbones: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class CivicRelease:
    """What was read of one release. `date` is None when neither the file nor its name gives it; `left_out` counts items
    that were not accepted, by their status."""

    document: str
    date: date | None
    license: str
    items: tuple[CivicItem, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @cached_property
    def profiles(self) -> tuple[tuple[str, Profile, tuple[Entry, ...]], ...]:
        """Each molecular profile once: its text, what was understood of it, and the items that rest on it."""
        by_text: dict[str, list[Entry]] = {}
        for item in self.items:
            by_text.setdefault(item.profile, []).append(entry(item))
        return tuple((text, parse_profile(text), tuple(items)) for text, items in by_text.items())

    @cached_property
    def index(self) -> dict[Place, tuple[int, ...]]:
        """The numbers in `profiles` that a call could make true, by gene, or by gene and codon where that is enough."""
        index: dict[Place, list[int]] = {}
        for number, (_, profile, items) in enumerate(self.profiles):
            found = {place for leaf in leaves(profile) for place in _places(leaf)}
            for place in found or {items[0].item.gene}:
                index.setdefault(place, []).append(number)
        return {place: tuple(numbers) for place, numbers in index.items()}

    @cached_property
    def genes(self) -> frozenset[str]:
        """The genes whose calls a reader has to hand over for this release."""
        named = {
            leaf_gene
            for _, profile, _ in self.profiles
            for leaf in leaves(profile, negated=True)
            for leaf_gene in leaf.genes
        }
        return frozenset(named - {""})

    @cached_property
    def not_by_gene(self) -> tuple[int, ...]:
        """The numbers in `profiles` that may hold without any change: wild type, and results such as MSI High."""
        return tuple(
            number
            for number, (_, profile, _) in enumerate(self.profiles)
            if any(leaf.level in ("wildtype", "result") for leaf in leaves(profile))
        )

    @cached_property
    def unparsed(self) -> tuple[CivicItem, ...]:
        """Items whose profile says something that calls cannot show (expression, methylation, a free text)."""
        return tuple(
            each.item
            for _, profile, items in self.profiles
            if any(leaf.level == "other" for leaf in leaves(profile))
            for each in items
        )


def _places(leaf: Leaf) -> set[Place]:
    if leaf.alleles:
        return {(leaf.gene, allele.start) for allele in leaf.alleles}
    if leaf.level == "codon":
        return {(leaf.gene, codon) for codon in leaf.codons}
    return {gene for gene in leaf.genes if gene}


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """civic.yaml: diseases, meanings, results, exons."""
    text = (files("chemoplan.genomics") / "civic.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


TISSUES = ("colorectal", "any", "other cancer")
"""From the nearest to the farthest."""


def entry(item: CivicItem) -> Entry:
    """What follows from the words of an item."""
    where = tissue(item.disease, item.doid)
    means, side = meaning(item.direction, item.significance)
    levels = words()["evidence_levels"]
    level = levels.index(item.level) if item.level in levels else len(levels)
    sets = tuple(therapy_sets(item))
    backbones = tuple(frozenset(_backbone(therapy) for therapy in therapies) for therapies in sets)
    return Entry(item, where, means, side, (TISSUES.index(where), level, -item.rating), sets, backbones)


@lru_cache(maxsize=4096)
def _backbone(therapy: str) -> str:
    for name, members in words()["same_therapy"].items():
        if therapy in members:
            return str(name)
    return therapy


@lru_cache(maxsize=8192)
def tissue(disease: str, doid: str) -> str:
    """colorectal, any (items about cancer as such), or other cancer."""
    for name, group in words()["diseases"].items():
        if (doid and doid in group["doid"]) or disease.strip().lower() in group["names"]:
            return str(name)
    return TISSUES[2]


@lru_cache(maxsize=64)
def meaning(direction: str, significance: str) -> tuple[str, str]:
    """What an item says of its therapy, and its side (for, against or "")."""
    for row in words()["meanings"]:
        if row["direction"] == direction and row["significance"] == significance:
            return str(row["meaning"]), str(row["side"])
    return f"{direction}: {significance}".lower(), ""


def therapy_sets(item: CivicItem) -> Iterator[frozenset[str]]:
    """The therapies that an item speaks of: given together, or each by itself where they stand in for each other."""
    if item.interaction == "Substitutes":
        yield from (frozenset((therapy,)) for therapy in item.therapies)
    elif item.therapies:
        yield frozenset(item.therapies)

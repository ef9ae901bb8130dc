"""A gene whose strands have a function (UGT1A1): every strand is read by what it carries, also where no allele has a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from chemoplan.genomics.germline.called import GeneCall, GeneStatus
from chemoplan.genomics.germline.definitions import Definition
from chemoplan.genomics.germline.observed import UNLISTED, UNREAD, Observation
from chemoplan.genomics.germline.phase import FIXED, Site, site_of, turned
from chemoplan.genomics.germline.words import (
    declared,
    gaps,
    normal_gap,
    not_used,
    unassessed,
    unlisted_warnings,
    variants_found,
)  # fmt: skip

_SHOWN = 12
"""Candidates that are listed; more say nothing."""


@dataclass(frozen=True, slots=True)
class Strand:
    """One strand: its variants (position>base), needed positions that were not read, and alleles that are not listed."""

    variants: tuple[str, ...]
    unread: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which the two strands can lie, and how many of them are decreased at least and at most."""

    strands: tuple[Strand, Strand]
    least: int
    most: int


def call_functions(
    definition: Definition, observations: Mapping[str, Observation], panel: str, panel_positions: frozenset[str]
) -> GeneCall:
    """The phenotype of one person. Without phase, decreased variants are presumed on different strands, and said to be so."""
    rules = definition.rules
    sites = {item.id: site_of(item.id, observations.get(item.id)) for item in definition.positions}
    needed = definition.needed_by(panel_positions) if panel else definition.needed
    readings = list(_readings(definition, sites, needed))
    presumed = _kept_together(definition, sites, readings)
    if max(item.least for item in presumed) < max(item.least for item in readings):
        presumed = readings  # what is presumed to lie together never hides that both strands may be decreased
    joined = len(presumed) < len(readings)
    lead = max(presumed, key=lambda reading: (reading.most, reading.least))
    least, most = min(item.least for item in presumed), max(item.most for item in presumed)
    open_positions = {position for strand in lead.strands for position in strand.unread}
    status = _status(definition, presumed, lead, least, most)
    stated = status in ("called", "called_presumed_trans")
    value = rules.decreased_strands[str(lead.most)] if stated else ""
    candidates = [lead] if stated and least == most else [lead, *(item for item in presumed if item is not lead)]
    missing = unassessed(definition, sites, observations)
    unlisted = [site for site in sites.values() if site.unlisted]
    codes = ("presumed_in_cis",) if joined and "presumed_in_cis" in rules.messages else ()
    return GeneCall(
        gene=rules.id,
        fact=rules.fact,
        status=status,
        value=value,
        phenotype=rules.phenotypes[value] if stated else "",
        best=rules.decreased_strands[str(least)],
        worst=rules.decreased_strands[str(most)],
        diplotypes=() if status == "not_assessed" else _diplotypes(definition, candidates),
        because=_because(definition, status, candidates, (least, most), needed, open_positions),
        found=variants_found(definition, sites),
        carried=tuple(frozenset(map(definition.variant_name, strand.variants)) for strand in lead.strands)
        if stated
        else (),
        reduced_strands=lead.most if stated else None,
        assessed=tuple(item.id for item in definition.positions if not sites[item.id].unread),
        not_assessed=missing,
        warnings=(
            *(rules.messages[code] for code in codes),
            *unlisted_warnings(definition, unlisted),
            *not_used(missing),
            *declared(definition, panel, panel_positions),
        ),
        codes=codes,
    )


def _status(definition: Definition, readings: Sequence[Reading], lead: Reading, least: int, most: int) -> GeneStatus:
    if least == most:
        return "called"
    if lead.least == lead.most:
        return "called_presumed_trans"
    strands = [strand for reading in readings for strand in reading.strands]
    if least > 0:
        return "range"
    if any(strand.unlisted for strand in strands):
        return "indeterminate"
    if any(strand.unread for strand in strands):
        carried = {definition.variant_name(variant) for strand in strands for variant in strand.variants}
        deciding = {
            name for rule in definition.rules.strand if rule.then in ("decreased", "unknown") for name in rule.any_of
        }
        return "range" if carried & deciding else "not_assessed"
    return "indeterminate"


def _readings(definition: Definition, sites: Mapping[str, Site], needed: frozenset[str]) -> Iterator[Reading]:
    """Every way in which the blocks can lie, each with what its strands are."""
    for flips in turned(list(sites.values())):
        one, two = _strand(definition, sites, needed, flips, 0), _strand(definition, sites, needed, flips, 1)
        ends = [_decreased(definition, strand) for strand in (one, two)]
        yield Reading((one, two), sum(low for low, _ in ends), sum(high for _, high in ends))


def _strand(
    definition: Definition, sites: Mapping[str, Site], needed: frozenset[str], flips: Mapping[str, bool], side: int
) -> Strand:
    variants, unread, unlisted = [], [], []
    for position, site in sites.items():
        base = site.pair[1 - side if flips[site.block] else side]
        if base == UNREAD:
            unread += [position] if position in needed else []
        elif base.startswith(UNLISTED):
            unlisted.append(f"{position}>{base}")
        elif base in definition.by_id[position].variants:
            variants.append(f"{position}>{base}")
    return Strand(tuple(variants), tuple(unread), tuple(unlisted))


def _decreased(definition: Definition, strand: Strand) -> tuple[int, int]:
    """Whether a strand is decreased, at least and at most (0 or 1): what is unknown may be or not."""
    function = _function(definition, strand)
    if function == "decreased":
        return 1, 1
    return 0, int(function == "unknown" or bool(strand.unlisted) or bool(strand.unread))


def _function(definition: Definition, strand: Strand) -> str:
    names = {definition.variant_name(variant) for variant in strand.variants}
    return next(rule.then for rule in definition.rules.strand if not rule.any_of or names & set(rule.any_of))


def _kept_together(definition: Definition, sites: Mapping[str, Site], readings: list[Reading]) -> list[Reading]:
    """The readings in which variants of strong linkage lie on one strand, where phase does not say how they lie."""
    kept = readings
    for row in definition.rules.together:
        holders = {name: item.id for item in definition.positions for name in item.variants.values()}
        place, other = sites[holders[row.variant]], sites[holders[row.companions[0]]]
        if FIXED in (place.block, other.block) or place.block == other.block:
            continue
        with_both = [
            reading
            for reading in kept
            if any(
                row.variant in names and names & set(row.companions)
                for names in ({definition.variant_name(item) for item in strand.variants} for strand in reading.strands)
            )
        ]
        both_whole = not (place.unread or other.unread)
        carriers = sum(definition.by_id[other.position].variants.get(base) in row.companions for base in other.pair)
        if with_both and both_whole and carriers == 1:
            kept = with_both
    return kept


def _diplotypes(definition: Definition, readings: Sequence[Reading]) -> tuple[str, ...]:
    """The pairs of strands by name; every named allele that fits where something was not read, unless too many do."""
    order = {item.name: at for at, item in enumerate(definition.alleles)}
    found: dict[str, None] = {}
    for reading in readings:
        for pair in product(*(_strand_names(definition, strand) for strand in reading.strands)):
            ordered = sorted(pair, key=lambda name: (order.get(name, len(order)), name))
            found["/".join(ordered)] = None
    return tuple(found) if len(found) <= _SHOWN else ()


def _strand_names(definition: Definition, strand: Strand) -> list[str]:
    names = [_name(definition, strand)]
    if not strand.unread:
        return names
    held = set(strand.variants)
    for allele in definition.alleles:
        more = set(allele.variants) - held
        places = {variant.partition(">")[0] for variant in more}
        if held <= set(allele.variants) and more and places <= set(strand.unread) and not strand.unlisted:
            names.append(allele.name)
    return names


def _name(definition: Definition, strand: Strand) -> str:
    """The named allele of a strand; where none has all its variants, the variants along the chromosome."""
    allele = definition.by_variants.get(frozenset(strand.variants))
    if allele is not None and not strand.unlisted:
        return allele.name
    odd = [f"unlisted allele of {item.partition('>')[0]}" for item in strand.unlisted]
    return "+".join([*map(definition.variant_name, strand.variants), *odd])


def _because(
    definition: Definition,
    status: GeneStatus,
    readings: Sequence[Reading],
    ends: tuple[int, int],
    needed: frozenset[str],
    open_positions: set[str],
) -> str:
    if status == "not_assessed":
        return normal_gap(definition, needed, open_positions)
    lead = readings[0]
    strands = "; ".join(_told(definition, strand) for strand in lead.strands)
    text = f"Strand by strand: {strands} ({gaps(definition, needed, open_positions)})."
    best, worst = (definition.rules.decreased_strands[str(end)] for end in ends)
    if status == "called_presumed_trans":
        return f"{text} Variants without phase are presumed on different strands ({worst}); if on one strand: {best}."
    if status in ("range", "indeterminate"):
        return f"{text} That leaves {best} to {worst}: nothing is stated."
    return text


def _told(definition: Definition, strand: Strand) -> str:
    names = ", ".join(map(definition.variant_name, strand.variants))
    function = _function(definition, strand)
    carries = f"{names} together" if len(strand.variants) > 1 else names or "no listed variant"
    doubts = [
        *(f"{definition.by_id[position].rsid} not assessed" for position in strand.unread),
        *(f"an unlisted allele at {item.partition('>')[0]}" for item in strand.unlisted),
    ]
    if function == "decreased" or not doubts:
        return f"{carries} ({function} function)"
    return f"{carries}, {' and '.join(doubts)} (function open)"

"""A gene with an activity score (DPYD): the lowest value of one strand plus the lowest of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chemoplan.genomics.germline.called import GeneCall, GeneStatus
from chemoplan.genomics.germline.definitions import Definition
from chemoplan.genomics.germline.observed import UNLISTED, UNREAD, Observation
from chemoplan.genomics.germline.phase import FIXED, Site, lowest_of_strands, same_frame, site_of
from chemoplan.genomics.germline.words import (
    declared,
    gaps,
    normal_gap,
    not_used,
    unassessed,
    unlisted_warnings,
    variants_found,
)  # fmt: skip
from chemoplan.knowledge.pharmacogenes import GeneAllele, Tag

Item = tuple[int, int, str]
"""The rank of the allele on each strand, and the block that they turn with."""


@dataclass
class _Read:
    """What the sites say together: ranked alleles as read, and as bad as what was not read allows."""

    items: list[Item] = field(default_factory=list)
    worst: list[Item] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    """Positions of which a strand is not known."""
    codes: list[str] = field(default_factory=list)
    from_tag: bool = False


def call_activity(
    definition: Definition, observations: Mapping[str, Observation], panel: str, panel_positions: frozenset[str]
) -> GeneCall:
    """The activity score of one person. Without phase, the lowest score over all arrangements is stated, and said to be so."""
    rules = definition.rules
    sites = {item.id: site_of(item.id, observations.get(item.id)) for item in definition.positions}
    needed = definition.needed_by(panel_positions) if panel else definition.needed
    read = _read(definition, sites, needed)
    unlisted = [site for site in sites.values() if site.unlisted]
    pairs = lowest_of_strands(read.items)
    lowest = min(pairs, key=lambda pair: (_score(definition, pair), sorted(pair)))
    highest = max(pairs, key=lambda pair: (_score(definition, pair), sorted(pair)))
    value, best = _score(definition, lowest), _score(definition, highest)
    worst = min(_score(definition, pair) for pair in lowest_of_strands([*read.items, *read.worst]))
    normal = float(rules.normal)
    status: GeneStatus = "called"
    if unlisted and value == normal:
        status = "indeterminate"
    elif read.open and value == normal:
        status = "not_assessed"
    elif (unlisted or read.open) and value > min(rules.activity.values()) * 2:
        status = "upper_bound"
    elif read.from_tag:
        status = "called_exon_only"
    elif value != best:
        status = "called_presumed_trans"
    stated = status not in ("indeterminate", "not_assessed")
    partial = bool(unlisted or read.open) and status != "called"
    names = _names(definition, lowest, highest, partial=partial)
    missing = unassessed(definition, sites, observations)
    codes = tuple(dict.fromkeys(read.codes))
    return GeneCall(
        gene=rules.id,
        fact=rules.fact,
        status=status,
        value=f"{value:g}" if stated else "",
        phenotype=rules.phenotypes[f"{value:g}"] if stated else "",
        best=f"{best:g}",
        worst=f"{worst:g}",
        diplotypes=names if stated else (),
        because=_because(definition, status, (value, best), (lowest, highest), needed, read, partial=partial),
        found=variants_found(definition, sites),
        reduced_strands=_reduced(definition, lowest) if stated else None,
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


def _score(definition: Definition, pair: tuple[int, int]) -> float:
    return sum(_activity(definition.ranked[rank]) for rank in pair)


def _activity(allele: GeneAllele) -> float:
    assert allele.activity is not None
    return allele.activity


def _reduced(definition: Definition, pair: tuple[int, int]) -> int:
    full = max(definition.rules.activity.values())
    return sum(_activity(definition.ranked[rank]) < full for rank in pair)


def _read(definition: Definition, sites: Mapping[str, Site], needed: frozenset[str]) -> _Read:
    """Every site as ranked alleles; a causal position together with its tag."""
    read = _Read()
    reference = definition.rank[definition.reference.id]
    read.items.append((reference, reference, FIXED))
    for position, site in sites.items():
        if position in definition.marking:
            if site.unlisted:
                _worst_of(definition, read, site, needed)
            if position in needed and site.unread:
                read.open.add(position)
        elif position in definition.tags:
            _read_tagged(definition, read, definition.tags[position], sites, needed)
        else:
            first, second = (_rank(definition, position, base) for base in site.pair)
            read.items.append((first, second, site.block))
            _worst_of(definition, read, site, needed)
            if position in needed and site.unread:
                read.open.add(position)
    return read


def _rank(definition: Definition, position: str, base: str) -> int:
    """The rank of the allele that a base makes; that of the reference for it and for what is not known."""
    allele = definition.single(position, base) or definition.reference
    return definition.rank[allele.id]


def _worst_of(
    definition: Definition, read: _Read, site: Site, needed: frozenset[str], open_strands: Sequence[bool] = (True, True)
) -> None:
    """Adds what a site could hold at worst: the lowest listed allele where unread, no function where not listed."""
    reference = definition.rank[definition.reference.id]
    listed = definition.lowest.get(site.position, definition.reference)
    ranks = []
    for base, is_open in zip(site.pair, open_strands, strict=True):
        if base.startswith(UNLISTED):
            ranks.append(0)
        elif base == UNREAD and is_open and site.position in needed:
            ranks.append(definition.rank[listed.id])
        else:
            ranks.append(reference)
    if ranks != [reference, reference]:
        read.worst.append((ranks[0], ranks[1], site.block if ranks[0] != ranks[1] else FIXED))


def _read_tagged(
    definition: Definition, read: _Read, tag: Tag, sites: Mapping[str, Site], needed: frozenset[str]
) -> None:
    """The causal position decides on each strand; where it was not read, an altered tag stands for it."""
    causal, mark = sites[tag.causal], sites[tag.tag]
    if same_frame(causal, mark):
        strands = list(zip(causal.pair, mark.pair, strict=True))
        block = causal.block or mark.block
    else:
        strands, block = _side_by_side(definition, causal, mark), causal.block
    altered = [_altered(definition, tag.tag, base) for _, base in strands]
    from_tag = [base == UNREAD and is_altered for (base, _), is_altered in zip(strands, altered, strict=True)]
    read.from_tag = read.from_tag or any(from_tag)
    ranks = []
    still_open = []
    for (base, seen), is_altered, taken in zip(strands, altered, from_tag, strict=True):
        ranks.append(_tagged_rank(definition, tag, base, is_altered, taken))
        still_open.append(base == UNREAD and not taken and not (any(from_tag) and seen != UNREAD))
    read.items.append((ranks[0], ranks[1], block if ranks[0] != ranks[1] else FIXED))
    _worst_of(definition, read, Site(tag.causal, (strands[0][0], strands[1][0]), block), needed, still_open)
    if any(still_open) and tag.causal in needed:
        read.open.add(tag.causal)
    if any(from_tag):
        read.codes.append(tag.read_from_tag)
    if _mismatch(definition, tag, causal, mark):
        read.codes.append(tag.mismatch)


def _side_by_side(definition: Definition, causal: Site, mark: Site) -> list[tuple[str, str]]:
    """The two positions without a common phase, the tag turned so that it lies with what it marks, else with what is unread."""

    def fit(pair: tuple[str, ...]) -> int:
        return sum(
            _altered(definition, mark.position, seen)
            and (2 * _altered(definition, causal.position, base) + (base == UNREAD))
            for base, seen in zip(causal.pair, pair, strict=True)
        )

    pair = max((mark.pair, mark.pair[::-1]), key=fit)
    return list(zip(causal.pair, pair, strict=True))


def _altered(definition: Definition, position: str, base: str) -> bool:
    return base in definition.by_id[position].variants


def _tagged_rank(definition: Definition, tag: Tag, base: str, is_altered: bool, from_tag: bool) -> int:
    both = next(
        (
            item
            for item in definition.alleles
            if {variant.partition(">")[0] for variant in item.variants} == {tag.causal, tag.tag}
        ),
        definition.reference,
    )
    if from_tag or (is_altered and _altered(definition, tag.causal, base)):
        return definition.rank[both.id]
    return _rank(definition, tag.causal, base)


def _mismatch(definition: Definition, tag: Tag, causal: Site, mark: Site) -> bool:
    """True when the tag is altered on a strand, or more often, than the causal position that was read there."""
    if same_frame(causal, mark):
        return any(
            _altered(definition, tag.tag, seen) and base == definition.by_id[tag.causal].grch38.ref
            for base, seen in zip(causal.pair, mark.pair, strict=True)
        )
    marked = sum(_altered(definition, tag.tag, base) for base in mark.pair)
    caused = sum(_altered(definition, tag.causal, base) for base in causal.pair)
    return marked > caused + causal.unread


def _names(
    definition: Definition, lowest: tuple[int, int], highest: tuple[int, int], *, partial: bool
) -> tuple[str, ...]:
    """The pair that decides the score, and where phase is open also that of the highest score."""
    order = {item.id: at for at, item in enumerate(definition.alleles)}
    texts = []
    for pair in (lowest, highest):
        ranks = sorted(pair, key=lambda rank: order[definition.ranked[rank].id])
        names = [_name(definition, rank, partial=partial) for rank in ranks]
        texts.append("/".join(names))
    open_phase = _score(definition, lowest) != _score(definition, highest)
    return tuple(dict.fromkeys(texts)) if open_phase else (texts[0],)


def _name(definition: Definition, rank: int, *, partial: bool) -> str:
    """The allele of a strand; one on which nothing reduced was found is no reference while something was not assessed."""
    allele = definition.ranked[rank]
    return (
        "not fully assessed"
        if partial and _activity(allele) == max(definition.rules.activity.values())
        else allele.name
    )


def _because(
    definition: Definition,
    status: GeneStatus,
    scores: tuple[float, float],
    pairs: tuple[tuple[int, int], tuple[int, int]],
    needed: frozenset[str],
    read: _Read,
    *,
    partial: bool,
) -> str:
    value, best = scores
    counted = gaps(definition, needed, read.open)
    if status == "not_assessed":
        return normal_gap(definition, needed, read.open)
    if status == "indeterminate":
        return (
            "An allele that the definitions do not list was read, and its function is unknown: the score is 2 or lower"
            f" ({counted})."
        )
    lowest, highest = (
        " + ".join(
            f"{_activity(definition.ranked[rank]):g} ({_name(definition, rank, partial=partial)})" for rank in pair
        )
        for pair in pairs
    )
    text = f"Lowest value of one strand plus that of the other: {lowest} = {value:g} ({counted})."
    if value != best:
        text += (
            f" Variants without common phase are presumed on different strands; if on one strand: {highest} = {best:g}."
        )
    if status == "upper_bound":
        text += " What was not assessed or is not listed can only lower it: the score is at most this."
    return text

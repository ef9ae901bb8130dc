"""Does a call count for a marker, and was everything looked at that must be before its absence may be said?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.genomics.identity import ByIdentity
from chemoplan.genomics.loci import codons_of
from chemoplan.genomics.tumor import Assay, CopyNumber, Fusion, Tumor, Variant
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.molecular import Marker, Pattern, Test

Call = Variant | CopyNumber | Fusion
_SEVERAL = re.compile(r"[;,|]")


def genes_of_interest(knowledge: Knowledge) -> frozenset[str]:
    """The genes whose calls a reader has to hand over; of all others the number is enough."""
    return frozenset(gene for marker in knowledge.markers.values() for gene in marker.genes)


@lru_cache(maxsize=4096)
def _alleles(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(texts)


def holds_variant(pattern: Pattern, variant: Variant) -> bool:
    """True when a protein-altering call is what the pattern looks for."""
    if pattern.kind != "change" or variant.gene not in pattern.genes or variant.effect != "altering":
        return False
    change = variant.change
    if change is None:
        placed = pattern.outside and splices(variant)
        return pattern.changes == "altering" and not pattern.alleles and (placed or not pattern.ranges)
    if pattern.alleles:
        return change.short in _alleles(pattern.alleles)
    if pattern.without and f"{variant.gene} {change.short}" in _alleles(pattern.without):
        return False
    if not _of_kind(pattern, variant):
        return False
    if not pattern.ranges:
        return True
    touched = any(change.start <= last and change.end >= first for first, last in pattern.ranges)
    return touched != pattern.outside


def splices(variant: Variant) -> bool:
    """True for a call at a splice site: without a protein change it still lies at no codon that is looked for."""
    return variant.classification.lower().startswith("splice")


def _of_kind(pattern: Pattern, variant: Variant) -> bool:
    change = variant.change
    assert change is not None
    return {
        "altering": True,
        "missense": change.is_missense,
        "not_missense": not change.is_missense,
        "truncating": change.truncating,
        "not_truncating": not change.truncating,
    }[pattern.changes]


def holds_fusion(pattern: Pattern, fusion: Fusion) -> bool:
    """True when a structural variant joins a gene of the pattern."""
    return pattern.kind == "fusion" and any(gene in pattern.genes for gene in fusion.genes)


def copy_state(copies: CopyNumber, knowledge: Knowledge) -> str:
    """amplification, deletion or neither, by the cut-offs of the tests; "" when the number lies between them."""
    for name, number in (("copy_number_level", copies.level), ("copy_number_total", copies.copies)):
        if number is not None:
            return meaning(knowledge.tests[name], number)
    return ""


def filters_failed(variant: Variant, knowledge: Knowledge) -> list[str]:
    """The filters that the file names for a call, without those that do not speak against it."""
    names = [name.strip() for name in _SEVERAL.split(variant.filter)]
    return [name for name in names if name and not meaning(knowledge.tests["call_filter"], name)]


def meaning(test: Test, value: str | float) -> str:
    """The value that a reported result means, or "" when it settles nothing."""
    if isinstance(value, str):
        word = " ".join(value.strip().lower().split())
        for means, words in test.words.items():
            if word in words:
                return means
        try:
            value = float(word)
        except ValueError:
            return ""
    if not test.bounds:
        word = f"{value:g}"
        return next((means for means, words in test.words.items() if word in words), "")
    return next((bound.value for bound in test.bounds if bound.holds(float(value))), "")


@dataclass(frozen=True, eq=False)
class Coverage:
    """Everything that the assays of one tumor looked at together; made once for tumors of the same assays."""

    genes: frozenset[str]
    codons: frozenset[tuple[str, int]]
    copy_number: frozenset[str]
    fusions: frozenset[str]

    def covers(self, gene: str, codon: int) -> bool:
        """True when one codon was read."""
        return gene in self.genes or (gene, codon) in self.codons


def coverage(tumor: Tumor) -> Coverage:
    """What the assays looked at; calls in a gene prove nothing about its other codons."""
    return _together(tumor.assays)


@lru_cache(maxsize=512)
def _together(assays: tuple[Assay, ...]) -> Coverage:
    return Coverage(
        frozenset().union(*(assay.genes for assay in assays)),
        frozenset().union(*(assay.codons for assay in assays)),
        frozenset().union(*(assay.copy_number for assay in assays)),
        frozenset().union(*(assay.fusions for assay in assays)),
    )


def gaps(marker: Marker, tumor: Tumor) -> tuple[str, ...]:
    """What was not shown to be looked at, in words ("KRAS codons 117, 146"); empty when the absence may be said.

    Where calls without annotation may lie in any gene, only codons on known places of the genome count as looked at.
    """
    return _gaps(ByIdentity(marker), coverage(tumor), tumor.sequenced, tumor.unplaced > 0)


@lru_cache(maxsize=8192)
def _gaps(key: ByIdentity[Marker], seen: Coverage, sequenced: bool, unplaced: bool) -> tuple[str, ...]:
    marker = key.item
    found: list[str] = []
    if marker.needs and not sequenced:
        found.append("no sequencing result was given")
    for gene, codons in marker.needs.items():
        if not codons:
            if gene not in seen.genes:
                found.append(f"the whole of {gene}")
            elif unplaced:
                found.append(f"the whole of {gene} (calls without annotation may lie in it)")
            continue
        missing = [codon for codon in codons if not seen.covers(gene, codon)]
        if missing:
            found.append(f"{gene} codon{'s' if len(missing) > 1 else ''} {spans(missing)}")
        hidden = [codon for codon in codons if unplaced and codon not in missing and codon not in _placed(gene)]
        if hidden:
            words = f"{gene} codon{'s' if len(hidden) > 1 else ''} {spans(hidden)}"
            found.append(f"{words} (calls without annotation may lie there)")
    found += [f"copy number of {gene}" for gene in marker.needs_copies if gene not in seen.copy_number]
    found += [f"fusions of {gene}" for gene in marker.needs_fusions if gene not in seen.fusions]
    return tuple(found)


@lru_cache(maxsize=512)
def _placed(gene: str) -> frozenset[int]:
    """Codons of a gene on known places, where a call is read without annotation."""
    return frozenset(codon.number for codon in codons_of(gene))


def spans(numbers: Iterable[int]) -> str:
    """Numbers with runs joined: 12, 13, 59-61."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [
        str(first) if first == last else f"{first}, {last}" if last == first + 1 else f"{first}-{last}"
        for first, last in runs
    ]
    return ", ".join(shown)


def calls_held(
    patterns: Iterable[Pattern], tumor: Tumor, knowledge: Knowledge
) -> Iterator[tuple[Pattern, Variant | CopyNumber | Fusion]]:
    """Every call that one of the patterns holds, each once, with the first pattern that holds it."""
    taken: set[int] = set()
    for pattern in patterns:
        for call in _candidates(pattern, tumor, knowledge):
            if id(call) not in taken:
                taken.add(id(call))
                yield pattern, call


def _candidates(pattern: Pattern, tumor: Tumor, knowledge: Knowledge) -> Iterator[Call]:
    if pattern.kind == "change":
        yield from (variant for variant in tumor.variants if holds_variant(pattern, variant))
    elif pattern.kind == "fusion":
        yield from (fusion for fusion in tumor.fusions if holds_fusion(pattern, fusion))
    else:
        yield from (
            copies
            for copies in tumor.copies
            if copies.gene in pattern.genes and copy_state(copies, knowledge) == pattern.kind
        )

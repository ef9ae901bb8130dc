"""Does a molecular profile of CIViC hold for a tumor? True, false only where it was assayed, else unknown, with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chemoplan.genomics.civic_profile import ANY_PARTNER, AnyOf, Leaf, Level, Not, Profile
from chemoplan.genomics.civic_release import Place, words
from chemoplan.genomics.markers import copy_state
from chemoplan.genomics.protein import ProteinChange
from chemoplan.genomics.tumor import CopyNumber, Fusion, Tumor, Variant
from chemoplan.knowledge import Knowledge

ORDER: tuple[Level, ...] = (
    "allele", "codon", "exon", "amplification", "deletion", "fusion", "result", "wildtype", "gene", "other",
)  # fmt: skip
"""From the most particular level to the least; a match is called by the least particular of its parts."""

LONGEST = 20_000
"""Codons of one change that are looked up; more than any protein that is named in a release has."""
_SHIFTED = frozenset({"frameshift"})
_SHORTER = frozenset({"deletion", "delins"})
_LONGER = frozenset({"insertion", "duplication"})


@dataclass(frozen=True, slots=True)
class Found:
    """One thing in the tumor on which a match rests, and what is to be said of it."""

    level: Level
    text: str
    note: str = ""
    variant: Variant | None = None
    gene: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`truth` of a profile. `found` is what speaks for it; `open` says what is not known and would have to be so."""

    truth: bool | None
    found: tuple[Found, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A tumor, sorted for being asked."""

    variants: Mapping[str, tuple[Variant, ...]]
    copies: Mapping[str, tuple[tuple[CopyNumber, str], ...]]
    """By gene: the call, and amplification, deletion or neither as the knowledge reads it ("" when it settles nothing)."""
    fusions: tuple[Fusion, ...]
    whole: frozenset[str]
    codons: frozenset[tuple[str, int]]
    copy_number: frozenset[str]
    fusion: frozenset[str]
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def places(self) -> set[Place]:
        """Every gene and every codon in which something was called."""
        places: set[Place] = {*self.variants, *self.copies}
        for fusion in self.fusions:
            places.update((*fusion.genes, "::".join(fusion.genes)))
        for gene, variants in self.variants.items():
            for variant in variants:
                if variant.change is not None:
                    places.update((gene, codon) for codon in variant.change.codons[:LONGEST])
        return places


def look(tumor: Tumor, knowledge: Knowledge, facts: Mapping[str, object] | None = None) -> Seen:
    """Sort a tumor by gene. Silent and non-coding calls play no part; `facts` are known results such as msi."""
    variants: dict[str, list[Variant]] = {}
    for variant in tumor.variants:
        if variant.effect in ("altering", "uncertain"):
            variants.setdefault(variant.gene, []).append(variant)
    copies: dict[str, list[tuple[CopyNumber, str]]] = {}
    for copy in tumor.copies:
        copies.setdefault(copy.gene, []).append((copy, copy_state(copy, knowledge)))
    return Seen(
        {gene: tuple(calls) for gene, calls in variants.items()},
        {gene: tuple(calls) for gene, calls in copies.items()},
        tumor.fusions,
        frozenset().union(*(assay.genes for assay in tumor.assays)),
        frozenset().union(*(assay.codons for assay in tumor.assays)),
        frozenset().union(*(assay.copy_number for assay in tumor.assays)),
        frozenset().union(*(assay.fusions for assay in tumor.assays)),
        facts or {},
    )


def evaluate(profile: Profile, seen: Seen) -> Answer:
    """Strong Kleene logic over the leaves. Never raises."""
    if isinstance(profile, Leaf):
        return _leaf(profile, seen)
    if isinstance(profile, Not):
        return _negation(profile, seen)
    answers = [evaluate(part, seen) for part in profile.parts]
    decided = isinstance(profile, AnyOf)
    if any(answer.truth is decided for answer in answers):
        deciding = [answer for answer in answers if answer.truth is decided]
        return Answer(decided, tuple(found for answer in deciding for found in answer.found) if decided else ())
    found = tuple(found for answer in answers for found in answer.found)
    if all(answer.truth is not None for answer in answers):
        return Answer(not decided, () if decided else found)
    gaps = tuple(gap for answer in answers if answer.truth is None for gap in answer.open)
    # Of alternatives, only those that something in the tumor speaks for are worth naming.
    if decided and found:
        gaps = tuple(gap for answer in answers if answer.truth is None and answer.found for gap in answer.open)
    return Answer(None, found, tuple(dict.fromkeys(gaps)))


def _negation(profile: Not, seen: Seen) -> Answer:
    answer = evaluate(profile.part, seen)
    if answer.truth is not None:
        return Answer(not answer.truth)
    if isinstance(profile.part, Leaf):
        why = "not settled" if answer.found else "not assayed"
        return Answer(None, (), (f"{_absent(profile.part)} ({why})",))
    return Answer(None, (), ("the part after NOT does not hold (not settled)",))


def _absent(leaf: Leaf) -> str:
    if leaf.level == "gene" and leaf.sort == "altering" and not leaf.outside:
        return f"{leaf.gene} is not mutated"
    return f"{leaf.text} is not there"


def _leaf(leaf: Leaf, seen: Seen) -> Answer:
    if leaf.level == "result":
        return _result(leaf, seen)
    if leaf.level == "fusion":
        return _fused(leaf, seen)
    if leaf.level in ("amplification", "deletion"):
        return _copied(leaf, seen)
    if leaf.level == "wildtype":
        return _wild_type(leaf, seen)
    if leaf.level == "other":
        return _unreadable(leaf, seen)
    return _altered(leaf, seen)


def _result(leaf: Leaf, seen: Seen) -> Answer:
    row = _results()[leaf.text.lower()]
    for condition in row["any_of"]:
        if str(seen.facts.get(condition["fact"])) == condition["value"]:
            return Answer(True, (Found("result", row["title"], row.get("note", "")),))
    if any(str(seen.facts.get(condition["fact"])) == condition["value"] for condition in row["none_of"]):
        return Answer(False)
    return Answer(None, (), (f"the tumor is {leaf.text} (not known)",))


@lru_cache(maxsize=1)
def _results() -> dict[str, dict[str, Any]]:
    return {row["profile"].lower(): row for row in words()["results"]}


def _fused(leaf: Leaf, seen: Seen) -> Answer:
    wanted = {gene for gene in leaf.genes if gene != ANY_PARTNER}
    found, sure = [], False
    for fusion in seen.fusions:
        if not wanted or not wanted <= set(fusion.genes) or (len(wanted) == 1 and set(fusion.genes) == wanted):
            continue
        note = fusion.doubt or ("out of frame" if fusion.in_frame is False else "")
        if not note and leaf.sort == "unclear":
            note = "the breakpoints were not compared"
        sure = sure or not note
        found.append(
            Found("fusion", fusion.text or f"{'::'.join(fusion.genes)} fusion", note, gene=leaf.genes[-1] or leaf.gene)
        )
    if found:
        return Answer(True if sure else None, tuple(found), () if sure else (f"{leaf.text} is confirmed",))
    if wanted and wanted & seen.fusion:
        return Answer(False)
    return Answer(None, (), (f"{leaf.text} is there (not assayed)",))


def _copied(leaf: Leaf, seen: Seen) -> Answer:
    gene, level = leaf.gene, leaf.level
    calls = seen.copies.get(gene, ())
    told = [(_copies(call), state) for call, state in calls]
    sure = tuple(Found(level, f"{gene} {state} ({number})", gene=gene) for number, state in told if state == level)
    if sure:
        return Answer(True, sure)
    found = [
        Found(level, f"{gene} {number}", "settles nothing by itself", gene=gene) for number, state in told if not state
    ]
    if leaf.sort == "unclear":  # "Loss" may be loss of the protein, which calls cannot exclude
        found += [
            Found(level, _name(variant), "truncating change; loss of the protein was not shown", variant, gene)
            for variant in seen.variants.get(gene, ())
            if variant.change and variant.change.truncating
        ]
    if found:
        return Answer(None, tuple(found), (f"{leaf.text} is confirmed",))
    if leaf.sort != "unclear" and (calls or gene in seen.copy_number):
        return Answer(False)
    return Answer(None, (), (f"{leaf.text} is there (not assayed)",))


def _copies(call: CopyNumber) -> str:
    return f"copy-number call {call.level}" if call.level is not None else f"{call.copies:g} copies"


def _wild_type(leaf: Leaf, seen: Seen) -> Answer:
    gene = leaf.gene
    calls = seen.variants.get(gene, ())
    if any(_counts(variant) for variant in calls):
        return Answer(False)
    if calls or gene not in seen.whole:
        return Answer(None, (), (f"{gene} is wild type ({'not settled' if calls else 'not assayed over all codons'})",))
    return Answer(True, (Found("wildtype", f"{gene}: assayed, no protein-altering change called", gene=gene),))


def _unreadable(leaf: Leaf, seen: Seen) -> Answer:
    calls = [variant for gene in leaf.genes for variant in seen.variants.get(gene, ())]
    note = "found by gene only: calls do not show what the profile says"
    found = tuple(Found("other", _name(variant), note, variant, variant.gene) for variant in calls)
    return Answer(None, found, (f"{leaf.text} holds (not told by the calls)",))


def _counts(variant: Variant) -> bool:
    return variant.effect == "altering" and not variant.doubt


def _name(variant: Variant) -> str:
    return f"{variant.gene} {variant.text or variant.coding or variant.classification or 'change'}".strip()


def _altered(leaf: Leaf, seen: Seen) -> Answer:
    """Allele, codon, exon and gene level: each call of the gene is held against the leaf."""
    sure: list[Found] = []
    partial: list[Found] = []
    blind = ""
    for variant in seen.variants.get(leaf.gene, ()):
        if leaf.level != "gene" and _unlike(leaf, variant):
            blind = "a call of the gene was not understood"
            continue
        holds, note = _holds(leaf, variant)
        if holds is None or (holds and not _counts(variant)):
            doubt = variant.doubt or ("" if variant.effect == "altering" else "the file does not tell the effect")
            partial.append(Found(leaf.level, _name(variant), doubt or note, variant, leaf.gene))
        elif holds:
            sure.append(Found(leaf.level, _name(variant), note, variant, leaf.gene))
    if sure:
        return Answer(True, tuple(sure))
    if partial:
        return Answer(None, tuple(partial), (f"{leaf.text} is confirmed",))
    if blind or not _assayed(leaf, seen):
        return Answer(None, (), (f"{leaf.text} is there ({blind or 'not assayed'})",))
    return Answer(False)


def _unlike(leaf: Leaf, variant: Variant) -> bool:
    """True when leaf and call are written in notations that cannot be held against each other."""
    if leaf.level == "allele" and not leaf.alleles:
        return not variant.coding
    return variant.change is None


def _assayed(leaf: Leaf, seen: Seen) -> bool:
    if leaf.gene in seen.whole:
        return True
    if leaf.outside:
        return False
    needed = {
        *leaf.codons,
        *(codon for each in leaf.alleles for codon in range(each.start, min(each.end, each.start + 99) + 1)),
    }
    return bool(needed) and all((leaf.gene, codon) in seen.codons for codon in needed)


def _holds(leaf: Leaf, variant: Variant) -> tuple[bool | None, str]:
    """Is this call what the leaf names? None when it may be, with what speaks against it."""
    change = variant.change
    if leaf.level == "allele":
        return _same(leaf, variant)
    if leaf.level == "gene" and leaf.sort == "altering" and not leaf.outside:
        return True, _kind(change)
    if change is None:
        return None, "the notation was not understood"
    if leaf.level == "codon":
        return _at_codons(leaf, change)
    if leaf.level == "exon":
        return _in_exon(leaf, change)
    if leaf.outside:
        away = all(not change.start <= codon <= change.end for codon in leaf.codons)
        return away, _kind(change)
    return _of_sort(leaf, change)


def _same(leaf: Leaf, variant: Variant) -> tuple[bool | None, str]:
    if not leaf.alleles:
        return leaf.coding == variant.coding.rpartition(":")[2], ""
    assert variant.change is not None
    return any(same_allele(allele, variant.change) for allele in leaf.alleles), ""


def same_allele(one: ProteinChange, other: ProteinChange) -> bool:
    """The same change of a protein. A frameshift is told by where it begins; residues count where both name them."""
    if (one.kind, one.start) != (other.kind, other.start) or (one.ref and other.ref and one.ref != other.ref):
        return False
    if one.kind == "frameshift":
        return True
    return one.end == other.end and (one.alt == other.alt or (one.kind == "insertion" and not (one.alt and other.alt)))


def _at_codons(leaf: Leaf, change: ProteinChange) -> tuple[bool | None, str]:
    if not any(change.start <= codon <= change.end for codon in leaf.codons):
        return False, ""
    if change.kind == "substitution":
        return True, ""
    return None, f"{_kind(change) or change.kind} at the codon, no substitution"


@lru_cache(maxsize=256)
def _exon(gene: str, exon: int) -> tuple[tuple[tuple[int, int], ...], bool, str] | None:
    for row in words()["exons"]:
        if row["gene"] == gene and row["exon"] == exon:
            return tuple((first, last) for first, last in row["codons"]), bool(row["complete"]), row.get("note", "")
    return None


def _in_exon(leaf: Leaf, change: ProteinChange) -> tuple[bool | None, str]:
    known = _exon(leaf.gene, leaf.exon or 0)
    if known is None:
        return None, f"the codons of {leaf.gene} exon {leaf.exon} are not in the table"
    ranges, complete, note = known
    if not any(first <= change.start and change.end <= last for first, last in ranges):
        near = any(first - 1 <= change.end and change.start <= last + 1 for first, last in ranges)
        if complete and not near:
            return False, ""
        return None, f"codon {change.start} may lie outside exon {leaf.exon}" + (f" ({note})" if note else "")
    holds, why = _of_sort(leaf, change)
    return holds, "; ".join(part for part in (why, note) if part)


def _of_sort(leaf: Leaf, change: ProteinChange) -> tuple[bool | None, str]:
    sort = leaf.sort
    if sort == "altering":
        return True, _kind(change)
    if sort == "unclear":
        return None, "CIViC's words do not say which changes count" + (f"; {_kind(change)}" if _kind(change) else "")
    if sort == "truncating":
        return change.truncating, ""
    kinds = {"frameshift": _SHIFTED, "deletion": _SHORTER, "insertion": _LONGER}[sort]
    return change.kind in kinds, ""


def _kind(change: ProteinChange | None) -> str:
    """What is to be said of a change that is no substitution."""
    if change is None:
        return "the notation was not understood"
    if change.kind == "substitution":
        return ""
    return {
        "nonsense": "truncating change (stop)",
        "frameshift": "truncating change (frameshift)",
        "splice": "splice change",
        "start_lost": "loss of the start codon",
        "extension": "change of the stop codon",
        "deletion": "in-frame deletion",
        "insertion": "in-frame insertion",
        "duplication": "in-frame duplication",
        "delins": "in-frame exchange of residues",
    }.get(change.kind, "")


def coarsest(found: tuple[Found, ...]) -> Level:
    """The least particular level among what was found."""
    return max((each.level for each in found), key=ORDER.index)

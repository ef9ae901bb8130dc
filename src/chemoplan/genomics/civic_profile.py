"""CIViC's molecular profiles ("MET Amplification AND NOT KRAS Mutation") as small trees. Any text gives a tree; none raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from chemoplan.genomics.protein import ProteinChange, parse_protein

Level = Literal[
    "allele", "codon", "exon", "amplification", "deletion", "fusion", "gene", "wildtype", "result", "other",
]  # fmt: skip
Sort = Literal["altering", "truncating", "frameshift", "deletion", "insertion", "unclear"]

ANY_PARTNER = ""
MAX_DEPTH = 40
MAX_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One alteration. `genes` has two names for a fusion ("" is any partner). `sort` is the kind of change that counts at
    codon, exon and gene level; "unclear" means that CIViC's words do not say which changes ("Rare Mutation").
    """

    text: str
    level: Level
    genes: tuple[str, ...]
    alleles: tuple[ProteinChange, ...] = ()
    coding: str = ""
    codons: tuple[int, ...] = ()
    exon: int | None = None
    sort: Sort = "altering"
    outside: bool = False
    """True for "Non-V600": any change of the gene except at `codons`."""

    @property
    def gene(self) -> str:
        """The gene, or the first that is named."""
        return next((gene for gene in self.genes if gene), "")


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not be there."""

    part: Profile


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must be there."""

    parts: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts must be there."""

    parts: tuple[Profile, ...]


Profile = Leaf | Not | AllOf | AnyOf


def leaves(profile: Profile, *, negated: bool = False) -> Iterator[Leaf]:
    """The alterations of a profile; those below NOT only with `negated`."""
    if isinstance(profile, Leaf):
        yield profile
    elif isinstance(profile, Not):
        if negated:
            yield from leaves(profile.part, negated=True)
    else:
        for part in profile.parts:
            yield from leaves(part, negated=negated)


@lru_cache(maxsize=16384)
def parse_profile(text: str) -> Profile:
    """The tree of a molecular profile. What is not understood becomes a leaf of level "other" with the text as it is."""
    tokens = text.split()
    if not any(token in ("AND", "OR", "NOT", "(", ")") for token in tokens) or len(tokens) > MAX_WORDS:
        return parse_leaf(" ".join(tokens))
    profile, rest = _any(tuple(tokens), 0, 0)
    if profile is None or rest != len(tokens):
        return Leaf(" ".join(tokens), "other", _first_gene(tokens))
    return profile


Parsed = tuple["Profile | None", int]


def _any(tokens: tuple[str, ...], at: int, depth: int) -> Parsed:
    return _chain(tokens, at, depth, "OR", _all, AnyOf)


def _all(tokens: tuple[str, ...], at: int, depth: int) -> Parsed:
    return _chain(tokens, at, depth, "AND", _one, AllOf)


def _chain(
    tokens: tuple[str, ...],
    at: int,
    depth: int,
    word: str,
    below: Callable[[tuple[str, ...], int, int], Parsed],
    kind: type[AnyOf] | type[AllOf],
) -> Parsed:
    first, at = below(tokens, at, depth)
    parts = [first]
    while at < len(tokens) and tokens[at] == word and parts[-1] is not None:
        part, at = below(tokens, at + 1, depth)
        parts.append(part)
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts):
        return None, at
    return (known[0] if len(known) == 1 else kind(known)), at


def _one(tokens: tuple[str, ...], at: int, depth: int) -> Parsed:
    if at >= len(tokens) or depth > MAX_DEPTH:
        return None, at
    if tokens[at] == "NOT":
        part, at = _one(tokens, at + 1, depth + 1)
        return (None if part is None else Not(part)), at
    if tokens[at] == "(":
        part, at = _any(tokens, at + 1, depth + 1)
        if part is None or at >= len(tokens) or tokens[at] != ")":
            return None, at
        return part, at + 1
    end = at
    while end < len(tokens) and tokens[end] not in ("AND", "OR", "NOT", "(", ")"):
        end += 1
    return (parse_leaf(" ".join(tokens[at:end])) if end > at else None), end


def _first_gene(tokens: list[str]) -> tuple[str, ...]:
    return next(((token,) for token in tokens if token not in ("AND", "OR", "NOT", "(", ")")), ())


RESULTS = ("msi high", "tmb high")
_HINT = re.compile(r"\s*\((c\.[^()]*)\)$")
_FUSION = re.compile(r"([^\s:]+)::([^\s:]+)(?: fusions?)?", re.IGNORECASE)
_BREAKPOINTS = re.compile(r"e\d+::e\d+")
_EXON = re.compile(
    r"exon (\d+) (mutation|alteration|deletion|del|insertion|ins|frameshift|skipping mutation)", re.IGNORECASE
)
_CODONS = re.compile(r"[A-Z]\d+(?:/[A-Z]\d+)*")
_OUTSIDE = re.compile(r"non-([A-Z]\d+)(?: mutation)?", re.IGNORECASE)
_SEVERAL = re.compile(r"([A-Z])(\d+)([A-Z*](?:/[A-Z*])+)")
_ALLELE = re.compile(r"(?:p\.)?[A-Z*]\d+(?:_[A-Z*]\d+)?\S+")
_CODING = re.compile(r"(?:splice (?:site|region) )?\(?(c\.[^()\s]+)\)?", re.IGNORECASE)
_WORDS: dict[str, tuple[Level, Sort]] = {
    "mutation": ("gene", "altering"),
    "mutations": ("gene", "altering"),
    "alteration": ("gene", "altering"),
    "truncating mutation": ("gene", "truncating"),
    "truncation": ("gene", "truncating"),
    "frameshift": ("gene", "frameshift"),
    "frameshift truncation": ("gene", "frameshift"),
    "frameshift mutation": ("gene", "frameshift"),
    "activating mutation": ("gene", "unclear"),
    "inactivating mutation": ("gene", "unclear"),
    "inactivation": ("gene", "unclear"),
    "biallelic inactivation": ("gene", "unclear"),
    "deleterious mutation": ("gene", "unclear"),
    "gain-of-function": ("gene", "unclear"),
    "loss-of-function": ("gene", "unclear"),
    "rare mutation": ("gene", "unclear"),
    "kinase domain mutation": ("gene", "unclear"),
    "dna binding domain mutation": ("gene", "unclear"),
    "tkd mutation": ("gene", "unclear"),
    "amplification": ("amplification", "altering"),
    "deletion": ("deletion", "altering"),
    "loss": ("deletion", "unclear"),
    "fusion": ("fusion", "altering"),
    "rearrangement": ("fusion", "altering"),
    "rearrangements": ("fusion", "altering"),
    "translocation": ("fusion", "altering"),
    "wildtype": ("wildtype", "altering"),
    "wild type": ("wildtype", "altering"),
    "wild-type": ("wildtype", "altering"),
}
_EXON_SORT: dict[str, Sort] = {
    "deletion": "deletion",
    "del": "deletion",
    "insertion": "insertion",
    "ins": "insertion",
    "frameshift": "frameshift",
    "skipping mutation": "unclear",
}


def parse_leaf(text: str) -> Leaf:
    """One alteration: a gene and what CIViC calls the change."""
    if text.lower() in RESULTS:
        return Leaf(text, "result", ())
    gene, _, rest = text.partition(" ")
    if not rest:
        return Leaf(text, "other", (gene,) if gene else ())
    for read in (_named, _fusion, _numbered, _changed):
        leaf = read(text, gene, rest)
        if leaf is not None:
            return leaf
    return Leaf(text, "other", _partners(gene))


def _named(text: str, gene: str, rest: str) -> Leaf | None:
    words = _WORDS.get(rest.lower())
    if words is None:
        return None
    level, sort = words
    if level == "fusion" and "::" not in gene:
        return Leaf(text, level, (gene, ANY_PARTNER), sort=sort)
    return Leaf(text, level, _partners(gene), sort=sort)


def _fusion(text: str, gene: str, rest: str) -> Leaf | None:
    if "::" in gene:
        return Leaf(text, "fusion", _partners(gene), sort="unclear") if _BREAKPOINTS.fullmatch(rest) else None
    found = _FUSION.fullmatch(rest)
    if not found or not re.fullmatch(r"[\w-]+|\?", found[1]) or not re.fullmatch(r"[\w-]+|\?", found[2]):
        return None
    return Leaf(text, "fusion", _partners(f"{found[1]}::{found[2]}"))


def _partners(gene: str) -> tuple[str, ...]:
    """The genes of "LMNA::NTRK1"; CIViC writes v or ? for any partner."""
    return tuple(ANY_PARTNER if part in ("v", "?") else part for part in gene.split("::"))


def _numbered(text: str, gene: str, rest: str) -> Leaf | None:
    exon = _EXON.fullmatch(rest)
    if exon and len(exon[1]) < 5:
        return Leaf(text, "exon", (gene,), exon=int(exon[1]), sort=_EXON_SORT.get(exon[2].lower(), "altering"))
    outside = _OUTSIDE.fullmatch(rest)
    if outside and len(outside[1]) < 8:
        return Leaf(text, "gene", (gene,), codons=(int(outside[1][1:]),), outside=True)
    if _CODONS.fullmatch(rest) and len(rest) < 200:
        parts = rest.split("/")
        if all(len(part) < 8 for part in parts):
            return Leaf(text, "codon", (gene,), codons=tuple(int(part[1:]) for part in parts))
    return None


def _changed(text: str, gene: str, rest: str) -> Leaf | None:
    coding = _CODING.fullmatch(rest)
    if coding:
        return Leaf(text, "allele", (gene,), coding=coding[1])
    hint = _HINT.search(rest)
    plain = rest[: hint.start()] if hint else rest
    several = _SEVERAL.fullmatch(plain)
    names = [f"{several[1]}{several[2]}{end}" for end in several[3].split("/")] if several else [plain]
    if not all(_ALLELE.fullmatch(name) for name in names) or len(plain) > 200:
        return None
    changes = [parse_protein(_usual(name)) for name in names]
    known = tuple(change for change in changes if change is not None and change.kind != "unknown")
    if len(known) < len(changes):
        return None
    return Leaf(text, "allele", (gene,), alleles=known, coding=hint[1] if hint else "")


def _usual(name: str) -> str:
    """CIViC's spelling (D667FS, M774DELINSWLV, T148HFSX9, E746_T751>I) in the usual one."""
    name = re.sub(
        r"^((?:p\.)?[A-Z*]\d+(?:_[A-Z*]\d+)?)(DELINS|DEL|INS|DUP)", lambda found: found[1] + found[2].lower(), name
    )
    name = re.sub(r"(\d[A-Z]?)FS", r"\1fs", name)
    name = re.sub(r"fs(?:X|Ter)(\d+)$", r"fs*\1", name)
    return re.sub(r"^((?:p\.)?[A-Z]\d+_[A-Z]\d+)>([A-Z]+)$", r"\1delins\2", name)

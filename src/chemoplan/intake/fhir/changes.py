"""Protein and coding changes in HGVS notation: which codon, and whether the protein changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_THREE = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
    "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Ter": "*",
}  # fmt: skip
_AMINO = "|".join(_THREE)
_PROTEIN = re.compile(
    rf"p\.\(?(?P<old>{_AMINO}|[A-Z])(?P<codon>\d{{1,4}})(?P<new>{_AMINO}|[A-Z*=]|_\S*|fs\S*|del\S*|dup\S*|ins\S*)?"
)
_LOOSE = re.compile(
    rf"(?<![\w.])(?P<old>{_AMINO}|[ACDEFGHIKLMNPQRSTVWY])(?P<codon>\d{{2,4}})(?P<new>{_AMINO}|[ACDEFGHIKLMNPQRSTVWY*])(?![\w.])"
)
_CODING = re.compile(r"c\.(?P<place>\d{1,5})(?P<old>[ACGT])>(?P<new>[ACGT])")
_CODING_OTHER = re.compile(r"c\.(?P<change>\d{1,5}(?:_\d{1,5})?(?:delins|del|dup|ins)[ACGT]*)")
_RANGE = re.compile(r"\b(?P<kind>codon|exon)s?\b(?P<rest>[^.;]*)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,4})\s*(?:-|–|to|through)\s*(\d{1,4})|(\d{1,4})")
_DENIED = re.compile(r"\b(not|no|without|except|failed|excluding|other than)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One change. `short` is like G12D; `coding` like 34G>T; `silent` when the protein stays the same."""

    codon: int | None = None
    short: str = ""
    coding: str = ""
    silent: bool = False
    changes_protein: bool = False

    @property
    def known(self) -> bool:
        """True when the notation names a change."""
        return bool(self.short or self.coding)


def read_change(
    protein_texts: tuple[str, ...], coding_texts: tuple[str, ...], *, loose: bool = False
) -> tuple[Change, str]:
    """The change that the texts name, and why it cannot be used when they contradict each other ("" when it can)."""
    proteins = {_protein(match) for text in protein_texts for match in _PROTEIN.finditer(text[:300])}
    if loose and not proteins:
        proteins = {_protein(match) for text in protein_texts for match in _LOOSE.finditer(text[:300])}
    codings = {match.group(0)[2:] for text in coding_texts for match in _CODING.finditer(text[:300])}
    others = {match["change"] for text in coding_texts for match in _CODING_OTHER.finditer(text[:300])}
    if len(proteins) > 1 or len(codings) > 1:
        return Change(), f"it names several changes ({', '.join(sorted({item.short for item in proteins} | codings))})"
    coding = next(iter(codings), "") or next(iter(others), "")
    place = int(_leading(coding)) if codings else None
    codon = (place + 2) // 3 if place else None
    if proteins:
        protein = proteins.pop()
        if codon is not None and codon != protein.codon:
            return Change(), f"{protein.short} and c.{coding} are different codons"
        return Change(protein.codon, protein.short, coding, protein.silent, not protein.silent), ""
    if coding:
        # The third base of a codon often changes nothing; without the protein notation that stays open.
        return Change(codon, "", coding, False, bool(place and place % 3 != 0)), ""
    return Change(), ""


def _leading(coding: str) -> str:
    match = re.match(r"\d+", coding)
    return match.group() if match else "0"


def _protein(match: re.Match[str]) -> Change:
    old, new = match["old"], match["new"] or ""
    old = _THREE.get(old, old)
    new = _THREE.get(new, new)
    silent = new in ("=", old)
    return Change(int(match["codon"]), f"{old}{match['codon']}{new.rstrip(')')}", "", silent, not silent)


def studied_codons(text: str, exons: Mapping[int, list[int]]) -> set[int]:
    """Codons that a text says were studied ("codons 12, 13 and 59-61"), or exons of the table. A denial voids it."""
    codons: set[int] = set()
    if len(text) > 2000 or _DENIED.search(text):
        return codons
    for match in _RANGE.finditer(text):
        numbers: set[int] = set()
        for low, high, single in _NUMBERS.findall(match["rest"]):
            if single:
                numbers.add(int(single))
            elif int(low) <= int(high) <= int(low) + 200:
                numbers |= set(range(int(low), int(high) + 1))
        if match["kind"].lower() == "codon":
            codons |= numbers
        else:
            codons |= {codon for number in numbers for codon in exons.get(number, [])}
    return codons

"""Protein and coding changes named in the texts of a resource: which codon, and whether the protein changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chemoplan.genomics.loci import edit_of_coding
from chemoplan.genomics.protein import ProteinChange, parse_protein

_PROTEIN = re.compile(r"p\.\(?[A-Za-z0-9*=?%_>\[\]-]+\)?")
_LOOSE = re.compile(r"(?<![\w.])(?:[A-Z][a-z]{2}|[A-Z*])\d{2,5}[A-Za-z0-9*=_>]*(?![\w.])", re.ASCII)
_CODING = re.compile(r"c\.(?P<place>\d{1,5})(?P<old>[ACGT])>(?P<new>[ACGT])", re.ASCII)
_CODING_OTHER = re.compile(r"c\.(?P<change>\d{1,5}(?:_\d{1,5})?(?:delins|del|dup|ins)[ACGT]*)", re.ASCII)
_RANGE = re.compile(r"\b(?P<kind>codon|exon)s?\b(?P<rest>[^.;]*)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,4})\s*(?:-|–|to|through)\s*(\d{1,4})|(\d{1,4})")
_DENIED = re.compile(r"\b(not|no|without|except|failed|excluding|other than)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One change. `short` is like G12D; `coding` like 34G>T; `missense` when one residue replaces one other."""

    codon: int | None = None
    short: str = ""
    coding: str = ""
    silent: bool = False
    changes_protein: bool = False
    missense: bool = False

    @property
    def known(self) -> bool:
        """True when the notation names a change."""
        return bool(self.short or self.coding)


def read_change(
    protein_texts: tuple[str, ...], coding_texts: tuple[str, ...], *, genes: tuple[str, ...] = (), loose: bool = False
) -> tuple[Change, str]:
    """The change that the texts name, and why it cannot be used when they contradict each other ("" when it can).

    With one gene, its known codons say what a coding change does to the protein.
    """
    proteins = {change for text in protein_texts for change in _named(_PROTEIN, text)}
    if loose and not proteins:
        proteins = {change for text in protein_texts for change in _named(_LOOSE, text)}
    codings = {match.group(0)[2:] for text in coding_texts for match in _CODING.finditer(text[:300])}
    others = {match["change"] for text in coding_texts for match in _CODING_OTHER.finditer(text[:300])}
    if len(proteins) > 1 or len(codings) > 1:
        return Change(), f"it names several changes ({', '.join(sorted({item.short for item in proteins} | codings))})"
    coding = next(iter(codings), "") or next(iter(others), "")
    protein = next(iter(proteins), None)
    follows, conflict = _of_coding(genes, coding, protein)
    if conflict:
        return Change(), conflict
    protein = protein or follows
    if protein:
        return Change(
            protein.start or None, protein.short, coding, protein.kind == "silent", protein.changes_protein,
            protein.is_missense,
        ), ""  # fmt: skip
    if coding:
        place = _place(coding)
        # The third base of a codon often changes nothing; without the protein notation that stays open.
        altering = bool(codings) and place % 3 != 0
        return Change((place + 2) // 3 if codings else None, "", coding, False, altering, altering), ""
    return Change(), ""


def _named(finder: re.Pattern[str], text: str) -> Iterator[ProteinChange]:
    for match in finder.finditer(text[:300]):
        change = parse_protein(match.group()) or parse_protein(match.group().rstrip(")"))
        if change:
            yield change


def _of_coding(genes: tuple[str, ...], coding: str, protein: ProteinChange | None) -> tuple[ProteinChange | None, str]:
    """What a coding change does to the protein, where that is known, and how it contradicts the protein change."""
    if not coding:
        return None, ""
    codon = (_place(coding) + 2) // 3
    if protein and protein.start and ">" in coding and not protein.touches(codon):
        return None, f"{protein.short} and c.{coding} are different codons"
    edit = edit_of_coding(genes[0], f"c.{coding}") if len(genes) == 1 else None
    if edit is None:
        return None, ""
    if not edit.fits:
        return None, f"c.{coding} does not fit the bases {edit.codon.bases} of {genes[0]} codon {edit.codon.number}"
    follows = edit.change
    if protein and protein.start and follows and follows != protein:
        return None, f"{protein.short} is not what c.{coding} does ({follows.short})"
    return follows, ""


def _place(coding: str) -> int:
    match = re.match(r"\d+", coding, re.ASCII)
    return int(match.group()) if match else 0


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

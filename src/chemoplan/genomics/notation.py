"""One change as people type it, in protein, coding or genomic notation, read to the same meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chemoplan.genomics.loci import BUILDS, Edit, codon_at, edit_at, edit_of_coding, reference_at
from chemoplan.genomics.protein import ProteinChange, parse_protein
from chemoplan.genomics.tumor import Build, Locus


class NotationRefused(ValueError):
    """A notation that contradicts itself, or that cannot be placed. One line: what, and what would be right."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a notation names. `gene` is "" and `change` None for a genomic place outside the known codons.

    `coding` and `locus` are as typed, or as they follow for a substitution inside a known codon (the locus when the build
    was given).
    """

    gene: str
    change: ProteinChange | None
    coding: str = ""
    locus: Locus | None = None


def read_notation(text: str, build: Build | None = None) -> Named | None:
    """The change that a text names, or None when it names none.

    Read are KRAS G12C, KRAS p.Gly12Cys, KRAS:c.34G>T, NM_004985.5(KRAS):c.34G>T (p.Gly12Cys), 12:g.25398285C>A,
    chr12:25245350 C>A, 12-25398285-C-A, NC_000012.11:g.25398285C>A. A genomic place needs its build: by argument, by an
    accession, by a leading GRCh37 or GRCh38, or by a reference base that fits only one. Raises NotationRefused.
    """
    if len(text) > 400:
        return None
    text = " ".join(text.split())
    match = _GENOMIC.fullmatch(text)
    if match:
        return _genomic(match, build)
    return _of_gene(text, build)


_GENOMIC = re.compile(
    r"(?:(?P<build>GRCh3[78]|hg19|hg38)[ :,]\s*)?"
    r"(?:NC_0000(?P<accession>[0-2][0-9])\.(?P<version>[0-9]{1,2})|(?:chr|Chr)?(?P<chromosome>[1-9]|1[0-9]|2[0-2]|X|Y))"
    r"[:_\- ]\s?(?:g\.)?(?P<position>[1-9][0-9]{0,8})(?:_(?P<last>[1-9][0-9]{0,8}))?"
    r"(?:[:_\- ]?(?P<ref>[ACGTacgt]+)[>:_\-/ ](?P<alt>[ACGTacgt]+)|del(?P<deleted>[ACGTacgt]*)ins(?P<inserted>[ACGTacgt]+))"
)
_BUILD_NAMES: dict[str, Build] = {"hg19": "GRCh37", "hg38": "GRCh38", "GRCh37": "GRCh37", "GRCh38": "GRCh38"}
# The version of a chromosome's RefSeq accession in GRCh37, from chromosome 1 to 22, X and Y; GRCh38 has the next one.
_VERSIONS = dict(enumerate((10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9), 1))


def _genomic(match: re.Match[str], build: Build | None) -> Named | None:
    text = match.group()
    told = _BUILD_NAMES[match["build"]] if match["build"] else None
    chromosome = match["chromosome"]
    if match["accession"]:
        number = int(match["accession"])
        if number not in _VERSIONS:
            return None
        chromosome = {23: "X", 24: "Y"}.get(number, str(number))
        version = int(match["version"]) - _VERSIONS[number]
        if version not in (0, 1):
            raise NotationRefused(
                f"{text}: version {match['version']} of NC_0000{match['accession']} is neither GRCh37 "
                f"({_VERSIONS[number]}) nor GRCh38 ({_VERSIONS[number] + 1})"
            )
        told = _agreed(text, told, BUILDS[version])
    told = _agreed(text, told, build)
    position = int(match["position"])
    ref, alt = _alleles(match, told, chromosome, position)
    if told is None:
        told = _build_that_fits(text, chromosome, position, ref, alt)
    locus = Locus(told, chromosome, position, ref, alt)
    edit = edit_at(told, chromosome, position, ref, alt)
    other = BUILDS[1 - BUILDS.index(told)]
    there = edit_at(other, chromosome, position, ref, alt)
    if there is not None and there.fits and not (edit is not None and edit.fits):
        raise NotationRefused(
            f"{text}: in {told} this is {'another base' if edit else 'no known codon'}, but in {other} it is "
            f"{there.codon.gene} codon {there.codon.number}; check the build"
        )
    if edit is None:
        codon = codon_at(told, chromosome, position)
        return Named(codon.gene if codon else "", None, "", locus)
    if not edit.fits:
        raise NotationRefused(f"{text}: the reference of {told} at {chromosome}:{position} is not {ref}")
    return Named(edit.codon.gene, edit.change, edit.coding, edit.locus(told))


def _agreed(text: str, told: Build | None, other: Build | None) -> Build | None:
    if told and other and told != other:
        raise NotationRefused(f"{text}: the text says {told}, but {other} was given; give one build")
    return told or other


def _alleles(match: re.Match[str], told: Build | None, chromosome: str, position: int) -> tuple[str, str]:
    """Reference and new bases. delins need not name what it replaces; then the codons' own bases stand."""
    if match["ref"]:
        return match["ref"].upper(), match["alt"].upper()
    size = int(match["last"] or position) - position + 1
    alt, ref = match["inserted"].upper(), match["deleted"].upper()
    if ref:
        return ref, alt
    for build in (told,) if told else BUILDS:
        if 1 <= size <= 3:
            ref = "".join(reference_at(build, chromosome, position + step) or "N" for step in range(size))
            if "N" not in ref:
                return ref, alt
    raise NotationRefused(f"{match.group()}: name the bases that are replaced, for example 12:25398284CC>AA")


def _build_that_fits(text: str, chromosome: str, position: int, ref: str, alt: str) -> Build:
    fits: list[Build] = []
    for build in BUILDS:
        edit = edit_at(build, chromosome, position, ref, alt)
        if edit is not None and edit.fits:
            fits.append(build)
    if len(fits) == 1:
        return fits[0]
    why = "fits both builds" if fits else "is at no known codon of either build with that reference"
    raise NotationRefused(f"{text}: the place {why}; give the build, GRCh37 or GRCh38")


_ACCESSION = re.compile(r"(?:[NX][MPR]_[0-9]+|ENS[TP][0-9]+)(?:\.[0-9]+)?\s*\(\s*([A-Za-z][A-Za-z0-9-]*)\s*\)")
_GENE = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,14})(?=[ :,])")
_TRANSCRIPT = re.compile(r"(?:[NX][MPR]_[0-9]+|ENS[TP][0-9]+)(?:\.[0-9]+)?:")


def _of_gene(text: str, build: Build | None) -> Named | None:
    match = _ACCESSION.match(text) or _GENE.match(text)
    if match is None:
        return None
    gene = match[1].upper()
    rest = _TRANSCRIPT.sub("", re.sub(r"(?<![.\w])\(|(?<=[A-Za-z])\((?=p\.)", " (", text[match.end() :]))
    codings: list[str] = []
    changes: list[ProteinChange] = []
    for word in rest.replace(",", " ").replace(";", " ").replace(":", " ").split():
        bare = word.strip("()") if word.startswith("(") else word
        if bare.startswith("c."):
            codings.append(bare)
            continue
        change = parse_protein(bare)
        if change is None:
            return None
        changes.append(change)
    if not codings and not changes:
        return None
    if len(set(codings)) > 1 or len(set(changes)) > 1:
        raise NotationRefused(f"{text}: several changes are named; give one at a time")
    change = changes[0] if changes else None
    return _together(text, gene, change, codings[0] if codings else "", build)


_PLACE = re.compile(r"c\.([1-9][0-9]{0,5})[ACGT]>[ACGT]")


def _together(text: str, gene: str, change: ProteinChange | None, coding: str, build: Build | None) -> Named:
    """The protein change and the coding change of one text, which must agree."""
    if not coding:
        return Named(gene, change)
    edit = edit_of_coding(gene, coding)
    if edit is None:
        place = _PLACE.fullmatch(coding)
        codon = (int(place[1]) + 2) // 3 if place else 0
        if codon and change and change.start and not change.touches(codon):
            raise NotationRefused(f"{text}: {coding} lies in codon {codon}, which {change} does not change")
        return Named(gene, change, coding)
    return _known(text, gene, change, edit, build)


def _known(text: str, gene: str, change: ProteinChange | None, edit: Edit, build: Build | None) -> Named:
    codon = edit.codon
    if not edit.fits:
        raise NotationRefused(f"{text}: {gene} codon {codon.number} is {codon.bases}, which {edit.coding} does not fit")
    follows = edit.change
    if change and change.start and follows and change != follows:
        raise NotationRefused(f"{text}: {edit.coding} is {follows}, not {change}")
    if change and change.start and not change.touches(codon.number):
        raise NotationRefused(f"{text}: {edit.coding} lies in codon {codon.number}, which {change} does not change")
    return Named(gene, follows or change, edit.coding, edit.locus(build) if build else None)

"""The codons whose place on the genome is known in both builds: from a genomic change to a protein change, and back.

The same places tell the build of a file: a mix-up would silently read as "no hotspot found".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from chemoplan.genomics.genetic_code import RESIDUE_OF, other_strand, spellings
from chemoplan.genomics.protein import ProteinChange, parse_protein
from chemoplan.genomics.tumor import Build, Locus

BUILDS: tuple[Build, Build] = ("GRCh37", "GRCh38")


@dataclass(frozen=True, slots=True)
class Codon:
    """One codon: its residue, its bases on the coding strand (IUPAC letters where several are possible), and the lowest of
    its three adjoining positions on the genome in each build (1-based)."""

    gene: str
    number: int
    residue: str
    bases: str
    chromosome: str
    strand: int
    grch37: int
    grch38: int

    def lowest(self, build: Build) -> int:
        """The lowest position in a build."""
        return self.grch37 if build == "GRCh37" else self.grch38


@dataclass(frozen=True, slots=True)
class Edit:
    """A substitution of 1 to 3 bases inside a codon, on the coding strand; `offset` 0 to 2 within the codon."""

    codon: Codon
    offset: int
    ref: str
    alt: str

    @property
    def fits(self) -> bool:
        """True when the bases said to be replaced are those of the codon."""
        return bool(self._before())

    @property
    def change(self) -> ProteinChange | None:
        """What becomes of the protein; None when the bases do not fit, or when unknown bases of the codon decide it."""
        after = {RESIDUE_OF[self._edited(codon)] for codon in self._before()}
        if len(after) != 1:
            return None
        return parse_protein(f"{self.codon.residue}{self.codon.number}{after.pop()}")

    @property
    def coding(self) -> str:
        """Coding notation: c.34G>T, c.34_35delinsTT."""
        first = 3 * self.codon.number - 2 + self.offset
        if len(self.ref) == 1:
            return f"c.{first}{self.ref}>{self.alt}"
        return f"c.{first}_{first + len(self.ref) - 1}delins{self.alt}"

    def locus(self, build: Build) -> Locus:
        """The same change on the genome."""
        codon, size = self.codon, len(self.ref)
        if codon.strand == 1:
            return Locus(build, codon.chromosome, codon.lowest(build) + self.offset, self.ref, self.alt)
        position = codon.lowest(build) + 3 - self.offset - size
        return Locus(build, codon.chromosome, position, other_strand(self.ref), other_strand(self.alt))

    def _before(self) -> list[str]:
        possible = spellings(self.codon.bases, self.codon.residue)
        return [codon for codon in possible if codon[self.offset : self.offset + len(self.ref)] == self.ref]

    def _edited(self, codon: str) -> str:
        return codon[: self.offset] + self.alt + codon[self.offset + len(self.ref) :]


@dataclass(frozen=True)
class _Table:
    by_gene: dict[str, dict[int, Codon]]
    codons: dict[Build, dict[str, dict[int, Codon]]]
    references: dict[Build, dict[str, dict[int, str]]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    from chemoplan.knowledge import load_knowledge

    table = _Table({}, {build: {} for build in BUILDS}, {build: {} for build in BUILDS})
    for row in load_knowledge().loci.values():
        for number, residue, bases, grch37, grch38 in row.codons:
            codon = Codon(row.gene, number, residue, bases, row.chromosome, row.strand, grch37, grch38)
            table.by_gene.setdefault(row.gene, {})[number] = codon
            plus = bases if row.strand == 1 else other_strand(bases)
            for build in BUILDS:
                for name in (row.chromosome, f"chr{row.chromosome}"):
                    codons = table.codons[build].setdefault(name, {})
                    references = table.references[build].setdefault(name, {})
                    for offset, base in enumerate(plus):
                        codons[codon.lowest(build) + offset] = codon
                        if base in "ACGT":
                            references[codon.lowest(build) + offset] = base
    return table


def codon_at(build: Build, chromosome: str, position: int) -> Codon | None:
    """The codon that holds a position ("12" or "chr12"), or None."""
    return _table().codons[build].get(chromosome, {}).get(position)


def reference_at(build: Build, chromosome: str, position: int) -> str:
    """The reference base on the plus strand, or "" where the table does not know it."""
    return _table().references[build].get(chromosome, {}).get(position, "")


def codons_of(gene: str) -> tuple[Codon, ...]:
    """The codons of a gene in the table, by number."""
    codons = _table().by_gene.get(gene, {})
    return tuple(codons[number] for number in sorted(codons))


def edit_at(build: Build, chromosome: str, position: int, ref: str, alt: str) -> Edit | None:
    """A substitution of 1 to 3 bases (VCF or MAF alleles, bases they share taken off) inside one codon, or None."""
    ref, alt, position = _trimmed(ref.upper(), alt.upper(), position)
    if len(ref) != len(alt) or not 1 <= len(ref) <= 3 or ref == alt or not set(ref + alt) <= set("ACGT"):
        return None
    codon = codon_at(build, chromosome, position)
    if codon is None or position + len(ref) > codon.lowest(build) + 3:
        return None
    offset = position - codon.lowest(build)
    if codon.strand == 1:
        return Edit(codon, offset, ref, alt)
    return Edit(codon, 3 - offset - len(ref), other_strand(ref), other_strand(alt))


_CODING = re.compile(
    r"(?:c\.)?(?P<first>[1-9][0-9]{0,5})(?:_(?P<last>[1-9][0-9]{0,5}))?"
    r"(?:(?P<ref>[ACGT]{1,3})>|del(?P<deleted>[ACGT]{0,3})ins)(?P<alt>[ACGT]{1,3})"
    r"|c\.(?P<old>[ACGT])(?P<place>[1-9][0-9]{0,5})(?P<new>[ACGT])"
)


def edit_of_coding(gene: str, coding: str) -> Edit | None:
    """The same of a coding change (c.34G>T, c.34_35delinsTT, ENST...:c.34G>T, c.G34T). Bases that it does not name are
    taken from the codon; None when it is no such change, or when the codon is not in the table."""
    match = _CODING.fullmatch(coding.rpartition(":")[2].strip())
    if match is None:
        return None
    first = int(match["first"] or match["place"])
    alt = match["alt"] or match["new"]
    last = int(match["last"]) if match["last"] else first + len(match["ref"] or "A") - 1
    number, offset = (first + 2) // 3, (first - 1) % 3
    codon = _table().by_gene.get(gene, {}).get(number)
    if codon is None or last - first + 1 != len(alt) or offset + len(alt) > 3:
        return None
    ref = match["ref"] or match["deleted"] or match["old"] or codon.bases[offset : offset + len(alt)]
    if len(ref) != len(alt) or not set(ref) <= set("ACGT") or ref == alt:
        return None
    ref, alt, offset = _trimmed(ref, alt, offset)
    return Edit(codon, offset, ref, alt)


def _trimmed(ref: str, alt: str, position: int) -> tuple[str, str, int]:
    """Alleles without the bases they share at either end, and the position moved along."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return ref, alt, position


def protein_of(build: Build, chromosome: str, position: int, ref: str, alt: str) -> tuple[str, ProteinChange] | None:
    """Gene and protein change of a substitution of 1 to 3 bases (VCF or MAF alleles) inside one codon of the table."""
    edit = edit_at(build, chromosome, position, ref, alt)
    change = edit.change if edit else None
    return (edit.codon.gene, change) if edit and change else None


def protein_of_coding(gene: str, coding: str) -> ProteinChange | None:
    """The protein change of a coding change such as c.34G>T, c.34_35delinsTT, inside one codon of the table.

    None when the table does not hold the codon, and when the bases that it says are replaced are not the codon's.
    """
    edit = edit_of_coding(gene, coding)
    return edit.change if edit else None


def disagreement(gene: str, change: ProteinChange | None, locus: Locus | None) -> str:
    """One sentence when a protein change and the genomic place stated with it contradict each other, else ""."""
    if change is None or locus is None or locus.build is None or not change.start:
        return ""
    edit = edit_at(locus.build, locus.chromosome, locus.position, locus.ref, locus.alt)
    if edit is None:
        return ""
    codon = edit.codon
    place = f"{locus.chromosome}:{locus.position} {locus.ref}>{locus.alt} in {locus.build}"
    if codon.gene != gene:
        return f"{gene} {change} is stated, but {place} lies in {codon.gene}, codon {codon.number}"
    if not edit.fits:
        return f"{gene} {change} is stated at {place}, but the reference there is not {locus.ref}"
    expected = edit.change
    if expected == change or (change.kind in ("splice", "unknown") and change.touches(codon.number)):
        return ""
    if expected is None:
        if change.touches(codon.number):
            return ""
        return f"{gene} {change} is stated, but {place} lies in codon {codon.number}"
    return f"{gene} {change} is stated, but {place} is {expected}"


_SHARE = 10
"""A build that one place alone, fewer than one in ten of the telling places, or no more places than it misses, fits was
fitted by chance: of random bases a quarter fits."""


@dataclass
class _Tally:
    right: dict[tuple[str, int], Locus] = field(default_factory=dict)
    wrong: dict[tuple[str, int], tuple[Locus, int, str, str]] = field(default_factory=dict)


def builds_told(places: Iterable[Locus]) -> frozenset[Build]:
    """The builds that the REF bases at known codons support; empty when nothing can be said, both for a mixed file."""
    return _supported(_tallies(places))


def wrong_build(build: Build, places: Iterable[Locus]) -> str:
    """One line when the REF bases tell another build than the declared one, or none that is known; else ""."""
    tallies = _tallies(places)
    own = tallies[build]
    other: Build = BUILDS[1 - BUILDS.index(build)]
    others = tallies[other].right
    supported = _supported(tallies)
    if own.wrong:
        locus, position, found, expected = next(iter(own.wrong.values()))
        told = f"; the places fit {other}" if supported == {other} else ""
        return (
            f"REF at {locus.chromosome}:{position} is {found}, but {build} has {expected} there "
            f"({len(own.wrong)} of {len(own.wrong) + len(own.right)} known places disagree){told}; "
            "give the build that the file was made with"
        )
    if other not in supported:
        return ""
    first = next(iter(others.values()))
    codon = codon_at(other, first.chromosome, first.position)
    where = f"{first.chromosome}:{first.position}" + (f", {codon.gene} codon {codon.number}" if codon else "")
    if not own.right:
        return (
            f"{len(others)} of the places are known codons in {other} with the right REF (first {where}) and none is in "
            f"{build}; the file reads as {other}, give that build"
        )
    return (
        f"the file mixes builds: {len(own.right)} places fit {build} and {len(others)} fit {other} (first {where}); "
        "give files of one build"
    )


def _supported(tallies: dict[Build, _Tally]) -> frozenset[Build]:
    fitting = {build: len(tally.right) for build, tally in tallies.items() if len(tally.right) > len(tally.wrong)}
    total, most = sum(fitting.values()), max(fitting.values(), default=0)
    return frozenset(build for build, right in fitting.items() if right * _SHARE >= total and right >= min(2, most))


def _tallies(places: Iterable[Locus]) -> dict[Build, _Tally]:
    """Distinct places whose REF is right or wrong, by build. A place that is right in both builds tells nothing."""
    bases = {build: _table().references[build] for build in BUILDS}
    tallies = {build: _Tally() for build in BUILDS}
    for locus in places:
        right: list[Build] = []
        for build in BUILDS:
            known = bases[build].get(locus.chromosome)
            if known is None:
                continue
            verdict = False
            for offset, base in enumerate(locus.ref.upper()):
                expected = known.get(locus.position + offset)
                if expected is None or base not in "ACGT":
                    continue
                verdict = base == expected
                if not verdict:
                    key = (locus.chromosome, locus.position)
                    tallies[build].wrong[key] = (locus, locus.position + offset, base, expected)
                    break
            if verdict:
                right.append(build)
        if len(right) == 1:
            tallies[right[0]].right[locus.chromosome, locus.position] = locus
    return tallies

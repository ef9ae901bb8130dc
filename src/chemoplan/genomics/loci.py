"""The codons whose place on the genome is known in both builds: from a genomic change to a protein change, and back."""

from __future__ import annotations

from dataclasses import dataclass

from chemoplan.genomics.protein import ProteinChange
from chemoplan.genomics.tumor import Build


@dataclass(frozen=True, slots=True)
class Codon:
    """One codon: its residue, its bases on the coding strand ("N" where not known), and the lowest of its three adjoining
    positions on the genome in each build (1-based)."""

    gene: str
    number: int
    residue: str
    bases: str
    chromosome: str
    strand: int
    grch37: int
    grch38: int


def codon_at(build: Build, chromosome: str, position: int) -> Codon | None:
    """The codon that holds a position ("12" or "chr12"), or None."""
    raise NotImplementedError


def reference_at(build: Build, chromosome: str, position: int) -> str:
    """The reference base on the plus strand, or "" where the table does not know it."""
    raise NotImplementedError


def protein_of(build: Build, chromosome: str, position: int, ref: str, alt: str) -> tuple[str, ProteinChange] | None:
    """Gene and protein change of a substitution of 1 to 3 bases (VCF or MAF alleles) inside one codon of the table."""
    raise NotImplementedError


def protein_of_coding(gene: str, coding: str) -> ProteinChange | None:
    """The protein change of a coding change such as c.34G>T, c.34_35delinsTT, inside one codon of the table."""
    raise NotImplementedError


def codons_of(gene: str) -> tuple[Codon, ...]:
    """The codons of a gene in the table, by number."""
    raise NotImplementedError

"""What the readers hand over about one tumor: calls, copy numbers, fusions, reported results, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.protein import ProteinChange

Build = Literal["GRCh37", "GRCh38"]
Effect = Literal["altering", "silent", "noncoding", "uncertain"]
"""altering: the protein changes; uncertain: the file does not tell (no annotation)."""


@dataclass(frozen=True, slots=True)
class Locus:
    """A change on the genome, 1-based, alleles on the plus strand; "-" is an empty allele as in MAF."""

    build: Build | None
    chromosome: str
    position: int
    ref: str
    alt: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One call of a somatic change. `text` is the change as the file writes it; `change` is what was understood of it."""

    gene: str
    change: ProteinChange | None
    effect: Effect
    source: Source
    text: str = ""
    classification: str = ""
    coding: str = ""
    locus: Locus | None = None
    depth: int | None = None
    alt_count: int | None = None
    filter: str = ""
    doubt: str = ""
    """Why the call may not be counted (a filter it failed, a notation that contradicts itself); "" when it may."""

    @property
    def allele_fraction(self) -> float | None:
        """Reads with the change over all reads, 0 to 1; None when the file does not say."""
        if self.alt_count is None or not self.depth:
            return None
        return self.alt_count / self.depth


@dataclass(frozen=True, slots=True)
class CopyNumber:
    """A gene's copy number: `level` discrete (-2 deep deletion, -1, 0, 1, 2 amplification), or `copies` in all."""

    gene: str
    source: Source
    level: int | None = None
    copies: float | None = None


@dataclass(frozen=True, slots=True)
class Fusion:
    """A structural variant. `genes` as the file orders them; `in_frame` None when it does not say."""

    genes: tuple[str, ...]
    source: Source
    in_frame: bool | None = None
    reads: int | None = None
    text: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A result that the file or a person reports as such. `what` is a test of assays.yaml (mmr_ihc, msi, msisensor, mantis,
    tmb, her2_ihc, ...) or the name of a fact; `value` is text or a number as given; `method` how it was known."""

    what: str
    value: str | float
    source: Source
    method: str = ""


@dataclass(frozen=True, slots=True)
class Assay:
    """What one test looked at. A gene in `genes` was read over its whole coding sequence; `codons` names single codons
    that were read in other genes. `megabases` is the coding territory, for the mutational burden."""

    name: str
    source: Source
    genes: frozenset[str] = frozenset()
    codons: frozenset[tuple[str, int]] = frozenset()
    copy_number: frozenset[str] = frozenset()
    fusions: frozenset[str] = frozenset()
    megabases: float | None = None


@dataclass(frozen=True)
class Tumor:
    """One sequenced tumor of one person. `variants` holds the calls in the genes that were asked for; the counts hold all.

    `altering` is the number of protein-altering calls and `calls` of all rows, None when no calls were read.
    `uninterpreted` counts calls that say nothing without annotation; `unplaced` those of them that may lie in any gene, so
    that only codons on known places can be said to be free of them.
    `shallow` names the codons that the file itself shows to be read too little: no panel makes up for that.
    """

    sample: str
    patient: str = ""
    build: Build | None = None
    variants: tuple[Variant, ...] = ()
    calls: int | None = None
    altering: int | None = None
    uninterpreted: int = 0
    unplaced: int = 0
    shallow: frozenset[tuple[str, int]] = frozenset()
    copies: tuple[CopyNumber, ...] = ()
    fusions: tuple[Fusion, ...] = ()
    results: tuple[Result, ...] = ()
    assays: tuple[Assay, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def sequenced(self) -> bool:
        """True when a file of calls was read for the tumor, be it empty of calls."""
        return self.calls is not None

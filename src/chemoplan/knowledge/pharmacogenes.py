"""The kinds of knowledge entry about inherited genes: positions, alleles, functions, and statements of regulators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chemoplan.criteria import Criterion
from chemoplan.knowledge.entries import Evidence

AlleleFunction = Literal["normal", "decreased", "no_function", "increased", "unknown"]


@dataclass(frozen=True)
class Place:
    """One position in one build: the lowest base (1-based, VCF anchoring for indels), the reference and the listed alternates."""

    position: int
    ref: str
    alts: tuple[str, ...]


@dataclass(frozen=True)
class GenePosition:
    """One position of a pharmacogene in both builds. `alleles` gives, for GRCh38 REF and each listed ALT in order, the name of
    the variant that the base makes ("" for the reference): in a build whose REF is another base the names still hold."""

    id: str
    gene: str
    rsid: str
    chromosome: str
    grch38: Place
    grch37: Place
    variants: Mapping[str, str]
    """GRCh38 ALT base(s) to the name of the variant in HGVS or star notation (c.1905+1G>A, *28)."""
    needed: bool
    """True when a normal result may be said only with this position assessed."""
    site: str = ""
    evidence: tuple[Evidence, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class GeneAllele:
    """One named allele: the variants it needs, its function and its activity value (DPYD)."""

    id: str
    gene: str
    name: str
    variants: tuple[str, ...]
    """Positions as `position id>ALT`, in GRCh38."""
    function: AlleleFunction
    activity: float | None = None
    common_name: str = ""
    hgvs: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class PharmacogeneStatement:
    """What one body says for one genotype result and drug: the action and the share of the starting dose, where it gives one."""

    id: str
    body: str
    gene: str
    drugs: tuple[str, ...]
    when: Criterion
    action: str
    start_percent: float | None
    date: str | None
    jurisdiction: str
    evidence: tuple[Evidence, ...]
    strength: str = ""
    notes: str = ""


@dataclass(frozen=True)
class NotActionable:
    """A gene that is sometimes asked for and must not change the dose, with the reason."""

    id: str
    gene: str
    text: str
    evidence: tuple[Evidence, ...]


@dataclass
class GermlineShelves:
    """Everything known about inherited genes, by id, in file order."""

    positions: dict[str, GenePosition] = field(default_factory=dict)
    alleles: dict[str, GeneAllele] = field(default_factory=dict)
    statements: dict[str, PharmacogeneStatement] = field(default_factory=dict)
    not_actionable: dict[str, NotActionable] = field(default_factory=dict)

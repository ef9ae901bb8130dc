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
    """One position of a pharmacogene in both builds.

    `variants` names what a base makes by the GRCh38 reference: in a build whose REF is another base the names still hold.
    """

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

    def place(self, build: str) -> Place:
        """The place in GRCh37 or GRCh38."""
        return self.grch37 if build == "GRCh37" else self.grch38


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
    clinpgx: str = ""


@dataclass(frozen=True)
class Tag:
    """A variant that only marks another one: the causal position decides, the tag is read where the causal one is missing.

    `read_from_tag` and `mismatch` name the warnings that say so.
    """

    causal: str
    tag: str
    name: str
    read_from_tag: str
    mismatch: str


@dataclass(frozen=True)
class StrandRule:
    """The function of a strand that carries any of these variants; without variants, of every other strand."""

    any_of: tuple[str, ...]
    then: AlleleFunction


@dataclass(frozen=True)
class Together:
    """A variant that is presumed on the strand of another where both are heterozygous and no phase is known."""

    variant: str
    companions: tuple[str, ...]


@dataclass(frozen=True)
class Remark:
    """What every report on a gene says, whatever the result."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class PlasmaLimit:
    """What an amount of uracil in plasma says, from `at_least` (ng/mL) up to the next limit. It states no score."""

    at_least: float
    says: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class GeneRules:
    """How the alleles of a gene become the value of a fact: by activity values (DPYD) or by functions of strands (UGT1A1).

    `phenotypes` gives the phenotype of each value of the fact. `build_offset` is GRCh37 minus GRCh38 at every position.
    `bound_is_stated`: whether a value that can only be worse (something was not assessed) is stated as an upper bound.
    """

    id: str
    title: str
    fact: str
    chromosome: str
    build_offset: int
    normal: str
    phenotypes: Mapping[str, str]
    bound_is_stated: bool
    activity: Mapping[str, float] = field(default_factory=dict)
    name_first: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    strand: tuple[StrandRule, ...] = ()
    decreased_strands: Mapping[str, str] = field(default_factory=dict)
    together: tuple[Together, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    uracil: tuple[PlasmaLimit, ...] = ()
    """Highest first."""
    remarks: tuple[Remark, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class CallLimits:
    """What a call must meet to be read, where the file says."""

    id: str
    title: str
    passing: tuple[str, ...]
    min_quality: int
    min_depth: int
    max_alternates: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class PharmacogeneStatement:
    """What one body says for one genotype result and drug: the action and the share of the starting dose, where it gives one.

    Beside `when`, `reduced_strands` and `both_strands` narrow it where the strands are known: that many strands are reduced;
    each strand carries one of these variants. `condition` is how the body itself names the situation.
    """

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
    condition: str = ""
    reduced_strands: int | None = None
    both_strands: tuple[str, ...] = ()


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
    gene_rules: dict[str, GeneRules] = field(default_factory=dict)
    call_limits: dict[str, CallLimits] = field(default_factory=dict)
    statements: dict[str, PharmacogeneStatement] = field(default_factory=dict)
    not_actionable: dict[str, NotActionable] = field(default_factory=dict)

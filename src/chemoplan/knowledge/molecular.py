"""The kinds of knowledge entry about the tumor's molecules: markers, tests, panels, loci, assertions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from chemoplan.criteria import Criterion
from chemoplan.knowledge.entries import Evidence, Status

PatternKind = Literal["change", "amplification", "deletion", "fusion"]
Changes = Literal["missense", "not_missense", "altering", "truncating", "not_truncating"]
Effect = Literal["benefit", "no_benefit", "resistance", "harm", "prognostic"]


@dataclass(frozen=True)
class Pattern:
    """What a marker looks for in any of its genes: exact alleles (G12C), or changes of a kind at codons or anywhere.

    `ranges` are codons, first and last inclusive; with `outside`, the codons that do not count. `without` are alleles
    ("KRAS G12C") that do not count. A `passenger` pattern does not count in a hypermutated tumor.
    """

    genes: tuple[str, ...]
    kind: PatternKind = "change"
    alleles: tuple[str, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    outside: bool = False
    changes: Changes = "altering"
    without: tuple[str, ...] = ()
    passenger: bool = False
    status: Status = "verified"
    note: str = ""


@dataclass(frozen=True)
class Marker:
    """One biomarker: what is looked for, what must have been looked at before its absence may be said, what it states.

    `needs` names codons by gene (an empty tuple is the whole coding sequence), `needs_copies` and `needs_fusions` genes.
    `review` patterns are found but settle nothing. Where `not_detected` is None, the absence is never stated. Exact-allele
    markers are `locked`: other alleles of the gene never inherit what is said of them.
    """

    fact: str
    title: str
    patterns: tuple[Pattern, ...]
    detected: str = "detected"
    not_detected: str | None = "not_detected"
    review: tuple[Pattern, ...] = ()
    needs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    needs_copies: tuple[str, ...] = ()
    needs_fusions: tuple[str, ...] = ()
    locked: bool = False
    evidence: tuple[Evidence, ...] = ()
    notes: str = ""

    @property
    def id(self) -> str:
        """The fact that the marker states."""
        return self.fact

    @cached_property
    def genes(self) -> frozenset[str]:
        """Every gene that the marker looks at."""
        named = [gene for pattern in (*self.patterns, *self.review) for gene in pattern.genes]
        return frozenset([*named, *self.needs])


@dataclass(frozen=True)
class Bound:
    """A range of a score and the value it means. An open side is None."""

    value: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def holds(self, number: float) -> bool:
        """True when the number lies in the range."""
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.at_most is None or number <= self.at_most)
            and (self.below is None or number < self.below)
        )


@dataclass(frozen=True)
class Test:
    """How a reported result (a score, a word) is read into a value of a fact; what no bound or word holds is undetermined."""

    id: str
    title: str
    fact: str
    method: str
    bounds: tuple[Bound, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    implies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What each value means for another fact: {mmr: {high: deficient}}."""
    negative: tuple[str, ...] = ()
    """The values that say assayed and not found."""
    evidence: tuple[Evidence, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class Caution:
    """Findings that are rarely found together: said as a warning while `when` is true."""

    id: str
    when: Criterion
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Panel:
    """A gene panel by name, and its coding territory in megabases."""

    id: str
    title: str
    megabases: float
    evidence: tuple[Evidence, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class LocusRow:
    """Codons of one gene that lie on known places: see genomics/loci.py."""

    id: str
    gene: str
    chromosome: str
    strand: int
    codons: tuple[tuple[int, str, str, int, int], ...]
    """Number, residue, bases on the coding strand, lowest position in GRCh37 and in GRCh38."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Label:
    """What a regulator says in one jurisdiction from a date on (None: the date was not read)."""

    jurisdiction: str
    status: str
    date: str | None = None


@dataclass(frozen=True)
class Assertion:
    """What a biomarker means for one therapy. `therapy` are components given together; one with several members is any of them.

    `locked` names allele-locked markers: the tumor's other alleles of those genes are listed as "does not apply, because".
    `tissue` is empty for rectal cancer; else the tissues that it holds for, and rectal cancer is a hard exclusion.
    `weight` orders contradicting statements: label, guideline, randomized, prospective, retrospective, preclinical.
    `contradicts` names assertions of opposite effect that may hold for the same tumor; both are then shown.
    """

    id: str
    title: str
    when: Criterion
    effect: Effect
    therapy: tuple[tuple[str, ...], ...]
    setting: str
    line: str
    evidence: tuple[Evidence, ...]
    locked: tuple[str, ...] = ()
    tissue: tuple[str, ...] = ()
    label: tuple[Label, ...] = ()
    trials: tuple[str, ...] = ()
    tier: str | None = None
    weight: str = "retrospective"
    contradicts: tuple[str, ...] = ()
    text: str = ""
    notes: str = ""
    reviewed: str = ""
    review_due: str = ""
    signed_off_by: str | None = None


@dataclass
class MolecularShelves:
    """Everything known about the tumor's molecules, by id, in file order."""

    markers: dict[str, Marker] = field(default_factory=dict)
    tests: dict[str, Test] = field(default_factory=dict)
    panels: dict[str, Panel] = field(default_factory=dict)
    loci: dict[str, LocusRow] = field(default_factory=dict)
    cautions: dict[str, Caution] = field(default_factory=dict)
    assertions: dict[str, Assertion] = field(default_factory=dict)

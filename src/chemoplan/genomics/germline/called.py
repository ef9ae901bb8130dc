"""The result of one gene in one person: what the observations alone say, before laboratory results are held against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GeneStatus = Literal[
    "called", "called_presumed_trans", "called_exon_only", "upper_bound", "not_assessed", "indeterminate", "range",
    "reported", "conflict",
]  # fmt: skip
"""How a result is known. `reported`: a laboratory says so; `conflict`: results contradict each other and none is stated."""


@dataclass(frozen=True)
class Found:
    """One variant that was read: its name, position, on how many strands, and its function."""

    name: str
    position: str
    copies: int
    function: str
    activity: float | None = None
    phased: bool = False


@dataclass(frozen=True)
class Unassessed:
    """A listed position that was not assessed, why, and whether a normal result needs it."""

    position: str
    rsid: str
    reason: str
    needed: bool


@dataclass(frozen=True)
class GeneCall:
    """One gene of one person.

    `value` is what may be stated of the fact, as text ("" when nothing may). `best` and `worst` are the ends of what the
    data allow: every strand that phase leaves open, and every allele that a position not assessed could hold. `carried` is
    the variants of each strand of the diplotype that is named first, empty when the strands are not known.
    """

    gene: str
    fact: str
    status: GeneStatus
    value: str
    phenotype: str
    best: str
    worst: str
    diplotypes: tuple[str, ...]
    because: str
    found: tuple[Found, ...] = ()
    carried: tuple[frozenset[str], ...] = ()
    reduced_strands: int | None = None
    assessed: tuple[str, ...] = ()
    not_assessed: tuple[Unassessed, ...] = ()
    warnings: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    """The names of the warnings that have one (hapb3_exon_only)."""

"""What a file says at the listed positions of the pharmacogenes, for one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import Build

UNLISTED = "?"
"""Begins the name of an allele that the definitions do not list: "?CT"."""
UNREAD = "."
"""Stands for the allele of a strand that was not called: (".", "T") is the half call `.|T`."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One listed position in one person.

    `alleles` are two GRCh38 bases (in the form of the definition's REF and ALT; an unlisted one begins with "?"), in the order
    of the strands when `phased`. A half call keeps both places, "." for the strand that was not called, so that what was read
    lies on its strand; an absent call has no alleles. Both are not_assessed, and `reason` says why: missing, no call, half
    call, a FILTER, GQ or DP below its limit, conflicting records, too many alleles.
    """

    position: str
    status: Literal["called", "not_assessed"]
    alleles: tuple[str, ...] = ()
    phased: bool = False
    phase_set: str = ""
    reason: str = ""
    depth: int | None = None
    quality: int | None = None
    source: Source | None = None


@dataclass(frozen=True)
class TypedResult:
    """A result that a laboratory or a person states: diplotype, activity_score, phenotype or uracil (ng/mL)."""

    gene: str
    kind: Literal["diplotype", "activity_score", "phenotype", "uracil"]
    value: str
    source: Source


@dataclass(frozen=True)
class GermlineSample:
    """One person's sample: an observation for every listed position (absent ones are missing), typed results, problems.

    `panel` names a smaller set of positions that the laboratory declares to test, when one was declared.
    """

    sample: str
    document: str
    build: Build | None
    observations: Mapping[str, Observation] = field(default_factory=dict)
    typed: tuple[TypedResult, ...] = ()
    panel: str = ""
    panel_positions: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

"""The state of one biomarker, what it rests on, and how a call is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chemoplan.case.statement import Source
from chemoplan.genomics.markers import Call
from chemoplan.genomics.tumor import CopyNumber, Result, Variant
from chemoplan.knowledge.molecular import Marker, Test
from chemoplan.vocabulary import Value

State = Literal["detected", "not_detected", "not_assayed", "undetermined"]


@dataclass(frozen=True)
class Reported:
    """One reported result and what it means for a fact ("" when it settles nothing)."""

    test: Test
    result: Result
    means: str


@dataclass(frozen=True)
class Biomarker:
    """The state of one biomarker, the value it states (None: nothing is stated), and why."""

    fact: str
    title: str
    state: State
    value: Value | None
    because: str
    calls: tuple[Call, ...] = ()
    reported: tuple[Reported, ...] = ()
    not_covered: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    method: str = ""
    origin: tuple[str, ...] = ()
    marker: Marker | None = None
    discordant: bool = False


def describe(call: Call) -> str:
    """A call in a few words: KRAS p.G12C, ERBB2 amplification (level 2), TPM3::NTRK1."""
    if isinstance(call, Variant):
        return f"{call.gene} {call.change}" if call.change else f"{call.gene} {call.text or call.coding or 'change'}"
    if isinstance(call, CopyNumber):
        amount = f"level {call.level}" if call.level is not None else f"{call.copies:g} copies"
        return f"{call.gene} copy number ({amount})"
    return "::".join(call.genes) + " fusion"

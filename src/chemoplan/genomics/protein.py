"""Protein changes as files really write them: one parser, one way to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChangeKind = Literal[
    "substitution", "nonsense", "silent", "frameshift", "deletion", "insertion", "duplication", "delins", "extension",
    "splice", "start_lost", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProteinChange:
    """One change of a protein: residues `start` to `end` (codon numbers from 1, inclusive), one-letter residues.

    `ref` is the residue at `start`, `ref_end` the one at `end` ("" when not named); `alt` the new residues ("*" is a stop).
    """

    kind: ChangeKind
    start: int
    end: int
    ref: str = ""
    ref_end: str = ""
    alt: str = ""
    detail: str = ""


def parse_protein(text: str) -> ProteinChange | None:
    """The change that a text names, or None when it names none. Never raises."""
    raise NotImplementedError

"""Eligibility texts made for tests: invented, in our own words."""

from __future__ import annotations

from typing import Any

from chemoplan.trials.parse import parse_record
from chemoplan.trials.reading import TrialReading
from chemoplan.trials.record import TrialRecord


def record(text: str, nct_id: str = "NCT99000042", **more: Any) -> TrialRecord:
    """An invented record with this eligibility text."""
    return TrialRecord(
        nct_id=nct_id, title="Invented: a study", eligibility=text, retrieved=None, sha256="0" * 64, source="invented.json",
        form="flattened", invented=True, **more,
    )  # fmt: skip


def reading(text: str) -> TrialReading:
    """The reading of an invented text."""
    return parse_record(record(text))


def atoms(text: str, header: str = "Inclusion Criteria:") -> list[str]:
    """`effect atom` of every atom of data in one line below a header."""
    found = reading(f"{header}\n\n* {text}").atoms
    return [f"{atom.effect} {atom.atom}" for atom in found if atom.kind == "data"]

"""The shipped records: invented studies, in the registry's present form."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from chemoplan.trials.record import TrialRecord
from chemoplan.trials.registry.read import read_records


def demo_paths() -> list[Path]:
    """Paths of the shipped records, by id."""
    return sorted(Path(str(files("chemoplan") / "examples" / "trials")).glob("*.json"))


def demo_records() -> Iterator[TrialRecord]:
    """The shipped records. Every one is invented and says so."""
    for path in demo_paths():
        yield from read_records(path)

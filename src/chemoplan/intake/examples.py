"""The shipped example cases: invented people, as case files and FHIR bundles."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from chemoplan.case import Reading
from chemoplan.intake.read import read_document


def example_paths() -> list[Path]:
    """Paths of the shipped case files and bundles, in order."""
    folder = Path(str(files("chemoplan") / "examples"))
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".json"))


def example_readings() -> list[Reading]:
    """The shipped example cases, read."""
    return [read_document(path) for path in example_paths()]

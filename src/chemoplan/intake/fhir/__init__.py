"""FHIR R4 (US Core, mCODE, genomics reporting, and this project's own code system) read into statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemoplan.intake.fhir.bundle import read_fhir

__all__ = ["read_fhir"]


def __getattr__(name: str) -> Any:
    """`read_fhir`, imported when it is asked for: readers of other formats use only the tables of this room."""
    if name == "read_fhir":
        from chemoplan.intake.fhir.bundle import read_fhir

        return read_fhir
    raise AttributeError(name)

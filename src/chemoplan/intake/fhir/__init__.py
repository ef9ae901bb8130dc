"""FHIR R4 (US Core, mCODE, genomics reporting, and this project's own code system) read into statements."""

from chemoplan.intake.fhir.bundle import read_fhir

__all__ = ["read_fhir"]

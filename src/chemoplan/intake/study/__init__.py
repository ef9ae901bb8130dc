"""A cBioPortal study folder: calls, copy number, fusions, clinical sheets and what every sample was tested for."""

from chemoplan.intake.study.study import Study, read_study

__all__ = ["Study", "read_study"]

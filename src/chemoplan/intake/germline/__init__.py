"""Files and typed results about inherited DPYD and UGT1A1. Every listed position is called or not assessed, with the reason."""

from chemoplan.intake.germline.cohort import GermlineCohort, read_germline_cohort
from chemoplan.intake.germline.panel import GermlinePanel, read_germline_panel
from chemoplan.intake.germline.reader import read_germline
from chemoplan.intake.germline.typed import read_typed_germline

__all__ = [
    "GermlineCohort",
    "GermlinePanel",
    "read_germline",
    "read_germline_cohort",
    "read_germline_panel",
    "read_typed_germline",
]

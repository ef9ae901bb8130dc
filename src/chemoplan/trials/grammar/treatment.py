"""Reads radiation, surgery, washouts, vaccines, steroids and other treatment beside the study's.

Prior drugs by class, lines, regimens, progression and adjuvant therapy are read in prior_therapy.py, not here.
"""

from __future__ import annotations

from collections.abc import Sequence

from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.treatment_beside import read_beside
from chemoplan.trials.grammar.treatment_washout import read_washout
from chemoplan.trials.segments import Segment


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    if segment.effect not in ("exclude", "require"):
        return ()
    return [*read_washout(segment), *read_beside(segment)]

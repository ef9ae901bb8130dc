"""Reads radiation, surgery, washouts, vaccines, steroids and other treatment beside the study's.

Prior drugs by class, lines, regimens, progression and adjuvant therapy are read in prior_therapy.py, not here.
"""

from __future__ import annotations

from collections.abc import Sequence

from chemoplan.trials.expression import Test
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.treatment_beside import read_beside, steroid_dose
from chemoplan.trials.grammar.treatment_washout import read_washout
from chemoplan.trials.segments import Segment

_STEROIDS = ("systemic_corticosteroid", "chronic_systemic_corticosteroid", "systemic_steroid_therapy")
"""Said more exactly by a limit to their dose."""


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    if segment.effect not in ("exclude", "require"):
        return ()
    washout = read_washout(segment)
    steroids = all(isinstance(draft.expression, Test) and draft.expression.attribute in _STEROIDS for draft in washout)
    dose = steroid_dose(segment) if steroids else ()
    return [*(dose or washout), *read_beside(segment)]

"""Reads other diseases: infections, the heart, the brain, other cancers, what a clinician judges."""

from __future__ import annotations

from collections.abc import Sequence

from chemoplan.trials.grammar.conditions_drafts import drafts
from chemoplan.trials.grammar.conditions_mentions import words_of
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.segments import Segment


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    return drafts(segment, words_of("conditions"))

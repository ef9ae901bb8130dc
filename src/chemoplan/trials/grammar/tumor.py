"""Reads stage, site, histology, anatomy, measurable disease."""

from __future__ import annotations

from collections.abc import Sequence

from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.segments import Segment


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    return ()

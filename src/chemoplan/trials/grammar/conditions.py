"""Reads other diseases: infections, the heart, the brain, other cancers, reactions, what a clinician judges."""

from __future__ import annotations

from collections.abc import Sequence

from chemoplan.trials.grammar.conditions_drafts import drafts
from chemoplan.trials.grammar.conditions_heart import with_class
from chemoplan.trials.grammar.conditions_judged import read_judged
from chemoplan.trials.grammar.conditions_malignancy import read_malignancy
from chemoplan.trials.grammar.conditions_permissions import read_permissions
from chemoplan.trials.grammar.conditions_reactions import read_reactions
from chemoplan.trials.grammar.conditions_together import read_together
from chemoplan.trials.grammar.conditions_words import words_of
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.segments import Segment


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    special = [*read_permissions(segment), *read_malignancy(segment), *read_reactions(segment), *read_together(segment)]
    named = [
        draft
        for draft in drafts(segment, words_of("conditions"))
        if not any(other.start < draft.end and draft.start < other.end for other in special)
    ]
    return [*with_class(segment, [*special, *named]), *read_judged(segment)]

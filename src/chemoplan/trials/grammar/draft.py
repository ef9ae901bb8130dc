"""What a part of the grammar hands over for a segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chemoplan.trials.expression import Expression
from chemoplan.trials.reading import AtomKind, Effect
from chemoplan.trials.segments import Segment


@dataclass(frozen=True, slots=True)
class Draft:
    """An atom before it has its id. `start` and `end` are offsets in `segment.plain.text`.

    `effect` None means what the section says: require under inclusion, exclude under exclusion.
    """

    start: int
    end: int
    expression: Expression
    effect: Effect | None = None
    kind: AtomKind = "data"
    note: str = ""
    scope: str | None = None


Reader = Callable[[Segment], Sequence[Draft]]

"""From an eligibility text to its criteria lines: headings, nesting, strata, run-on numbering, notes.

A segment is the smallest stretch that reads as one criterion; a line holds one or several.
"""

from __future__ import annotations

from dataclasses import dataclass

from chemoplan.trials.expression import Window
from chemoplan.trials.plain import Plain
from chemoplan.trials.reading import Effect, Section


@dataclass(frozen=True, slots=True)
class Segment:
    """One criterion as it stands. `plain` is its plain form; `parents` are the plain forms of the lines it stands below,
    outermost first; `window` is one that such a line states ("labs within 14 days of enrollment"); `note` marks a remark
    ("NOTE: ..."). `joined` is "any" where the line above says that one of its lines suffices, "all" elsewhere.
    `effect` is what a criterion here does unless its own words turn it: that of the section, or of a line above it ("must not
    have any of the following" under inclusion, "the following are allowed" under exclusion). `branch` names the alternative it
    belongs to, as the line that says one suffices and the line that begins the branch: `11/14`.
    """

    nct_id: str
    line: int
    start: int
    end: int
    text: str
    plain: Plain
    section: Section
    scope: str = "all"
    parents: tuple[str, ...] = ()
    window: Window | None = None
    note: bool = False
    joined: str = "all"
    effect: Effect = "require"
    branch: str = ""
    begins: int = 0
    """Where the criterion begins in `plain.text`, behind words that name its scope ("For part 2 only: ...")."""

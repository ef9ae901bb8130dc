"""Reads what only a clinician can judge: uncontrolled illness, limits to compliance, the investigator's opinion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from chemoplan.trials.expression import Test
from chemoplan.trials.grammar.conditions_words import holds
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

INVERTED = "registry wording inverted: an absence listed as an exclusion; review by hand"
_ABSENCE = re.compile(
    r"^\W*(?:the )?(?:absence|lack) of (?:any )?(?:other )?(?:clinically )?(?:significant |serious |severe )?(?:medical )?"
    r"(?:co-?morbidit(?:y|ies)|conditions?|illness(?:es)?|diseases?)\b(?P<rest>[^.;]*)"
)
_NAMED, _STATES, _WEIGHED = (
    tuple(lexicon("conditions")["judging_stems"][name]) for name in ("named", "states", "weighed")
)


@cache
def _patterns() -> tuple[re.Pattern[str], tuple[tuple[str, Test], ...]]:
    rows = lexicon("conditions")["judged"]
    names = [f"j{at}" for at in range(len(rows))]
    combined = re.compile("|".join(f"(?P<{name}>{row['words']})" for name, row in zip(names, rows, strict=True)))
    tests = [Test(row["attribute"], "==", row.get("value", True), detail=row.get("detail", "")) for row in rows]
    return combined, tuple(zip(names, tests, strict=True))


def read_judged(segment: Segment) -> Sequence[Draft]:
    """The judgments of a segment; they never exclude by themselves."""
    text = segment.plain.text
    if segment.effect != "exclude" or segment.note:
        return ()
    if not (holds(text, _NAMED) or (holds(text, _STATES) and holds(text, _WEIGHED))):
        return ()
    absence = _ABSENCE.match(text)
    if absence:
        surgery = "comorbidity_precluding_major_surgery" if "surgery" in absence["rest"] else "significant_comorbidity"
        return (Draft(absence.start(), absence.end(), Test(surgery, value=False), None, "judgement", INVERTED),)
    combined, rows = _patterns()
    tests = dict(rows)
    found: dict[str, Draft] = {}
    for match in combined.finditer(text):
        test = tests[match.lastgroup or ""]
        found.setdefault(str(test), Draft(match.start(), match.end(), test, None, "judgement"))
    return tuple(found.values())

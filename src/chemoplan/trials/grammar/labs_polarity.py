"""Which way a limit of a laboratory value points: a requirement below the exclusion header, an exclusion below inclusion."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chemoplan.trials.expression import All, Any, Expression, If, Test
from chemoplan.trials.grammar.labs_lexicon import Analyte, words
from chemoplan.trials.reading import Effect
from chemoplan.trials.segments import Segment

_QUALIFIED = re.compile(r"\b(?:unless|except|must|should|require[ds]?|provided|not|permitted|maintain|requirement)\b")
_CONDITIONED = re.compile(r"\b(?:unless|except|if|no|not|without|allowed|eligible|may)\b")


def limits_of(item: Expression) -> Iterable[Test]:
    """The limits in an expression, without the circumstances under which they hold."""
    match item:
        case Test():
            return [item] if not isinstance(item.value, bool | str) else []
        case All(items) | Any(items):
            return [test for inner in items for test in limits_of(inner)]
        case If(_, then, otherwise):
            return [test for inner in (then, otherwise) if inner is not None for test in limits_of(inner)]
    return []


def turned_effect(segment: Segment, tests: list[Test]) -> tuple[Effect | None, str] | None:
    """The effect where a limit points the other way than its section: a requirement under the exclusion header, or the reverse."""
    sides = set()
    for test in tests:
        if test.attribute in ("sex", *words().circumstances):
            continue
        analyte = _analyte_of(test)
        if (
            not analyte.requires
            and segment.effect == "require"
            and (test.operator[0] + test.unit) in ("<xLLN", ">xULN")
        ):
            sides.add(False)
        if not analyte.requires or test.operator not in ("<", "<=", ">", ">="):
            continue
        sides.add((analyte.requires == "floor") == test.operator.startswith(">"))
    forbidden = segment.effect == "require" and _FORBIDDEN.search(segment.plain.text)
    if forbidden:
        return ("exclude", "") if True not in sides else None
    if len(sides) != 1 or segment.effect not in ("require", "exclude"):
        return (None, "") if len(sides) < 2 else None
    asked = sides.pop()
    if segment.effect == "exclude" and asked:
        if any(isinstance(test.value, float) and test.value > _analyte_of(test).most for test in tests):
            return None, ""
        if _QUALIFIED.search(segment.plain.text):
            return None
        return "require", "a requirement under the exclusion header: review by hand"
    if segment.effect == "require" and not asked:
        if {test.attribute for test in tests} <= {"qtc", "qtcf", "lvef"} and not _CONDITIONED.search(
            segment.plain.text
        ):
            return "exclude", "an exclusion under the inclusion header: review by hand"
        return None
    return None, ""


_FORBIDDEN = re.compile(
    r"^\W*(?:(?:the|all)\s+)?(?:patients?|subjects?|participants?)?\s*(?:must|should|may) not have\b"
)


def _analyte_of(test: Test) -> Analyte:
    return words().analytes["bilirubin" if test.attribute == "bilirubin_ratio" else test.attribute]

"""Reads performance status: ECOG, Karnofsky, Lansky, in numbers or spelled out, alone or as alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from chemoplan.trials.expression import Any, Expression, If, Test, Window
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.person_anchors import state_at
from chemoplan.trials.grammar.windows import window_after
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment


@lru_cache(maxsize=1)
def _performance_pattern() -> re.Pattern[str]:
    data = lexicon("person")
    names = "|".join(f"(?P<{scale}>{'|'.join(entry['names'])})" for scale, entry in data["performance"].items())
    return re.compile(
        rf"\b(?:{names})(?:(?:[\s:,()\[\]/=-]|\b(?:{data['performance_fillers']})\b)*?)"
        r"(?:(?P<sign>[<>]=?)\s*(?:or equal to\s*)?(?P<limit>\d{1,3})|(?P<value>\d{1,3})"
        r"(?:(?P<rest>(?:\s*(?:,\s*(?:or|and)?|/|or|and|to|-|through)\s*\d(?!\d|\.\d))+)|\s*%?\s*(?:or"
        r"|and)\s+(?P<better>less|lower|better|below|greater|higher|more|above|worse))?)"
        r"(?!\d|\s*\?\s*\d|\s*(?:years|yrs))(?P<percent>\s*%)?"
    )


_CONDITIONAL = re.compile(
    r"\b(?:patients?|subjects?|participants?|those|individuals?) with\b|^\W*for\b|\bif\b|\b(?:in|for) (?:patients|subjects"
    r"|participants|those)\b|\bunless\b"
)
_ALTERNATIVE = re.compile(
    r"[\s)%]*,?\s*(?:or (?!karnofsky|kps|lansky|as\b|equivalent|at\b)\w|unless|except|if |due to|(?:at \w+ )?(?:is"
    r"|are) (?:allowed|eligible|permitted))"
)
_LINK = re.compile(r"[\s(,;\[]*(?:or|and/or|and|/)?\s*(?:a |equivalent |corresponding |with )*")
_BETTER = {"less": "<=", "lower": "<=", "below": "<=", "greater": ">=", "higher": ">=", "more": ">=", "above": ">="}


def read(segment: Segment) -> Iterator[Draft]:
    """Performance status on one scale, or on one of several ("ECOG <= 1 (Karnofsky >= 70%)")."""
    text = segment.plain.text
    if segment.effect not in ("require", "exclude"):
        return
    found: list[tuple[int, int, Test]] = []
    for match in _performance_pattern().finditer(text):
        test = _performance_test(match)
        if test is None:
            continue
        if found and not _LINK.fullmatch(text, found[-1][1], match.start()):
            pair = (found[-1][2].attribute, test.attribute)
            if pair != ("karnofsky", "lansky"):
                continue
        found.append((match.start(), match.end(), test))
    if not found:
        return
    start, end = found[0][0], found[-1][1]
    before = re.split(r"[.;:]\s", text[:start])[-1]
    after = text[end:]
    if segment.effect != "exclude" and (_CONDITIONAL.search(before) or _ALTERNATIVE.match(after)):
        return
    tests = tuple(test for _, _, test in found)
    if (
        len(tests) == 1
        and tests[0].attribute != "ecog"
        and ("lansky" in text[:start] + after or "years" in text[:start])
    ):
        return  # a scale for some ages
    if segment.effect == "exclude" and re.match(r"\s*and\b", after):
        return
    window = _beside(text, end)
    detail = state_at(after.lstrip(" )%"))
    if len(tests) == 1:
        test = tests[0]
        made: Expression = Test(test.attribute, test.operator, test.value, test.unit, detail, window=window)
    else:
        made = _by_age(text, tests) or Any(tests, detail=detail, window=window)
    # "ECOG <= 1" under the exclusion header is the requirement of an inclusion list that slipped below it.
    turned = segment.effect == "exclude" and all(test.attribute == "ecog" and _asked(test) for test in tests)
    if turned:
        yield Draft(start, end, made, "require", note="a requirement under the exclusion header: review by hand")
        return
    yield Draft(start, end, made)


def _asked(test: Test) -> bool:
    return test.operator in ("<", "<=") or (isinstance(test.value, tuple) and test.value[0] == 0)


def _performance_test(match: re.Match[str]) -> Test | None:
    scale = next(name for name in ("ecog", "karnofsky", "lansky") if match[name])
    entry = lexicon("person")["performance"][scale]
    low, high = entry["range"]
    number = float(match["limit"] or match["value"])
    if not low <= number <= high:
        return None
    unit = entry["unit"]
    if match["sign"]:
        return Test(scale, match["sign"], number, unit)
    if match["better"]:
        better = {"better": "<=" if scale == "ecog" else ">=", "worse": ">=" if scale == "ecog" else "<="}
        return Test(scale, _BETTER.get(match["better"]) or better[match["better"]], number, unit)
    if scale != "ecog":
        return Test(scale, ">=", number, unit) if match["percent"] and not match["rest"] else None
    numbers = [int(number), *(int(item) for item in re.findall(r"\d", match["rest"] or ""))]
    if any(item > high for item in numbers) or numbers != sorted(set(numbers)):
        return None
    if len(numbers) == 2 and re.search(r"-|to|through|and", match["rest"]):
        numbers = list(range(numbers[0], numbers[1] + 1))
    if len(numbers) == 1:
        return Test("ecog", "==", float(numbers[0]))
    return Test("ecog", "in", tuple(float(item) for item in numbers))


def _by_age(text: str, tests: tuple[Test, ...]) -> Expression | None:
    """Karnofsky above, Lansky below an age."""
    ages = re.findall(r"(>=|>)\s*(\d{1,2})\s*(?:years|yrs)", text)
    if len(tests) == 2 and [test.attribute for test in tests] == ["karnofsky", "lansky"] and ages:
        sign, number = ages[0]
        return If(Test("age", sign, float(number), "a"), tests[0], tests[1])
    return None


def _beside(text: str, at: int) -> Window | None:
    """A window that follows at once."""
    item = window_after(text, max(0, at - 1), 12)
    if item is None or not re.fullmatch(r"[\s)%,(]*", text[at : item.start]):
        return None
    return item.window

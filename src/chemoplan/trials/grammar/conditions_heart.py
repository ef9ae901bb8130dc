"""Reads the class of a heart failure (NYHA) beside the disease: the classes named, or the limit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chemoplan.trials.expression import Test
from chemoplan.trials.grammar.conditions_mentions import JUDGED, PERMITTED, sentences, spans_of
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.segments import Segment

_NUMBERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_ONE = r"(?:iv|iii|ii|i|[1-4])[ab]?"
_ASSOCIATION = r"(?:\bnyha\b|new york heart association)(?:[\s,()\[\]]|\bnyha\b|functional|classification)*"
_CLASSES = (
    rf"(?:(?:class(?:es)?|grade)\s*)?(?P<sign>>=|>)?\s*(?:(?:class|grade) )?(?P<first>{_ONE})\b(?! ?\()"
    rf"(?:(?:\s*,\s*{_ONE})*,?\s*(?:/|-|to|or|and|and/or|through)\s*(?:(?:class|grade) )?(?P<last>{_ONE})\b)?"
    r"(?P<above>,? or (?:greater|higher|above|worse))?"
)
_FAILURE = r"(?:(?:congestive )?(?:heart|cardiac) failure|\bchf\b)"
_BEHIND = re.compile(
    rf"{_FAILURE}(?:[\s,(\[]|\(chf\)|chf\)|\b(?:of|with|requiring treatment|as|defined|by|the|according to|per)\b)*"
    rf"{_ASSOCIATION}{_CLASSES}[)\]]?"
)
_BEFORE = re.compile(rf"{_ASSOCIATION}{_CLASSES}[)\]]?\s*{_FAILURE}")
_OTHERWISE = re.compile(r"\b(?:risks?|family|unless|except|if|no|not|eligible|due|uncontrolled|symptomatic|severe)\b")


def with_class(segment: Segment, found: Sequence[Draft]) -> Sequence[Draft]:
    """The drafts, with the class that stands beside a heart failure; or a draft of its own where none was read."""
    text = segment.plain.text
    if segment.effect != "exclude" or segment.note or not ("nyha" in text or "new york" in text):
        return found
    match = _BEHIND.search(text) or _BEFORE.search(text)
    if match is None:
        return found
    limit = _limit(match)
    kept = list(found)
    for at, draft in enumerate(kept):
        test = draft.expression
        if isinstance(test, Test) and test.attribute == "heart_failure":
            if draft.start < match.end() and match.start() <= draft.end:
                own = "" if "new york" in test.detail or "nyha" in test.detail else test.detail
                detail = f"{limit} {own}".strip()
                kept[at] = replace(draft, end=max(draft.end, match.end()), expression=replace(test, detail=detail))
            return kept
    return [*kept, *_alone(text, match, limit)]


def _limit(match: re.Match[str]) -> str:
    low = _NUMBERS[match["first"].rstrip("ab")]
    if match["above"] or match["sign"]:
        return f"(nyha {match['sign'] or '>='} {low})"
    high = _NUMBERS[match["last"].rstrip("ab")] if match["last"] else low
    return f"(nyha in {{{','.join(map(str, range(low, high + 1)))}}})"


def _alone(text: str, match: re.Match[str], limit: str) -> Iterator[Draft]:
    sentence = next((part for part in sentences(text) if part.low <= match.start() < part.high), None)
    if sentence is None or sentence.exceptions or _OTHERWISE.search(text, sentence.low, match.start()):
        return
    if JUDGED.search(text, sentence.low, sentence.high) or PERMITTED.search(text, sentence.low, sentence.high):
        return
    spans = [span for span in spans_of(text) if sentence.low <= span.start < sentence.high]
    behind = [span for span in spans if match.end() <= span.start <= match.end() + 2 and not span.minimum]
    if spans and not (behind and len(spans) == 1):
        return  # a span of time that may reach here
    window = behind[0].window if behind else None
    yield Draft(match.start(), match.end(), Test("heart_failure", detail=limit, window=window))

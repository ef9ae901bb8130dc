"""Reads regimens that must have been given: "4-6 months of FOLFIRINOX or gemcitabine + nab-paclitaxel for first-line treatment"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from chemoplan.trials.expression import Test
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

_FEWER = re.compile(r"gemcitabine-|folf|capox|capeox|xelox|nab-?paclitaxel")
_LEAD = re.compile(
    r"\breceived (?:prior |previous )?(?:(?P<low>\d+)\s*(?:-|to)\s*(?P<high>\d+) months? of )?"
    r"(?:(?:1st|first)[- ]line (?:\w+ ){0,2}chemotherapy(?: per [\w ]{2,30})? \()?"
)
_JOIN = re.compile(r",? (?:and/or|or) |, ?|/")
_DOUBT = re.compile(
    r"\b(?:unless|if|or (?:have|are|be|is|not)|not (?:have )?received|intoleran|ineligible|contraindicat|excluded)\b"
)


@lru_cache(maxsize=1)
def _names() -> tuple[re.Pattern[str], tuple[str, ...]]:
    regimens = lexicon("prior_therapy")["regimens"]
    patterns = "|".join(f"(?P<r{at}>{pattern})" for at, pattern in enumerate(regimens.values()))
    return re.compile(rf"(?:{patterns})(?:(?P<based>-based|-(?= (?:or|and) ))|(?![\w-]))"), tuple(regimens)


def read(segment: Segment) -> Iterator[Draft]:
    """The regimens one of which an eligible person has had, with their duration and line."""
    text = segment.plain.text
    if segment.effect != "require" or segment.section != "inclusion" or not _FEWER.search(text) or _DOUBT.search(text):
        return
    for lead in _LEAD.finditer(text):
        names, end = _listed(text, lead.end())
        if not names:
            continue
        duration = f"with duration between {lead['low']} mo and {lead['high']} mo" if lead["low"] else ""
        first = "as first line" if re.search(r"\b(?:1st|first)[- ]line\b", text[lead.start() : end + 40]) else ""
        detail = f"{duration} {first}".strip()
        if len(names) == 1:
            yield Draft(lead.end(), end, Test("prior_regimen", "==", names[0], detail=detail))
        else:
            yield Draft(lead.end(), end, Test("prior_regimen", "in", names, detail=detail))
        return


def _listed(text: str, at: int) -> tuple[tuple[str, ...], int]:
    pattern, known = _names()
    names: list[str] = []
    end = at
    while True:
        match = pattern.match(text, at)
        if match is None:
            return tuple(dict.fromkeys(names)), end
        name = known[next(index for index in range(len(known)) if match[f"r{index}"])]
        names.append(f"{name}-based" if match["based"] else name)
        end = match.end()
        joint = _JOIN.match(text, end)
        if joint is None:
            return tuple(dict.fromkeys(names)), end
        at = joint.end()

"""Reads spans of time: "within 28 days prior to enrollment", "in the past 2 years", "<= 5 years before registration"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.expression import Window

NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip
UNITS = {"h": "h", "d": "d", "w": "wk", "m": "mo", "y": "a"}
"""UCUM unit by the first letter of hour, day, week, month, year."""

SPAN = (
    rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(NUMBER_WORDS)})(?:\s*\(\d+\))?\s*-?\s*(?:calendar |full )?"
    r"(?P<unit>hours?|hrs?|days?|weeks?|wks?|months?|mos?|years?|yrs?|[hd](?=\b))\b\.?"
)
ANCHORS: tuple[tuple[str, str], ...] = (
    (r"cycle 1,? day 1|c1d1|day 1 of cycle 1", "cycle 1 day 1"),
    (r"(?:protocol |study |treatment )?randomi[sz]ation|being randomi[sz]ed", "randomization"),
    (r"eligibility confirmation|confirmation of eligibility", "eligibility confirmation"),
    (r"(?:study |trial |protocol )?enrol?lment|enrolling|study inclusion|inclusion", "enrollment"),
    (r"(?:study |trial |protocol |patient )?registration|registering", "registration"),
    (r"(?:study|trial) entry|entry (?:in)?to (?:the )?(?:study|trial)|entering (?:the )?study|study participation", "study entry"),
    (r"(?:signing )?(?:the )?(?:informed )?consent(?: form)?|icf(?: signature)?", "consent"),
    (r"screening(?: visit)?", "screening"),
    (
        r"(?:the |their )?(?:scheduled |planned |administration of (?:the )?)?first (?:dose|administration|infusion|injection|day)"
        r"(?: of)?(?: (?:the )?(?:study|trial|investigational|protocol)?[- ]?"
        r"(?:drugs?|treatment|therapy|intervention|product|agents?|medications?|imp))?|day 1|dosing(?: of [a-z ]+agent)?",
        "first dose",
    ),
    (
        r"(?:the )?(?:planned |scheduled |anticipated )?(?:start|initiation|initiating|beginning|commencement"
        r"|starting|commencing|administration|receiving)"
        r"(?: of)?(?: (?:the |any )?(?:study|trial|protocol|investigational|planned|on-study)?[- ]?(?:specified )?"
        r"(?:drugs?|treatments?|therapy|therapies|interventions?|medications?|agents?))?"
        r"|(?:study|trial|protocol) (?:treatment|therapy|drug|medication|intervention)(?: (?:start|initiation|administration))?|treatment",
        "treatment start",
    ),
)  # fmt: skip
_BEFORE = r"(?:prior to|before|of|preceding|from|pre-?|to)"
_ANCHOR = "|".join(f"(?P<a{at}>{pattern})" for at, (pattern, _) in enumerate(ANCHORS))
_WINDOW = re.compile(
    r"(?:(?:with)?in|during|over|for|obtained|<=|<|less than)?\s*(?:the )?(?:last|past|previous|preceding|prior)?\s*(?:<=|<|>=|>)?\s*"
    rf"{SPAN}(?:\s*\([^()]{{1,20}}\))?(?:\s+(?:or less|or fewer))?(?P<back>\s+(?:prior|before|ago|preceding))?"
    rf"(?:\s*(?:to|{_BEFORE})?\s*(?:the |their |planned |start of the )?(?:{_ANCHOR})\b)?"
)
_SPAN = re.compile(SPAN)
_LEAD = 45
"""The words before a number that belong to its window are no longer than this."""
_UNIT = re.compile(r"(?:hour|hr|day|week|wk|month|mo|year|yr|\d ?[hd]\b)")
_LEADS = re.compile(r"(?:with)?in\b|during|over|last|past|previous|preceding|prior|<=|<|ago|before|for\b|of\b")


@dataclass(frozen=True, slots=True)
class FoundWindow:
    """A window and where it stands in the plain text. `minimum` is true for ">= 4 weeks" (a span that must have passed)."""

    window: Window
    start: int
    end: int
    minimum: bool = False


def windows(text: str) -> list[FoundWindow]:
    """Every window in a plain text, in its order. Spans that are no window (an age, "3 weeks of therapy") are left out."""
    return list(_windows(text)) if _UNIT.search(text) else []


@lru_cache(maxsize=256)
def _windows(text: str) -> tuple[FoundWindow, ...]:
    found = []
    done = 0
    for span in _SPAN.finditer(text):
        match = _WINDOW.search(text, max(done, span.start() - _LEAD)) if span.start() >= done else None
        if match is None:
            continue
        done = match.end()
        whole = match.group()
        anchor = next((ANCHORS[at][1] for at in range(len(ANCHORS)) if match.group(f"a{at}")), "")
        if not _LEADS.search(whole) and not anchor:
            continue
        word = match["number"]
        number = float(NUMBER_WORDS.get(word, 0) or word)
        unit = UNITS[match["unit"][0]]
        shown = f"before {anchor}" if anchor else ""
        start = match.start() + len(whole) - len(whole.lstrip())
        minimum = ">" in whole or bool(re.search(r"at least$|minimum of$", text[: match.start()].rstrip()))
        inclusive = not minimum and not re.search(r"<(?!=)|less than", whole)
        found.append(FoundWindow(Window(number, unit, shown, inclusive=inclusive), start, match.end(), minimum))
    return tuple(found)


def window_after(text: str, at: int, most: int = 60) -> FoundWindow | None:
    """The first window that begins within `most` characters after `at`, in the same clause."""
    for item in windows(text):
        if at <= item.start <= at + most and not re.search(r"[;.] ", text[at : item.start]):
            return item
    return None

"""The words of a lexicon, found by their first word; and cheap tests of whether a text may hold any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from chemoplan.trials.lexicon import lexicon


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word stands for. `states` gives the value for a modifier ("uncontrolled"); without one it is `default`, and
    nothing is read where that is None. `history` is the value of "history of". `shares` takes over the modifier of the item
    before it in a list; `under` is the value below a heading such as "uncontrolled illness including".
    """

    attribute: str
    default: str | None = "true"
    states: Mapping[str, str] = field(default_factory=dict)
    history: str = "true"
    shares: bool = False
    under: str = ""
    kind: str = "data"
    ends: bool = True
    group: str = ""
    also: str = ""
    """A second attribute that the words name too, as a flag: "stem cell or organ transplant"."""
    says_nothing_alone: str = ""
    """A state that is no value by itself but stands beside it: an "active" infection with HIV is positive."""
    renames: Mapping[str, str] = field(default_factory=dict)
    not_before: str = ""
    """A pattern that makes the word something else where it follows."""


@dataclass(frozen=True, slots=True)
class Words:
    """A lexicon by the first word of each phrase."""

    by_first: Mapping[str, tuple[re.Pattern[str], tuple[Entry, ...]]]

    def touch(self, text: str) -> bool:
        """Whether any word may stand in the text."""
        return not self.by_first.keys().isdisjoint(_words_in(text))

    def find(self, text: str, low: int, high: int) -> list[tuple[int, int, Entry]]:
        """Every word, the longest where several begin at one place; none inside another."""
        places = []
        for first in self.by_first.keys() & _words_in(text):
            at = text.find(first, low, high)
            while at >= 0:
                end = at + len(first)
                if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
                    places.append((at, first))
                at = text.find(first, end, high)
        found: list[tuple[int, int, Entry]] = []
        done = low
        for at, first in sorted(places):
            pattern, entries = self.by_first[first]
            match = pattern.match(text, at, high) if at >= done else None
            if match:
                entry = entries[(match.lastindex or 1) - 1]
                if not (entry.not_before and re.match(entry.not_before, text[match.end() : high])):
                    found.append((match.start(), match.end(), entry))
                    done = match.end()
        return found


_FIRST = re.compile(r"[a-z0-9]+")
_APART = {code: " " for code in range(128) if not _FIRST.match(chr(code))}


@lru_cache(maxsize=64)
def _words_in(text: str) -> frozenset[str]:
    return frozenset(text.translate(_APART).split() if text.isascii() else _FIRST.findall(text))


def holds(text: str, stems: tuple[str, ...]) -> bool:
    """Whether any of the stems stands in the text: the cheap test before a costly pattern."""
    for stem in stems:  # noqa: SIM110 -- twice as fast as any() of a generator, and asked of every segment
        if stem in text:
            return True
    return False


@cache
def words_of(name: str) -> Words:
    """The phrases of the lexicon `name`; each begins with a plain word."""
    phrases: list[tuple[str, Entry]] = []
    for item in lexicon(name)["entries"]:
        entry = Entry(**{key: value for key, value in item.items() if key != "words"})
        phrases += [(phrase, entry) for phrase in item["words"]]
    by_first: dict[str, list[tuple[str, Entry]]] = {}
    for phrase, entry in phrases:
        for first in _firsts(phrase):
            by_first.setdefault(first, []).append((phrase, entry))
    return Words(
        {
            first: (
                re.compile("|".join(rf"({phrase})\b" for phrase, _ in sorted(known, key=_longest))),
                tuple(entry for _, entry in sorted(known, key=_longest)),
            )
            for first, known in by_first.items()
        }
    )


_OPENS = re.compile(r"(?:[a-z0-9]\??|\(\?:[a-z|]+\)\??)+")
_PART = re.compile(r"(?:\(\?:(?P<choice>[a-z|]+)\)|(?P<letter>[a-z0-9]))(?P<maybe>\?)?")


def _firsts(phrase: str) -> set[str]:
    """The plain words that a phrase may begin with: "allogen(?:e)?ic" begins with two, "tumou?rs?" with four."""
    opening = _OPENS.match(phrase)
    assert opening, phrase
    found = {""}
    for part in _PART.finditer(opening.group()):
        endings = (part["choice"] or part["letter"]).split("|") + ([""] if part["maybe"] else [])
        found = {f"{start}{ending}" for start in found for ending in endings}
    return found


def _longest(item: tuple[str, Entry]) -> tuple[int, str]:
    return -len(item[0]), item[0]

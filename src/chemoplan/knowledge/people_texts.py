"""Texts for people, in English and Spanish, each with its review status: the guide, the glossary, the aids, the words of a screen.

A file is a tree of YAML whose leaves are `{en: ..., es: ...}`. Key `review` beside the leaves of a file, or in a leaf, says who
looked at them; what nobody looked at is `unreviewed`, in each language for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from chemoplan.knowledge.refused import KnowledgeRefused

LANGUAGES = ("en", "es")
STATUSES = ("unreviewed", "reviewed")
TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Text:
    """One string in every language, with the review status of each. `key` is its place: `guide.liver-pump.lead`."""

    key: str
    words: Mapping[str, str]
    review: Mapping[str, str]

    def text_in(self, language: str) -> str:
        """The words in a language. Every language has them: the loader refuses a gap."""
        return self.words[language]

    def status(self, language: str) -> str:
        """`reviewed` or `unreviewed`."""
        return self.review[language]

    def fingerprint(self, language: str) -> str:
        """A hash of the words: a review holds for these words and ends when they change."""
        return hashlib.sha256(self.words[language].encode()).hexdigest()

    def __str__(self) -> str:
        return self.words["en"]


@lru_cache(maxsize=32)
def load_texts(folder: Path = TEXTS) -> dict[str, Any]:
    """The tree of every YAML file under a folder, by its path: dictionaries and lists whose leaves are Text.

    Raises KnowledgeRefused where a string lacks a language or a review status is no status.
    """
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        place = found
        *parents, last = path.relative_to(folder).with_suffix("").parts
        for parent in parents:
            place = place.setdefault(parent, {})
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if not isinstance(data, dict):
            raise KnowledgeRefused(name, "expected a mapping of names to texts")
        review = _review(data.get("review", {}), name)
        place[last] = _tree(data, ".".join([*parents, last]), review, name)
    return found


def texts_in(tree: Any) -> Iterator[Text]:
    """Every text of a tree, in order."""
    if isinstance(tree, Text):
        yield tree
    elif isinstance(tree, Mapping):
        for branch in tree.values():
            yield from texts_in(branch)
    elif isinstance(tree, list | tuple):
        for branch in tree:
            yield from texts_in(branch)


def _tree(data: Any, key: str, review: Mapping[str, str], name: str) -> Any:
    if isinstance(data, dict):
        if "en" in data or "es" in data:
            return _leaf(data, key, review, name)
        return {part: _tree(branch, f"{key}.{part}", review, name) for part, branch in data.items()}
    if isinstance(data, list):
        return [_tree(branch, f"{key}.{number}", review, name) for number, branch in enumerate(data)]
    return data


def _leaf(data: dict[str, Any], key: str, review: Mapping[str, str], name: str) -> Text:
    words = {language: data.get(language) for language in LANGUAGES}
    for language, text in words.items():
        if not isinstance(text, str) or not text.strip():
            raise KnowledgeRefused(name, f"{key} has no words in {language!r}; write both en and es")
    if extra := set(data) - {*LANGUAGES, "review"}:
        raise KnowledgeRefused(name, f"{key} has {', '.join(sorted(map(str, extra)))}; expected en, es, review")
    own = _review(data.get("review", {}), name)
    return Text(
        key,
        {language: str(text).strip() for language, text in words.items()},
        {**review, **own} if data.get("review") else dict(review),
    )


def _review(data: Any, name: str) -> dict[str, str]:
    found = dict.fromkeys(LANGUAGES, "unreviewed")
    for language, status in (data or {}).items():
        if language not in LANGUAGES or status not in STATUSES:
            raise KnowledgeRefused(name, f"review {language}: {status} is none of {', '.join(STATUSES)}")
        found[language] = status
    return found

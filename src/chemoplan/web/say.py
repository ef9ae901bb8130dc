"""Words in the language of a visit. What nobody has reviewed is counted, so that the page can say so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from chemoplan.knowledge.people_texts import Text, load_texts

SCREEN = Path(__file__).parent / "texts"
Reviewed = Callable[[Text, str], bool]


class TextMissing(KeyError):
    """A key that no file of texts has: a fault of the program."""


def find(key: str) -> Any:
    """The text, list or branch of a key: `appointment.title`."""
    place: Any = load_texts(SCREEN)
    for part in key.split("."):
        try:
            place = place[int(part)] if isinstance(place, list) else place[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise TextMissing(f"no text {key!r} in web/texts") from None
    return place


class Speaker:
    """The words of one page in one language. `unreviewed` holds the keys that nobody signed."""

    def __init__(self, language: str, reviewed: Reviewed) -> None:
        self.language = language
        self.reviewed = reviewed
        self.unreviewed: set[str] = set()

    def t(self, key: str, **values: Any) -> str:
        """The words of a key, with parameters put in. Raises TextMissing."""
        text = find(key)
        if not isinstance(text, Text):
            raise TextMissing(f"{key!r} is a branch, not a text")
        words = self.plain(text)
        return words.format(**values) if values else words

    def plain(self, text: Text) -> str:
        """The words of a text as they stand."""
        if not self.reviewed(text, self.language):
            self.unreviewed.add(text.key)
        return text.text_in(self.language)

    def say(self, text: Text | str, **values: Any) -> Markup:
        """The words of a text with its marks: bold, links within the application, links to the glossary."""
        words = self.plain(text) if isinstance(text, Text) else text
        return marked(words.format(**values) if values else words, self.language)


_MARK = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*|\[(?P<words>[^\]]+)\]\((?P<to>glossary:[a-z0-9-]+|/[a-z0-9/#-]*|tel:[0-9-]+)\)"
)


def marked(words: str, language: str) -> Markup:
    """Marks as HTML; everything else escaped."""
    parts, at = [], 0
    for found in _MARK.finditer(words):
        parts.append(escape(words[at : found.start()]))
        if found["bold"]:
            parts.append(Markup("<strong>{}</strong>").format(found["bold"]))
        else:
            parts.append(_link(found["words"], found["to"], language))
        at = found.end()
    return Markup("").join([*parts, escape(words[at:])])


def _link(words: str, to: str, language: str) -> Markup:
    before = "" if language == "en" else f"/{language}"
    if to.startswith("glossary:"):
        return Markup('<a class="term" href="{}/glossary#{}">{}</a>').format(
            before, to.removeprefix("glossary:"), words
        )
    return Markup('<a href="{}{}">{}</a>').format(before if to.startswith("/") else "", to, words)

"""The pages of the guide in order, and the parts that hold the words somebody looks for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chemoplan.knowledge.people_texts import Text, load_texts, texts_in

MOST_FOUND = 12


@dataclass(frozen=True)
class Found:
    """A part of a page that holds every word: the page, and the part or None for the page itself."""

    page: Mapping[str, Any]
    part: Mapping[str, Any] | None


@lru_cache(maxsize=1)
def pages() -> dict[str, Mapping[str, Any]]:
    """Every page of the guide by its slug, in the order of reading."""
    found = load_texts().get("guide", {}).values()
    return {page["id"]: page for page in sorted(found, key=lambda page: page["order"])}


def neighbors(slug: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The pages before and after one."""
    order = list(pages())
    at = order.index(slug)
    before = pages()[order[at - 1]] if at else None
    return before, pages()[order[at + 1]] if at + 1 < len(order) else None


def search(words: str, language: str) -> list[Found]:
    """The parts that hold every word (or a longer word that begins with it), those with the words in their heading first."""
    wanted = _words(words)
    if not wanted:
        return []
    in_heading, in_text = [], []
    for page in pages().values():
        if _holds([page["title"], page["lead"]], wanted, language):
            in_heading.append(Found(page, None))
        for part in page["parts"]:
            if _holds([part["heading"]], wanted, language):
                in_heading.append(Found(page, part))
            elif _holds(list(texts_in(part)), wanted, language):
                in_text.append(Found(page, part))
    return [*in_heading, *in_text][:MOST_FOUND]


def _holds(texts: list[Text], wanted: list[str], language: str) -> bool:
    held = _words(" ".join(text.text_in(language) for text in texts))
    return all(any(word.startswith(want) for word in held) for want in wanted)


def _words(text: str) -> list[str]:
    """The words of a text without accents, in lower case."""
    plain = re.sub(r"\]\([^)]*\)", "]", text)
    folded = "".join(sign for sign in unicodedata.normalize("NFD", plain) if not unicodedata.combining(sign))
    return re.findall(r"\w+", folded.casefold())[:400]

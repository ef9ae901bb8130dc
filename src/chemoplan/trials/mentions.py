"""Does a text hold one of several words? Asked of every segment by every family, so asked the quickest way."""

from __future__ import annotations

from collections.abc import Iterable


def mentions(text: str, words: Iterable[str]) -> bool:
    """True when one of the words, or parts of words, stands somewhere in the text."""
    return any(word in text for word in words)

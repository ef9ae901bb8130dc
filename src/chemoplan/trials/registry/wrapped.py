"""Older forms break an eligibility text into lines of some 80 signs and indent it; here the lines are put together again."""

from __future__ import annotations

import re
import textwrap

_MARKER = re.compile(r"(?:[-*•]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+\S")
_LAYOUT = re.compile(r"^ {6,}(?:-|\d{1,2}\.) {1,2}\S", re.MULTILINE)


def unwrapped(text: str) -> str:
    """The text with each paragraph and each criterion on one line of its own; words and their order stay as they are.

    A line goes on with the line before it where that one is not blank and this one has no bullet or number.
    """
    lines: list[str] = []
    for line in textwrap.dedent(text.strip("\n").expandtabs()).split("\n"):
        words = line.strip()
        if words and lines and lines[-1] and not _MARKER.match(words):
            lines[-1] += f" {words}"
        else:
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n")


def unwrapped_run(text: str) -> str:
    """The same for a text that has lost its blank lines: one goes on only where it stands deeper than the bullet before it."""
    if not _LAYOUT.search(text):
        return text
    lines: list[str] = []
    bullet: int | None = None
    for line in text.split("\n"):
        words, indent = line.strip(), len(line) - len(line.lstrip())
        marked = bool(_MARKER.match(words))
        if words and lines and bullet is not None and not marked and indent > bullet:
            lines[-1] += f" {words}"
            continue
        bullet = indent if marked else None
        lines.append(line.rstrip())
    return textwrap.dedent("\n".join(lines)).strip("\n")

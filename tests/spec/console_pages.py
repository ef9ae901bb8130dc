"""Reads documentation pages that can be run: files to save, commands with what they print, and Python.

A page writes a file with `<!-- file: NAME -->` (or adds to one with `<!-- append: NAME -->`) before a code block. In a
`console` block a line that begins with `$ ` is a command; the lines after it are pieces of what it prints, in order,
with `...` where something was left out. A command must exit with 0 unless the next one is `echo $?`. What a `python`
block prints stands in a block after `<!-- prints -->`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(r"^(?:<!-- (?P<mark>[^>]*) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Step:
    """One thing to do: save a file, run a command, or run Python, and what must be printed."""

    kind: str
    text: str
    name: str = ""
    prints: list[str] = field(default_factory=list)


def steps_of(page: Path) -> list[Step]:
    """The steps of a page, in order."""
    steps: list[Step] = []
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        mark, kind, text = match["mark"] or "", match["kind"], match["text"]
        action, _, name = mark.partition(": ")
        if action in ("file", "append"):
            steps.append(Step(action, text, name))
        elif kind == "console":
            steps += _commands(text)
        elif kind == "python":
            steps.append(Step("python", text))
        elif mark == "prints":
            steps[-1].prints = _pieces(text.splitlines())
    return steps


def _commands(text: str) -> list[Step]:
    steps: list[Step] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        end = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
        steps.append(Step("command", "\n".join(lines[: end + 1]), prints=_pieces(lines[end + 1 :])))
    return steps


def _pieces(lines: list[str]) -> list[str]:
    return [plain(line) for line in lines if line.strip() not in ("", "...")]


def plain(text: str) -> str:
    """Text without its line breaks and spacing, so that the width of a terminal does not matter."""
    return " ".join(text.split())

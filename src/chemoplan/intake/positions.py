"""Where in a (valid) JSON text each key and list item stands, so that messages can name a line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|\n|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True)
class Positions:
    """Lines by path; and for keys that repeat within one object, the line of the repetition."""

    lines: dict[tuple[str | int, ...], int]
    duplicates: dict[str, int]


def json_positions(text: str) -> Positions:
    """Walk the tokens once, with an explicit stack: no recursion, whatever the nesting."""
    lines: dict[tuple[str | int, ...], int] = {}
    duplicates: dict[str, int] = {}
    path: list[str | int] = []
    open_objects: list[set[str] | None] = []
    line, expects_key = 1, False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token in "{[":
            open_objects.append(set() if token == "{" else None)
            path.append("" if token == "{" else 0)
            expects_key = token == "{"
            if token == "[":
                lines[tuple(path)] = line
        elif token in "}]":
            if open_objects:
                open_objects.pop()
                path.pop()
            expects_key = False
        elif token == "," and open_objects:
            expects_key = open_objects[-1] is not None
            last = path[-1]
            if isinstance(last, int):
                path[-1] = last + 1
                lines[tuple(path)] = line
        elif expects_key and token.startswith('"') and open_objects:
            key = str(json.loads(token, strict=False))
            keys = open_objects[-1]
            if keys is not None and key in keys:
                duplicates.setdefault(key, line)
            elif keys is not None:
                keys.add(key)
            path[-1] = key
            lines[tuple(path)] = line
            expects_key = False
    return Positions(lines, duplicates)

"""The YAML of a case file: mappings, lists, text, numbers, true, false, null. No anchors, tags or duplicate keys.

Built from the event stream with an explicit stack, so no nesting can exhaust the interpreter. Plain scalars follow the
YAML 1.2 core schema: a date stays text, `010` is ten and `1:30` is text (YAML 1.1 would read 8 and 90).
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from chemoplan.intake.refused import InputRefused, shown

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|NaN|nan")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

Lines = dict[tuple[str | int, ...], int]


class _Frame:
    """One open mapping or list: what it holds so far, and the key that waits for its value."""

    def __init__(self, container: dict[str, Any] | list[Any], path: tuple[str | int, ...]) -> None:
        self.container = container
        self.path = path
        self.key: str | None = None


def parse_yaml(text: str, document: str, max_depth: int) -> tuple[Any, Lines]:
    """The data and the line of each key and list item. Raises InputRefused."""
    try:
        return _build(text, document, max_depth)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputRefused(f"{document}{place}: not valid YAML ({error.problem or error.context})") from None
    except yaml.YAMLError as error:
        raise InputRefused(f"{document}: not valid YAML ({str(error).splitlines()[0]})") from None


def _build(text: str, document: str, max_depth: int) -> tuple[Any, Lines]:
    lines: Lines = {}
    stack: list[_Frame] = []
    documents: list[Any] = []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent) and documents:
            raise InputRefused(f"{document}, line {line}: a second YAML document begins here; one case per file")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputRefused(f"{document}, line {line}: YAML anchors and aliases are not read; write the value out")
        tag = getattr(event, "tag", None)
        if tag:
            raise InputRefused(f"{document}, line {line}: YAML tags ({tag}) are not read; write plain values")
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) >= max_depth:
                raise InputRefused(f"{document}, line {line}: nested too deep; at most {max_depth} levels are read")
            container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            path = _place(container, stack, documents, line, lines, document)
            stack.append(_Frame(container, path))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
        elif isinstance(event, yaml.ScalarEvent):
            _scalar(event, stack, documents, line, lines, document)
    return (documents[0] if documents else None), lines


def _scalar(
    event: yaml.ScalarEvent, stack: list[_Frame], documents: list[Any], line: int, lines: Lines, document: str
) -> None:
    if stack and isinstance(stack[-1].container, dict) and stack[-1].key is None:
        frame = stack[-1]
        key = str(event.value)
        if key in frame.container:
            raise InputRefused(f"{document}, line {line}: the key {shown(key)} is given twice; keep one")
        frame.key = key
        lines[(*frame.path, key)] = line
        return
    value = event.value if not event.implicit[0] else _plain(event.value, document, line)
    _place(value, stack, documents, line, lines, document)


def _place(
    value: Any, stack: list[_Frame], documents: list[Any], line: int, lines: Lines, document: str
) -> tuple[str | int, ...]:
    """Put a value where it belongs; its path is returned."""
    if not stack:
        documents.append(value)
        return ()
    frame = stack[-1]
    if isinstance(frame.container, list):
        path = (*frame.path, len(frame.container))
        frame.container.append(value)
        lines[path] = line
        return path
    if frame.key is None:
        raise InputRefused(f"{document}, line {line}: a key must be plain text, not a list or mapping")
    path = (*frame.path, frame.key)
    frame.container[frame.key] = value
    frame.key = None
    return path


def _plain(text: str, document: str, line: int) -> bool | int | float | str | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise InputRefused(f"{document}, line {line}: the number {shown(text)} is too large")
        return number
    if _NOT_A_NUMBER.fullmatch(text):
        raise InputRefused(f"{document}, line {line}: {text} is not a value; leave the fact out when it is not known")
    return text

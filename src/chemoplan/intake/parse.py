"""Bytes to plain data, strictly: JSON, or the YAML of a case file without anchors, tags or duplicate keys."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from chemoplan.intake.positions import json_positions
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.yaml_text import parse_yaml

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Parsed:
    """Plain data, and the line of each key or list item where the format tells it."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)


def decode(content: bytes, document: str) -> str:
    """The text of a document. Raises InputRefused when it is empty, too large or not UTF-8."""
    if len(content) > MAX_BYTES:
        raise InputRefused(f"{document}: larger than {MAX_BYTES // 1024 // 1024} MB; one case is expected")
    if content.startswith(b"\x1f\x8b"):
        raise InputRefused(f"{document}: compressed with gzip; unpack it first")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputRefused(f"{document}, line {line}: not UTF-8 text; save the file as UTF-8") from None
    if not text.strip():
        raise InputRefused(f"{document}: empty; expected a case file, a FHIR Bundle or a table")
    return text


def parse_text(text: str, document: str) -> Parsed:
    """JSON or YAML, told apart by content. Raises InputRefused with file, line and what is wrong."""
    start = text.lstrip()[:1]
    if start == "<":
        raise InputRefused(f"{document}: this looks like XML or HTML; expected JSON or YAML")
    looks_like_json = document.lower().endswith(".json") or start in ("{", "[")
    parsed = _parse_json(text, document) if looks_like_json else None
    if parsed is None:
        data, lines = parse_yaml(text, document, MAX_DEPTH)
        parsed = Parsed(data, lines)
    check_plain(parsed.data, document)
    return parsed


def _parse_json(text: str, document: str) -> Parsed | None:
    """None when the text starts like JSON but is flow-style YAML (and the name does not say JSON)."""
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except _Duplicate as duplicate:
        line = json_positions(text).duplicates.get(duplicate.key)
        place = f", line {line}" if line else ""
        raise InputRefused(f"{document}{place}: the key {shown(duplicate.key)} is given twice; keep one") from None
    except _BadNumber as bad:
        raise InputRefused(f"{document}: {bad}") from None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text[error.pos :].startswith("{"):
            raise InputRefused(
                f"{document}, line {error.lineno}: a second JSON value begins here; one case or one Bundle per file"
            ) from None
        if not document.lower().endswith(".json"):
            return None
        raise InputRefused(
            f"{document}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg.lower()})"
        ) from None
    except RecursionError:
        raise InputRefused(f"{document}: nested too deep; at most {MAX_DEPTH} levels are read") from None
    except ValueError:  # an integer beyond the interpreter's digit limit
        raise InputRefused(f"{document}: a number with too many digits") from None
    return Parsed(data, json_positions(text).lines if len(text) < 1_000_000 else {})


class _Duplicate(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _BadNumber(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Duplicate(key)
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise _BadNumber(f"{name} is not a value; leave the fact out when it is not known")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _BadNumber(f"the number {shown(text)} is too large")
    return number


def check_plain(data: Any, document: str) -> None:
    """Refuse what JSON cannot carry: other types, NaN, huge numbers, broken text, nesting beyond the limit."""
    stack: list[tuple[Any, int]] = [(data, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise InputRefused(f"{document}: nested too deep; at most {MAX_DEPTH} levels are read")
        if isinstance(value, dict):
            for key, member in value.items():
                if not isinstance(key, str):
                    raise InputRefused(f"{document}: the key {shown(key)} is not text")
                stack += [(key, depth), (member, depth + 1)]
        elif isinstance(value, list):
            stack += [(member, depth + 1) for member in value]
        elif isinstance(value, str):
            _check_text(value, document)
        elif isinstance(value, bool) or value is None:
            continue
        elif isinstance(value, int | float):
            _check_number(value, document)
        else:
            raise InputRefused(f"{document}: a value of type {type(value).__name__}; expected plain JSON data")


def _check_text(value: str, document: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InputRefused(
            f"{document}: text with half a character (a lone surrogate) in {ascii(value)[:60]}"
        ) from None


def _check_number(value: float, document: str) -> None:
    if isinstance(value, int):
        if value.bit_length() > 1000:
            raise InputRefused(f"{document}: a number with too many digits")
    elif math.isnan(value):
        raise InputRefused(f"{document}: NaN is not a value; leave the fact out when it is not known")
    elif math.isinf(value):
        raise InputRefused(f"{document}: an infinite number is not a value")

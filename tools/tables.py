"""Markdown tables for the reference pages: of rows, and of the properties of a JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Text as inline code; nothing stays nothing."""
    return f"`{text}`" if str(text) else ""


def schema_table(schema: dict[str, Any]) -> str:
    """The properties of a schema as rows, nested ones by path (`offer[].rank`)."""
    head = ("key", "must", "type", "meaning")
    parts = [table(head, schema_rows(schema, "", schema))]
    for name, part in schema.get("$defs", {}).items():
        rows = list(schema_rows(part, "", schema))
        if rows:
            parts.append(f"**{name}**" + (f": {part['description']}" if part.get("description") else ""))
            parts.append(table(head, rows))
    return "\n\n".join(parts)


def schema_rows(part: dict[str, Any], prefix: str, root: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """One row a property, its own properties after it."""
    for branch in (part, *part.get("oneOf", ()), *part.get("anyOf", ()), *part.get("allOf", ())):
        required = branch.get("required", ())
        for name, item in branch.get("properties", {}).items():
            meaning = item.get("description") or _resolved(item, root).get("description", "")
            yield code(prefix + name), "yes" if name in required else "", schema_type(item), meaning
            yield from schema_rows(item, f"{prefix}{name}.", root)
            if isinstance(item.get("items"), dict):
                yield from schema_rows(item["items"], f"{prefix}{name}[].", root)
            if isinstance(item.get("additionalProperties"), dict):
                yield from schema_rows(item["additionalProperties"], f"{prefix}{name}.*.", root)


def schema_type(item: dict[str, Any]) -> str:
    """The type of a property in a few words."""
    if "$ref" in item:
        return str(item["$ref"]).rsplit("/", 1)[-1]
    if "const" in item:
        return code(json.dumps(item["const"]))
    if "enum" in item:
        return ", ".join(code("null" if value is None else value) for value in item["enum"])
    for key in ("oneOf", "anyOf"):
        if key in item:
            return " or ".join(dict.fromkeys(schema_type(branch) for branch in item[key]))
    if "items" in item:
        return f"list of {schema_type(item['items'])}"
    words = {
        "string": "text",
        "integer": "whole number",
        "object": "mapping",
        "boolean": "true or false",
        "array": "list",
    }
    names = item.get("type", "any")
    return " or ".join(words.get(name, name) for name in ([names] if isinstance(names, str) else names))


def _resolved(item: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = root.get("$defs", {}).get(schema_type(item), {}) if "$ref" in item else {}
    return found

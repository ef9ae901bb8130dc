"""The form of every kind of entry, as JSON Schema (schema_files/), and the check of files against it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from chemoplan.knowledge.build import KINDS, kind_of
from chemoplan.knowledge.holdings import data_folder
from chemoplan.knowledge.refused import KnowledgeRefused, place_of


@lru_cache(maxsize=32)
def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of entry."""
    text = (files("chemoplan.knowledge") / "schema_files" / f"{kind}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def kinds() -> list[str]:
    """All kinds of entry that have a schema."""
    return sorted(set(KINDS.values()) - {"retire"})


@lru_cache(maxsize=32)
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema_of(kind))


def check_schema(kind: str, content: list[Any], path: Path, name: str) -> None:
    """Raise KnowledgeRefused at the first entry whose form is wrong, with the file and the line of the entry."""
    for entry in content:
        label = (
            (entry.get("id") or entry.get("fact") or entry.get("completes") or "?") if isinstance(entry, dict) else "?"
        )
        for error in sorted(
            _validator(kind).iter_errors(_as_json(entry)), key=lambda error: list(map(str, error.absolute_path))
        ):
            place = ".".join(str(step) for step in error.absolute_path)
            line, _ = place_of(path, f": {label}")
            raise KnowledgeRefused(name, f"{label}{'.' + place if place else ''}: {error.message[:200]}", line=line)


def check_all_schemas(overlays: Sequence[Path] = ()) -> int:
    """Check every file of the shipped data and the overlays; the number of entries checked. Raises KnowledgeRefused."""
    count = 0
    for root in (data_folder(), *overlays):
        for path in sorted(root.rglob("*.yaml")):
            name = path.relative_to(root).as_posix()
            kind = kind_of(name)
            if path.name == "manifest.yaml" or kind in (None, "retire"):
                continue
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            if isinstance(content, dict):
                content = content.get("components", [])
            check_schema(str(kind), content, path, name)
            count += len(content)
    return count


def _as_json(value: Any) -> Any:
    """YAML reads bare dates as dates; the schemas speak of text."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value

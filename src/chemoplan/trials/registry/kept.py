"""The form in which a record is kept: JSON with the names of its fields."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import Any

from chemoplan.trials.record import Location, TrialRecord

_NAMES = tuple(field.name for field in fields(TrialRecord))
_PLACE = tuple(field.name for field in fields(Location))
_DAYS = ("retrieved", "updated")
_LISTS = tuple(field.name for field in fields(TrialRecord) if field.default == ())


def to_json(record: TrialRecord) -> str:
    """A record as JSON."""
    found = {name: getattr(record, name) for name in _NAMES}
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Location):
        return {name: getattr(value, name) for name in _PLACE}
    return date.isoformat(value)


def of_json(text: str) -> TrialRecord:
    """The record of what `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(text)
    for name in _DAYS:
        found[name] = date.fromisoformat(found[name]) if found[name] else None
    for name in _LISTS:
        found[name] = tuple(found[name])
    found["locations"] = tuple(Location(**place) for place in found["locations"])
    return TrialRecord(**found)

"""The form in which a record is kept: JSON with the names of its fields."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import date

from chemoplan.trials.record import Location, TrialRecord

_DAYS = ("retrieved", "updated")
_LISTS = tuple(field.name for field in fields(TrialRecord) if field.default == ())


def to_json(record: TrialRecord) -> str:
    """A record as JSON."""
    return json.dumps(asdict(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=date.isoformat)


def of_json(text: str) -> TrialRecord:
    """The record of what `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(text)
    for name in _DAYS:
        found[name] = date.fromisoformat(found[name]) if found[name] else None
    for name in _LISTS:
        found[name] = tuple(found[name])
    found["locations"] = tuple(Location(**place) for place in found["locations"])
    return TrialRecord(**found)

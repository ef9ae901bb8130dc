"""Kept records as a list for people: what each study is, and how old its record is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from chemoplan.trials.record import TrialRecord
from chemoplan.trials.store import AsOf

STALE_DAYS = 90
"""A record retrieved more days ago than this is marked: studies open, close and change their text."""


def listing(records: Iterable[TrialRecord], as_of: AsOf, today: date) -> dict[str, Any]:
    """The list as plain data; ages in days to `today`. A record whose day is not known counts as too old."""
    return {
        "today": today.isoformat(),
        "kept": {
            "records": as_of.records,
            "oldest": _shown(as_of.oldest),
            "newest": _shown(as_of.newest),
            "of_unknown_day": as_of.unknown,
        },
        "stale_after_days": STALE_DAYS,
        "records": [_row(record, today) for record in records],
    }


def is_stale(record: TrialRecord, today: date) -> bool:
    """Whether a record is too old to rely on without a look at the registry."""
    return record.retrieved is None or (today - record.retrieved).days > STALE_DAYS


def _row(record: TrialRecord, today: date) -> dict[str, Any]:
    return {
        "nct_id": record.nct_id,
        "title": record.title,
        "status": record.status,
        "phases": list(record.phases),
        "as_of": _shown(record.retrieved),
        "days_old": (today - record.retrieved).days if record.retrieved else None,
        "stale": is_stale(record, today),
        "updated": _shown(record.updated),
        "invented": record.invented,
        "conditions": list(record.conditions),
        "interventions": list(record.interventions),
        "countries": sorted({place.country for place in record.locations if place.country}),
        "sponsor": record.sponsor,
        "url": record.url,
        "form": record.form,
        "sha256": record.sha256,
    }


def _shown(day: date | None) -> str | None:
    return day.isoformat() if day else None

"""Records in the flattened JSON form: one object a study, with `eligibility.raw_text`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from chemoplan.trials.record import Location, TrialRecord

_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25, "hour": 1 / 8766, "minute": 1 / 525960}
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(year|month|week|day|hour|minute)s?\s*", re.IGNORECASE)


def record_of(entry: Mapping[str, Any], source: str, retrieved: date | None) -> TrialRecord:
    """One record of the flattened form."""
    eligibility = entry.get("eligibility") or {}
    content = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return TrialRecord(
        nct_id=str(entry["nct_id"]),
        title=str(entry.get("title") or ""),
        eligibility=str(eligibility.get("raw_text") or ""),
        retrieved=retrieved,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        source=source,
        form="flattened",
        status=str(entry.get("status") or "").upper().replace(" ", "_").replace(",", ""),
        conditions=tuple(entry.get("conditions") or ()),
        interventions=tuple(str(item) for item in entry.get("interventions") or ()),
        sponsor=str(entry.get("sponsor") or ""),
        locations=tuple(Location(country=str(item)) for item in entry.get("locations") or ()),
        summary=str(entry.get("summary") or ""),
        url=str(entry.get("source_url") or ""),
        minimum_age=years(eligibility.get("minimum_age")),
        maximum_age=years(eligibility.get("maximum_age")),
        sex=str(eligibility.get("sex") or "ALL").upper(),
        healthy_volunteers=eligibility.get("accepts_healthy_volunteers"),
    )


def years(text: str | None) -> float | None:
    """An age such as "18 Years" or "6 Months" in years; None where there is no limit."""
    match = _AGE.fullmatch(text or "")
    return float(match.group(1)) * _YEARS[match.group(2).lower()] if match else None

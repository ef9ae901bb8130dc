"""How a list of kept studies is told: the words of the registry in plain English, and the age of each record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report.words import Mark, count_text

Row = Mapping[str, Any]

STALE = Mark("old record", "▲", "open")
INVENTED = Mark("invented", "◆", "calm")
_SHAPES = {"RECRUITING": ("●", "good"), "NOT_YET_RECRUITING": ("◐", "calm"), "ENROLLING_BY_INVITATION": ("◐", "calm")}
_PHASES = {"NA": "no phase", "EARLY_PHASE1": "early phase 1"}


def status_mark(row: Row) -> Mark:
    """Whether a study takes people in, as its record says."""
    shape, tone = _SHAPES.get(row["status"], ("○", "bad"))
    return Mark(row["status"].replace("_", " ").lower() or "status not stated", shape, tone)


def phase_text(row: Row) -> str:
    """The phases of a study."""
    named = [_PHASES.get(phase, phase.lower().replace("phase", "phase ")) for phase in row["phases"]]
    return "/".join([named[0], *(name.removeprefix("phase ") for name in named[1:])]) if named else "no phase"


def as_of_text(row: Row) -> str:
    """The day of a record, and how long ago that was."""
    if row["as_of"] is None:
        return "as of an unknown day"
    days = row["days_old"]
    if days < 0:
        return f"as of {row['as_of']}, {count_text(-days, 'day')} after the day that is asked about"
    return f"as of {row['as_of']}" + (f", {count_text(days, 'day')} ago" if days > 0 else "")


def head_text(listing: Row) -> str:
    """What is kept, how old, and what part of it is shown."""
    kept, shown = listing["kept"], len(listing["records"])
    if not kept["records"]:
        return "No record is kept."
    days = [day for day in (kept["oldest"], kept["newest"]) if day]
    span = f"as of {' to '.join(dict.fromkeys(days))}" if days else "as of an unknown day"
    if days and kept["of_unknown_day"]:
        span += f" ({kept['of_unknown_day']} of an unknown day)"
    return f"{shown} of {count_text(kept['records'], 'record')}, {span}."


def stale_text(listing: Row) -> str:
    """How many of the shown records are too old; empty when none is."""
    old = sum(row["stale"] for row in listing["records"])
    if not old:
        return ""
    return (
        f"{count_text(old, 'record')} retrieved more than {listing['stale_after_days']} days before {listing['today']}, or on an "
        "unknown day: status and criteria may have changed; look at the registry."
    )

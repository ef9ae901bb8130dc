"""How a comparison of regimens is told: rates with their denominators, cycles, what two arms of one trial are to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report.order_outline import number_text
from chemoplan.report.words import STATUSES, Mark, mark_of

Row = Mapping[str, Any]

RANDOMIZED = Mark("randomized comparison", "■", "good")
RECALLED = Mark("randomized comparison, UNVERIFIED", "◧", "open")
TOGETHER = Mark("same trial, not assigned by chance", "▲", "open")
APART = Mark("no trial holds both", "▲", "open")
NOT_REPORTED = "not reported in what was read"


def rate_text(row: Row) -> str:
    """The rate as printed in its source, with its sign."""
    return f"{row['percent']}%"


def people_text(row: Row) -> str:
    """The people in whom the event was counted."""
    return "size not stated" if row["n"] is None else f"of {number_text(row['n'])}"


def grade_text(row: Row) -> str:
    """The grades that were counted."""
    return "no grade" if row["grade"] == "-" else "any grade" if row["grade"] == "any" else f"grade {row['grade']}"


def grading_text(row: Row) -> str:
    """The scale by which the event was graded, as far as the report says."""
    return "grading not recorded" if row["grading"] == "not recorded" else str(row["grading"])


def cycle_text(regimen: Row) -> str:
    """The length of a cycle."""
    return f"{regimen['cycle_days']} days" if regimen["cycle_days"] else "no cycle length published"


def emetogenicity_text(regimen: Row) -> str:
    """How likely vomiting is without prevention, and how far that was checked."""
    if not regimen["emetogenicity"]:
        return "not known"
    return f"{regimen['emetogenicity']} ({mark_of(STATUSES, regimen['emetogenicity_status']).word})"


def drug_text(part: Row) -> str:
    """One drug of a regimen as published."""
    time = f", {part['duration']}" if part["duration"] else ""
    return f"{part['title']} {part['dose']}, {part['route']}{time}, {part['days']}"


def event_marks(event: Row) -> list[tuple[Mark, str]]:
    """What the trials of an event allow: each comparison within a trial, or that there is none."""
    if not event["comparisons"]:
        return [(APART, "")] if len({row["regimen"] for row in event["rows"]}) > 1 else []
    found = []
    for pair in event["comparisons"]:
        verified = pair["design_status"] == "verified"
        mark = (RANDOMIZED if verified else RECALLED) if pair["randomized"] else TOGETHER
        found.append((mark, f"{pair['trial']}: {' and '.join(pair['regimens'])}"))
    return found


def removed_text(event: Row) -> str:
    """That a version of CTCAE no longer holds the term; empty when it does."""
    gone = event["removed"]
    if not gone:
        return ""
    after = f"; there it is {gone['replaced_by']}" if gone["replaced_by"] else ""
    return f"CTCAE version {gone['version']} no longer holds the term {gone['term']}{after}."

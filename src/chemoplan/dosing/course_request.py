"""What the person who plans a course states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from chemoplan.dosing.calendar_days import WorkingDays
from chemoplan.dosing.given import Given


@dataclass(frozen=True)
class CourseRequest:
    """What the person who plans states: the start, how many cycles, choices, delays, and dates of steps that no source gives.

    `delays`: days by step and cycle. `steps`: the regimen chosen for a step. `begins`: the first day of a step. Steps count from 1.
    """

    start: date
    cycles: int | None = None
    working: WorkingDays = field(default_factory=WorkingDays)
    choices: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[int, str] = field(default_factory=dict)
    begins: Mapping[int, date] = field(default_factory=dict)
    delays: Mapping[tuple[int, int], int] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    given: Given | None = None

"""One registered study as a registry record states it, whatever form the record came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


class RecordRefused(ValueError):
    """A record that cannot be read; the message names the file, the place, what was found and what would be right."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a study recruits: any part may be empty."""

    facility: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A study. `eligibility` is the registry's text, verbatim; `sha256` is that of the record's own content.

    `retrieved` is the day the record was taken from the registry, `updated` the registry's own date of the version.
    Ages are in years. `status`, `phases` and `study_type` use the registry's upper-case words (RECRUITING, PHASE2).
    """

    nct_id: str
    title: str
    eligibility: str
    retrieved: date | None
    sha256: str
    source: str
    form: str
    official_title: str = ""
    status: str = ""
    phases: tuple[str, ...] = ()
    study_type: str = ""
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sponsor: str = ""
    collaborators: tuple[str, ...] = ()
    enrollment: int | None = None
    start_date: str = ""
    completion_date: str = ""
    updated: date | None = None
    locations: tuple[Location, ...] = ()
    summary: str = ""
    url: str = ""
    minimum_age: float | None = None
    maximum_age: float | None = None
    sex: str = "ALL"
    healthy_volunteers: bool | None = None
    invented: bool = False

    @property
    def as_of(self) -> str:
        """The day the record shows, in words: status and text may have changed since."""
        return self.retrieved.isoformat() if self.retrieved else "an unknown day"

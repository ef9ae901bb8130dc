"""From a plan and the options a clinician chose to the snapshot that the patient gets; and the one place that reads snapshots back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from chemoplan.knowledge import Knowledge
from chemoplan.report.patient import Release, patient_plan
from chemoplan.report.patient_words import Reviewed, day_in_words, signed_in_file
from chemoplan.web.center.center import Center
from chemoplan.web.forms import Field
from chemoplan.web.store.tables import releases

TYPED = ("start", "rhythm", "place", "note", "several")

SEVERAL = Field(
    "several", "radios", "my.release.several", "my.release.several_hint", required=False,
    choices=(("one", "my.release.several_one"), ("all", "my.release.several_all")),
)  # fmt: skip
"""Asked where more than one treatment can be chosen."""

FIELDS = (
    Field("start", label="my.release.start", hint="my.release.start_hint", required=False),
    Field("rhythm", label="my.release.rhythm", hint="my.release.rhythm_hint", required=False),
    Field("place", label="my.release.place", hint="my.release.place_hint", required=False),
    Field("note", "textarea", "my.release.note", "my.release.note_hint", required=False, max_length=1000),
    Field(
        "language", "radios", "my.release.language", start="en",
        choices=(("en", "my.release.in_english"), ("es", "my.release.in_spanish")),
    ),
)  # fmt: skip
"""What a clinician may add when a plan is released: the form of the case page."""


def prepare(
    plan: Mapping[str, Any],
    chosen: Sequence[str],
    fields: Mapping[str, Any],
    *,
    by: str = "",
    on: date | None = None,
    reviewed: Reviewed = signed_in_file,
    knowledge: Knowledge | None = None,
) -> dict[str, Any]:
    """The snapshot for the column `plan` of a release: what `my/_plan.html.j2` shows as `released`, in the preview and afterwards.

    `fields` holds the values of FIELDS (others are left alone); `by` is the name of the clinician and `on` the day; give
    `visit.building.reviewed` as `reviewed`. Raises PatientPlanRefused where nothing or a strange option is chosen, and where
    something of the plan has no plain words. The language that it came out in is `["language"]`.
    """
    language = str(fields.get("language") or "en")
    typed = {name: str(fields.get(name) or "").strip() for name in TYPED}
    release = Release(by or str(fields.get("by") or ""), day_in_words(on, language) if on else "", **typed)
    made = patient_plan(plan, chosen, language, release, knowledge=knowledge, reviewed=reviewed)
    if on and made.language != language:
        release = Release(release.by, day_in_words(on, made.language), **typed)
        made = patient_plan(plan, chosen, language, release, knowledge=knowledge, reviewed=reviewed)
    return made.as_json()


def released_to(connection: Connection, account_id: str) -> list[Row[Any]]:
    """The releases of a patient that stand, newest first. Patient pages read plans here and nowhere else."""
    return list(
        connection.execute(
            select(releases)
            .where(releases.c.patient_account_id == account_id, releases.c.withdrawn_at.is_(None))
            .order_by(releases.c.released_at.desc())
        )
    )


def withdrawn_from(connection: Connection, account_id: str) -> datetime | None:
    """When a release was last taken back, if any was."""
    found: datetime | None = connection.execute(
        select(releases.c.withdrawn_at)
        .where(releases.c.patient_account_id == account_id, releases.c.withdrawn_at.is_not(None))
        .order_by(releases.c.withdrawn_at.desc())
    ).scalar()
    return found


def care_line(center: Center) -> str:
    """The number that a person on treatment calls at any hour."""
    return str(center.data.get("nurse_line") or center.phone)

"""What a line of the inbox is about, read from the table of its kind: whose it is, what was sent, where its own page is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from chemoplan.web.booking import appointments
from chemoplan.web.booking.appointment_steps import summary
from chemoplan.web.booking.slot_picker import slot_words
from chemoplan.web.center.offer import read_plan
from chemoplan.web.inbox.check_in import check_in, reason_lines
from chemoplan.web.store.tables import accounts, check_ins, messages, questions, referrals
from chemoplan.web.store.tables import appointments as visits
from chemoplan.web.visit import Visit


@dataclass(frozen=True)
class View:
    """One thing that was sent. `kind` and `subject` go into the audit log; `href` is its own page, where it has one."""

    kind: str
    subject: str
    rows: Sequence[tuple[str, str]] = ()
    href: str | None = None
    href_label: str = ""
    visit_open: bool = False
    points: Sequence[str] = field(default=())


def names(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """Whose each line is, by the id of the line. What cannot be told is left out."""
    wanted: dict[str, list[str]] = {}
    for row in rows:
        wanted.setdefault(row.kind, []).append(row.subject_id)
    found = {kind: _NAMES[kind](connection, subjects) for kind, subjects in wanted.items() if kind in _NAMES}
    return {row.id: name for row in rows if (name := found.get(row.kind, {}).get(row.subject_id))}


def _answer(table: Any, key: str) -> Any:
    def read(connection: Connection, subjects: list[str]) -> dict[str, str]:
        rows = connection.execute(select(table.c.id, table.c.answers).where(table.c.id.in_(subjects)))
        return {row.id: str(row.answers.get(key, "")) for row in rows}

    return read


def _check_in_names(connection: Connection, subjects: list[str]) -> dict[str, str]:
    rows = connection.execute(
        select(check_ins.c.id, accounts.c.name)
        .join(accounts, accounts.c.id == check_ins.c.account_id)
        .where(check_ins.c.id.in_(subjects))
    )
    return {row.id: row.name for row in rows}


def _account_names(connection: Connection, subjects: list[str]) -> dict[str, str]:
    rows = connection.execute(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(subjects)))
    return {row.id: row.name for row in rows}


_NAMES: Mapping[str, Any] = {
    "appointment": _answer(visits, "name"),
    "referral": _answer(referrals, "patient_name"),
    "message": _answer(messages, "name"),
    "symptom": _check_in_names,
    "question": _account_names,
}


def view(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    """What was sent, for the page of one line."""
    return _VIEWS.get(row.kind, _unknown)(visit, connection, row)


def _unknown(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    return View(row.kind, row.subject_id)


def _appointment(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    kept = appointments.by_id(connection, row.subject_id)
    if kept is None:
        return View("appointment", row.subject_id)
    plan = read_plan(visit.center)
    told = [(visit.t("inbox.appointment_state"), visit.t(f"appointment.kept.status.{kept.status}"))]
    if kept.slot:
        shown = slot_words(visit.center, plan, kept.slot, visit.language)
        when = ", ".join(part for part in (shown["day"], shown["time"], shown["doctor"], shown["place"]) if part)
        told.append((visit.t("inbox.appointment_when"), when))
    try:
        told += [(label, value) for label, value, *_ in summary(visit, plan, kept.answers) if value]
    except KeyError:  # a choice that the center no longer offers
        told += _told(visit, kept.answers)
    told.append((visit.t("inbox.appointment_code"), kept.reference))
    still = kept.status in ("booked", "wanted") and (kept.slot is None or kept.slot.start > visit.now)
    return View("appointment", kept.id, told, visit_open=still)


def called_back(connection: Connection, subject: str, now: datetime) -> None:
    """Somebody who waited for a call was called: the wish is fulfilled. A booked visit stays booked."""
    connection.execute(
        update(visits).where(visits.c.id == subject, visits.c.status == "wanted").values(status="done", changed_at=now)
    )


def _referral(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    found = connection.execute(select(referrals.c.answers).where(referrals.c.id == row.subject_id)).scalar_one_or_none()
    told = _told(visit, found or {})
    return _linked(visit, "referral", row.subject_id, "referral", told)


def _message(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    found = connection.execute(select(messages.c.answers).where(messages.c.id == row.subject_id)).scalar_one_or_none()
    return View("message", row.subject_id, _told(visit, found or {}))


def _told(visit: Visit, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers under the names of their fields: the form that asked may have changed since."""
    return [
        (name.replace("_", " ").capitalize(), value if isinstance(value, str) else ", ".join(map(str, value)))
        for name, value in answers.items()
        if value and isinstance(value, str | list)
    ]


def _symptom(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    found = connection.execute(select(check_ins.c.reasons).where(check_ins.c.id == row.subject_id)).scalar_one_or_none()
    lines = reason_lines(check_in(), found or [], visit.speaker.plain)
    points = [": ".join(part for part in line if part) for line in lines]
    return _linked(visit, "check-in", row.subject_id, "symptom-alert", points=points)


def _question(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    found = connection.execute(
        select(questions.c.text)
        .where(
            questions.c.account_id == row.subject_id,
            questions.c.sent_at.is_not(None),
            questions.c.addressed_at.is_(None),
        )
        .order_by(questions.c.sent_at, questions.c.position)
    ).scalars()
    return _linked(visit, "questions", row.subject_id, "question-list", points=list(found))


def _linked(
    visit: Visit, kind: str, subject: str, name: str, rows: Sequence[tuple[str, str]] = (), points: Sequence[str] = ()
) -> View:
    there = name in visit.building.pages
    return View(
        kind, subject, rows, visit.url(name, id=subject) if there else None, visit.t(f"inbox.open.{name}") if there else "",
        points=points,
    )  # fmt: skip


_VIEWS = {
    "appointment": _appointment, "referral": _referral, "message": _message, "symptom": _symptom, "question": _question,
}  # fmt: skip

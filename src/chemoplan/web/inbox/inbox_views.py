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
from chemoplan.web.center.center import Center
from chemoplan.web.center.hours import day_words
from chemoplan.web.center.offer import read_plan
from chemoplan.web.forms import Field, read_date
from chemoplan.web.inbox.check_in import check_in, reason_lines
from chemoplan.web.inbox.contact_form import CONTACT
from chemoplan.web.referrals.referral_form import fields as referral_fields
from chemoplan.web.referrals.referring import UNANSWERED, reply_within
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
    return View("appointment", kept.id, told, visit_open=kept.is_open(visit.now))


def called_back(connection: Connection, subject: str, now: datetime) -> None:
    """Somebody who waited for a call was called: the wish is fulfilled. A booked visit stays booked."""
    connection.execute(
        update(visits).where(visits.c.id == subject, visits.c.status == "wanted").values(status="done", changed_at=now)
    )


def _referral(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    wanted = select(referrals.c.answers, referrals.c.status).where(referrals.c.id == row.subject_id)
    found = connection.execute(wanted).one_or_none()
    if found is None:
        return View("referral", row.subject_id)
    state = (visit.t("inbox.referral_state"), visit.t(f"referral.states.{found.status}"))
    told = [state, *_told(visit, found.answers, referral_fields(visit.today))]
    return _linked(visit, "referral", row.subject_id, "referral", told)


def _message(visit: Visit, connection: Connection, row: Row[Any]) -> View:
    found = connection.execute(select(messages.c.answers).where(messages.c.id == row.subject_id)).scalar_one_or_none()
    return View("message", row.subject_id, _told(visit, found or {}, CONTACT))


def _told(visit: Visit, answers: Mapping[str, Any], fields: Sequence[Field] = ()) -> list[tuple[str, str]]:
    """Answers in the words of the form that asked; one that the form no longer asks for under its name."""
    known = {item.name: item for item in fields}
    return [
        (_label(visit, name, known.get(name)), _words(visit, value, known.get(name)))
        for name, value in answers.items()
        if value and isinstance(value, str | list)
    ]


def _label(visit: Visit, name: str, asked: Field | None) -> str:
    if asked is None:
        return name.replace("_", " ").capitalize()
    return asked.label if asked.words else visit.t(asked.label)


def _words(visit: Visit, value: str | list[Any], asked: Field | None) -> str:
    choices = dict(asked.choices) if asked else {}
    if asked and asked.kind == "date" and (day := read_date(str(value))):
        return day_words(day, visit.language, "date")
    given = value if isinstance(value, list) else [value]
    return ", ".join(visit.t(choices[item]) if item in choices else str(item) for item in given)


def late(connection: Connection, rows: Sequence[Row[Any]], center: Center, now: datetime) -> set[str]:
    """The lines of referrals that nobody answered in the time that the center promises."""
    sent = {row.subject_id: row.id for row in rows if row.kind == "referral" and row.status != "done"}
    due = now - reply_within(center)
    unanswered = (referrals.c.status.in_(UNANSWERED), referrals.c.created_at < due)
    found = connection.execute(select(referrals.c.id).where(referrals.c.id.in_(sent), *unanswered))
    return {sent[row.id] for row in found}


def unanswered(connection: Connection, row: Row[Any]) -> bool:
    """Whether a line is of a referral whose sender still waits for the first answer."""
    if row.kind != "referral":
        return False
    status = connection.execute(select(referrals.c.status).where(referrals.c.id == row.subject_id)).scalar_one_or_none()
    return status in UNANSWERED


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

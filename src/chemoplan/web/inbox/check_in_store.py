"""Check-ins in the database: sent, read back, answered by a nurse, and who has sent none for too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, false, func, insert, or_, select, update

from chemoplan.web.inbox.check_in import Assessment, CheckIn, assess
from chemoplan.web.inbox.triage import LEVELS, case_of, close
from chemoplan.web.store.inbox_lines import tell
from chemoplan.web.store.tables import accounts, cases, check_ins, new_id, releases

SHOWN = 6
"""Check-ins of one person that stand side by side."""
PAGE = ROWS = 50
"""Lines of one page, and of a list that is not turned over."""


def send(
    connection: Connection, form: CheckIn, account_id: str, answers: Mapping[str, str], language: str, now: datetime,
    identity: str = "",
) -> tuple[str, Assessment]:  # fmt: skip
    """Keep a check-in, with the id given, and put it into the inbox at its level; its id and what follows from it."""
    before = connection.execute(
        select(check_ins.c.answers)
        .where(check_ins.c.account_id == account_id)
        .order_by(check_ins.c.created_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    found = assess(form, answers, before)
    identity, case_id = identity or new_id(), case_of(connection, account_id)
    connection.execute(
        insert(check_ins).values(
            id=identity, account_id=account_id, case_id=case_id, answers=dict(answers), level=found.level,
            reasons=[{**reason} for reason in found.reasons], language=language, created_at=now,
        )
    )  # fmt: skip
    tell(connection, "symptom", identity, now, urgency=found.level, case_id=case_id)
    return identity, found


def own(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """The check-ins of one person, the newest first."""
    return connection.execute(
        select(check_ins, accounts.c.name.label("answered_by_name"))
        .join(accounts, accounts.c.id == check_ins.c.answered_by, isouter=True)
        .where(check_ins.c.account_id == account_id)
        .order_by(check_ins.c.created_at.desc())
        .limit(ROWS)
    ).all()


def one(connection: Connection, identity: str) -> Row[Any] | None:
    """One check-in, with the name of its person and of who answered."""
    nurse = accounts.alias("nurse")
    return connection.execute(
        select(
            check_ins,
            accounts.c.name,
            accounts.c.language.label("speaks"),
            nurse.c.name.label("answered_by_name"),
            cases.c.label.label("case_label"),
        )
        .join(accounts, accounts.c.id == check_ins.c.account_id)
        .join(nurse, nurse.c.id == check_ins.c.answered_by, isouter=True)
        .join(cases, cases.c.id == check_ins.c.case_id, isouter=True)
        .where(check_ins.c.id == identity)
    ).one_or_none()


def upto(connection: Connection, account_id: str, moment: datetime) -> list[Row[Any]]:
    """The last check-ins of a person up to a moment, the oldest first."""
    rows = connection.execute(
        select(check_ins.c.id, check_ins.c.answers, check_ins.c.level, check_ins.c.created_at)
        .where(check_ins.c.account_id == account_id, check_ins.c.created_at <= moment)
        .order_by(check_ins.c.created_at.desc())
        .limit(SHOWN)
    ).all()
    return list(reversed(rows))


def pasts(connection: Connection, identities: Sequence[str]) -> dict[str, list[Mapping[str, str]]]:
    """For each of some check-ins the answers of the last ones of its person up to it, the oldest first."""
    shown, before = check_ins.alias("shown"), check_ins.alias("before")
    place = func.row_number().over(partition_by=shown.c.id, order_by=before.c.created_at.desc())
    numbered = (
        select(shown.c.id, before.c.answers, place.label("place"))
        .join(before, (before.c.account_id == shown.c.account_id) & (before.c.created_at <= shown.c.created_at))
        .where(shown.c.id.in_(identities))
        .subquery()
    )
    found: dict[str, list[Mapping[str, str]]] = {identity: [] for identity in identities}
    for row in connection.execute(select(numbered).where(numbered.c.place <= SHOWN).order_by(numbered.c.place.desc())):
        found[row.id].append(row.answers)
    return found


def queue(connection: Connection, form: CheckIn, page: int = 1) -> tuple[Sequence[Row[Any]], int]:
    """A page of the check-ins that wait for a nurse, and how many wait in all.

    The most urgent come first, among them those that tell of a danger to life, then the oldest.
    """
    waits = check_ins.c.answered_at.is_(None)
    urgency = case({level: number for number, level in enumerate(LEVELS)}, value=check_ins.c.level, else_=len(LEVELS))
    danger = [
        check_ins.c.answers[symptom.id].as_string() == answer.id
        for symptom in form.symptoms
        for answer in symptom.answers
        if answer.emergency
    ]
    total = connection.execute(select(func.count()).select_from(check_ins).where(waits)).scalar_one()
    rows = connection.execute(
        select(check_ins, accounts.c.name)
        .join(accounts, accounts.c.id == check_ins.c.account_id)
        .where(waits)
        .order_by(urgency, case((or_(false(), *danger), 0), else_=1), check_ins.c.created_at, check_ins.c.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return rows, int(total)


def answered(connection: Connection) -> Sequence[Row[Any]]:
    """The check-ins that were answered last."""
    return connection.execute(
        select(check_ins, accounts.c.name)
        .join(accounts, accounts.c.id == check_ins.c.account_id)
        .where(check_ins.c.answered_at.is_not(None))
        .order_by(check_ins.c.answered_at.desc())
        .limit(ROWS)
    ).all()


def answer(connection: Connection, identity: str, now: datetime, by: str, words: str) -> bool:
    """A nurse's answer, which the person can read; False when somebody was faster. Its line in the inbox is done with it."""
    done = connection.execute(
        update(check_ins)
        .where(check_ins.c.id == identity, check_ins.c.answered_at.is_(None))
        .values(answered_at=now, answered_by=by, answer=words)
    ).rowcount
    if done:
        close(connection, "symptom", identity, now, by)
    return bool(done)


@dataclass(frozen=True)
class Missed:
    """Somebody whose check-in is late. `last` is None for one who has a plan and never sent any."""

    account_id: str
    name: str
    last: datetime | None
    last_id: str | None


def missed(connection: Connection, form: CheckIn, now: datetime) -> tuple[list[Missed], int]:
    """Who should have sent a check-in and did not: people with a plan in force, or who sent one before; and how many these are.

    At most ROWS of them are named: who never sent one, and then who was silent longest.
    """
    latest = (
        select(check_ins.c.account_id, func.max(check_ins.c.created_at).label("last"))
        .group_by(check_ins.c.account_id)
        .subquery()
    )
    planned = select(releases.c.patient_account_id).where(releases.c.withdrawn_at.is_(None))
    late = now - timedelta(days=form.every_days + form.grace_days)
    due = (accounts.c.active, (latest.c.last < late) | latest.c.last.is_(None) & accounts.c.id.in_(planned))
    people = accounts.join(latest, latest.c.account_id == accounts.c.id, isouter=True)
    total = connection.execute(select(func.count()).select_from(people).where(*due)).scalar_one()
    rows = connection.execute(
        select(accounts.c.id, accounts.c.name, check_ins.c.id.label("last_id"), check_ins.c.created_at)
        .select_from(people)
        .join(
            check_ins,
            (check_ins.c.account_id == accounts.c.id) & (check_ins.c.created_at == latest.c.last),
            isouter=True,
        )
        .where(*due)
        .order_by(latest.c.last.is_not(None), latest.c.last, accounts.c.name)
        .limit(ROWS)
    ).all()
    return [Missed(row.id, row.name, row.created_at, row.last_id) for row in rows], int(total)

"""Check-ins in the database: sent, read back, answered by a nurse, and who has sent none for too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, select, update

from chemoplan.web.inbox.check_in import Assessment, CheckIn, assess
from chemoplan.web.inbox.triage import LEVELS, case_of, close, tell
from chemoplan.web.store.tables import accounts, cases, check_ins, new_id, releases

SHOWN = 6
"""Check-ins of one person that stand side by side."""
GRACE = timedelta(days=1)
"""How long after its day a check-in counts as missed."""
ROWS = 50


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


def queue(connection: Connection, *, answered: bool = False) -> Sequence[Row[Any]]:
    """Check-ins that wait for a nurse, the most urgent and then the oldest first; or the last that were answered."""
    urgency = case({level: number for number, level in enumerate(LEVELS)}, value=check_ins.c.level)
    order = [check_ins.c.answered_at.desc()] if answered else [urgency, check_ins.c.created_at]
    return connection.execute(
        select(check_ins, accounts.c.name)
        .join(accounts, accounts.c.id == check_ins.c.account_id)
        .where(check_ins.c.answered_at.is_not(None) if answered else check_ins.c.answered_at.is_(None))
        .order_by(*order)
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


def missed(connection: Connection, form: CheckIn, now: datetime) -> list[Missed]:
    """Who should have sent a check-in and did not: people with a plan in force, or who sent one before."""
    latest = (
        select(check_ins.c.account_id, func.max(check_ins.c.created_at).label("last"))
        .group_by(check_ins.c.account_id)
        .subquery()
    )
    planned = select(releases.c.patient_account_id).where(releases.c.withdrawn_at.is_(None))
    rows = connection.execute(
        select(accounts.c.id, accounts.c.name, check_ins.c.id.label("last_id"), check_ins.c.created_at)
        .join(latest, latest.c.account_id == accounts.c.id, isouter=True)
        .join(
            check_ins,
            (check_ins.c.account_id == accounts.c.id) & (check_ins.c.created_at == latest.c.last),
            isouter=True,
        )
        .where(accounts.c.active, latest.c.last.is_not(None) | accounts.c.id.in_(planned))
        .order_by(check_ins.c.created_at, accounts.c.name)
    ).all()
    late = now - timedelta(days=form.every_days) - GRACE
    found = [Missed(row.id, row.name, row.created_at, row.last_id) for row in rows]
    return [person for person in found if person.last is None or person.last < late]

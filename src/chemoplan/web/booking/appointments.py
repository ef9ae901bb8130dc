"""Visits that people ask for: the answers on the way (a draft behind a cookie), and the visit that comes of them.

What somebody typed lies in a row that a random cookie opens; nothing of it is ever in an address. The code of a visit opens it
together with the birth date, and only so.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from chemoplan.web.booking.slots import book, cancel
from chemoplan.web.center.offer import Slot
from chemoplan.web.forms import read_date
from chemoplan.web.people.accounts import cookie_hash
from chemoplan.web.people.passwords import code_hash, new_code
from chemoplan.web.store.inbox_lines import tell
from chemoplan.web.store.tables import appointments, drafts, new_id, referrals, slots

KIND, KEPT_KIND = "appointment", "appointment-kept"
COOKIE, KEPT_COOKIE = "appointment", "appointment-kept"
KEPT_FOR = timedelta(hours=2)
"""How long answers wait for somebody who went away; also how long a visit stays open after code and birth date."""
CALL = "call"
"""In place of a time: none of them fits, call me."""
OPEN = ("booked", "wanted")
"""What a visit is as long as something can be done about it."""
REFERRAL_OVER = ("rejected", "cancelled", "failed", "entered-in-error")
REFERRAL_TAKEN = ("accepted", "in-progress", "completed")


@dataclass
class Draft:
    """The answers so far. `id` is also the token of the time that is held."""

    id: str
    answers: dict[str, Any]


def begin(connection: Connection, kind: str, now: datetime, answers: Mapping[str, Any]) -> tuple[str, Draft]:
    """A new draft, and the cookie that opens it."""
    connection.execute(delete(drafts).where(drafts.c.expires_at < now))
    cookie = secrets.token_urlsafe(32)
    draft = Draft(cookie_hash(cookie), dict(answers))
    connection.execute(
        insert(drafts).values(id=draft.id, kind=kind, answers=draft.answers, changed_at=now, expires_at=now + KEPT_FOR)
    )
    return cookie, draft


def draft_of(connection: Connection, kind: str, cookie: str, now: datetime, *, lock: bool = False) -> Draft | None:
    """The draft that a cookie opens, None when there is none or its time is over."""
    if not cookie:
        return None
    wanted = select(drafts.c.id, drafts.c.answers).where(
        drafts.c.id == cookie_hash(cookie), drafts.c.kind == kind, drafts.c.expires_at >= now
    )
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return None if row is None else Draft(row.id, dict(row.answers))


def keep(connection: Connection, draft: Draft, now: datetime) -> None:
    """Keep the answers of a draft."""
    connection.execute(
        update(drafts)
        .where(drafts.c.id == draft.id)
        .values(answers=draft.answers, changed_at=now, expires_at=now + KEPT_FOR)
    )


def forget(connection: Connection, draft: Draft) -> None:
    """Throw a draft away."""
    connection.execute(delete(drafts).where(drafts.c.id == draft.id))


def referral_of(connection: Connection, code: str, secret: str) -> tuple[str, bool] | None:
    """The id of the referral that a tracking code opens, and whether the center took it; None when there is none or it is over."""
    if not code.strip():
        return None
    row = connection.execute(
        select(referrals.c.id, referrals.c.status).where(
            referrals.c.tracking_hash == code_hash(code, secret), referrals.c.status.not_in(REFERRAL_OVER)
        )
    ).one_or_none()
    return None if row is None else (row.id, row.status in REFERRAL_TAKEN)


def referred(connection: Connection, referral: str, born: str) -> bool:
    """Whether a referral is for somebody of this birth date."""
    answers = connection.execute(select(referrals.c.answers).where(referrals.c.id == referral)).scalar_one_or_none()
    return answers is not None and read_date(str(answers.get("patient_born", ""))) == read_date(born)


@dataclass(frozen=True)
class Kept:
    """A visit that was made. `slot` is None for somebody who waits for a call."""

    id: str
    reference: str
    status: str
    answers: Mapping[str, Any]
    slot: Slot | None
    changed_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether it is still to come."""
        return self.status in OPEN and (self.slot is None or self.slot.start > now)


def make(
    connection: Connection, answers: Mapping[str, Any], row: str | None, now: datetime, language: str, *,
    account: str | None = None, referral: str | None = None,
) -> Kept:  # fmt: skip
    """Make a visit of the answers, with the row of its time or None for a call; it lands in the inbox."""
    identity, reference = new_id(), new_code()
    connection.execute(
        insert(appointments).values(
            id=identity, reference=reference, slot_id=row, account_id=account, referral_id=referral, answers=dict(answers),
            language=language, status="booked" if row else "wanted", created_at=now, changed_at=now,
        )
    )  # fmt: skip
    _tell(connection, identity, now)
    made = by_id(connection, identity)
    assert made is not None
    return made


def by_id(connection: Connection, identity: str) -> Kept | None:
    """A visit by its id."""
    return _kept(connection, appointments.c.id == identity)


def by_code(connection: Connection, code: str, born: str) -> Kept | None:
    """The visit of a code, if the birth date is that of the person."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    found = _kept(
        connection, appointments.c.reference == "-".join(signs[at : at + 5] for at in range(0, len(signs), 5))
    )
    if found is None or read_date(str(found.answers.get("born", ""))) != read_date(born):
        return None
    return found


def of_account(connection: Connection, account_id: str) -> list[Kept]:
    """The visits of one account, the newest first."""
    wanted = _wanted(appointments.c.account_id == account_id).order_by(appointments.c.created_at.desc())
    return [_read(row) for row in connection.execute(wanted)]


def _wanted(condition: Any) -> Select[Any]:
    return (
        select(appointments, slots.c.location, slots.c.doctor, slots.c.service, slots.c.starts_at, slots.c.ends_at)
        .join(slots, slots.c.id == appointments.c.slot_id, isouter=True)
        .where(condition)
    )


def _kept(connection: Connection, condition: Any, *, lock: bool = False) -> Kept | None:
    wanted = _wanted(condition)
    row = connection.execute(wanted.with_for_update(of=appointments) if lock else wanted).one_or_none()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Kept:
    slot = Slot(row.service, row.location, row.doctor or "", row.starts_at, row.ends_at) if row.slot_id else None
    return Kept(row.id, row.reference, row.status, row.answers, slot, row.changed_at)


def call_off(connection: Connection, kept: Kept, now: datetime) -> bool:
    """Cancel a visit and free the time it has by now; whether there was something to cancel."""
    known = _kept(connection, appointments.c.id == kept.id, lock=True)
    if known is None or known.status not in OPEN:
        return False
    connection.execute(
        update(appointments).where(appointments.c.id == known.id).values(status="canceled", changed_at=now)
    )
    if known.slot:
        cancel(connection, known.slot.row)
    _tell(connection, known.id, now)
    return True


def move(connection: Connection, kept: Kept, slot: Slot, token: str, now: datetime) -> bool:
    """Give a visit another time, one that the token holds; the one it has by now is free again.

    False when the hold is gone, or the visit was called off.
    """
    known = _kept(connection, appointments.c.id == kept.id, lock=True)
    row = book(connection, slot, token) if known and known.status in OPEN else None
    if known is None or row is None:
        return False
    connection.execute(
        update(appointments).where(appointments.c.id == known.id).values(slot_id=row, status="booked", changed_at=now)
    )
    if known.slot and known.slot.row != row:
        cancel(connection, known.slot.row)
    _tell(connection, known.id, now)
    return True


def _tell(connection: Connection, identity: str, now: datetime) -> None:
    """A line for the people who answer: new each time, so that a change of a visit is seen as well as the visit."""
    tell(connection, KIND, identity, now)

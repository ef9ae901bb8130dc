"""How long things are kept: the promise of the privacy page and the work that keeps it, from one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select

from chemoplan.web.guards.limits import LIMITS
from chemoplan.web.referrals.referring import DRAFT
from chemoplan.web.store.tables import drafts, inbox, limits, messages, one_time_codes, preferences, sessions, uploads

Sweep = Callable[[Connection, datetime, timedelta], int]


@dataclass(frozen=True)
class Kept:
    """One kind of data: the key of its words (legal.privacy.kept), how long after its end it stays, and what removes it.

    Without `sweep` nothing removes it by itself: it belongs to the care of a person, or to the record of who looked at what.
    """

    name: str
    after: timedelta | None = None
    sweep: Sweep | None = None


def sweep(connection: Connection, now: datetime) -> dict[str, int]:
    """Remove what was promised to be gone; how many rows of each kind. Doing it twice removes nothing more."""
    return {
        rule.name: rule.sweep(connection, now, rule.after) for rule in RULES if rule.sweep and rule.after is not None
    }


def _drafts(connection: Connection, now: datetime, after: timedelta) -> int:
    """Forms that were begun, and the files that came with them."""
    gone = connection.execute(delete(drafts).where(drafts.c.expires_at < now - after)).rowcount
    connection.execute(
        delete(uploads).where(uploads.c.owner_kind == DRAFT, uploads.c.owner_id.not_in(select(drafts.c.id)))
    )
    return gone


def _sessions(connection: Connection, now: datetime, after: timedelta) -> int:
    return connection.execute(delete(sessions).where(sessions.c.expires_at < now - after)).rowcount


def _codes(connection: Connection, now: datetime, after: timedelta) -> int:
    return connection.execute(delete(one_time_codes).where(one_time_codes.c.expires_at < now - after)).rowcount


def _limits(connection: Connection, now: datetime, after: timedelta) -> int:
    """Counts of requests, whose windows are numbered by the length of each purpose."""
    gone, until = 0, int((now - after).timestamp())
    for purpose, (_, seconds) in LIMITS.items():
        old = (limits.c.key.like(f"{purpose}:%"), limits.c.window < until // seconds)
        gone += connection.execute(delete(limits).where(*old)).rowcount
    return gone


def _messages(connection: Connection, now: datetime, after: timedelta) -> int:
    old = select(messages.c.id).where(messages.c.created_at < now - after)
    connection.execute(delete(inbox).where(inbox.c.kind == "message", inbox.c.subject_id.in_(old)))
    return connection.execute(delete(messages).where(messages.c.created_at < now - after)).rowcount


def _preferences(connection: Connection, now: datetime, after: timedelta) -> int:
    """Wishes that were taken back, and those that nobody confirmed."""
    row = preferences.c
    over = or_(row.wanted.is_(False), row.confirmed_at.is_(None))
    return connection.execute(delete(preferences).where(over, row.changed_at < now - after)).rowcount


RULES: tuple[Kept, ...] = (
    Kept("drafts", timedelta(), _drafts),
    Kept("sessions", timedelta(), _sessions),
    Kept("codes", timedelta(days=1), _codes),
    Kept("limits", timedelta(days=1), _limits),
    Kept("messages", timedelta(days=365), _messages),
    Kept("preferences", timedelta(days=30), _preferences),
    Kept("care"),
    Kept("audit"),
)
"""Every kind of data that the application keeps about people."""

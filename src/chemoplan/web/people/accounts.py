"""Accounts and their sessions. A session is a random cookie; the table keeps its hash alone."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from chemoplan.web.access import PATIENT_ROLE, ROLES, SECOND_FACTOR
from chemoplan.web.people.passwords import hash_of, new_totp_secret
from chemoplan.web.store.tables import accounts, new_id, sessions

LONGEST = timedelta(hours=12)
IDLE = {PATIENT_ROLE: timedelta(minutes=60)}
IDLE_STAFF = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=2)
SECOND_PRESS = timedelta(minutes=1)
"""How long after a session was replaced the form that did so may come again."""


class AccountRefused(ValueError):
    """The account cannot be made; the message says what would be right."""


@dataclass(frozen=True)
class Account:
    """Who is signed in. `proved` is False until the second factor of a role that needs one is given."""

    id: str
    role: str
    name: str
    email: str
    language: str
    proved: bool
    session: str
    has_totp: bool


def add_account(
    connection: Connection,
    role: str,
    name: str,
    email: str,
    password: str | None,
    now: datetime,
    language: str = "en",
    *,
    identity: str = "",
) -> str:
    """Make an account, with the id given; its id. Raises AccountRefused."""
    if role not in ROLES:
        raise AccountRefused(f"role {role!r}: expected one of {', '.join(ROLES)}")
    address = email.strip().lower()
    if connection.execute(select(accounts.c.id).where(accounts.c.email == address)).first():
        raise AccountRefused("an account with this email address exists already")
    identity = identity or new_id()
    connection.execute(
        insert(accounts).values(
            id=identity, role=role, name=name.strip(), email=address, language=language,
            password_hash=hash_of(password) if password else None, totp_secret=new_totp_secret(), created_at=now,
        )
    )  # fmt: skip
    return identity


def cookie_hash(cookie: str) -> str:
    """What the table keeps of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:40]


def open_session(
    connection: Connection, account_id: str, now: datetime, *, second_factor: bool = False, cookie: str = ""
) -> str:
    """Begin a session, with the cookie given; the cookie."""
    cookie = cookie or secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(sessions.c.expires_at < now))
    connection.execute(
        insert(sessions).values(
            id=cookie_hash(cookie), account_id=account_id, second_factor=second_factor, created_at=now, seen_at=now,
            expires_at=now + LONGEST,
        )
    )  # fmt: skip
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(last_signed_in_at=now))
    return cookie


def close_session(connection: Connection, session: str) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.id == session))


def close_sessions_of(connection: Connection, account_id: str) -> None:
    """End every session of an account."""
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))


def account_of(connection: Connection, cookie: str, now: datetime) -> tuple[Account | None, bool]:
    """Whose session a cookie is, and whether it is time to note that it is alive. None when it is over."""
    row = connection.execute(
        select(
            sessions,
            accounts.c.role,
            accounts.c.name,
            accounts.c.email,
            accounts.c.language,
            accounts.c.totp_confirmed_at,
        )
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .where(sessions.c.id == cookie_hash(cookie), accounts.c.active)
    ).one_or_none()
    if row is None or row.expires_at < now or row.seen_at + IDLE.get(row.role, IDLE_STAFF) < now:
        return None, False
    proved = bool(row.second_factor) or (row.role not in SECOND_FACTOR and row.totp_confirmed_at is None)
    account = Account(
        row.account_id, row.role, row.name, row.email, row.language, proved, row.id, row.totp_confirmed_at is not None
    )
    return account, now - row.seen_at > SEEN_EVERY


def begun_by(connection: Connection, before: str, cookie: str, now: datetime) -> Account | None:
    """Whose session a cookie is that began a moment ago in place of the one of cookie `before`, whose forms still count."""
    begun = select(sessions.c.id).where(
        sessions.c.id == cookie_hash(cookie), sessions.c.created_at > now - SECOND_PRESS
    )
    found = account_of(connection, cookie, now)[0] if connection.execute(begun).first() else None
    return replace(found, session=cookie_hash(before)) if found else None


def touch(connection: Connection, session: str, now: datetime) -> None:
    """Note that a session is alive."""
    connection.execute(update(sessions).where(sessions.c.id == session).values(seen_at=now))


def prove(connection: Connection, account: Account, now: datetime, cookie: str = "") -> str:
    """The second factor was given: a new session, so that a cookie from before it opens nothing; the new cookie."""
    close_session(connection, account.session)
    return open_session(connection, account.id, now, second_factor=True, cookie=cookie)

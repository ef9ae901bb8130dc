"""What people want to hear from the center, and how: nothing, until they say so and confirm it; and never again once they stop it.

Whether an address is known shows nowhere: a page answers the same in both cases, and a stranger who types the address of somebody
else changes nothing that the owner confirmed. The application sends nothing by itself: `chemoplan web wishes` gives the program of the
center that sends whom to ask first, whom it may write to, and the links for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from chemoplan.web.store.tables import preferences

CHANNELS = ("email", "text", "call")
TOPICS = ("visits", "guide", "trials", "survey")

Wish = tuple[str, str]
"""A channel and a topic."""


@dataclass(frozen=True)
class Wished:
    """One wish as the program that sends needs it. `token` is for the link that confirms it, or that stops it once it is confirmed."""

    contact: str
    channel: str
    topic: str
    language: str
    confirmed: bool
    token: str


def plain_contact(contact: str) -> str:
    """An address as it is compared: an email in lower case, a number as its digits."""
    text = contact.strip().lower()
    return text if "@" in text else "".join(sign for sign in text if sign.isdigit()).removeprefix("1").rjust(10, "0")


def opt_in(
    connection: Connection, contact: str, wishes: Iterable[Wish], language: str, secret: str, now: datetime, *, own: bool = False
) -> str:  # fmt: skip
    """Keep the wishes of an address; the token that stops them. `own`: the address is known to be the visitor's, so it is confirmed.

    A wish that its owner confirmed stays as it is, with its own token.
    """
    token, known = secrets.token_urlsafe(24), _contact_hash(contact, secret)
    row = preferences.c
    for channel, topic in dict.fromkeys(wishes):
        same = (row.contact_hash == known, row.channel == channel, row.topic == topic)
        values: dict[str, Any] = {
            "contact": plain_contact(contact), "wanted": True, "unsubscribe_hash": token_hash(token), "language": language,
            "confirmed_at": now if own else None, "changed_at": now,
        }  # fmt: skip
        held = connection.execute(select(row.id, row.wanted, row.confirmed_at).where(*same)).one_or_none()
        if held is None:
            new = {"contact_hash": known, "channel": channel, "topic": topic, "created_at": now}
            connection.execute(insert(preferences).values(**new, **values))
        elif own or not (held.wanted and held.confirmed_at):
            connection.execute(update(preferences).where(row.id == held.id).values(**values))
    return token


def stop(connection: Connection, token: str, secret: str, now: datetime) -> None:
    """End every wish of a token and forget the address. A token that nobody has does nothing.

    The token is the one that the visitor got, or the signed one of a message, which ends all that its address gets.
    """
    row = preferences.c
    identity = _signed("stop", token, secret)
    same = select(row.contact_hash).where(row.id == identity)
    meant = row.contact_hash.in_(same) if identity else row.unsubscribe_hash == token_hash(token)
    connection.execute(
        update(preferences).where(meant).values(wanted=False, contact=None, confirmed_at=None, changed_at=now)
    )


def confirm(connection: Connection, token: str, secret: str, now: datetime) -> None:
    """Confirm the wish of a token that was sent to its address. A forged token does nothing."""
    row = preferences.c
    open_wish = (row.id == _signed("confirm", token, secret), row.wanted.is_(True), row.confirmed_at.is_(None))
    connection.execute(update(preferences).where(*open_wish).values(confirmed_at=now, changed_at=now))


def wishes(connection: Connection, secret: str) -> list[Wished]:
    """Every wish in force, the oldest first: those to confirm, and those that may be written to."""
    row = preferences.c
    found = connection.execute(select(preferences).where(row.wanted.is_(True)).order_by(row.created_at, row.id))
    return [
        Wished(
            line.contact, line.channel, line.topic, line.language, line.confirmed_at is not None,
            signed_token("stop" if line.confirmed_at else "confirm", line.id, secret),
        )
        for line in found
    ]  # fmt: skip


def token_hash(token: str) -> str:
    """What the table keeps of a token: a copy of the table stops nobody's messages."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_token(purpose: str, identity: str, secret: str) -> str:
    """The token of a link in a message: `confirm` or `stop`, for one wish."""
    return f"{identity}.{_signature(purpose, identity, secret)}"


def _signed(purpose: str, token: str, secret: str) -> str | None:
    """The wish that a token of `signed_token` is for, None when it is forged or of another purpose."""
    identity, _, given = token.partition(".")
    return identity if hmac.compare_digest(_signature(purpose, identity, secret).encode(), given.encode()) else None


def _signature(purpose: str, identity: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}:{identity}".encode(), hashlib.sha256).hexdigest()


def _contact_hash(contact: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"contact:{plain_contact(contact)}".encode(), hashlib.sha256).hexdigest()

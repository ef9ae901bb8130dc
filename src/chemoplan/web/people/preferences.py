"""What people want to hear from the center, and how: nothing, until they say so and confirm it; and never again once they stop it.

Whether an address is known shows nowhere: a page answers the same in both cases, and a stranger who types the address of somebody
else changes nothing that the owner confirmed. The application sends nothing by itself; whoever sends asks `listeners` and puts the
addresses of `confirm_token` and the owner's stop page into each message.
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
class Waiting:
    """A wish that waits for its confirmation: where to ask, in which language, and the token for the link."""

    contact: str
    channel: str
    topic: str
    language: str
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


def stop(connection: Connection, token: str, now: datetime) -> None:
    """End every wish of a token and forget the address. A token that nobody has does nothing."""
    connection.execute(
        update(preferences)
        .where(preferences.c.unsubscribe_hash == token_hash(token))
        .values(wanted=False, contact=None, confirmed_at=None, changed_at=now)
    )


def confirm(connection: Connection, token: str, secret: str, now: datetime) -> None:
    """Confirm the wish of a token that was sent to its address. A forged token does nothing."""
    identity, _, given = token.partition(".")
    if hmac.compare_digest(_confirm_signature(identity, secret).encode(), given.encode()):
        row = preferences.c
        open_wish = (row.id == identity, row.wanted.is_(True), row.confirmed_at.is_(None))
        connection.execute(update(preferences).where(*open_wish).values(confirmed_at=now, changed_at=now))


def waiting(connection: Connection, secret: str) -> list[Waiting]:
    """The wishes to ask a confirmation for, each with the token for its link."""
    row = preferences.c
    found = connection.execute(
        select(preferences).where(row.wanted.is_(True), row.confirmed_at.is_(None)).order_by(row.created_at)
    )
    return [
        Waiting(line.contact, line.channel, line.topic, line.language, confirm_token(line.id, secret)) for line in found
    ]


def listeners(connection: Connection, channel: str, topic: str) -> list[str]:
    """The addresses that want a topic by a channel and confirmed it: the only ones that may be written to."""
    row = preferences.c
    wanted = (row.channel == channel, row.topic == topic, row.wanted.is_(True), row.confirmed_at.is_not(None))
    return list(connection.execute(select(row.contact).where(*wanted).order_by(row.created_at)).scalars())


def token_hash(token: str) -> str:
    """What the table keeps of a token: a copy of the table stops nobody's messages."""
    return hashlib.sha256(token.encode()).hexdigest()


def confirm_token(identity: str, secret: str) -> str:
    """The token of the link that confirms one wish."""
    return f"{identity}.{_confirm_signature(identity, secret)}"


def _confirm_signature(identity: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"confirm:{identity}".encode(), hashlib.sha256).hexdigest()


def _contact_hash(contact: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"contact:{plain_contact(contact)}".encode(), hashlib.sha256).hexdigest()

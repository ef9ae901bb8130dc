"""Rate limits that every process of an installation shares: so many changing requests in a window, by visitor and by purpose."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, select, text, update

from chemoplan.web.store.tables import limits

LIMITS = {
    "change": (120, 60),  # requests, seconds: any form of one visitor
    "sign_in": (10, 300),
    "account": (20, 900),  # wrong passwords for one account, wherever they come from
    "code": (5, 900),
    "track": (20, 600),
    "send": (20, 600),
    "begin": (120, 600),  # appointments: each may hold a time that others want
    "upload": (30, 600),
    "megabytes": (300, 3600),  # of files, kept or not
}
"""How often, by purpose."""
GUESSES = frozenset({"sign_in", "code"})
"""Purposes of which only what was refused counts: a clinic behind one address signs in as often as it likes."""

_ADD = text(
    'INSERT INTO limits (key, "window", count) VALUES (:key, :window, :amount) '
    'ON CONFLICT (key, "window") DO UPDATE SET count = limits.count + :amount RETURNING count'
)


def exceeded(
    connection: Connection,
    purpose: str,
    visitor: str,
    now: datetime,
    secret: str,
    *,
    count: bool = True,
    amount: int = 1,
) -> int | None:
    """Count one request (or `amount` of what it brings); the seconds to wait when there were too many, else None.

    The visitor is kept as a keyed hash. Without `count` the request is only held against what was counted before.
    """
    allowed, seconds = LIMITS[purpose]
    window = int(now.timestamp()) // seconds
    key = _key(purpose, visitor, secret)
    if not count:
        wanted = select(limits.c.count).where(limits.c.key == key, limits.c.window == window)
        so_far = (connection.execute(wanted).scalar_one_or_none() or 0) + 1
    else:
        so_far = connection.execute(_ADD, {"key": key, "window": window, "amount": amount}).scalar_one()
        if so_far == amount:
            connection.execute(delete(limits).where(limits.c.key == key, limits.c.window < window))
    return None if so_far <= allowed else (window + 1) * seconds - int(now.timestamp())


def forgive(connection: Connection, purpose: str, visitor: str, now: datetime, secret: str) -> None:
    """Take back one request that `exceeded` counted."""
    key, window = _key(purpose, visitor, secret), int(now.timestamp()) // LIMITS[purpose][1]
    row = limits.c
    connection.execute(
        update(limits).where(row.key == key, row.window == window, row.count > 0).values(count=row.count - 1)
    )


def _key(purpose: str, visitor: str, secret: str) -> str:
    """The visitor as a keyed hash."""
    digest = hashlib.blake2s(f"{purpose}:{visitor}".encode(), key=secret.encode()[:32], digest_size=16).hexdigest()
    return f"{purpose}:{digest}"

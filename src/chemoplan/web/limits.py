"""Rate limits that every process of an installation shares: so many changing requests in a window, by visitor and by purpose."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, text

from chemoplan.web.tables import limits

LIMITS = {
    "change": (120, 60),  # requests, seconds: any form of one visitor
    "sign_in": (10, 300),
    "code": (5, 900),
    "track": (20, 600),
    "send": (20, 600),
    "upload": (30, 600),
}
"""How often, by purpose."""

_ADD = text(
    'INSERT INTO limits (key, "window", count) VALUES (:key, :window, 1) '
    'ON CONFLICT (key, "window") DO UPDATE SET count = limits.count + 1 RETURNING count'
)


def exceeded(connection: Connection, purpose: str, visitor: str, now: datetime, secret: str) -> int | None:
    """Count one request; the seconds to wait when it is one too many, else None. The visitor is kept as a keyed hash."""
    allowed, seconds = LIMITS[purpose]
    window = int(now.timestamp()) // seconds
    key = hashlib.blake2s(f"{purpose}:{visitor}".encode(), key=secret.encode()[:32], digest_size=16).hexdigest()
    count = connection.execute(_ADD, {"key": f"{purpose}:{key}", "window": window}).scalar_one()
    if count == 1:
        connection.execute(delete(limits).where(limits.c.key == f"{purpose}:{key}", limits.c.window < window))
    return None if count <= allowed else (window + 1) * seconds - int(now.timestamp())

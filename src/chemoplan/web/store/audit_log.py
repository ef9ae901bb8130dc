"""The audit log: who saw or changed what, appended only, each line carrying the hash of the one before.

A line that is changed, taken out or slipped in breaks the chain from there on; `verify` says where.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text

from chemoplan.web.store.tables import Moment, audit_log

START = "0" * 64
_LOCK = 729_315_001  # any number that no other program takes in this database
_MOMENT = Moment()


def append(
    connection: Connection,
    at: datetime,
    actor: str | None,
    role: str,
    action: str,
    kind: str,
    subject: str,
    detail: dict[str, Any],
) -> None:
    """Append one line inside the transaction of what it tells of: both are kept, or none. Call it last."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = connection.execute(
        select(audit_log.c.number, audit_log.c.hash).order_by(audit_log.c.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, START)
    row = {
        "number": number, "at": at, "actor": actor, "role": role, "action": action, "kind": kind, "subject": subject,
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False, separators=(",", ":")), "previous": previous,
    }  # fmt: skip
    connection.execute(insert(audit_log).values(**row, hash=_hash(row)))


def _hash(row: dict[str, Any]) -> str:
    """The hash of a line: every column but the hash itself, in a fixed form."""
    written = {**row, "at": _MOMENT.process_bind_param(row["at"], None)}  # type: ignore[arg-type]
    form = json.dumps([written[name] for name in _FORM], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(form.encode()).hexdigest()


_FORM = ("number", "at", "actor", "role", "action", "kind", "subject", "detail", "previous")


def verify(connection: Connection) -> tuple[int, str | None]:
    """How many lines the chain holds, and what breaks it first (None when it is whole)."""
    previous, number = START, 0
    lines = (
        select(audit_log).order_by(audit_log.c.number).execution_options(yield_per=1000)
    )  # never all of it in memory
    for row in connection.execute(lines).mappings():
        number += 1
        if row["number"] != number:
            return number - 1, f"line {number} is missing (the next one is {row['number']})"
        if row["previous"] != previous:
            return number - 1, f"line {number} does not follow line {number - 1}"
        if _hash(dict(row)) != row["hash"]:
            return number - 1, f"line {number} was changed"
        previous = row["hash"]
    return number, None

"""Lines of the inbox: the one place that writes a new one. What is done with them afterwards lies in `inbox/triage.py`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from chemoplan.web.store.tables import inbox, new_id


def tell(
    connection: Connection,
    kind: str,
    subject: str,
    now: datetime,
    *,
    urgency: str = "routine",
    case_id: str | None = None,
) -> str:
    """Put a line into the inbox; its id. `subject` is what the kind counts by: of a question it is the account of who asks."""
    identity = new_id()
    connection.execute(
        insert(inbox).values(
            id=identity, kind=kind, subject_id=subject, case_id=case_id, urgency=urgency, status="new", created_at=now,
            changed_at=now,
        )
    )  # fmt: skip
    return identity

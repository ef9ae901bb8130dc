"""Times for a visit that somebody took: how one is held, booked and given back.

The rules say which times exist (`center/offer.py`); the table holds those that somebody took. A row is the hour of one doctor,
whatever the service and the place, so that no doctor is booked twice. Taking it is one conditional UPDATE: of any number of people
one gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chemoplan.web.center.offer import Plan, Service, Slot, offered
from chemoplan.web.store.tables import slots


def free(
    connection: Connection,
    plan: Plan,
    service: Service,
    location: str,
    now: datetime,
    *,
    token: str = "",
    referred: bool = False,
) -> list[Slot]:
    """The times that can be had now; those held under `token` count as free. None without the referral a service needs."""
    if service.needs_referral and not referred:
        return []
    found = list(offered(plan, service, location, now))
    gone = taken(connection, found, now, token=token)
    return [slot for slot in found if slot.row not in gone]


def taken(connection: Connection, wanted: Sequence[Slot], now: datetime, *, token: str = "") -> dict[str, str]:
    """The rows of those times that are not free, with their status."""
    if not wanted:
        return {}
    found = connection.execute(
        select(slots.c.id, slots.c.status).where(
            slots.c.starts_at.between(min(slot.start for slot in wanted), max(slot.start for slot in wanted)),
            ~_available(now, token),
        )
    )
    return {row.id: row.status for row in found}


def hold(
    connection: Connection, plan: Plan, slot: Slot, token: str, now: datetime, *, referred: bool = False
) -> datetime | None:
    """Keep a time for whoever has the token; until when, or None when somebody else has it. A token holds one time."""
    service = plan.service(slot.service)
    if service is None or (service.needs_referral and not referred) or slot.start < now:
        return None
    _note(connection, slot)
    until = now + plan.hold
    got = connection.execute(
        update(slots)
        .where(slots.c.id == slot.row, _available(now, token))
        .values(status="held", hold_token=token, held_until=until, service=slot.service, location=slot.location)
    ).rowcount
    if not got:
        return None
    release(connection, token, but=slot.row)
    return until


def book(connection: Connection, slot: Slot, token: str) -> str | None:
    """Turn a hold into a booking; the id of the row, or None when the hold is gone.

    A hold that ran out and that nobody took since is still good: refusing it would help nobody.
    """
    got = connection.execute(
        update(slots)
        .where(
            slots.c.id == slot.row, slots.c.status == "held", slots.c.hold_token == token,
            slots.c.service == slot.service, slots.c.location == slot.location,
        )
        .values(status="booked", hold_token=None, held_until=None)
    ).rowcount  # fmt: skip
    return slot.row if got else None


def release(connection: Connection, token: str, *, but: str = "") -> None:
    """Give back what a token holds, except one row."""
    connection.execute(
        update(slots)
        .where(slots.c.hold_token == token, slots.c.status == "held", slots.c.id != but)
        .values(status="free", hold_token=None, held_until=None)
    )


def cancel(connection: Connection, row: str) -> bool:
    """Make a booked time free again; whether it was booked."""
    return bool(
        connection.execute(
            update(slots).where(slots.c.id == row, slots.c.status == "booked").values(status="free")
        ).rowcount
    )


def _available(now: datetime, token: str) -> Any:
    lapsed = or_(slots.c.held_until < now, slots.c.hold_token == token)
    return or_(slots.c.status == "free", and_(slots.c.status == "held", lapsed))


def _note(connection: Connection, slot: Slot) -> None:
    """A row for the time, unless there is one."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        insert(slots)
        .values(
            id=slot.row, location=slot.location, doctor=slot.doctor or None, service=slot.service,
            starts_at=slot.start.astimezone(UTC), ends_at=slot.end.astimezone(UTC), status="free",
        )
        .on_conflict_do_nothing()
    )  # fmt: skip

"""Two invented people: one with a visit, one who waits for a call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chemoplan.web.booking import appointments, slots
from chemoplan.web.center import offer
from chemoplan.web.center.center import Center
from chemoplan.web.store.database import Database

BOOKED = {
    "who": "me", "reason": "opinion", "name": "Kim Invented", "born": "02/03/1961", "phone": "800-555-0123", "email": "",
    "best": "call", "helper": "", "language": "en", "other_language": "", "interpreter": "no",
}  # fmt: skip
WAITING = {
    "who": "other", "reason": "diagnosis", "name": "Luz Inventada", "born": "11/08/1954", "phone": "800-555-0124",
    "email": "luz@example.example", "best": "email", "helper": "Sol Inventada", "language": "es", "other_language": "",
    "interpreter": "yes",
}  # fmt: skip


def fill(database: Database, center: Center, people: dict[str, str], now: datetime) -> None:
    """Make both, the visit at the first free time of the first service that needs no referral."""
    plan = offer.read_plan(center)
    service = next((service for service in plan.services if not service.needs_referral), None)
    if service is None:
        return
    kind: dict[str, Any] = {"visit": f"{service.id}.{service.locations[0]}"}
    with database.write() as connection:
        free = slots.free(connection, plan, service, service.locations[0], now)
        if free and slots.hold(connection, plan, free[0], "demonstration", now):
            row = slots.book(connection, free[0], "demonstration")
            answers = {**BOOKED, **kind}
            appointments.make(connection, answers, row, now, "en", account=people.get("second patient"))
        appointments.make(connection, {**WAITING, **kind}, None, now, "es")

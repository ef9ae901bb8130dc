"""Times for a visit: which ones a center's rules offer, which are taken, and how one is held, booked and given back.

The rules say which times exist; the table holds those that somebody took. A row is the hour of one doctor, whatever the service and
the place, so that no doctor is booked twice. Taking it is one conditional UPDATE: of any number of people one gets it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from chemoplan.web.center import Center
from chemoplan.web.hours import HoursRefused, Rules, moment_of, openings, read_rules
from chemoplan.web.tables import slots

FORM = "%Y%m%dT%H%MZ"
NOTICE_HOURS = 24
"""Hours before a visit after which it can no longer be made here, where the center does not say."""


class SlotsRefused(ValueError):
    """The rules of the times are not written as expected; the message says where and what would be right."""


@dataclass(frozen=True)
class Service:
    """One kind of visit: where it is offered, by whom, and whether a referral must be there first."""

    id: str
    name: Any
    needs_referral: bool
    locations: tuple[str, ...]
    doctors: Mapping[str, tuple[str, ...]]
    """By place: those of the service who work there. One empty name where the center names nobody."""


@dataclass(frozen=True)
class Slot:
    """One time for one service at one place. `doctor` is empty where the center names none."""

    service: str
    location: str
    doctor: str
    start: datetime
    end: datetime

    @property
    def id(self) -> str:
        """The public id, in the signs that FHIR allows."""
        return ".".join((self.service, self.location, self.doctor or "-", self.start.strftime(FORM)))

    @property
    def row(self) -> str:
        """The id of its row: the same for every service and place that would take the same doctor's hour."""
        who = self.doctor or f"{self.service} {self.location}"
        return hashlib.sha256(f"{who} {self.start.strftime(FORM)}".encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Plan:
    """The rules of a center's times, read and checked."""

    minutes: int
    days_ahead: int
    hold: timedelta
    notice: timedelta
    times: tuple[int, ...]
    services: tuple[Service, ...]
    rules: Mapping[str, Rules]

    def service(self, identity: str) -> Service | None:
        """A service by id."""
        return next((service for service in self.services if service.id == identity), None)


def read_plan(center: Center) -> Plan:
    """The rules as the center's file writes them. Raises SlotsRefused and HoursRefused."""
    given = center.data["slots"]
    places = [str(place["id"]) for place in center.locations]
    doctors = {str(doctor["id"]): tuple(map(str, doctor.get("locations", ()))) for doctor in center.doctors}
    minutes = _whole(given, "minutes", 60)
    times = sorted(_clock(text) for text in given.get("times", ()))
    for first, second in itertools.pairwise(times):
        if second - first < minutes:
            raise SlotsRefused(
                f"slots.times: two times are closer than {minutes} minutes; expected them at least that far apart"
            )
    services = [
        _service(row, f"slots.services, entry {number}", places, doctors)
        for number, row in enumerate(given.get("services", ()), start=1)
    ]
    return Plan(
        minutes,
        _whole(given, "days_ahead", 28),
        timedelta(minutes=_whole(given, "hold_minutes", 10)),
        timedelta(hours=_whole(given, "notice_hours", NOTICE_HOURS)),
        tuple(times),
        tuple(services),
        {
            str(place["id"]): read_rules(
                center.time_zone, place.get("hours") or center.data["hours"], center.data["holidays"]
            )
            for place in center.locations
        },
    )


def _service(
    row: Mapping[str, Any], where: str, places: Sequence[str], doctors: Mapping[str, Sequence[str]]
) -> Service:
    identity, here, people = str(row.get("id", "")), tuple(row.get("locations", ())), tuple(row.get("doctors", ()))
    if not identity.replace("-", "").isalnum() or not identity.isascii():
        raise SlotsRefused(f"{where}: id is {identity!r}; expected letters, digits and hyphens")
    for key, names, known in (("locations", here, places), ("doctors", people, tuple(doctors))):
        if unknown := [name for name in names if name not in known]:
            raise SlotsRefused(f"{where}: {key} has {unknown[0]!r}; expected some of {', '.join(known)}")
    by_place = {place: tuple(name for name in people if place in doctors[name]) if people else ("",) for place in here}
    if empty := [place for place, names in by_place.items() if not names]:
        raise SlotsRefused(f"{where}: none of its doctors works at {empty[0]!r}; expected one whose locations have it")
    return Service(identity, row.get("name", ""), bool(row.get("needs_referral", False)), here, by_place)


def _whole(given: Mapping[str, Any], key: str, otherwise: int) -> int:
    value = given.get(key, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SlotsRefused(f"slots.{key} is {value!r}; expected a whole number")
    return value


def _clock(text: Any) -> int:
    try:
        hour, minute = (int(part) for part in str(text).split(":"))
    except ValueError:
        hour, minute = -1, 0
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise SlotsRefused(f'slots.times: {text!r}; expected times in quotes such as "09:00"')
    return hour * 60 + minute


def offered(
    plan: Plan, service: Service, location: str, now: datetime, notice: timedelta | None = None
) -> Iterator[Slot]:
    """Every time that the rules offer, taken or not, in order: whole within the opening hours, not sooner than the notice."""
    if location not in service.locations:
        return
    rules = plan.rules[location]
    soonest, last = now + (plan.notice if notice is None else notice), now + timedelta(days=plan.days_ahead)
    today = now.astimezone(rules.zone).date()
    spans = openings(rules, now, last + timedelta(days=1))
    for number in range(plan.days_ahead + 1):
        for clock in plan.times:
            start = moment_of(rules.zone, today + timedelta(days=number), clock)
            end = start + timedelta(minutes=plan.minutes)
            if soonest <= start <= last and any(opens <= start and end <= closes for opens, closes in spans):
                for doctor in service.doctors[location]:
                    yield Slot(service.id, location, doctor, start, end)


def find(plan: Plan, identity: str, now: datetime) -> Slot | None:
    """The time of a public id, if it is still to come. The notice no longer counts: a time may be chosen before it and kept after."""
    parts = identity.split(".")
    service = plan.service(parts[0]) if len(parts) == 4 else None
    if service is None:
        return None
    return next((slot for slot in offered(plan, service, parts[1], now, timedelta()) if slot.id == identity), None)


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


def held_until(connection: Connection, slot: Slot, token: str, now: datetime) -> datetime | None:
    """Until when a token holds a time; None when it does not."""
    return connection.execute(
        select(slots.c.held_until).where(
            slots.c.id == slot.row, slots.c.status == "held", slots.c.hold_token == token, slots.c.held_until >= now
        )
    ).scalar_one_or_none()


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


__all__ = [
    "HoursRefused", "Plan", "Service", "Slot", "SlotsRefused", "book", "cancel", "find", "free", "held_until", "hold", "offered",
    "read_plan", "release", "taken",
]  # fmt: skip

"""The times for a visit that a center's rules offer, whoever took them: the rules as the center's file writes them, read and checked."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chemoplan.web.center.center import Center
from chemoplan.web.center.hours import Rules, moment_of, openings, read_rules

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

"""The picker of a time: free times by day, a few days a page, as plain radio buttons and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from chemoplan.web.center.center import Center
from chemoplan.web.center.hours import clock_words, day_words
from chemoplan.web.center.offer import Plan, Slot

DAYS_SHOWN = 5


@dataclass(frozen=True)
class Day:
    """One day of the picker: its words, and for each time the id of the slot, its words and the doctor."""

    date: date
    words: str
    times: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Picker:
    """The days shown, and the first day of the pages before and after (None at the ends)."""

    days: Sequence[Day]
    earlier: date | None
    later: date | None


def picker(
    center: Center, plan: Plan, free: Sequence[Slot], language: str, start: str = "", chosen: str = ""
) -> Picker:
    """The page of the picker that begins with a day (`start`, as 2026-12-01), or else holds the chosen time, or else the first."""
    days = [
        Day(
            day,
            day_words(day, language),
            [(slot.id, clock_words(local(plan, slot), language), doctor_of(center, slot)) for slot in found],
        )
        for day, found in groupby(free, key=lambda slot: local(plan, slot).date())
    ]
    first = (
        next((number for number, day in enumerate(days) if day.date.isoformat() >= start), 0)
        if start
        else next(
            (number for number, day in enumerate(days) if any(chosen == identity for identity, _, _ in day.times)), 0
        )
    )
    first -= first % DAYS_SHOWN
    return Picker(
        days[first : first + DAYS_SHOWN],
        days[first - DAYS_SHOWN].date if first else None,
        days[first + DAYS_SHOWN].date if first + DAYS_SHOWN < len(days) else None,
    )


def local(plan: Plan, slot: Slot) -> Any:
    """The start of a time on the wall clock of its place."""
    return slot.start.astimezone(plan.rules[slot.location].zone)


def doctor_of(center: Center, slot: Slot) -> str:
    """The name of the doctor of a time, or nothing."""
    return next((str(doctor["name"]) for doctor in center.doctors if doctor["id"] == slot.doctor), "")


def slot_words(center: Center, plan: Plan, slot: Slot, language: str) -> dict[str, str]:
    """A time in words: day, time, zone, doctor, service, place, address, phone."""
    start, place, service = local(plan, slot), center.location(slot.location) or {}, plan.service(slot.service)
    return {
        "day": day_words(start.date(), language),
        "time": clock_words(start, language),
        "zone": center.words(center.data.get("time_zone_name", center.time_zone), language),
        "doctor": doctor_of(center, slot),
        "service": center.words(service.name, language) if service else "",
        "place": center.words(place.get("name", ""), language),
        "address": ", ".join(map(str, place.get("address", ()))),
        "phone": str(place.get("phone", center.phone)),
    }

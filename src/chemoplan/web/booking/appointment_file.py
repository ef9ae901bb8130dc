"""A visit as a calendar file (RFC 5545). It tells when, where and whom to call, and nothing about why somebody comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from chemoplan.report.calendar import escaped, folded
from chemoplan.web.center.center import Center
from chemoplan.web.center.offer import Slot

MEDIA_TYPE = "text/calendar; charset=utf-8"


def appointment_calendar(
    center: Center, slot: Slot, reference: str, changed_at: datetime, language: str, t: Callable[..., str]
) -> str:
    """The calendar of one visit, with CRLF at the end of every line. `t` gives the words of a key in the language."""
    place = center.location(slot.location) or {}
    where = [center.name, center.words(place.get("name", ""), language), *map(str, place.get("address", ()))]
    phone = str(place.get("phone", center.phone))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//chemoplan//appointment//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{sha256(reference.encode()).hexdigest()[:32]}@chemoplan.example",
        f"DTSTAMP:{_moment(changed_at)}",
        f"SEQUENCE:{int(changed_at.timestamp())}",  # grows with each change: a calendar takes the later file
        f"DTSTART:{_moment(slot.start)}",
        f"DTEND:{_moment(slot.end)}",
        f"SUMMARY:{escaped(t('appointment.file.title', center=center.name))}",
        f"LOCATION:{escaped(', '.join(part for part in where if part))}",
        f"DESCRIPTION:{escaped(t('appointment.file.text', phone=phone, code=reference))}",
        "STATUS:CONFIRMED",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-P1D",
        f"DESCRIPTION:{escaped(t('appointment.file.title', center=center.name))}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

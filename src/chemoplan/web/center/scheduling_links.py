"""A center's times as SMART Scheduling Links: a manifest, and the places, schedules and times as FHIR R4 in lines of JSON.

Written after the specification at github.com/HL7/smart-scheduling-links and the earlier one at
github.com/smart-on-fhir/smart-scheduling-links; clients of both find their extensions. Services that need a referral are not
published: their times are not free to whoever reads this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from chemoplan.web.center.center import Center, CenterRefused
from chemoplan.web.center.offer import Plan, Service, Slot

SECONDS = 60
"""How long an answer may be kept; also the step of the time of publication."""
KINDS = ("Location", "Schedule", "Slot")
EXTENSIONS = (
    "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/",
    "http://fhir-registry.smarthealthit.org/StructureDefinition/",
)
CITY_LINE = re.compile(r"(?P<city>.+), (?P<state>[A-Z]{2}) (?P<postal_code>\d{5}(-\d{4})?)")
STATUS = {"held": "busy-tentative", "booked": "busy", "closed": "busy-unavailable"}

Resource = dict[str, Any]


def manifest(center: Center, request: str, files: Mapping[str, str], now: datetime) -> Resource:
    """The manifest: `request` is its own full address, `files` those of the lines of each kind."""
    states = sorted({place["address"]["state"] for place in locations(center)})
    at = now - timedelta(seconds=now.timestamp() % SECONDS)
    return {
        "transactionTime": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "request": request,
        "output": [{"type": kind, "url": files[kind], "extension": {"state": states}} for kind in KINDS],
        "error": [],
    }


def locations(center: Center) -> list[Resource]:
    """The places of a center. Raises CenterRefused where an address cannot be told apart."""
    return [
        {
            "resourceType": "Location",
            "id": str(place["id"]),
            "status": "active",
            "name": f"{center.name}, {center.words(place['name'], 'en')}",
            "telecom": [{"system": "phone", "value": str(place.get("phone", center.phone)), "use": "work"}],
            "address": _address(place),
        }
        for place in center.locations
    ]


def _address(place: Mapping[str, Any]) -> Resource:
    *lines, last = [str(line) for line in place["address"]]
    found = CITY_LINE.fullmatch(last)
    if found is None or not lines:
        raise CenterRefused(
            f"center.yaml: address of location {place['id']!r} ends in {last!r}; "
            'expected the street, then a line such as "Springfield, NY 00000"'
        )
    return {
        "line": lines,
        "city": found["city"],
        "state": found["state"],
        "postalCode": found["postal_code"],
        "country": "US",
    }


def open_services(plan: Plan) -> Iterator[Service]:
    """The services whose times anybody may book."""
    return (service for service in plan.services if not service.needs_referral)


def schedules(center: Center, plan: Plan, address: str) -> list[Resource]:
    """One schedule for each service, place and doctor."""
    names = {str(doctor["id"]): str(doctor["name"]) for doctor in center.doctors}
    places = {str(place["id"]): center.words(place["name"], "en") for place in center.locations}
    found = []
    for service in open_services(plan):
        title = center.words(service.name, "en")
        coding = {"system": f"{address}/fhir/CodeSystem/visits", "code": service.id, "display": title}
        for place in service.locations:
            for doctor in service.doctors[place]:
                found.append(
                    {
                        "resourceType": "Schedule",
                        "id": _schedule_id(service.id, place, doctor),
                        "active": True,
                        "serviceType": [{"coding": [coding], "text": title}],
                        "actor": [{"reference": f"Location/{place}", "display": f"{center.name}, {places[place]}"}],
                        **({"comment": f"With {names[doctor]}"} if doctor else {}),
                    }
                )
    return found


def slot_lines(
    center: Center, plan: Plan, found: Iterable[Slot], taken: Mapping[str, str], address: str
) -> Iterator[Resource]:
    """Every time, free or not; the free ones say where to book. `taken` gives the status of the rows that are not free."""
    for slot in found:
        zone = plan.rules[slot.location].zone
        status = STATUS.get(taken.get(slot.row, ""), "free")
        resource: Resource = {
            "resourceType": "Slot",
            "id": slot.id,
            "schedule": {"reference": f"Schedule/{_schedule_id(slot.service, slot.location, slot.doctor)}"},
            "status": status,
            "start": slot.start.astimezone(zone).isoformat(timespec="seconds"),
            "end": slot.end.astimezone(zone).isoformat(timespec="seconds"),
        }
        if status == "free":
            link = f"{address}/appointment?slot={slot.id}"
            resource["extension"] = [
                extension
                for base in EXTENSIONS
                for extension in (
                    {"url": f"{base}booking-deep-link", "valueUrl": link},
                    {"url": f"{base}booking-phone", "valueString": center.phone},
                )
            ]
        yield resource


def lines(resources: Iterable[Resource]) -> str:
    """Resources as lines of JSON."""
    return "".join(json.dumps(resource, ensure_ascii=False, separators=(",", ":")) + "\n" for resource in resources)


def _schedule_id(service: str, place: str, doctor: str) -> str:
    return ".".join((service, place, doctor or "-"))

"""The published times against the shape that the SMART Scheduling Links specification gives them, told here in our own words.

Read for this: the specification and the profiles of github.com/HL7/smart-scheduling-links, and FHIR R4 for ids and instants.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import update
from starlette.testclient import TestClient

from chemoplan.web.center.center import CenterRefused
from chemoplan.web.center.file import load_center
from chemoplan.web.center.scheduling_links import locations
from chemoplan.web.store.tables import slots
from tests.web.visitors import Site, empty_site, post, token

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)

TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": r"^https?://[^ ]+$"}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
IDENTITY = {"type": "string", "pattern": r"^[A-Za-z0-9.-]{1,64}$"}
CODING = {
    "type": "object", "required": ["system", "code", "display"], "properties": {"system": URL, "code": TEXT, "display": TEXT},
}  # fmt: skip


def shape(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The schema of an object: its required keys, and no others but those."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **more},
        "additionalProperties": False,
    }


def list_of(item: dict[str, Any], least: int = 1) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "items": item}


def reference(kind: str) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^{kind}/[A-Za-z0-9.-]{{1,64}}$"}


def extension(name: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
    return shape({"url": {"type": "string", "pattern": f"^https?://.+/StructureDefinition/{name}$"}, key: value})


MANIFEST = shape(
    {
        "transactionTime": INSTANT,
        "request": {"type": "string", "pattern": r"^https?://.+\$bulk-publish$"},
        "output": list_of(
            shape(
                {"type": {"enum": ["Location", "Schedule", "Slot"]}, "url": URL},
                extension=shape({"state": list_of({"type": "string", "pattern": "^[A-Z]{2}$"})}),
            ),
            3,
        ),
        "error": {"type": "array", "maxItems": 0},
    }
)
SHAPES = {
    "Location": shape(
        {
            "resourceType": {"const": "Location"}, "id": IDENTITY, "name": TEXT,
            "telecom": list_of(shape({"system": {"const": "phone"}, "value": TEXT}, use={"const": "work"})),
            "address": shape(
                {
                    "line": list_of(TEXT), "city": TEXT, "state": {"type": "string", "pattern": "^[A-Z]{2}$"},
                    "postalCode": {"type": "string", "pattern": r"^\d{5}(-\d{4})?$"},
                },
                country={"const": "US"},
            ),
        },
        status={"const": "active"},
    ),
    "Schedule": shape(
        {
            "resourceType": {"const": "Schedule"}, "id": IDENTITY,
            "actor": list_of(shape({"reference": reference("Location")}, display=TEXT)),
            "serviceType": list_of(shape({"coding": list_of(CODING)}, text=TEXT)),
        },
        active={"const": True}, comment=TEXT,
    ),
    "Slot": shape(
        {
            "resourceType": {"const": "Slot"}, "id": IDENTITY, "schedule": shape({"reference": reference("Schedule")}),
            "status": {"enum": ["free", "busy", "busy-tentative", "busy-unavailable"]}, "start": INSTANT, "end": INSTANT,
        },
        extension=list_of({"oneOf": [extension("booking-deep-link", "valueUrl", URL), extension("booking-phone", "valueString", TEXT)]}),
    ),
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path, now=NOW, address="https://example-cancer.example")


def manifest(site: Site) -> dict[str, Any]:
    return dict(site.visitor().get("/fhir/$bulk-publish").json())


def published(site: Site) -> dict[str, list[dict[str, Any]]]:
    """Every resource that the manifest leads to."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in manifest(site)["output"]:
        text = site.visitor().get(entry["url"].removeprefix("https://example-cancer.example")).text
        assert text.endswith("\n")
        found.setdefault(entry["type"], []).extend(json.loads(line) for line in text.splitlines())
    return found


def test_the_manifest_and_every_line_have_the_published_shape(site: Site) -> None:
    Draft202012Validator(MANIFEST).validate(manifest(site))
    for kind, resources in published(site).items():
        check = Draft202012Validator(SHAPES[kind])
        assert resources
        for resource in resources:
            check.validate(resource)


def test_the_schemas_refuse_what_is_not_of_that_shape(site: Site) -> None:
    for kind, resources in published(site).items():
        for key in SHAPES[kind]["required"]:
            broken = {name: value for name, value in resources[0].items() if name != key}
            assert not Draft202012Validator(SHAPES[kind]).is_valid(broken)
        assert not Draft202012Validator(SHAPES[kind]).is_valid({**resources[0], "id": "with a blank"})


def test_references_lead_to_resources_and_ids_are_there_once(site: Site) -> None:
    found = published(site)
    for kind, resources in found.items():
        ids = [resource["id"] for resource in resources]
        assert len(ids) == len(set(ids)), kind
    places = {f"Location/{place['id']}" for place in found["Location"]}
    schedules = {f"Schedule/{schedule['id']}" for schedule in found["Schedule"]}
    assert {actor["reference"] for schedule in found["Schedule"] for actor in schedule["actor"]} <= places
    assert {slot["schedule"]["reference"] for slot in found["Slot"]} == schedules


def test_times_carry_the_offset_of_the_place(site: Site) -> None:
    first = published(site)["Slot"][0]
    assert (first["start"], first["end"]) == ("2026-11-24T09:00:00-05:00", "2026-11-24T10:00:00-05:00")


def test_a_service_that_needs_a_referral_is_not_published(site: Site) -> None:
    assert "liver-pump" not in json.dumps(published(site))


def browser(site: Site) -> TestClient:
    """A visitor who comes over TLS, as cookies need it here."""
    return TestClient(site.app, base_url="https://example-cancer.example", follow_redirects=False)


def status_of(site: Site, slot: dict[str, Any]) -> str:
    return next(str(found["status"]) for found in published(site)["Slot"] if found["id"] == slot["id"])


def test_the_link_of_a_free_time_leads_to_booking_it_and_the_feed_follows(site: Site) -> None:
    slot = published(site)["Slot"][7]
    links = {part["valueUrl"] for part in slot["extension"] if "valueUrl" in part}
    assert len(links) == 1
    visitor = browser(site)
    page = visitor.get(links.pop().removeprefix("https://example-cancer.example")).text
    assert "You picked this time" in page
    visitor.post("/appointment", data={"csrf_token": token(page), "slot": slot["id"]})
    assert status_of(site, slot) == "busy-tentative"
    site.clock[0] = NOW + timedelta(minutes=11)
    assert status_of(site, slot) == "free"
    for status, shown in (("booked", "busy"), ("closed", "busy-unavailable")):
        with site.database.write() as connection:
            connection.execute(update(slots).values(status=status))
        assert status_of(site, slot) == shown
        assert "extension" not in next(found for found in published(site)["Slot"] if found["id"] == slot["id"])


def test_a_doctor_who_is_booked_is_busy_for_every_service_and_place(site: Site) -> None:
    visitor = browser(site)
    slot = next(found for found in published(site)["Slot"] if found["id"].startswith("consult.riverside.rivera"))
    post(visitor, "/appointment", slot=slot["id"])
    busy = {
        found["id"].split(".")[0] + "." + found["id"].split(".")[1]
        for found in published(site)["Slot"]
        if found["status"] != "free"
    }
    assert busy == {"consult.main", "consult.riverside", "second-opinion.main"}


@pytest.mark.parametrize("kind", ["Location", "Schedule", "Slot"])
def test_an_answer_may_be_kept_for_a_while_and_is_not_sent_twice(site: Site, kind: str) -> None:
    visitor = site.visitor()
    first = visitor.get(f"/fhir/{kind}.ndjson", headers={"accept": "application/fhir+ndjson"})
    assert first.headers["content-type"].startswith("application/fhir+ndjson")
    assert first.headers["cache-control"] == "public, max-age=60"
    again = visitor.get(f"/fhir/{kind}.ndjson", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    assert visitor.get(f"/fhir/{kind}.ndjson", headers={"if-none-match": 'W/"other"'}).status_code == 200


def test_the_manifest_is_json_with_the_address_from_outside_and_sets_no_cookie(site: Site) -> None:
    answer = site.visitor().get("/fhir/$bulk-publish")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "public, max-age=60" and "etag" in answer.headers
    assert "set-cookie" not in answer.headers
    assert answer.json()["request"] == "https://example-cancer.example/fhir/$bulk-publish"


def test_other_kinds_are_not_there(site: Site) -> None:
    assert site.visitor().get("/fhir/Patient.ndjson").status_code == 404


def test_an_address_that_cannot_be_told_apart_is_refused_with_the_place() -> None:
    example = load_center()
    places = [{**example.locations[0], "address": ["100 Example Avenue", "somewhere"]}]
    with pytest.raises(CenterRefused, match="address of location 'main' ends in 'somewhere'"):
        locations(dataclasses.replace(example, data={**example.data, "locations": places}))

"""The center's times for other programs: SMART Scheduling Links. Open to everybody, read only, nothing about a person in them."""

from __future__ import annotations

import json
from hashlib import sha256

from starlette.responses import Response

from chemoplan.web.access import PUBLIC, page
from chemoplan.web.booking.slots import taken
from chemoplan.web.center import scheduling_links as links
from chemoplan.web.center.offer import offered, read_plan
from chemoplan.web.visit import Visit

LINES = "application/fhir+ndjson"


@page("/fhir/$bulk-publish", name="bulk-publish", who=PUBLIC, languages=("en",))
def bulk_publish(visit: Visit) -> Response:
    """The manifest: which files there are."""
    base = _address(visit)
    files = {kind: base + visit.url("fhir-lines", kind=kind) for kind in links.KINDS}
    data = links.manifest(visit.center, base + visit.url("bulk-publish"), files, visit.now)
    return _kept_for_a_while(visit, json.dumps(data, indent=2), "application/json")


@page("/fhir/{kind}.ndjson", name="fhir-lines", who=PUBLIC, languages=("en",))
def lines(visit: Visit) -> Response:
    """One file: a resource a line."""
    kind, plan, base = visit.path_params["kind"], read_plan(visit.center), _address(visit)
    if kind == "Location":
        found = links.lines(links.locations(visit.center))
    elif kind == "Schedule":
        found = links.lines(links.schedules(visit.center, plan, base))
    elif kind == "Slot":
        times = [
            slot
            for service in links.open_services(plan)
            for place in service.locations
            for slot in offered(plan, service, place, visit.now)
        ]
        with visit.db.read() as connection:
            gone = taken(connection, times, visit.now)
        found = links.lines(links.slot_lines(visit.center, plan, times, gone, base))
    else:
        return visit.not_found()
    return _kept_for_a_while(visit, found, LINES)


def _address(visit: Visit) -> str:
    """How the application is reached from outside, without a slash at the end."""
    return (visit.building.settings.address or str(visit.request.base_url)).rstrip("/")


def _kept_for_a_while(visit: Visit, content: str, media_type: str) -> Response:
    """An answer that may be kept, and that is not sent again to whoever has it."""
    tag = f'W/"{sha256(content.encode()).hexdigest()[:32]}"'
    headers = {
        "cache-control": f"public, max-age={links.SECONDS}", "etag": tag, "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }  # fmt: skip
    known = [part.strip() for part in visit.request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)

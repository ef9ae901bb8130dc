"""How somebody makes an appointment in tests: through the real pages, step by step."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.testclient import TestClient

from chemoplan.web.store.tables import slots
from tests.web.visitors import Site, post

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
BORN = "02/03/1961"
PERSON = {"name": "Kim Invented", "born": BORN}
CONTACT = {"phone": "800-555-0123", "best": "call", "language": "en", "interpreter": "no"}
ANSWERS: dict[str, dict[str, str]] = {
    "who": {"who": "me"},
    "reason": {"reason": "opinion"},
    "visit": {"visit": "consult.main"},
    "time": {},
    "person": PERSON,
    "contact": CONTACT,
}


def begin(site: Site, base: str = "") -> TestClient:
    visitor = site.visitor()
    assert post(visitor, f"{base}/appointment").headers["location"] == f"{base}/appointment/who"
    return visitor


def times_on(page: str) -> list[str]:
    return re.findall(r'<input type="radio" name="slot"[^>]* value="([^"]+\.[^"]+)"', page)


def answer(visitor: TestClient, *steps: str, slot: str = "", base: str = "", **more: str) -> str:
    """Answer steps; where the last one leads."""
    location = ""
    for step in steps:
        fields = {**ANSWERS[step], **{key: value for key, value in more.items() if key in ANSWERS[step] or step in key}}
        if step == "time":
            fields = {"slot": slot or times_on(visitor.get(f"{base}/appointment/time").text)[0]}
        sent = post(visitor, f"{base}/appointment/{step}", **fields)
        assert sent.status_code == 303, sent.text
        location = sent.headers["location"]
    return location


def made(site: Site, visitor: TestClient | None = None, **more: str) -> tuple[TestClient, str]:
    """A whole appointment and its code."""
    visitor = visitor or begin(site)
    answer(visitor, *ANSWERS, **more)
    assert post(visitor, "/appointment/check").headers["location"] == "/appointment/done"
    found = re.search(r'class="reference">([A-Z0-9-]+)<', visitor.get("/appointment/done").text)
    assert found
    return visitor, found[1]


def rows(site: Site, table: Any) -> list[Any]:
    with site.database.read() as connection:
        return list(connection.execute(select(table)))


def taken(site: Site) -> list[tuple[str, str]]:
    return [(row.service, row.status) for row in rows(site, slots) if row.status != "free"]

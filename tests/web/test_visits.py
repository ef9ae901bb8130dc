"""A patient's own visits: which are shown, and the file for the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from chemoplan.web.booking import appointments, slots
from chemoplan.web.booking.appointments import Kept
from chemoplan.web.center import offer
from chemoplan.web.center.file import load_center
from chemoplan.web.store.tables import slots as slot_rows
from tests.web.visitors import Site, empty_site

NOW = datetime.now(UTC)
ANSWERS = {"name": "Pat Example", "born": "1960-01-02", "visit": "consult.main"}


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def booked(site: Site, account: str | None, place: int = 0) -> Kept:
    plan = offer.read_plan(load_center())
    with site.database.write() as connection:
        slot = slots.free(connection, plan, plan.services[0], "main", NOW)[place]
        slots.hold(connection, plan, slot, f"token {place}", NOW)
        row = slots.book(connection, slot, f"token {place}")
        return appointments.make(connection, {**ANSWERS, "slot": slot.id}, row, NOW, "en", account=account)


def test_a_patient_sees_own_visits_alone(site: Site) -> None:
    mine, other = booked(site, site.people["patient"]), booked(site, None, 1)
    patient = site.signed_in("patient")
    page = patient.get("/my/visits").text
    assert mine.reference in page
    assert other.reference not in page
    assert "What to bring" in page
    assert mine.reference in patient.get("/es/my/visits").text


def test_the_file_for_the_calendar_is_that_of_an_own_booked_visit(site: Site) -> None:
    mine, other = booked(site, site.people["patient"]), booked(site, None, 1)
    patient = site.signed_in("patient")
    answer = patient.get(f"/my/visits/{mine.id}/calendar")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert f"DTSTART:{mine.slot.start:%Y%m%dT%H%M%SZ}" in answer.text  # type: ignore[union-attr]
    assert patient.get(f"/my/visits/{other.id}/calendar").status_code == 404
    assert site.visitor().get(f"/my/visits/{mine.id}/calendar").status_code == 303
    with site.database.write() as connection:
        appointments.call_off(connection, mine, NOW)
    assert patient.get(f"/my/visits/{mine.id}/calendar").status_code == 404


def test_a_wish_for_a_call_a_canceled_and_a_past_visit_are_told_apart(site: Site) -> None:
    patient, me = site.signed_in("patient"), site.people["patient"]
    with site.database.write() as connection:
        waiting = appointments.make(connection, {**ANSWERS, "slot": "call"}, None, NOW, "en", account=me)
    gone = booked(site, me)
    with site.database.write() as connection:
        appointments.call_off(connection, gone, NOW)
    past = booked(site, me, 3)
    with site.database.write() as connection:
        row = connection.execute(select(slot_rows.c.id).where(slot_rows.c.starts_at == past.slot.start)).scalar_one()  # type: ignore[union-attr]
        before = NOW - timedelta(days=3)
        connection.execute(
            update(slot_rows).where(slot_rows.c.id == row).values(starts_at=before, ends_at=before + timedelta(hours=1))
        )
    page = patient.get("/my/visits").text
    assert "You have no visit booked here." in page
    assert page.index("We will call you") < page.index(waiting.reference) < page.index("Earlier visits")
    earlier = page[page.index("Earlier visits") :]
    assert ">canceled<" in earlier.replace("\n", "")
    assert ">past<" in earlier.replace("\n", "")


def test_without_a_visit_the_page_offers_one(site: Site) -> None:
    page = site.signed_in("patient").get("/my/visits").text
    assert "You have no visit booked here." in page
    assert 'href="/appointment"' in page

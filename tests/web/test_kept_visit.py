"""A visit that was made: opened by its code and birth date, moved, canceled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from chemoplan.web.booking import appointments as appointments_
from chemoplan.web.store.tables import appointments, audit_log, inbox, limits, slots
from tests.web.appointment_desk import BORN, NOW, made, rows, taken, times_on
from tests.web.visitors import Site, empty_site, post, token


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path, now=NOW)


def opened(site: Site, reference: str) -> TestClient:
    visitor = site.visitor()
    assert (
        post(visitor, "/visit", code=reference.lower().replace("-", " "), born="1961-02-03").headers["location"]
        == "/visit/details"
    )
    return visitor


def test_code_and_birth_date_open_a_visit_and_one_alone_does_not(site: Site) -> None:
    _, reference = made(site)
    assert "Tuesday, November 24" in opened(site, reference).get("/visit/details").text
    for code, born in ((reference, "02/04/1961"), ("CDFGH-23456", BORN)):
        sent = post(site.visitor(), "/visit", code=code, born=born)
        assert sent.status_code == 422 and "We cannot find a visit with this code and birth date" in sent.text
    assert site.visitor().get("/visit/details").headers["location"] == "/visit"
    assert "viewed" in [row.action for row in rows(site, audit_log)]


def test_guessing_codes_is_stopped(site: Site) -> None:
    visitor = site.visitor()
    statuses = [post(visitor, "/visit", code="CDFGH-23456", born=BORN).status_code for _ in range(22)]
    assert statuses[0] == 422 and statuses[-1] == 429
    assert rows(site, limits)


def test_a_visit_that_was_moved_meanwhile_gives_back_the_time_it_has_and_nobody_elses(site: Site) -> None:
    _, reference = made(site)
    with site.database.read() as connection:
        seen = appointments_.by_code(connection, reference, BORN)
    assert seen and seen.slot
    visitor = opened(site, reference)
    page = visitor.get("/visit/time").text
    post(visitor, "/visit/time", slot=times_on(page)[1])
    made(site)  # somebody else takes the first time, free again
    with site.database.write() as connection:
        assert appointments_.call_off(connection, seen, NOW)
    booked = [row for row in rows(site, slots) if row.status == "booked"]
    assert [row.id for row in booked] == [seen.slot.row], "the other person's time stays theirs"
    with site.database.write() as connection:
        assert not appointments_.call_off(connection, seen, NOW), "once only"


def test_the_file_of_a_moved_visit_stands_instead_of_the_earlier_one_in_a_calendar(site: Site) -> None:
    _, reference = made(site)
    visitor = opened(site, reference)

    def told() -> dict[str, str]:
        lines = visitor.get("/visit/calendar").text.split("\r\n")
        return dict(line.split(":", 1) for line in lines if line.startswith(("UID", "SEQUENCE", "DTSTART")))

    first = told()
    site.clock[0] += timedelta(minutes=1)
    post(visitor, "/visit/time", slot=times_on(visitor.get("/visit/time").text)[1])
    second = told()
    assert second["UID"] == first["UID"] and second["DTSTART"] != first["DTSTART"]
    assert int(first["SEQUENCE"]) < int(second["SEQUENCE"]) < 2**31


def test_a_canceled_visit_frees_its_time_and_is_told_to_the_staff(site: Site) -> None:
    _, reference = made(site)
    visitor = opened(site, reference)
    assert "Do you want to cancel" in visitor.get("/visit/cancel").text
    assert taken(site) == [("consult", "booked")], "a page that is only looked at changes nothing"
    post(visitor, "/visit/cancel")
    assert taken(site) == [] and [row.status for row in rows(site, appointments)] == ["canceled"]
    assert len(rows(site, inbox)) == 2
    assert "This visit is canceled" in visitor.get("/visit/details").text
    for path in ("/visit/cancel", "/visit/time"):
        assert visitor.get(path).headers["location"] == "/visit/details"
    assert visitor.get("/visit/calendar").status_code == 404
    made(site)  # somebody else gets the time
    sent = visitor.post("/visit/cancel", data={"csrf_token": token(visitor.get("/visit").text)})
    assert sent.status_code == 303 and taken(site) == [("consult", "booked")], (
        "canceling twice frees nobody else's time"
    )


def test_a_visit_gets_another_time_and_the_old_one_is_free(site: Site) -> None:
    _, reference = made(site)
    visitor = opened(site, reference)
    before = {row.id for row in rows(site, slots) if row.status == "booked"}
    other = times_on(visitor.get("/visit/time").text)[3]
    assert post(visitor, "/visit/time").status_code == 422
    assert post(visitor, "/visit/time", slot="consult.main.rivera.20200101T1400Z").status_code == 422
    assert post(visitor, "/visit/time", slot=other).headers["location"] == "/visit/details"
    after = {row.id for row in rows(site, slots) if row.status == "booked"}
    assert len(after) == 1 and not before & after
    assert reference in opened(site, reference).get("/visit/calendar").text.replace("\r\n ", "")


def test_somebody_who_waits_for_a_call_can_pick_a_time(site: Site) -> None:
    _, reference = made(site, slot="call")
    visitor = opened(site, reference)
    post(visitor, "/visit/time", slot=times_on(visitor.get("/visit/time").text)[0])
    assert [row.status for row in rows(site, appointments)] == ["booked"]


def test_a_visit_that_has_passed_can_only_be_looked_at(site: Site) -> None:
    _, reference = made(site)
    site.clock[0] = NOW + timedelta(days=5)
    visitor = opened(site, reference)
    assert "This visit has passed" in visitor.get("/visit/details").text
    assert visitor.get("/visit/time").headers["location"] == "/visit/details"

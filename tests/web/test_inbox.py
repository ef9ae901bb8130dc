"""The inbox: in which order things stand, who has them, and that nothing is ever taken out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from chemoplan.web.booking import appointments, slots
from chemoplan.web.center import offer
from chemoplan.web.center.file import load_center
from chemoplan.web.inbox import triage
from chemoplan.web.inbox.triage import PAGE, Wanted, age
from chemoplan.web.store.inbox_lines import tell
from chemoplan.web.store.tables import appointments as visits
from chemoplan.web.store.tables import audit_log, inbox, messages, new_id
from chemoplan.web.store.tables import slots as slot_rows
from tests.web.visitors import Site, empty_site, post, token

NOW = datetime.now(UTC)
PERSON = {
    "who": "me", "reason": "new", "visit": "consult.main", "name": "Iris Invented", "born": "1960-01-02", "phone": "800-555-0100",
    "email": "", "best": "any", "helper": "", "language": "en", "other_language": "", "interpreter": "no",
}  # fmt: skip


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def message(site: Site, name: str, *, urgency: str = "routine", hours: float = 1) -> str:
    identity = new_id()
    moment = NOW - timedelta(hours=hours)
    with site.database.write() as connection:
        connection.execute(
            messages.insert().values(
                id=identity,
                reference=identity[:20],
                answers={"name": name, "text": f"Words of {name}"},
                language="en",
                created_at=moment,
            )
        )
        return tell(connection, "message", identity, moment, urgency=urgency)


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a[^>]*>(.*?)</a>', page)


def test_the_most_urgent_comes_first_and_of_equals_the_oldest(site: Site) -> None:
    message(site, "Routine")
    message(site, "Soon", urgency="soon", hours=90)
    message(site, "Now", urgency="now", hours=0)
    message(site, "Older", hours=30)
    message(site, "Today", urgency="today")
    assert names(site.signed_in("navigator").get("/inbox").text) == ["Now", "Today", "Soon", "Older", "Routine"]


def test_the_list_narrows_by_kind_state_and_person(site: Site) -> None:
    first, _ = message(site, "First"), message(site, "Second")
    nurse = site.signed_in("navigator")
    assert post(nurse, f"/inbox/{first}", act="take").status_code == 303
    assert names(nurse.get("/inbox?mine=yes").text) == ["First"]
    assert names(nurse.get("/inbox?kind=symptom").text) == []
    post(nurse, f"/inbox/{first}", act="done", note="Called back")
    assert names(nurse.get("/inbox").text) == ["Second"]
    assert names(nurse.get("/inbox?status=done").text) == ["First"]
    assert names(nurse.get("/inbox?status=all").text) == ["Second", "First"]
    assert names(nurse.get("/inbox?kind=nonsense&status=nonsense&page=-4").text) == ["Second"]


def test_every_line_is_on_exactly_one_page(site: Site) -> None:
    for number in range(PAGE + 3):
        message(site, f"N{number}", hours=number)
    nurse = site.signed_in("navigator")
    first, second = names(nurse.get("/inbox").text), names(nurse.get("/inbox?page=2").text)
    assert (len(first), len(second)) == (PAGE, 3)
    assert len({*first, *second}) == PAGE + 3


def test_each_step_leaves_who_did_it_and_when(site: Site) -> None:
    where = f"/inbox/{message(site, 'Ann')}"
    nurse, doctor = site.signed_in("navigator"), site.signed_in("clinician")
    post(nurse, where, act="take", note="On it")
    post(doctor, where, act="done", note="Spoke\nwith her")
    post(nurse, where, act="reopen")
    history = re.findall(r"<li>(\d{4}.*?)</li>", nurse.get(where).text)
    assert [line.split(" UTC, ")[1] for line in history] == [
        "Noor Navigator, RN: Taken. On it", "Ana Rivera, MD: Done. Spoke with her", "Noor Navigator, RN: Opened again.",
    ]  # fmt: skip
    with site.database.read() as connection:
        found = (
            connection.execute(
                select(audit_log.c.action).where(audit_log.c.kind == "inbox", audit_log.c.action != "viewed")
            )
            .scalars()
            .all()
        )
        assert found == ["take", "done", "reopen"]
        assert connection.execute(select(inbox.c.status)).scalar_one() == "open"


def test_of_two_who_take_a_line_at_once_the_second_is_told_who_has_it(site: Site) -> None:
    where = f"/inbox/{message(site, 'Ann')}"
    nurse, doctor = site.signed_in("navigator"), site.signed_in("clinician")
    form = token(doctor.get(where).text)
    post(nurse, where, act="take")
    late = doctor.post(where, data={"csrf_token": form, "act": "take", "holder": "", "note": "mine"})
    assert late.status_code == 422
    assert "Noor Navigator, RN" in late.text
    assert ">mine</textarea>" in late.text
    knowing = doctor.post(where, data={"csrf_token": form, "act": "take", "holder": site.people["navigator"]})
    assert knowing.status_code == 303, "who sees the holder may take over"


def test_a_visit_that_is_gone_is_not_canceled_twice(site: Site) -> None:
    visit, _ = booked(site)
    nurse = site.signed_in("navigator")
    where = line_of(site, visit.id)
    post(nurse, where, act="cancel-visit")
    again = post(nurse, where, act="cancel-visit")
    assert again.status_code == 422
    assert "There is no visit to cancel" in again.text


def test_an_empty_note_and_an_unknown_button_are_told_and_keep_what_was_typed(site: Site) -> None:
    where = f"/inbox/{message(site, 'Ann')}"
    nurse = site.signed_in("navigator")
    assert post(nurse, where, act="note", note="").status_code == 422
    odd = post(nurse, where, act="burn", note="keep me")
    assert odd.status_code == 422
    assert ">keep me</textarea>" in odd.text
    assert post(nurse, where, act="done", note="y" * 1001).status_code == 422
    assert nurse.get("/inbox/nothing").status_code == 404


def test_a_look_at_a_line_is_a_look_at_what_was_sent(site: Site) -> None:
    line = message(site, "Ann")
    nurse = site.signed_in("navigator")
    assert "Words of Ann" in nurse.get(f"/inbox/{line}").text
    with site.database.read() as connection:
        subject = connection.execute(select(inbox.c.subject_id)).scalar_one()
        assert connection.execute(
            select(audit_log).where(audit_log.c.action == "viewed", audit_log.c.subject == subject)
        ).first()


def booked(site: Site) -> tuple[appointments.Kept, appointments.Kept]:
    center = load_center()
    plan = offer.read_plan(center)
    with site.database.write() as connection:
        slot = slots.free(connection, plan, plan.services[0], "main", NOW)[0]
        slots.hold(connection, plan, slot, "token", NOW)
        row = slots.book(connection, slot, "token")
        return (
            appointments.make(connection, {**PERSON, "slot": slot.id}, row, NOW, "en"),
            appointments.make(connection, {**PERSON, "name": "Kim Invented", "slot": "call"}, None, NOW, "en"),
        )


def line_of(site: Site, subject: str) -> str:
    with site.database.read() as connection:
        return "/inbox/" + connection.execute(select(inbox.c.id).where(inbox.c.subject_id == subject)).scalar_one()


def test_the_wish_for_a_call_is_fulfilled_when_its_line_is_done(site: Site) -> None:
    visit, call = booked(site)
    nurse = site.signed_in("navigator")
    for kept in (visit, call):
        assert kept.answers["name"] in nurse.get(line_of(site, kept.id)).text
        assert post(nurse, line_of(site, kept.id), act="done").status_code == 303
    with site.database.read() as connection:
        found = dict(connection.execute(select(visits.c.id, visits.c.status)).all())
    assert found == {visit.id: "booked", call.id: "done"}


def test_a_visit_canceled_from_the_inbox_frees_its_time_and_leaves_no_new_line(site: Site) -> None:
    visit, _ = booked(site)
    nurse = site.signed_in("navigator")
    where = line_of(site, visit.id)
    assert "Cancel this visit" in nurse.get(where).text
    assert post(nurse, where, act="cancel-visit").status_code == 303
    page = nurse.get(where).text
    assert "Visit canceled." in page
    assert "Cancel this visit" not in page
    with site.database.read() as connection:
        assert connection.execute(select(visits.c.status).where(visits.c.id == visit.id)).scalar_one() == "canceled"
        assert connection.execute(select(slot_rows.c.status)).scalar_one() == "free"
        left = connection.execute(select(inbox.c.status).where(inbox.c.subject_id == visit.id)).scalars().all()
    assert set(left) == {"done"}


def test_patients_and_referrers_never_open_it(site: Site) -> None:
    line = message(site, "Ann")
    for role in ("patient", "referrer"):
        visitor = site.signed_in(role)
        assert visitor.get("/inbox").status_code == 403
        assert visitor.get(f"/inbox/{line}").status_code == 403
    assert site.visitor().get("/inbox").status_code == 303


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, ("moment", 0)), (0.9, ("moment", 0)), (-5, ("moment", 0)), (1, ("minute", 1)), (59, ("minute", 59)),
        (60, ("hour", 1)), (2879, ("hour", 47)), (2880, ("day", 2)),
    ],
)  # fmt: skip
def test_an_age_is_told_in_one_unit(minutes, told) -> None:
    assert age(NOW - timedelta(minutes=minutes), NOW) == told


def test_a_query_keeps_what_it_narrows_and_says_no_more(site: Site) -> None:
    wanted = Wanted.read({"kind": "symptom", "mine": "yes", "page": "3"}, "me")
    assert wanted == Wanted("symptom", "waiting", "me", 3)
    assert wanted.query(page=4) == {"kind": "symptom", "mine": "yes", "page": 4}
    assert wanted.query(kind="", mine="") == {}
    assert triage.most_urgent() == "routine"

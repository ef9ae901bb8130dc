"""Making an appointment without scripts: seven steps, a held time, a code, and what can go wrong on the way."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from starlette.testclient import TestClient

from chemoplan.web.center.file import load_center
from chemoplan.web.people.passwords import code_hash, new_code
from chemoplan.web.store.audit_log import verify
from chemoplan.web.store.tables import appointments, audit_log, drafts, inbox, limits, new_id, referrals, slots
from tests.web.appointment_desk import ANSWERS, BORN, CONTACT, NOW, PERSON, answer, begin, made, rows, taken, times_on
from tests.web.visitors import SECRET, Site, empty_site, post, token


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path, now=NOW)


@pytest.mark.parametrize("base", ["", "/es"])
def test_seven_steps_lead_to_a_code_a_booked_time_and_a_line_in_the_inbox(site: Site, base: str) -> None:
    visitor = begin(site, base)
    for step, following in zip(ANSWERS, [*list(ANSWERS)[1:], "check"], strict=True):
        assert "7" in visitor.get(f"{base}/appointment/{step}").text
        assert answer(visitor, step, base=base) == f"{base}/appointment/{following}"
    page = visitor.get(f"{base}/appointment/check").text
    for words in ("Kim Invented", "800-555-0123", "Ana Rivera, MD"):
        assert words in page
    assert post(visitor, f"{base}/appointment/check").headers["location"] == f"{base}/appointment/done"
    (kept,) = rows(site, appointments)
    assert (kept.status, kept.language, kept.answers["name"]) == ("booked", base.strip("/") or "en", "Kim Invented")
    assert kept.reference in visitor.get(f"{base}/appointment/done").text
    assert taken(site) == [("consult", "booked")]
    (line,) = rows(site, inbox)
    assert (line.kind, line.subject_id, line.status) == ("appointment", kept.id, "new")
    with site.database.read() as connection:
        assert verify(connection)[1] is None
    assert ("made", kept.id) in [(row.action, row.subject) for row in rows(site, audit_log)]


def test_nothing_about_the_person_is_in_an_address_or_in_the_audit_log(site: Site) -> None:
    visitor, reference = made(site)
    seen = [visitor.get(path).headers.get("location", "") for path in ("/appointment/done", "/visit", "/appointment")]
    written = json.dumps([row.detail for row in rows(site, audit_log)]) + "".join(seen)
    for words in ("Kim", "1961", "555-0123", reference):
        assert words not in written


def test_after_the_last_step_the_draft_keeps_nothing_that_was_typed(site: Site) -> None:
    made(site)
    assert "Kim" not in json.dumps([row.answers for row in rows(site, drafts)])


def test_sending_the_last_page_twice_makes_one_appointment(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, *ANSWERS)
    sent = {"csrf_token": token(visitor.get("/appointment/check").text)}
    for _ in range(2):
        assert visitor.post("/appointment/check", data=sent).headers["location"] == "/appointment/done"
    assert len(rows(site, appointments)) == 1


def test_an_answer_can_be_changed_from_the_last_page_and_everything_else_stays(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, *ANSWERS)
    assert 'value="Kim Invented"' in visitor.get("/appointment/person").text
    assert answer(visitor, "person", name="Lee Invented") == "/appointment/check"
    page = visitor.get("/appointment/check").text
    assert "Lee Invented" in page and "Kim" not in page and "800-555-0123" in page


def test_going_back_shows_what_was_answered(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason", "visit", "time")
    assert re.search(r'value="opinion" checked', visitor.get("/appointment/reason").text)
    assert re.search(r'value="consult.main" checked', visitor.get("/appointment/visit").text)
    assert re.search(r'name="slot"[^>]* checked', visitor.get("/appointment/time").text)


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        ("who", {}, "Choose one"),
        ("who", {"who": "nobody"}, "Choose one of the answers on the page"),
        ("visit", {"visit": "consult.moon"}, "Choose one of the answers on the page"),
        ("time", {}, "Choose one"),
        ("time", {"slot": "consult.main.rivera.20200101T1400Z"}, "This time is taken"),
        ("person", {"name": "", "born": BORN}, "Fill this in"),
        ("person", {"name": "Kim", "born": "13/45/1961"}, "Write a real date"),
        ("person", {"name": "Kim", "born": "12/01/2026"}, "not in the future"),
        ("person", {"name": "Kim", "born": "12/01/1826"}, "Look at the year"),
        ("contact", {**CONTACT, "phone": "12"}, "Write a phone number like"),
        ("contact", {**CONTACT, "best": "email"}, "Write your email address"),
        ("contact", {**CONTACT, "language": "other"}, "Write which language you speak"),
        ("contact", {**CONTACT, "email": "kim at home"}, "Write an email address like"),
    ],
)
def test_a_wrong_answer_is_explained_and_what_was_typed_comes_back(
    site: Site, step: str, fields: dict[str, str], words: str
) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason", "visit")
    sent = post(visitor, f"/appointment/{step}", **fields)
    assert sent.status_code == 422
    assert (
        words in sent.text
        and "There is a problem" in sent.text
        and f'href="#f-{"slot" if step == "time" else ""}' in sent.text
    )
    assert 'id="f-' in sent.text
    for name in ("name", "phone", "email"):
        if fields.get(name):
            assert f'value="{fields[name]}"' in sent.text


def test_another_language_is_shown_on_the_last_page(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, *list(ANSWERS)[:-1])
    post(visitor, "/appointment/contact", **{**CONTACT, "language": "other", "other_language": "Tagalog"})
    assert "Tagalog" in visitor.get("/appointment/check").text


def test_only_who_asks_for_somebody_else_is_asked_for_a_name_of_their_own(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who")
    assert "Your own name" not in visitor.get("/appointment/contact").text
    answer(visitor, "who", who="other")
    answer(visitor, *list(ANSWERS)[1:-1])
    assert "Your own name" in visitor.get("/appointment/contact").text
    post(visitor, "/appointment/contact", **CONTACT, helper="Robin Invented")
    assert "Robin Invented" in visitor.get("/appointment/check").text
    post(visitor, "/appointment/check")
    assert [row.answers["helper"] for row in rows(site, appointments)] == ["Robin Invented"]


def test_a_step_cannot_be_skipped(site: Site) -> None:
    visitor = begin(site)
    assert visitor.get("/appointment/check").headers["location"] == "/appointment/who"
    assert visitor.get("/appointment/time").headers["location"] == "/appointment/visit"
    answer(visitor, "who")
    assert post(visitor, "/appointment/person", **PERSON).headers["location"] == "/appointment/reason"
    sent = {"csrf_token": token(visitor.get("/appointment/who").text)}
    assert visitor.post("/appointment/check", data=sent).headers["location"] == "/appointment/reason"
    assert rows(site, appointments) == []


def test_without_a_draft_every_step_leads_to_the_start(site: Site) -> None:
    for path in ("who", "time", "contact", "check", "done"):
        assert site.visitor().get(f"/appointment/{path}").headers["location"] == "/appointment"
    assert site.visitor().get("/appointment/calendar").status_code == 404
    assert site.visitor().get("/appointment/nothing").status_code == 404


def test_answers_are_gone_after_two_hours_and_the_start_says_so(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who")
    site.clock[0] = NOW + timedelta(hours=3)
    assert visitor.get("/appointment/reason").headers["location"] == "/appointment"
    assert "Your answers are no longer here" in visitor.get("/appointment").text


def test_a_time_that_one_person_holds_is_not_shown_to_another(site: Site) -> None:
    first, second = begin(site), begin(site)
    answer(first, "who", "reason", "visit", "time")
    answer(second, "who", "reason", "visit")
    assert taken(site) == [("consult", "held")]
    held = next(iter(times_on(first.get("/appointment/time").text)))
    assert held not in times_on(second.get("/appointment/time").text)
    sent = post(second, "/appointment/time", slot=held)
    assert sent.status_code == 422 and "This time is taken" in sent.text


def test_a_hold_that_ran_out_while_nobody_took_the_time_is_good_still(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, *ANSWERS)
    site.clock[0] = NOW + timedelta(minutes=50)
    assert post(visitor, "/appointment/check").headers["location"] == "/appointment/done"
    assert taken(site) == [("consult", "booked")]


def test_when_somebody_else_took_the_time_it_is_explained_and_everything_else_is_kept(site: Site) -> None:
    slow = begin(site)
    slot = times_on_of(slow)
    answer(slow, "who", "reason", "visit")
    answer(slow, "time", "person", "contact", slot=slot)
    site.clock[0] = NOW + timedelta(minutes=11)
    made(site, slot=slot)
    assert slow.get("/appointment/check").headers["location"] == "/appointment/time"
    sent = slow.post("/appointment/check", data={"csrf_token": token(slow.get("/appointment/person").text)})
    assert sent.headers["location"] == "/appointment/time"
    page = slow.get("/appointment/time").text
    assert "Someone else took your time" in page and slot not in times_on(page)
    assert answer(slow, "time") == "/appointment/check"
    assert "Kim Invented" in slow.get("/appointment/check").text
    assert "Someone else took your time" not in slow.get("/appointment/time").text


def times_on_of(visitor: TestClient) -> str:
    """A time well after the notice that bookings need."""
    answer(visitor, "who", "reason", "visit")
    return times_on(visitor.get("/appointment/time").text)[5]


def test_another_service_gives_the_held_time_back(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason", "visit", "time")
    assert answer(visitor, "visit", visit="second-opinion.main") == "/appointment/time"
    assert taken(site) == []


def test_none_of_the_times_means_a_call(site: Site) -> None:
    visitor, _ = made(site, slot="call")
    (kept,) = rows(site, appointments)
    assert (kept.status, kept.slot_id) == ("wanted", None)
    assert "We will call you" in visitor.get("/appointment/done").text
    assert visitor.get("/appointment/calendar").status_code == 404


def test_the_days_can_be_paged_without_scripts(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason", "visit")
    seen: list[str] = []
    address = "/appointment/time"
    for _ in range(20):
        page = visitor.get(address).text
        seen += times_on(page)
        found = re.search(r'href="([^"]+\?from=[^"]+)">Days after', page)
        if not found:
            break
        address = found[1]
    assert len(seen) == len(set(seen)) > 100
    assert "Days before" in page
    assert visitor.get("/appointment/time?from=nonsense").status_code == 200


def referral(site: Site, status: str = "accepted") -> str:
    code = new_code()
    with site.database.write() as connection:
        connection.execute(
            insert(referrals).values(
                id=new_id(), tracking_hash=code_hash(code, SECRET), answers={"patient_born": "1961-02-03"},
                service_request={}, task={}, status=status,
                created_at=NOW, changed_at=NOW,
            )
        )  # fmt: skip
    return code


def test_a_visit_that_needs_a_referral_opens_with_its_code_alone(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason")
    for code, words in (("", "Write the code from your doctor"), ("CDFGH-99999", "We do not know this code")):
        sent = post(visitor, "/appointment/visit", visit="liver-pump.main", tracking=code)
        assert sent.status_code == 422 and words in sent.text
    refused = post(visitor, "/appointment/visit", visit="liver-pump.main", tracking=referral(site, "rejected"))
    assert refused.status_code == 422
    early = post(visitor, "/appointment/visit", visit="liver-pump.main", tracking=referral(site, "requested"))
    assert early.status_code == 422 and "we have not yet said yes" in early.text
    code = referral(site)
    assert (
        post(visitor, "/appointment/visit", visit="liver-pump.main", tracking=code).headers["location"]
        == "/appointment/time"
    )
    answer(visitor, "time")
    other = post(visitor, "/appointment/person", name="Sam Other", born="04/05/1970")
    assert other.status_code == 422 and "another birth date" in other.text and "Sam Other" in other.text
    answer(visitor, "person", "contact")
    page = visitor.get("/appointment/check").text
    assert "liver pump" in page and code not in page
    post(visitor, "/appointment/check")
    (kept,) = rows(site, appointments)
    assert kept.referral_id is not None and code not in json.dumps(kept.answers)


def test_a_link_to_one_time_holds_it_and_skips_the_steps_it_answers(site: Site) -> None:
    visitor = begin(site)
    slot = times_on_of(visitor)
    visitor = site.visitor()
    page = visitor.get(f"/appointment?slot={slot}&source=elsewhere&booking-referral=123").text
    assert "You picked this time" in page and taken(site) == []
    sent = visitor.post("/appointment", data={"csrf_token": token(page), "slot": slot})
    assert sent.headers["location"] == "/appointment/who" and taken(site) == [("consult", "held")]
    assert answer(visitor, "who", "reason") == "/appointment/person"


def test_a_link_to_a_time_that_is_gone_says_so_and_holds_nothing(site: Site) -> None:
    assert "That time is taken" in site.visitor().get("/appointment?slot=consult.main.rivera.20200101T1400Z").text
    visitor = site.visitor()
    sent = visitor.post(
        "/appointment",
        data={"csrf_token": token(visitor.get("/appointment").text), "slot": "liver-pump.main.tran.20261125T1400Z"},
    )
    assert sent.status_code == 303 and taken(site) == [], "it needs a referral"


def test_starting_over_gives_the_held_time_back(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason", "visit", "time")
    assert "Go on where you were" in visitor.get("/appointment").text
    post(visitor, "/appointment")
    assert taken(site) == []


def test_the_calendar_file_tells_when_and_where_but_not_why_or_who(site: Site) -> None:
    visitor, reference = made(site)
    sent = visitor.get("/appointment/calendar")
    assert sent.headers["content-type"].startswith("text/calendar")
    text = sent.text
    (slot,) = [row for row in rows(site, slots) if row.status == "booked"]
    assert f"DTSTART:{slot.starts_at:%Y%m%dT%H%M%SZ}\r\n" in text and f"DTEND:{slot.ends_at:%Y%m%dT%H%M%SZ}\r\n" in text
    unfolded = text.replace("\r\n ", "")
    assert reference in unfolded and "100 Example Avenue" in unfolded
    assert "Kim" not in text and "opinion" not in text.lower() and "cancer center" in text.lower()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") and text.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")


def test_a_time_that_the_center_closed_is_not_offered(site: Site) -> None:
    visitor = begin(site)
    answer(visitor, "who", "reason", "visit", "time")
    with site.database.write() as connection:
        connection.execute(update(slots).values(status="closed"))
    assert answer(visitor, "person") == "/appointment/time"


def test_fifty_people_who_send_the_same_time_at_once_make_one_hold(site: Site) -> None:
    visitors = [begin(site) for _ in range(50)]
    with site.database.write() as connection:
        for row in connection.execute(select(drafts.c.id)).all():
            answers = {"who": "me", "reason": "opinion", "visit": "consult.main", "referral": None}
            connection.execute(update(drafts).where(drafts.c.id == row.id).values(answers=answers))
        connection.execute(limits.delete())
    page = visitors[0].get("/appointment/time").text
    slot, sent = times_on(page)[0], [token(visitor.get("/appointment/time").text) for visitor in visitors]
    statuses: list[int] = []
    together = threading.Barrier(50)

    def send(place: int) -> None:
        together.wait()
        statuses.append(
            visitors[place].post("/appointment/time", data={"csrf_token": sent[place], "slot": slot}).status_code
        )

    threads = [threading.Thread(target=send, args=(place,)) for place in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] + [422] * 49
    assert taken(site) == [("consult", "held")]


def test_the_demonstration_has_a_visit_and_somebody_who_waits_for_a_call(site: Site) -> None:
    part = import_module("chemoplan.web.demo.parts.appointments")
    part.fill(site.database, load_center(), site.people, NOW)
    assert sorted(row.status for row in rows(site, appointments)) == ["booked", "wanted"]
    assert len(rows(site, inbox)) == 2
    assert "Invent" in "".join(row.answers["name"] for row in rows(site, appointments))

"""People without scripts get everything done: appointment, referral, contact, questions, wishes, aids, the patient's own pages.

Each journey goes by links and forms alone, and looks at what the database then holds and what the person is shown.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from chemoplan.web.demo.invented import PASSWORD, PEOPLE
from chemoplan.web.people.preferences import signed_token, token_hash
from tests.browser.web_journeys import (
    CHOSEN,
    REFERRAL,
    SEND,
    answer,
    code_on,
    count,
    downloaded,
    kept,
    one,
    press,
    refused,
    shown,
    value,
    walking,
)
from tests.browser.web_pages import CHROMIUM
from tests.browser.web_server import Server

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium found; the journeys were not walked")
BORN = "04/05/1961"


def _step(page: Page, name: str, root: str = "") -> None:
    assert page.url.endswith(f"{root}/appointment/{name}"), page.url


def _to_contact(page: Page, root: str = "") -> None:
    """The first five steps of an appointment, one wrong birth date on the way."""
    page.goto(f"{root}/")
    press(page, f"header a[href='{root}/appointment']")
    press(page, "main form[method=post] button")
    for name, chosen in (("who", "me"), ("reason", "opinion"), ("visit", "consult.main")):
        _step(page, name, root)
        answer(page, **{name: chosen})
        assert press(page, SEND) == 303
    _step(page, "time", root)
    page.locator("main details.day >> nth=0 >> input[name=slot] >> nth=0").check()
    assert press(page, SEND) == 303
    _step(page, "person", root)
    answer(page, name="Kim Invented", born="02/30/1961")
    assert press(page, SEND) == 422
    refused(page, "born")
    assert (value(page, "name"), value(page, "born")) == ("Kim Invented", "02/30/1961")
    answer(page, born=BORN)
    assert press(page, SEND) == 303
    _step(page, "contact", root)


def test_an_appointment_is_made_put_into_a_calendar_and_moved(opened: Browser, web: Server) -> None:
    with walking(opened, web) as page:
        _to_contact(page)
        press(page, "main a[href='/appointment/person']")
        assert (value(page, "name"), value(page, "born")) == ("Kim Invented", BORN)
        press(page, SEND)
        answer(page, phone="800-555-0146", best="call", language="en", interpreter="no")
        assert press(page, SEND) == 303
        assert page.url.endswith("/appointment/check")
        assert "7" in page.locator("main .steps").inner_text()
        for words in ("Kim Invented", "800-555-0146"):
            assert words in shown(page)
        assert press(page, SEND) == 303
        code = code_on(page)
        slot, status, answers = one(
            web, "SELECT slot_id, status, answers FROM appointments WHERE reference = :code", code=code
        )
        assert status == "booked"
        assert "Kim Invented" in answers
        assert one(web, "SELECT status FROM slots WHERE id = :slot", slot=slot) == ("booked",)
        file = downloaded(page, lambda: page.locator("main a[href='/appointment/calendar']").click()).decode()
        assert file.startswith("BEGIN:VCALENDAR")
        assert "Kim Invented" not in file
    with walking(opened, web) as page:  # later, on another device
        page.goto("/appointment")
        press(page, "main a[href='/visit']")
        answer(page, code=code, born="04/06/1961")
        assert press(page, SEND) == 422
        refused(page, "code")
        answer(page, code=code.lower().replace("-", " "), born=BORN)
        assert press(page, SEND) == 303
        press(page, "main a[href='/visit/time']")
        last = page.locator("main details.day").nth(1)
        last.locator("summary").click()  # a fold opens without scripts
        last.locator("input[name=slot]").last.check()
        assert press(page, SEND) == 303
        moved = one(web, "SELECT slot_id FROM appointments WHERE reference = :code", code=code)[0]
        assert moved != slot
        assert one(web, "SELECT status FROM slots WHERE id = :slot", slot=moved) == ("booked",)
        assert count(web, "slots", "id = :slot AND status = 'booked'", slot=slot) == 0
        press(page, "main a[href='/visit/cancel']")
        assert press(page, SEND) == 303
        assert one(web, "SELECT status FROM appointments WHERE reference = :code", code=code) == ("canceled",)


def test_an_appointment_is_made_in_spanish(opened: Browser, web: Server) -> None:
    with walking(opened, web) as page:
        _to_contact(page, "/es")
        answer(page, phone="800-555-0147", best="call", language="es", interpreter="yes")
        assert press(page, SEND) == 303
        assert press(page, SEND) == 303
        assert page.locator("html").get_attribute("lang") == "es"
        assert page.url.endswith("/es/appointment/done")
        language, answers = one(
            web, "SELECT language, answers FROM appointments WHERE reference = :code", code=code_on(page)
        )
        assert language == "es"
        assert '"interpreter": "yes"' in answers
        assert re.search(r"\b(su|cita|código)\b", shown(page), re.IGNORECASE)


def test_a_referral_is_sent_at_the_second_try_and_tracked_by_its_code(opened: Browser, web: Server) -> None:
    report = {"name": "pathology.txt", "mimeType": "text/plain", "buffer": b"An invented report: adenocarcinoma."}
    with walking(opened, web) as page:
        page.goto("/")
        press(page, "header a[href='/refer']")
        answer(page, **{**REFERRAL, "npi": "1234567890"}, **CHOSEN)
        page.locator("#f-files").set_input_files([report])  # type: ignore[list-item]
        assert press(page, "main form[enctype] button[type=submit]") == 422
        refused(page, "npi", "consent")
        assert {name: value(page, name) for name in CHOSEN} == CHOSEN
        assert value(page, "patient_name") == REFERRAL["patient_name"]
        assert "pathology.txt" in shown(page), "the file is lost"
        answer(page, npi=REFERRAL["npi"], consent="yes")
        assert press(page, "main form[enctype] button[type=submit]") == 303
        code = code_on(page)
    identity, status = one(web, "SELECT id, status FROM referrals ORDER BY created_at DESC LIMIT 1")
    assert status == "requested"
    assert kept(web, "SELECT answers FROM referrals WHERE id = :id", id=identity)["patient_born"] == "1961-04-05"
    assert one(web, "SELECT name, content FROM uploads WHERE owner_id = :id", id=identity) == (
        "pathology.txt",
        report["buffer"],
    )
    assert count(web, "inbox", "kind = 'referral' AND subject_id = :id", id=identity) == 1
    with walking(opened, web) as page:
        page.goto("/")
        press(page, "footer a[href='/refer/track']")
        answer(page, code="22222-22222")
        assert press(page, SEND) == 422
        refused(page, "code")
        answer(page, code=code)
        assert press(page, SEND) == 303
        assert "pathology.txt" in shown(page)
        assert REFERRAL["patient_name"] not in page.content(), "whoever has the code alone reads no name"
        answer(page, message="The MRI follows on Monday.")
        assert press(page, "main form:has([name=message]) button") == 303
        assert "The MRI follows on Monday." in one(web, "SELECT events FROM referrals WHERE id = :id", id=identity)[0]


def test_a_message_of_two_lines_reaches_the_inbox_as_it_was_written(opened: Browser, web: Server) -> None:
    asked = "What does the first visit cost?\nAnd a <second> one, para mi mamá?"
    with walking(opened, web) as page:
        page.goto("/contact")
        answer(page, topic="cost", name="Kim Invented", message=asked)
        assert press(page, SEND) == 422
        refused(page, "email")
        assert value(page, "message") == asked
        answer(page, phone="800-555-0148")
        assert press(page, SEND) == 303
        code = code_on(page)
    identity = one(web, "SELECT id FROM messages WHERE reference = :code", code=code)[0]
    written = kept(web, "SELECT answers FROM messages WHERE id = :id", id=identity)
    assert (written["topic"], written["message"]) == ("cost", asked)
    assert count(web, "inbox", "subject_id = :id AND status = 'new'", id=identity) == 1


def test_questions_are_picked_changed_and_printed_and_nothing_is_kept(opened: Browser, web: Server) -> None:
    before = count(web, "questions")
    with walking(opened, web) as page:
        page.goto("/questions")
        assert press(page, SEND) == 422
        assert page.locator("main .error-summary a[href='#f-own']").is_visible()
        picks = page.locator("main details[open] input[name=pick]")
        first = picks.nth(0).evaluate("item => item.closest('label').innerText.trim()")
        picks.nth(0).check()
        answer(page, own="May I bring my dog?")
        assert press(page, SEND) == 200
        assert page.locator("main ol li").count() == 2
        press(page, "main button[name=change]")
        assert value(page, "own") == "May I bring my dog?"
        page.locator("main details[open] input[name=pick]").nth(1).check()
        press(page, SEND)
        listed = page.locator("main ol li")
        page.emulate_media(media="print")
        assert listed.count() == 3
        assert first in listed.nth(0).inner_text()
        assert "May I bring my dog?" in listed.nth(2).inner_text()
        assert listed.nth(2).is_visible()
        assert not page.locator("main button").first.is_visible(), "buttons are no part of the paper"
        assert len(page.pdf()) > 1000
    assert count(web, "questions") == before


def test_messages_come_only_after_a_confirmation_and_stop_with_one_press(opened: Browser, web: Server) -> None:
    with walking(opened, web) as page:
        page.goto("/legal/communication")
        assert page.locator("main input:checked").count() == 0, "nothing is chosen beforehand"
        answer(page, contact="800-555-0149", channels="email", topics="guide")
        assert press(page, SEND) == 422
        refused(page, "contact")
        answer(page, contact="rae@example-patient.example")
        assert press(page, SEND) == 200
        stop = page.locator("main .notice a").get_attribute("href") or ""
        wish = "SELECT id, wanted, confirmed_at, contact FROM preferences WHERE unsubscribe_hash = :hash"
        hashed = token_hash(stop.rsplit("/", 1)[-1])
        identity, wanted, confirmed, contact = one(web, wish, hash=hashed)
        assert (bool(wanted), confirmed, contact) == (True, None, "rae@example-patient.example")
        # What the message to the address itself would lead to.
        secret = (web.folder / "secret").read_text().strip()
        page.goto(f"/legal/communication/confirm/{signed_token('confirm', identity, secret)}")
        assert one(web, wish, hash=hashed)[2] is None, "opening a link changes nothing"
        press(page, SEND)
        assert one(web, wish, hash=hashed)[2] is not None
        page.goto(stop)
        assert bool(one(web, wish, hash=hashed)[1])
        press(page, SEND)
        assert one(web, wish, hash=hashed)[1:] == (0, None, None)


def test_a_patient_marks_what_matters_and_sends_it(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web) as page:
        page.goto("/decide/bag-or-join")
        page.locator("main form input[value='5']").first.check()
        assert press(page, SEND) == 200
        assert page.locator("#ranked").is_visible()
        assert page.locator("main button[value=send]").count() == 0, "from a stranger nothing is sent"
    before = count(web, "questions", "sent_at IS NOT NULL")
    with walking(opened, web, contexts["second patient"]) as page:
        page.goto("/my")
        press(page, "main a[href='/decide']")
        press(page, "main a[href='/decide/bag-or-join']")
        assert press(page, "main button[value=send]") == 422
        marks = page.locator("main form fieldset")
        marks.nth(1).locator("input[value='5']").check()
        marks.nth(0).locator("input[value='2']").check()
        most = marks.nth(1).locator("legend").inner_text().split(" (")[0]
        assert press(page, "main button[value=send]") == 303
        assert page.locator("main .notice.success").is_visible()
    assert count(web, "questions", "sent_at IS NOT NULL") == before + 1
    text = one(web, "SELECT text FROM questions WHERE sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT 1")[0]
    assert most in text
    assert "bag" in text.lower() or "stoma" in text.lower()


def test_a_patient_signs_in_and_reads_the_plan_and_its_pdf(opened: Browser, web: Server) -> None:
    with walking(opened, web) as page:
        page.goto("/my/plan")
        assert "/sign-in" in page.url, "the plan is open to nobody"
        answer(page, email=PEOPLE["patient"][1], password="wrong words here")
        assert press(page, SEND) == 422
        assert value(page, "email") == PEOPLE["patient"][1]
        answer(page, password=PASSWORD)
        assert press(page, SEND) == 303
        assert page.url.endswith("/my/plan"), "back where the patient wanted to go"
        assert "Ana Rivera, MD" in shown(page)
        assert page.locator("main .call-now a[href^='tel:']").first.is_visible()
        link = page.locator("main a[href='/my/plan.pdf']").get_attribute("href") or ""
        paper = page.request.get(link)
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.body().startswith(b"%PDF")


def test_a_patient_reads_the_plan_on_a_spanish_page(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web, contexts["patient"]) as page:
        page.goto("/es/my")
        press(page, "main a[href='/es/my/plan']")
        assert page.locator("html").get_attribute("lang") == "es"
        assert "Ana Rivera, MD" in shown(page)
        # The plan is in English until every Spanish word of it is signed; the page says so, and marks the language for voices.
        released = one(web, "SELECT language FROM releases WHERE patient_account_id = (SELECT id FROM accounts WHERE email = :email) "
                       "AND withdrawn_at IS NULL ORDER BY released_at DESC LIMIT 1", email=PEOPLE["patient"][1])[0]  # fmt: skip
        if released == "en":
            assert page.locator("main .notice.info").is_visible()
            assert page.locator("main [lang=en]").count() >= 1

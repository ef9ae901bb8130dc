"""The care team without scripts: a case from a file, missing facts, what-if, decisions, orders, a release; the inbox and its answers."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from chemoplan.web.demo.invented import SECOND_PATIENT
from tests.browser.web_journeys import (
    BUNDLE,
    SEND,
    answer,
    code_on,
    count,
    kept,
    new_case,
    one,
    press,
    refused,
    shown,
    sign_in,
    value,
    walking,
)
from tests.browser.web_pages import CHROMIUM
from tests.browser.web_server import Server

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium found; the journeys were not walked")
NEWEST_CHECK_IN = "SELECT id, level FROM check_ins WHERE account_id = :id ORDER BY created_at DESC LIMIT 1"


def _case_id(page: Page) -> str:
    return page.url.split("?")[0].split("/cases/")[1].split("/")[0]


def test_a_case_comes_from_a_bundle_in_three_presses_with_nothing_typed(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web, contexts["clinician"]) as page:
        presses = new_case(page)
        assert len(presses) <= 3, presses
        case = _case_id(page)
        documents, answers = one(web, "SELECT documents, answers FROM case_versions WHERE case_id = :id", id=case)
        assert BUNDLE.name in documents
        assert answers == "{}", "a fact was typed"
        kept_file = one(web, "SELECT content FROM uploads WHERE owner_id = :id", id=case)[0]
        assert kept_file == BUNDLE.read_bytes()
        assert page.locator("article.option").count() >= 6, "no plan is shown"
        assert page.locator("#missing [form=answers]").count(), "missing facts are not asked for"
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.locator(f"main a[href='/cases/{case}/release']").is_visible(), "on a phone nothing can be released"


def test_a_file_that_is_no_case_is_refused_in_one_line(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    before = count(web, "cases")
    with walking(opened, web, contexts["clinician"]) as page:
        page.goto("/cases/new")
        press(page, "main form:has([name=case_files]) button[type=submit]")
        refused(page, "case_files")
        bad = {"name": "case.json", "mimeType": "application/json", "buffer": b'{"resourceType": "Bundle", "entry": ['}
        page.locator("#f-case_files").set_input_files([bad])  # type: ignore[list-item]
        press(page, "main form:has([name=case_files]) button[type=submit]")
        refused(page, "case_files")
        assert "case.json" in page.locator(".error-summary").inner_text()
        assert "Traceback" not in page.content()
    assert count(web, "cases") == before


def test_a_missing_fact_is_answered_and_a_thought_is_not_kept(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web, contexts["clinician"]) as page:
        new_case(page)
        case, here = _case_id(page), page.url
        asked = page.locator("#missing ol.asked > li").count()
        page.locator("#what-if > summary").click()
        field = page.locator("#what-if [form='what-if-form'][name='if.dpyd_activity_score']")
        field.select_option("0")
        assert press(page, "#what-if button[form='what-if-form']") == 200
        assert page.url.endswith("/what-if#what-if-result")
        assert "What is the DPYD activity score" in page.locator(".thought").inner_text()
        assert page.locator(".thought h3").count() >= 1, "a complete deficiency changes nothing?"
        assert value(page, "if.dpyd_activity_score") == "0", "what was thought is lost"
        assert count(web, "case_versions", "case_id = :id", id=case) == 1
        press(page, f"main a[href='/cases/{case}']")
        assert page.url == here
        answer(page, **{"fact.dialysis": "false"})
        answer(page, found_on="99/99/2026")
        assert press(page, "#missing button[form=answers]") == 422
        assert count(web, "case_versions", "case_id = :id", id=case) == 1
        assert page.locator("main .error-summary").is_visible()
        assert value(page, "fact.dialysis") == "false"
        answer(page, found_on="11/10/2026")
        assert press(page, "#missing button[form=answers]") == 303, shown(page)[:500]
        stated = kept(web, "SELECT answers FROM case_versions WHERE case_id = :id AND version = 2", id=case)
        assert stated["dialysis"]["by"] == "Ana Rivera, MD"
        assert page.locator("#missing ol.asked > li").count() < asked
        assert page.locator("#missing [name='fact.dialysis']").count() == 0
        press(page, f"main a[href='/cases/{case}/facts']")
        assert "Ana Rivera, MD" in shown(page)


def test_the_team_decides_otherwise_with_a_reason_and_takes_it_back(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web, contexts["clinician"]) as page:
        new_case(page)
        case = _case_id(page)
        verdict = page.locator("#option-tnt-scrt-consol .verdict").inner_text()
        press(page, f"main a[href='/cases/{case}/override/tnt-scrt-consol']")
        answer(page, decision="declined")
        assert press(page, SEND) == 422
        refused(page, "reason")
        assert value(page, "decision") == "declined"
        answer(page, reason="The invented person lives too far away.")
        assert press(page, SEND) == 303
        row = "SELECT decision, reason, withdrawn_at FROM overrides WHERE case_id = :id"
        assert one(web, row, id=case) == ("declined", "The invented person lives too far away.", None)
        option = page.locator("#option-tnt-scrt-consol")
        assert "The invented person lives too far away." in option.inner_text()
        assert "Ana Rivera, MD" in option.inner_text()
        assert option.locator(".verdict").inner_text() == verdict, "the program's own verdict was changed"
        press(page, "#team form[action*='/overrides/'] button")
        assert one(web, row, id=case)[2] is not None
        assert page.locator("#option-tnt-scrt-consol .local").count() == 0
        assert "The invented person lives too far away." in page.locator("#team").inner_text(), "the record is lost"


def test_an_order_is_prepared_by_one_person_and_verified_by_another(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    case = one(web, "SELECT id FROM cases WHERE label LIKE 'First adjuvant cycle%'")[0]
    sheets = (
        "SELECT id, prepared_by, verified_by FROM order_sheets WHERE case_id = :id ORDER BY prepared_at DESC LIMIT 1"
    )
    with ExitStack() as both:
        doctor = both.enter_context(walking(opened, web, contexts["clinician"]))
        doctor.goto(f"/cases/{case}")
        press(doctor, "main a[href$='/order/capox']")
        answer(doctor, level="-1")
        assert press(doctor, "main button[value=again]") == 200
        assert value(doctor, "level") == "-1"
        assert press(doctor, "main button[value=prepare]") == 303
        sheet, prepared, verified = one(web, sheets, id=case)
        assert doctor.url.endswith(f"/orders/{sheet}")
        assert verified is None
        assert doctor.locator("main form[action$='/verify']").count() == 0, "the same person is asked to verify"
        token = doctor.locator("main [name=csrf_token]").first.input_value()
        sent = doctor.request.post(
            f"{doctor.url}/verify", form={"csrf_token": token, "checked": "yes"}, max_redirects=0
        )
        assert sent.status == 403, "the person who prepared it verified it"
        assert one(web, sheets, id=case)[2] is None
        pharmacist = both.enter_context(walking(opened, web, contexts["pharmacist"]))
        pharmacist.goto(f"/cases/{case}")
        press(pharmacist, f"#team a[href$='/orders/{sheet}']")
        assert press(pharmacist, "main form[action$='/verify'] button") == 422, "it was verified without a tick"
        assert one(web, sheets, id=case)[2] is None
        pharmacist.locator("main form[action$='/verify'] input[name=checked]").check()
        assert press(pharmacist, "main form[action$='/verify'] button") == 303
        second = one(web, sheets, id=case)[2]
        assert second not in (None, prepared)
        doctor.reload()
        assert "Phil Pharmacist, PharmD" in shown(doctor)
        press(doctor, "main form[action$='/withdraw'] button")
        assert count(web, "order_sheets", "id = :id AND withdrawn_at IS NOT NULL", id=sheet) == 1


def test_a_plan_is_released_read_exactly_so_and_taken_back(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with ExitStack() as both:
        doctor = both.enter_context(walking(opened, web, contexts["clinician"]))
        new_case(doctor)
        case = _case_id(doctor)
        press(doctor, f"main a[href='/cases/{case}/release']")
        assert press(doctor, "main button[value=preview]") == 422
        refused(doctor, "options", "new_name", "new_email")
        typed = {
            "start": "Monday, December 7",
            "note": "Bring <b>your</b> daughter & ask.\nOr come alone.",
            "new_name": "Uma Invented",
        }
        answer(doctor, options="tnt-scrt-consol", new_email="uma@example-patient.example", **typed)
        assert press(doctor, "main button[value=preview]") == 200
        preview = doctor.locator("main .preview").inner_text()
        assert all(line in preview for line in typed["note"].splitlines())
        assert press(doctor, "main button[value=back]") == 200
        assert {name: value(doctor, name) for name in typed} == typed, "going back lost what was typed"
        assert value(doctor, "options") == "tnt-scrt-consol"
        press(doctor, "main button[value=preview]")
        assert press(doctor, "main button[value=confirm]") == 422, "released without the tick"
        assert count(web, "releases", "case_id = :id", id=case) == 0
        doctor.locator("main input[name=sure]").check()
        assert press(doctor, "main button[value=confirm]") == 200
        code = code_on(doctor)
        identity = one(web, "SELECT id FROM releases WHERE case_id = :id AND withdrawn_at IS NULL", id=case)[0]

        patient = both.enter_context(walking(opened, web))
        patient.goto("/sign-in")
        press(patient, "main a[href^='/sign-in/code']")
        answer(patient, code=code)
        assert press(patient, SEND) == 303
        patient.goto("/my/plan")
        read = shown(patient)
        lines = [line for line in preview.splitlines() if line.strip()]
        assert len(lines) > 20
        assert [line for line in lines if line not in read] == [], "the preview showed more than the patient reads"
        offered = doctor.request.get(f"/cases/{case}/plan.json").json()["options"]
        others = {item["title"] for item in offered if item["id"] != "tnt-scrt-consol"}
        assert not [title for title in others if title in patient.content()], "another option came out"
        assert patient.request.get("/my/plan.pdf").body().startswith(b"%PDF")

        doctor.goto(f"/cases/{case}")
        press(doctor, f"#team a[href$='/releases/{identity}/withdraw']")
        assert press(doctor, SEND) == 422
        refused(doctor, "reason")
        answer(doctor, reason="A new result came in.")
        assert press(doctor, SEND) == 303
        assert one(web, "SELECT withdrawn_reason FROM releases WHERE id = :id", id=identity) == (
            "A new result came in.",
        )
        patient.reload()
        assert "Or come alone." not in shown(patient)
        assert "A new result came in." not in patient.content(), "the reason is for the team"
        assert patient.locator("main .notice.warning").is_visible()
        assert patient.request.get("/my/plan.pdf").status == 404


def test_questions_and_symptoms_reach_the_nurse_and_the_answers_come_back(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    person = one(web, "SELECT id FROM accounts WHERE email = :email", email=SECOND_PATIENT[1])[0]
    with ExitStack() as both:
        patient = both.enter_context(walking(opened, web, contexts["second patient"]))
        patient.goto("/my/questions")
        answer(patient, own="May I swim on the days in between?")
        assert press(patient, "main button[value=add]") == 303
        assert count(web, "questions", "account_id = :id AND sent_at IS NULL", id=person) == 1
        assert press(patient, "main button[value=send]") == 303
        assert count(web, "questions", "account_id = :id AND sent_at IS NULL", id=person) == 0

        patient.goto("/my/check-in")
        assert press(patient, SEND) == 422
        fields = patient.locator("main fieldset")
        for at in range(fields.count()):
            fields.nth(at).locator("input[type=radio]").first.check()
        answer(patient, breathing="rest", note="It began last night.")
        assert press(patient, SEND) == 303
        _says_call_first(patient)
        check_in, level = one(web, NEWEST_CHECK_IN, id=person)
        assert level == "now"
        assert patient.url.endswith(f"/my/check-in/{check_in}")

        nurse = both.enter_context(walking(opened, web))
        nurse.goto("/inbox")
        assert "/sign-in" in nurse.url
        sign_in(nurse, "navigator")
        nurse.goto("/symptoms")
        first = nurse.locator(f"main a[href='/symptoms/{check_in}']").first
        press(nurse, first)
        assert "It began last night." in shown(nurse)
        assert press(nurse, SEND) == 422
        refused(nurse, "answer")
        answer(nurse, answer="I called you. Please go to the emergency room now.")
        assert press(nurse, SEND) == 303
        by, words = one(web, "SELECT answered_by, answer FROM check_ins WHERE id = :id", id=check_in)
        assert by
        assert words.startswith("I called you.")
        assert count(web, "inbox", "subject_id = :id AND status = 'done'", id=check_in) == 1

        nurse.goto(f"/questions/{person}")
        mine = nurse.locator("main section.panel").filter(has_text="May I swim on the days in between?")
        mine.locator("textarea").fill("Yes, while the skin is whole.")
        assert press(nurse, mine.locator("button")) == 303
        assert (
            one(web, "SELECT answer FROM questions WHERE text LIKE 'May I swim%'")[0] == "Yes, while the skin is whole."
        )

        patient.reload()
        assert "I called you." in shown(patient)
        patient.goto("/my/questions")
        assert "Yes, while the skin is whole." in shown(patient)


def _says_call_first(page: Page) -> None:
    """What to do stands before anything else, with a number to press on the first screen."""
    first = page.locator("main h1, main h2").first
    assert first.evaluate("item => item.tagName") == "H1"
    assert re.search(r"\b(call|911)\b", first.inner_text(), re.IGNORECASE), first.inner_text()
    number, why = page.locator("main a[href^='tel:']").first, page.locator("main h2").nth(1)
    assert (number.bounding_box() or {})["y"] < min((why.bounding_box() or {})["y"], 900)


def test_an_item_of_the_inbox_is_taken_noted_and_done(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web) as page:
        page.goto("/contact")
        answer(page, topic="site", name="Inbox Invented", message="A word is wrong.", phone="800-555-0150")
        assert press(page, SEND) == 303
    with walking(opened, web, contexts["navigator"]) as page:
        page.goto("/inbox")
        press(page, "main .side a[href*='kind=message']")
        press(page, page.locator("main table a").filter(has_text="Inbox Invented"))
        item = page.url.rsplit("/", 1)[-1]
        row = "SELECT status, note, assigned_to FROM inbox WHERE id = :id"
        press(page, "main button[value=take]")
        assert one(web, row, id=item)[2]
        page.goto(f"/inbox/{item}")
        answer(page, note="Called back: it is mended.")
        press(page, "main button[value=done]")
        status, note, _ = one(web, row, id=item)
        assert status == "done"
        assert "Called back: it is mended." in note
        assert "Noor Navigator, RN" in note
        page.goto("/inbox?kind=message")
        assert page.locator("main a").filter(has_text="Inbox Invented").count() == 0, "what is done still waits"

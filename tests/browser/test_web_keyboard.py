"""Somebody who has no mouse makes an appointment, refers a patient, and goes from a file to a released plan; every stop is looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.web_journeys import BUNDLE, CHOSEN, REFERRAL, code_on, count, kept, one, shown, walking
from tests.browser.web_keyboard import Keyboard, KeyboardFault
from tests.browser.web_pages import CHROMIUM
from tests.browser.web_server import Server

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium found; nobody went by keyboard")
SEND = "main form[method=post] button[type=submit]"


def test_an_appointment_is_made_by_keyboard(opened: Browser, web: Server) -> None:
    with walking(opened, web, scripts=True) as page:
        keys = Keyboard(page)
        page.goto("/")
        keys.skip()
        page.goto("/")
        keys.follow("header a[href='/appointment']")
        keys.skip()
        keys.follow("main form[method=post] button")
        for name, chosen in (("who", "me"), ("reason", "treatment"), ("visit", "consult.riverside")):
            keys.skip()
            keys.choose(**{name: chosen})
            keys.follow(SEND)
        keys.skip()
        keys.reach("main [name=slot]")
        keys.page.keyboard.press("ArrowDown")
        keys.follow(SEND)
        keys.type(name="Key Invented", born="02/30/1961")
        keys.follow(SEND)
        keys.told("born")
        assert page.evaluate("document.activeElement.value") == "02/30/1961", "what was typed is lost"
        keys.type(born="04/05/1961")
        keys.to("main [name=name]", back=True)
        assert page.evaluate("document.activeElement.value") == "Key Invented"
        keys.follow(SEND)
        keys.type(phone="800-555-0151")
        keys.choose(best="call", language="en", interpreter="sign")
        keys.follow(SEND)
        keys.skip()
        keys.follow(SEND)
        code = code_on(page)
        keys.check()
    answers = kept(web, "SELECT answers FROM appointments WHERE reference = :code", code=code)
    assert (answers["name"], answers["visit"], answers["interpreter"]) == ("Key Invented", "consult.riverside", "sign")


def test_a_patient_is_referred_by_keyboard(opened: Browser, web: Server) -> None:
    scan = {"name": "mri.txt", "mimeType": "text/plain", "buffer": b"An invented report of an MRI."}
    with walking(opened, web, scripts=True) as page:
        keys = Keyboard(page)
        page.goto("/")
        keys.follow("header a[href='/refer']")
        keys.skip()
        _in_order(keys, page, {**REFERRAL, "npi": "1234567890"})
        keys.files("#f-files", [scan])
        keys.follow("main form[enctype] button[type=submit]")
        keys.told("npi")
        keys.type(npi=REFERRAL["npi"])
        assert "mri.txt" in shown(page), "the file is lost"
        keys.choose(consent="yes")
        keys.follow("main form[enctype] button[type=submit]")
        code_on(page)
        keys.check()
    identity, answers = one(web, "SELECT id, answers FROM referrals ORDER BY created_at DESC LIMIT 1")
    assert '"record_ct": "to_follow"' in answers
    assert REFERRAL["patient_name"] in answers
    assert count(web, "uploads", "owner_id = :id AND name = 'mri.txt'", id=identity) == 1


def _in_order(keys: Keyboard, page: Page, typed: dict[str, str]) -> None:
    """Fill a form from top to bottom, as it comes under the keys."""
    names: list[str] = page.evaluate(
        "() => [...new Set([...document.querySelectorAll('main form[enctype] [name]')].map(item => item.name))]"
    )
    for name in names:
        if name in typed:
            keys.type(**{name: typed[name]})
        elif name in CHOSEN:
            keys.choose(**{name: CHOSEN[name]})


def test_a_case_becomes_a_released_plan_by_keyboard(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    with walking(opened, web, contexts["clinician"], scripts=True) as page:
        keys = Keyboard(page)
        page.goto("/cases")
        keys.follow("main a[href='/cases/new']")
        keys.files("#f-case_files", BUNDLE)
        keys.follow("main form:has([name=case_files]) button[type=submit]")
        case = page.url.rsplit("/", 1)[-1]
        keys.skip()
        keys.open("#what-if > summary")
        keys.choose(**{"if.dpyd_activity_score": "0"})
        keys.reach("#what-if button")
        page.keyboard.press("Enter")
        page.locator("#what-if-result .thought").wait_for()
        assert page.url.endswith((case, f"{case}#main")), "a thought needs no other page where scripts run"
        page.reload()
        keys.skip()
        keys.choose(**{"fact.dialysis": "false"})
        keys.follow("#missing button[form=answers]")
        assert count(web, "case_versions", "case_id = :id", id=case) == 2
        keys.follow(f"main a[href='/cases/{case}/release']")
        keys.follow("main button[value=preview]")
        keys.told("options")
        keys.choose(options="tnt-scrt-consol")
        keys.type(note="By keys alone.", new_name="Kay Invented", new_email="kay@example-patient.example")
        keys.follow("main button[value=preview]")
        keys.skip()
        keys.reach("main [name=sure]")
        page.keyboard.press("Space")
        keys.follow("main button[value=confirm]")
        code_on(page)
        keys.check()
    plan = kept(web, "SELECT plan FROM releases WHERE case_id = :id AND withdrawn_at IS NULL", id=case)
    assert "By keys alone." in str(plan)


def test_every_stop_of_a_case_page_can_be_worked_with(
    opened: Browser, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    case = one(web, "SELECT id FROM cases WHERE label = 'Invented: demo'")[0]
    with walking(opened, web, contexts["clinician"], scripts=True) as page:
        page.goto(f"/cases/{case}")
        keys = Keyboard(page)
        keys.skip()
        while keys.tab():
            pass
        assert keys.stops > 100
        keys.check()


def test_a_stop_that_cannot_be_seen_or_hit_is_found(opened: Browser, web: Server) -> None:
    """This file can fail: a mark that was taken away, a target that is too small, a summary without focus are all seen."""
    with walking(opened, web, scripts=True) as page:
        page.goto("/contact")
        page.evaluate(
            """() => { const sheet = new CSSStyleSheet();
            sheet.replaceSync("#f-name { outline: 0 !important; box-shadow: none !important } "
              + "main button { all: unset !important; font-size: 8px !important; line-height: 1 !important }");
            document.adoptedStyleSheets = [sheet]; }"""
        )
        keys = Keyboard(page)
        keys.to("#f-name")
        assert any("cannot be seen" in fault for fault in keys.faults), keys.faults
        keys.faults.clear()
        keys.to(SEND)
        assert any("the target is" in fault for fault in keys.faults), keys.faults
        with pytest.raises(KeyboardFault):
            keys.check()
        with pytest.raises(KeyboardFault, match="not on what is wrong"):
            keys.told()
        with pytest.raises(KeyboardFault, match="not reached"):
            keys.to("#no-such-thing")

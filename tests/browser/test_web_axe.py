"""Every page of the web application, from the router: no barrier that axe knows, nothing wider than the screen, nothing from elsewhere.

Each page is looked at as first opened, after an empty form was refused, and with what was typed shown again; with every fold of it
open. Two widths (one for refused forms and for Spanish), all five with the long tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from chemoplan.web.access import PageRoute
from chemoplan.web.app import routes
from tests.browser import web_walks
from tests.browser.web_examples import EXAMPLES, OPENED_BY, example_of, opener, parts_of, paths_of
from tests.browser.web_pages import AXE, CHROMIUM, WIDTHS, axe, facts, layout
from tests.browser.web_server import Server

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium found; the pages were not looked at in a browser"),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed (make browser-tools)"),
]
LONG = os.environ.get("CHEMOPLAN_LONG") == "1"
LOOKED_AT = WIDTHS if LONG else (320, 1280)
NARROW = WIDTHS if LONG else (320,)
"""Widths for refused forms: what goes wrong with long messages goes wrong on a phone first."""

FILES = {
    "appointment-file", "audit-csv", "board-minutes-pdf", "board-minutes-text", "bulk-publish", "case-fhir", "case-file", "case-json",
    "case-note-text", "case-pdf", "favicon", "fhir-lines", "legal-prices-file", "my-document", "my-plan-pdf", "my-visit-file",
    "price-locator", "referral-file", "referral-fhir", "report-css", "robots", "sitemap", "symptoms-questionnaire", "symptoms-response",
    "visit-file",
}  # fmt: skip
"""Answers that are no page."""

ELSEWHERE = {
    "oidc-begin": "leads to a provider, and this installation has none",
    "oidc-back": "answers a provider alone",
    "second-factor-setup": "the invented people have their second factor already",
}
"""Pages that a person of the demonstration is led away from, and why. tests/web looks at these."""

UNDECIDED = {
    "color-contrast": "text over a drawing, or cut off by a fold: axe cannot see its ground. tests/web measures the colors themselves",
}
"""What axe may leave open, and why that is no barrier."""

PAGES = [
    (route, language)
    for route in routes()
    if "GET" in route.methods and route.name not in FILES and route.name not in ELSEWHERE
    for language in route.languages
]


def test_every_address_with_parts_has_an_example() -> None:
    missing = []
    for route in routes():
        try:
            missing += [route.name] * (set(example_of(route)) != set(parts_of(route)))
        except KeyError as part:
            missing.append(f"{route.name} {part}")
    assert not missing, f"add lines to tests/browser/web_examples.py: {', '.join(missing)}"


def test_the_lists_of_this_file_name_pages_that_exist() -> None:
    known = {route.name for route in routes()}
    assert not (FILES | set(ELSEWHERE) | set(EXAMPLES) | set(OPENED_BY) | set(web_walks.WALKS)) - known


@pytest.mark.parametrize(("route", "language"), PAGES, ids=[f"{route.name}-{language}" for route, language in PAGES])
def test_a_page_has_no_barrier_in_any_state(
    route: PageRoute, language: str, web: Server, contexts: dict[str, BrowserContext]
) -> None:
    web.forget_limits()
    context = contexts[opener(route)]
    page = context.new_page()
    faults: list[str] = []
    try:
        for at in _opened(page, route, language, web):
            faults += [
                f"{at}: {fault}" for fault in _looked(page, language, widths=LOOKED_AT if language == "en" else NARROW)
            ]
            faults += [f"{at}: {fault}" for fault in _states(page, language)]
    finally:
        page.close()
    faults += context.watched.faults()  # type: ignore[attr-defined]
    context.watched.clear()  # type: ignore[attr-defined]
    assert not faults, "\n" + "\n".join(dict.fromkeys(faults))


def _opened(page: Page, route: PageRoute, language: str, web: Server) -> Iterator[str]:
    """Each address of a page while it is open."""
    root = "" if language == "en" else f"/{language}"
    if walk := web_walks.WALKS.get(route.name):
        yield from walk(page, root)
        return
    some = False
    for path in paths_of(route, language, lambda query: web.rows(query)):
        some = True
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, f"{path}: status {answer.status if answer else None}"
        assert page.url == f"{web.address}{path}", f"{path} leads to {page.url}"
        yield path
    assert some, f"the demonstration has nothing for {route.name}"


def _looked(page: Page, language: str, state: str = "first", widths: tuple[int, ...] = LOOKED_AT) -> list[str]:
    """What is wrong with the page as it is now, at each width."""
    faults = []
    seen = facts(page)
    if seen["lang"] != language:
        faults.append(f"lang is {seen['lang']!r}")
    if not seen["font"] or "Atkinson" not in seen["family"]:
        faults.append(f"the font is not used: {seen['family']}")
    if len(seen["h1"]) != 1 or not seen["h1"][0]:
        faults.append(f"main headings: {seen['h1']}")
    if seen["styled"]:
        faults.append(f"{seen['styled']} inline styles or scripts")
    page.evaluate(_OPEN)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        measured = layout(page)
        if measured["scroll"] > measured["wide"]:
            faults.append(f"{state} {width}px: {measured['scroll']} px wide: {measured['over']}")
        found = axe(page)
        faults += [f"{state} {width}px: {_told(item)}" for item in found["violations"]]
        faults += [
            f"{state} {width}px: undecided {_told(item)}"
            for item in found["incomplete"]
            if item["rule"] not in UNDECIDED
        ]
    return faults


def _told(item: dict[str, Any]) -> str:
    return f"{item['rule']} at {item['at']}: {item['why']} {item['html']}"


def _states(page: Page, language: str) -> list[str]:
    """The forms of a page: sent empty, then filled with one thing missing. Each refusal is a page that is looked at."""
    faults: list[str] = []
    here, done = page.url, set()
    forms = page.locator(web_walks.FORMS)
    for at in range(forms.count()):
        page.goto(here)
        if at >= forms.count():  # what was sent took a form away
            break
        page.evaluate(_OPEN)
        form = forms.nth(at)
        action = form.get_attribute("action") or here
        if action in done or not web_walks.asks(form):
            continue
        done.add(action)
        form.evaluate("item => { item.noValidate = true; item.reset(); }")
        form.evaluate(_EMPTY)
        status = web_walks.send(page, form)
        if status != 422:  # nothing of it is required
            faults += [f"the form to {action} is answered with {status}"] * (status not in (200, 303))
            continue
        faults += _told_wrong(page)
        faults += _looked(page, language, "error", NARROW)
        again = web_walks.main_form(page)
        web_walks.fill(again, password="no-such-password", code="none")
        left_out = again.evaluate(_LEAVE_OUT)
        if not left_out:
            continue
        typed = again.evaluate(_TYPED)
        if web_walks.send(page, again) != 422:
            continue
        kept = web_walks.main_form(page).evaluate(_TYPED)
        faults += [f"what was typed in {name} is lost" for name, value in typed.items() if kept.get(name) != value]
        faults += _looked(page, language, "filled", NARROW)
    return faults


_OPEN = "document.querySelectorAll('main details').forEach(fold => { fold.open = true; })"

_EMPTY = """form => { for (const field of form.elements) {
  if (field.matches("input[type=text], input[type=tel], input[type=email], input[type=date], textarea")) field.value = "";
  if (field.matches("input[type=radio], input[type=checkbox]")) field.checked = false;
} }"""

_LEAVE_OUT = """form => {
  const needed = [...form.querySelectorAll("[aria-required=true]")].filter(item => item.type !== "password");
  const last = needed.at(-1);
  if (!last) return "";
  last.value = last.inputMode === "email" ? "no address" : "";
  return last.name;
}"""

_TYPED = """form => Object.fromEntries([...new FormData(form)].filter(
  ([name, value]) => typeof value === "string" && name !== "csrf_token" && form.elements[name].type !== "password"
).map(([name, value]) => [name, value.replace(/\\r\\n/g, "\\n").trim()]))"""


def _told_wrong(page: Page) -> list[str]:
    """A refusal says what is wrong, leads to the field, and says it at the field too."""
    faults = []
    summary = page.locator(".error-summary")
    if summary.count() != 1:
        return ["the refused form has no summary of what is wrong"]
    for link in summary.locator("a").all():
        target = link.get_attribute("href") or ""
        if not re.fullmatch(r"#[\w-]+", target) or page.locator(target).count() != 1:
            faults.append(f"the summary leads to {target!r}, where no field is")
    if not page.title().lower().startswith(("error", "hay un error", "problem")):
        faults.append(f"the title does not say that something is wrong: {page.title()!r}")
    return faults


def test_the_phone_menu_opens_without_scripts_and_has_no_barrier(
    web: Server, contexts: dict[str, BrowserContext]
) -> None:
    page = contexts["anonymous"].new_page()
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto("/")
    page.locator("details.menu > summary").click()
    assert page.locator("details.menu a").first.is_visible()
    measured = layout(page)
    assert measured["scroll"] <= measured["wide"], measured["over"]
    assert axe(page)["violations"] == []
    page.close()


def test_a_page_with_a_barrier_is_found(opened: Browser, web: Server, contexts: dict[str, BrowserContext]) -> None:
    """This file can fail: a picture without words, a wide line, a strange host and an own style are all seen."""
    page = contexts["anonymous"].new_page()
    page.goto("/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', "
        "'<img src=\"http://elsewhere.example/a.png\"><p class=\"nowrap\">' + 'wide '.repeat(400) + '</p><h1>two</h1>')"
    )
    faults = "\n".join(_looked(page, "es"))
    page.wait_for_timeout(200)
    watched = contexts["anonymous"].watched.faults()  # type: ignore[attr-defined]
    contexts["anonymous"].watched.clear()  # type: ignore[attr-defined]
    page.close()
    assert "lang is 'en'" in faults
    assert "image-alt" in faults
    assert "px wide" in faults
    assert "main headings" in faults
    assert any("elsewhere.example" in fault for fault in watched), watched

"""What the journeys through the web application share: people without scripts, forms filled by name, what the database then holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from chemoplan.web.demo.invented import PASSWORD, PEOPLE
from tests.browser.web_server import Server

EXAMPLES = Path(__file__).parents[2] / "src" / "chemoplan" / "examples"
BUNDLE = EXAMPLES / "demo.fhir.json"
REFERENCE = re.compile(r"[2-9A-Z]{5}-[2-9A-Z]{5}")

REFERRAL = {
    "clinician_name": "Dr. Lee Madeup", "practice": "Invented Practice", "npi": "1234567893", "clinician_phone": "800-555-0144",
    "clinician_email": "lee@invented-practice.example", "patient_name": "Rae Fictional", "patient_born": "04/05/1961",
    "patient_phone": "800-555-0145", "stage": "cT3 cN1 cM0 (invented)",
}  # fmt: skip
CHOSEN = {
    "patient_language": "en", "interpreter": "no", "reason": "diagnosis", "urgency": "routine", "proof": "proven", "treated": "none",
    "record_pathology": "have", "record_mri": "have", "record_ct": "to_follow", "record_colonoscopy": "have", "record_cea": "not_done",
    "record_molecular": "to_follow", "record_prior_treatment": "not_done",
}  # fmt: skip
"""A referral of an invented person: what is typed, and what is chosen."""


def visitor(opened: Browser, web: Server, like: BrowserContext | None = None, *, scripts: bool = False) -> BrowserContext:  # fmt: skip
    """A browser of its own, without scripts unless asked for. `like`: signed in as another one is."""
    context = opened.new_context(
        base_url=web.address, java_script_enabled=scripts, viewport={"width": 1280, "height": 900},
        extra_http_headers=web.own_address(), reduced_motion="reduce", accept_downloads=True,
    )  # fmt: skip
    context.set_default_timeout(20_000)
    if like is not None:
        context.add_cookies([{**cookie, "url": web.address} for cookie in _plain(like.cookies())])
    return context


def _plain(cookies: list[Any]) -> list[dict[str, str]]:
    return [{"name": cookie["name"], "value": cookie["value"]} for cookie in cookies]


@contextmanager
def walking(opened: Browser, web: Server, like: BrowserContext | None = None, *, scripts: bool = False) -> Iterator[Page]:  # fmt: skip
    """The page of a visitor, closed at the end."""
    web.forget_limits()
    context = visitor(opened, web, like, scripts=scripts)
    try:
        yield context.new_page()
    finally:
        context.close()


def answer(page: Page, **typed: str) -> None:
    """Type into fields and choose among radios or a list, by name. True for a box is "yes"."""
    for name, value in typed.items():
        field = page.locator(f"main [name='{name}']:not([type=hidden])")
        assert field.count(), f"no field {name} at {page.url}"
        kind = field.first.evaluate("item => item.type")
        if kind in ("radio", "checkbox"):
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "select-one":
            field.first.select_option(value)
        else:
            field.first.fill(value)


def press(page: Page, what: str | Locator) -> int:
    """Press a button or follow a link that leads to another page; the status of the answer to it, before redirects."""
    first: list[int] = []

    def note(response: Any) -> None:
        if response.request.is_navigation_request() and response.frame == page.main_frame:
            first.append(response.status)

    page.on("response", note)
    with page.expect_navigation():
        (page.locator(what).first if isinstance(what, str) else what).click()
    page.remove_listener("response", note)
    return first[0]


SEND = "main form[method=post] button[type=submit]"


def shown(page: Page) -> str:
    """The words of the page itself."""
    return page.locator("main").inner_text()


def refused(page: Page, *names: str) -> None:
    """A refusal says what is wrong, first of all and at each of these fields, and leads there."""
    summary = page.locator("main .error-summary")
    assert summary.count() == 1, f"nothing says what is wrong: {shown(page)[:300]}"
    led = [link.get_attribute("href") for link in summary.locator("a").all()]
    assert led == [f"#f-{name}" for name in names], led
    for name in names:
        assert page.locator(f"#f-{name}-error").is_visible(), f"{name} does not say what is wrong with it"


def value(page: Page, name: str) -> str:
    """What stands in a field, or which choice is marked."""
    marked = page.locator(f"main [name='{name}']:checked")
    return (marked if marked.count() else page.locator(f"main [name='{name}']").first).input_value()


def downloaded(page: Page, press_it: Callable[[], None]) -> bytes:
    """The file that a link gives."""
    with page.expect_download() as waiting:
        press_it()
    return Path(waiting.value.path()).read_bytes()


def one(web: Server, query: str, **values: Any) -> tuple[Any, ...]:
    """The one row that a query finds."""
    rows = web.rows(query, **values)
    assert len(rows) == 1, f"{len(rows)} rows: {query}"
    return rows[0]


def count(web: Server, table: str, where: str = "1 = 1", **values: Any) -> int:
    """How many rows of a table there are."""
    return int(one(web, f"SELECT COUNT(*) FROM {table} WHERE {where}", **values)[0])  # noqa: S608 - written in tests


def kept(web: Server, query: str, **values: Any) -> dict[str, Any]:
    """A column of answers, read."""
    found = one(web, query, **values)[0]
    return dict(json.loads(found) if isinstance(found, str) else found)


def sign_in(page: Page, role: str) -> None:
    """Sign in by the forms; staff type the six numbers that the page of the demonstration shows."""
    page.goto("/sign-in")
    answer(page, email=PEOPLE[role][1], password=PASSWORD)
    assert press(page, SEND) == 303, shown(page)
    if page.url.split("?")[0].endswith("/sign-in/second"):
        found = re.search(r"\b\d{6}\b", page.locator(".demo-code").inner_text())
        assert found, "the demonstration shows no numbers"
        answer(page, code=found[0])
        assert press(page, SEND) == 303, shown(page)


def code_on(page: Page) -> str:
    """The code that the page gives to a person, to be written down."""
    code = page.locator("main .reference").first.inner_text().strip()
    assert REFERENCE.fullmatch(code), code
    return code


def new_case(page: Page) -> list[str]:
    """From the list of cases to the page of a new case, out of a FHIR bundle; every press on the way, and nothing typed."""
    presses = []
    page.goto("/cases")
    for what in ("main a[href='/cases/new']", "main form:has([name=case_files]) button[type=submit]"):
        if "case_files" in what:
            page.locator("#f-case_files").set_input_files(BUNDLE)
            presses.append("choose the file")
        press(page, what)
        presses.append(what)
    assert re.search(r"/cases/[\w-]+$", page.url), shown(page)
    return presses

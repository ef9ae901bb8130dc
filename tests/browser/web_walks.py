"""Ways through the web application as a person goes: fill a form, send it, go on. Each works with scripts or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

TYPED = {
    "email": "kim@example-patient.example",
    "tel": "800-555-0142",
    "phone": "800-555-0142",
    "born": "04/05/1961",
    "birth_date": "04/05/1961",
    "npi": "1234567893",
    "date": "04/05/1961",
    "number": "1",
    "text": "Kim O'Invented & daughter",
    "textarea": "Invented words <b>to try</b> the page: how long will it take?\nA second line with é and ñ.",
}
"""What is typed, by the name of a field, else by its kind."""

FORMS = "main form[method=post]"


def fill(form: Locator, **wanted: str) -> None:
    """Answer every field that is shown: what is wanted by name, else the first choice or invented words."""
    form.evaluate(_FILL, [wanted, TYPED])


_FILL = """(form, [wanted, typed]) => {
  for (const field of form.elements) {
    if (field.offsetParent === null || field.matches("button, fieldset, [type=hidden], [type=submit], [type=file]")) continue;
    const name = field.name, asked = wanted[name];
    if (field.type === "radio") {
      const group = [...form.elements].filter(item => item.name === name && item.type === "radio");
      (group.find(item => item.value === asked) || group[0]).checked = true;
    } else if (field.type === "checkbox") field.checked = asked !== "no";
    else if (field.tagName === "SELECT") field.value = asked || [...field.options].map(item => item.value).find(Boolean) || "";
    else {
      const kind = field.tagName === "TEXTAREA" ? "textarea" : ["email", "tel", "date", "number"].find(
        item => field.classList.contains(item)) || "text";
      field.value = asked !== undefined ? asked : (typed[name] || typed[kind]).slice(0, field.maxLength > 0 ? field.maxLength : 9999);
    }
  }
}"""


def send(page: Page, form: Locator) -> int:
    """Send a form by its first button, wherever it stands; the status of the answer before redirects: 303 or 422."""
    if form.get_attribute("hx-post"):
        with page.expect_response(lambda response: response.request.method == "POST") as answered:
            form.evaluate(_SEND)
        return answered.value.status
    first: list[int] = []

    def note(response: Any) -> None:
        if response.request.method == "POST" and response.request.is_navigation_request():
            first.append(response.status)

    page.on("response", note)
    with page.expect_navigation():
        form.evaluate(_SEND)
    page.remove_listener("response", note)
    return first[0] if first else 0


_SEND = "form => form.requestSubmit([...form.elements].find(item => item.matches('button:not([type=button]), [type=submit]')))"


def main_form(page: Page) -> Locator:
    """The form that a page is about: the first one of main that asks something, else the first."""
    forms = page.locator(FORMS)
    for at in range(forms.count()):
        if asks(forms.nth(at)):
            return forms.nth(at)
    return forms.first


def asks(form: Locator) -> bool:
    """Whether a form has anything to fill in."""
    return bool(
        form.evaluate(
            "item => [...item.elements].some(field => field.offsetParent !== null && "
            "(field.matches('select, textarea, input') && !['hidden', 'submit', 'button'].includes(field.type)))"
        )
    )


def appointment(page: Page, root: str) -> Iterator[str]:
    """Through the steps of an appointment; yields each step while it is open, then `check`, then `done`."""
    page.goto(f"{root}/appointment")
    send(page, main_form(page))
    for _ in range(12):
        here = page.url
        step = here.rstrip("/").rsplit("/", 1)[-1]
        yield step
        page.goto(here)
        if step == "check":
            assert send(page, page.locator(FORMS).last) == 303, page.locator("main").inner_text()
            yield "done"
            return
        form = main_form(page)
        fill(form, who="me", language="en", tracking="")
        status = send(page, form)
        assert status == 303, f"step {step}: {status}\n{page.locator('main').inner_text()}"
        assert page.url != here, f"step {step} leads to itself"
    raise AssertionError("the appointment has no end")


def made_appointment(page: Page, root: str) -> str:
    """Make an appointment and open it by its code; leaves the browser on the page of the visit. Returns the code."""
    for _ in appointment(page, root):
        pass
    code = page.locator("main .reference, main .code, main strong").first.inner_text().strip()
    page.goto(f"{root}/visit")
    form = main_form(page)
    fill(form, code=code)
    assert send(page, form) == 303, page.locator("main").inner_text()
    return code


def _sent(address: str) -> Callable[[Page, str], Iterator[str]]:
    """A form filled, sent and taken."""

    def walk(page: Page, root: str) -> Iterator[str]:
        page.goto(f"{root}{address}")
        form = main_form(page)
        fill(form)
        assert send(page, form) == 303, page.locator("main").inner_text()
        yield urlsplit(page.url).path

    return walk


def _referral_status(page: Page, root: str) -> Iterator[str]:
    for _ in _sent("/refer")(page, root):
        code = page.locator("main .reference").first.inner_text().strip()
    page.goto(f"{root}/refer/track")
    form = main_form(page)
    fill(form, code=code)
    assert send(page, form) == 303, page.locator("main").inner_text()
    yield f"{root}/refer/status"


def _linked(part: str, after: str = "") -> Callable[[Page, str], Iterator[str]]:
    """Through the cases to the first link whose address holds these words, from the page of a case or one `after` it."""

    def walk(page: Page, root: str) -> Iterator[str]:
        page.goto("/cases")
        cases = {link.get_attribute("href") or "" for link in page.locator('main a[href^="/cases/"]').all()}
        for case in sorted(cases - {"/cases/new"}):
            page.goto(case + after)
            link = page.locator(f'main a[href*="{part}"]')
            if link.count():
                page.goto(link.first.get_attribute("href") or "")
                yield urlsplit(page.url).path
                return
        raise AssertionError(f"no case shows a link with {part}")

    return walk


def _appointment_until(wanted: str) -> Callable[[Page, str], Iterator[str]]:
    def walk(page: Page, root: str) -> Iterator[str]:
        for step in appointment(page, root):
            if wanted == "steps" and step not in ("check", "done"):
                yield step
            elif step == wanted:
                yield step
                return

    return walk


def _visit(address: str) -> Callable[[Page, str], Iterator[str]]:
    def walk(page: Page, root: str) -> Iterator[str]:
        made_appointment(page, root)
        page.goto(f"{root}{address}")
        yield address

    return walk


def _second_factor(page: Page, root: str) -> Iterator[str]:
    from chemoplan.web.demo.invented import PASSWORD, PEOPLE

    page.context.clear_cookies()
    page.goto(f"{root}/sign-in")
    form = main_form(page)
    fill(form, email=PEOPLE["clinician"][1], password=PASSWORD)
    assert send(page, form) == 303
    yield "second"
    page.context.clear_cookies()


WALKS: dict[str, Callable[[Page, str], Iterator[str]]] = {
    "case-option": _linked("/options/"),
    "case-trial": _linked("/trials/NCT", after="/trials"),
    "contact-done": _sent("/contact"),
    "refer-done": _sent("/refer"),
    "refer-status": _referral_status,
    "order-new": _linked("/order/"),
    "override": _linked("/override/"),
    "appointment-step": _appointment_until("steps"),
    "appointment-check": _appointment_until("check"),
    "appointment-done": _appointment_until("done"),
    "visit-kept": _visit("/visit/details"),
    "visit-time": _visit("/visit/time"),
    "visit-cancel": _visit("/visit/cancel"),
    "second-factor": _second_factor,
}
"""Pages that stand at the end of a way: by their name, how a person gets there."""

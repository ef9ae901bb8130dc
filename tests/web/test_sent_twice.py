"""The same form sent twice, as by a second press or after a broken connection, makes one thing; another form makes another."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Table, func, select

from chemoplan.web.store.tables import cases, check_ins, inbox, messages, order_sheets, referrals
from tests.web.test_case_page import EXAMPLES, make
from tests.web.test_referral import ANSWERS, PDF, code_of
from tests.web.test_symptoms import PAGE, WELL
from tests.web.visitors import Site, empty_site, token

CONTACT = {
    "topic": "other",
    "name": "Alex Invented",
    "email": "alex@example.example",
    "phone": "",
    "message": "When are you open?",
}
ORDER = {"version": "1", "act": "prepare", "level": "0"}
CASE = ("case_files", ("own.yaml", (EXAMPLES / "02-standard-risk-mid-rectum.yaml").read_bytes(), "text/plain"))


def order_page(client: Any) -> str:
    """The page of an order that is complete, of a new case."""
    address = make(client, "13-first-cycle.yaml")
    return str(re.findall(rf'href="({address}/order/[^"]+)"', client.get(address).text)[0])


class Sent(NamedTuple):
    """A form: who sends it, from which page (or one that is made first), what is typed, what it makes, which field may change."""

    role: str
    page: str | Callable[[Any], str]
    fields: dict[str, Any]
    table: Table
    field: str
    other: str
    files: Any = None


FORMS = {
    "contact": Sent("", "/contact", CONTACT, messages, "message", "Where are you?"),
    "referral": Sent("", "/refer", ANSWERS, referrals, "patient_name", "Kim Invented", [("files", PDF)]),
    "check-in": Sent("patient", PAGE, WELL, check_ins, "note", "One more thing"),
    "case": Sent("clinician", "/cases/new", {"door": "files"}, cases, "label", "Another", [CASE]),
    "order": Sent(
        "clinician", order_page, ORDER, order_sheets, "level", "1"
    ),
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


def count(site: Site, table: Table) -> int:
    with site.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def opened(site: Site, form: Sent) -> tuple[Any, str, dict[str, Any]]:
    """A browser on the page, the address, and what it sends."""
    client = site.signed_in(form.role) if form.role else site.visitor()
    page = form.page if isinstance(form.page, str) else form.page(client)
    return client, page, {**form.fields, "csrf_token": token(client.get(page).text)}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_sent_twice_makes_one(site: Site, name: str) -> None:
    form = FORMS[name]
    client, page, data = opened(site, form)
    before = count(site, form.table)
    answers = [client.post(page, data=data, files=form.files) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303], answers[0].text
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert count(site, form.table) == before + 1
    assert client.get(answers[1].headers["location"]).status_code == 200


@pytest.mark.parametrize("name", FORMS)
def test_the_same_page_with_other_words_and_the_same_words_from_a_new_page_make_another(site: Site, name: str) -> None:
    form = FORMS[name]
    client, page, data = opened(site, form)
    before = count(site, form.table)
    first = client.post(page, data=data, files=form.files)
    changed = client.post(page, data={**data, form.field: form.other}, files=form.files)
    again = client.post(page, data={**data, "csrf_token": token(client.get(page).text)}, files=form.files)
    assert len({first.headers["location"], changed.headers["location"], again.headers["location"]}) >= (
        1 if name == "referral" else 3
    )
    assert count(site, form.table) == before + 3


def test_the_code_of_a_referral_is_told_to_the_second_answer_too(site: Site) -> None:
    form = FORMS["referral"]
    sender, page, data = opened(site, form)
    sender.post(page, data=data, files=form.files)
    code = code_of(sender)
    for name in ("refer-code", "referral-code", "referral"):
        sender.cookies.delete(name) if name in sender.cookies else None
    sender.post(page, data=data, files=form.files)
    assert code_of(sender) == code
    tracked = site.visitor()
    found = tracked.post("/refer/track", data={"csrf_token": token(tracked.get("/refer/track").text), "code": code})
    assert found.headers["location"] == "/refer/status"


def test_of_eight_at_once_one_is_kept_and_all_hear_the_same(site: Site) -> None:
    client, page, data = opened(site, FORMS["contact"])

    def send(_: int) -> str:
        visitor = site.visitor()
        visitor.cookies.update(client.cookies)
        return str(visitor.post(page, data=data).headers["location"])

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(send, range(8)))
    assert len(found) == 1
    assert count(site, messages) == count(site, inbox) == 1

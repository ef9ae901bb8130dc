"""The same form sent twice, as by a second press or after a broken connection, makes one thing; another form makes another."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Table, func, select

from chemoplan.web.demo.invented import PASSWORD, PEOPLE, code_now
from chemoplan.web.store.tables import (
    accounts,
    cases,
    check_ins,
    inbox,
    messages,
    order_sheets,
    overrides,
    referrals,
    releases,
    sessions,
)
from tests.web.test_case_page import EXAMPLES, make
from tests.web.test_referral import ANSWERS, PDF, code_of
from tests.web.test_symptoms import PAGE, WELL
from tests.web.visitors import Site, empty_site, post, token

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


def twice(client: Any, address: str, page: str, **fields: str) -> list[Any]:
    """The two answers to one form of one page."""
    data = {"csrf_token": token(client.get(page).text), **fields}
    return [client.post(address, data=data) for _ in range(2)]


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


def test_a_decision_of_the_team_sent_twice_is_one(site: Site) -> None:
    client = site.signed_in("clinician")
    address = make(client)
    place = f"{address}/override/tnt-lccrt-consol"
    answers = twice(client, place, place, decision="chosen", reason="Board.")
    assert [answer.headers["location"] for answer in answers] == [address, address]
    assert count(site, overrides) == 1
    twice(client, place, place, decision="chosen", reason="Board.")  # of a new page: said once more
    assert count(site, overrides) == 2


def test_a_release_to_a_new_person_sent_twice_is_one_and_both_answers_tell_the_code(site: Site) -> None:
    client = site.signed_in("clinician")
    address = make(client)
    page, before = f"{address}/release", count(site, accounts)
    person = {"patient": "", "new_name": "New Person", "new_email": "new@example-cancer.example"}
    words = {"options": "tnt-lccrt-consol", "language": "en", "version": "1", "act": "confirm", "sure": "yes"}
    first, second = twice(client, page, page, **person, **words)
    codes = [re.findall(r'class="reference">([^<]+)<', answer.text) for answer in (first, second)]
    assert [answer.status_code for answer in (first, second)] == [200, 200], second.text
    assert codes[0] == codes[1] != []
    assert (count(site, releases), count(site, accounts)) == (1, before + 1)
    with site.database.read() as connection:
        assert connection.execute(select(releases.c.withdrawn_at)).scalar_one() is None
    assert post(site.visitor(), "/sign-in/code", code=codes[1][0]).status_code == 303


def test_a_release_sent_again_after_its_code_was_used_tells_no_code(site: Site) -> None:
    client = site.signed_in("clinician")
    page = f"{make(client)}/release"
    person = {"patient": "", "new_name": "New Person", "new_email": "new@example-cancer.example"}
    words = {"options": "tnt-lccrt-consol", "language": "en", "version": "1", "act": "confirm", "sure": "yes"}
    data = {"csrf_token": token(client.get(page).text), **person, **words}
    (code,) = re.findall(r'class="reference">([^<]+)<', client.post(page, data=data).text)
    assert post(site.visitor(), "/sign-in/code", code=code).status_code == 303
    again = client.post(page, data=data)
    assert again.status_code == 303
    assert client.get(again.headers["location"]).status_code == 200
    assert count(site, releases) == 1


def test_a_release_to_a_known_person_sent_twice_is_one(site: Site) -> None:
    client = site.signed_in("clinician")
    page = f"{make(client)}/release"
    words = {"options": "tnt-lccrt-consol", "language": "en", "version": "1", "act": "confirm", "sure": "yes"}
    first, second = twice(client, page, page, patient=site.people["patient"], **words)
    assert first.headers["location"] == second.headers["location"]
    assert count(site, releases) == 1


def test_an_account_added_twice_is_one_and_both_answers_tell_the_code(site: Site) -> None:
    client, before = site.signed_in("administrator"), count(site, accounts)
    new = {"name": "New Navigator", "email": "nn@example-cancer.example", "role": "navigator", "language": "en"}
    first, second = twice(client, "/accounts", "/accounts", **new)
    assert [first.status_code, second.status_code] == [200, 200]
    codes = [re.findall(r'class="code">([^<]+)<', answer.text) for answer in (first, second)]
    assert codes[0] == codes[1] != []
    assert count(site, accounts) == before + 1
    other = client.post("/accounts", data={**new, "csrf_token": token(client.get("/accounts").text)})
    assert other.status_code == 422  # another form with the same address is no second press
    assert post(site.visitor(), "/sign-in/code", code=codes[1][0]).status_code == 303


def at_the_second_step(site: Site, role: str, page: str) -> tuple[Any, dict[str, str], str]:
    """A browser that gave the password, what the form of the second step sends, and the cookie from before."""
    visitor = site.visitor()
    post(visitor, "/sign-in", email=PEOPLE[role][1], password=PASSWORD)
    code = code_now(site.database, site.people[role], datetime.now(UTC))
    return visitor, {"csrf_token": token(visitor.get(page).text), "code": code or ""}, str(visitor.cookies["session"])


def with_cookie(visitor: Any, cookie: str) -> Any:
    visitor.cookies.delete("session")
    visitor.cookies.set("session", cookie)
    return visitor


def test_the_second_step_set_up_by_two_presses_shows_the_spare_codes_and_stays_signed_in(site: Site) -> None:
    with site.database.write() as connection:
        mine = accounts.c.id == site.people["navigator"]
        connection.execute(accounts.update().where(mine).values(totp_confirmed_at=None))
    visitor, data, before = at_the_second_step(site, "navigator", "/sign-in/setup")
    first = visitor.post("/sign-in/setup", data=data)
    second = with_cookie(visitor, before).post("/sign-in/setup", data=data)
    assert [first.status_code, second.status_code] == [200, 200]
    codes = [re.findall(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", answer.text) for answer in (first, second)]
    assert codes[0] == codes[1]
    assert len(set(codes[0])) == 8
    assert visitor.get("/account").status_code == 200
    other = site.visitor()
    post(other, "/sign-in", email=PEOPLE["navigator"][1], password=PASSWORD)
    assert post(other, "/sign-in/second", code=codes[1][0]).status_code == 303


def test_the_second_step_given_by_two_presses_stays_signed_in(site: Site) -> None:
    visitor, data, before = at_the_second_step(site, "clinician", "/sign-in/second")
    first = visitor.post("/sign-in/second", data=data)
    second = with_cookie(visitor, before).post("/sign-in/second", data=data)
    assert first.headers["location"] == second.headers["location"] == "/inbox"
    assert visitor.get("/inbox").status_code == 200


@pytest.mark.parametrize("change", ["other code", "other page", "signed out", "much later", "no form"])
def test_the_cookie_from_before_the_second_step_opens_nothing_but_to_the_same_form_at_once(
    site: Site, change: str
) -> None:
    visitor, data, before = at_the_second_step(site, "clinician", "/sign-in/second")
    shown = token(visitor.get("/sign-in/second").text)
    assert visitor.post("/sign-in/second", data=data).status_code == 303
    if change == "signed out":
        post(visitor, "/sign-out", of="/account")
    if change == "much later":
        with site.database.write() as connection:
            earlier = datetime.now(UTC) - timedelta(minutes=2)
            connection.execute(sessions.update().values(created_at=earlier))
    if change == "no form":
        assert with_cookie(visitor, before).get("/inbox").status_code == 303
        return
    sent = {**data, **({"code": "000000"} if change == "other code" else {})}
    sent |= {"csrf_token": shown} if change == "other page" else {}
    assert with_cookie(visitor, before).post("/sign-in/second", data=sent).status_code == 403
    assert visitor.get("/inbox").status_code == 303

"""All pages by all kinds of visitors: each opens what it may; nobody outside the care team reads a plan that was not released."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, text, update
from starlette.testclient import TestClient

from chemoplan.web.access import PageRoute
from chemoplan.web.app import routes
from chemoplan.web.store import tables
from tests.browser.web_examples import parts_of, paths_of
from tests.web.conftest import MARK, House, open_house
from tests.web.visitors import post

PEOPLE = ("anonymous", "patient", "second patient", "referrer", "navigator", "clinician", "pharmacist", "administrator")
OUTSIDE = ("anonymous", "patient", "second patient", "referrer")
ENDS = {
    "sign-out", "account-sessions", "account", "account-close", "account-reset", "account-open", "account-code", "legal-cookies",
    "sign-in", "sign-in-code",
}  # fmt: skip
"""Pages whose form would end the session that a test still needs."""

EMPTY = {"appointment-file", "visit-file", "oidc-begin", "oidc-back"}
"""Pages that have nothing to give at first: no visit was made or opened in this browser, and no provider is set up."""

SECRETS = {
    "label": "canarylabel7f3a", "reason": "canaryreason9b1c", "order": "canaryorder2d8e", "decision": "canarydecision5c4f",
    "dissent": "canarydissent1e6a", "note": "canarynote8a2b", "withdrawn": "canarywithdrawn3f9d", "file": "canaryfile6b7c",
}  # fmt: skip
"""Words of the care team that are in nothing that was released."""


def role_of(person: str) -> str:
    return "patient" if person == "second patient" else person


def addresses(route: PageRoute, house: House, most: int = 50) -> list[tuple[str, str]]:
    """Every address of a page: language and path. Where the demonstration holds no example, a strange id stands for it."""
    found = []
    for language in route.languages:
        try:
            paths = list(paths_of(route, language, house.rows, most))
        except KeyError:  # another test asks for the example
            paths = []
        if not paths:
            bare = route.path
            for name in parts_of(route):
                bare = bare.replace("{" + name + "}", "no-such-id")
            paths = [bare if language == "en" else f"/{language}{bare}"]
        found += [(language, path) for path in paths]
    return found


@pytest.mark.parametrize("person", PEOPLE)
def test_a_page_opens_to_those_whom_it_names_and_to_nobody_else(person: str, house: House) -> None:
    client, wrong = house.client(person), []
    for route in routes():
        for _, path in addresses(route, house, most=2):
            answer = client.get(path)
            may = role_of(person) in route.who
            if "GET" not in route.methods:
                # 405, or what a page with a part in its address says of it: /cases/find is no case.
                expected = answer.status_code in (403, 404, 405) or to_sign_in(answer, route)
            elif may:
                # What is one person's own is not there for another one of the same role.
                good = (200, 303, 404) if is_own(route) or route.name in EMPTY else (200, 303)
                expected = answer.status_code in good and not to_sign_in(answer, route)
            elif person == "anonymous":
                expected = answer.status_code == 303 and to_sign_in(answer, route)
            else:
                expected = answer.status_code == 403
            if not expected:
                wrong.append(
                    f"GET {path} ({route.name}) by {person}: {answer.status_code} {answer.headers.get('location', '')}"
                )
    assert not wrong, "\n" + "\n".join(wrong)


def is_own(route: PageRoute) -> bool:
    """Whether a page shows what belongs to one patient or one referrer."""
    return bool(parts_of(route)) and route.who <= {"patient", "referrer"}


def to_sign_in(answer: object, route: PageRoute) -> bool:
    """Whether an answer leads to the sign-in page (which its own pages may do)."""
    address = urlsplit(answer.headers.get("location", "")).path  # type: ignore[attr-defined]
    return address in ("/sign-in", "/es/sign-in") and not route.path.startswith("/sign-in")


@pytest.mark.parametrize("person", PEOPLE)
def test_what_is_sent_without_the_token_of_the_form_is_refused_and_changes_nothing(person: str, house: House) -> None:
    client, wrong, before = house.client(person), [], content(house)
    stranger = house.token("anonymous") if person != "anonymous" else "0" * 64
    for route in routes():
        for _, path in addresses(route, house, most=1)[:1]:
            for data in ({}, {"csrf_token": ""}, {"csrf_token": stranger}):
                answer = client.post(path, data={"name": "x", **data})
                if "POST" not in route.methods:
                    expected = answer.status_code in (403, 405) or to_sign_in(answer, route)
                elif role_of(person) not in route.who and person == "anonymous":
                    expected = to_sign_in(answer, route)
                else:
                    expected = answer.status_code == 403
                if not expected:
                    wrong.append(f"POST {path} ({route.name}) by {person} with {list(data)}: {answer.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert content(house) == before


@pytest.mark.parametrize("person", PEOPLE)
def test_a_form_that_is_right_in_all_but_the_role_is_refused_and_changes_nothing(person: str, house: House) -> None:
    client, given, wrong, before = house.client(person), house.token(person), [], content(house)
    tried = 0
    for route in routes():
        if "POST" not in route.methods or role_of(person) in route.who:
            continue
        for _, path in addresses(route, house, most=1)[:1]:
            tried += 1
            house.calm()
            answer = client.post(
                path, data={"csrf_token": given, "setting": "initial", "decision": "chosen", "reason": "x"}
            )
            if not (answer.status_code == 403 or (person == "anonymous" and to_sign_in(answer, route))):
                wrong.append(f"POST {path} ({route.name}) by {person}: {answer.status_code}")
    assert tried and not wrong, "\n" + "\n".join(wrong)
    assert content(house) == before


def content(house: House) -> dict[str, int]:
    """How many rows each table holds, but for what counts and remembers visits."""
    names = [table.name for table in tables.metadata.sorted_tables if table.name not in ("limits", "sessions")]
    return {name: house.rows(f'SELECT COUNT(*) FROM "{name}"')[0][0] for name in names}  # noqa: S608 - our own tables


@pytest.mark.parametrize("person", PEOPLE)
def test_whatever_is_sent_with_the_token_is_answered_without_a_fault(person: str, tmp_path: Path) -> None:
    house = open_house(tmp_path)
    client, given, wrong = house.client(person), house.token(person), []
    for route in routes():
        if "POST" not in route.methods or route.name in ENDS or role_of(person) not in route.who:
            continue
        for _, path in addresses(route, house, most=1):
            for data in ({}, JUNK):
                house.calm()
                answer = client.post(path, data={**data, "csrf_token": given})
                if answer.status_code not in (200, 303, 403, 404, 409, 422):
                    wrong.append(f"POST {path} ({route.name}) by {person}, {len(data)} fields: {answer.status_code}")
    client.close()
    house.database.close()
    house.app.state.building.database.close()
    assert not wrong, "\n" + "\n".join(wrong)


JUNK = dict.fromkeys(
    ("name", "email", "act", "action", "id", "option", "target", "decision", "reason", "facts", "regimen", "patient", "text", "order",
     "version", "seen", "slot", "who", "status", "door", "pasted", "case", "topic", "message", "words", "born", "code", "item", "note"),
    "\u202e<b>'\"; DROP TABLE cases; --\x00 9e999",
)  # fmt: skip


@pytest.fixture(scope="module")
def planted(house: House) -> str:
    """A case of the patient that was not released, and words of the care team all about it; the id of the case."""
    clinician = house.client("clinician")
    example = Path("src/chemoplan/examples/02-standard-risk-mid-rectum.yaml").read_text(encoding="utf-8")
    pasted = f"# {SECRETS['file']}\n{example}"
    answer = post(clinician, "/cases/new", door="paste", label=SECRETS["label"], pasted=pasted)
    assert answer.status_code == 303, answer.text[-3000:]
    case = answer.headers["location"].rstrip("/").rsplit("/", 1)[-1]
    own, now = {"created_by": house.people["clinician"], "created_at": datetime.now(UTC)}, datetime.now(UTC)
    patient = house.people["patient"]
    with house.database.write() as connection:
        connection.execute(update(tables.cases).where(tables.cases.c.id == case).values(patient_account_id=patient))
        connection.execute(
            insert(tables.overrides).values(
                case_id=case, target="obs", decision="declined", reason=SECRETS["reason"], **own
            )
        )
        connection.execute(
            insert(tables.order_sheets).values(
                case_id=case, case_version=1, regimen="mfolfox6", order={"title": SECRETS["order"]},
                prepared_by=house.people["clinician"], prepared_at=now,
            )
        )  # fmt: skip
        meeting = connection.execute(
            insert(tables.board_meetings)
            .values(title="Board", starts_at=now, closed=False, **own)
            .returning(tables.board_meetings.c.id)
        ).scalar_one()
        connection.execute(
            insert(tables.board_items).values(
                board_meeting_id=meeting, case_id=case, position=1, question="Which way?", decision=SECRETS["decision"],
                dissent=SECRETS["dissent"], options=[], case_version=1, decided_by=house.people["clinician"], decided_at=now,
            )
        )  # fmt: skip
        connection.execute(text("UPDATE inbox SET note = :note"), {"note": SECRETS["note"]})
        released = connection.execute(
            text("SELECT plan FROM releases WHERE patient_account_id = :patient LIMIT 1"), {"patient": patient}
        ).scalar()
        connection.execute(
            insert(tables.releases).values(
                case_id=case, patient_account_id=patient, case_version=1, language="en", note=SECRETS["withdrawn"],
                plan={"title": SECRETS["withdrawn"], "was": bool(released)}, released_by=house.people["clinician"],
                released_by_name="Ana Rivera, MD", released_at=now, withdrawn_by=house.people["clinician"], withdrawn_at=now,
                withdrawn_reason=SECRETS["withdrawn"],
            )
        )  # fmt: skip
    return case


@pytest.mark.parametrize("person", OUTSIDE)
def test_nobody_outside_the_care_team_ever_reads_a_plan_that_was_not_released(
    person: str, house: House, planted: str
) -> None:
    client, leaks, seen = house.client(person), [], 0
    for path, answer in everything(client, house, planted):
        seen += 1
        leaks += [f"{path} shows {name!r}" for name, word in SECRETS.items() if word in words_of(answer)]
        leaks += [f"{path} shows the title of option {option}" for option in marks_in(words_of(answer))]
    assert not leaks, "\n" + "\n".join(leaks)
    assert seen > 100, f"only {seen} answers were read"
    assert client.get("/account").status_code == (303 if person == "anonymous" else 200), "the session ended on the way"


def test_the_care_team_does_read_it(house: House, planted: str) -> None:
    """The marks are there to be found: the test above could fail."""
    words = words_of(house.client("clinician").get(f"/cases/{planted}"))
    assert SECRETS["label"] in words
    assert SECRETS["reason"] in words
    assert marks_in(words)


def marks_in(words: str) -> set[str]:
    """Options whose titles stand in the words."""
    return set(re.findall(re.escape(MARK) + r"([\w-]+)", words))


def everything(client: TestClient, house: House, case: str) -> Iterator[tuple[str, object]]:
    """Every address of the router with the case's id and every example, every form of it sent, and every link that a page shows."""
    given = house.token_of(client)
    waiting: list[str] = []
    done: set[str] = set()
    for route in routes():
        waiting += [path for _, path in addresses(route, house)]
        if {"id"} <= set(parts_of(route)):
            waiting += [re.sub(r"\{\w+\}", "1", route.path.replace("{id}", case))]
    posts = [
        path
        for route in routes()
        if "POST" in route.methods and route.name not in ENDS
        for path in _with_case(route, house, case)
    ]
    for path in posts:
        house.calm()
        yield f"POST {path}", client.post(path, data={"csrf_token": given, "setting": "initial"})
    while waiting and len(done) < 900:
        path = waiting.pop(0)
        if path in done:
            continue
        done.add(path)
        answer = client.get(path)
        yield path, answer
        if "html" in answer.headers.get("content-type", ""):
            found = re.findall(r'(?:href|src|action)="(/[^"#]*)"', answer.text)
            waiting += [
                unescape(link)
                for link in found
                if unescape(link) not in done and "/static/" not in link and "lang" not in link
            ]


def _with_case(route: PageRoute, house: House, case: str) -> list[str]:
    """The addresses that a form of a page is sent to."""
    paths = [path for _, path in addresses(route, house, most=1)][:1]
    return [*paths, re.sub(r"\{\w+\}", "1", route.path.replace("{id}", case))] if parts_of(route) else paths


def words_of(answer: object) -> str:
    """The words of an answer: of its head, of its body, of a PDF what it prints."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())  # type: ignore[attr-defined]
    body: bytes = answer.content  # type: ignore[attr-defined]
    if body.startswith(b"%PDF"):
        if shutil.which("pdftotext") is None:
            return head
        body = subprocess.run(["pdftotext", "-", "-"], input=body, capture_output=True, check=True).stdout
    return f"{head}\n{unescape(body.decode('utf-8', 'replace'))}"


OWN = {route.name for route in routes() if is_own(route) and "patient" in route.who}


def test_every_page_of_one_patient_is_known_here() -> None:
    assert {"my-check-in-result", "my-document", "my-visit-file"} <= OWN


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_patient_opens_what_is_his_own_and_no_other_patient_does(name: str, house: House) -> None:
    route = next(route for route in routes() if route.name == name)
    paths = list(paths_of(route, "en", house.rows))
    assert paths, f"the demonstration has nothing for {name}"
    for path in paths:
        answers = {person: house.client(person).get(path).status_code for person in ("patient", "second patient")}
        assert sorted(answers.values()) == [200, 404], f"{path}: {answers}"

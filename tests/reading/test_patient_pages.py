"""Every page that patients and everybody may open, as the application shows it: short words, short sentences, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from chemoplan.web.access import ANONYMOUS, PATIENT_ROLE, PageRoute
from chemoplan.web.app import create_app, routes
from chemoplan.web.center.file import load_center
from chemoplan.web.demo.invented import PEOPLE, fill
from chemoplan.web.guide_search import pages
from chemoplan.web.pages.aids import aids
from chemoplan.web.settings import Settings
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import prepare
from chemoplan.web.store.tables import appointments, check_ins
from tests.reading.grade import MAX_GRADE, MAX_SMOG, MAX_WORDS, MIN_SPANISH, grade, sentences, spanish_ease
from tests.web.visitors import SECRET, Site, post

SMOG_SENTENCES = 30
"""SMOG is defined for thirty sentences and more; shorter pages are held by the grade alone."""
GRADED_SENTENCES = 8
"""Below this a grade says more about one word than about the page; sentence length and jargon count all the same."""
NOT_FOR_READING = {
    "design": "shows the pieces to those who build pages",
    "oidc-begin": "leads to another site",
    "oidc-back": "comes from another site",
    "second-factor": "staff alone are asked for it",
    "second-factor-setup": "staff alone are asked for it",
    "appointment-file": "a calendar file",
    "visit-file": "a calendar file",
    "my-visit-file": "a calendar file",
    "my-plan-pdf": "the words of the plan's page, held equal by its own test",
    "my-document": "the words of the plan's page, held equal by its own test",
    "appointment-step": "asked with a draft below",
    "appointment-check": "asked with a draft below",
    "appointment-done": "asked with a draft below",
    "visit-kept": "asked with a code in its own test",
    "visit-cancel": "asked with a code in its own test",
    "visit-time": "asked with a code in its own test",
    "contact-done": "asked after a message below",
    "refer-done": "asked with a ticket below",
    "refer-status": "asked with a ticket below",
}
EMAIL = re.compile(r"\S+@\S+")
PARAGRAPHS = frozenset(
    (
        "p",
        "li",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "td",
        "th",
        "caption",
        "legend",
        "label",
        "summary",
        "button",
        "figcaption",
        "div",
        "section",
        "article",
    )
)


class Words(HTMLParser):
    """The words of the main part: without menus, drawings, choices of a list, citations, and what stands in another language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.skipped: list[str] = []
        self.inside = False
        self.texts: list[str] = []
        self.line = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "main":
            self.inside = True
        classes = (found.get("class") or "").split()
        foreign = found.get("lang") not in (None, self.language)
        skip = (
            tag in ("nav", "svg", "select", "script", "textarea")
            or "data-cite" in found
            or foreign
            or {"ribbon", "stamp", "reference"} & set(classes)
        )
        if self.skipped or skip:
            if tag not in ("input", "br", "img", "path", "meta", "link", "hr"):
                self.skipped.append(tag)
            return
        if tag in PARAGRAPHS or tag == "br":
            self._end()

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            if tag in self.skipped:
                while self.skipped and self.skipped.pop() != tag:
                    pass
            return
        if tag in PARAGRAPHS:
            self._end()
        if tag == "main":
            self._end()
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside and not self.skipped:
            self.line += data

    def _end(self) -> None:
        text = " ".join(EMAIL.sub("", self.line).split())
        if re.search(r"[A-Za-zÀ-ÿ]", text):
            self.texts.append(text)
        self.line = ""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration, so that lists are not empty."""
    path = Path(tmp_path_factory.mktemp("house")) / "site.sqlite"
    url = f"sqlite:///{path}"
    database = Database(url)
    prepare(database, str(path))
    people = fill(database, load_center(), datetime.now(UTC))
    yield Site(create_app(Settings(url, SECRET, demo=True)), database, people)
    database.close()


@pytest.fixture(scope="module")
def patient(house: Site) -> TestClient:
    return house.signed_in("patient")


def shown() -> list[PageRoute]:
    """The pages for everybody and for patients, from the router."""
    return [
        route
        for route in routes()
        if {ANONYMOUS, PATIENT_ROLE} & route.who
        and "es" in route.languages
        and "GET" in route.methods
        and route.name not in NOT_FOR_READING
    ]


def addresses(house: Site, route: PageRoute) -> list[str]:
    """The addresses of a page in the demonstration. A page with parameters and no example here is a failing test."""
    if "{" not in route.path:
        return [route.path]
    with house.database.read() as connection:
        check_in = (
            connection.execute(select(check_ins.c.id).where(check_ins.c.account_id == house.people["patient"]))
            .scalars()
            .first()
        )
    examples = {
        "guide-page": [{"slug": slug} for slug in pages()],
        "doctor": [{"id": row["id"]} for row in load_center().doctors],
        "decision-aid": [{"aid": slug} for slug in aids()],
        "legal-communication-stop": [{"token": "none"}],
        "legal-communication-confirm": [{"token": "none"}],
        "my-check-in-result": [{"id": check_in}],
    }
    assert route.name in examples, f"{route.name}: no example of {route.path}"
    return [route.path.format(**params) for params in examples[route.name]]


def words(page: str, language: str) -> list[str]:
    reader = Words(language)
    reader.feed(page)
    return reader.texts


@cache
def names() -> frozenset[str]:
    """The names of people and places of the demonstration: they are nobody's jargon."""
    center = load_center()
    found = [row["name"] for row in center.doctors] + [name for name, _ in PEOPLE.values()]
    found += [center.words(row["name"], "en") for row in center.locations] + [
        line for row in center.locations for line in row["address"]
    ]
    return frozenset(word.lower() for name in found for word in re.findall(r"[A-Za-z]+", name))


def held(page: str, place: str) -> list[str]:
    """What an English page breaks, in words."""
    texts = words(page, "en")
    found, count = grade(texts), len(sentences(texts))
    problems = []
    if count >= GRADED_SENTENCES and found.grade > MAX_GRADE:
        problems.append(f"{place}: grade {found.grade:.1f}")
    if count >= SMOG_SENTENCES and found.smog > MAX_SMOG:
        problems.append(f"{place}: SMOG {found.smog:.1f}")
    if found.longest > MAX_WORDS:
        problems.append(f"{place}: {found.longest} words: {found.longest_sentence}")
    if unknown := [word for word in found.jargon if word not in names()]:
        problems.append(f"{place}: not explained: {', '.join(unknown)}")
    return problems


def ease(page: str, place: str) -> list[str]:
    """What a Spanish page breaks, in words."""
    texts = words(page, "es")
    figure = spanish_ease(texts)
    return [f"{place}: ease {figure:.0f}"] if len(sentences(texts)) >= GRADED_SENTENCES and figure < MIN_SPANISH else []


@pytest.mark.parametrize("route", shown(), ids=lambda route: route.name)
def test_a_page_is_easy_to_read_in_both_languages(house: Site, patient: TestClient, route: PageRoute) -> None:
    visitor = house.visitor() if ANONYMOUS in route.who else patient
    problems = []
    for address in addresses(house, route):
        english, spanish = visitor.get(address), visitor.get(f"/es{address}")
        assert english.status_code == spanish.status_code == 200, address
        assert words(english.text, "en"), address
        problems += held(english.text, address) + ease(spanish.text, address)
    assert not problems


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/contact", {}),
        ("/refer", {}),
        ("/legal/communication", {}),
        ("/refer/track", {}),
        ("/questions", {}),
        ("/sign-in", {}),
    ],
)
def test_a_page_that_tells_of_mistakes_is_easy_to_read(house: Site, path: str, data: dict[str, str]) -> None:
    english, spanish = post(house.visitor(), path, **data), post(house.visitor(), f"/es{path}", **data)
    assert english.status_code == spanish.status_code == 422
    assert not held(english.text, path) + ease(spanish.text, path)


def test_the_steps_of_an_appointment_are_easy_to_read(house: Site) -> None:
    visitor, problems = house.visitor(), []
    post(visitor, "/appointment")
    for step in ("who", "reason", "visit", "person", "contact"):
        english, spanish = visitor.get(f"/appointment/{step}"), visitor.get(f"/es/appointment/{step}")
        assert english.status_code == spanish.status_code == 200, step
        problems += held(english.text, step) + ease(spanish.text, step)
    assert not problems


def test_the_steps_of_a_referral_are_easy_to_read(house: Site) -> None:
    from tests.web.test_referral import send

    visitor, problems = house.visitor(), []
    assert send(visitor).status_code == 303
    for path in ("/refer/sent", "/refer/status"):
        english, spanish = visitor.get(path), visitor.get(f"/es{path}")
        assert english.status_code == spanish.status_code == 200, path
        problems += held(english.text, path) + ease(spanish.text, path)
    assert not problems


def test_the_answer_to_a_message_is_easy_to_read(house: Site) -> None:
    visitor = house.visitor()
    where = post(visitor, "/contact", topic="visit", name="A", email="a@b.example", message="Hello").headers["location"]
    assert not held(visitor.get(where).text, where) + ease(visitor.get(f"/es{where}").text, where)


def test_every_page_left_out_is_there_and_has_its_reason() -> None:
    names = {route.name for route in routes()}
    assert set(NOT_FOR_READING) <= names, set(NOT_FOR_READING) - names
    assert all(NOT_FOR_READING.values())


def test_the_reader_of_pages_takes_words_and_leaves_citations_drawings_and_other_languages() -> None:
    page = (
        "<header>Top</header><main><h1>One two</h1><p>Three <a href='/'>four</a>.</p><ul><li>Five</li><li data-cite>No</li></ul>"
        "<svg><text>No</text></svg><p lang='es'>No</p><select><option>No</option></select><p>Six<br>seven</p></main><footer>End</footer>"
    )
    assert words(page, "en") == ["One two", "Three four.", "Five", "Six", "seven"]


def test_a_hard_page_is_caught() -> None:
    page = (
        "<main><p>"
        + "Neoadjuvant multidisciplinary prioritization necessitates comprehensive interdisciplinary consideration. "
        * 9
        + "</p></main>"
    )
    assert any("grade" in problem for problem in held(page, "x")) and any(
        "not explained" in problem for problem in held(page, "x")
    )


def test_the_figures_of_appointments_are_from_the_demonstration(house: Site) -> None:
    with house.database.read() as connection:
        assert connection.execute(select(appointments.c.id)).first() is not None

"""The open pages: what they link to is there, what is typed lands in the inbox, and nothing says that a study fits a reader."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from sqlalchemy import select

from chemoplan.trials.registry.demo import demo_records
from chemoplan.trials.store import open_store
from chemoplan.web.app import routes
from chemoplan.web.center.file import NEEDED
from chemoplan.web.store.tables import inbox, messages
from tests.web.visitors import Site, empty_site, post

MESSAGE = {"topic": "visit", "name": "Alex Invented", "email": "alex@example.example", "message": "When do you open?"}
STARTS = (
    "/",
    "/guide",
    "/trials",
    "/doctors",
    "/locations",
    "/contact",
    "/about",
    "/questions",
    "/refer",
    "/legal/notices",
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


def rows(site: Site, table: Any) -> list[Any]:
    with site.database.read() as connection:
        return list(connection.execute(select(table)).all())


@pytest.mark.parametrize("language", ["", "/es"])
def test_every_link_of_the_open_pages_leads_somewhere(site: Site, language: str) -> None:
    visitor, seen, broken = site.visitor(), set[str](), []
    for start in STARTS:
        for link in re.findall(r'href="(/[^"#?]*)', visitor.get(f"{language}{start}").text):
            if link not in seen and not link.startswith("/static"):
                seen.add(link)
                if visitor.get(link).status_code not in (200, 303):
                    broken.append((start, link))
    assert not broken and len(seen) > 30


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize(
    "path", ["/", "/guide", "/glossary", "/trials", "/doctors", "/locations", "/contact", "/about", "/questions"]
)
def test_headings_go_down_one_level_at_a_time(site: Site, path: str, language: str) -> None:
    page = site.visitor().get(language + path).text
    main = page[page.index("<main") : page.index("</main>")]
    levels = [int(level) for level in re.findall(r"<h([1-6])", main)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_the_first_page_leads_to_every_place_of_the_way(site: Site) -> None:
    page = site.visitor().get("/").text
    for slug in (
        "what-is-rectal-cancer",
        "before-surgery",
        "after-surgery",
        "liver-pump",
        "when-it-has-spread",
        "your-gene-test",
    ):
        assert f'href="/guide/{slug}"' in page
    assert "within 48 hours" in page and "Call us now" in page


def test_a_message_is_kept_and_lands_in_the_inbox(site: Site) -> None:
    visitor = site.visitor()
    answer = post(visitor, "/contact", **MESSAGE)
    assert answer.status_code == 303
    (kept,), (line,) = rows(site, messages), rows(site, inbox)
    assert kept.answers["message"] == "When do you open?"
    assert (line.kind, line.subject_id, line.status) == ("message", kept.id, "new")
    assert kept.reference in visitor.get(answer.headers["location"]).text
    assert "Alex" not in answer.headers["location"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": ""}, "so that we can answer"),
        ({"email": "nobody"}, "Write an email address"),
        ({"message": " "}, "Write a few words"),
        ({"topic": "love"}, "Choose one of the answers"),
    ],
)
def test_a_message_with_a_mistake_comes_back_whole(site: Site, changes: dict[str, str], said: str) -> None:
    answer = post(site.visitor(), "/contact", **{**MESSAGE, **changes})
    assert answer.status_code == 422 and said in answer.text and 'value="Alex Invented"' in answer.text
    assert not rows(site, messages)


@pytest.mark.parametrize("code", ["", "x", "<b>hello</b>", "ABCDE-2345", "abcde-23456"])
def test_the_page_of_a_sent_message_shows_codes_alone(site: Site, code: str) -> None:
    assert site.visitor().get("/contact/sent", params={"code": code}).headers["location"] == "/contact"


@pytest.mark.parametrize(
    ("following", "to"),
    [
        ("/guide", "/guide"),
        ("/es/legal/prices", "/es/legal/prices"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nset-cookie: b", "/"),
        ("", "/"),
    ],
)
def test_the_banner_goes_away_for_good_and_leads_back_to_this_site_alone(site: Site, following: str, to: str) -> None:
    visitor = site.visitor()
    assert "Hide this message" in visitor.get("/about").text
    answer = post(visitor, "/banner", of="/about", next=following)
    assert (answer.status_code, answer.headers["location"]) == (303, to)
    assert "Hide this message" not in visitor.get("/about").text


def test_doctors_are_found_by_place_language_and_kind_of_care(site: Site) -> None:
    visitor = site.visitor()

    def found(query: str) -> set[str]:
        return set(re.findall(r'href="/doctors/([a-z]+)"', visitor.get(f"/doctors?{query}").text))

    assert found("") == {"rivera", "okafor", "lindqvist", "tran"}
    assert found("language=es") == {"rivera"} and found("place=riverside") == {"rivera"}
    assert found("care=liver-pump") == {"tran"} and found("care=liver-pump&language=es") == set()
    assert "No doctor fits all three" in visitor.get("/doctors?care=liver-pump&language=es").text
    assert found("language=xx&place=moon") == {"rivera", "okafor", "lindqvist", "tran"}
    assert visitor.get("/doctors/nobody").status_code == 404
    assert "Español" in visitor.get("/es/doctors/rivera").text


def test_a_center_that_writes_only_what_is_needed_has_every_open_page(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/how-to/set-up-a-center.md").read_text(encoding="utf-8")
    shown = yaml.safe_load(text.split("```yaml\n", 1)[1].split("```", 1)[0])
    least = {key: shown[key] for key in NEEDED}
    least["doctors"] = [{key: row[key] for key in ("id", "name", "locations")} for row in shown["doctors"]]
    least["locations"] = [{key: row[key] for key in ("id", "name", "address")} for row in shown["locations"]]
    center = tmp_path / "center"
    center.mkdir()
    (center / "center.yaml").write_text(yaml.safe_dump(least), encoding="utf-8")
    visitor = empty_site(tmp_path, center=center).visitor()
    doctor = shown["doctors"][0]["id"]
    legal = [
        f"/legal/{name}"
        for name in ("accessibility", "privacy", "cookies", "communication", "prices", "notices", "language-help")
    ]
    for path in (*STARTS, f"/doctors/{doctor}", "/refer/track", *legal, "/es/"):
        answer = visitor.get(path)
        assert answer.status_code == 200 and "Example Cancer" not in answer.text, path
    assert "This center has no price list here" in visitor.get("/legal/prices").text


def test_without_a_list_of_studies_the_page_says_that_none_is_kept(site: Site) -> None:
    page = site.visitor().get("/trials").text
    assert "We keep no list of studies here" in page and "NCT" not in page


def test_a_demonstration_shows_the_invented_studies_as_invented(tmp_path: Path) -> None:
    visitor = empty_site(tmp_path, demo=True).visitor()
    page = visitor.get("/trials").text
    assert "These studies are made up" in page and "NCT99000003" in page
    assert "does not say that a study fits you" in page
    assert (
        "NCT99000003" not in visitor.get("/trials?q=pump").text and "NCT99000004" in visitor.get("/trials?q=PUMP").text
    )
    assert "No study on our list has this word" in visitor.get("/trials?q=zebra").text


def test_the_studies_of_an_installation_come_from_its_store_with_their_age(tmp_path: Path) -> None:
    path = tmp_path / "trials.sqlite"
    with open_store(path) as store:
        store.add(demo_records())
    page = empty_site(tmp_path, trials=path).visitor().get("/trials").text
    assert "NCT99000001" in page and "made up" in page


def test_a_store_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    answer = empty_site(tmp_path, trials=path).visitor().get("/trials")
    assert answer.status_code == 200 and "We cannot read our list of studies right now" in answer.text


def test_no_page_about_studies_says_that_somebody_is_eligible(tmp_path: Path) -> None:
    visitor = empty_site(tmp_path, demo=True).visitor()
    for path in ("/trials", "/es/trials"):
        text = re.sub(r"<[^>]+>", " ", visitor.get(path).text).casefold()
        assert not re.search(
            r"\byou (are|may be|could be) (eligible|a match)|\bqualif(y|ies)\b|usted (es|cumple|califica)", text
        )


def test_the_map_of_the_site_lists_open_pages_alone_and_each_of_them_opens(tmp_path: Path) -> None:
    visitor = empty_site(tmp_path, address="https://cancer.example").visitor()
    tree = ElementTree.fromstring(visitor.get("/sitemap.xml").content)  # noqa: S314 - our own page
    listed = [str(node.text) for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(listed) == len(set(listed)) > 60 and all(
        address.startswith("https://cancer.example/") for address in listed
    )
    answers = {address: visitor.get(address.removeprefix("https://cancer.example")).status_code for address in listed}
    assert set(answers.values()) == {200}, [address for address, status in answers.items() if status != 200]


def test_search_engines_are_kept_from_every_page_that_is_not_open_to_everybody(site: Site) -> None:
    text = site.visitor().get("/robots.txt").text
    closed = [line.removeprefix("Disallow: ") for line in text.splitlines() if line.startswith("Disallow: ")]
    for route in routes():
        if "anonymous" not in route.who:
            assert any(route.path.startswith(path) for path in closed), route.path
    for path in ("/guide/side-effects", "/appointment", "/legal/privacy"):
        assert not any(path == shut or path.startswith(f"{shut}/") for shut in closed), path


def test_the_mark_of_the_application_is_its_own(site: Site) -> None:
    answer = site.visitor().get("/favicon.ico")
    assert answer.headers["content-type"].startswith("image/svg+xml") and answer.text.startswith("<svg")

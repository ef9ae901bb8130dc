"""The page that all pages share, and the living page of its pieces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chemoplan.knowledge.people_texts import Text
from chemoplan.web.pages.design import FIGURES
from chemoplan.web.say import find
from tests.web.visitors import Site, empty_site, post, token


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path, demo=True)


def test_the_pieces_are_shown_to_everybody_in_a_demonstration_and_else_to_administrators(tmp_path: Path) -> None:
    real = empty_site(tmp_path)
    assert real.visitor().get("/design").status_code == 404
    assert real.signed_in("clinician").get("/design").status_code == 404
    assert real.signed_in("administrator").get("/design").status_code == 200


def test_a_form_with_faults_names_each_beside_its_field_and_in_the_summary(site: Site) -> None:
    answer = post(site.visitor(), "/design", mail="pat@example", story="kept <b>words</b>")
    assert answer.status_code == 422
    page = answer.text
    assert "<title>Error: " in page
    for name in ("name", "mail", "way", "place", "agree"):
        assert f'href="#f-{name}"' in page
        assert f'id="f-{name}-error"' in page
        assert page.count(f'id="f-{name}"') == 1
    assert 'aria-describedby="f-name-hint f-name-error" aria-invalid="true"' in page
    assert 'value="pat@example"' in page
    assert "kept &lt;b&gt;words&lt;/b&gt;" in page


def test_a_password_never_comes_back_in_the_page(site: Site) -> None:
    assert "hunter2hunter2" not in post(site.visitor(), "/design", secret="hunter2hunter2").text


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_drawing_has_a_title_and_a_description_in_the_language_of_the_page(site: Site, language: str) -> None:
    page = site.visitor().get("/design" if language == "en" else "/es/design").text
    for name in FIGURES:
        for part, tag in (("title", "title"), ("desc", "desc")):
            words = find(f"base.figures.{name}.{part}")
            assert isinstance(words, Text)
            assert f'<{tag} id="fig-{name}-{part}">{words.text_in(language)}</{tag}>' in page


def test_ids_are_unique_and_labels_and_links_within_the_page_lead_somewhere(site: Site) -> None:
    page = site.visitor().get("/design?state=wrong").text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    named = re.findall(r'(?:\sfor|aria-labelledby|aria-describedby)="([^"]+)"', page)
    named += re.findall(r'href="#([^"]+)"', page)
    assert {name for names in named for name in names.split()} <= set(ids)


def test_a_risk_out_of_another_number_than_100_is_told_in_words_alone(site: Site) -> None:
    page = site.visitor().get("/design").text
    assert "2 of 1000 people" in page
    assert page.count('class="people"') == 1


def test_a_spanish_page_with_unreviewed_words_says_so_before_anything_else(site: Site) -> None:
    page = site.visitor().get("/es/design").text
    main = page[page.index("<main") :]
    assert main.index(find("base.unreviewed.title").text_in("es")) < main.index("<h1")
    assert find("base.unreviewed.title").text_in("en") not in page


def test_the_banner_goes_away_and_stays_away_without_scripts(site: Site) -> None:
    visitor = site.visitor()
    page = visitor.get("/").text
    words = "You can make a first visit without a referral"
    assert words in page
    sent = visitor.post("/banner", data={"csrf_token": token(page), "next": "/"})
    assert sent.status_code == 303
    assert words not in visitor.get("/").text


def test_every_page_offers_the_phone_an_appointment_a_referral_and_the_other_language(site: Site) -> None:
    page = site.visitor().get("/design").text
    for part in (
        'href="tel:+18005550199"',
        'href="/appointment"',
        'href="/refer"',
        'href="/es/design"',
        'href="/sign-in"',
    ):
        assert part in page


@pytest.mark.parametrize("home", ["/", "/es/"])
def test_every_link_of_the_header_and_the_footer_leads_to_a_page(site: Site, home: str) -> None:
    visitor = site.visitor()
    page = visitor.get(home).text
    around = page[: page.index("<main")] + page[page.index("<footer") :]
    links = sorted(set(re.findall(r'href="(/[^"?#]*)', around)))
    assert len(links) > 20
    assert [link for link in links if visitor.get(link).status_code != 200] == []

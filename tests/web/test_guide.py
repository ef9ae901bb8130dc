"""The guide: every page with its parts, its way on, its sources and whom to call; and questions that stay with their asker."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chemoplan.web.guide_search import pages, search
from tests.web.visitors import Site, empty_site, post

KINDS = {"text", "list", "steps", "do", "dont", "warning", "call", "figure", "icons"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return empty_site(Path(tmp_path_factory.mktemp("site")))


def test_the_guide_has_its_fourteen_pages_in_order() -> None:
    assert [page["order"] for page in pages().values()] == list(range(1, 15))
    used = {kind for page in pages().values() for part in page["parts"] for block in part["blocks"] for kind in block}
    assert used <= KINDS


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize("slug", list(pages()))
def test_a_page_shows_all_of_its_words_whom_to_call_and_where_its_facts_come_from(
    site: Site, slug: str, language: str
) -> None:
    answer = site.visitor().get(f"{language}/guide/{slug}")
    assert answer.status_code == 200
    text, page = answer.text, pages()[slug]
    assert 'class="call-now"' in text and 'class="stamp"' in text
    for part in page["parts"]:
        assert f'id="{part["id"]}"' in text and f'href="#{part["id"]}"' in text
    for number, source in enumerate(page["sources"]):
        assert f'id="s-{source}"' in text, number
    assert f">{source}. " not in text, "a source is shown by its title, not by its id"
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids)), sorted({found for found in ids if ids.count(found) > 1})
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links <= set(ids), links - set(ids)


@pytest.mark.parametrize("language", ["", "/es"])
def test_a_reader_goes_through_all_pages_and_back(site: Site, language: str) -> None:
    visitor, slug, way = site.visitor(), next(iter(pages())), []
    while slug:
        way.append(slug)
        text = visitor.get(f"{language}/guide/{slug}").text
        following = re.search(rf'rel="next" href="{language}/guide/([a-z-]+)"', text)
        before = re.search(rf'rel="prev" href="{language}/guide/([a-z-]+)"', text)
        assert (before[1] if before else None) == (way[-2] if len(way) > 1 else None)
        slug = following[1] if following else ""
    assert way == list(pages())


def test_a_page_that_is_not_there_is_told_so(site: Site) -> None:
    assert site.visitor().get("/guide/nothing").status_code == 404


def test_every_term_of_the_guide_is_explained_in_the_glossary(site: Site) -> None:
    visitor = site.visitor()
    for language in ("", "/es"):
        glossary = set(re.findall(r'<dt id="([a-z0-9-]+)"', visitor.get(f"{language}/glossary").text))
        texts = [visitor.get(f"{language}/guide/{slug}").text for slug in pages()]
        used = {term for text in texts for term in re.findall(rf'href="{language}/glossary#([a-z0-9-]+)"', text)}
        assert len(used) > 20 and used <= glossary, used - glossary


@pytest.mark.parametrize(
    ("words", "language", "slug"),
    [
        ("liver pump", "en", "liver-pump"),
        ("STOMA", "en", "surgery-and-stoma"),
        ("radiacion", "es", "radiation"),
        ("bomba hígado", "es", "liver-pump"),
    ],
)
def test_a_search_finds_the_page_with_or_without_accents(words: str, language: str, slug: str) -> None:
    assert slug in [found.page["id"] for found in search(words, language)]


@pytest.mark.parametrize("words", ["", "  ", "zebra", "<script>", "%", "liver zebra"])
def test_a_search_that_finds_nothing_shows_the_list_of_all_pages(site: Site, words: str) -> None:
    answer = site.visitor().get("/guide", params={"q": words})
    assert answer.status_code == 200 and "<script>" not in answer.text
    assert all(f'href="/guide/{slug}"' in answer.text for slug in pages())


def test_questions_are_picked_and_printed_and_nothing_of_them_is_kept(site: Site) -> None:
    visitor = site.visitor()
    slug, page = next((slug, page) for slug, page in pages().items() if page.get("questions"))
    answer = post(
        visitor,
        "/questions",
        pick=[f"{slug}.0", "no-page.7", f"{slug}.99"],
        own="Can I <b>travel</b>?\n\n  \nAnd swim?",
    )
    assert answer.status_code == 200
    assert str(page["questions"][0]) in answer.text.replace("&#39;", "'")
    assert "Can I &lt;b&gt;travel&lt;/b&gt;?" in answer.text and "And swim?" in answer.text
    assert answer.text.count("What I heard:") == 3
    stored = Path(str(site.database.url.database))
    assert all(b"travel" not in file.read_bytes() for file in stored.parent.iterdir())


def test_an_empty_list_of_questions_is_told_so_and_a_list_can_be_changed(site: Site) -> None:
    visitor = site.visitor()
    assert post(visitor, "/questions").status_code == 422
    slug = next(slug for slug, page in pages().items() if page.get("questions"))
    answer = post(visitor, "/questions", pick=f"{slug}.0", own="Mine?", change="yes")
    assert answer.status_code == 200 and f'value="{slug}.0" checked' in answer.text and "Mine?" in answer.text


def test_a_patient_who_is_signed_in_can_keep_the_questions_of_a_page(site: Site) -> None:
    assert "/my/questions?topic=side-effects" in site.signed_in("patient").get("/guide/side-effects").text
    assert "/my/questions?topic" not in site.visitor().get("/guide/side-effects").text

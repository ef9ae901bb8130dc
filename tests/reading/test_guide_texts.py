"""The guide, the glossary, the aids and the red box: their form, their links and numbers, and how hard they are to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chemoplan.knowledge.load import load_knowledge
from chemoplan.knowledge.people_texts import LANGUAGES, Text, load_texts, texts_in
from chemoplan.web.app import routes
from chemoplan.web.pages.design import FIGURES
from tests.reading.grade import MAX_GRADE, MAX_SMOG, MAX_WORDS, MIN_SPANISH, grade, sentences, spanish_ease

TREE = load_texts()
GUIDE = sorted(TREE["guide"].values(), key=lambda page: page["order"])
AIDS = TREE.get("aids", {})
PAGES = pytest.mark.parametrize("page", GUIDE, ids=lambda page: page["id"])
READ = {f"guide/{page['id']}": page for page in GUIDE} | {f"aids/{name}": aid for name, aid in AIDS.items()}
READ |= {name: TREE[name] for name in ("glossary", "call_now", "decision_aids") if name in TREE}

TOP = {"id", "order", "sources", "author", "reviewed", "review_due", "review", "title", "nav", "lead", "parts", "questions"}  # fmt: skip
SAID_ONCE, SAID_AS_LIST = {"text", "warning"}, {"list", "steps", "do", "dont", "call"}
ICONS = {"number", "denominator", "label", "span", "source", "locator", "status"}

LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
BOLD = re.compile(r"\*\*([^*]*)\*\*")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
PHONE = re.compile(r"(?<!\w)(?:\(?\d{3}\)?[ .-])?\d{3}[.-]\d{4}(?!\w)")
FEVER = {"en": "100.4 °F (38 °C)", "es": "38 °C (100.4 °F)"}


def _all(tree: Any) -> Iterator[tuple[Text, str, str]]:
    for text in texts_in(tree):
        for language in LANGUAGES:
            yield text, language, text.text_in(language)


def _icons(page: Any) -> list[Any]:
    return [block["icons"] for part in page["parts"] for block in part["blocks"] if "icons" in block]


def _numbers(words: str) -> list[str]:
    return sorted(NUMBER.findall(LINK.sub(r"\1", words)))


def _faulty_marks(words: str) -> list[str]:
    """What a reader would see as a stray sign: a mark within a mark, or one that does not close."""
    faults = [f"mark within bold: {inner}" for inner in BOLD.findall(words) if "[" in inner]
    faults += [f"mark within a link: {inner}" for inner, _ in LINK.findall(words) if "*" in inner or "[" in inner]
    rest = LINK.sub("", BOLD.sub("", words))
    return faults + [f"open mark: {sign}" for sign in ("**", "](", "[", "]") if sign in rest]


def _wrong_link(target: str) -> bool:
    if target.startswith("glossary:"):
        return target.removeprefix("glossary:") not in {term["id"] for term in TREE["glossary"]["terms"]}
    path, _, anchor = target.partition("#")
    guide = {f"/guide/{page['id']}": {part["id"] for part in page["parts"]} for page in GUIDE}
    if path in guide:
        return bool(anchor) and anchor not in guide[path]
    return path not in {route.path for route in routes()} | {f"/aids/{name}" for name in AIDS}


def test_the_guide_has_fourteen_pages_in_order_without_a_gap():
    assert [page["order"] for page in GUIDE] == list(range(1, 15))
    assert len({page["id"] for page in GUIDE}) == 14


@PAGES
def test_a_page_has_only_the_parts_that_the_template_shows(page):
    assert set(page) <= TOP, set(page) - TOP
    assert page["questions"] and page["sources"]
    names = [part["id"] for part in page["parts"]]
    assert len(set(names)) == len(names)
    for part in page["parts"]:
        assert set(part) == {"id", "heading", "blocks"}, part["id"]
        for block in part["blocks"]:
            ((kind, held),) = block.items()
            if kind in SAID_ONCE:
                assert isinstance(held, Text)
            elif kind in SAID_AS_LIST:
                assert held and all(isinstance(item, Text) for item in held), (part["id"], kind)
            elif kind == "figure":
                assert held in FIGURES
            else:
                assert kind == "icons", kind
                assert set(held) == ICONS, part["id"]


@pytest.mark.parametrize("name", READ)
def test_every_link_leads_somewhere_and_is_in_both_languages(name):
    for text in texts_in(READ[name]):
        english, spanish = (LINK.findall(text.text_in(language)) for language in LANGUAGES)
        assert sorted(to for _, to in english) == sorted(to for _, to in spanish), text.key
        for _, target in english:
            assert not _wrong_link(target), f"{text.key}: {target}"


@pytest.mark.parametrize("name", READ)
def test_both_languages_give_the_same_numbers(name):
    for text in texts_in(READ[name]):
        assert _numbers(text.text_in("en")) == _numbers(text.text_in("es")), text.key


@pytest.mark.parametrize("name", READ)
def test_no_mark_stands_within_another_or_stays_open(name):
    for text, _, words in _all(READ[name]):
        assert not _faulty_marks(words), text.key


@pytest.mark.parametrize(
    "words", ["**a [b](/c)**", "[**a**](/b)", "**a", "[a](/b", "a] b", "**[a](glossary:b)** c"], ids=repr
)
def test_a_mark_within_another_or_an_open_one_is_found(words):
    assert _faulty_marks(words)


@PAGES
def test_every_source_of_a_page_is_in_the_knowledge(page):
    known = dict(load_knowledge().shelves())["sources"]
    assert not [identity for identity in page["sources"] if identity not in known]
    assert len(set(page["sources"])) == len(page["sources"])


@PAGES
def test_pictures_of_a_rate_count_one_hundred_people_and_name_a_source_of_the_page(page):
    for icons in _icons(page):
        assert icons["denominator"] == 100
        assert 1 <= icons["number"] <= icons["denominator"], "below one in a hundred is told in words"
        assert icons["source"] in page["sources"], icons["source"]
        assert icons["status"] in {"verified", "partly", "unverified"}
        source = dict(load_knowledge().shelves())["sources"][icons["source"]]
        assert icons["status"] != "verified" or str(source.status) in {"verified", "partly"}


@PAGES
def test_a_picture_shows_the_rounded_figure_that_its_locator_gives(page):
    for icons in _icons(page):
        locator = icons["locator"]
        shares = [float(found) for found in re.findall(r"(\d+(?:\.\d+)?)%", locator)]
        shares += [100 * int(some) / int(whole) for some, whole in re.findall(r"(\d+) of (\d+)", locator)]
        # A locator may count those who were spared: 98.2% without a recurrence is 2 in 100 with one.
        spared = locator.startswith("free of")
        assert shares, locator
        assert {round(100 - share if spared else share) for share in shares} == {icons["number"]}, locator


def test_a_fever_is_told_in_one_way_in_each_language():
    found = 0
    for text, language, words in _all([TREE["guide"], TREE["call_now"]]):
        if "100.4" in words:
            assert FEVER[language] in words, text.key
            found += 1
    assert found >= 20


@pytest.mark.parametrize("name", READ)
def test_no_phone_number_but_invented_ones_stands_in_a_text(name):
    for text, _, words in _all(READ[name]):
        for phone in PHONE.findall(words):
            assert re.search(r"555-01\d\d$", phone), f"{text.key}: {phone}"


def test_chest_pain_heavy_bleeding_and_confusion_call_for_911_in_the_red_box():
    emergency = TREE["call_now"]["emergency"]
    for language, signs in {
        "en": ("911", "chest pain", "breathing", "fainting", "confusion", "bleeding", "capecitabine"),
        "es": ("911", "dolor en el pecho", "respirar", "desmaya", "confusión", "sangra", "capecitabina"),
    }.items():
        for sign in signs:
            assert sign in emergency.text_in(language)


@pytest.mark.parametrize("name", READ)
def test_a_page_for_patients_is_easy_to_read(name):
    english = [text.text_in("en") for text in texts_in(READ[name])]
    spanish = [text.text_in("es") for text in texts_in(READ[name])]
    found = grade(english)
    assert found.grade <= MAX_GRADE, found.grade
    if len(sentences(english)) >= 30:  # SMOG is not defined for fewer
        assert found.smog <= MAX_SMOG, found.smog
    assert found.longest <= MAX_WORDS, found.longest_sentence
    assert not found.jargon
    assert spanish_ease(spanish) >= MIN_SPANISH

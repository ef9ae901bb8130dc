"""The words of screens: the same parameters in both languages, and a text for every key that a page or a template names."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import chemoplan.web
from chemoplan.knowledge.people_texts import TEXTS, Text, load_texts, texts_in
from chemoplan.web.say import SCREEN, TextMissing, find

WEB = Path(chemoplan.web.__file__).parent
FILES = sorted(path.relative_to(SCREEN).with_suffix("").as_posix() for path in SCREEN.rglob("*.yaml"))
NAMED = re.compile(r"""\bt\(\s*["']([a-z_0-9]+(?:\.[a-z_0-9-]+)+)["']\s*[,)]""")


def parameters(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


@pytest.mark.parametrize("name", FILES)
def test_a_text_asks_for_the_same_parameters_in_both_languages(name: str) -> None:
    for text in texts_in(load_texts(SCREEN)[name]):
        assert parameters(text.text_in("en")) == parameters(text.text_in("es")), text.key


@pytest.mark.parametrize("name", sorted(load_texts(TEXTS)))
def test_the_words_of_the_knowledge_ask_for_the_same_parameters_in_both_languages(name: str) -> None:
    for text in texts_in(load_texts(TEXTS)[name]):
        assert parameters(text.text_in("en")) == parameters(text.text_in("es")), text.key


def test_every_key_that_a_page_or_a_template_names_has_a_text() -> None:
    named = 0
    for path in sorted([*WEB.rglob("*.py"), *WEB.rglob("*.j2")]):
        for key in NAMED.findall(path.read_text(encoding="utf-8")):
            named += 1
            assert isinstance(find(key), Text), f"{path.name}: {key}"
    assert named > 500


def test_a_key_without_a_text_is_a_fault_and_not_an_empty_place() -> None:
    with pytest.raises(TextMissing):
        find("sign_in.no_such_text")

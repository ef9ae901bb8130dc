"""Words that say something else to some who read Spanish: never in the plan, the aids, the guide or the check-in."""

from __future__ import annotations

import re

import pytest

from chemoplan.knowledge.people_texts import load_texts, texts_in

WORDS = {
    r"drogas?": "street drugs, in the United States: medicina",
    r"(?:dejar|deja|deje) (?:el|su) (?:recto|ano)": "to abandon: conservar",
    r"excrementos?": "heces, as the guide says",
    r"pl[aá]ticas?": "charla",
    r"chic[oa]s?": "pequeño",
    r"hoyos?": "agujero",
    r"enfermeros?": "a man: alguien de enfermería",
    r"MRI|CT": "resonancia, tomografía",
    r"usted mismo|se queda quieto": "a man",
}
TREES = [
    name
    for name in ("plan", "aids", "decision_aids", "guide", "glossary", "call_now", "symptoms")
    if name in load_texts()
]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_misleads_is_not_said(tree, word):
    found = [
        text.key
        for text in texts_in(load_texts()[tree])
        if re.search(rf"(?<!\w)(?:{word})(?!\w)", text.text_in("es"), 0 if "MRI" in word else re.IGNORECASE)
    ]
    assert not found, WORDS[word]

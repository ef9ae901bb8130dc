"""The page of a comparison in a real browser: it fits, fetches nothing, names each picture, and every text stands out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chemoplan.dosing.compare import compare
from chemoplan.knowledge import load_knowledge
from chemoplan.report.compare_html import compare_html
from tests.browser.test_pages import BROWSER, browse, measured
from tests.browser.test_tumor_page import CONTRAST

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")

MARKUP = "a<b>very</b>" + "long" * 20


def of(*names: str) -> str:
    knowledge = load_knowledge()
    return compare_html(compare([knowledge.dosing.regimens[name] for name in names], knowledge))


def poisoned() -> str:
    """Rates whose trial, arm, note and figures are hostile."""
    knowledge = load_knowledge()
    held = knowledge.dosing
    rates = {
        name: replace(rate, trial=MARKUP, arm=MARKUP, note=MARKUP, percent=MARKUP, number=None)
        for name, rate in held.toxicity_rates.items()
    }
    changed = replace(knowledge, _dosing=replace(held, toxicity_rates=rates))
    return compare_html(compare([held.regimens["folfox4"], held.regimens["capox"]], changed))


PAGES = {
    "randomized": lambda: of("folfox4", "capox"),
    "apart": lambda: of("mfolfox6", "regorafenib", "fruquintinib", "folfiri-ziv-aflibercept"),
    "empty": lambda: of("mfolfox6", "mfolfox7"),
    "hostile": poisoned,
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    found = measured(PAGES[name](), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]
    assert "Events" in found["headings"]


@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_its_ground(name, tmp_path):
    page = tmp_path / "page.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", PAGES[name]())
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    done = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    assert found[1].endswith('"poor":[]}'), found[1]


def test_what_a_rate_says_is_never_read_as_markup():
    assert "<b>very" not in poisoned()

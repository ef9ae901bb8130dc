"""The pages about studies in a real browser: they fit, fetch nothing, and every text stands out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from chemoplan.case import resolve
from chemoplan.intake.examples import example_readings
from chemoplan.knowledge import load_knowledge
from chemoplan.report.trials_html import trials_html, why_html
from chemoplan.report.trials_list_html import trials_list_html
from chemoplan.report.trials_outline import match_document, why_document
from chemoplan.trials.expression import Any, Test, Window
from chemoplan.trials.listing import listing
from chemoplan.trials.match import match
from chemoplan.trials.registry.demo import demo_records
from chemoplan.trials.store import AsOf
from tests.browser.test_pages import BROWSER, browse, measured
from tests.browser.test_tumor_page import CONTRAST
from tests.spec.trial_readings import studies, study

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")

MARKUP = "a<b>very</b>" + "long" * 30
ASKED = [
    ("require", Test("ecog", "<=", 1)),
    ("require", Any((Test("ras", "==", "wild_type"), Test("mmr", "==", "deficient")))),
    ("exclude", Test("major_surgery", window=Window(28, "d"))),
    ("exclude", Test("active_infection", detail="requiring systemic therapy")),
    ("require", Test("informed_consent"), {"kind": "administrative"}),
]


def page_of(kind: str, hostile: bool = False, **more) -> str:
    knowledge = load_knowledge()
    case = resolve(example_readings()[9], knowledge, for_plan=False)
    pairs = [
        study(ASKED, "NCT90000001", 2),
        study(ASKED[2:3], "NCT90000002"),
        study(ASKED[:1], "NCT90000003"),
        study(ASKED[3:4], "NCT90000004"),
    ]
    if hostile:
        asked = [(effect, test, {"span": MARKUP, "note": MARKUP, "scope": MARKUP}) for effect, test, *_ in ASKED]
        record, reading = study(asked, "NCT90000005", 2)
        lines = tuple(replace(line, text=MARKUP) for line in reading.lines)
        pairs = [(replace(record, title=MARKUP, status=MARKUP, url=MARKUP), replace(reading, lines=lines))]
    facts = {**case.facts, "major_surgery": True, "days_since_major_surgery": 3.0, "active_infection": True}
    case = replace(case, facts=facts)
    found = match(studies(*pairs), facts)
    if kind == "why":
        return why_html(why_document(found[0], case, knowledge, reviewed_only=False), **more)
    return trials_html(match_document(found, case, knowledge, reviewed_only=False), **more)


def list_of(**changes: object) -> str:
    """The page of `trials list`, with all demo records changed alike."""
    records = [replace(record, **changes) for record in demo_records()]
    knowledge = load_knowledge()
    told = {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of}
    provenance = {"chemoplan": "0", "knowledge": {"overlays": [], "signed_off": False, **told}}
    as_of = AsOf(len(records), date(2026, 11, 20), date(2026, 11, 20), 0)
    return trials_list_html(listing(records, as_of, date(2027, 11, 27)), "every record", provenance)


def unknown() -> str:
    """The page of `trials match` where much is left to ask."""
    knowledge = load_knowledge()
    case = resolve(example_readings()[0], knowledge, for_plan=False)
    names = ("portal_hypertension", "prior_liver_radiation", "inflammatory_bowel_disease", "breastfeeding")
    asked = study([("exclude", Test(name, "==", True)) for name in names], "NCT90000006")
    return trials_html(match_document(match(studies(asked), {}), case, knowledge, reviewed_only=False))


PAGES = {
    "list": list_of,
    "hostile list": lambda: list_of(
        title=MARKUP * 3, status=MARKUP, phases=("PHASE1", "PHASE2"), url="https://a/" + MARKUP
    ),
    "much to ask": unknown,
    "match": lambda: page_of("match"),
    "opened": lambda: page_of("match", opened=True),
    "why": lambda: page_of("why"),
    "hostile match": lambda: page_of("match", hostile=True, opened=True),
    "hostile why": lambda: page_of("why", hostile=True),
}


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    found = measured(PAGES[name](), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]
    assert {"Summary", "Verdict", "Studies"} & set(found["headings"])


@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_its_ground(name, tmp_path):
    page = tmp_path / "page.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", PAGES[name]())
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    done = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    assert found[1].endswith('"poor":[]}'), found[1]


def test_a_page_shows_each_verdict_with_its_quoted_line_and_markup_stays_text():
    page = page_of("match")
    for piece in (
        "Ineligible",
        "Fixable",
        "Possible",
        "Eligible so far",
        "holds in 25 days, from 2026-12-11",
        "as of 2026-11-20",
    ):
        assert piece in page
    assert "<b>very" not in page_of("match", hostile=True) + page_of("why", hostile=True)

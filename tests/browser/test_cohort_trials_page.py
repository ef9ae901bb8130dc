"""The page of many people against many studies in a real browser: it fits, fetches nothing, and every text stands out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chemoplan.report.cohort_trials_html import cohort_trials_html
from tests.browser.test_pages import BROWSER, browse, measured
from tests.browser.test_tumor_page import CONTRAST

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the page was not looked at in a browser")

MARKUP = "a<b>very</b>" + "long" * 30


def clause(span: str, failing: int, alone: int, line: int = 3) -> dict[str, Any]:
    return {
        "line": line, "span": span, "criterion": "ecog <= 1", "effect": "require", "mends": "", "review": "auto",
        "failing": failing, "failing_alone": alone,
    }  # fmt: skip


def study(name: str, title: str, counts: tuple[int, int, int, int], *clauses: dict[str, Any]) -> dict[str, Any]:
    keys = ("eligible", "fixable", "possible", "ineligible")
    return {
        "study": name,
        "title": title,
        "as_of": "2026-11-20",
        **dict(zip(keys, counts, strict=True)),
        "clauses": list(clauses),
    }


def result(*studies: dict[str, Any], **more: Any) -> dict[str, Any]:
    knowledge = {"version": "2026.11", "sha256": "0" * 64, "as_of": "2026-11-23"}
    return {
        "chemoplan": "0", "knowledge": knowledge, "kind": "cohort match", "cohort": "people.csv", "trials": "trials.sqlite",
        "as_of": {"oldest": "2026-11-20", "newest": "2026-11-21", "unknown": 1}, "reviewed_only": False, "people": 1_000_000,
        "left_out": 0, "refused_values": 0, "studies": list(studies), **more,
    }  # fmt: skip


PLAIN = result(
    study(
        "NCT90000001",
        "Much lost",
        (0, 0, 1, 999_999),
        clause("ECOG 0 or 1", 9, 2),
        clause("Age over 18", 999_990, 700_000),
    ),
    study("NCT90000002", "All verdicts", (400_000, 300_000, 200_000, 100_000), clause("Nobody lost", 0, 0)),
)
NOBODY = result(study("NCT90000003", "Nobody was counted", (0, 0, 0, 0)), people=2, left_out=2)
HOSTILE = result(
    study(MARKUP, MARKUP, (1, 2, 3, 4), {**clause(MARKUP, 4, 1), "criterion": MARKUP, "mends": "wash-out"}),
    cohort=MARKUP, trials=MARKUP, left_out=3, refused_values=4, reviewed_only=True,
)  # fmt: skip
PAGES = {"plain": PLAIN, "nobody": NOBODY, "hostile": HOSTILE}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name: str, width: int, tmp_path: Path) -> None:
    found = measured(cohort_trials_html(PAGES[name], opened=True), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]
    assert found["headings"] == ["Summary", "Studies", "About this report"]


@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_its_ground(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", cohort_trials_html(PAGES[name], opened=True))
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    done = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    assert found[1].endswith('"poor":[]}'), found[1]


def test_studies_that_could_take_most_come_first_with_bars_and_the_lines_that_lose_most() -> None:
    page = cohort_trials_html(PLAIN)
    assert page.index("All verdicts") < page.index("Much lost")
    assert page.index("Age over 18") < page.index("ECOG 0 or 1")
    assert "Nobody lost" not in page
    assert "2026-11-20 to 2026-11-21, 1 of an unknown day" in page
    bars = re.findall(r'<rect class="bar-(\w+)" x="([0-9.]+)" width="([0-9.]+)"', page)
    assert bars == [
        ("good", "0.000", "40.000"), ("open", "40.000", "30.000"), ("calm", "70.000", "20.000"), ("bad", "90.000", "10.000"),
        ("calm", "0.000", "0.000"), ("bad", "0.000", "100.000"),
    ]  # fmt: skip
    assert (
        'aria-label="NCT90000002: 400,000 eligible so far, 300,000 fixable, 200,000 possible, 100,000 ineligible"'
        in page
    )


def test_markup_stays_text_and_a_long_list_is_cut_with_a_word() -> None:
    assert "<b>very" not in cohort_trials_html(HOSTILE)
    many = cohort_trials_html(result(*(study(f"NCT{at:08}", "x", (0, 0, 1, 0)) for at in range(250))))
    assert many.count('<article class="option') == 200
    assert "The first 200 of 250" in many

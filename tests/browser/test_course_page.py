"""The page of a course in a real browser: it fits, fetches nothing, and every text stands out."""

from __future__ import annotations

import re
from datetime import date

import pytest

from chemoplan.dosing.calendar_days import WorkingDays
from chemoplan.report.course_html import course_html
from tests.browser.test_pages import BROWSER, browse, measured
from tests.browser.test_tumor_page import CONTRAST
from tests.spec.course_people import cycle_given, planned

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")

MARKUP = "a<b>very</b>" + "long" * 20


def given() -> str:
    """A regimen with cycles given, one of them late, and a next cycle that waits for counts."""
    omitted = {"fluorouracil-bolus": {"omitted": MARKUP}}
    cycles = [cycle_given(1, "2026-10-29", bsa=1.82), cycle_given(2, "2026-11-12", omitted, bsa=1.82)]
    return course_html(planned("mfolfox6", given=cycles, facts={"neutrophils": 1.1}, cycles=12))


def sequence() -> str:
    """A sequence with steps on the calendar, a window, and a step that is left open."""
    steps, begins = {1: "lccrt-fluorouracil", 2: "capox"}, {2: date(2027, 2, 1)}
    working = WorkingDays(weekends_off=True)
    return course_html(
        planned("tnt-opra-consolidation", date(2026, 12, 7), steps=steps, begins=begins, working=working)
    )


PAGES = {"given": given, "sequence": sequence}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    found = measured(PAGES[name](), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]


@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_its_ground(name, tmp_path):
    page = tmp_path / "page.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", PAGES[name]())
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    done = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    assert found[1].endswith('"poor":[]}'), found[1]


def test_what_a_list_of_given_cycles_says_is_never_read_as_markup():
    assert "<b>very" not in given()

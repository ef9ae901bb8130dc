"""The page of a germline in a real browser: it fits, fetches nothing, can be read in the dark and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from chemoplan.report.germline_html import germline_html
from tests.browser.test_pages import BROWSER, browse, measured
from tests.browser.test_tumor_page import CONTRAST
from tests.spec.report_germlines import germline_report
from tests.spec.report_plans import poisoned
from tests.spec.test_report_germline import real_report

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")


def hostile():
    clean = germline_report()
    report = poisoned(clean)
    for part in ("genes", "positions", "alerts"):
        for row, good in zip(report[part], clean[part], strict=True):
            row.update({key: good[key] for key in ("status", "state", "gene", "severity") if key in good})
    return report


PAGES = {
    "germline": lambda: germline_html(real_report()),
    "by hand": lambda: germline_html(germline_report()),
    "hostile": lambda: germline_html(hostile()),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    found = measured(PAGES[name](), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]
    assert found["focusable"] > 5
    assert found["headings"][0] == "Before anything else"


def test_the_pictures_can_be_reached_and_scrolled_by_keyboard():
    frames = re.findall(r'<div class="scroll"[^>]*>', PAGES["germline"]())
    assert len(frames) == 2
    assert all('tabindex="0"' in frame and "aria-label=" in frame for frame in frames)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["germline", "by hand"])
def test_every_text_stands_out_from_its_ground(name, dark, tmp_path):
    page = tmp_path / "page.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", PAGES[name]())
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = browse(tmp_path, *flags, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    if dark and '"dark":false' in found[1]:
        pytest.skip("this browser cannot be told to prefer the dark")
    assert found[1].endswith('"poor":[]}'), found[1]


def test_paper_carries_every_position_and_the_notice(tmp_path):
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(PAGES["germline"](), encoding="utf-8")
    browse(tmp_path, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) >= 2
    if not shutil.which("pdftotext"):
        pytest.skip("pages were counted; pdftotext is not installed, so the words were not read")
    done = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True)
    text = " ".join(done.stdout.split())
    assert "not signed off by a clinician" in text
    assert "Contents" not in text
    assert "chr1:97450058" in text
    assert text.index("Before anything else") < text.index("Fluorouracil and capecitabine")

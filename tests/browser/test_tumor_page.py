"""The pages of a tumor and of a study in a real browser: they fit, fetch nothing, can be read in the dark and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from chemoplan.cohort.summary import alterations
from chemoplan.report.cohort_html import cohort_html
from chemoplan.report.tumor_html import tumor_html
from tests.browser.test_pages import BROWSER, browse, measured
from tests.spec.report_plans import poisoned
from tests.spec.report_tumors import tumor_report
from tests.spec.test_report_tumor import KNOWLEDGE, real_report, study, summary

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")


def hostile():
    clean = tumor_report()
    report = poisoned(clean)
    for part in ("biomarkers", "assertions", "facts", "not_tested", "does_not_apply"):
        for row, good in zip(report[part], clean[part], strict=True):
            row.update({key: good[key] for key in ("effect", "state", "status") if key in good})
    return report


PAGES = {
    "tumor": lambda: tumor_html(real_report()),
    "by hand": lambda: tumor_html(tumor_report()),
    "hostile": lambda: tumor_html(hostile()),
    "study": lambda: cohort_html(summary(), alterations(study(), KNOWLEDGE)),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    # A wide figure scrolls within its own frame, which the keyboard can reach.
    found = measured(PAGES[name](), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]
    assert found["focusable"] > 5
    assert len(found["headings"]) >= 4


@pytest.mark.parametrize("name", ["tumor", "study"])
def test_wide_figures_can_be_reached_and_scrolled_by_keyboard(name):
    frames = re.findall(r'<div class="scroll"[^>]*>', PAGES[name]())
    assert frames
    assert all('tabindex="0"' in frame and "aria-label=" in frame for frame in frames)


# Every text against the ground that it stands on, in the light and in the dark.
CONTRAST = """<script>
const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
const part = value => { const c = value / 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
const ground = item => {
  for (let at = item; at; at = at.parentElement) {
    const found = channels(getComputedStyle(at).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
addEventListener("load", () => {
  document.querySelectorAll("details").forEach(fold => { fold.open = true; });
  const poor = [];
  for (const item of document.querySelectorAll("body *")) {
    const own = [...item.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || item.closest(".skip, .hidden, title, desc, style, script")) continue;
    const style = getComputedStyle(item);
    const ink = light(channels(item.namespaceURI.endsWith("svg") ? style.fill : style.color)), paper = light(ground(item));
    const ratio = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
    if (ratio < 4.45) poor.push([ratio, item.tagName, item.getAttribute("class"), item.textContent.trim().slice(0, 9)].join(" "));
  }
  document.title = JSON.stringify({dark: matchMedia("(prefers-color-scheme: dark)").matches, poor: poor.slice(0, 8)});
});
</script></body>"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["tumor", "study"])
def test_every_text_stands_out_from_its_ground(name, dark, tmp_path):
    page = tmp_path / "page.html"
    text = re.sub(
        r"<meta http-equiv=[^>]*>", "", PAGES[name]()
    )  # lets the measuring script run; the page has none of its own
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = browse(tmp_path, *flags, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    if dark and '"dark":false' in found[1]:
        pytest.skip("this browser cannot be told to prefer the dark")
    assert found[1].endswith('"poor":[]}'), found[1]


@pytest.mark.parametrize("name", ["tumor", "study"])
def test_paper_carries_the_figures_and_the_notice(name, tmp_path):
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(PAGES[name](), encoding="utf-8")
    browse(tmp_path, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) >= 2
    if not shutil.which("pdftotext"):
        pytest.skip("pages were counted; pdftotext is not installed, so the words were not read")
    done = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True)
    text = " ".join(done.stdout.split())
    assert "not signed off by a clinician" in text
    assert "Contents" not in text
    assert ("G domain" if name == "tumor" else "Genes by tumors") in text


def test_paper_carries_what_a_second_source_matches(tmp_path):
    match = {
        "id": "77", "profile": "KRAS G12C", "meaning": "benefit", "therapies": ["Adagrasib"], "interaction": None, "state": "matched",
        "level": "allele", "because": "KRAS p.G12C", "disease": "Colorectal Cancer", "tissue": "colorectal", "evidence_level": "A",
        "rating": 4, "type": "Predictive", "citation": "PMID 1",
    }  # fmt: skip
    release = {
        "document": "civic.json", "date": "2026-04-25", "date_note": "", "items": 2, "not_parsed": 0, "license": "CC0-1.0", "problems": [],
    }  # fmt: skip
    found = {"source": "CIViC (second source)", "release": release, "matches": [match], "contradictions": []}
    report = {**tumor_report(), "civic": {**found, "other_diseases": [{**match, "therapies": ["Sotorasib"]}]}}
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(tumor_html(report), encoding="utf-8")
    browse(tmp_path, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed, so the words were not read")
    done = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True)
    text = " ".join(done.stdout.split())
    assert "KRAS G12C: benefit, Adagrasib" in text
    assert "1 item about other cancers: on the screen" in text

"""The pages in a real browser: nothing is fetched, nothing complains, a phone needs no sideways scroll, paper has pages."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess

import pytest

from chemoplan.report.html import audit_html, plan_html
from tests.spec.report_plans import audits, plans, poisoned

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND"]  # fmt: skip

# The page has no script of its own; a frame around it measures it at the width of a phone and of a desk.
FRAME = """<!DOCTYPE html><title>frame</title><body><iframe srcdoc="%s" style="width:%dpx;height:800px;border:0"></iframe>
<pre id="found"></pre>
<script>
document.querySelector("iframe").addEventListener("load", event => {
  const page = event.target.contentDocument;
  page.querySelectorAll("details").forEach(fold => { fold.open = true; });
  const wide = page.documentElement.clientWidth;
  const over = [...page.querySelectorAll("body *")].filter(
    item => item.getBoundingClientRect().right > wide + 1 && !item.closest(".skip, .hidden, svg"));
  document.getElementById("found").textContent = JSON.stringify({
    wide, scroll: page.documentElement.scrollWidth, over: over.slice(0, 5).map(
      item => item.tagName + "." + item.className + " " + item.textContent.trim().slice(0, 60)),
    loaded: performance.getEntriesByType("resource").length + event.target.contentWindow.performance.getEntriesByType("resource").length,
    named: [...page.querySelectorAll("svg[role=img]")].every(item => item.getAttribute("aria-label")),
    headings: [...page.querySelectorAll("main h2")].map(item => item.textContent),
    focusable: page.querySelectorAll("a[href], summary").length,
  });
});
</script>"""


def browse(tmp_path, *flags):
    return subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags],
        capture_output=True,
        text=True,
        timeout=120,
    )


def measured(text, width, tmp_path):
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME % (html.escape(text), width), encoding="utf-8")
    done = browse(tmp_path, "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.S)
    assert found, done.stderr[-2000:]
    assert "CONSOLE" not in done.stderr
    return json.loads(html.unescape(found[1]))


PAGES = {
    "plan": lambda: plan_html(plans()["example-03"]),
    "vague": lambda: plan_html(plans()["vague"]),
    "audit": lambda: audit_html(audits()["example-03"]),
    "hostile": lambda: plan_html(poisoned(plans()["example-03"])),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    found = measured(PAGES[name](), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]
    assert found["focusable"] > 5
    assert len(found["headings"]) >= 4


def test_printing_gives_pages_with_the_folds_open(tmp_path):
    page, paper = tmp_path / "plan.html", tmp_path / "plan.pdf"
    plan = plans()["example-03"]
    page.write_text(plan_html(plan), encoding="utf-8")
    browse(tmp_path, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) > 3
    if not shutil.which("pdftotext"):
        pytest.skip("pages were counted; pdftotext is not installed, so the words were not read")
    text = " ".join(
        subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True).stdout.split()
    )
    folded = [
        option["text"]
        for option in plan["options"]
        if option["verdict"] == "conditional" and option["text"] and not option["remote"]
    ]
    assert folded
    assert all(words[:40] in text for words in folded)
    assert "not signed off by a clinician" in text
    assert "Contents" not in text

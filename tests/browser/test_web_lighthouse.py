"""The twelve main screens by Lighthouse's phone: at least 95 in all four, light, nothing from elsewhere, nothing on the console."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.web_lighthouse import LIGHTHOUSE, SCREENS, allowed, read, screen
from tests.browser.web_pages import CHROMIUM
from tests.browser.web_server import Server

READY = bool(CHROMIUM and shutil.which("node") and LIGHTHOUSE.is_file())


@pytest.mark.long
@pytest.mark.skipif(not READY, reason="Lighthouse, node or chromium is missing (make lighthouse)")
@pytest.mark.parametrize("name", SCREENS)
def test_a_main_screen_reaches_the_bar_of_lighthouse(name: str, web: Server) -> None:
    assert screen(web, name).faults(allowed(name)) == []


def test_a_report_below_the_bar_is_told() -> None:
    audits = {
        "network-requests": {"details": {"items": [{"url": "http://own.example/"}, {"url": "https://fonts.example/a.woff2"}]}},
        "errors-in-console": {"details": {"items": [{"description": "refused to load"}]}},
        "total-byte-weight": {"numericValue": 200_000, "score": 0.5},
        "largest-contentful-paint": {}, "cumulative-layout-shift": {}, "total-blocking-time": {},
    }  # fmt: skip
    categories = {name: {"score": 0.97, "auditRefs": []} for name in ("accessibility", "best-practices", "seo")}
    categories["performance"] = {"score": 0.5, "auditRefs": [{"id": "total-byte-weight", "weight": 1}]}
    seen = read(
        {"audits": audits, "categories": categories, "finalDisplayedUrl": "http://own.example/"}, "http://own.example/"
    )
    assert seen.faults(150_000) == [
        "performance 50: total-byte-weight",
        "200,000 bytes, allowed 150,000",
        "asks fonts.example",
        "console: refused to load",
    ]


def test_a_page_that_leads_elsewhere_is_not_measured() -> None:
    with pytest.raises(RuntimeError, match="/cases/x leads to /sign-in"):
        read({"finalDisplayedUrl": "http://own.example/sign-in", "audits": {}}, "http://own.example/cases/x")

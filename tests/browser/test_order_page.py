"""The double-check sheet in a real browser: it fits, fetches nothing, and every text stands out."""

from __future__ import annotations

import re

import pytest

from chemoplan.report.order_html import order_html
from tests.browser.test_pages import BROWSER, browse, measured
from tests.browser.test_tumor_page import CONTRAST
from tests.spec.report_orders import orders

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; the pages were not looked at in a browser")

PAGES = ["to give", "reduced", "differ", "pump"]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_fetches_nothing_and_logs_nothing(name, width, tmp_path):
    found = measured(order_html(orders()[name]), width, tmp_path)
    assert found["scroll"] <= found["wide"], found["over"]
    assert found["loaded"] == 0
    assert found["named"]


@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_its_ground(name, tmp_path):
    page = tmp_path / "page.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", order_html(orders()[name]))
    page.write_text(text.replace("</body>", CONTRAST), encoding="utf-8")
    done = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stderr[-2000:]
    assert found[1].endswith('"poor":[]}'), found[1]

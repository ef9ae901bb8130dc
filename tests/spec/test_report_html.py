"""The HTML page: self-contained, accessible, complete, and safe against every text that a case may hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest

from chemoplan.report.html import anchor, audit_html, css_text, plan_html
from tests.spec.report_plans import HOSTILE, audits, plans, poisoned

VOID = {"meta", "link", "img", "br", "hr", "input", "rect", "circle", "path"}
PAGES = [("plan", name) for name in plans()] + [("audit", name) for name in audits()]


class Page(HTMLParser):
    """Elements, text and headings of a page; complains about elements that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text, self.bad = [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.bad.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


def html(kind, name):
    return plan_html(plans()[name]) if kind == "plan" else audit_html(audits()[name])


@pytest.fixture(params=PAGES, ids=lambda item: "-".join(item), scope="module")
def page(request):
    return Page(html(*request.param))


def test_every_element_is_closed_and_every_id_is_unique(page):
    assert page.bad == []
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_link_leads_to_a_place_within_the_page(page):
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    for attrs in page.all("a"):
        assert attrs["href"].startswith("#")
        assert attrs["href"][1:] in ids


def test_nothing_comes_from_outside_and_nothing_runs(page):
    assert not page.all("script", "iframe", "object", "embed", "img", "form")
    assert [attrs["href"] for attrs in page.all("link")] == ["data:,"]
    for _, attrs in page.elements:
        assert not any(name.startswith("on") or name in ("src", "srcset", "style") for name in attrs)


def test_the_style_sheet_loads_nothing():
    for name in ("style.css", "paper.css"):
        style = files("chemoplan.report").joinpath("templates", name).read_text()
        assert "url(" not in style
        assert "@import" not in style


def test_headings_start_with_one_h1_and_skip_no_level(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    main = levels[levels.index(1) :]
    assert main.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(main))


def test_the_page_has_language_landmarks_and_a_way_past_the_head(page):
    assert page.all("html")[0]["lang"] == "en"
    for tag in ("header", "nav", "main", "footer", "title"):
        assert page.all(tag)
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    ids = {attrs.get("id") for _, attrs in page.elements}
    assert all(attrs["aria-labelledby"] in ids for attrs in page.all("section", "nav"))


def test_every_picture_has_a_text_or_is_hidden_from_readers(page):
    for attrs in page.all("svg"):
        assert attrs.get("aria-hidden") == "true" or attrs.get("aria-label")


def test_every_table_has_headers_with_a_scope(page):
    assert page.elements.count(("table", {})) == 0
    for attrs in page.all("th"):
        assert attrs["scope"] in ("col", "row")


def test_the_page_says_that_nobody_signed_and_what_it_is_for(page):
    text = " ".join("".join(page.text).split())
    assert "not signed off: no clinician has signed off" in text
    assert "not a medical device" in text


@pytest.mark.parametrize("name", plans())
def test_no_option_reason_source_fact_or_question_is_left_out(name):
    plan = plans()[name]
    text = " ".join("".join(Page(plan_html(plan)).text).split())
    for option in [*plan["options"], *plan["excluded"]]:
        assert option["title"] in text
        assert option["id"] in text
        for line in option["evidence"]:
            assert line["title"] in text
            assert " ".join(line["says"].split()) in text
        for trace in option["because"]:
            assert trace["title"] in text
        for caution in option.get("cautions", ()):
            assert " ".join(caution["text"].split()) in text
    for row in plan["facts"]:
        assert row["name"] in text
    for row in plan["missing"]:
        assert row["question"] in text
    for item in plan["conflicts"]:
        assert all(" ".join(position["position"].split()) in text for position in item["positions"])


@pytest.mark.parametrize(
    ("make", "data"),
    [(plan_html, plans()["example-03"]), (plan_html, plans()["vague"]), (audit_html, audits()["example-03"])],
)
def test_hostile_text_adds_no_element_and_no_attribute(make, data):
    clean, hostile = Page(make(data)), make(poisoned(data))
    page = Page(hostile)
    assert page.bad == []
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in clean.elements} | {
        "section",
        "article",
        "details",
        "ul",
        "li",
    }
    assert not page.all("script", "img")
    assert hostile.count("<style") == hostile.count("</style") == 1
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert hostile.count("{{7*7}}") > 10
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", hostile)
    assert "<script>alert(1)</script>" in "".join(page.text)


def test_a_css_text_cannot_end_the_style_element():
    assert re.fullmatch(r'"[^"<>\x00-\x1f]*"', css_text(HOSTILE + "\n}"))
    assert css_text("Fälle · 1") == '"Fälle · 1"'


def test_unlike_ids_get_unlike_anchors():
    assert len({anchor(text) for text in ("a b", "a_b", "a.b", "a-b", "ab")}) == 5


def test_the_same_plan_gives_the_same_page():
    assert plan_html(plans()["example-05"]) == plan_html(plans()["example-05"])


def test_a_status_is_told_by_word_and_shape_not_by_color_alone():
    text = plan_html(plans()["example-05"])
    for badge in re.findall(r'<span class="badge [a-z]+">(.*?)</span>', text, re.S):
        assert badge.startswith("<svg")
        assert re.sub(r"<.*?>", "", badge).strip()


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("ink", "ground"), [
    *[(ink, ground) for ink in ("ink", "quiet", "link", "good", "open", "bad", "calm") for ground in ("paper", "tint")],
    *[(tone, f"{tone}-tint") for tone in ("good", "open", "bad", "calm")],
    *[(ink, ground) for ink in ("ink", "quiet", "link") for ground in ("open-tint", "calm-tint")],
])  # fmt: skip
def test_every_text_color_has_enough_contrast(ink, ground):
    style = files("chemoplan.report").joinpath("templates", "style.css").read_text()
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", style))
    light, dark = sorted((luminance(colors[ink]), luminance(colors[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5

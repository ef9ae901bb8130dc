"""An order as text, page, PDF and data: every dose, what changed it, why there is none, and both calculations."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from chemoplan.report import order_outline as told
from chemoplan.report.order_html import order_html
from chemoplan.report.schema import check_result
from chemoplan.report.text import print_order
from tests.spec.report_orders import CASES, orders
from tests.spec.report_plans import HOSTILE, poisoned


def text_of(order, width=100):
    stream = io.StringIO()
    print_order(order, Console(file=stream, width=width, highlight=False))
    return " ".join(stream.getvalue().split())


@pytest.mark.parametrize("name", CASES)
def test_an_order_fits_its_schema(name):
    assert check_result("order", orders()[name]) == []


@pytest.mark.parametrize("name", CASES)
def test_text_and_page_tell_every_line_with_its_dose_and_state(name):
    order = orders()[name]
    page = re.sub(r"<[^>]*>", " ", order_html(order))
    for shown in (text_of(order, 160), " ".join(page.split())):
        for line in order["drugs"]:
            assert told.name_of(line).split(",")[0] in shown
            assert told.line_mark(line).word in shown or line["status"] == "give"
            if line["dose"] is not None:
                assert (
                    f"{told.number_text(line['dose'])} {line['unit']}" in shown
                    or " ".join(f"{told.number_text(line['dose'])} {line['unit']}".split()) in shown
                )
            for change in line["modifications"]:
                assert change["rule"] in shown and change["title"].split('"')[0] in shown
            for fact in line["conditional_on"]:
                assert fact in shown
        for row in order["warnings"]:
            assert row["id"] in shown
        assert "Mosteller" in shown or order["body"]["surface"] is None or order["regimen"] in ("hai-floxuridine",)


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_the_terminal(name):
    stream = io.StringIO()
    print_order(orders()[name], Console(file=stream, width=60, highlight=False))
    assert max(map(len, stream.getvalue().splitlines())) <= 60


def test_every_dose_has_a_second_calculation_beside_it():
    order = orders()["to give"]
    assert {row["part"] for row in order["double_check"]} == {line["part"] for line in order["drugs"]}
    assert all(row["agrees"] for each in orders().values() for row in each["double_check"])
    assert order_html(order).count("agrees") >= 4


def test_a_difference_between_the_two_calculations_stands_out():
    order = {
        **orders()["to give"],
        "double_check": [{**orders()["to give"]["double_check"][0], "agrees": False, "difference": -139.23}],
    }
    assert "DIFFERS by -139.23" in text_of(order)
    assert "DIFFERS by -139.23" in order_html(order)


def test_the_sheet_has_places_to_sign():
    page = order_html(orders()["to give"])
    assert all(
        who in page
        for who in ("Ordered by", "Checked by (pharmacy)", "Prepared by", "Checked by (second person)", "Given by")
    )


def test_a_large_number_is_grouped_so_that_it_is_not_misread():
    assert told.number_text(4368) == "4\u202f368"
    assert told.number_text(154.7) == "154.7"


@pytest.mark.parametrize(
    ("days", "text"),
    [([1], "1"), ([1, 8, 15], "1, 8, 15"), (list(range(1, 15)), "1 to 14"), ([1, 2, 8, 9, 10], "1, 2, 8 to 10")],
)
def test_days_of_a_cycle(days, text):
    assert told.days_text({"days": days, "days_text": ""}) == text


@pytest.mark.parametrize("name", ["to give", "reduced", "differ", "pump"])
def test_no_text_from_outside_is_read_as_markup(name):
    order = orders()[name]
    hostile = {**order, "case": order["case"] + HOSTILE, "title": order["title"] + HOSTILE, "notes": poisoned(order["notes"]), "warnings": [
        {**row, "text": row["text"] + HOSTILE} for row in order["warnings"]]}  # fmt: skip
    page = order_html(hostile)
    assert "<script" not in page and "<img" not in page and "\x1b" not in page
    assert "\x1b" not in text_of(hostile)


def test_the_sheet_as_pdf():
    pytest.importorskip("plutoprint", reason="the extra pdf is not installed")
    from chemoplan.report.pdf import order_pdf

    made = order_pdf(orders()["to give"])
    assert made.startswith(b"%PDF") and made == order_pdf(orders()["to give"])

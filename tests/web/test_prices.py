"""The list of charges: held against the federal template, shown only when it follows it."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import pytest

from chemoplan.web.center.center import EXAMPLE
from chemoplan.web.center.file import load_center
from chemoplan.web.center.prices import PricesRefused, prices_of, read_prices, search
from tests.web.visitors import empty_site

SHIPPED = (EXAMPLE / "prices.csv").read_bytes()
ROWS = list(csv.reader(io.StringIO(SHIPPED.decode())))
HEADS = ROWS[2]
BY_PERCENT = next(
    number for number, row in enumerate(ROWS) if row[HEADS.index("standard_charge|negotiated_percentage")].isdigit()
)


def written(rows: list[list[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


def changed(row: int, column: int | str, value: str) -> bytes:
    rows = [list(line) for line in ROWS]
    rows[row][HEADS.index(column) if isinstance(column, str) else column] = value
    return written(rows)


def test_the_shipped_list_follows_the_template() -> None:
    prices = read_prices(SHIPPED)
    assert len(prices.items) == 22 and prices.general["version"] == "3.0.0"
    surgery = next(item for item in prices.items if item.code == "EX-0040")
    assert (surgery.gross, surgery.cash, surgery.setting) == (62000, 43400, "inpatient")
    assert [(charge.dollars, charge.percentage) for charge in surgery.charges] == [(38440, None), (None, 58)]


def test_the_headings_are_those_of_the_template_in_its_order() -> None:
    named = [head for head in HEADS if not head.startswith("code|2")]
    assert ",".join(named) == (
        "description,code|1,code|1|type,modifiers,setting,drug_unit_of_measurement,drug_type_of_measurement,standard_charge|gross,"
        "standard_charge|discounted_cash,payer_name,plan_name,standard_charge|negotiated_dollar,standard_charge|negotiated_percentage,"
        "standard_charge|negotiated_algorithm,median_amount,10th_percentile,90th_percentile,count,standard_charge|methodology,"
        "standard_charge|min,standard_charge|max,additional_generic_notes"
    )
    assert ROWS[0][:7] == [
        "hospital_name", "last_updated_on", "version", "location_name", "hospital_address", "license_number|NY", "type_2_npi",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (0, 7, "We promise", "attestation is missing"),
        (1, 7, "FALSE", "expected TRUE"),
        (1, 0, "", "hospital_name is missing"),
        (1, 1, "last week", "expected a date"),
        (1, 2, "2.0.0", "expected 3.0.0"),
        (1, 3, "Main building", "1 places and 2 addresses"),
        (2, 0, "what", "description stands there 0 times"),
        (2, "standard_charge|min", "standard_charge|max", "stands there"),
        (3, "description", "", "row 4: description is empty"),
        (3, "setting", "at home", "expected one of inpatient"),
        (3, "standard_charge|gross", "$420", "above 0"),
        (3, "standard_charge|gross", "1,200", "above 0"),
        (3, "standard_charge|gross", "0", "above 0"),
        (3, "standard_charge|gross", "-5", "above 0"),
        (3, "standard_charge|gross", "nan", "above 0"),
        (3, "code|1|type", "OWN", "expected one of CPT"),
        (3, "code|1|type", "", "belong together"),
        (3, "code|2", "123", "belong together"),
        (3, "payer_name", "", "belong together"),
        (3, "standard_charge|methodology", "guess", "expected one of case rate"),
        (3, "standard_charge|methodology", "", "without its methodology"),
        (3, "standard_charge|negotiated_dollar", "", "a payer without a negotiated charge"),
        (3, "standard_charge|min", "", "needs standard_charge|min"),
        (3, "count", "7", "expected 0, 1 through 10"),
        (3, "count", "2,025", "expected 0, 1 through 10"),
        (3, "drug_type_of_measurement", "spoon", "expected one of GR"),
        (3, "code|1|type", "NDC", "an NDC code needs"),
        (BY_PERCENT, "count", "", "needs count"),
        (BY_PERCENT, "median_amount", "", "needs median_amount"),
    ],
)
def test_what_breaks_the_template_is_refused_with_its_place(row: int, column: int | str, value: str, said: str) -> None:
    with pytest.raises(PricesRefused) as refused:
        read_prices(changed(row, column, value))
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"standard_charge|methodology": "other", "additional_generic_notes": ""}, "expected an explanation"),
        ({"count": "0", "additional_generic_notes": ""}, "count is 0"),
    ],
)
def test_what_needs_an_explanation_is_refused_without_one(changes: dict[str, str], said: str) -> None:
    rows = [list(line) for line in ROWS]
    for column, value in changes.items():
        rows[3][HEADS.index(column)] = value
    with pytest.raises(PricesRefused, match=said):
        read_prices(written(rows))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n", SHIPPED + b"short,row\n", SHIPPED + b'"open'])
def test_a_file_that_is_no_such_list_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(PricesRefused) as refused:
        read_prices(content)
    assert "\n" not in str(refused.value)


def test_a_byte_order_mark_spaces_around_bars_and_other_case_do_not_matter() -> None:
    text = (
        SHIPPED.decode().replace("standard_charge|gross", "Standard_Charge | Gross").replace("outpatient", "Outpatient")
    )
    assert len(read_prices(b"\xef\xbb\xbf" + text.encode()).items) == 22


def test_a_search_finds_items_by_their_words_and_codes() -> None:
    items = read_prices(SHIPPED).items
    assert [item.code for item in search(items, "PELVIS mri")] == ["EX-0010"]
    assert [item.code for item in search(items, "j9263")] == ["J9263"]
    assert search(items, "moon") == [] and len(search(items, "")) == 22


def test_the_page_the_file_and_the_locator_tell_the_same(tmp_path: Path) -> None:
    visitor = empty_site(tmp_path, address="https://cancer.example").visitor()
    page = visitor.get("/legal/prices?q=pelvis").text
    assert "MRI of the pelvis" in page and "$1,850.00" in page and "Colonoscopy" not in page
    file = visitor.get("/legal/prices/standard-charges.csv")
    assert file.content == SHIPPED and "standardcharges.csv" in file.headers["content-disposition"]
    lines = visitor.get("/cms-hpt.txt").text.splitlines()
    assert lines[:3] == [
        "location-name: Main building",
        "source-page-url: https://cancer.example/legal/prices",
        "mrf-url: https://cancer.example/legal/prices/standard-charges.csv",
    ]
    assert "location-name: Riverside clinic" in lines and any(line.startswith("contact-email: ") for line in lines)


def test_a_center_without_a_list_says_so_and_one_with_a_broken_list_shows_none_of_it(tmp_path: Path) -> None:
    assert prices_of(dataclasses.replace(load_center(), data={})) is None
    center = tmp_path / "center"
    center.mkdir()
    (center / "center.yaml").write_bytes((EXAMPLE / "center.yaml").read_bytes())
    (center / "prices.csv").write_bytes(changed(3, "setting", "at home"))
    visitor = empty_site(tmp_path, center=center).visitor()
    page = visitor.get("/legal/prices").text
    assert "We cannot show our price list right now" in page and "First visit with a cancer doctor" not in page
    assert visitor.get("/legal/prices/standard-charges.csv").status_code == 404
    assert visitor.get("/cms-hpt.txt").status_code == 404

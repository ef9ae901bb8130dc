"""Tables: one row a case, an empty cell is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from chemoplan.intake import InputRefused, read_document
from chemoplan.intake.table import read_table
from chemoplan.vocabulary import SetValue

TABLE = """case,decided_on,age,cT,emvi,metastatic_sites,tumor_height
a-1,2026-03-31,61,T3,true,,4.5
a-2,,70,,,liver;lung,50 mm
7,,55,,,none,
"""


def write(tmp_path: Path, text: str, name: str = "cases.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_row_states_its_filled_cells_and_nothing_else() -> None:
    first, second, third = read_table(TABLE, "cases.csv")
    assert {item.fact: item.value for item in first.statements} == {
        "age": 61.0,
        "cT": "T3",
        "emvi": True,
        "tumor_height": 4.5,
    }
    assert {item.fact: item.value for item in second.statements} == {
        "age": 70.0,
        "metastatic_sites": SetValue(frozenset({"liver", "lung"})),
        "tumor_height": 5.0,
    }
    assert third.statements[1].value == SetValue(frozenset())
    assert str(first.decided_on) == "2026-03-31" and second.decided_on is None
    assert first.statements[1].source.locator == "line 2, column cT"


@pytest.mark.parametrize(("row", "case"), [("1", "a-1"), ("a-2", "a-2"), ("3", "7"), ("7", "7")])
def test_a_row_is_chosen_by_number_or_case_id(tmp_path: Path, row: str, case: str) -> None:
    assert read_document(write(tmp_path, TABLE), row=row).case == case


def test_several_rows_without_a_choice_are_refused_with_the_way_to_choose(tmp_path: Path) -> None:
    with pytest.raises(
        InputRefused, match=r"3 rows; choose one with --row NUMBER or --row CASE, or plan all with `cohort`"
    ):
        read_document(write(tmp_path, TABLE))
    with pytest.raises(InputRefused, match="no row '9'"):
        read_document(write(tmp_path, TABLE), row="9")


def test_tabs_and_semicolons_separate_too(tmp_path: Path) -> None:
    assert read_document(write(tmp_path, "age\tcT\n61\tT3\n", "a.tsv")).statements[1].value == "T3"
    assert read_document(write(tmp_path, "age;cT\n61;T3\n")).statements[1].value == "T3"


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("age,cTT\n61,T3\n", "line 2, column cTT", "did you mean cT?"),
        ("age,cT\n61,T9\n", "line 2, column cT", "expected one of Tis"),
        ("age,clinical_stage\n61,IV\n", "line 2, column clinical_stage", "always computed"),
        ("age,plan_intent\n61,adjuvant\n", "line 2, column plan_intent", "proposed plan"),
        ("age,cT\n61,T3,extra\n", "line 2", "3 cells and the header 2 columns"),
        ("age,decided_on\n61,soon\n", "line 2, column decided_on", "expected a day"),
    ],
)
def test_a_bad_cell_is_told_with_line_and_column(text: str, place: str, told: str) -> None:
    (reading,) = read_table(text, "cases.csv")
    assert [(problem.path, problem.severity) for problem in reading.problems] == [(place, "error")]
    assert told in reading.problems[0].message
    assert reading.statements[0].value == 61.0


def test_a_column_for_oneself_is_kept() -> None:
    (reading,) = read_table("age,x_site\n61,North\n", "cases.csv")
    assert reading.extra == {"line 2, column x_site": "North"} and reading.problems == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("age,age\n1,2\n", "column 'age' is given twice"),
        ("name,city\na,b\n", "no column is named like a fact"),
        ("age,cT\n", "a header and no rows"),
        ('age,cT\n"61,T3\n', "not a readable table"),
        ("", "empty"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputRefused, match=told):
        read_document(write(tmp_path, text))

"""Expected toxicity and CTCAE against the reference: no row is lost, no figure changed, every worked grade is met."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from typing import Any

import pytest
from click.testing import CliRunner

from chemoplan.cli import cli
from chemoplan.criteria.text import write
from chemoplan.knowledge import load_knowledge
from tests.real.conftest import reference_folder

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.dosing


def _cases() -> list[dict[str, Any]]:
    path = reference_folder() / "regimens" / "cases.json"
    if not path.is_file():
        return []
    return [case for case in json.loads(path.read_text(encoding="utf-8"))["cases"] if case["type"] == "CTCAE"]


CASES = _cases()


@pytest.mark.skipif(not CASES, reason="reference data not found: set CHEMOPLAN_REFERENCE to the folder that holds it")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_worked_grade_comes_from_the_command_line(case):
    words = ["calc", "grade", "--format", "json"]
    for name, value in case["inputs"].items():
        words += [f"--{name.replace('_', '-')}", f"{value} {case['input_units'][name]}"]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)["result"]
    assert {name: result[name] for name in case["expected"]} == case["expected"]


@pytest.fixture(scope="module")
def rows(reference):
    with (reference / "regimens" / "toxicity_rates.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def _expected(row):
    """A row of the table as the rows that must be held: one, or one for each figure of a double row."""
    source = "unsourced" if row["source"] == "MEM" else row["source"].lower()
    event = row["event"].removesuffix(" 2000/1700")
    figures = re.split(r"\s*/\s*", row["percent"].replace(" (older)", ""))
    for figure in figures:
        yield (
            row["regimen_id"],
            row["trial"],
            row["n_safety"],
            event,
            row["ctcae_version"],
            figure,
            row["status"],
            source,
        )


def test_no_row_of_the_table_is_lost_and_none_is_added(rows):
    held = Counter(
        (rate.regimen, rate.trial, str(rate.n or ""), rate.event, rate.grading, rate.percent, rate.status, rate.source)
        for rate in HELD.toxicity_rates.values()
    )
    assert len(rows) > 100
    assert held == Counter(item for row in rows for item in _expected(row))


def test_grades_arms_and_notes_are_those_of_the_table(rows):
    for row in rows:
        found = [
            rate
            for rate in HELD.toxicity_rates.values()
            if rate.trial == row["trial"]
            and rate.percent in [item[5] for item in _expected(row)]
            and rate.event in row["event"]
        ]
        assert found, row
        assert any(rate.grade == row["grade"] or f"under {row['grade']}" in rate.note for rate in found), row
        assert any(row["note"] in rate.note for rate in found), row
        arm = re.split(r" 3 mo | 2000 vs", row["regimen"])[0]
        assert any(rate.arm.startswith(arm) for rate in found), row


def test_a_number_stands_only_where_the_figure_is_one(rows):
    for rate in HELD.toxicity_rates.values():
        if re.fullmatch(r"[\d.]+", rate.percent):
            assert rate.number is not None
            assert float(rate.number) == float(rate.percent)
        else:
            assert rate.number is None
    singles = {row["percent"] for row in rows if row["percent_number"]}
    assert singles <= {rate.percent for rate in HELD.toxicity_rates.values()}


@pytest.fixture(scope="module")
def shift(reference):
    return json.loads((reference / "regimens" / "ctcae_v5_v6_shift.json").read_text(encoding="utf-8"))


def test_every_compared_term_is_held_in_both_versions(shift):
    for version in ("5", "6"):
        held = Counter(scale.term for scale in HELD.grade_scales.values() if scale.version == version)
        assert held == Counter(row[f"v{version}_term"] for row in shift["rows"])


def test_the_grades_that_exist_are_those_of_each_version(shift):
    for row in shift["rows"]:
        for version in ("5", "6"):
            scale = next(
                item
                for item in HELD.grade_scales.values()
                if item.version == version and item.term == row[f"v{version}_term"]
            )
            there = [number for number in (1, 2, 3, 4) if row[f"v{version}"][f"g{number}"].strip() != "-"]
            assert [item.grade for item in scale.grades] == there, scale.id


# a limit of the table by its sign and number: "<1.5 - 1.0 x 10e9 /L" begins below 1.5, ">ULN - 2.5 x ULN" above 1 time
SIGNED = re.compile(r"(<|>)\s*([\d.]+)")


def test_each_measured_limit_is_one_that_the_table_prints_for_its_grade(shift):
    counted = 0
    for row in shift["rows"]:
        for version in ("5", "6"):
            scale = next(
                item
                for item in HELD.grade_scales.values()
                if item.version == version and item.term == row[f"v{version}_term"]
            )
            for item in scale.grades:
                if item.when is None:
                    continue
                held = SIGNED.findall(write(item.when, KNOWLEDGE.vocabulary))
                printed = row[f"v{version}"][f"g{item.grade}"].replace(">ULN", ">1")
                limits = {(sign, float(number.rstrip("."))) for sign, number in SIGNED.findall(printed)}
                if not held or not limits or "Systolic" in printed or printed.startswith(">Baseline"):
                    continue
                assert [(sign, float(number)) in limits for sign, number in held] == [True], (scale.id, item.grade)
                counted += 1
    assert counted >= 40


def test_every_removed_term_is_held_with_its_successor_where_both_were_read(shift):
    held = {item.term: item.replaced_by for item in HELD.removed_terms.values()}
    renamed = {row["v5_term"]: row["v6_term"] for row in shift["rows"] if row["v5_term"] != row["v6_term"]}
    assert set(held) == set(shift["removed"])
    assert {term: after for term, after in held.items() if after} == renamed

"""2,504 real people, both genes: every published call is met, and those that the reference leaves open are listed with the reason."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.cohort.germline import germline_rows
from chemoplan.intake.germline import read_germline_cohort
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
TABLE = yaml.safe_load(Path(__file__).with_name("germline_people.yaml").read_text(encoding="utf-8"))
LISTED = [*TABLE["resolved"], *TABLE["withheld"]]
FACTS = {"DPYD": "dpyd_activity_score", "UGT1A1": "ugt1a1"}
NEEDED = {"DPYD": 27, "UGT1A1": 3}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(reference: Path) -> Path:
    """The files of 2,504 people."""
    return reference / "pharmacogenes" / "thousand_genomes"


def rows_of(path: Path) -> dict[str, Row]:
    return {row["sample"]: row for row in germline_rows(read_germline_cohort(path), KNOWLEDGE)}


@pytest.fixture(scope="module")
def people(folder: Path) -> dict[str, Row]:
    """One row a person, with every position in the file."""
    return rows_of(folder / "1kgp2504.DPYD_UGT1A1.GRCh38.assume_ref.vcf.gz")


@pytest.fixture(scope="module")
def gaps(folder: Path) -> dict[str, Row]:
    """One row a person, with the 21 positions that their panel really holds."""
    return rows_of(folder / "1kgp2504.DPYD_UGT1A1.GRCh38.panel_only.vcf.gz")


@pytest.fixture(scope="module")
def calls(folder: Path) -> dict[str, Row]:
    """The published calls of 1,250 of them."""
    with (folder / "calls_1250.tsv").open(encoding="utf-8", newline="") as stream:
        return {row["sample"]: row for row in csv.DictReader(stream, delimiter="\t")}


def text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, (int, float)) else str(value)


def test_every_published_answer_is_met(people: dict[str, Row], calls: dict[str, Row]) -> None:
    assert len(people) == 2504
    assert len(calls) == 1250
    wrong = {
        (name, fact): (text(people[name][fact]), right[fact])
        for name, right in calls.items()
        for fact in FACTS.values()
        if text(people[name][fact]) != right[fact]
    }
    assert wrong == {}


def test_the_program_of_the_reference_is_met_except_for_the_people_of_the_table(
    people: dict[str, Row], calls: dict[str, Row]
) -> None:
    phenotypes = {
        "Normal Metabolizer": "normal",
        "Intermediate Metabolizer": "intermediate",
        "Poor Metabolizer": "poor",
    }
    differing = set()
    for name, call in calls.items():
        if phenotypes.get(call["pharmcat_ugt1a1_phenotype"], "") != text(people[name]["ugt1a1"]):
            differing.add((name, "UGT1A1"))
        if call["pharmcat_dpyd_activity_score"] != text(people[name]["dpyd_activity_score"]):
            differing.add((name, "DPYD"))
    published = {(row["sample"], row["gene"]) for row in LISTED if "(by count)" not in row["reference"]}
    assert differing == published


def test_the_table_lists_everybody_whose_strand_has_no_name_and_nobody_else(people: dict[str, Row]) -> None:
    named = {allele.name for allele in KNOWLEDGE.germline.alleles.values() if allele.gene == "UGT1A1"}
    odd = {
        name
        for name, row in people.items()
        if any(strand not in named for pair in row["ugt1a1_diplotypes"].split(" or ") for strand in pair.split("/"))
    }
    assert odd == {row["sample"] for row in TABLE["resolved"]}
    assert Counter(row["here"] for row in TABLE["resolved"]) == {"intermediate": 12, "poor": 5}


def test_the_table_lists_everybody_without_an_answer(people: dict[str, Row]) -> None:
    open_ones = {(name, gene) for name, row in people.items() for gene, fact in FACTS.items() if row[fact] is None}
    assert open_ones == {(row["sample"], row["gene"]) for row in TABLE["withheld"]}


@pytest.mark.parametrize("listed", LISTED, ids=lambda row: f"{row['sample']} {row['gene']}")
def test_each_person_of_the_table_has_its_answer_and_its_reason(listed: Row, people: dict[str, Row]) -> None:
    row, start = people[listed["sample"]], listed["gene"].lower()
    assert text(row[FACTS[listed["gene"]]]) == text(listed["here"])
    assert row[f"{start}_because"]
    assert listed["why"]
    if listed["gene"] == "UGT1A1":
        assert sorted(row["ugt1a1_diplotypes"].split("/")) == sorted(listed["strands"])
        assert row["ugt1a1_status"] == ("called" if listed["here"] else "range")
    else:
        assert row["dpyd_status"] == "indeterminate"
        assert "rs114096998" in row["warnings"]


def test_the_counts_are_those_of_the_reference(people: dict[str, Row]) -> None:
    assert Counter(text(row["ugt1a1"]) for row in people.values()) == {
        "normal": 949, "intermediate": 1153 + 12, "poor": 384 + 5, "": 1,
    }  # fmt: skip
    assert Counter(text(row["dpyd_activity_score"]) for row in people.values()) == {
        "2": 2396 - 4, "1.5": 91, "1": 16, "0": 1, "": 4,
    }  # fmt: skip
    assert text(people["HG02684"]["dpyd_activity_score"]) == "0"


def test_without_the_positions_that_the_panel_lacks_nobody_is_normal(
    people: dict[str, Row], gaps: dict[str, Row]
) -> None:
    assert {row["dpyd_activity_score"] for row in gaps.values()} == {None, 0, 1, 1.5}
    for name, row in gaps.items():
        full = people[name]
        assert row["ugt1a1"] == full["ugt1a1"]
        if row["dpyd_activity_score"] is not None:
            assert row["dpyd_activity_score"] >= full["dpyd_activity_score"]
            assert row["dpyd_status"] == ("called" if row["dpyd_activity_score"] == 0 else "upper_bound")
        else:
            assert full["dpyd_activity_score"] in (2, None)
            assert row["dpyd_status"] in ("not_assessed", "indeterminate")

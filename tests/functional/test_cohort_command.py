"""`chemoplan cohort` as a user types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from chemoplan.intake.examples import example_paths
from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run

EXAMPLES = example_paths()[0].parent
STUDY, MAF, GENES = (EXAMPLES / name for name in ("study", "tumor.maf", "genes.txt"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_study_becomes_a_table_a_page_and_a_summary(tmp_path: Path) -> None:
    table, page = tmp_path / "tumors.csv", tmp_path / "study.html"
    done = run("cohort", STUDY, "--output", table, "--summary", page, check=0)
    assert done.stdout == ""
    assert "12 sequenced tumors of 11 people" in " ".join(done.stderr.split())
    rows = {row["sample"]: row for row in rows_of(table)}
    assert len(rows) == 12
    assert list(next(iter(rows.values())))[:2] == ["sample", "patient"]
    first = rows["INV-01-T"]
    assert (first["patient"], first["ras"], first["kras_g12c"], first["kras_variants"]) == (
        "INV-01",
        "mutated",
        "detected",
        "p.G12C",
    )
    assert first["resistance"]
    assert 'class="oncoprint"' in page.read_text(encoding="utf-8")


def test_what_was_not_tested_is_an_empty_cell(tmp_path: Path) -> None:
    run("cohort", STUDY, "--output", tmp_path / "t.csv", check=0)
    rows = {row["sample"]: row for row in rows_of(tmp_path / "t.csv")}
    small = rows["INV-08-T"]
    assert (small["ras"], small["pole_pold1"], small["ntrk_fusion"], small["mmr"]) == ("wild_type", "", "", "")
    assert rows["INV-10-T"]["msi"] == ""
    assert "contradict" in rows["INV-10-T"]["warnings"]


def test_a_person_with_two_tumors_is_one_row(tmp_path: Path) -> None:
    run("cohort", STUDY, "--by", "patient", "--output", tmp_path / "p.csv", check=0)
    rows = {row["patient"]: row for row in rows_of(tmp_path / "p.csv")}
    assert len(rows) == 11
    assert rows["INV-09"]["sample"] == "INV-09-T1;INV-09-T2"
    assert rows["INV-09"]["braf_non_v600"] == "detected"


def test_a_parquet_file_holds_the_same_with_types(tmp_path: Path) -> None:
    run("cohort", STUDY, "--output", tmp_path / "t.csv", check=0)
    run("cohort", STUDY, "--output", tmp_path / "t.parquet", check=0)
    frame, rows = pl.read_parquet(tmp_path / "t.parquet"), rows_of(tmp_path / "t.csv")
    assert frame.columns == list(rows[0])
    assert frame["tmb"].dtype == pl.Float64
    for found, written in zip(frame.to_dicts(), rows, strict=True):
        assert {key: "" if value is None else str(value) for key, value in found.items()} == written


@pytest.mark.parametrize("by", ["sample", "patient"])
def test_json_is_alone_on_standard_output_and_fits_its_schema(by: str, tmp_path: Path) -> None:
    done = run("cohort", STUDY, "--by", by, "--format", "json", "--output", tmp_path / "t.csv", check=0)
    result = json.loads(done.stdout)
    assert check_result("cohort", result) == []
    assert [row["sample"] for row in result["rows"]] == [row["sample"] for row in rows_of(tmp_path / "t.csv")]
    assert result["not_sequenced"] == ["INV-12-T"]


def test_the_summary_goes_to_the_terminal_when_no_table_is_asked_for() -> None:
    text = " ".join(run("cohort", STUDY, check=0).stdout.split())
    for piece in (
        "People by their highest tier",
        "5 of 11 assayed",
        "Not known",
        "MSIsensor score (high): INV-10-T (12.4)",
        "not signed off",
    ):
        assert piece in text, piece


def test_a_maf_of_several_samples_is_a_study_of_which_nobody_knows_what_was_looked_at(tmp_path: Path) -> None:
    run("cohort", STUDY / "data_mutations.txt", "--output", tmp_path / "t.csv", check=0)
    rows = rows_of(tmp_path / "t.csv")
    assert len(rows) == 11
    assert {row["ras"] for row in rows} == {"mutated", ""}
    run("cohort", STUDY / "data_mutations.txt", "--panel", GENES, "--output", tmp_path / "u.csv", check=0)
    assert {row["ras"] for row in rows_of(tmp_path / "u.csv")} == {"mutated", "wild_type"}


def test_a_tumor_of_the_table_says_what_the_tumor_command_says(tmp_path: Path) -> None:
    run("cohort", STUDY, "--output", tmp_path / "t.csv", check=0)
    for row in rows_of(tmp_path / "t.csv")[:3]:
        alone = json.loads(run("tumor", STUDY, "--sample", row["sample"], "--format", "json", check=0).stdout)
        for fact in alone["facts"]:
            assert row[fact["name"]] == ("" if fact["value"] is None else str(fact["value"]))


def test_a_second_source_is_named_and_stays_out_of_the_table(tmp_path: Path) -> None:
    from tests.functional.test_tumor_command import invented_release

    release = invented_release(tmp_path)
    done = run("cohort", STUDY, "--civic", release, "--format", "json", "--output", tmp_path / "with.csv", check=0)
    found = json.loads(done.stdout)["civic"]["samples"]
    assert [name for name, row in found.items() if row["matches"]] == ["INV-01-T"]
    run("cohort", STUDY, "--output", tmp_path / "without.csv", check=0)
    assert (tmp_path / "with.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()
    text = " ".join(run("cohort", STUDY, "--civic", release, check=0).stdout.split())
    assert "items match in 1 of 12 tumors" in text


BAD = [
    (["cohort", "nowhere"], "nowhere"),
    (["cohort", "-"], "name it"),
    (["cohort", STUDY, "--output", "table.xlsx"], ".parquet"),
    (["cohort", STUDY, "--build", "GRCh38"], "GRCh37"),
    (["cohort", STUDY, "--by", "tumor"], "patient"),
    (["cohort", STUDY, "--format", "html"], "json"),
    (["cohort", STUDY / "case_lists"], "case_lists"),
    (["cohort", STUDY, "--covers", "fusions"], "--panel"),
]


@pytest.mark.parametrize(
    ("arguments", "says"),
    BAD,
    ids=lambda item: " ".join(str(part) for part in item[2:]) if isinstance(item, list) else item,
)
def test_bad_input_gets_one_line_that_says_what_would_be_right(arguments: list, says: str) -> None:
    done = run(*arguments, check=2)
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert says in done.stderr


def test_what_a_maf_as_a_whole_has_to_say_is_a_problem_of_the_file_and_of_no_row(tmp_path: Path) -> None:
    maf = tmp_path / "calls.maf"
    maf.write_text(MAF.read_text() + MAF.read_text().splitlines()[-1] + "\n")
    told = json.loads(run("cohort", maf, "--format", "json", check=0).stdout)
    assert [problem["message"] for problem in told["problems"]] == [
        "1 row(s) repeat a call of the same sample and were counted once"
    ]
    assert "repeat" not in told["rows"][0]["warnings"]


def test_a_maf_without_a_sample_says_so(tmp_path: Path) -> None:
    maf = tmp_path / "calls.maf"
    maf.write_text(MAF.read_text().replace("INVENTED-TUMOR", ""))
    for command in ("cohort", "tumor"):
        message = run(command, maf, check=2).stderr
        assert message.startswith("chemoplan: calls.maf: holds no tumor (5 row(s) name no Tumor_Sample_Barcode")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_table_that_cannot_be_written_gets_the_same_line_in_both_forms(tmp_path: Path, name: str) -> None:
    message = run("cohort", STUDY, "--output", tmp_path / "nowhere" / name, check=2).stderr
    assert message == f"chemoplan: {name}: cannot be written (no such file or directory); choose another place\n"

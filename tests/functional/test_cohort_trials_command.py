"""`chemoplan cohort TABLE --trials STORE` as a user types it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run
from tests.spec.cohort_people import people


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented demo records."""
    path = tmp_path_factory.mktemp("store") / "trials.sqlite"
    run("trials", "import", "--demo", "--store", path, check=0)
    return path


def test_everybody_is_matched_with_every_study_and_counted_by_person_and_by_study(store: Path, tmp_path: Path) -> None:
    people(40).write_parquet(tmp_path / "people.parquet")
    done = run(
        "cohort", tmp_path / "people.parquet", "--trials", store, "--output", tmp_path / "verdicts.parquet",
        "--reasons", "--pairs", "possible", "--pairs", "ineligible", "--format", "json", check=0,
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert check_result("cohort_trials", result) == []
    counts = ("ineligible", "fixable", "possible", "eligible")
    by_person = pl.read_parquet(tmp_path / "verdicts.parquet")
    by_study = pl.read_parquet(tmp_path / "verdicts.studies.parquet")
    pairs = pl.read_parquet(tmp_path / "verdicts.pairs.parquet")
    assert by_person["case"].to_list() == [f"P{at}" for at in range(40)]
    assert by_study["study"].to_list() == [row["study"] for row in result["studies"]]
    for name in counts:
        assert by_person[name].sum() == by_study[name].sum() == sum(row[name] for row in result["studies"])
    assert sum(by_person[name].sum() for name in counts) == 40 * by_study.height
    assert (pairs["verdict"] == "possible").sum() == by_person["possible"].sum() > 0
    assert (pairs["verdict"] == "ineligible").sum() == by_person["ineligible"].sum() > 0
    clauses = pl.read_parquet(tmp_path / "verdicts.clauses.parquet")
    assert clauses["failing"].sum() >= by_person["ineligible"].sum()
    assert not (tmp_path / "verdicts.parquet.blocks").exists()


def test_a_person_of_the_table_has_the_verdicts_of_trials_match(store: Path, tmp_path: Path) -> None:
    frame = people(12).drop("medicines")
    frame.write_csv(tmp_path / "people.csv")
    run(
        "cohort", tmp_path / "people.csv", "--trials", store, "--output", tmp_path / "v.csv",
        *(part for name in ("eligible", "fixable", "possible", "ineligible") for part in ("--pairs", name)), check=0,
    )  # fmt: skip
    pairs = {(row["case"], row["study"]): row["verdict"] for row in pl.read_csv(tmp_path / "v.pairs.csv").to_dicts()}
    for name in ("P0", "P7"):
        done = run(
            "trials", "match", tmp_path / "people.csv", "--row", name, "--store", store, "--format", "json", check=0
        )
        found = {row["nct_id"]: row["verdict"] for row in json.loads(done.stdout)["trials"]}
        assert found == {study: verdict for (case, study), verdict in pairs.items() if case == name}


def test_a_curation_changes_the_counts_as_it_changes_the_match_of_one(store: Path, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("case,age,ecog\na,61,2\nb,45,0\n", encoding="utf-8")
    person = ("NCT99000003", tmp_path / "people.csv", "--row", "a", "--store", store, "--format", "json")
    why = json.loads(run("trials", "why", *person, check=0).stdout)
    atom = next(line["id"] for line in why["trial"]["lines"] if line["atom"].startswith("ecog"))
    row = {"atom": atom, "drop": True, "status": "reviewed", "by": "A. B.", "date": date(2026, 11, 20)}
    curation = tmp_path / "read.yaml"
    curation.write_text(
        yaml.safe_dump({"trials": {"NCT99000003": {"sha256": why["text_sha256"], "atoms": [row]}}}), encoding="utf-8"
    )
    verdicts = {}
    for name, options in {"as read": [], "curated": ["--curation", curation]}.items():
        page = tmp_path / f"{name}.html"
        done = run(
            "cohort",
            tmp_path / "people.csv",
            "--trials",
            store,
            "--format",
            "json",
            "--summary",
            page,
            *options,
            check=0,
        )
        rows = {row["study"]: row for row in json.loads(done.stdout)["studies"]}
        verdicts[name] = rows["NCT99000003"]["ineligible"]
        assert any(clause["failing"] for row in rows.values() for clause in row["clauses"])
        assert "Lines that lose most people" in page.read_text(encoding="utf-8")
    one = json.loads(run("trials", "why", *person, "--curation", curation, check=0).stdout)
    assert verdicts == {"as read": 1, "curated": 0}
    assert (why["trial"]["verdict"], one["trial"]["verdict"]) == ("ineligible", "possible")


def test_the_same_answer_from_csv_and_from_parquet(store: Path, tmp_path: Path) -> None:
    frame = people(30).drop("medicines")
    frame.write_csv(tmp_path / "p.csv")
    frame.write_parquet(tmp_path / "p.parquet")
    results = [
        json.loads(run("cohort", tmp_path / name, "--trials", store, "--format", "json", check=0).stdout)["studies"]
        for name in ("p.csv", "p.parquet")
    ]
    assert results[0] == results[1]


def test_an_impossible_value_is_refused_with_its_place_unless_lenient(store: Path, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("case,age,hospital\na,61,North\nb,610,South\n", encoding="utf-8")
    refused = run("cohort", table, "--trials", store, check=2)
    assert "people.csv, row 2, column age: age is '610'" in refused.stderr
    assert "Traceback" not in refused.stderr
    done = run("cohort", table, "--trials", store, "--lenient", "--format", "json", check=0)
    assert "row 2, column age" in done.stderr
    assert "'hospital'" in done.stderr
    assert json.loads(done.stdout)["refused_values"] == 1


REFUSED = [
    (["people.csv", "--trials", "missing.sqlite"], "missing.sqlite: no such file"),
    (["missing.csv", "--trials", "STORE"], "missing.csv: no such file"),
    (["people.csv", "--reasons"], "--reasons is about studies; add --trials STORE"),
    (["people.csv", "--trials", "STORE", "--pairs", "eligible"], "add --output verdicts.parquet"),
    (["people.csv", "--summary", "s.html"], "--summary is about studies; add --trials STORE"),
    (["people.csv", "--curation", "c.yaml"], "--curation is about studies; add --trials STORE"),
    (["people.csv", "--trials", "STORE", "--curation", "c.yaml"], "c.yaml: no such file"),
    (["nobody.csv", "--trials", "STORE"], "a header and no rows"),
    (["people.csv", "--trials", "STORE", "--output", "people.csv"], "people.csv: is the table that is read"),
    (["folder.csv", "--trials", "STORE"], "folder.csv: is a folder"),
    (["people.csv", "--trials", "STORE", "--output", "v.xlsx"], "written as .csv or .parquet"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_cannot_be_done_is_said_in_one_line(store: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "people.csv").write_text("case,age\na,61\n", encoding="utf-8")
    (tmp_path / "nobody.csv").write_text("case,age\n", encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    places = [
        store
        if part == "STORE"
        else tmp_path / part
        if part.rpartition(".")[2] in ("csv", "sqlite", "html", "xlsx", "yaml")
        else part
        for part in arguments
    ]
    done = run("cohort", *places, check=2)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_blanks_around_the_names_of_columns_are_no_part_of_them(store: Path, tmp_path: Path) -> None:
    found = []
    for name, text in (("tight.csv", "case,age,ecog\na,61,3\n"), ("wide.csv", "case, age , ecog\na, 61,3\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = run("cohort", tmp_path / name, "--trials", store, "--format", "json", check=0)
        assert done.stderr == ""
        found.append(json.loads(done.stdout)["studies"])
    assert found[0] == found[1]
    assert any(row["ineligible"] for row in found[0])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_id_that_stands_in_several_rows_is_told_and_each_row_answered(
    store: Path, tmp_path: Path, form: str
) -> None:
    frame = pl.DataFrame({"case": ["a", "b", "a", None, None], "age": [61, 62, 63, 64, 65]})
    table = tmp_path / f"people.{form}"
    frame.write_csv(table) if form == "csv" else frame.write_parquet(table)
    done = run("cohort", table, "--trials", store, "--format", "json", check=0)
    assert (
        done.stderr
        == f"chemoplan: people.{form}: the case id 'a' stands in several rows; each row is answered by itself\n"
    )
    assert json.loads(done.stdout)["people"] == 5


def test_the_studies_may_come_from_a_folder_of_records(store: Path, tmp_path: Path) -> None:
    from chemoplan.trials.registry.demo import demo_paths

    (tmp_path / "people.csv").write_text("case,age\na,61\n", encoding="utf-8")
    counts = [
        json.loads(run("cohort", tmp_path / "people.csv", "--trials", place, "--format", "json", check=0).stdout)
        for place in (store, demo_paths()[0].parent)
    ]
    keys = ("study", "eligible", "fixable", "possible", "ineligible")
    assert [[row[key] for key in keys] for row in counts[0]["studies"]] == [
        [row[key] for key in keys] for row in counts[1]["studies"]
    ]


def test_a_short_row_is_told_by_the_name_of_its_table(store: Path, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("case,age,sex\na,61\nb\n", encoding="utf-8")
    (tmp_path / "first.csv").write_text("case,age\nb\n", encoding="utf-8")
    for name, line in (("people.csv", 2), ("first.csv", 2)):
        done = run("trials", "funnel", "NCT99000001", tmp_path / name, "--store", store, check=2)
        assert done.stderr.startswith(f"chemoplan: {name}, line {line}: the row has")


def test_a_killed_run_goes_on_and_gives_what_an_undisturbed_one_gives(store: Path, tmp_path: Path) -> None:
    frame = people(4_000)
    pl.concat([frame] * 120).write_parquet(tmp_path / "people.parquet")
    output, whole = tmp_path / "v.parquet", tmp_path / "whole.parquet"
    command = [
        sys.executable, "-m", "chemoplan", "cohort", tmp_path / "people.parquet", "--trials", store, "--output", output, "--workers", "1",
    ]  # fmt: skip
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    manifest = output.with_name("v.parquet.manifest.json")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if manifest.exists() and json.loads(manifest.read_text() or "{}").get("blocks"):
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not output.exists()
    done = run(*command[3:], check=0)
    assert "blocks were done before" in done.stderr
    run("cohort", tmp_path / "people.parquet", "--trials", store, "--output", whole, "--workers", "1", check=0)
    assert pl.read_parquet(output).equals(pl.read_parquet(whole))
    shutil.rmtree(tmp_path)

"""`chemoplan cohort TABLE` as a user types it: everybody planned for."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run

CASES = """case,setting,histology,cT,cN,cM,mmr,mrf_distance,tumor_height
a,initial,adenocarcinoma,T3,N1,M0,proficient,8,7
b,initial,adenocarcinoma,T3,N1,M0,proficient,1,7
c,initial,adenocarcinoma,T3,N1,M0,,1,7
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text(CASES, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_each_row_is_planned_as_the_plan_of_that_row_alone(table: Path, suffix: str) -> None:
    output = table.with_name(f"plans{suffix}")
    run("cohort", table, "--output", output, check=0)
    rows = (pl.read_csv(output) if suffix == ".csv" else pl.read_parquet(output)).to_dicts()
    assert [row["case"] for row in rows] == ["a", "b", "c"]
    for row in rows:
        plan = json.loads(run("plan", table, "--row", row["case"], "--format", "json", check=0).stdout)
        expected = {option["id"]: option["verdict"] for option in plan["options"]}
        expected |= {option["id"]: "excluded" for option in plan["excluded"]}
        options = {name: row[name] for name in row if name not in ("case", "alerts", "missing")}
        assert {name: verdict for name, verdict in options.items() if verdict != "not applicable"} == expected
        assert set((row["alerts"] or "").split("; ")) - {""} == {alert["id"] for alert in plan["alerts"]}
        assert (row["missing"] or "").split("; ") == [item["fact"] for item in plan["missing"]]


def test_the_summary_counts_people_and_is_the_sum_of_the_rows(table: Path) -> None:
    output = table.with_name("plans.parquet")
    done = run("cohort", table, "--output", output, "--format", "json", check=0)
    result, frame = json.loads(done.stdout), pl.read_parquet(output)
    assert check_result("cohort_plan", result) == []
    assert result["people"] == 3
    for option in result["options"]:
        for verdict in ("offered", "conditional", "excluded"):
            assert option[verdict] == (frame[option["id"]] == verdict).sum()
    for alert in result["alerts"]:
        assert alert["people"] == sum(alert["id"] in (text or "").split("; ") for text in frame["alerts"])
    for missing in result["missing"]:
        assert missing["people"] == sum(missing["fact"] in text.split("; ") for text in frame["missing"])


def test_without_missing_the_column_and_the_counts_are_left_out(table: Path) -> None:
    output = table.with_name("plans.parquet")
    done = run("cohort", table, "--no-missing", "--output", output, "--format", "json", check=0)
    assert json.loads(done.stdout)["missing"] == []
    assert "missing" not in pl.read_parquet(output).columns


def test_the_terminal_shows_the_counts(table: Path) -> None:
    done = run("cohort", table, check=0)
    assert "3 people of cases.csv planned for" in done.stdout
    assert "Long-course chemoradiation, then TME" in done.stdout


def test_a_contradiction_is_refused_by_its_row_or_left_out(table: Path) -> None:
    table.write_text("case,cM,metastatic_sites\na,M0,liver\nb,M0,none\n", encoding="utf-8")
    refused = run("cohort", table, check=2)
    assert "cases.csv, row 1: contradiction" in refused.stderr
    output = table.with_name("plans.parquet")
    done = run("cohort", table, "--lenient", "--output", output, "--format", "json", check=0)
    assert json.loads(done.stdout)["left_out"] == 1
    first, second = pl.read_parquet(output).drop("case").to_dicts()
    assert set(first.values()) == {None}
    assert None not in set(second.values())


@pytest.mark.parametrize("options", [["--no-missing"], ["--no-missing", "--lenient", "--format", "json"]])
def test_thousands_of_contradictions_are_told_in_a_few_lines(table: Path, options: list[str]) -> None:
    rows = "".join(
        f"p{at},M0,{'liver' if at % 2 else 'none'},{'610' if at % 4 == 0 else '61'}\n" for at in range(4_000)
    )
    table.write_text(f"case,cM,metastatic_sites,age\n{rows}", encoding="utf-8")
    done = run("cohort", table, *options, check=0 if "--lenient" in options else 2)
    summary, *first = done.stderr.strip().splitlines()
    assert "1,000 values that cannot be and 2,000 people whose facts contradict each other" in summary
    assert [line.split(", ")[1].split(":")[0] for line in first[:5]] == ["row 1", "row 2", "row 4", "row 5", "row 6"]
    if "--lenient" in options:
        assert "left out (--lenient)" in summary
        assert len(first) == 5
        result = json.loads(done.stdout)
        assert (result["left_out"], result["refused_values"]) == (2_000, 1_000)
    else:
        assert len(first) == 6
        assert "add --lenient to count such a value as unknown and leave such a person out" in first[5]

"""Spark gives the answers that this machine gives, bit for bit, and loses nothing when a task dies."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from chemoplan.cohort.match_many import Asked, match_batch
from chemoplan.cohort.trials_many import compile_studies
from chemoplan.knowledge import load_knowledge
from tests.functional.test_command_line import run
from tests.spec.cohort_people import STUDIES, people
from tests.spec.console_pages import steps_of

pytest.importorskip("pyspark", reason="pyspark is not installed (make spark)")
if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
    pytest.skip("Spark needs Java 17, and there is none here", allow_module_level=True)

# Spark's own sockets and its use of pandas warn; nothing of it is ours.
pytestmark = pytest.mark.filterwarnings("ignore")
KNOWLEDGE = load_knowledge()
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-on-spark.md"
SOME, MANY = 3_000, 1_000_000
COUNTS = ("ineligible", "fixable", "possible", "eligible")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Spark on this machine; a task that fails is tried again."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = (
            SparkSession.builder.master("local[2,3]")
            .appName("chemoplan")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "OFF")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.executorEnv.PYTHONPATH", os.pathsep.join(sys.path))
            .getOrCreate()
        )
        yield session
        session.stop()


def table_of(number: int, folder: Path) -> tuple[Path, pl.DataFrame]:
    frame = people(min(number, 20_000))
    whole = pl.concat([frame] * (number // frame.height)).with_columns(
        pl.int_range(number).cast(pl.String).alias("case")
    )
    path = folder / "people.parquet"
    whole.write_parquet(path, row_group_size=max(500, number // 8))
    return path, whole


def local(frame: pl.DataFrame, pairs: tuple[int, ...] = ()) -> Any:
    batch = frame.to_arrow().combine_chunks().to_batches()[0]
    return match_batch(batch, 1, compile_studies(STUDIES, reasons=True), KNOWLEDGE, pairs)


def sorted_rows(table: pa.Table, *keys: str) -> list[dict[str, Any]]:
    return table.sort_by([(key, "ascending") for key in keys]).to_pylist()


def test_people_studies_clauses_and_pairs_are_equal_on_some_thousand_people(spark: Any, tmp_path: Path) -> None:
    from chemoplan.cohort.spark import match_on_spark

    path, frame = table_of(SOME, tmp_path)
    found, read = local(frame, (0, 3)), spark.read.parquet(str(path))
    assert sorted_rows(match_on_spark(read, STUDIES).toArrow(), "case") == sorted_rows(found.people, "case")
    pairs = match_on_spark(read, STUDIES, "pairs", asked=Asked(pairs=(0, 3))).toArrow()
    assert sorted_rows(pairs, "case", "study") == sorted_rows(found.pairs, "case", "study")
    by_study = {
        row.pop("study"): list(row.values()) for row in match_on_spark(read, STUDIES, "studies").toArrow().to_pylist()
    }
    assert [by_study[study.nct_id] for study in STUDIES] == found.counted.by_study.tolist()
    clauses = sorted_rows(match_on_spark(read, STUDIES, "clauses").toArrow(), "study", "clause")
    assert [row["failing"] for row in clauses] == found.counted.failing.tolist()
    assert [row["failing_alone"] for row in clauses] == found.counted.failing_alone.tolist()


def dying_once(work: Any, mark: str) -> Any:
    """The same work in a task that dies in the middle of its first attempt."""

    def dying(batches: Any) -> Any:
        for at, batch in enumerate(work(batches)):
            yield batch
            if at == 0 and not os.path.exists(mark):  # noqa: PTH110
                with open(mark, "w", encoding="utf-8"):  # noqa: PTH123
                    os._exit(9)

    return dying


def test_a_task_that_dies_is_done_again_and_nothing_is_lost_or_counted_twice(spark: Any, tmp_path: Path) -> None:
    from chemoplan.cohort.spark import SCHEMAS, mapper

    path, frame = table_of(SOME, tmp_path)
    mark = tmp_path / "died"
    work = dying_once(mapper(tuple(STUDIES), "people", Asked(), False, ()), str(mark))
    rows = spark.read.parquet(str(path)).mapInArrow(work, SCHEMAS["people"]).toArrow()
    assert mark.exists()
    assert sorted_rows(rows, "case") == sorted_rows(local(frame).people, "case")


def test_a_value_that_is_none_of_its_fact_ends_the_job_and_says_which(spark: Any) -> None:
    from chemoplan.cohort.spark import match_on_spark

    frame = spark.createDataFrame([("a", 610)], "case string, age int")
    with pytest.raises(Exception, match="column age: age is 610"):
        match_on_spark(frame, STUDIES).toArrow()
    (row,) = match_on_spark(frame, STUDIES, lenient=True).toArrow().to_pylist()
    assert sum(row[name] for name in COUNTS) == len(STUDIES)


def parts_of(folder: Path, seed: int = 3) -> tuple[Path, pl.DataFrame]:
    """A folder of four files of people, one of them without a column that the others have, and all of them as one frame."""
    path = folder / f"people-{seed}"
    path.mkdir()
    frames = [
        people(300, seed + at).with_columns(pl.format("{}-{}", pl.lit(at), pl.col("case")).alias("case"))
        for at in range(4)
    ]
    frames[0] = frames[0].drop("mmr")
    for at, frame in enumerate(frames):
        frame.write_parquet(path / f"{at}.parquet")
    return path, pl.concat(frames, how="diagonal")


class Stopped(Exception):
    """Somebody stopped the run."""


def stop_after(number: int) -> Any:
    def step(part: int, parts: int) -> None:
        if part == number:
            raise Stopped

    return step


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return pl.read_parquet(folder / "*.parquet").sort("case").to_dicts()


def test_a_stopped_run_goes_on_and_redoes_only_what_is_not_as_it_was_written(spark: Any, tmp_path: Path) -> None:
    from chemoplan.cohort.spark_parts import Written, write_matches

    path, frame = parts_of(tmp_path)
    expected = sorted_rows(local(frame).people, "case")
    output = tmp_path / "verdicts"
    with pytest.raises(Stopped):
        write_matches(spark, path, output, STUDIES, together=1, step=stop_after(2))
    assert len(rows_in(output)) == 600
    # The second part is damaged, and of the third one file came as far as the output.
    damaged = next(output.glob("part-000001-*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-40])
    shutil.copy(next(output.glob("part-000000-*.parquet")), output / "part-000002-00007.parquet")
    assert write_matches(spark, path, output, STUDIES, together=1) == Written(4, 1)
    assert rows_in(output) == expected
    assert write_matches(spark, path, output, STUDIES, together=1) == Written(4, 4)
    whole = tmp_path / "whole"
    assert write_matches(spark, path, whole, STUDIES) == Written(1, 0)
    assert rows_in(whole) == expected
    assert not list(tmp_path.glob("*.blocks"))


def test_what_another_run_has_written_is_neither_gone_on_with_nor_removed(spark: Any, tmp_path: Path) -> None:
    from chemoplan.cohort.arrow_facts import CohortRefused
    from chemoplan.cohort.spark_parts import write_matches

    path, _ = parts_of(tmp_path)
    output, taken = tmp_path / "verdicts", tmp_path / "taken"
    with pytest.raises(Stopped):
        write_matches(spark, path, output, STUDIES, together=1, step=stop_after(1))
    before = rows_in(output)
    taken.mkdir()
    (taken / "notes.txt").write_text("mine", encoding="utf-8")
    other, _ = parts_of(tmp_path, seed=9)
    refused: list[tuple[Path, Path, Any, dict[str, Any], str]] = [
        (other, output, STUDIES, {"together": 1}, "verdicts: was written with another input;"),
        (path, output, STUDIES[:2], {"together": 1}, "verdicts: was written with another trials;"),
        (path, output, STUDIES, {"together": 1, "lenient": True}, "verdicts: was written with another lenient;"),
        (path, output, STUDIES, {"together": 2}, "verdicts: was written with another files;"),
        (path, taken, STUDIES, {}, "taken: is there already, and no manifest beside it"),
        (path, path / "verdicts", STUDIES, {}, "verdicts: lies in what is read"),
        (tmp_path / "nobody", output, STUDIES, {}, "nobody: no such file or folder"),
        (taken, output, STUDIES, {}, "taken: no Parquet files there"),
    ]
    for table, place, studies, options, said in refused:
        with pytest.raises(CohortRefused) as found:
            write_matches(spark, table, place, studies, **options)
        assert str(found.value).startswith(said)
    assert rows_in(output) == before


def test_the_script_of_the_page_goes_on_after_its_driver_was_killed(tmp_path: Path) -> None:
    (script,) = [step.text for step in steps_of(PAGE) if step.name == "match.py"]
    # Small parts, so that there is time to kill the driver between them.
    small = script.replace('Path("verdicts"), trials,', 'Path("verdicts"), trials, together=1,')
    assert small != script
    (tmp_path / "match.py").write_text(small, encoding="utf-8")
    _, frame = parts_of(tmp_path)
    (tmp_path / "people-3").rename(tmp_path / "people.parquet")
    frame.write_parquet(tmp_path / "local.parquet")
    run("trials", "import", "--demo", "--store", tmp_path / "trials.sqlite", check=0)
    command = [sys.executable, "match.py"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SPARK_LOCAL_IP": "127.0.0.1"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "part 1 of 4\n"
        driver.kill()
    assert not json.loads((tmp_path / "verdicts.manifest.json").read_text())["complete"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = re.search(r"4 parts, (\d) of them done before", done.stdout)
    assert said and 1 <= int(said[1]) < 4, done.stdout
    assert json.loads((tmp_path / "verdicts.manifest.json").read_text())["complete"]
    run(
        "cohort", tmp_path / "local.parquet", "--trials", tmp_path / "trials.sqlite", "--output", tmp_path / "v.parquet",
        check=0,
    )  # fmt: skip
    assert rows_in(tmp_path / "verdicts") == pl.read_parquet(tmp_path / "v.parquet").sort("case").to_dicts()


@pytest.mark.long
def test_a_million_people_are_equal_here_and_on_spark(spark: Any, tmp_path: Path) -> None:
    from chemoplan.cohort.spark import match_on_spark

    path, frame = table_of(MANY, tmp_path)
    found, read = local(frame), spark.read.parquet(str(path))
    columns = match_on_spark(read, STUDIES).toArrow().sort_by("case")
    assert columns.equals(found.people.sort_by("case").combine_chunks().cast(columns.schema))
    by_study = {
        row.pop("study"): list(row.values()) for row in match_on_spark(read, STUDIES, "studies").toArrow().to_pylist()
    }
    assert [by_study[study.nct_id] for study in STUDIES] == found.counted.by_study.tolist()

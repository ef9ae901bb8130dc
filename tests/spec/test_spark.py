"""Spark gives the answers that this machine gives, bit for bit, and loses nothing when a task dies."""

from __future__ import annotations

import os
import shutil
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
from tests.spec.cohort_people import STUDIES, people

pytest.importorskip("pyspark", reason="pyspark is not installed (make spark)")
if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
    pytest.skip("Spark needs Java 17, and there is none here", allow_module_level=True)

# Spark's own sockets and its use of pandas warn; nothing of it is ours.
pytestmark = pytest.mark.filterwarnings("ignore")
KNOWLEDGE = load_knowledge()
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

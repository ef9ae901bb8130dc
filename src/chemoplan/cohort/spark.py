"""The same answers on Spark, for data that outgrow one machine: the function that local blocks run, in `mapInArrow`.

Needs `chemoplan[spark]` (PySpark, which needs Java 17) on the driver and chemoplan on the workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from chemoplan.cohort.arrow_facts import CohortRefused, table_columns
from chemoplan.cohort.kernel import Counts
from chemoplan.cohort.match_many import COLUMNS, Asked, match_batch
from chemoplan.cohort.trials_many import Program, compile_studies
from chemoplan.knowledge import load_knowledge
from chemoplan.trials.clauses import TrialClauses

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Wanted = Literal["people", "pairs", "studies", "clauses"]
SCHEMAS: dict[Wanted, str] = {
    "people": "case string, ineligible int, fixable int, possible int, eligible int",
    "pairs": "case string, study string, verdict string",
    "studies": "study string, ineligible long, fixable long, possible long, eligible long",
    "clauses": "study string, clause int, failing long, failing_alone long",
}
"""Columns of each answer. A clause is named by its place in the study, from 0."""
BATCH = 65_536
"""Set `spark.sql.execution.arrow.maxRecordsPerBatch` to about this: Spark's 10,000 works too, some slower."""

Mapped = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def match_on_spark(
    frame: DataFrame,
    trials: Sequence[TrialClauses],
    answer: Wanted = "people",
    *,
    asked: Asked | None = None,
    lenient: bool = False,
    overlays: Sequence[Path] = (),
) -> DataFrame:
    """The people of a frame (columns as in a table of cases) against studies: by person, by pair, by study or by clause.

    `asked.pairs` names the verdicts whose pairs are wanted. A value that is no value of its fact ends the job with a line
    that says so, unless `lenient`. Raises CohortRefused when the columns cannot be read.
    """
    knowledge = load_knowledge(overlays)
    found = table_columns(frame.columns, knowledge.vocabulary)
    if found.wrong and not lenient:
        raise CohortRefused([f"the frame, {line}" for line in found.wrong])
    asked = asked or Asked()
    if answer == "pairs" and not asked.pairs:
        raise CohortRefused(["the pairs of no verdict were asked for; name some in Asked(pairs=...)"])
    work = mapper(tuple(trials), answer, asked, lenient, tuple(overlays))
    mapped = frame.mapInArrow(work, SCHEMAS[answer])
    if answer in ("people", "pairs"):
        return mapped
    keys = {"studies": ["study"], "clauses": ["study", "clause"]}[answer]
    counts = [name for name in mapped.columns if name not in keys]
    summed = mapped.groupBy(*keys).sum(*counts)
    return summed.toDF(*keys, *counts)


def _nothing(program: Program) -> tuple[Counts, Counts, Counts]:
    clauses = program.clause_count if program.reasons else 0
    nobody = np.zeros((len(program.ids), len(COLUMNS)), dtype=np.int64)
    return nobody, np.zeros(clauses, dtype=np.int64), np.zeros(clauses, dtype=np.int64)


def mapper(
    trials: tuple[TrialClauses, ...], answer: Wanted, asked: Asked, lenient: bool, overlays: tuple[Path, ...]
) -> Mapped:
    """The function a task runs over the batches of its partition."""

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        knowledge = load_knowledge(overlays)
        program = compile_studies(trials, reasons=answer == "clauses", reviewed_only=asked.reviewed_only)
        row = 1
        by_study, failing, failing_alone = _nothing(program)
        for batch in batches:
            found = match_batch(batch, row, program, knowledge, asked.pairs if answer == "pairs" else ())
            if found.problems and not lenient:
                raise CohortRefused([f"a partition of the frame, {line}" for line in found.problems[:5]])
            row += batch.num_rows
            if answer == "people":
                yield from found.people.to_batches()
            elif answer == "pairs":
                yield from found.pairs.to_batches()
            else:
                by_study = by_study + found.counted.by_study
                failing = failing + found.counted.failing
                failing_alone = failing_alone + found.counted.failing_alone
        if row == 1:
            return
        if answer == "studies":
            columns = [pa.array(program.ids, pa.string()), *(pa.array(by_study[:, at]) for at in range(len(COLUMNS)))]
            yield pa.RecordBatch.from_arrays(columns, names=["study", *COLUMNS])
        elif answer == "clauses":
            places = [(study.nct_id, at) for study in trials for at in range(len(study.clauses))]
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array([study for study, _ in places], pa.string()), pa.array([at for _, at in places], pa.int32()),
                    pa.array(failing), pa.array(failing_alone),
                ],
                names=["study", "clause", "failing", "failing_alone"],
            )  # fmt: skip

    return work

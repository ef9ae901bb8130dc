"""A batch of people in a table planned: the verdict of each option, the alerts, and which facts are missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from chemoplan.case import Reading, Source, Statement, resolve
from chemoplan.cohort.arrow_facts import Encoded, encode_batch, stated_values
from chemoplan.cohort.blocks import Answer, Answering, frame_of
from chemoplan.cohort.columns import VERDICTS, plan_expressions
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.knowledge.entries import Entry
from chemoplan.plan.missing import missing_facts
from chemoplan.vocabulary import Value

BETWEEN = "; "
ROWS_WITH_MISSING = 1_024
"""People in a batch when each gets a plan: some ten seconds of work, so that every core has some and little is lost by a stop."""


def answering(missing: bool, overlays: tuple[Path, ...]) -> Answering:
    """What a process answers batches with. `missing` also names what to ask each person, which takes a plan for each."""
    knowledge = load_knowledge(overlays)

    def answer(batch: pa.RecordBatch, first_row: int) -> Answer:
        frame = frame_of(batch)
        encoded = encode_batch(frame, first_row, knowledge)
        people, counts = plan_batch(encoded, knowledge)
        if missing:
            asked = asked_of_each(stated_values(frame, knowledge), encoded, knowledge)
            people = people.append_column("missing", pa.array(asked[0], pa.string()))
            counts["missing"] = asked[1]
        problems = tuple(str(problem) for problem in encoded.problems)
        return Answer({"people": people}, counts, problems, encoded.refused, int(encoded.out.sum()))

    return answer


def plan_batch(encoded: Encoded, knowledge: Knowledge) -> tuple[pa.Table, dict[str, Any]]:
    """One row a person: the verdict of each option in words, and the alerts that are true; null where facts contradict.

    Counts: `people` (all, left out), `options` (options, verdicts) and `alerts` (alerts), in the order of the knowledge.
    """
    valid = ~encoded.out
    expressions = plan_expressions(knowledge)
    alerts = alerting(knowledge)
    tests = [expressions.test(entry.when).fill_null(False).alias(entry.id) for entry in alerts]
    criteria = encoded.frame.select(list(expressions.criteria.values()))
    verdicts = criteria.select(expressions.verdicts)
    held = criteria.select(tests) if tests else pl.DataFrame()
    words = verdicts.select(
        pl.when(valid).then(pl.col(name).replace_strict(dict(enumerate(VERDICTS)), return_dtype=pl.String)).alias(name)
        for name in verdicts.columns
    )
    said = (
        held.select(
            pl.when(valid)
            .then(
                pl.concat_str(
                    [pl.when(pl.col(name)).then(pl.lit(name)) for name in held.columns],
                    separator=BETWEEN,
                    ignore_nulls=True,
                )
            )
            .alias("alerts")
        )
        if tests
        else words.select(pl.lit("").alias("alerts"))
    )
    people = pl.DataFrame({"case": encoded.ids}, schema={"case": pl.String}).hstack(words).hstack(said)
    good = verdicts.filter(valid)
    by_option = [[int((good[name] == verdict).sum()) for verdict in range(len(VERDICTS))] for name in good.columns]
    counts = {
        "people": np.array([encoded.frame.height, encoded.frame.height - good.height], dtype=np.int64),
        "options": np.array(by_option, dtype=np.int64),
        "alerts": np.array([int(held.filter(valid)[entry.id].sum()) for entry in alerts], dtype=np.int64),
    }
    return people.to_arrow(compat_level=pl.CompatLevel.oldest()), counts


def alerting(knowledge: Knowledge) -> list[Entry]:
    """The entries whose truth is an alert of a plan."""
    return [
        entry
        for entry in knowledge.entries.values()
        if entry.kind == "safety" and not entry.blocks_together and (entry.text or entry.blocks or entry.modifies)
    ]


def asked_of_each(
    stated: Sequence[dict[str, Value]], encoded: Encoded, knowledge: Knowledge
) -> tuple[list[str | None], np.ndarray[Any, np.dtype[np.int64]]]:
    """For each person the facts to ask for, most decisive first (null where facts contradict), and how often each is missing."""
    places = {name: at for at, name in enumerate(knowledge.vocabulary)}
    counts = np.zeros(len(places), dtype=np.int64)
    told: list[str | None] = []
    source = Source("table", "")
    for facts, name, out in zip(stated, encoded.ids, encoded.out.to_list(), strict=True):
        if out:
            told.append(None)
            continue
        reading = Reading(name, tuple(Statement(fact, value, source) for fact, value in facts.items()))
        asked = missing_facts(resolve(reading, knowledge), knowledge)
        counts[[places[fact] for fact in asked]] += 1
        told.append(BETWEEN.join(asked))
    return told, counts

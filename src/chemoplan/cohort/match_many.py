"""A batch of people in a table against many studies: the function that runs here in processes, and in Spark in tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chemoplan.cohort.arrow_facts import encode_batch
from chemoplan.cohort.blocks import Answer, Answering, frame_of
from chemoplan.cohort.leaves import encoded_columns
from chemoplan.cohort.trials_many import VERDICTS, Counted, Program, match_columns
from chemoplan.criteria import write
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.trials.clauses import TrialClauses

COLUMNS = ("ineligible", "fixable", "possible", "eligible")
"""Columns of counts, in the order of the verdicts."""
PEOPLE_SCHEMA = pa.schema([("case", pa.string()), *((name, pa.int32()) for name in COLUMNS)])
"""Counts are null for a person whose facts contradict each other: nobody knows which of them is right."""
PAIRS_SCHEMA = pa.schema([("case", pa.string()), ("study", pa.string()), ("verdict", pa.string())])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a match: whom each clause loses, the pairs of some verdicts, whether unreviewed lines exclude."""

    reasons: bool = False
    pairs: tuple[int, ...] = ()
    reviewed_only: bool = False


@dataclass(frozen=True, slots=True)
class BatchMatch:
    """What a batch gave. `left_out` are people whose facts contradict each other."""

    people: pa.Table
    pairs: pa.Table
    counted: Counted
    left_out: int
    problems: tuple[str, ...]
    refused: int


@dataclass
class _Pairs:
    """Gathers the pairs of the wanted verdicts: numbers of people, of studies, and of verdicts."""

    wanted: NDArray[np.uint8]
    people: list[NDArray[np.intp]] = field(default_factory=list)
    studies: list[NDArray[np.intp]] = field(default_factory=list)
    verdicts: list[NDArray[np.uint8]] = field(default_factory=list)

    def take(self, start: int, studies: NDArray[np.intp], verdicts: NDArray[np.uint8]) -> None:
        study, person = np.nonzero(np.isin(verdicts, self.wanted))
        self.people.append(person + start)
        self.studies.append(studies[study])
        self.verdicts.append(verdicts[study, person])

    def table(self, ids: NDArray[np.object_], program: Program) -> pa.Table:
        """The pairs by person, and for each person in the order of the studies."""
        if not self.people:
            return PAIRS_SCHEMA.empty_table()
        people, studies = np.concatenate(self.people), np.concatenate(self.studies)
        order = np.lexsort((studies, people))
        names, words = np.array(program.ids, dtype=object), np.array(VERDICTS, dtype=object)
        columns = (ids[people[order]], names[studies[order]], words[np.concatenate(self.verdicts)[order]])
        return pa.table([pa.array(column, pa.string()) for column in columns], schema=PAIRS_SCHEMA)


def match_batch(
    batch: pa.RecordBatch, first_row: int, program: Program, knowledge: Knowledge, pairs: Sequence[int] = ()
) -> BatchMatch:
    """The people of a batch (columns as in `arrow_facts`) against the studies; `pairs` are the verdicts whose pairs are wanted."""
    encoded = encode_batch(frame_of(batch), first_row, knowledge)
    valid = ~encoded.out.to_numpy()
    frame = encoded.frame if valid.all() else encoded.frame.filter(~encoded.out)
    columns = encoded_columns(frame, program.facts, knowledge.vocabulary)
    gathered = _Pairs(np.array(sorted(pairs), dtype=np.uint8))
    counted = match_columns(
        program, columns, frame.height, knowledge.vocabulary, pairs=gathered.take if len(gathered.wanted) else None
    )
    ids = np.array(encoded.ids, dtype=object)
    of_people = np.zeros((len(valid), len(VERDICTS)), dtype=np.int32)
    of_people[valid] = counted.by_person
    numbers = [pa.array(of_people[:, at], pa.int32(), mask=~valid) for at in range(len(VERDICTS))]
    people = pa.table([pa.array(encoded.ids, pa.string()), *numbers], schema=PEOPLE_SCHEMA)
    problems = tuple(str(problem) for problem in encoded.problems)
    return BatchMatch(
        people, gathered.table(ids[valid], program), counted, int((~valid).sum()), problems, encoded.refused
    )


def answering(program: Program, pairs: tuple[int, ...] = (), overlays: tuple[Path, ...] = ()) -> Answering:
    """What a process answers batches with."""
    knowledge = load_knowledge(overlays)

    def answer(batch: pa.RecordBatch, first_row: int) -> Answer:
        found = match_batch(batch, first_row, program, knowledge, pairs)
        tables = {"people": found.people} | ({"pairs": found.pairs} if pairs else {})
        counts = {
            "people": np.array([batch.num_rows, found.left_out], dtype=np.int64),
            "by_study": found.counted.by_study,
            "failing": found.counted.failing,
            "failing_alone": found.counted.failing_alone,
        }
        return Answer(tables, counts, found.problems, found.refused, found.left_out)

    return answer


def studies_hash(studies: Sequence[TrialClauses]) -> str:
    """SHA-256 over what the studies ask, in their order."""
    digest = hashlib.sha256()
    for study in studies:
        digest.update(study.nct_id.encode())
        for clause in study.clauses:
            digest.update(f"\n{clause.mends}\t{clause.reviewed}\t{write(clause.holds)}".encode())
        digest.update(b"\n\n")
    return digest.hexdigest()

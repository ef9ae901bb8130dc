"""Cohorts, told as tables: how a table is read, which verdict follows from which clauses, and how a stopped run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from chemoplan.case import Reading, Source, Statement, resolve
from chemoplan.cohort.arrow_facts import CohortRefused, encode_batch, stated_values, table_columns
from chemoplan.cohort.blocks import Answer, Blocks, run
from chemoplan.cohort.leaves import encoded_columns
from chemoplan.cohort.match_many import match_batch
from chemoplan.cohort.tables import open_table
from chemoplan.cohort.trials_many import compile_studies, match_columns
from chemoplan.criteria.columns import encode
from chemoplan.criteria.tree import Compare, Criterion, Has, MemberOf, SetIs
from chemoplan.criteria.truth import evaluate
from chemoplan.knowledge import load_knowledge
from chemoplan.trials.clauses import Clause, TrialClauses
from chemoplan.trials.judged import JUDGED
from chemoplan.vocabulary import SetValue, Value, load_vocabulary
from tests.spec.cohort_people import STUDIES, clause, people

KNOWLEDGE, VOCABULARY = load_knowledge(), load_vocabulary()
HARD, MENDS = "ecog <= 1", "platelets >= 100 10*9/L"

# Whether the person meets the clause that does not mend, and the one that does (None: not known); the verdict.
VERDICTS = [
    (True, True, "eligible so far"),
    (True, None, "possible"),
    (None, True, "possible"),
    (None, None, "possible"),
    (True, False, "fixable"),
    (None, False, "fixable"),
    (False, True, "ineligible"),
    (False, None, "ineligible"),
    (False, False, "ineligible"),
]


@pytest.mark.parametrize(("hard", "mends", "verdict"), VERDICTS)
def test_the_verdict_follows_from_the_clauses(hard: bool | None, mends: bool | None, verdict: str) -> None:
    frame = pl.DataFrame(
        {"ecog": [{True: 1, False: 3, None: None}[hard]], "platelets": [{True: 150, False: 50, None: None}[mends]]},
        schema={"ecog": pl.Int64, "platelets": pl.Int64},
    )
    studies = [TrialClauses("S", (clause(HARD), clause(MENDS, "repeat")))]
    found = match_batch(batch_of(frame), 1, compile_studies(studies), KNOWLEDGE, pairs=range(4))
    assert found.pairs.to_pylist() == [{"case": "row 1", "study": "S", "verdict": verdict}]


def test_what_a_person_must_judge_is_unknown_for_everybody_and_never_false() -> None:
    study = TrialClauses("S", (clause("age >= 18 a"), Clause(clause("age >= 18 a").atom, JUDGED)))
    found = match_batch(batch_of(people(50)), 1, compile_studies([study], reasons=True), KNOWLEDGE)
    assert found.counted.by_study.tolist() == [[0, 0, 50, 0]]
    assert found.counted.failing[1] == 0


# A criterion that names a value or a member beyond the vocabulary, as texts of studies do; the fact of a person.
BEYOND: list[tuple[Criterion, Value | None]] = [
    (MemberOf("mmr", ("deficient", "odd")), "deficient"),
    (MemberOf("mmr", ("deficient", "odd")), "proficient"),
    (MemberOf("mmr", ("odd",)), "deficient"),
    (MemberOf("mmr", ("odd",)), None),
    (Compare("mmr", "=", "odd"), "deficient"),
    (Compare("mmr", "!=", "odd"), "deficient"),
    (Has("metastatic_sites", "odd"), SetValue(frozenset({"liver"}), True)),
    (Has("metastatic_sites", "odd"), SetValue(frozenset({"liver"}), False)),
    (SetIs("metastatic_sites", frozenset({"liver", "odd"})), SetValue(frozenset({"liver"}), True)),
    (SetIs("metastatic_sites", frozenset({"liver", "odd"})), SetValue(frozenset({"liver"}), False)),
    (SetIs("metastatic_sites", frozenset({"odd"})), SetValue(frozenset(), True)),
    (SetIs("metastatic_sites", frozenset({"odd"})), SetValue(frozenset({"liver"}), False)),
]


@pytest.mark.parametrize(("criterion", "value"), BEYOND)
def test_a_value_beyond_the_vocabulary_is_nobodys_as_for_one_person(criterion: Any, value: Value | None) -> None:
    study = TrialClauses("S", (Clause(clause("age >= 18 a").atom, criterion),))
    person = {} if value is None else {criterion.fact: value}
    program = compile_studies([study])
    found = match_columns(program, encoded_columns(encode([person]), program.facts, VOCABULARY), 1, VOCABULARY)
    expected = {False: 0, None: 2, True: 3}[evaluate(criterion, person)]
    assert found.by_study[0].tolist().index(1) == expected


def batch_of(frame: pl.DataFrame) -> pa.RecordBatch:
    return frame.to_arrow().combine_chunks().to_batches()[0]


def test_a_batch_gives_everybody_the_verdicts_that_the_planner_of_one_person_knows() -> None:
    frame = people(300)
    found = match_batch(batch_of(frame), 1, compile_studies(STUDIES, reasons=True), KNOWLEDGE, pairs=range(4))
    words = {(row["case"], row["study"]): row["verdict"] for row in found.pairs.to_pylist()}
    assert len(words) == 300 * len(STUDIES)
    for name, stated in zip(frame["case"], stated_values(frame, KNOWLEDGE), strict=True):
        reading = Reading(name, tuple(Statement(fact, value, Source("table")) for fact, value in stated.items()))
        facts = resolve(reading, KNOWLEDGE, for_plan=False).facts
        for study in STUDIES:
            verdicts = [(evaluate(item.holds, facts), item.mends) for item in study.clauses]
            failed = [mends for verdict, mends in verdicts if verdict is False]
            expected = "fixable" if failed and all(failed) else "ineligible" if failed else "eligible so far"
            if not failed and any(verdict is None for verdict, _ in verdicts):
                expected = "possible"
            assert words[name, study.nct_id] == expected, (name, study.nct_id)


# A column of a table, the cells, and what they are read as; None is unknown.
CELLS: list[tuple[str, list[Any], list[Any]]] = [
    ("age", [61, None, 45.0], [61.0, None, 45.0]),
    ("age", ["61", "", "5.4e1", None], [61.0, None, 54.0, None]),
    ("mrf_distance", ["0.5 cm", "8", "1,5"], [5.0, 8.0, 1.5]),
    ("age", [61.0, float("nan")], [61.0, None]),
    ("ecog", [0, 1, None], [0.0, 1.0, None]),
    ("cT", ["T3", "t4A", None, ""], ["T3", "T4a", None, None]),
    ("pregnant", [True, False, None], [True, False, None]),
    ("pregnant", ["yes", "no", ""], [True, False, None]),
    ("medicines", [["warfarin"], [], None], [SetValue(frozenset({"warfarin"})), SetValue(frozenset()), None]),
    ("medicines", ["warfarin", "none", ""], [SetValue(frozenset({"warfarin"})), SetValue(frozenset()), None]),
]


@pytest.mark.parametrize(("name", "cells", "values"), CELLS)
def test_a_cell_is_read_as_the_readers_of_cases_read_it(name: str, cells: list[Any], values: list[Any]) -> None:
    rows = stated_values(pl.DataFrame({name: cells}, strict=False), KNOWLEDGE)
    assert [row.get(name) for row in rows] == values


# A column, a cell that is no value of the fact, and a part of what is said about it.
ODD = [
    ("age", 400, "age is 400"),
    ("age", "old", "expected a number"),
    ("age", float("inf"), "finite"),
    ("ecog", 7, "expected one of"),
    ("cT", "T9", "expected one of"),
    ("pregnant", "maybe", "expected true or false"),
    ("medicines", ["aspirine"], "expected members of"),
    ("treatment_line", 1.5, "whole number"),
]


@pytest.mark.parametrize(("name", "cell", "said"), ODD)
def test_a_value_out_of_range_is_told_by_row_and_column_and_left_unknown(name: str, cell: Any, said: str) -> None:
    frame = pl.DataFrame({"x_note": ["a", "b"], name: [None, cell]}, strict=False)
    encoded = encode_batch(frame, 101, KNOWLEDGE)
    (problem,) = encoded.problems
    assert (problem.row, problem.column) == (102, name)
    assert said in str(problem)
    assert stated_values(frame, KNOWLEDGE)[1].get(name) is None


def test_columns_that_state_no_fact_are_named_and_those_that_cannot_be_stated_are_refused() -> None:
    found = table_columns(["case", "age", "x_ward", "hospital", "offered_options"], VOCABULARY)
    assert found.facts == ("age",)
    assert found.unread[0] == "'hospital'"
    derived = next(fact.name for fact in VOCABULARY.values() if fact.derived and not fact.may_be_stated)
    assert derived in table_columns(["age", derived], VOCABULARY).wrong[0]
    with pytest.raises(CohortRefused, match="no column is named like a fact"):
        table_columns(["case", "hospital"], VOCABULARY)
    with pytest.raises(CohortRefused, match="twice"):
        table_columns(["age", "age"], VOCABULARY)


def test_a_set_is_complete_unless_the_table_says_otherwise() -> None:
    frame = pl.DataFrame({"medicines": [["warfarin"], [], ["warfarin"]], "medicines__complete": [True, False, None]})
    rows = stated_values(frame, KNOWLEDGE)
    assert [row.get("medicines") for row in rows] == [
        SetValue(frozenset({"warfarin"}), True),
        None,
        SetValue(frozenset({"warfarin"}), False),
    ]


def test_a_person_whose_facts_contradict_each_other_is_left_out_and_told() -> None:
    frame = pl.DataFrame({"case": ["a", "b"], "cM": ["M0", "M0"], "metastatic_sites": [["liver"], []]})
    found = match_batch(batch_of(frame), 1, compile_studies(STUDIES), KNOWLEDGE)
    assert found.left_out == 1
    assert "row 1: contradiction" in found.problems[0]
    first, second = found.people.to_pylist()
    assert first == {"case": "a", "ineligible": None, "fixable": None, "possible": None, "eligible": None}
    assert sum(value for value in second.values() if isinstance(value, int)) == len(STUDIES)


def test_a_block_with_nobody_in_it_is_answered() -> None:
    program = compile_studies(STUDIES, reasons=True)
    found = match_columns(program, encoded_columns(pl.DataFrame(), program.facts, VOCABULARY), 0, VOCABULARY)
    assert (found.people, found.by_study.sum(), found.by_person.shape) == (0, 0, (0, 4))


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_table_comes_in_batches_of_equal_size_in_its_order(tmp_path: Path, suffix: str) -> None:
    frame = people(25).drop("medicines")
    path = tmp_path / f"people{suffix}"
    if suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path, row_group_size=7)
    table = open_table(path, rows=10)
    batches = list(table.read())
    assert [batch.num_rows for batch in batches] == [10, 10, 5]
    assert [row["case"] for batch in batches for row in batch.to_pylist()] == frame["case"].to_list()
    assert list(table.columns) == frame.columns


BAD_FILES = [
    ("people.parquet", b"no parquet", "no Parquet file"),
    ("people.csv", b"age,sex\n61,male\n45\n", "line 3 has 1 cells and the header 2 columns"),
    ("people.csv", b"", "no header row"),
    ("people.csv", "age,sex\n61,m\xe4nnlich\n".encode("latin-1"), "UTF-8"),
    ("people.txt", b"age\n61\n", "expected a table of cases"),
]


@pytest.mark.parametrize(("name", "content", "said"), BAD_FILES)
def test_a_file_that_is_no_table_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CohortRefused) as refused:
        list(open_table(tmp_path / name).read())
    assert said in str(refused.value)
    assert name in str(refused.value)
    assert len(refused.value.lines) == 1


class Stopped(Exception):
    """Stands for a killed process."""


def _counting(stop_at: int | None, done: list[int]) -> Any:
    def answer(batch: pa.RecordBatch, first_row: int) -> Answer:
        if first_row == stop_at:
            raise Stopped
        done.append(first_row)
        table = pa.table({"case": batch.column("case")})
        return Answer({"people": table}, {"people": np.array([batch.num_rows], dtype=np.int64)})

    return answer


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    people(50).write_parquet(tmp_path / "people.parquet")
    table, output = open_table(tmp_path / "people.parquet", rows=10), tmp_path / "out.parquet"
    done: list[int] = []
    with pytest.raises(Stopped):
        run(table, _counting, (31, done), blocks=Blocks(output, {"of": 1}), workers=1)
    assert done == [1, 11, 21]
    # One block is half written, one was never named in the manifest.
    half = output.with_name("out.parquet.blocks") / "000001.people.parquet"
    half.write_bytes(half.read_bytes()[:-20])
    done.clear()
    blocks = Blocks(output, {"of": 1})
    summary = run(table, _counting, (None, done), blocks=blocks, workers=1)
    assert done == [11, 31, 41]
    assert (summary.resumed, summary.counts["people"].tolist()) == (2, [50])
    blocks.finish({"people": output})
    assert pl.read_parquet(output)["case"].to_list() == people(50)["case"].to_list()
    assert not blocks.folder.exists()
    assert json.loads(blocks.manifest.path.read_text())["complete"] is True


def test_blocks_of_another_input_are_not_taken_over(tmp_path: Path) -> None:
    people(20).write_parquet(tmp_path / "people.parquet")
    table, output = open_table(tmp_path / "people.parquet", rows=10), tmp_path / "out.parquet"
    done: list[int] = []
    with pytest.raises(Stopped):
        run(table, _counting, (11, done), blocks=Blocks(output, {"of": 1}), workers=1)
    summary = run(table, _counting, (None, done), blocks=Blocks(output, {"of": 2}), workers=1)
    assert (done, summary.resumed) == ([1, 1, 11], 0)


def test_processes_answer_as_one_process_does(tmp_path: Path) -> None:
    from chemoplan.cohort.match_many import answering

    people(60).write_parquet(tmp_path / "people.parquet")
    table = open_table(tmp_path / "people.parquet", rows=25)
    program = compile_studies(STUDIES, reasons=True)
    alone = run(table, answering, (program,), workers=1)
    both = run(table, answering, (program,), workers=2)
    assert {name: values.tolist() for name, values in alone.counts.items()} == {
        name: values.tolist() for name, values in both.counts.items()
    }


def _dying() -> Any:
    def answer(batch: pa.RecordBatch, first_row: int) -> Answer:
        os._exit(9)

    return answer


def test_a_worker_that_is_killed_ends_the_run_in_one_line(tmp_path: Path) -> None:
    people(60).write_parquet(tmp_path / "people.parquet")
    with pytest.raises(CohortRefused, match=r"people\.parquet: a worker process was killed"):
        run(open_table(tmp_path / "people.parquet", rows=25), _dying, (), workers=2)


def test_a_process_that_has_read_a_csv_ends_in_order(tmp_path: Path) -> None:
    """With a Python function in Arrow's hands, one in three aborted at its end."""
    path = tmp_path / "people.csv"
    path.write_text("case,age\na,61\n", encoding="utf-8")
    script = (
        "import pathlib, sys; from chemoplan.cohort.tables import open_table; "
        "print(sum(batch.num_rows for batch in open_table(pathlib.Path(sys.argv[1])).read()))"
    )
    for _ in range(8):
        done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")

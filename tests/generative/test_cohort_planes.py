"""Planes give every person the verdict that the one-person reader gives, for any criteria and any studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.cohort.leaves import encoded_columns
from chemoplan.cohort.trials_many import (
    ELIGIBLE,
    FIXABLE,
    INELIGIBLE,
    POSSIBLE,
    Counted,
    added,
    compile_studies,
    match_columns,
)  # fmt: skip
from chemoplan.criteria.columns import encode, expression
from chemoplan.criteria.tree import Criterion
from chemoplan.criteria.truth import evaluate
from chemoplan.trials.clauses import Clause, TrialClauses
from chemoplan.trials.expression import Test
from chemoplan.trials.reading import Atom
from chemoplan.vocabulary import Value
from tests.generative.strategies import STATED, VOCABULARY, criteria, facts

# Few facts, so that the criteria and the people meet often; one at least of each kind.
FEW = [fact for fact in STATED if fact.name in {"age", "ecog", "mmr", "cT", "medicines", "sex", "febrile_neutropenia"}]


def clause_of(holds: Criterion, kind: str = "") -> Clause:
    atom = Atom("X-1-1", "X", 1, "inclusion", "x", 0, 1, "require", "data", Test("age"))
    if kind == "reviewed":
        return Clause(replace(atom, status="reviewed"), holds)
    return Clause(atom, holds, kind)  # type: ignore[arg-type]


def studies_of(*studies: Sequence[tuple[Criterion, str]]) -> list[TrialClauses]:
    return [
        TrialClauses(f"S{number}", tuple(clause_of(holds, mends) for holds, mends in study))
        for number, study in enumerate(studies)
    ]


def match(studies: Sequence[TrialClauses], people: Sequence[Mapping[str, Value]], **options: Any) -> Counted:
    program = compile_studies(
        studies, **{key: options.pop(key) for key in ("group", "kept", "reasons", "reviewed_only") if key in options}
    )
    columns = encoded_columns(encode(people), program.facts, VOCABULARY)
    return match_columns(program, columns, len(people), VOCABULARY, **options)


def verdict_of(study: TrialClauses, person: Mapping[str, Value], reviewed_only: bool = False) -> int:
    """The definition, in words of the one-person reader."""
    verdicts = [(evaluate(clause.holds, person), clause) for clause in study.clauses]
    failed = [clause for verdict, clause in verdicts if verdict is False and (clause.reviewed or not reviewed_only)]
    if failed:
        return FIXABLE if all(clause.mends for clause in failed) else INELIGIBLE
    return ELIGIBLE if all(verdict is True for verdict, _ in verdicts) else POSSIBLE


@given(criteria(), st.lists(facts(), min_size=1, max_size=5))
@settings(max_examples=settings.default.max_examples // 8)
def test_each_criterion_has_the_truth_of_the_one_person_reader(
    criterion: Criterion, people: list[dict[str, Value]]
) -> None:
    pairs: dict[int, list[int]] = {}

    def sink(start: int, numbers: Any, verdicts: Any) -> None:
        pairs.update(zip(numbers.tolist(), verdicts.tolist(), strict=True))

    match(studies_of([(criterion, "")]), people, pairs=sink)
    expected = [evaluate(criterion, person) for person in people]
    assert pairs[0] == [{True: ELIGIBLE, False: INELIGIBLE, None: POSSIBLE}[verdict] for verdict in expected]
    column = encode(people).select(pl.lit(0).alias("height"), expression(criterion).alias("verdict"))["verdict"]
    assert column.to_list() in (expected, expected[:1])  # a constant is one value, whatever the height


STUDY = st.lists(st.tuples(criteria(), st.sampled_from(["", "", "reviewed", "wash-out", "repeat"])), max_size=6)


@given(st.lists(STUDY, min_size=1, max_size=6), st.lists(facts(), min_size=1, max_size=6), st.data())
@settings(max_examples=settings.default.max_examples // 16)
def test_every_pair_and_every_count_follows_the_definition(studies: Any, people: Any, data: Any) -> None:
    read = studies_of(*studies)
    pairs = np.full((len(read), len(people)), 99, dtype=np.uint8)

    def sink(start: int, numbers: Any, verdicts: Any) -> None:
        pairs[numbers, start : start + verdicts.shape[1]] = verdicts

    sizes = {
        "group": data.draw(st.integers(1, 4)), "kept": data.draw(st.sampled_from([0, 1, 100])),
        "block": data.draw(st.integers(1, 7)), "reviewed_only": data.draw(st.booleans()),
    }  # fmt: skip
    found = match(read, people, pairs=sink, reasons=True, **sizes)
    expected = [[verdict_of(study, person, sizes["reviewed_only"]) for person in people] for study in read]
    assert pairs.tolist() == expected
    for study, row in enumerate(expected):
        assert found.by_study[study].tolist() == [row.count(verdict) for verdict in range(4)]
    for person in range(len(people)):
        row = [verdicts[person] for verdicts in expected]
        assert found.by_person[person].tolist() == [row.count(verdict) for verdict in range(4)]
    number = 0
    for study in read:
        fails = [
            {at for at, clause in enumerate(study.clauses) if evaluate(clause.holds, person) is False}
            for person in people
        ]
        for at in range(len(study.clauses)):
            assert found.failing[number] == sum(at in failed for failed in fails)
            assert found.failing_alone[number] == sum(failed == {at} for failed in fails)
            number += 1


@given(st.lists(STUDY, min_size=1, max_size=4), st.lists(facts(FEW), min_size=1, max_size=40), st.integers(0, 40))
@settings(max_examples=settings.default.max_examples // 20)
def test_people_may_be_cut_into_batches_anywhere(studies: Any, people: Any, cut: int) -> None:
    read = studies_of(*studies)
    whole = match(read, people, reasons=True)
    parts = added(match(read, people[:cut], reasons=True), match(read, people[cut:], reasons=True))
    assert parts.people == whole.people
    for name in ("by_study", "by_person", "failing", "failing_alone"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name)), name


@given(st.lists(st.lists(st.booleans(), min_size=70, max_size=70), min_size=1, max_size=12), st.integers(1, 5))
@settings(max_examples=settings.default.max_examples // 5)
def test_counters_of_one_bit_a_person_count(planes: list[list[bool]], chunk: int) -> None:
    from chemoplan.cohort.kernel import Tally
    from chemoplan.cohort.leaves import pack, words_of

    words = words_of(70)
    rows = np.zeros((len(planes), words), dtype=np.uint64)
    for row, bits in zip(rows, planes, strict=True):
        pack(np.array(bits), row)
    tally = Tally(2, words)
    for at in range(0, len(rows), chunk):
        tally.add(np.stack((rows[at : at + chunk], ~rows[at : at + chunk])))
    counts = [sum(column) for column in zip(*planes, strict=True)]
    assert tally.counts(70).tolist() == [[count, len(planes) - count] for count in counts]

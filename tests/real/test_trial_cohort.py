"""Registered studies of the reference folder against many invented people: planes and the one-person reader agree on every pair."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chemoplan.cohort.leaves import encoded_columns
from chemoplan.cohort.trials_many import ELIGIBLE, FIXABLE, INELIGIBLE, POSSIBLE, compile_studies, match_columns
from chemoplan.criteria.columns import encode
from chemoplan.criteria.truth import evaluate
from chemoplan.trials.clauses import TrialClauses, clauses_of
from chemoplan.trials.parse import parse_record
from chemoplan.trials.registry import read_records
from chemoplan.vocabulary import Fact, SetValue, Value, load_vocabulary

PEOPLE, EVERY = 60, 12
VOCABULARY = load_vocabulary()


def value_of(fact: Fact, chance: random.Random) -> Value:
    if fact.kind == "flag":
        return chance.random() < 0.3
    if fact.kind == "set":
        members = frozenset(chance.sample(fact.values, chance.randint(0, min(2, len(fact.values)))))
        return SetValue(members, chance.random() < 0.7)
    if fact.is_number:
        low, high = fact.range or (0.0, 100.0)
        return chance.choice(fact.numbers()) if fact.numeric else float(round(chance.uniform(low, high)))
    return chance.choice(fact.values)


@pytest.mark.parametrize(("name", "every"), [("ctgov_colorectal_100.json.gz", 1), ("ctgov_other_1211.json.gz", EVERY)])
def test_every_pair_has_the_verdict_of_the_one_person_reader(reference: Path, name: str, every: int) -> None:
    records = list(read_records(reference / "trials" / name))[::every]
    studies = [clauses_of(parse_record(record), VOCABULARY, record=record) for record in records]
    program = compile_studies(studies, reasons=True)
    chance = random.Random(11)
    asked = [VOCABULARY[fact] for fact in program.facts if fact in VOCABULARY]
    people = [{fact.name: value_of(fact, chance) for fact in asked if chance.random() < 0.7} for _ in range(PEOPLE)]
    pairs = np.full((len(studies), PEOPLE), 99, dtype=np.uint8)

    def sink(start: int, numbers: Any, verdicts: Any) -> None:
        pairs[numbers, start : start + verdicts.shape[1]] = verdicts

    found = match_columns(
        program, encoded_columns(encode(people), program.facts, VOCABULARY), PEOPLE, VOCABULARY, pairs=sink
    )
    failing: list[int] = []
    for study, row in zip(studies, pairs.tolist(), strict=True):
        verdicts = [[evaluate(clause.holds, person) for clause in study.clauses] for person in people]
        assert row == [verdict_of(study, of_person) for of_person in verdicts], study.nct_id
        failing += [sum(of_person[at] is False for of_person in verdicts) for at in range(len(study.clauses))]
    assert found.failing.tolist() == failing
    assert {INELIGIBLE, POSSIBLE} <= set(pairs.flatten().tolist())


def verdict_of(study: TrialClauses, verdicts: list[bool | None]) -> int:
    failed = [clause for clause, verdict in zip(study.clauses, verdicts, strict=True) if verdict is False]
    if failed:
        return FIXABLE if all(clause.mends for clause in failed) else INELIGIBLE
    return ELIGIBLE if all(verdict is True for verdict in verdicts) else POSSIBLE

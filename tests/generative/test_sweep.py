"""A sweep over random cases: no invariant violated in the columns, and the same plan as `recommend` on a random sample.

30,000 cases in `make test`, a million with 2,000 compared one by one in `make test-long`.
"""

from __future__ import annotations

import os
import random

import polars as pl
import pytest

from chemoplan.case import resolve
from chemoplan.cohort.columns import INVALID, VERDICTS, plan_columns
from chemoplan.cohort.questions import question_column
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.questions import parse_question
from chemoplan.plan.recommend import recommend
from tests.generative.strategies import reading_of
from tests.generative.sweep import random_cases, row_facts

LONG = os.environ.get("CHEMOPLAN_LONG") == "1"
CASES, SAMPLE = (1_000_000, 2_000) if LONG else (30_000, 200)


@pytest.fixture(scope="module")
def cases() -> pl.DataFrame:
    return random_cases(CASES, seed=11)


@pytest.fixture(scope="module")
def verdicts(cases) -> pl.DataFrame:
    return plan_columns(cases, load_knowledge())


def test_the_sweep_is_of_valid_cases_and_meets_every_option_offered_and_conditional(verdicts):
    valid = verdicts.filter(~pl.col(INVALID))
    assert valid.height > 0.9 * CASES
    for word in ("offered", "conditional"):
        assert [name for name in load_knowledge().options if not (valid[name] == VERDICTS.index(word)).any()] == []


def test_columns_give_the_same_options_as_recommend_on_a_random_sample(cases, verdicts):
    knowledge = load_knowledge()
    valid = [at for at, bad in enumerate(verdicts[INVALID]) if not bad]
    for at in random.Random(5).sample(valid, min(SAMPLE, len(valid))):
        plan = recommend(resolve(reading_of(row_facts(cases.row(at, named=True))), knowledge), knowledge)
        found = {option["id"]: option["verdict"] for option in plan["options"]}
        found |= {option["id"]: "excluded" for option in plan["excluded"]}
        row = verdicts.row(at, named=True)
        assert {name: VERDICTS[row[name]] for name in knowledge.options} == {
            name: found.get(name, "not applicable") for name in knowledge.options
        }


def test_no_invariant_is_violated(cases):
    knowledge = load_knowledge()
    for invariant in knowledge.invariants.values():
        question = parse_question(invariant.never, knowledge)
        violated = question_column(cases, question, knowledge)
        assert violated.sum() == 0, f"{invariant.id}: {row_facts(cases.filter(violated).row(0, named=True))}"

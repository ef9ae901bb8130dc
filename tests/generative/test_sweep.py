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
from chemoplan.criteria.columns import schema
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.questions import parse_question
from chemoplan.plan.recommend import recommend
from tests.generative.strategies import VOCABULARY, reading_of
from tests.generative.sweep import random_cases, row_facts

LONG = os.environ.get("CHEMOPLAN_LONG") == "1"
CASES, SAMPLE = (1_000_000, 2_000) if LONG else (30_000, 200)


@pytest.fixture(scope="module")
def cases() -> pl.DataFrame:
    frame = random_cases(CASES, seed=11)
    missing = {name: kind for name, kind in schema(VOCABULARY.about_case()).items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in missing.items())


def test_columns_give_the_same_options_as_recommend_on_a_random_sample(cases):
    knowledge = load_knowledge()
    verdicts = plan_columns(cases, knowledge)
    valid = [at for at, bad in enumerate(verdicts[INVALID]) if not bad]
    assert len(valid) > CASES // 20
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

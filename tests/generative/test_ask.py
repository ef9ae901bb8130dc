"""Questions over all cases: every witness is confirmed by the plan, and no random case contradicts a "never"."""

from __future__ import annotations

from functools import lru_cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.cohort.questions import question_column
from chemoplan.criteria import CriterionRefused
from chemoplan.criteria.columns import schema
from chemoplan.criteria.text import write
from chemoplan.criteria.tree import Predicate, all_of
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.ask import ask, case_of
from chemoplan.plan.proof import PlanProof, holds_for
from chemoplan.plan.questions import QUESTIONS, parse_question
from tests.generative.strategies import VOCABULARY, leaves
from tests.generative.sweep import random_cases, row_facts

FEW = settings(max_examples=max(60, settings.default.max_examples // 20))


@lru_cache(maxsize=1)
def _proof():
    return PlanProof(load_knowledge())


@lru_cache(maxsize=1)
def _cases():
    frame = random_cases(20_000, seed=3)
    kinds = schema(VOCABULARY.about_case())
    return frame.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items() if name not in frame.columns
    )


@st.composite
def questions(draw):
    knowledge = load_knowledge()
    subjects = [
        *knowledge.options,
        *knowledge.components,
        *knowledge.groups,
        "treatment",
        "surveillance",
        "tnt-*",
        "capecitabine",
    ]
    name = draw(st.sampled_from(["offered", "conditional", "excluded", "listed"]))
    asked = Predicate(name, draw(st.sampled_from(subjects)))
    tests = draw(st.lists(leaves(), min_size=0, max_size=3))
    return write(all_of(asked, *tests))


@FEW
@given(questions())
def test_a_witness_is_confirmed_by_the_plan_and_a_never_by_no_random_case(text):
    knowledge = load_knowledge()
    question = parse_question(text, knowledge)
    result = ask(text, knowledge, _proof())
    assert result.status in ("never", "witness")
    if result.witness is not None:
        facts = {name: VOCABULARY[name].read(value) for name, value in result.witness.items()}
        assert holds_for(question, case_of(facts, knowledge), knowledge)
        return
    violated = question_column(_cases(), question, knowledge)
    assert violated.sum() == 0, row_facts(_cases().filter(violated).row(0, named=True))


def test_a_question_about_what_is_computed_points_to_its_inputs():
    with pytest.raises(CriterionRefused, match="height and weight"):
        parse_question("offered(tme) and body_mass_index > 30", load_knowledge())


def test_a_witness_with_the_inputs_of_a_computed_fact_is_confirmed_too():
    result = ask(
        "offered(tnt-lccrt-consol) and creatinine > 3 and weight > 60 and age > 70 and sex = male",
        load_knowledge(),
        _proof(),
    )
    assert result.status == "witness"


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_kind_of_question_can_be_asked(name):
    subject = "larc-high-risk" if name in ("holds", "open") else "oxaliplatin"
    assert ask(f"{name}({subject})", load_knowledge(), _proof()).status == "witness"

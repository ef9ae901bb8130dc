"""A question about plans, answered for every row of a cohort."""

from __future__ import annotations

import polars as pl

from chemoplan.cohort.columns import BATCH, INVALID, derived, plan_expressions
from chemoplan.criteria import Criterion, columns
from chemoplan.criteria.tree import And, Not, Or, Predicate, predicates_of
from chemoplan.knowledge import Knowledge
from chemoplan.plan.questions import Matcher, answer


def question_column(cases: pl.DataFrame, question: Criterion, knowledge: Knowledge) -> pl.Series:
    """True where the question holds for a valid row; rows that contradict themselves are false."""
    return pl.concat([_batch(cases.slice(at, BATCH), question, knowledge) for at in range(0, cases.height, BATCH)])


def _batch(cases: pl.DataFrame, question: Criterion, knowledge: Knowledge) -> pl.Series:
    compiled = plan_expressions(knowledge)
    asked = predicates_of(question)
    matcher = Matcher(knowledge)
    answers = [answer(item, matcher, compiled.combination).alias(f"__q{at}") for at, item in enumerate(asked)]
    frame = derived(cases, knowledge)
    verdicts = frame.select(list(compiled.criteria.values())).select(compiled.invalid, *answers)
    # Each predicate becomes a column of its own; the question is then a criterion over facts and these columns.
    holds = _expression(question, {item: f"__q{at}" for at, item in enumerate(asked)}, knowledge)
    return frame.hstack(verdicts).with_columns((holds.fill_null(False) & ~pl.col(INVALID)).alias("__holds"))["__holds"]


def _expression(question: Criterion, names: dict[Predicate, str], knowledge: Knowledge) -> pl.Expr:
    if isinstance(question, Predicate):
        return pl.col(names[question])
    if isinstance(question, Not):
        return ~_expression(question.item, names, knowledge)
    if isinstance(question, And):
        return columns.all_of([_expression(item, names, knowledge) for item in question.items])
    if isinstance(question, Or):
        return columns.any_of([_expression(item, names, knowledge) for item in question.items])
    return columns.expression(question, knowledge.vocabulary)

"""The three readers agree on every criterion and every case."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from chemoplan.criteria import CriterionRefused, parse, write
from chemoplan.criteria.columns import encode, expression
from chemoplan.criteria.truth import evaluate, reasons
from tests.generative.strategies import VOCABULARY, criteria, facts, proof_verdict, values


@given(criteria(), facts())
def test_truth_columns_and_proof_give_the_same_verdict(criterion, stated):
    verdict = evaluate(criterion, stated)
    column = encode([stated]).select(pl.lit(0).alias("height"), expression(criterion).alias("verdict"))["verdict"][0]
    assert column is verdict
    assert proof_verdict(criterion, stated) is verdict


@given(criteria(), facts())
def test_printing_and_parsing_again_means_the_same(criterion, stated):
    again = parse(write(criterion))
    assert evaluate(again, stated) is evaluate(criterion, stated)
    assert parse(write(again)) == again


@given(criteria(), facts(), st.data())
def test_the_named_facts_are_enough_to_settle_an_unknown_verdict(criterion, stated, data):
    verdict, leaves = reasons(criterion, stated)
    if verdict is not None:
        return
    named = {reason.leaf.fact for reason in leaves}
    filled = dict(stated)
    for name in sorted(named):
        value = data.draw(values(VOCABULARY[name]))
        filled[name] = VOCABULARY[name].read(sorted(value.members)) if hasattr(value, "members") else value
    assert evaluate(criterion, filled) is not None


WORDS = st.sampled_from(
    [*"(){},#", "and", "or", "not", "in", "has", "any", "all", "is", "known", "unknown", "always", "never", "=", "<=", "2.5", "1e9",
     "mm", "{ULN}", "10*9/L", "\n", "\u2028", "\x0b", "\x85", "µ", "T3", "true", "offered(tme)", *list(VOCABULARY)[:30]]
)  # fmt: skip
ANYTHING = st.one_of(
    st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join), st.lists(WORDS, max_size=25).map("".join)
)


@given(ANYTHING)
def test_any_text_is_read_or_refused_with_a_place_inside_it(text):
    try:
        parse(text)
    except CriterionRefused as refused:
        lines = text.split("\n")
        assert 1 <= refused.line <= len(lines)
        assert 1 <= refused.column <= len(lines[refused.line - 1]) + 1

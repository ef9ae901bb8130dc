"""The criteria language: every row of the tables under all three readers, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest

from chemoplan.criteria import CriterionRefused, parse, write
from chemoplan.criteria.columns import encode, expression
from chemoplan.criteria.parse import DEEPEST
from chemoplan.criteria.tree import facts_of
from chemoplan.criteria.truth import evaluate, reasons
from chemoplan.vocabulary import load_vocabulary
from tests.generative.strategies import proof_verdict
from tests.spec.criteria_tables import REFUSED, TABLES

VOCABULARY = load_vocabulary()
ROWS = [pytest.param(*row, id=f"{table.title}: {row[0]} given {row[1]}") for table in TABLES for row in table.rows]


def _read(facts):
    return {name: VOCABULARY[name].read(value) for name, value in facts.items()}


@pytest.mark.parametrize(("text", "facts", "verdict"), ROWS)
def test_the_truth_reader_gives_the_verdict_of_the_table(text, facts, verdict):
    assert evaluate(parse(text), _read(facts)) is verdict


@pytest.mark.parametrize(("text", "facts", "verdict"), ROWS)
def test_the_column_reader_gives_the_verdict_of_the_table(text, facts, verdict):
    frame = encode([_read(facts)])
    found = frame.select(pl.lit(0).alias("height"), expression(parse(text)).alias("verdict"))["verdict"][0]
    assert found is verdict


@pytest.mark.parametrize(("text", "facts", "verdict"), ROWS)
def test_the_proof_reader_gives_the_verdict_of_the_table(text, facts, verdict):
    assert proof_verdict(parse(text), _read(facts)) is verdict


@pytest.mark.parametrize(("text", "facts", "verdict"), ROWS)
def test_printing_and_parsing_again_gives_the_same_criterion(text, facts, verdict):
    assert parse(write(parse(text))) == parse(text)


@pytest.mark.parametrize(("text", "column", "word"), REFUSED)
def test_a_wrong_criterion_is_refused_with_its_place_and_the_nearest_right_name(text, column, word):
    with pytest.raises(CriterionRefused) as refused:
        parse(text)
    assert refused.value.column == column
    assert word in str(refused.value)


def test_a_refusal_counts_lines():
    with pytest.raises(CriterionRefused) as refused:
        parse("emvi and\n  frial")
    assert (refused.value.line, refused.value.column) == (2, 3)


def test_every_reader_copes_with_the_deepest_criterion_that_is_read():
    criterion = parse("not (emvi and " * (DEEPEST // 2 - 1) + "frail" + ")" * (DEEPEST // 2 - 1))
    assert parse(write(criterion)) == criterion
    frame = encode([{"emvi": True, "frail": True}])
    verdict = evaluate(criterion, {"emvi": True, "frail": True})
    assert frame.select(pl.lit(0).alias("height"), expression(criterion).alias("verdict"))["verdict"][0] is verdict
    assert proof_verdict(criterion, {"emvi": True, "frail": True}) is verdict


def test_an_unknown_verdict_names_the_facts_that_would_settle_it_and_no_others():
    criterion = parse("setting = initial and (emvi or frail) and age <= 75")
    verdict, leaves = reasons(criterion, {"setting": "initial", "age": 60.0, "frail": False})
    assert verdict is None
    assert [reason.leaf.fact for reason in leaves] == ["emvi"]


def test_a_false_verdict_is_carried_by_its_false_parts_only():
    _, leaves = reasons(parse("setting = initial and emvi and frail"), {"setting": "initial", "frail": False})
    assert [reason.leaf.fact for reason in leaves] == ["frail"]


def test_facts_are_listed_in_the_order_of_first_mention():
    assert facts_of(parse("frail or emvi and frail")) == ["frail", "emvi"]


def test_the_proof_reader_knows_the_limits_of_a_value():
    assert proof_verdict(parse("age < 18"), {}, solvable=True) is False
    assert proof_verdict(parse("age > 100"), {}, solvable=True) is True


def test_a_fact_that_matters_only_once_another_is_given_is_named_too():
    criterion = parse("sex = male and (sex is unknown or age = 18 a)")
    verdict, leaves = reasons(criterion, {})
    assert verdict is None
    assert {reason.leaf.fact for reason in leaves} == {"sex", "age"}
    assert evaluate(criterion, {"sex": "male", "age": 18.0}) is True

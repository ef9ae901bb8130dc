"""Any case written as a FHIR Bundle reads back as exactly the same facts, and equal input gives equal bytes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.case.statement import Completeness, Reading, Source, Statement
from chemoplan.intake import read_reading
from chemoplan.report.fhir import carried_plan, plan_bundle
from chemoplan.vocabulary import Fact, SetValue, load_vocabulary

VOCABULARY = load_vocabulary()
FACTS = [fact for fact in VOCABULARY.about_case() if not fact.derived]

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
days = st.none() | st.dates(date(1990, 1, 1), date(2030, 12, 31))
sources = st.builds(Source, document=words, locator=words | st.just(""), date=days, method=st.none() | words)


def values_of(fact: Fact) -> st.SearchStrategy[Any]:
    if fact.kind == "flag":
        return st.booleans()
    if fact.kind == "set":
        return st.builds(SetValue, st.frozensets(st.sampled_from(fact.values)), st.booleans())
    if fact.numeric:
        return st.sampled_from(fact.numbers())
    if fact.kind == "choice":
        return st.sampled_from(fact.values)
    assert fact.range is not None
    if fact.kind == "count":
        return st.integers(int(fact.range[0]), int(fact.range[1])).map(float)
    return st.floats(*fact.range, allow_nan=False).map(lambda number: number + 0.0)


statements = st.sampled_from(FACTS).flatmap(
    lambda fact: st.builds(Statement, st.just(fact.name), values_of(fact), sources)
)
readings = st.builds(
    Reading,
    case=words,
    statements=st.lists(statements, max_size=12).map(tuple),
    complete=st.lists(st.builds(Completeness, st.sampled_from(VOCABULARY.groups()), sources), max_size=3).map(tuple),
    decided_on=days,
    title=words | st.just(""),
)
plans = st.fixed_dictionaries(
    {},
    optional={
        "options": st.lists(
            st.fixed_dictionaries(
                {
                    "id": words,
                    "title": words,
                    "rank": st.integers(1, 9),
                    "verdict": st.sampled_from(["offered", "conditional"]),
                },
                optional={"evidence": st.lists(st.fixed_dictionaries({"source": words, "status": words}), max_size=2)},
            ),
            max_size=3,
        ),
        "excluded": st.lists(st.fixed_dictionaries({"id": words}), max_size=2),
        "alerts": st.lists(st.fixed_dictionaries({"severity": words, "text": words}), max_size=2),
        "missing": st.lists(st.fixed_dictionaries({"fact": words, "question": words}), max_size=2),
        "facts": st.lists(st.dictionaries(words, st.none() | st.integers() | words), max_size=2),
    },
)


@settings(max_examples=settings.default.max_examples // 4)
@given(readings, plans)
def test_a_case_written_as_fhir_reads_back_the_same(reading: Reading, plan: dict[str, Any]) -> None:
    text = json.dumps(plan_bundle(reading, plan))
    back = read_reading(json.loads(text), "plan.json")
    assert back.statements == reading.statements
    assert back.complete == reading.complete
    assert (back.case, back.title, back.decided_on) == (reading.case, reading.title, reading.decided_on)
    assert back.problems == ()
    assert carried_plan(json.loads(text)) == plan
    assert text == json.dumps(plan_bundle(reading, plan))


def test_every_fact_survives_alone_with_its_extreme_values() -> None:
    for fact in FACTS:
        extremes: list[Any] = [False, True]
        if fact.kind == "set":
            extremes = [
                SetValue(frozenset(), True),
                SetValue(frozenset(), False),
                SetValue(frozenset(fact.values), True),
            ]
        elif fact.numeric:
            extremes = list(fact.numbers())
        elif fact.kind == "choice":
            extremes = list(fact.values)
        elif fact.range is not None:
            extremes = list(fact.range)
        for value in extremes:
            reading = Reading("invented", (Statement(fact.name, value, Source("note", "line 1")),))
            back = read_reading(plan_bundle(reading, {}), "plan.json")
            assert back.statements == reading.statements, fact.name

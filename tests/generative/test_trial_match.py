"""What must hold for any study and any person: the unknown is never negative, every ineligible verdict has a cause and an undo."""

from __future__ import annotations

from itertools import combinations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chemoplan.criteria.tree import IsUnknown, facts_of, walk
from chemoplan.criteria.truth import evaluate
from chemoplan.trials.expression import All, Any, Expression, If, Not, Test, Window
from chemoplan.trials.judged import UNRECORDED
from chemoplan.trials.match import Studies, match
from chemoplan.trials.settle import EXACT, cause, holds_from, undo
from chemoplan.trials.translate import _attributes, days_facts
from chemoplan.vocabulary import Value, load_vocabulary
from tests.generative.strategies import values
from tests.spec.trial_readings import studies, study

VOCABULARY = load_vocabulary()
NAMES = sorted(_attributes())
WINDOWS = st.sampled_from(
    [None, None, Window(28, "d", "before enrollment"), Window(2, "a"), Window(0, "", text="min(3 mo, 5 half-lives)")]
)
WORDS = st.sampled_from(["", "", "", "requiring systemic therapy", "ever", "transfusion allowed"])
EXCEPTIONS = st.sampled_from([(), (), (), ("skin cancer",), ("gilbert",)])


@st.composite
def conditions(draw) -> Test:
    """A test of any attribute of the table, in any of the forms that texts use."""
    name = draw(st.sampled_from([*NAMES, "never_heard_of_this"]))
    attribute = _attributes().get(name)
    fact = VOCABULARY.get(attribute.fact) if attribute else None
    meanings = sorted(attribute.meanings or {}) if attribute else []
    rest = {"window": draw(WINDOWS), "detail": draw(WORDS), "exceptions": draw(EXCEPTIONS)}
    if attribute and attribute.ratio and draw(st.booleans()):
        return Test(
            name, draw(st.sampled_from(["<", "<=", ">", ">="])), draw(st.sampled_from([1.0, 1.5, 3.0])), "xULN", **rest
        )
    if fact is not None and fact.is_number:
        low, high = fact.range or (0.0, 4.0)
        value = draw(st.sampled_from([low, low + 1, round((low + high) / 2, 1), 1.0, 2.0, 28.0]))
        return Test(name, draw(st.sampled_from(["==", "<", "<=", ">", ">="])), value, fact.unit, **rest)
    words = [*meanings, "true", "none", "uncontrolled", "ever", *(fact.values if fact is not None else ())]
    value = draw(st.sampled_from(words))
    operator = "includes" if fact is not None and fact.kind == "set" else draw(st.sampled_from(["==", "==", "!="]))
    return Test(name, operator, value, **rest)


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    conditions(),
    lambda below: st.one_of(
        st.lists(below, min_size=2, max_size=3).map(lambda items: All(tuple(items))),
        st.lists(below, min_size=2, max_size=3).map(lambda items: Any(tuple(items))),
        st.builds(If, below, below, st.none() | below),
        st.builds(Not, below, st.booleans()),
    ),
    max_leaves=4,
)
ATOMS = st.tuples(
    st.sampled_from(["require", "exclude"]),
    EXPRESSIONS,
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["auto", "auto", "reviewed"]),
            "scope": st.sampled_from(["all", "all", "all", "site=rectum", "cohort=A"]),
            "branch": st.sampled_from(["", "", "", "0/1", "0/2"]),
        }
    ),
)
STUDIES = st.lists(st.lists(ATOMS, min_size=1, max_size=4), min_size=1, max_size=3).map(
    lambda found: studies(*(study(asked, f"NCT{at:08}", at) for at, asked in enumerate(found)))
)


def asks(ready: Studies) -> list[str]:
    """The facts that the studies read."""
    return sorted({name for criterion in ready.criteria for name in facts_of(criterion)} - {UNRECORDED})


@st.composite
def people(draw, ready: Studies, share: float = 0.8) -> dict[str, Value]:
    """Facts of a person, drawn from those that the studies read."""
    chosen = [name for name in asks(ready) if draw(st.floats(0, 1)) < share]
    return {name: draw(values(VOCABULARY[name])) for name in chosen}


def asks_for_the_unknown(criterion) -> bool:
    return any(isinstance(node, IsUnknown) for node in walk(criterion))


@settings(max_examples=settings.default.max_examples // 6)
@given(st.data())
def test_a_definite_line_stays_when_an_unknown_fact_becomes_known(data):
    ready = data.draw(STUDIES)
    whole = data.draw(people(ready))
    part = {name: value for name, value in whole.items() if data.draw(st.booleans())}
    for before, after in zip(match(ready, part), match(ready, whole), strict=True):
        for less, more in zip(before.traces, after.traces, strict=True):
            if less.verdict is not None and not asks_for_the_unknown(less.criterion):
                assert more.verdict is less.verdict
        if not any(asks_for_the_unknown(item.criterion) for item in before.traces):
            if before.verdict in ("ineligible", "eligible so far"):
                assert after.verdict == before.verdict
            if before.verdict == "fixable":
                assert after.verdict in ("fixable", "ineligible")


@settings(max_examples=settings.default.max_examples // 6)
@given(STUDIES)
def test_of_a_person_of_whom_nothing_is_known_no_line_fails(ready):
    for found in match(ready, {}):
        for trace in found.traces:
            assert trace.verdict is not False or asks_for_the_unknown(trace.criterion)


@settings(max_examples=settings.default.max_examples // 6, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_every_ineligible_verdict_quotes_a_line_and_the_undo_set_is_smallest(data):
    ready = data.draw(STUDIES)
    facts = data.draw(people(ready, 0.95))
    found = [item for item in match(ready, facts) if item.verdict == "ineligible"]
    assume(found)
    for item in found:
        line = cause(item)
        assert line in item.rests_on
        clause = item.study.clauses[line]
        assert clause.atom.span and clause.atom.span in item.study.record.eligibility
        assert item.traces[line].verdict is False
        if any(asks_for_the_unknown(trace.criterion) for trace in item.traces):
            continue
        removed = undo(item, facts)
        assert removed
        index = ready.studies.index(item.study)
        assert verdict_without(ready, index, facts, removed) != "ineligible"
        for size in range(len(removed)):
            for fewer in combinations(removed, size):
                assert verdict_without(ready, index, facts, fewer) == "ineligible"
        if 1 < len(removed) <= EXACT:
            used = sorted({name for at in item.rests_on for name in item.traces[at].facts})
            for fewer in combinations(used, len(removed) - 1):
                assert verdict_without(ready, index, facts, fewer) == "ineligible"


def verdict_without(ready, index, facts, removed):
    return match(ready, {name: value for name, value in facts.items() if name not in removed})[index].verdict


@settings(max_examples=settings.default.max_examples // 6)
@given(st.data())
def test_shared_evaluation_is_that_of_each_line_by_itself_and_open_lines_name_what_settles_them(data):
    ready = data.draw(STUDIES)
    facts = data.draw(people(ready))
    for found in match(ready, facts):
        for clause, trace in zip(found.study.clauses, found.traces, strict=True):
            assert trace.verdict is evaluate(clause.holds, facts)
            if trace.verdict is None:
                assert trace.facts or trace.judged
                assert UNRECORDED not in trace.facts
        assert set(found.missing) == {name for at in found.open for name in found.traces[at].facts}


@settings(max_examples=settings.default.max_examples // 6)
@given(st.data())
def test_with_reviewed_lines_only_nobody_is_excluded_by_an_unreviewed_one(data):
    ready = data.draw(STUDIES)
    facts = data.draw(people(ready, 0.95))
    for found, strict in zip(match(ready, facts), match(ready, facts, reviewed_only=True), strict=True):
        if found.unreviewed and found.verdict == "ineligible":
            assert strict.verdict in ("possible", "fixable")
        if strict.verdict in ("ineligible", "fixable"):
            assert any(found.study.clauses[at].reviewed for at in found.failed)


@settings(max_examples=settings.default.max_examples // 6)
@given(st.integers(0, 400), st.sampled_from([7.0, 28.0, 180.0]), st.sampled_from(sorted(days_facts())))
def test_a_wash_out_ends_on_the_first_day_on_which_the_line_holds(since, span, days):
    name = next(name for name, item in _attributes().items() if item.days == days and item.fact == days_facts()[days])
    ready = studies(study([("exclude", Test(name, window=Window(span, "d")))]))
    facts: dict[str, Value] = {days_facts()[days]: True, days: float(since)}
    (found,) = match(ready, facts)
    if found.verdict != "fixable":
        assert since >= span
        return
    offset, _ = holds_from(ready.criteria[0], facts, None) or (None, None)
    assert offset is not None
    assert match(ready, {**facts, days: since + float(offset)})[0].verdict == "eligible so far"
    assert match(ready, {**facts, days: since + float(offset) - 1})[0].verdict == "fixable"

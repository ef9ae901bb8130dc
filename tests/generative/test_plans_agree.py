"""A plan made for one case, made in columns, and proved for all cases: the same verdicts. And filling in facts reverses none."""

from __future__ import annotations

from functools import lru_cache

import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chemoplan.case import CaseRefused, resolve
from chemoplan.cohort.columns import INVALID, VERDICTS, plan_columns
from chemoplan.criteria import proof
from chemoplan.criteria.columns import encode
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.proof import PlanProof
from chemoplan.plan.recommend import recommend
from tests.generative.strategies import VOCABULARY, constraints, facts, made_valid, reading_of, values


@lru_cache(maxsize=1)
def _proof():
    return PlanProof(load_knowledge())


def _case(stated):
    try:
        return resolve(reading_of(stated), load_knowledge())
    except CaseRefused:
        return None


def _verdicts(case):
    plan = recommend(case, load_knowledge())
    found = {option["id"]: option["verdict"] for option in plan["options"]}
    return found | {option["id"]: "excluded" for option in plan["excluded"]}


# A plan costs far more than a criterion: a quarter of the profile's examples.
SHARE = settings(max_examples=max(200, settings.default.max_examples // 4))


@SHARE
@given(facts())
def test_columns_give_the_verdicts_of_recommend(stated):
    row = plan_columns(encode([stated]), load_knowledge()).to_dicts()[0]
    case = _case(stated)
    assert row[INVALID] is (case is None)
    if case is not None:
        found = _verdicts(case)
        assert {name: VERDICTS[row[name]] for name in load_knowledge().options} == {
            name: found.get(name, "not applicable") for name in load_knowledge().options
        }


@SHARE
@given(facts(), st.data())
def test_the_proof_gives_the_verdicts_of_recommend(stated, data):
    stated = made_valid(stated)
    case = _case(stated)
    # The proof reads a computed fact only where it is stated; state it, as every valid case of the proof does.
    pinned = dict(stated)
    if "creatinine_clearance" in case.facts:
        pinned["creatinine_clearance"] = case.facts["creatinine_clearance"]
    option = data.draw(st.sampled_from(sorted(load_knowledge().options)))
    verdicts = _proof().combination.verdicts(option)
    found = _verdicts(case).get(option, "not applicable")
    solver = z3.Solver()
    solver.add(*constraints(pinned, proof.stated()[0]))
    assert solver.check() == z3.sat
    for word in ("offered", "conditional", "excluded"):
        assert (solver.check(getattr(verdicts, word)) == z3.sat) is (found == word)


@given(facts(), st.data())
def test_filling_in_unknown_facts_never_reverses_a_definite_verdict(stated, data):
    stated = made_valid(stated)
    before = _case(stated)
    filled = dict(stated)
    for fact in data.draw(
        st.lists(st.sampled_from([f for f in VOCABULARY.about_case() if not f.derived]), min_size=1, max_size=12)
    ):
        if fact.name not in filled:
            filled[fact.name] = data.draw(values(fact))
    valid = made_valid(filled, kept=stated)
    assume(valid is not None)
    after = _case(valid)
    knowledge = load_knowledge()
    old, new = _verdicts(before), _verdicts(after)
    for option, verdict in old.items():
        if verdict == "excluded":
            assert new.get(option, "not applicable") in ("excluded", "not applicable")
        # A test is asked for while its result is unknown and no longer once it is known: that is its purpose.
        if verdict == "offered" and knowledge.options[option].kind not in ("test", "advice"):
            assert new.get(option) == "offered"
    for option in new:
        if old.get(option, "not applicable") == "not applicable":
            kind = knowledge.options[option].kind
            assert kind in ("test", "advice") or new[option] == "not applicable", option
    blocked_before = {alert["id"] for alert in recommend(before, knowledge)["alerts"]}
    assert blocked_before <= {alert["id"] for alert in recommend(after, knowledge)["alerts"]}

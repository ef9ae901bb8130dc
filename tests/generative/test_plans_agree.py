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
from chemoplan.criteria.truth import is_unknown
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.missing import missing_facts
from chemoplan.plan.proof import PlanProof
from chemoplan.plan.recommend import recommend
from chemoplan.plan.structure import ASKING_KINDS
from chemoplan.vocabulary import SetValue
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
@given(facts())
def test_what_is_missing_is_the_same_with_the_plan_and_without(stated):
    case = _case(stated)
    if case is not None:
        asked = [row["fact"] for row in recommend(case, load_knowledge())["missing"]]
        assert missing_facts(case, load_knowledge()) == asked


@SHARE
@given(facts(), st.data())
def test_the_proof_gives_the_verdicts_of_recommend(stated, data):
    stated = made_valid(stated)
    case = _case(stated)
    # A case that gives the inputs of the clearance has it; the proof has it stated.
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
    unknown = [fact for fact in VOCABULARY.about_case() if not fact.derived and is_unknown(before.facts.get(fact.name))]
    assume(unknown)
    for fact in data.draw(
        st.lists(st.sampled_from(unknown), min_size=1, max_size=12, unique_by=lambda fact: fact.name)
    ):
        value, named = data.draw(values(fact)), before.facts.get(fact.name)
        if isinstance(value, SetValue) and isinstance(named, SetValue):
            value = SetValue(value.members | named.members, value.complete)
        filled[fact.name] = value
    valid = made_valid(filled, kept=stated)
    assume(valid is not None)
    after = _case(valid)
    knowledge = load_knowledge()
    old, new = _verdicts(before), _verdicts(after)
    for option, verdict in old.items():
        if verdict == "excluded":
            assert new.get(option, "not applicable") in ("excluded", "not applicable")
        # A test is asked for while its result is unknown and no longer once it is known: that is its purpose.
        if verdict == "offered" and knowledge.options[option].kind not in ASKING_KINDS:
            assert new.get(option) == "offered"
    for option in new:
        if old.get(option, "not applicable") == "not applicable":
            assert knowledge.options[option].kind in ASKING_KINDS, option
    alerts = {alert["id"] for alert in recommend(before, knowledge)["alerts"]}
    assert alerts <= {alert["id"] for alert in recommend(after, knowledge)["alerts"]}


def test_no_definite_verdict_is_reversed_in_any_pair_of_cases_of_which_one_knows_more():
    """The same as a proof: over all pairs of valid cases, the second with every fact of the first and perhaps more."""
    plans, knowledge = _proof(), load_knowledge()
    free, _ = proof.stated(VOCABULARY)
    facts = [fact for fact in VOCABULARY.about_case() if not fact.derived]
    solver = z3.Solver()
    solver.add(*plans.limits, *plans.valid, *(_later(item) for item in (*plans.limits, *plans.valid)))
    solver.add(*(row for fact in facts for row in _knows_more(free[fact.name], plans.environment[fact.name])))
    assert solver.check() == z3.sat
    for option in knowledge.options.values():
        verdicts, contributed = plans.combination.verdicts(option.id), plans.combination.parts(option.id).contributed
        listed = z3.Or(_later(verdicts.offered), _later(verdicts.conditional))
        reversals = [z3.And(verdicts.excluded, listed)]
        if option.kind not in ASKING_KINDS:
            reversals.append(z3.And(verdicts.offered, z3.Not(_later(verdicts.offered))))
            reversals.append(z3.And(contributed.false, z3.Not(_later(contributed.false))))
        assert solver.check(z3.Or(reversals)) == z3.unsat, option.id
    for entry in knowledge.entries.values():
        when = plans.combination.test(entry.when)
        reversals = [z3.And(when.true, z3.Not(_later(when.true))), z3.And(when.false, z3.Not(_later(when.false)))]
        assert entry.kind == "gate" or solver.check(z3.Or(reversals)) == z3.unsat, entry.id


def _later(formula):
    """The formula about the second case: every variable primed."""
    variables = {item.get_id(): item for item in _variables(formula)}.values()
    return z3.substitute(formula, *((item, z3.Const(f"{item}'", item.sort())) for item in variables))


def _variables(formula):
    seen, rest = set(), [formula]
    while rest:
        item = rest.pop()
        if item.get_id() not in seen:
            seen.add(item.get_id())
            rest += item.children()
            if z3.is_const(item) and item.decl().kind() == z3.Z3_OP_UNINTERPRETED:
                yield item


def _knows_more(stated, resolved):
    """What is stated stays; a set may gain members while it is not complete; what was derived is not stated anew."""
    parts = stated.members or (stated.value,)
    same = z3.And([item == _later(item) for item in parts])
    yield z3.Implies(stated.known, z3.And(_later(stated.known), same))
    yield from (z3.Implies(member, _later(member)) for member in stated.members)
    derived = z3.And(resolved.known, z3.Not(stated.known))
    yield z3.Implies(derived, z3.And(z3.Not(_later(stated.known)), same if stated.members else z3.BoolVal(True)))


@SHARE
@given(facts(), st.data())
def test_the_facts_on_which_an_option_depends_settle_it(stated, data):
    stated = made_valid(stated)
    plan = recommend(_case(stated), load_knowledge())
    waiting = [option for option in plan["options"] if option["verdict"] == "conditional"]
    assume(waiting)
    option = data.draw(st.sampled_from(waiting))
    for _ in range(5):
        named = {name: VOCABULARY[name] for name in option["depends_on"]}
        assert named and not any(fact.derived for fact in named.values())
        filled = stated | {name: data.draw(values(fact)) for name, fact in named.items()}
        for name, value in filled.items():
            if name in named and isinstance(value, SetValue):
                members = value.members | (stated[name].members if name in stated else frozenset())
                filled[name] = SetValue(members, True)
        case = _case(filled)
        assume(case is not None)
        stated = filled
        plan = recommend(case, load_knowledge())
        option = next((item for item in plan["options"] if item["id"] == option["id"]), None)
        if option is None or option["verdict"] == "offered":
            return
    raise AssertionError(f"{option['id']} still depends on {option['depends_on']}")

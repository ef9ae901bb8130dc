"""Questions over all cases: every witness is confirmed by the plan, and no random case contradicts a "never"."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.cohort.questions import question_column
from chemoplan.criteria import CriterionRefused
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
    return random_cases(20_000, seed=3)


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


# Creatinine clearance is not computed for a sex without a factor, nor beyond its range: these cases are part of "all cases".
COMPUTED = [
    ("sex = other and age is known and weight is known and creatinine is known and creatinine_clearance is unknown", "witness"),
    ("age = 20 and weight = 200 and creatinine = 0.2 and sex = male and creatinine_clearance is unknown", "witness"),
    ("age = 60 and weight = 72 and creatinine = 1 and sex = male and creatinine_clearance is unknown", "never"),
    ("body_mass_index > 30 and offered(tme)", "witness"),
    ("body_mass_index = 24.2 and height = 170 and weight = 70", "witness"),
    ("body_mass_index = 24.3 and height = 170 and weight = 70", "never"),
    ("body_mass_index = 30.15", "never"),
    ("body_surface_area > 2.5 and weight < 100 and height < 190", "never"),
    ("body_surface_area is unknown and height is known and weight is known", "witness"),
    ("body_surface_area is unknown and height < 200 cm and weight = 80", "never"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status"), COMPUTED)
def test_computed_facts_are_proved_by_their_formula(text, status):
    assert ask(text, load_knowledge(), _proof()).status == status


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


REFUSED = [
    ("offered(imunotherapy)", 1, 9, "did you mean immunotherapy?"),
    ("emvi and\n  offered( foo )", 2, 12, "`knowledge list options` names them"),
    ("cT = T2 and offered(tme) and excluded(CAPOX)", 1, 39, "options that mention it: adj-"),
    ("holds(larc-high-rsk)", 1, 7, "did you mean larc-high-risk?"),
    ("full_dose(tme)", 1, 11, "none"),
    ("emvi and\nplan_components has oxaliplatin", 2, 1, "proposed plan"),
    ("age > 50 and age < 50.000000000000005", 1, 20, "more than 12 digits"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSED)
def test_a_wrong_question_is_refused_with_its_place(text, line, column, words):
    with pytest.raises(CriterionRefused) as refused:
        parse_question(text, load_knowledge())
    assert (refused.value.line, refused.value.column) == (line, column)
    assert words in refused.value.message


def test_a_witness_holds_no_more_facts_and_digits_than_it_needs():
    witness = ask("weight > 60.05 and height > 180", load_knowledge(), _proof()).witness
    assert set(witness) == {"weight", "height"}
    assert all(len(str(value)) <= 5 for value in witness.values())


DRUGS = [
    ("offered(pembrolizumab) and mmr = proficient and pole_pold1 = not_detected", "never"),
    ("offered(dostarlimab) and setting = metastatic", "never"),  # pembrolizumab is, and nivolumab with ipilimumab
    ("listed(capecitabine) and creatinine_clearance < 30", "never"),
    ("listed(fluorouracil) and creatinine_clearance < 30", "witness"),
]


@pytest.mark.parametrize(("text", "status"), DRUGS)
def test_a_drug_means_the_options_that_list_it_not_all_of_its_class(text, status):
    assert ask(text, load_knowledge(), _proof()).status == status


def test_blocking_the_only_drug_that_an_option_lists_excludes_it_and_spares_others_of_the_class():
    shipped = load_knowledge()
    entry = replace(shipped.entries["capecitabine-renal-severe"], blocks=("cetuximab",))
    changed = replace(shipped, entries={**shipped.entries, entry.id: entry})
    proof = PlanProof(changed)

    def status(option):
        return ask(f"listed({option}) and creatinine_clearance < 30", changed, proof).status

    assert status("g12c-ada-cetux") == "never"
    assert status("g12c-soto-pani") == "witness"
    assert status("egfr-rechallenge-ctdna") == "witness"  # panitumumab or cetuximab

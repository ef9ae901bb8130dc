"""What if: the plan with other facts, in place or as a page, told as a thought, and never kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from chemoplan.intake.read import read_document
from chemoplan.knowledge import load_knowledge
from chemoplan.web.cases.case_view import planned
from chemoplan.web.cases.what_if import MOST_FACTS, Change, facts_to_change, what_if
from chemoplan.web.store.tables import case_versions
from tests.web.test_case_page import EXAMPLES, make
from tests.web.visitors import empty_site, token

KNOWLEDGE = load_knowledge()


@pytest.fixture(scope="module")
def view():
    return planned(read_document(EXAMPLES / "03-low-threatened-margin.yaml"), KNOWLEDGE)


def test_the_form_offers_the_facts_that_are_missing_and_those_that_carry_the_verdicts(view):
    names = facts_to_change(view, KNOWLEDGE)
    assert [row["fact"] for row in view.plan["missing"]] == list(names[:2])
    assert {"mmr", "cT", "cN", "mrf_status"} <= set(names)
    assert len(names) <= MOST_FACTS
    assert not any(
        KNOWLEDGE.vocabulary[name].derived and not KNOWLEDGE.vocabulary[name].may_be_stated for name in names
    )


def test_another_fact_says_what_is_newly_offered_and_what_is_not_listed_any_more(view):
    thought = what_if(view, {"mmr": "deficient"}, KNOWLEDGE)
    assert thought.changed == (Change("mmr", KNOWLEDGE.vocabulary["mmr"].question, "proficient", "deficient"),)
    gone = {move.id for move in thought.moves if move.after == ""}
    new = {move.id for move in thought.moves if move.before == ""}
    assert "tnt-lccrt-consol" in gone
    assert "ici-neoadj" in new


def test_the_facts_of_the_case_change_nothing(view):
    thought = what_if(view, {"mmr": "proficient", "cT": "T3"}, KNOWLEDGE)
    assert (thought.changed, thought.moves, thought.alerts) == ((), (), ())


def test_a_fact_taken_away_is_unknown_and_asked_for(view):
    thought = what_if(view, {"mmr": None}, KNOWLEDGE)
    assert [(item.was, item.now) for item in thought.changed] == [("proficient", "unknown")]
    assert "mmr" in {row["fact"] for row in thought.plan["missing"]}
    assert view.case.facts["mmr"] == "proficient"


def test_values_are_told_in_words(view):
    (changed,) = what_if(view, {"ras": "wild_type"}, KNOWLEDGE).changed
    assert (changed.was, changed.now) == ("unknown", "wild type")
    (changed,) = what_if(view, {"pregnant": True}, KNOWLEDGE).changed
    assert changed.now == "yes"


def test_it_answers_in_place_and_as_a_page_and_keeps_nothing(tmp_path: Path):
    site = empty_site(tmp_path)
    client = site.signed_in("navigator")
    address = make(client)
    page = client.get(address).text
    data = {"csrf_token": token(page), "if.mmr": "deficient"}
    inner = client.post(f"{address}/what-if", data=data, headers={"hx-request": "true"})
    assert inner.status_code == 200
    assert "<html" not in inner.text
    assert "A thought, not the case" in inner.text
    whole = client.post(f"{address}/what-if", data=data)
    assert "<html" in whole.text
    assert "A thought, not the case" in whole.text
    assert re.search(r'<option value="deficient" selected', whole.text)
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(case_versions)).scalar_one() == 1
    assert client.get(f"{address}/plan.json").json()["options"][0]["verdict"] == "offered"


@pytest.mark.parametrize(
    ("field", "value", "told"), [("if.tumor_height", "far", "expected a number"), ("if.cT", "T9", "Choose")]
)
def test_a_value_that_is_none_is_told_and_comes_back(tmp_path: Path, field, value, told):
    client = empty_site(tmp_path).signed_in("clinician")
    address = make(client)
    sent = client.post(f"{address}/what-if", data={"csrf_token": token(client.get(address).text), field: value})
    assert sent.status_code == 422
    assert told.lower() in sent.text.lower()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_result_stands_above_the_form_under_a_heading_that_takes_the_focus(tmp_path: Path, scripts):
    client = empty_site(tmp_path).signed_in("clinician")
    address = make(client)
    page = client.get(address).text
    form = page[page.index('id="what-if"') :]
    assert 'what-if#what-if-result"' in form
    assert "show:top" in form
    assert form.index('id="what-if-result"') < form.index('name="if.')
    data = {"csrf_token": token(page), "if.mmr": "deficient"}
    told = client.post(f"{address}/what-if", data=data, headers={"hx-request": "true"} if scripts else {}).text
    assert re.search(r'<h2 id="thought-title" tabindex="-1" autofocus>What would change: \d+</h2>', told)
    if not scripts:
        assert told.index('id="what-if-result"') < told.index('id="thought-title"') < told.index('name="if.')
    thought = told[told.index('id="thought-title"') :]
    assert "Is mismatch repair proficient or deficient" in thought
    assert "was: proficient" in thought


def test_a_thought_that_changes_nothing_says_so(tmp_path: Path):
    client = empty_site(tmp_path).signed_in("clinician")
    address = make(client)
    page = client.get(address).text
    same = client.post(f"{address}/what-if", data={"csrf_token": token(page), "if.mmr": "proficient"}).text
    assert "Nothing was changed</h2>" in same

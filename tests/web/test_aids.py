"""Decision aids: neutral, both choices with equal room, every number with its study, nothing kept that nobody sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, select

from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.people_texts import Text, load_texts, texts_in
from chemoplan.web.pages.aids import SCALE, aids, source_of
from chemoplan.web.store.tables import cases, inbox, questions
from tests.reading.grade import MAX_GRADE, MAX_SMOG, MAX_WORDS, MIN_SPANISH, grade, spanish_ease
from tests.web.visitors import empty_site, post, token

NAMES = list(aids())
QUALIFYING, CERTIFYING = 6, 6


@pytest.fixture
def site(tmp_path):
    return empty_site(tmp_path)


def _count(tree, language):
    return sum(len(text.text_in(language).split()) for text in texts_in(tree))


def test_the_four_aids_are_there():
    assert NAMES == ["before-surgery", "watch-or-surgery", "bag-or-join", "after-surgery"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("part", ["all", "good", "hard"])
def test_both_choices_get_words_within_a_fifth_of_each_other(name, language, part):
    a, b = (
        _count(
            {key: text for key, text in option.items() if key != "name"} if part == "all" else option[part], language
        )
        for option in aids()[name]["options"].values()
    )
    assert max(a, b) <= 1.2 * min(a, b), (a, b)


@pytest.mark.parametrize("name", NAMES)
def test_both_choices_have_the_same_parts_and_as_many_points(name):
    a, b = aids()[name]["options"].values()
    assert list(a) == list(b)
    assert (len(a["good"]), len(a["hard"])) == (len(b["good"]), len(b["hard"]))


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_of_100_people_with_time_span_study_source_status_and_doubt(name):
    assert load_knowledge().dosing.regimens, "reads the sources on giving drugs"
    for row in aids()[name]["numbers"]:
        assert isinstance(row["span"], Text)
        for key in ("a", "b"):
            cell = row[key]
            if "none" in cell:
                assert isinstance(cell["none"], Text)
                continue
            assert 1 <= cell["number"] <= 100
            assert cell["source"] in load_knowledge().sources
            assert cell["status"] in ("verified", "partly", "unverified")
            assert cell["study"]
            assert isinstance(cell["uncertain"], Text)


def test_the_numbers_are_those_of_the_knowledge():
    """What the aids show of trials stands in the results that the sources of the knowledge hold."""
    load_knowledge().dosing  # noqa: B018 - reads the sources on giving drugs
    for name, aid in aids().items():
        for row in aid["numbers"]:
            for cell in (row["a"], row["b"]):
                if "number" not in cell or cell["source"].startswith("mosaic"):
                    continue
                told = str(load_knowledge().sources[cell["source"]].details)
                assert re.search(rf"\b{cell['number']}\b", told), (name, cell)
    rates = load_knowledge().dosing.toxicity_rates.values()
    assert any(rate.source == "mosaic-txt" and rate.percent == "12.4" for rate in rates)


@pytest.mark.parametrize("name", NAMES)
def test_an_aid_answers_all_twelve_items_and_says_that_it_did_so_itself(site, name):
    about = load_texts()["decision_aids"]
    kinds = [item["kind"] for item in about["items"]]
    assert (kinds.count("qualifying"), kinds.count("certifying")) == (QUALIFYING, CERTIFYING)
    answers = aids()[name]["ipdas"]
    assert set(answers) == {item["id"] for item in about["items"]}
    assert set(answers.values()) <= set(about["answers"])
    page = site.visitor().get(f"/decide/{name}").text
    assert "Nobody from outside has checked them yet." in page
    for text in ("Written on November 27, 2026.", "Nobody paid for this page.", "We look at each page once a year"):
        assert text in page
    for item in about["items"]:
        assert item["text"].text_in("en") in page


@pytest.mark.parametrize("name", NAMES)
def test_sources_of_an_aid_are_held(name):
    for key in aids()[name]["sources"]:
        assert source_of(key).title


@pytest.mark.parametrize("name", [*NAMES, "decision_aids"])
def test_an_aid_is_easy_to_read_in_both_languages(name):
    texts = list(texts_in(load_texts()["aids"].get(name) or load_texts()[name]))
    found = grade([text.text_in("en") for text in texts])
    assert found.grade <= MAX_GRADE
    assert found.smog <= MAX_SMOG
    assert found.longest <= MAX_WORDS, found.longest_sentence
    assert not found.jargon
    assert spanish_ease([text.text_in("es") for text in texts]) >= MIN_SPANISH


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", ["", "/es"])
def test_an_aid_opens_for_everybody_with_pictures_and_the_call_now_box(site, name, before):
    answer = site.visitor().get(f"{before}/decide/{name}")
    assert answer.status_code == 200
    numbers = sum("number" in row[key] for row in aids()[name]["numbers"] for key in ("a", "b"))
    assert answer.text.count('class="people"') == numbers
    assert "call-now" in answer.text
    levels = [
        int(level)
        for level in re.findall(r"<h([1-6])", answer.text[answer.text.index("<main") : answer.text.index("</main>")])
    ]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert "style=" not in answer.text
    assert "{" not in re.sub(r"hx-headers:inherited='[^']*'", "", answer.text)


def test_the_list_of_aids_leads_to_each(site):
    page = site.visitor().get("/decide").text
    for name in NAMES:
        assert f'href="/decide/{name}"' in page


def test_what_is_no_aid_is_not_found(site):
    assert site.visitor().get("/decide/nothing").status_code == 404
    assert site.visitor().get("/decide/about").status_code == 404


def test_the_choice_that_stands_first_changes_from_day_to_day(tmp_path):
    moment = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    site = empty_site(tmp_path, now=moment)
    first = []
    for day in range(4):
        site.clock[0] = moment + timedelta(days=day)
        first.append(_first(site.visitor().get("/decide/before-surgery").text))
    assert first in (["a", "b", "a", "b"], ["b", "a", "b", "a"])


@pytest.mark.parametrize("order", ["a", "b"])
def test_the_reader_can_turn_the_order_and_the_pictures_turn_with_it(site, order):
    page = site.visitor().get(f"/decide/before-surgery?order={order}").text
    assert _first(page) == order
    assert "Show the other choice first" in page
    numbers = page[page.index("What studies found") :]
    names = [aids()["before-surgery"]["options"][key]["name"].text_in("en") for key in "ab"]
    assert (numbers.index(names[0]) < numbers.index(names[1])) == (order == "a")


def _first(page):
    return re.search(r'id="choice-([ab])"', page)[1]


def test_what_matters_is_sorted_and_nothing_of_it_is_kept(site):
    visitor = site.visitor()
    page = post(visitor, "/decide/before-surgery", **{"value-time": "1", "value-children": "5"})
    assert page.status_code == 200
    ranked = page.text[page.text.index('id="ranked"') :]
    assert ranked.index("To be able to have a baby") < ranked.index("To be done soon")
    assert "To keep my rectum" not in ranked[: ranked.index("</ol>")]
    assert re.search(r'name="value-children" value="5" checked', page.text), "what was marked comes back"
    with site.database.read() as connection:
        assert connection.execute(select(questions)).all() == []
        assert connection.execute(select(inbox)).all() == []


def test_marking_nothing_is_told_at_the_first_scale(site):
    answer = post(site.visitor(), "/decide/before-surgery")
    assert answer.status_code == 422
    assert "Mark how much at least one of these matters to you." in answer.text


def test_a_mark_that_is_no_mark_is_refused(site):
    assert post(site.visitor(), "/decide/before-surgery", **{"value-time": "9"}).status_code == 422


def test_a_patient_may_send_it_to_the_team_and_it_lands_in_the_inbox(site):
    visitor = site.signed_in("patient")
    answer = post(visitor, "/decide/watch-or-surgery", **{"value-worry": "4", "value-no-bag": "5", "do": "send"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/decide/watch-or-surgery?sent=yes"
    assert "Your team has what matters to you." in visitor.get(answer.headers["location"]).text
    told, nurse = "To have no bag: Most of all; To worry less: A lot", site.signed_in("navigator")
    listed = nurse.get("/inbox").text
    (line,) = re.findall(r'<th scope="row"><a href="(/inbox/[^"]+)">Pat Example</a>', listed)
    opened = nurse.get(line).text
    assert told in opened
    link = re.search(r'href="(/questions/[^"]+)"', opened)
    assert link
    answer = nurse.get(link[1])
    assert answer.status_code == 200
    assert told in answer.text


def test_what_was_sent_is_done_when_it_is_ticked_and_stands_under_the_line_that_waits(site):
    patient, nurse = site.signed_in("patient"), site.signed_in("navigator")
    for value in ("5", "1"):
        post(patient, "/decide/watch-or-surgery", **{"value-no-bag": value, "do": "send"})
    with site.database.read() as connection:
        (line,) = connection.execute(select(inbox)).all()
        asked = [row.id for row in connection.execute(select(questions)).all()]
    assert (len(asked), line.status) == (2, "new")
    where = f"/questions/{site.people['patient']}"
    for identity in asked:
        assert post(nurse, where, question=identity, answer="").status_code == 303
    with site.database.read() as connection:
        assert connection.execute(select(inbox.c.status)).scalar_one() == "done"


def test_what_is_sent_lies_with_the_case_that_was_changed_last(site):
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    with site.database.write() as connection:
        for name, made, changed in (("older", 0, 9), ("newer", 1, 2)):
            connection.execute(
                insert(cases).values(
                    id=name, label=name, patient_account_id=site.people["patient"], created_by="nobody",
                    created_at=moment + timedelta(days=made), changed_at=moment + timedelta(days=changed),
                )
            )  # fmt: skip
    post(site.signed_in("patient"), "/decide/watch-or-surgery", **{"value-no-bag": "5", "do": "send"})
    with site.database.read() as connection:
        assert connection.execute(select(inbox.c.case_id)).scalar_one() == "older"
        assert connection.execute(select(questions.c.case_id)).scalar_one() == "older"


def test_a_second_press_sends_nothing_twice(site):
    patient, address = site.signed_in("patient"), "/decide/watch-or-surgery"
    data = {"csrf_token": token(patient.get(address).text), "value-no-bag": "5", "do": "send"}
    answers = [patient.post(address, data=data) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [f"{address}?sent=yes"] * 2
    with site.database.read() as connection:
        assert len(connection.execute(select(questions)).all()) == 1


def test_somebody_without_an_account_cannot_send(site):
    visitor = site.visitor()
    assert 'value="send"' not in visitor.get("/decide/before-surgery").text
    address = "/decide/before-surgery"
    answer = visitor.post(
        address, data={"csrf_token": token(visitor.get(address).text), "value-time": "3", "do": "send"}
    )
    assert answer.status_code == 200
    with site.database.read() as connection:
        assert connection.execute(select(inbox)).all() == []


def test_the_scale_runs_from_most_to_least():
    words = [load_texts()["decision_aids"]["scale"][mark].text_in("en") for mark in SCALE]
    assert words[0] == "Most of all"
    assert words[-1] == "Not at all"

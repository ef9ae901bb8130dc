"""A patient's questions: gathered, ordered, sent, ticked; and what the team sees of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from chemoplan.web.inbox import question_list as store
from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import accounts, cases, inbox, metadata, questions
from tests.web.test_slots import databases
from tests.web.visitors import Site, empty_site, post

PAGE = "/my/questions"


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def listed(page: str) -> list[str]:
    return re.findall(r'<p id="q-\d+">(.*?)</p>', page)


def id_of(page: str, place: int) -> str:
    return re.findall(r'value="remove\.([^"]+)"', page)[place]


def test_questions_come_from_the_guide_and_from_the_patient(site: Site) -> None:
    patient = site.signed_in("patient")
    slug, _, rows = store.suggestions()[3]
    answer = post(patient, PAGE, act="add", pick=[rows[0][0], "no-such.0"], own="  Can I\n travel? ")
    assert answer.status_code == 303
    assert listed(patient.get(PAGE).text) == [rows[0][1].text_in("en"), "Can I travel?"]
    post(patient, PAGE, act="add", own="Can I travel?")
    assert len(listed(patient.get(PAGE).text)) == 2, "a question stands on the list once"
    opened = patient.get(f"{PAGE}?topic={slug}").text
    assert opened.count('<details class="fold" open') == 1


def test_spanish_questions_are_kept_in_spanish(site: Site) -> None:
    patient = site.signed_in("patient")
    key, text = store.suggestions()[0][2][0]
    post(patient, f"/es{PAGE}", act="add", pick=key)
    assert listed(patient.get(PAGE).text) == [text.text_in("es")]


def test_the_order_is_the_patients_and_ends_do_not_move(site: Site) -> None:
    patient = site.signed_in("patient")
    for words in ("One", "Two", "Three"):
        post(patient, PAGE, own=words)
    post(patient, PAGE, act="up." + id_of(patient.get(PAGE).text, 2))
    assert listed(patient.get(PAGE).text) == ["One", "Three", "Two"]
    post(patient, PAGE, act="down." + id_of(patient.get(PAGE).text, 2))
    post(patient, PAGE, act="up." + id_of(patient.get(PAGE).text, 0))
    assert listed(patient.get(PAGE).text) == ["One", "Three", "Two"]
    post(patient, PAGE, act="remove." + id_of(patient.get(PAGE).text, 1))
    assert listed(patient.get(PAGE).text) == ["One", "Two"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"act": "add"}, "Write a question or tick one"),
        ({"act": "send"}, "Your list is empty"),
        ({"act": "up.nobody"}, "no longer on your list"),
        ({"own": "x" * 501}, "too long"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_and_nothing_typed_is_lost(site: Site, fields, told) -> None:
    answer = post(site.signed_in("patient"), PAGE, **fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert fields.get("own", "") in answer.text


def test_a_list_never_grows_without_end(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        assert (
            store.add(connection, site.people["patient"], [f"Question {number}" for number in range(60)], now)
            == store.MOST
        )
    answer = post(site.signed_in("patient"), PAGE, own="One more")
    assert answer.status_code == 422
    assert "up to 40 questions" in answer.text


def test_sent_questions_lie_in_the_inbox_once_with_the_case(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        connection.execute(
            insert(cases).values(
                id="case", label="Pat", patient_account_id=site.people["patient"], status="open", version=1, created_by="x",
                created_at=now, changed_at=now,
            )
        )  # fmt: skip
    patient = site.signed_in("patient")
    for words in ("One", "Two"):
        post(patient, PAGE, own=words)
        assert post(patient, PAGE, act="send").status_code == 303
    with site.database.read() as connection:
        line = connection.execute(select(inbox)).one()
        assert (line.kind, line.subject_id, line.case_id) == ("question", site.people["patient"], "case")
        assert connection.execute(select(questions.c.case_id)).scalars().all() == ["case", "case"]
    assert listed(patient.get(PAGE).text) == []


def test_what_was_sent_cannot_be_taken_back(site: Site) -> None:
    patient = site.signed_in("patient")
    post(patient, PAGE, own="One")
    identity = id_of(patient.get(PAGE).text, 0)
    post(patient, PAGE, act="send")
    assert post(patient, PAGE, act=f"remove.{identity}").status_code == 422
    with site.database.read() as connection:
        assert connection.execute(select(questions.c.text)).scalars().all() == ["One"]


def test_a_tick_tells_who_when_and_what_and_the_last_one_closes_the_line(site: Site) -> None:
    patient, doctor = site.signed_in("patient"), site.signed_in("clinician")
    post(patient, PAGE, own="One")
    post(patient, PAGE, own="Two")
    post(patient, PAGE, act="send")
    page = f"/questions/{site.people['patient']}"
    found = re.findall(r'name="question" value="([^"]+)"', doctor.get(page).text)
    assert len(found) == 2
    assert post(doctor, page, question=found[0], answer="Yes, after cycle two.").status_code == 303
    with site.database.read() as connection:
        assert connection.execute(select(inbox.c.status)).scalar_one() == "new"
    assert post(doctor, page, question=found[1]).status_code == 303
    shown = patient.get(PAGE).text
    assert "Yes, after cycle two." in shown
    assert shown.count("Ana Rivera, MD") == 2
    with site.database.read() as connection:
        assert connection.execute(select(inbox.c.status)).scalar_one() == "done"


def test_the_second_tick_is_told_and_its_words_are_kept(site: Site) -> None:
    patient, doctor, nurse = site.signed_in("patient"), site.signed_in("clinician"), site.signed_in("navigator")
    post(patient, PAGE, own="One")
    post(patient, PAGE, own="Two")
    post(patient, PAGE, act="send")
    page = f"/questions/{site.people['patient']}"
    question = re.findall(r'name="question" value="([^"]+)"', doctor.get(page).text)[0]
    post(doctor, page, question=question, answer="First words")
    late = post(nurse, page, question=question, answer="Second words")
    assert late.status_code == 422
    assert "Second words" in late.text
    assert "First words" in late.text


def test_the_team_reads_sent_questions_alone_and_others_read_none(site: Site) -> None:
    patient = site.signed_in("patient")
    post(patient, PAGE, own="Not yet sent")
    page = f"/questions/{site.people['patient']}"
    assert "Not yet sent" not in site.signed_in("navigator").get(page).text
    assert patient.get(page).status_code == 403
    nurse = site.signed_in("pharmacist")
    assert nurse.get("/questions/nobody").status_code == 404
    assert nurse.get(f"/questions/{site.people['clinician']}").status_code == 404


def test_no_patient_changes_the_list_of_another(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        store.add(connection, site.people["patient"], ["Mine"], now)
        connection.execute(update(questions).values(account_id=site.people["referrer"]))
        identity = connection.execute(select(questions.c.id)).scalar_one()
    patient = site.signed_in("patient")
    assert post(patient, PAGE, act=f"remove.{identity}").status_code == 422
    assert post(patient, PAGE, act="send").status_code == 422
    assert "Mine" not in patient.get(PAGE).text


# Two at once


@pytest.fixture(params=databases(), ids=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that holds a patient with one question that was sent, and its line of the inbox."""
    path, now = tmp_path / "questions.db", datetime.now(UTC)
    path.touch()
    database = Database(f"sqlite:///{path}" if request.param == "sqlite" else request.param)
    if not database.sqlite:
        metadata.drop_all(database.engine)
    metadata.create_all(database.engine)
    with database.write() as connection:
        connection.execute(
            insert(accounts).values(id="pat", role="patient", name="Pat", email="pat@example.example", created_at=now)
        )
        store.send_one(connection, "one", "pat", "One", now)
    yield database
    if not database.sqlite:
        metadata.drop_all(database.engine)
    database.close()


def waiting(db: Database) -> int:
    """How many lines of the inbox wait."""
    with db.read() as connection:
        return len(connection.execute(select(inbox.c.id).where(inbox.c.status != "done")).all())


@pytest.mark.parametrize("way", ["list", "aid"])
def test_a_question_that_is_sent_while_the_last_one_is_ticked_has_a_line_that_waits(db: Database, way: str) -> None:
    now = datetime.now(UTC)

    def tick() -> None:
        with db.write() as connection:
            assert store.address(connection, "pat", "one", "", "nurse", now)

    nurse = threading.Thread(target=tick)
    with db.write() as connection:
        if way == "list":
            store.add(connection, "pat", ["Two"], now)
            assert store.send(connection, "pat", now) == 1
        else:
            store.send_one(connection, "two", "pat", "Two", now)
        nurse.start()
        nurse.join(0.5)
    nurse.join()
    assert waiting(db) == 1


def test_a_question_that_is_sent_while_the_line_is_closed_opens_a_new_one(db: Database) -> None:
    now = datetime.now(UTC)

    def send() -> None:
        with db.write() as connection:
            store.send_one(connection, "two", "pat", "Two", now)

    patient = threading.Thread(target=send)
    with db.write() as connection:
        assert store.address(connection, "pat", "one", "", "nurse", now)
        patient.start()
        patient.join(0.5)
    patient.join()
    assert waiting(db) == 1

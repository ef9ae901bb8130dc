"""The weekly check-in: what follows from the answers, what a patient reads at once, what a nurse sees and answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, insert, select

from chemoplan.knowledge.load import load_knowledge
from chemoplan.knowledge.people_texts import load_texts
from chemoplan.web.inbox import check_in_store
from chemoplan.web.inbox.check_in import CheckInRefused, advice_for, assess, check_in, courses, read_check_in
from chemoplan.web.inbox.trend import trend
from chemoplan.web.inbox.triage import LEVELS
from chemoplan.web.store.tables import accounts, audit_log, check_ins, inbox, new_id
from tests.web.visitors import Site, empty_site, post

FORM = check_in()
WELL = {symptom.id: symptom.answers[0].id for symptom in FORM.symptoms}
PAGE = "/my/check-in"


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def another(connection: Connection, name: str) -> str:
    identity = new_id()
    connection.execute(
        insert(accounts).values(
            id=identity, role="patient", name=name, email=f"{name}@example.example", language="en", active=True,
            created_at=datetime.now(UTC),
        )
    )  # fmt: skip
    return identity


def headings(page: str) -> list[str]:
    return re.findall(r"<h1>(.*?)</h1>", page)


# What follows from the answers

LEVEL_OF = [
    ({}, "routine", False),
    ({"fever": "high"}, "now", False),
    ({"fever": "chills"}, "now", False),
    ({"fever": "gone"}, "now", False),
    ({"chest": "gone"}, "now", False),
    ({"chest": "rest"}, "now", True),
    ({"breathing": "stairs"}, "today", False),
    ({"breathing": "room"}, "now", True),
    ({"breathing": "rest"}, "now", True),
    ({"cough": "some"}, "today", False),
    ({"cough": "blood"}, "now", False),
    ({"bleeding": "drops"}, "soon", False),
    ({"bleeding": "black"}, "now", False),
    ({"diarrhea": "few"}, "soon", False),
    ({"diarrhea": "more"}, "now", False),
    ({"vomiting": "some"}, "soon", False),
    ({"vomiting": "nothing-stays"}, "now", False),
    ({"faint": "dizzy"}, "today", False),
    ({"faint": "stroke"}, "now", True),
    ({"mood": "harm"}, "now", False),
    ({"mood": "danger"}, "now", True),
    ({"numb": "tingle"}, "routine", False),
    ({"numb": "dress"}, "today", False),
    ({"hand-foot": "hurts"}, "today", False),
    ({"yellow": "yellow"}, "now", False),
    ({"swelling": "swollen"}, "now", False),
    ({"port": "swollen"}, "now", False),
    ({"tired": "rest", "drinking": "less"}, "routine", False),
    # together they weigh more
    ({"diarrhea": "few", "fever": "gone"}, "now", False),
    ({"diarrhea": "few", "drinking": "hardly"}, "now", False),
    ({"faint": "dizzy", "vomiting": "some"}, "now", False),
    ({"mouth": "soft", "fever": "gone"}, "now", False),
    ({"faint": "dizzy", "stoma": "watery"}, "now", False),
]


@pytest.mark.parametrize(("more", "level", "emergency"), LEVEL_OF)
def test_the_level_is_the_most_urgent_of_all_that_was_said(more, level, emergency) -> None:
    found = assess(FORM, {**WELL, **more})
    assert (found.level, found.emergency) == (level, emergency)


@pytest.mark.parametrize("symptom", [item.id for item in FORM.symptoms])
def test_what_was_left_open_is_never_read_as_none(symptom) -> None:
    answers = {name: value for name, value in WELL.items() if name != symptom}
    found = assess(FORM, answers)
    assert found.level != "routine"
    assert found.unsaid == (symptom,)
    assert assess(FORM, {**answers, symptom: "unsaid"}).level == found.level


@pytest.mark.parametrize("symptom", [item.id for item in FORM.symptoms])
def test_no_more_urgent_answer_ever_lowers_the_level(symptom) -> None:
    order = [LEVELS.index(answer.level) for answer in FORM.symptom(symptom).answers]  # type: ignore[union-attr]
    for answer, own in zip(FORM.symptom(symptom).answers, order, strict=True):  # type: ignore[union-attr]
        assert LEVELS.index(assess(FORM, {**WELL, symptom: answer.id}).level) <= own
    assert order == sorted(order, reverse=True), "answers stand from none to the worst"


def test_much_worse_than_last_week_weighs_more_than_the_same_for_weeks() -> None:
    now = {**WELL, "tired": "limits"}
    assert assess(FORM, now, before=WELL).level == "today"
    assert assess(FORM, now, before=now).level == "soon"
    assert assess(FORM, now, before={}).level == "soon", "what was not said last week is no grade 0"


def test_words_of_ones_own_are_read_by_somebody() -> None:
    assert assess(FORM, {**WELL, "note": "The pump beeps"}).level == "soon"
    assert assess(FORM, {**WELL, "note": "  "}).level == "routine"


def test_what_to_do_at_once_comes_with_the_answers_that_ask_for_it() -> None:
    assert [row["id"] for row in advice_for(FORM, {**WELL, "chest": "effort", "diarrhea": "many"})] == [
        "heart",
        "tablets",
    ]
    assert advice_for(FORM, WELL) == []


# The data


def test_every_source_and_scale_of_the_check_in_exists() -> None:
    knowledge = load_knowledge()
    scales = knowledge.dosing.grade_scales
    rows = [line for item in FORM.symptoms for line in item.evidence] + [
        line for row in FORM.words["advice"] for line in row["evidence"]
    ]
    for line in [*rows, *FORM.words["levels_evidence"]]:
        assert line["source"] in knowledge.sources, line
        assert line["status"] in ("verified", "partly", "unverified")
    for item in FORM.symptoms:
        grades = {answer.grade for answer in item.answers if answer.grade}
        if item.scale:
            assert grades <= {step.grade for step in scales[item.scale].grades}, item.id
            assert scales[item.scale].term == item.term
        if any(line["source"].startswith("ctcae") and line["status"] == "verified" for line in item.evidence):
            assert item.scale, f"{item.id}: verified against no scale of the knowledge"


def test_the_urgent_words_of_the_check_in_and_of_the_red_box_name_the_same_signs() -> None:
    box = " ".join(text.text_in("en") for text in load_texts()["call_now"]["reasons"])
    for sign, symptom, answer in [
        ("100.4", "fever", "high"), ("chills", "fever", "chills"), ("four or more", "diarrhea", "more"),
        ("fluids down", "vomiting", "nothing-stays"), ("belly pain", "belly", "bad"), ("yellow", "yellow", "yellow"),
    ]:  # fmt: skip
        assert sign in box
        assert assess(FORM, {**WELL, symptom: answer}).level == "now"


def test_data_with_a_level_that_nobody_knows_is_refused_with_its_place() -> None:
    data = dict(load_texts()["symptoms"])
    rows = [dict(row) for row in data["symptoms"]]
    rows[1]["unsaid"] = "later"
    with pytest.raises(CheckInRefused, match=r"symptom breathing, unsaid: level 'later'; expected one of now"):
        read_check_in({**data, "symptoms": rows})
    with pytest.raises(CheckInRefused, match="no symptom 'hair'"):
        read_check_in({**data, "together": [{"id": "x", "all": {"hair": 1}, "level": "now", "says": None}]})


def test_a_course_shows_what_was_not_said_as_a_gap() -> None:
    rows = courses(
        FORM, [WELL, {**WELL, "rash": "small"}, {name: value for name, value in WELL.items() if name != "rash"}]
    )
    assert [(symptom.id, [answer.grade if answer else None for answer in told]) for symptom, told in rows] == [
        ("rash", [0, 1, None])
    ]
    picture = str(trend([0, 1, None], "Rash"))
    assert "<title>Rash: 0, 1, ?</title>" in picture
    assert (picture.count("<circle"), picture.count("<rect"), picture.count('class="g-path"')) == (2, 1, 1)


# The patient


def test_the_page_after_it_says_first_what_to_do_and_the_number(site: Site) -> None:
    patient = site.signed_in("patient")
    answer = post(patient, PAGE, **{**WELL, "chest": "rest"})
    assert answer.status_code == 303
    page = patient.get(answer.headers["location"]).text
    assert headings(page) == ["Call 911 now"]
    main = page[page.index("<main") :]
    assert main.index('href="tel:911"') < main.index('href="tel:+18005550142"') < main.index("Why we say this")
    assert "stop the tablets" in main
    spanish = patient.get("/es" + answer.headers["location"]).text
    assert headings(spanish) == ["Llame al 911 ahora"]


@pytest.mark.parametrize(("answer", "heading"), [("harm", "Call us now"), ("danger", "Call 911 now")])
def test_who_thinks_of_harm_to_oneself_reads_of_the_crisis_line(site: Site, answer, heading) -> None:
    patient = site.signed_in("patient")
    page = patient.get(post(patient, PAGE, **{**WELL, "mood": answer}).headers["location"]).text
    assert headings(page) == [heading]
    assert "Call or text 988 now." in page[page.index("<main") :]


def test_nothing_picked_is_asked_again_and_nothing_is_kept(site: Site) -> None:
    patient = site.signed_in("patient")
    answer = post(patient, PAGE)
    assert answer.status_code == 422
    assert "Pick a line for at least one question" in answer.text
    with site.database.read() as connection:
        assert connection.execute(select(check_ins)).all() == []


def test_a_fault_in_one_field_hides_no_alarm_and_loses_no_answer(site: Site) -> None:
    patient = site.signed_in("patient")
    answer = post(patient, PAGE, **{**WELL, "fever": "high", "note": "x" * 1001})
    assert answer.status_code == 422
    assert headings(answer.text) == ["Call us now"]
    assert re.search(r'name="fever" value="high" checked', answer.text)
    assert "x" * 1001 in answer.text
    calm = post(patient, PAGE, rash="small", note="x" * 1001)
    assert headings(calm.text) == ["Weekly check-in"], "what was left open alone raises no alarm in mid form"
    assert post(patient, PAGE, fever="spots").status_code == 422


def test_a_check_in_lies_in_the_inbox_at_its_level(site: Site) -> None:
    patient = site.signed_in("patient")
    post(patient, PAGE, **{**WELL, "hand-foot": "hurts"})
    with site.database.read() as connection:
        row = connection.execute(select(inbox)).one()
        assert (row.kind, row.urgency, row.status) == ("symptom", "today", "new")
        kept = connection.execute(select(check_ins)).one()
        assert kept.id == row.subject_id
        assert kept.answers["hand-foot"] == "hurts"
        lines = connection.execute(
            select(audit_log.c.action, audit_log.c.detail).where(audit_log.c.kind == "check-in")
        ).all()
    assert [line.action for line in lines] == ["sent"]
    assert "hurts" not in lines[0].detail


def test_nobody_reads_the_check_in_of_another_patient(site: Site) -> None:
    with site.database.write() as connection:
        other = another(connection, "Other")
        identity, _ = check_in_store.send(connection, FORM, other, WELL, "en", datetime.now(UTC))
    assert site.signed_in("patient").get(f"{PAGE}/{identity}").status_code == 404
    assert site.visitor().get(f"{PAGE}/{identity}").status_code == 303


# The nurse


def test_a_nurse_answers_and_the_patient_reads_it(site: Site) -> None:
    patient, nurse = site.signed_in("patient"), site.signed_in("navigator")
    where = post(patient, PAGE, **{**WELL, "diarrhea": "few"}).headers["location"]
    alert = "/symptoms/" + where.rsplit("/", 1)[1]
    assert "One to three more a day" in nurse.get(alert).text
    assert post(nurse, alert, answer="").status_code == 422
    assert post(nurse, alert, answer="Drink small sips.\nCall if it gets worse.").status_code == 303
    assert "Drink small sips." in patient.get(where).text
    assert "Noor Navigator, RN" in patient.get(where).text
    with site.database.read() as connection:
        assert connection.execute(select(inbox.c.status)).scalar_one() == "done"


def test_of_two_nurses_who_answer_at_once_the_second_is_told_and_loses_nothing(site: Site) -> None:
    patient, nurse, doctor = site.signed_in("patient"), site.signed_in("navigator"), site.signed_in("clinician")
    alert = "/symptoms/" + post(patient, PAGE, **WELL).headers["location"].rsplit("/", 1)[1]
    form = re.search(r'name="csrf_token" value="([0-9a-f]+)"', doctor.get(alert).text)
    assert form
    post(nurse, alert, answer="Fine.")
    late = doctor.post(alert, data={"csrf_token": form[1], "answer": "My own words"})
    assert late.status_code == 422
    assert "My own words" in late.text
    assert "Fine." in late.text


def test_the_queue_puts_danger_first_and_names_who_sent_nothing(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        for name, days, more in (
            ("Calm", 1, {}),
            ("Danger", 0, {"chest": "rest"}),
            ("Feverish", 2, {"fever": "high"}),
            ("Silent", 9, {}),
        ):
            identity = another(connection, name)
            sent, _ = check_in_store.send(
                connection, FORM, identity, {**WELL, **more}, "en", now - timedelta(days=days)
            )
            if name == "Silent":
                check_in_store.answer(connection, sent, now, site.people["navigator"], "Good.")
    page = site.signed_in("navigator").get("/symptoms").text
    waiting = page[page.index("Waiting (3)") : page.index("No check-in this week")]
    assert re.findall(r'<th scope="row"><a[^>]*>(\w+)</a>', waiting) == ["Danger", "Feverish", "Calm"]
    late = page[page.index("No check-in this week (1)") : page.index("Answered")]
    assert "Silent" in late
    assert "9 days ago" in late


def test_a_queue_longer_than_a_page_says_how_many_wait_and_goes_on(site: Site) -> None:
    now, names = datetime.now(UTC), [f"Calm{number:02}" for number in range(60)]
    with site.database.write() as connection:
        for number, name in enumerate(names):
            check_in_store.send(connection, FORM, another(connection, name), WELL, "en", now - timedelta(hours=number))
        for number in range(51):
            person = another(connection, f"Feverish{number}")
            check_in_store.send(
                connection, FORM, person, {**WELL, "fever": "high"}, "en", now - timedelta(minutes=number + 1)
            )
        check_in_store.send(connection, FORM, another(connection, "Danger"), {**WELL, "chest": "rest"}, "en", now)
    nurse = site.signed_in("navigator")
    pages = [nurse.get("/symptoms" + query).text for query in ("", "?page=2", "?page=3")]
    assert all("Waiting (112)" in page for page in pages)
    found = [re.findall(r'<th scope="row"><a[^>]*>(\w+)</a>', page) for page in pages]
    assert [len(part) for part in found] == [50, 50, 12]
    assert len({name for part in found for name in part}) == 112
    assert found[0][0] == "Danger", "a danger to life comes before older ones of the same level, on the first page"
    assert found[2][-1] == names[0]
    assert 'href="/symptoms?page=2"' in pages[0]
    assert 'rel="next"' not in pages[2]
    assert "No check-in is left on this page." in nurse.get("/symptoms?page=9").text


def test_the_course_of_each_line_ends_with_that_line_and_the_queue_asks_as_often_for_many_as_for_one(
    site: Site,
) -> None:
    now, nurse = datetime.now(UTC), site.signed_in("navigator")

    def asked() -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        engine = site.app.state.building.database.engine
        event.listen(engine, "before_cursor_execute", note)
        assert nurse.get("/symptoms").status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        return count

    with site.database.write() as connection:
        person = another(connection, "Pat")
        check_in_store.send(connection, FORM, person, WELL, "en", now - timedelta(days=20))
    nurse.get("/symptoms")
    few = asked()
    with site.database.write() as connection:
        for days in range(8):
            answers = {**WELL, "fever": "high"} if days == 0 else WELL
            identity, _ = check_in_store.send(connection, FORM, person, answers, "en", now - timedelta(days=days))
            one = check_in_store.upto(connection, person, now - timedelta(days=days))
            assert check_in_store.pasts(connection, [identity]) == {identity: [row.answers for row in one]}
        rows, _ = check_in_store.queue(connection, FORM)
        assert check_in_store.pasts(connection, [row.id for row in rows]) == {
            row.id: [past.answers for past in check_in_store.upto(connection, person, row.created_at)] for row in rows
        }
    assert asked() == few


def test_of_many_who_are_late_the_first_are_named_and_all_are_counted(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        for number in range(53):
            name = f"Silent{number:02}"
            check_in_store.send(
                connection, FORM, another(connection, name), WELL, "en", now - timedelta(days=9 + number)
            )
    page = site.signed_in("navigator").get("/symptoms").text
    late = page[page.index("No check-in this week (53)") : page.index("Answered")]
    named = re.findall(r">(Silent\d\d)</a>", late)
    assert (len(named), named[0]) == (50, "Silent52")
    assert "Shown are the 50 who were silent longest." in late


def test_the_days_of_grace_and_the_levels_of_alarm_are_data(site: Site) -> None:
    now, tree = datetime.now(UTC), load_texts()["symptoms"]
    with site.database.write() as connection:
        check_in_store.send(connection, FORM, another(connection, "Pat"), WELL, "en", now - timedelta(days=9))
    assert (FORM.grace_days, FORM.alarms) == (1, {"now", "today"})
    for grace, count in ((1, 1), (3, 0)):
        with site.database.read() as connection:
            found = check_in_store.missed(connection, read_check_in({**tree, "grace_days": grace}), now)
        assert (len(found[0]), found[1]) == (count, count)
    with pytest.raises(CheckInRefused, match="alarms: level 'loud'"):
        read_check_in({**tree, "alarms": ["loud"]})


def test_only_the_care_team_opens_the_queue(site: Site) -> None:
    assert site.signed_in("patient").get("/symptoms").status_code == 403
    assert site.signed_in("administrator").get("/symptoms").status_code == 403
    assert site.signed_in("navigator").get("/symptoms/nothing").status_code == 404


# FHIR


def test_the_form_is_a_questionnaire_that_anybody_may_read(site: Site) -> None:
    found = site.visitor().get("/symptoms/questionnaire.json").json()
    assert found["resourceType"] == "Questionnaire"
    items = [item for group in found["item"] if group["type"] == "group" for item in group["item"]]
    assert [item["linkId"] for item in items] == [symptom.id for symptom in FORM.symptoms]
    fever = items[0]
    assert fever["_text"]["extension"][0]["extension"][1]["valueString"] == "¿Tiene fiebre o escalofríos?"
    codes = [option["valueCoding"]["code"] for option in fever["answerOption"]]
    assert codes == ["fever.none", "fever.gone", "fever.chills", "fever.high", "fever.very-high", "unsaid"]


def test_a_response_tells_what_was_not_said_from_what_was_none(site: Site) -> None:
    patient = site.signed_in("patient")
    sent = post(patient, PAGE, fever="none", mood="unsaid", note="Hello").headers["location"].rsplit("/", 1)[1]
    found = site.signed_in("navigator").get(f"/symptoms/{sent}/response.json").json()
    items = {item["linkId"]: item for group in found["item"] for item in group.get("item", [])}
    assert items["fever"]["answer"][0]["valueCoding"]["code"] == "fever.none"
    assert items["mood"]["extension"][0]["valueCode"] == "asked-declined"
    assert items["rash"]["extension"][0]["valueCode"] == "unknown"
    assert found["item"][-1] == {"linkId": "note", "answer": [{"valueString": "Hello"}]}
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", found["id"])
    assert patient.get(f"/symptoms/{sent}/response.json").status_code == 403

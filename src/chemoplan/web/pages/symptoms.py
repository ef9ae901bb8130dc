"""The weekly check-in of a patient, and the queue in which nurses answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chemoplan.knowledge.people_texts import Text
from chemoplan.web.access import CARE_TEAM, PATIENT, PUBLIC, page
from chemoplan.web.forms import Field, Form, read_page
from chemoplan.web.inbox import check_in_store as store
from chemoplan.web.inbox.check_in import (
    NOTE,
    UNSAID,
    Assessment,
    CheckIn,
    advice_for,
    assess,
    check_in,
    courses,
    is_emergency,
    reason_lines,
    worst,
)
from chemoplan.web.inbox.check_in_fhir import MEDIA_TYPE, questionnaire, questionnaire_response
from chemoplan.web.inbox.trend import trend
from chemoplan.web.inbox.triage import TONES, age
from chemoplan.web.store.tables import check_ins
from chemoplan.web.visit import Visit

NOTE_LENGTH = 1000
ANSWER = (Field("answer", "textarea", "symptoms.answer", hint="symptoms.answer_hint", max_length=2000),)


@page("/my/check-in", name="my-check-in", who=PATIENT, methods=("GET", "POST"))
def fill_in(visit: Visit) -> Response:
    """How somebody is this week. What to do about it comes at once, before anything else."""
    assert visit.account
    form = check_in()
    fields = _fields(visit, form)
    if visit.method == "GET":
        with visit.db.read() as connection:
            earlier = store.own(connection, visit.account.id)
        if earlier:
            visit.seen("check-ins", visit.account.id)
        return visit.page(
            "symptoms/check_in.html.j2", form=Form(fields), check=form, earlier=earlier, alarm=None, advice=()
        )
    sent = Form.read(_fields(visit, form, shown=False), visit.data)
    answers = {name: value for name, value in sent.values.items() if value}
    if not any(sent.values.values()):
        sent.add_error(form.symptoms[0].id, "symptoms.nothing")
    if sent.errors:
        # A fault in one field must not hide what another one says: the alarm comes with the page.
        valid = {name: value for name, value in answers.items() if not sent.error(name)}
        found = assess(form, valid)
        alarm = found if found.level in form.alarms and _told(found) else None
        return visit.page(
            "symptoms/check_in.html.j2",
            status=422,
            form=Form(fields, sent.values, sent.errors),
            check=form,
            earlier=(),
            alarm=alarm,
            advice=advice_for(form, valid),
        )
    with visit.db.write() as connection:
        if not visit.made_before(connection, check_ins):
            person, words = visit.account.id, visit.language
            identity, found = store.send(connection, form, person, answers, words, visit.now, visit.form_id)
            visit.record(connection, "sent", "check-in", identity, level=found.level)
    return visit.redirect("my-check-in-result", id=visit.form_id)


def _told(found: Assessment) -> bool:
    """Whether something that was said led to the level, rather than what was not said."""
    return any(reason["level"] == found.level and reason.get("answer") != UNSAID for reason in found.reasons)


def _fields(visit: Visit, form: CheckIn, *, shown: bool = True) -> tuple[Field, ...]:
    """The questions. On the page none is marked as one to leave out: that is what its last line is for. Read, any may be missing."""
    say = visit.speaker.plain
    unsaid = (UNSAID, say(form.words["unsaid"]))
    questions = [
        Field(
            item.id, "radios", say(item.ask), hint=say(item.hint) if item.hint else None, required=shown, words=True,
            choices=(*((answer.id, say(answer.words)) for answer in item.answers), unsaid),
        )
        for item in form.symptoms
    ]  # fmt: skip
    note = Field(
        NOTE, "textarea", say(form.words["open_ended"]), hint=say(form.words["open_ended_hint"]), required=False, words=True,
        max_length=NOTE_LENGTH,
    )  # fmt: skip
    return (*questions, note)


@page("/my/check-in/{id}", name="my-check-in-result", who=PATIENT)
def result(visit: Visit) -> Response:
    """What to do now; below it what was said, and what the nurse answered."""
    with visit.db.read() as connection:
        row = store.one(connection, visit.path_params["id"])
    if row is None or visit.account is None or row.account_id != visit.account.id:
        return visit.not_found()
    visit.seen("check-in", row.id)
    form = check_in()
    return visit.page(
        "symptoms/result.html.j2", row=row, check=form, emergency=is_emergency(form, row.answers),
        advice=advice_for(form, row.answers), reasons=reason_lines(form, row.reasons, visit.speaker.plain),
        answers=_answers(form, row.answers),
    )  # fmt: skip


def _answers(form: CheckIn, answers: Mapping[str, str]) -> list[tuple[Text, Text]]:
    found = []
    for symptom in form.symptoms:
        answer = symptom.answer(answers.get(symptom.id))
        found.append((symptom.ask, answer.words if answer else form.words["unsaid"]))
    return found


@page("/symptoms", name="symptoms", who=CARE_TEAM)
def queue(visit: Visit) -> Response:
    """What waits for a nurse, the most urgent first; who sent nothing; what was answered."""
    form, number = check_in(), read_page(visit.query)
    with visit.db.read() as connection:
        waiting, total = store.queue(connection, form, number)
        answered = store.answered(connection)
        late, late_total = store.missed(connection, form, visit.now)
        past = store.pasts(connection, [row.id for row in waiting])
    visit.seen("check-ins", "all")
    lines: list[dict[str, Any]] = [
        {
            "row": row,
            "age": age(row.created_at, visit.now),
            "reasons": reason_lines(form, row.reasons, visit.speaker.plain),
            "emergency": is_emergency(form, row.answers),
            **_course([worst(form, answers) for answers in past[row.id]], visit.t("symptoms.trend_of_worst")),
        }
        for row in waiting
    ]
    return visit.page(
        "symptoms/queue.html.j2", lines=lines, answered=answered, late=late, check=form, tones=TONES, total=total,
        late_total=late_total, number=number, more=total > number * store.PAGE, age=lambda moment: age(moment, visit.now),
    )  # fmt: skip


def _course(grades: list[int | None], title: str) -> dict[str, str]:
    return {
        "trend": trend(grades, title),
        "course": ", ".join("?" if grade is None else str(grade) for grade in grades),
    }


@page("/symptoms/{id}", name="symptom-alert", who=CARE_TEAM, methods=("GET", "POST"))
def alert(visit: Visit) -> Response:
    """One check-in beside the last ones, and the answer to it."""
    assert visit.account
    identity = visit.path_params["id"]
    with visit.db.read() as connection:
        row = store.one(connection, identity)
        past = store.upto(connection, row.account_id, row.created_at) if row else []
    if row is None:
        return visit.not_found()
    form = Form(ANSWER)
    if visit.method == "POST":
        form = Form.read(ANSWER, visit.data)
        if not form.errors:
            with visit.db.write() as connection:
                if store.answer(connection, identity, visit.now, visit.account.id, form.values["answer"]):
                    visit.record(connection, "answered", "check-in", identity)
                    return visit.redirect("symptom-alert", id=identity)
            form.add_error("answer", "symptoms.already")
            with visit.db.read() as connection:
                row = store.one(connection, identity) or row
    visit.seen("check-in", identity)
    check = check_in()
    rows = [
        (symptom, answers, trend([item.grade if item else None for item in answers], str(symptom.short)))
        for symptom, answers in courses(check, [before.answers for before in past])
    ]
    return visit.page(
        "symptoms/alert.html.j2", status=422 if form.errors else 200, row=row, form=form, check=check, past=past, rows=rows,
        reasons=reason_lines(check, row.reasons, visit.speaker.plain), tones=TONES, age=age(row.created_at, visit.now),
        note=row.answers.get(NOTE, ""),
        advice=advice_for(check, row.answers),
        emergency=is_emergency(check, row.answers),
    )  # fmt: skip


@page("/symptoms/questionnaire.json", name="symptoms-questionnaire", who=PUBLIC, languages=("en",))
def form_file(visit: Visit) -> Response:
    """The check-in as a FHIR Questionnaire. It holds nothing about anybody."""
    found = questionnaire(check_in())
    return visit.download(
        json.dumps(found, ensure_ascii=False, indent=1), MEDIA_TYPE, "questionnaire.json", inline=True
    )


@page("/symptoms/{id}/response.json", name="symptoms-response", who=CARE_TEAM)
def response_file(visit: Visit) -> Response:
    """One check-in as a FHIR QuestionnaireResponse."""
    with visit.db.read() as connection:
        row = store.one(connection, visit.path_params["id"])
    if row is None:
        return visit.not_found()
    visit.seen("check-in", row.id, format="fhir")
    found = questionnaire_response(check_in(), row.id, row.account_id, row.answers, row.created_at, row.language)
    return visit.download(json.dumps(found, ensure_ascii=False, indent=1), MEDIA_TYPE, "check-in.json")

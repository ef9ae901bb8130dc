"""A patient's list of questions, and the page on which the team ticks and answers them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select
from starlette.responses import Response

from chemoplan.web.access import CARE_TEAM, PATIENT, PATIENT_ROLE, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.inbox import question_list as store
from chemoplan.web.store.tables import accounts
from chemoplan.web.visit import Visit

OWN = Field("own", "textarea", "questions.own", hint="questions.own_hint", required=False, max_length=store.LONGEST)
ADD = (OWN,)
ANSWER = (
    Field("answer", "textarea", "questions.answer", hint="questions.answer_hint", required=False, max_length=2000),
)
Act = Callable[[Connection, str, str], bool]
ACTS: dict[str, Act] = {
    "up": lambda connection, me, identity: store.move(connection, me, identity, -1),
    "down": lambda connection, me, identity: store.move(connection, me, identity, 1),
    "remove": store.remove,
}
"""What can be done with one question before it is sent."""


@page("/my/questions", name="my-questions", who=PATIENT, methods=("GET", "POST"))
def my_questions(visit: Visit) -> Response:
    """The list: gather, order, send; below it what was sent, with ticks and answers."""
    assert visit.account
    me = visit.account.id
    form, picked = Form(ADD), []
    if visit.method == "POST":
        form = Form.read(ADD, visit.data)
        picked = [str(key) for key in visit.data.getlist("pick")]
        act, _, identity = str(visit.data.get("act", "add")).partition(".")
        if act == "add":
            done = _add(visit, form, picked)
        elif act == "send":
            done = _send(visit, form)
        else:
            done = _change(visit, form, act, identity)
        if done:
            return done
    with visit.db.read() as connection:
        own, sent = store.unsent(connection, me), store.sent(connection, me)
    if own or sent:
        visit.seen("questions", me)
    return visit.page(
        "questions/mine.html.j2", status=422 if form.errors else 200, form=form, own=own, sent=sent, picked=picked,
        topics=store.suggestions(), topic=visit.query.get("topic", ""),
    )  # fmt: skip


def _add(visit: Visit, form: Form, picked: list[str]) -> Response | None:
    assert visit.account
    known = {key: text for _, _, rows in store.suggestions() for key, text in rows}
    texts = [visit.speaker.plain(known[key]) for key in picked if key in known]
    if form.values["own"]:
        texts.append(" ".join(form.values["own"].split()))
    if not texts and not form.errors:
        form.add_error("own", "questions.nothing")
    if form.errors:
        return None
    with visit.db.write() as connection:
        if len(store.unsent(connection, visit.account.id)) + len(texts) > store.MOST:
            form.add_error("own", "questions.too_many")
            return None
        if store.add(connection, visit.account.id, texts, visit.now):
            visit.record(connection, "added", "questions", visit.account.id, count=len(texts))
    return visit.redirect("my-questions")


def _send(visit: Visit, form: Form) -> Response | None:
    assert visit.account
    with visit.db.write() as connection:
        count = store.send(connection, visit.account.id, visit.now)
        if count:
            visit.record(connection, "sent", "questions", visit.account.id, count=count)
    if not count:
        form.add_error("own", "questions.empty_list")
        return None
    return visit.redirect("my-questions", query={"sent": "yes"})


def _change(visit: Visit, form: Form, act: str, identity: str) -> Response | None:
    assert visit.account
    with visit.db.write() as connection:
        if act in ACTS and ACTS[act](connection, visit.account.id, identity):
            visit.record(connection, act, "questions", visit.account.id)
            return visit.redirect("my-questions")
    form.add_error("own", "questions.gone")
    return None


@page("/questions/{id}", name="question-list", who=CARE_TEAM, methods=("GET", "POST"))
def question_list(visit: Visit) -> Response:
    """The questions of one patient: each is ticked once it was talked about, with an answer in words if there is one."""
    assert visit.account
    person = visit.path_params["id"]
    form, ticked = Form(ANSWER), ""
    with visit.db.read() as connection:
        row = connection.execute(
            select(accounts.c.id, accounts.c.name, accounts.c.language).where(
                accounts.c.id == person, accounts.c.role == PATIENT_ROLE
            )
        ).one_or_none()
    if row is None:
        return visit.not_found()
    if visit.method == "POST":
        form, ticked = Form.read(ANSWER, visit.data), str(visit.data.get("question", ""))
        if not form.errors:
            with visit.db.write() as connection:
                if store.address(connection, person, ticked, form.values["answer"], visit.account.id, visit.now):
                    visit.record(connection, "addressed", "questions", person, question=ticked)
                    return visit.redirect("question-list", id=person)
            form.add_error("answer", "questions.already")
    with visit.db.read() as connection:
        sent = store.sent(connection, person)
    visit.seen("questions", person)
    return visit.page(
        "questions/list.html.j2", status=422 if form.errors else 200, row=row, sent=sent, form=form, ticked=ticked,
        case_id=next((question.case_id for question in sent if question.case_id), None),
    )  # fmt: skip

"""The patient's own pages: home, the released plan, its PDF, papers. Plans come from table releases alone, never from a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from starlette.responses import Response

from chemoplan.report.patient_pdf import patient_pdf
from chemoplan.report.patient_words import day_in_words
from chemoplan.report.pdf import ReportRefused
from chemoplan.web.access import PATIENT, page
from chemoplan.web.cases.releasing import care_line, released_to, withdrawn_from
from chemoplan.web.inbox.question_list import sent
from chemoplan.web.people.accounts import Account
from chemoplan.web.store.tables import appointments, check_ins, questions, slots
from chemoplan.web.visit import Visit

PARTS = (
    ("plan", "/my/plan"), ("visits", "/my/visits"), ("questions", "/my/questions"), ("check_in", "/my/check-in"),
    ("documents", "/my/documents"), ("decide", "/decide"), ("guide", "/guide"),
)  # fmt: skip
"""What the home page leads to, in order; a page that this installation lacks is left out."""


@page("/my", name="my-home", who=PATIENT)
def home(visit: Visit) -> Response:
    """Where a patient arrives: the plan, visits, questions, check-in, papers."""
    me = _me(visit)
    with visit.db.read() as connection:
        standing = released_to(connection, me.id)
        withdrawn = withdrawn_from(connection, me.id)
    visit.seen("account", me.id, part="home")
    there = {route.path: name for name, route in visit.building.pages.items()}
    states = _states(visit, me, bool(standing))
    rows = [
        (visit.t(f"my.parts.{key}"), visit.url(there[path]), *states.get(key, ("", "quiet")))
        for key, path in PARTS
        if path in there
    ]
    latest = standing[0] if standing else None
    return visit.page(
        "my/home.html.j2", latest=latest, given=_given(visit, latest), taken=_taken(visit, withdrawn), rows=rows
    )


@page("/my/plan", name="my-plan", who=PATIENT)
def plan(visit: Visit) -> Response:
    """The newest plan that a named clinician released and nobody took back."""
    me = _me(visit)
    with visit.db.read() as connection:
        standing = released_to(connection, me.id)
        withdrawn = withdrawn_from(connection, me.id)
    if not standing:
        return visit.page(
            "my/plan.html.j2",
            latest=None,
            released=None,
            taken=_taken(visit, withdrawn),
            care_line=care_line(visit.center),
        )
    visit.seen("release", standing[0].id)
    return visit.page(
        "my/plan.html.j2", latest=standing[0], released=standing[0].plan, taken="", care_line=care_line(visit.center)
    )  # fmt: skip


@page("/my/plan.pdf", name="my-plan-pdf", who=PATIENT)
def plan_on_paper(visit: Visit) -> Response:
    """The newest plan as a PDF."""
    with visit.db.read() as connection:
        standing = released_to(connection, _me(visit).id)
    return _pdf(visit, standing[0]) if standing else visit.not_found()


@page("/my/documents", name="my-documents", who=PATIENT)
def documents(visit: Visit) -> Response:
    """What the patient may keep: every plan that was given and stands, visits for a calendar, questions on paper."""
    me = _me(visit)
    with visit.db.read() as connection:
        standing = released_to(connection, me.id)
        coming = _coming(connection, me.id, visit.now)
        asked = len(sent(connection, me.id))
    papers = [(row.id, day_in_words(visit.day(row.released_at), visit.language)) for row in standing]
    dates = [(row.id, day_in_words(visit.day(row.starts_at), visit.language)) for row in coming]
    if papers or dates:
        visit.seen("documents", me.id)
    return visit.page("my/documents.html.j2", papers=papers, dates=dates, asked=asked)


@page("/my/documents/questions", name="my-sent-questions", who=PATIENT)
def sent_questions(visit: Visit) -> Response:
    """The questions that were sent, with the answers that were written, to print and take along."""
    me = _me(visit)
    with visit.db.read() as connection:
        asked = sent(connection, me.id)
    if asked:
        visit.seen("questions", me.id)
    rows = [(row, day_in_words(visit.day(row.addressed_at or row.sent_at), visit.language)) for row in asked]
    return visit.page("my/sent_questions.html.j2", rows=rows)


@page("/my/documents/{release}.pdf", name="my-document", who=PATIENT)
def document(visit: Visit) -> Response:
    """One of one's own plans as a PDF."""
    with visit.db.read() as connection:
        standing = released_to(connection, _me(visit).id)
    wanted = next((row for row in standing if row.id == visit.path_params["release"]), None)
    return _pdf(visit, wanted) if wanted else visit.not_found()


def _coming(connection: Connection, account_id: str, now: datetime) -> Sequence[Any]:
    """The booked visits that are not over, the next one first: id of the appointment and its start."""
    return connection.execute(
        select(appointments.c.id, slots.c.starts_at)
        .join(slots, slots.c.id == appointments.c.slot_id)
        .where(appointments.c.account_id == account_id, appointments.c.status == "booked", slots.c.ends_at > now)
        .order_by(slots.c.starts_at)
    ).all()


def _pdf(visit: Visit, release: Row[Any]) -> Response:
    try:
        content = patient_pdf(release.plan, center=visit.center.name, phone=care_line(visit.center))
    except ReportRefused:  # the installation lacks the printing engine
        return visit.page("my/no_pdf.html.j2", status=503)
    visit.seen("release", release.id, form="pdf")
    return visit.download(content, "application/pdf", "treatment-plan.pdf", inline=True)


def _me(visit: Visit) -> Account:
    assert visit.account is not None, "the page is for patients alone"
    return visit.account


def _given(visit: Visit, release: Row[Any] | None) -> str:
    if release is None:
        return ""
    on = day_in_words(visit.day(release.released_at), visit.language)
    return visit.t("my.plan.given", by=release.released_by_name, on=on)


def _taken(visit: Visit, moment: datetime | None) -> str:
    if moment is None:
        return ""
    return visit.t("my.plan.withdrawn", on=day_in_words(visit.day(moment), visit.language))


def _states(visit: Visit, me: Account, has_plan: bool) -> dict[str, tuple[str, str]]:
    """What each part holds now, in words, and the tone of the words."""
    asked, answered = func.count(questions.c.sent_at), func.count(questions.c.addressed_at)
    with visit.db.read() as connection:
        next_visit = connection.execute(
            select(func.min(slots.c.starts_at))
            .join(appointments, appointments.c.slot_id == slots.c.id)
            .where(
                appointments.c.account_id == me.id, appointments.c.status == "booked", slots.c.starts_at >= visit.now
            )
        ).scalar()
        sent_count, answered_count = connection.execute(
            select(asked, answered).where(questions.c.account_id == me.id)
        ).one()
        last = connection.execute(
            select(func.max(check_ins.c.created_at)).where(check_ins.c.account_id == me.id)
        ).scalar()
    ready = (visit.t("my.parts.ready"), "good") if has_plan else (visit.t("my.parts.not_yet"), "quiet")
    return {
        "plan": ready,
        "documents": ready,
        "visits": (
            visit.t("my.parts.next", on=day_in_words(visit.day(next_visit), visit.language)),
            "calm",
        )
        if next_visit
        else (visit.t("my.parts.no_visit"), "quiet"),
        "questions": (visit.t("my.parts.answered", count=answered_count), "good")
        if answered_count
        else (visit.t("my.parts.sent", count=sent_count), "quiet"),
        "check_in": (visit.t("my.parts.last", on=day_in_words(visit.day(last), visit.language)), "calm")
        if last
        else (visit.t("my.parts.never"), "quiet"),
    }

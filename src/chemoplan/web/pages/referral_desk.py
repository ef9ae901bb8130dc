"""A referral as the care team sees it: everything of it, its files, the next step, a message to the sender, FHIR."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from chemoplan.web.access import CARE_TEAM, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.inbox import triage
from chemoplan.web.pages.referral import local
from chemoplan.web.referrals import referral_fhir, referring
from chemoplan.web.referrals.referral_form import RECORDS, fields
from chemoplan.web.referrals.referring import NEEDS_REASON, REFERRAL, STEPS, UNANSWERED, StepRefused
from chemoplan.web.store.tables import uploads
from chemoplan.web.visit import Visit

REPLY = (Field("message", "textarea", "referral.desk.reply", max_length=2000),)


def _move_fields(status: str) -> tuple[Field, ...]:
    """The form for the next step: those that may follow."""
    return (
        Field("to", "radios", "referral.desk.to", choices=tuple((name, f"referral.states.{name}") for name in STEPS[status])),
        Field(
            "missing", "checkboxes", "referral.desk.missing", required=False,
            choices=tuple((name, f"referral.records.{name}") for name in RECORDS),
        ),
        Field("reason", "textarea", "referral.desk.reason", "referral.desk.reason_hint", required=False, max_length=1000),
    )  # fmt: skip


@page("/referrals/{id}", name="referral", who=CARE_TEAM, methods=("GET", "POST"))
def referral(visit: Visit) -> Response:
    """The whole referral, and what can be done with it."""
    identity = visit.path_params["id"]
    row, files = _found(visit, identity)
    if row is None:
        return visit.not_found()
    move, reply = Form(_move_fields(row.status)), Form(REPLY)
    if visit.method == "POST":
        if visit.data.get("do") == "reply":
            reply = Form.read(REPLY, visit.data)
            done = _replied(visit, identity, reply)
        else:
            move = Form.read(_move_fields(row.status), visit.data)
            done = _moved(visit, identity, move)
        if done:
            return visit.redirect("referral", query={"done": done}, id=identity)
        row, files = _found(visit, identity)
    visit.seen("referral", identity)
    wrong = next((form for form in (move, reply) if form.errors), None)
    due = row.created_at + referring.reply_within(visit.center)
    waiting = row.status in UNANSWERED
    return visit.page(
        "referral/desk.html.j2", status=422 if wrong else 200, form=wrong, row=row, files=files, move=move, reply=reply,
        asked=fields(visit.today), records=RECORDS, over=not STEPS[row.status], due=local(visit, due), age=_age(visit, row),
        late=waiting and due < visit.now, moment=lambda text: local(visit, text), done=visit.query.get("done", ""),
    )  # fmt: skip


@page("/referrals/{id}/fhir", name="referral-fhir", who=CARE_TEAM)
def as_fhir(visit: Visit) -> Response:
    """The referral as a FHIR R4 Bundle."""
    row, files = _found(visit, visit.path_params["id"])
    if row is None:
        return visit.not_found()
    visit.seen("referral", row.id, form="fhir")
    content = referral_fhir.bundle(row.service_request, row.task, row.answers, files)
    return visit.download(json.dumps(content, ensure_ascii=False, indent=2), "application/fhir+json", "referral.json")


@page("/referrals/{id}/files/{file}", name="referral-file", who=CARE_TEAM)
def file(visit: Visit) -> Response:
    """One file of a referral, always as a download: it is never shown as a page of this site."""
    identity, wanted = visit.path_params["id"], visit.path_params["file"]
    with visit.db.read() as connection:
        row = connection.execute(
            select(uploads).where(
                uploads.c.id == wanted, uploads.c.owner_kind == REFERRAL, uploads.c.owner_id == identity
            )
        ).one_or_none()
    if row is None:
        return visit.not_found()
    visit.seen("referral", identity, file=wanted)
    # The sender named the file, perhaps after the patient: the name in the header is ours.
    ending = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "application/json": "json"}
    return visit.download(row.content, row.media_type, f"record-{wanted[:6]}.{ending.get(row.media_type, 'txt')}")


def _found(visit: Visit, identity: str) -> tuple[Any, list[Any]]:
    with visit.db.read() as connection:
        row = referring.by_id(connection, identity)
        return row, referring.files_of(connection, REFERRAL, identity) if row else []


def _replied(visit: Visit, identity: str, form: Form) -> str:
    if form.errors:
        return ""
    with visit.db.write() as connection:
        referring.add_message(connection, identity, form.values["message"], visit.now, by="team", who=_name(visit))
        visit.record(connection, "wrote", "referral", identity)
    return "reply"


def _moved(visit: Visit, identity: str, form: Form) -> str:
    values = form.values
    if not form.errors and values["to"] in NEEDS_REASON and not values["reason"] and not values["missing"]:
        form.add_error("reason", "referral.desk.reason_missing")
    if form.errors:
        return ""
    try:
        with visit.db.write() as connection:
            referring.move(
                connection, identity, values["to"], visit.now, by="team", who=_name(visit), reason=values["reason"],
                missing=values["missing"] if values["to"] == "on-hold" else (),
            )  # fmt: skip
            _dealt_with(visit, connection, identity, values["to"])
            visit.record(connection, "moved", "referral", identity, to=values["to"])
    except StepRefused:
        form.add_error("to", "referral.desk.illegal")
        return ""
    return "move"


def _dealt_with(visit: Visit, connection: Connection, identity: str, status: str) -> None:
    """The line of the inbox follows: what the sender has an answer to is done, what was only received is somebody's."""
    me = visit.account.id if visit.account else ""
    if status in UNANSWERED:
        triage.hold(connection, "referral", identity, visit.now, me)
    else:
        triage.close(connection, "referral", identity, visit.now, me)


def _name(visit: Visit) -> str:
    return visit.account.name if visit.account else ""


def _age(visit: Visit, row: Any) -> int:
    born, today = date.fromisoformat(row.answers["patient_born"]), visit.today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

"""The inbox of the care team: what patients and referrers sent, who looks after it, and what became of it."""

from __future__ import annotations

from sqlalchemy import Connection, Row
from starlette.responses import Response

from chemoplan.web.access import CARE_TEAM, page
from chemoplan.web.booking import appointments
from chemoplan.web.forms import Field, Form
from chemoplan.web.inbox import inbox_views, triage
from chemoplan.web.visit import Visit

NOTE = (Field("note", "textarea", "inbox.note", hint="inbox.note_hint", required=False, max_length=1000),)
ACTS = {"take": "open", "give-back": "new", "done": "done", "reopen": "open", "note": None}
"""What can be done with a line, and its status after it."""


@page("/inbox", name="inbox", who=CARE_TEAM)
def inbox(visit: Visit) -> Response:
    """The list, narrowed by kind, state and person."""
    assert visit.account
    wanted = triage.Wanted.read(visit.query, visit.account.id)
    with visit.db.read() as connection:
        rows, total = triage.lines(connection, wanted)
        kinds, levels = triage.counts(connection)
        names = inbox_views.names(connection, rows)
        late = inbox_views.late(connection, rows, visit.center, visit.now)
    visit.seen("inbox", "list")
    return visit.page(
        "inbox/list.html.j2", rows=rows, total=total, wanted=wanted, kinds=kinds, levels=levels, names=names, late=late,
        all_kinds=triage.KINDS, all_levels=triage.LEVELS, statuses=triage.STATUSES, tones=triage.TONES,
        status_tones=triage.STATUS_TONES, more=total > wanted.page * triage.PAGE,
        age=lambda moment: triage.age(moment, visit.now),
    )  # fmt: skip


@page("/inbox/{id}", name="inbox-item", who=CARE_TEAM, methods=("GET", "POST"))
def item(visit: Visit) -> Response:
    """One line: what was sent, and what is done about it."""
    identity = visit.path_params["id"]
    form = Form(NOTE)
    if visit.method == "POST":
        form = Form.read(NOTE, visit.data)
        act = str(visit.data.get("act", "note"))
        if act == "note" and not form.values["note"] and not form.errors:
            form.add_error("note", "form.needed_textarea")
        if act not in (*ACTS, "cancel-visit"):
            form.add_error("note", "inbox.no_act")
        if not form.errors:
            with visit.db.write() as connection:
                row = triage.line(connection, identity)
                if row is None:
                    return visit.not_found()
                problem = _act(visit, connection, row, act, form.values["note"])
                if problem is None:
                    visit.record(connection, act, "inbox", identity)
            if problem is None:
                return visit.redirect("inbox-item", id=identity)
            form.add_error("note", problem)
    with visit.db.read() as connection:
        row = triage.line(connection, identity)
        if row is None:
            return visit.not_found()
        shown = inbox_views.view(visit, connection, row)
        name = inbox_views.names(connection, [row]).get(row.id, "")
    visit.seen(shown.kind, shown.subject, through="inbox")
    return visit.page(
        "inbox/item.html.j2", status=422 if form.errors else 200, row=row, form=form, shown=shown, name=name, tones=triage.TONES,
        status_tones=triage.STATUS_TONES, age=triage.age(row.created_at, visit.now),
    )  # fmt: skip


def _act(visit: Visit, connection: Connection, row: Row[tuple[object, ...]], act: str, words: str) -> str | None:
    """Do it, and leave a line that says who did what and when; the key of why it cannot be done, or None. Nothing is taken out."""
    assert visit.account
    if act == "cancel-visit":
        kept = appointments.by_id(connection, row.subject_id) if row.kind == "appointment" else None
        if kept is None or not appointments.call_off(connection, kept, visit.now):
            return "inbox.not_canceled"
        triage.close(connection, "appointment", row.subject_id, visit.now, visit.account.id)
    elif act == "take":
        holder = str(visit.data.get("holder", "")) or None
        if not triage.take(connection, str(row.id), visit.now, visit.account.id, holder):
            return "inbox.taken_meanwhile"
    elif act == "done" and inbox_views.unanswered(connection, row):
        return "inbox.referral_unanswered"
    elif (status := ACTS[act]) is not None:
        taken = None if act == "give-back" else row.assigned_to or visit.account.id
        triage.change(connection, row.id, visit.now, status=status, assigned_to=taken)
        if act == "done" and row.kind == "appointment":
            inbox_views.called_back(connection, row.subject_id, visit.now)
    said = visit.t(f"inbox.did.{act}")
    triage.add_note(connection, row.id, visit.now, visit.account.name, f"{said} {words}".strip())
    return None

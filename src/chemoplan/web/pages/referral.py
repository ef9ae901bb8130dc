"""Refer a patient: the form with its files, the code, and the status that the code opens."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from starlette.responses import Response

from chemoplan.web.access import PUBLIC, REFERRER, REFERRER_ROLE, page
from chemoplan.web.center.hours import center_rules, clock_words, day_words
from chemoplan.web.forms import Field, Form
from chemoplan.web.guards.uploads import DOCUMENTS, Upload, problem_of
from chemoplan.web.people.accounts import cookie_hash
from chemoplan.web.referrals import referring
from chemoplan.web.referrals.referral_form import MOST_FILES, RECORDS, answers_of, check_together, fields, sections
from chemoplan.web.referrals.referring import DRAFT, REFERRAL, STEPS, Sent, StepRefused
from chemoplan.web.store.tables import drafts, referrals
from chemoplan.web.visit import Visit

KIND, COOKIE, TICKET, CODE_COOKIE = "referral", "refer", "referral", "referral-code"
KEPT_FOR = timedelta(hours=2)
CODE_SHOWN = 600
"""Seconds for which the browser of the sender keeps the code, to show it on the next page."""
TRACK = (
    Field("code", label="referral.track.code", hint="referral.track.code_hint", max_length=20, autocomplete="off"),
)
MESSAGE = (Field("message", "textarea", "referral.status.message", max_length=2000),)
CANCEL = (Field("reason", label="referral.status.cancel_reason", max_length=500),)
ADD = (Field("files", "file", "referral.files.label"),)


@page("/refer", name="refer", who=PUBLIC, methods=("GET", "POST"), uploads=True, limit="send")
def refer(visit: Visit) -> Response:
    """The form. What was typed and the files that were good wait in a draft until the rest is right."""
    asked = fields(visit.now.date())
    if visit.method == "GET":
        with visit.db.read() as connection:
            draft = _draft(visit, connection)
            kept = referring.files_of(connection, DRAFT, draft.id) if draft else []
        form = Form(asked, values=dict(draft.answers) if draft else _own_words(visit))
        return _form_page(visit, form, kept, resumed=draft is not None)
    form = Form.read(asked, visit.data, visit.files)
    check_together(form)
    good, bad = _sorted(form.values["files"])
    for _, problem in bad[:1]:
        form.add_error("files", problem)
    with visit.db.write() as connection:
        if visit.made_before(connection, referrals):
            return _told(visit, Sent(visit.form_id, visit.form_code))
        draft = _draft(visit, connection)
        held = draft.id if draft else None
        if held:
            referring.drop_files(connection, held, [str(value) for value in visit.data.getlist("drop")])
        kept = referring.files_of(connection, DRAFT, held) if held else []
        if len(kept) + len(good) > MOST_FILES:
            form.add_error("files", "referral.files.many")
            good = []
        if form.errors:
            held = _keep(visit, connection, held, form, good)
            kept = referring.files_of(connection, DRAFT, held)
        else:
            return _sent(visit, connection, form, held, good)
    return _form_page(visit, form, kept, bad=[(upload.name, problem) for upload, problem in bad])


def _form_page(visit: Visit, form: Form, kept: list[Any], *, resumed: bool = False, bad: Any = ()) -> Response:
    parts = [(name, [item.name for item in found]) for name, found in sections(visit.now.date())]
    return visit.page(
        "referral/form.html.j2", status=422 if form.errors else 200, form=form, parts=parts, kept=kept, resumed=resumed,
        bad=list(bad), most=MOST_FILES, hours=_hours(visit),
    )  # fmt: skip


def _hours(visit: Visit) -> int:
    return round(referring.reply_within(visit.center).total_seconds() / 3600)


def _own_words(visit: Visit) -> dict[str, Any]:
    """What a referrer who is signed in need not type again."""
    if visit.account is None or visit.role != REFERRER_ROLE:
        return {}
    return {"clinician_name": visit.account.name, "clinician_email": visit.account.email}


def _sorted(files: list[Upload]) -> tuple[list[Upload], list[tuple[Upload, str]]]:
    """The files that may be kept, and the others with what is wrong."""
    checked = [(upload, problem_of(upload.content, DOCUMENTS)) for upload in files]
    return [upload for upload, problem in checked if not problem], [
        (upload, problem) for upload, problem in checked if problem
    ]


def _draft(visit: Visit, connection: Connection) -> Any | None:
    cookie = visit.cookie(COOKIE)
    if not cookie:
        return None
    row = drafts.c
    wanted = select(row.id, row.answers).where(
        row.id == cookie_hash(cookie), row.kind == KIND, row.expires_at >= visit.now
    )
    return connection.execute(wanted).one_or_none()


def _keep(visit: Visit, connection: Connection, held: str | None, form: Form, good: list[Upload]) -> str:
    """Keep what was typed and the good files; the id of the draft."""
    answers = {name: value for name, value in form.values.items() if name != "files"}
    values = {"answers": answers, "changed_at": visit.now, "expires_at": visit.now + KEPT_FOR}
    if held is None:
        cookie = secrets.token_urlsafe(32)
        held = cookie_hash(cookie)
        connection.execute(insert(drafts).values(id=held, kind=KIND, **values))
        visit.set_cookie(COOKIE, cookie, int(KEPT_FOR.total_seconds()))
    else:
        connection.execute(update(drafts).where(drafts.c.id == held).values(**values))
    for upload in good:
        referring.keep_file(connection, DRAFT, held, upload, visit.now)
    return held


def _sent(visit: Visit, connection: Connection, form: Form, held: str | None, good: list[Upload]) -> Response:
    secret = visit.building.settings.secret
    account = visit.account.id if visit.account and visit.role == REFERRER_ROLE else None
    sent = Sent(visit.form_id, visit.form_code)
    referring.send(connection, answers_of(form), visit.center, secret, visit.now, account, sent)
    if held:
        referring.take_over(connection, held, sent.id)
        connection.execute(delete(drafts).where(drafts.c.id == held))
        visit.set_cookie(COOKIE, "")
    for upload in good:
        referring.keep_file(connection, REFERRAL, sent.id, upload, visit.now)
    visit.record(connection, "sent", "referral", sent.id)
    return _told(visit, sent)


def _told(visit: Visit, sent: Sent) -> Response:
    """On to the page with the code."""
    ticket = referring.ticket(sent.id, visit.building.settings.secret, visit.now)
    visit.set_cookie(TICKET, ticket, int(referring.OPEN_FOR.total_seconds()))
    visit.set_cookie(CODE_COOKIE, sent.code, CODE_SHOWN)
    return visit.redirect("refer-done")


@page("/refer/sent", name="refer-done", who=PUBLIC)
def done(visit: Visit) -> Response:
    """The code, once, and what comes next."""
    identity = _admitted(visit)
    with visit.db.read() as connection:
        row = referring.by_id(connection, identity) if identity else None
    if row is None:
        return visit.redirect("refer-track")
    return visit.page("referral/done.html.j2", code=visit.cookie(CODE_COOKIE), when=_when(visit, row))


@page("/refer/track", name="refer-track", who=PUBLIC, methods=("GET", "POST"), limit="track")
def track(visit: Visit) -> Response:
    """The code of a referral. It goes by POST, never in an address."""
    form = Form(TRACK)
    if visit.method == "POST":
        form, secret = Form.read(TRACK, visit.data), visit.building.settings.secret
        if not form.errors:
            with visit.db.read() as connection:
                identity = referring.by_code(connection, form.values["code"], secret)
            if identity:
                ticket = referring.ticket(identity, secret, visit.now)
                visit.set_cookie(TICKET, ticket, int(referring.OPEN_FOR.total_seconds()))
                return visit.redirect("refer-status")
            form.add_error("code", "referral.track.wrong")
    return visit.page("referral/track.html.j2", status=422 if form.errors else 200, form=form)


@page("/refer/status", name="refer-status", who=PUBLIC, methods=("GET", "POST"), uploads=True, limit="send")
def status(visit: Visit) -> Response:
    """Where a referral is: for whoever typed its code a little while ago."""
    if visit.method == "POST" and visit.data.get("do") == "leave":
        for name in (TICKET, CODE_COOKIE):
            visit.set_cookie(name, "")
        return visit.redirect("refer-track")
    identity = _admitted(visit)
    return _status(visit, identity, "refer-status") if identity else visit.redirect("refer-track")


@page("/my/referrals", name="my-referrals", who=REFERRER)
def mine(visit: Visit) -> Response:
    """The referrals of the account."""
    row = referrals.c
    wanted = (
        select(row.id, row.status, row.created_at, row.answers).where(row.account_id == _me(visit)).order_by(row.created_at.desc())
    )  # fmt: skip
    with visit.db.read() as connection:
        found = list(connection.execute(wanted).all())
    if found:
        visit.seen("referrals", _me(visit), count=len(found))
    return visit.page("referral/mine.html.j2", found=found)


@page("/my/referrals/{id}", name="my-referral", who=REFERRER, methods=("GET", "POST"), uploads=True, limit="send")
def one_of_mine(visit: Visit) -> Response:
    """One referral of the account."""
    with visit.db.read() as connection:
        row = referring.by_id(connection, visit.path_params["id"])
    if row is None or row.account_id != _me(visit):
        return visit.not_found()
    return _status(visit, row.id, "my-referral", id=row.id)


def _me(visit: Visit) -> str:
    return visit.account.id if visit.account else ""


def _admitted(visit: Visit) -> str | None:
    return referring.admitted(visit.cookie(TICKET), visit.building.settings.secret, visit.now)


ACTS = {"files": ADD, "message": MESSAGE, "cancel": CANCEL}
"""What the sender can do on the status page: the fields of each form."""


def _status(visit: Visit, identity: str, place: str, **params: str) -> Response:
    forms, act = {name: Form(asked) for name, asked in ACTS.items()}, str(visit.data.get("do", ""))
    bad: list[tuple[Upload, str]] = []
    if visit.method == "POST" and act in ACTS:
        form = forms[act] = Form.read(ACTS[act], visit.data, visit.files)
        good, bad = _sorted(form.values["files"]) if act == "files" else ([], [])
        if bad:
            form.add_error("files", bad[0][1])
        try:
            if good or (act != "files" and not form.errors):
                _act(visit, identity, act, form, good)
        except StepRefused:
            form.add_error("files" if act == "files" else next(iter(form.values)), "referral.status.over")
        if not form.errors:
            return visit.redirect(place, query={"done": act}, **params)
    with visit.db.read() as connection:
        row = referring.by_id(connection, identity)
        files = referring.files_of(connection, REFERRAL, identity)
    if row is None:
        return visit.redirect("refer-track")
    visit.seen("referral", identity)
    wrong = next((form for form in forms.values() if form.errors), None)
    finished = visit.query.get("done", "") if visit.method == "GET" else ""
    return visit.page(
        "referral/status.html.j2", status=422 if wrong else 200, form=wrong, row=row, files=files, forms=forms,
        bad=[(upload.name, problem) for upload, problem in bad], over=not STEPS[row.status],
        sent_to=visit.url(place, **params),
        done=finished if finished in ACTS else "", when=_when(visit, row), moment=lambda text: local(visit, text), records=RECORDS,
        most=MOST_FILES, with_code=place == "refer-status",
    )  # fmt: skip


def _act(visit: Visit, identity: str, act: str, form: Form, good: list[Upload]) -> None:
    with visit.db.write() as connection:
        row = referring.by_id(connection, identity)
        if row is None or not STEPS[row.status]:
            raise StepRefused("over")
        if act == "files":
            referring.add_files(connection, identity, good, visit.now, by="sender")
        elif act == "message":
            referring.add_message(connection, identity, form.values["message"], visit.now, by="sender")
        else:
            referring.move(connection, identity, "cancelled", visit.now, by="sender", reason=form.values["reason"])
        visit.record(
            connection, {"files": "added files", "message": "wrote", "cancel": "called off"}[act], "referral", identity
        )


def _when(visit: Visit, row: Any) -> str:
    return local(visit, row.created_at + referring.reply_within(visit.center))


def local(visit: Visit, moment: datetime | str) -> str:
    """A moment in the words and the time zone of the center."""
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    there = known.astimezone(center_rules(visit.center).zone)
    return f"{day_words(there.date(), visit.language, 'date')}, {clock_words(there, visit.language)}"

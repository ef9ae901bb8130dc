"""The tumor board: meetings, one screen a case, decisions with dissent and owner, minutes. Clinicians write, the care team reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row
from starlette.responses import Response

from chemoplan.report.pdf import ReportRefused
from chemoplan.web.access import CARE_TEAM, CLINICIAN_ROLE, CLINICIANS, page
from chemoplan.web.cases import board_store as store
from chemoplan.web.cases.board_minutes import minutes, minutes_pdf, minutes_text, when
from chemoplan.web.cases.case_store import version_of
from chemoplan.web.cases.case_view import CaseUnreadable, view_of
from chemoplan.web.center.hours import moment_of
from chemoplan.web.forms import Field, Form, read_date, read_page
from chemoplan.web.store.tables import board_items, board_meetings
from chemoplan.web.visit import Visit


def _clock(value: str) -> str | None:
    hours, _, rest = value.partition(":")
    good = hours.isdecimal() and rest.isdecimal() and len(rest) == 2 and int(hours) < 24 and int(rest) < 60
    return None if good else "board.no_time"


MEETING = (
    Field("title", label="board.meeting_title", start="Tumor board"),
    Field("date", "date", "board.date"),
    Field("time", label="board.time", hint="board.time_hint", max_length=5, check=_clock),
)
BEFORE, AHEAD = timedelta(days=366), timedelta(days=731)
"""How far from today a meeting may lie: one whose minutes are written late, and one called early. What is further is a slip of the pen."""
ACTS = ("up", "down", "remove", "close", "reopen")


@page("/board", name="board", who=CARE_TEAM)
def board(visit: Visit) -> Response:
    """Meetings to come and meetings past. One of today is still to come until the day of the center is over."""
    number = read_page(visit.query)
    with visit.db.read() as connection:
        rows, more = store.meetings(connection, number)
    coming = [row for row in rows if visit.day(row.starts_at) >= visit.today][::-1]
    past = [row for row in rows if visit.day(row.starts_at) < visit.today]
    return visit.page(
        "board/meetings.html.j2", coming=coming, past=past, writes=_writes(visit), when=_when(visit), number=number,
        more=more,
    )  # fmt: skip


def _writes(visit: Visit) -> bool:
    return visit.role == CLINICIAN_ROLE


def _when(visit: Visit) -> Any:
    return lambda moment: when(moment, visit.center.time_zone)


@page("/board/new", name="board-new", who=CLINICIANS, methods=("GET", "POST"))
def new_meeting(visit: Visit) -> Response:
    """Call a meeting."""
    assert visit.account
    form = Form(MEETING)
    if visit.method == "POST":
        form = Form.read(MEETING, visit.data)
        day = read_date(form.values["date"])
        if day and not form.error("date") and not -BEFORE <= day - visit.today <= AHEAD:
            form.add_error("date", "board.no_day")
        if day and not form.errors:
            with visit.db.write() as connection:
                if not visit.made_before(connection, board_meetings):
                    title, starts = form.values["title"], _start(visit, day, form.values["time"])
                    store.call(connection, title, starts, visit.account.id, visit.now, visit.form_id)
                    visit.record(connection, "called", "board", visit.form_id)
            return visit.redirect("board-meeting", meeting=visit.form_id)
    return visit.page("board/new.html.j2", status=422 if form.errors else 200, form=form)


def _start(visit: Visit, day: date, clock: str) -> datetime:
    """The moment, UTC, at which the clock of the center shows a time like 07:30."""
    hour, minute = map(int, clock.split(":"))
    return moment_of(ZoneInfo(visit.center.time_zone), day, hour * 60 + minute).astimezone(UTC)


@page("/board/{meeting}", name="board-meeting", who=CARE_TEAM)
def agenda(visit: Visit) -> Response:
    """The agenda of one meeting."""
    return _agenda(visit)


def _agenda(visit: Visit, problem: str = "") -> Response:
    identity = visit.path_params["meeting"]
    with visit.db.read() as connection:
        row = store.meeting(connection, identity)
        items = store.agenda(connection, identity)
    if row is None:
        return visit.not_found()
    visit.seen("board", identity)
    return visit.page(
        "board/agenda.html.j2", status=422 if problem else 200, row=row, items=items, writes=_writes(visit) and not row.closed,
        may_close=_writes(visit), problem=problem, when=_when(visit),
    )  # fmt: skip


@page("/board/{meeting}/change", name="board-change", who=CLINICIANS, methods=("POST",))
def change(visit: Visit) -> Response:
    """Order of the agenda, a case taken off before its decision, the meeting closed or opened again."""
    identity = visit.path_params["meeting"]
    act, _, item_id = str(visit.data.get("act", "")).partition(".")
    if act not in ACTS:
        return _agenda(visit, "board.no_act")
    with visit.db.write() as connection:
        row = store.meeting(connection, identity, lock=True)
        if row is None:
            return visit.not_found()
        done = not (row.closed and act != "reopen") and _changed(connection, identity, act, item_id)
        if done:
            visit.record(connection, act, "board", identity)
    return visit.redirect("board-meeting", meeting=identity) if done else _agenda(visit, "board.not_changed")


def _changed(connection: Connection, meeting: str, act: str, item_id: str) -> bool:
    if act in ("up", "down"):
        return store.move(connection, meeting, item_id, -1 if act == "up" else 1)
    if act == "remove":
        return store.remove(connection, meeting, item_id)
    return store.close(connection, meeting, closed=act == "close")


@page("/board/{meeting}/add", name="board-add", who=CLINICIANS, methods=("GET", "POST"))
def add_case(visit: Visit) -> Response:
    """Put a case on the agenda, with the question to the board. The case that the address or the form names is always among the choices."""
    identity = visit.path_params["meeting"]
    asked = str(visit.data.get("case") or visit.query.get("case", ""))
    with visit.db.read() as connection:
        row = store.meeting(connection, identity)
        found, more = store.candidates(connection, identity, asked)
    if row is None:
        return visit.not_found()
    choices = tuple((item.id, item.label) for item in found)
    hint = visit.t("board.more_cases", count=store.CANDIDATES) if more else None
    fields = (
        Field("case", "select", visit.t("board.case"), hint=hint, choices=choices, words=True),
        Field("question", "textarea", visit.t("board.question"), hint=visit.t("board.question_hint"), max_length=2000, words=True),
    )  # fmt: skip
    form = Form(fields)
    if visit.method == "POST":
        form = Form.read(fields, visit.data)
        if not choices and not form.error("case"):
            form.add_error("case", "board.no_cases")
        if not form.errors:
            problem = _put(visit, identity, form.values)
            if problem is None:
                return visit.redirect("board-case", meeting=identity, item=visit.form_id)
            form.add_error("case", problem)
    elif asked in {key for key, _ in choices}:
        form.values["case"] = asked
    visit.seen("case", "list", through="board")
    return visit.page("board/add.html.j2", status=422 if form.errors else 200, form=form, row=row, choices=choices)


def _put(visit: Visit, meeting: str, values: Mapping[str, str]) -> str | None:
    """Put a case on the agenda, once however often the form comes; the key of why it was not put there, or None."""
    with visit.db.write() as connection:
        if visit.made_before(connection, board_items):
            return None
        row = store.meeting(connection, meeting, lock=True)
        if row is None or row.closed:
            return "board.is_closed"
        if store.is_on(connection, meeting, values["case"]):
            return "board.already_there"
        store.add(connection, meeting, values["case"], values["question"], visit.form_id)
        visit.record(connection, "added a case", "board", meeting, case=values["case"])
    return None


@page("/board/{meeting}/{item}", name="board-case", who=CARE_TEAM)
def case(visit: Visit) -> Response:
    """One case on one screen: the question, what the program says, what the board decides."""
    return _case(visit, None)


@page("/board/{meeting}/{item}/decision", name="board-decide", who=CLINICIANS, methods=("POST",))
def decide(visit: Visit) -> Response:
    """Keep a decision. Whoever wrote on an older state of the case or over somebody else's words is told, and loses nothing."""
    assert visit.account
    with visit.db.read() as connection:
        row, meeting = _found(visit, connection)
    if row is None or meeting is None:
        return visit.not_found()
    options = _options(visit, row)
    form = Form.read(_fields(visit, options), visit.data)
    if form.errors:
        if problem := _stale(row, meeting, form):
            form.add_error("decision", problem)
        return _case(visit, form)
    with visit.db.write() as connection:
        row, meeting = _found(visit, connection)
        if row is None or meeting is None:
            return visit.not_found()
        problem = _stale(row, meeting, form)
        if problem is None:
            chosen = [option for option in options if option["id"] in form.values.get("options", ())]
            if store.decide(connection, row, form.values, chosen, visit.account.id, visit.now):
                visit.record(connection, "decided", "case", row.case_id, board=meeting.id, version=row.case_now)
            else:
                problem = "board.decided_meanwhile"
    if problem:
        form.add_error("decision", problem)
        return _case(visit, form)
    return visit.redirect("board-case", meeting=meeting.id, item=row.id)


def _stale(row: Row[Any], meeting: Row[Any], form: Form) -> str | None:
    if meeting.closed:
        return "board.is_closed"
    if form.values["version"] != str(row.case_now):
        return "board.case_changed"
    return None if form.values["before"] == _state(row) else "board.decided_meanwhile"


def _state(row: Row[Any]) -> str:
    """The state of a decision, for telling whether somebody else wrote one in the meantime."""
    return row.decided_at.isoformat() if row.decided_at else "none"


def _found(visit: Visit, connection: Connection) -> tuple[Row[Any] | None, Row[Any] | None]:
    meeting = store.meeting(connection, visit.path_params["meeting"])
    return store.item(connection, visit.path_params["meeting"], visit.path_params["item"]), meeting


def _options(visit: Visit, row: Row[Any]) -> list[Mapping[str, Any]]:
    """The options of the plan of the case as it is now; none where it cannot be read."""
    return [
        {"id": option["id"], "title": option["title"], "verdict": option["verdict"]}
        for option in _plan(visit, row).get("options", ())
    ]


def _plan(visit: Visit, row: Row[Any]) -> Mapping[str, Any]:
    with visit.db.read() as connection:
        version = version_of(connection, row.case_id, row.case_now)
    try:
        return view_of(visit, version).plan if version else {}
    except CaseUnreadable:
        return {}


def _fields(visit: Visit, options: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    t = visit.t
    choices = tuple((str(option["id"]), f"{option['title']} ({option['verdict']})") for option in options)
    hint, more = t("board.options_hint"), t("board.dissent_hint")
    taken = Field("options", "checkboxes", t("board.options"), hint=hint, required=False, choices=choices, words=True)
    return (
        Field("decision", "textarea", t("board.decision"), hint=t("board.decision_hint"), max_length=5000, words=True),
        *([taken] if choices else []),
        Field("dissent", "textarea", t("board.dissent"), hint=more, required=False, max_length=5000, words=True),
        Field("owner", "text", t("board.owner"), hint=t("board.owner_hint"), words=True),
        Field("version", "hidden", max_length=12, words=True),
        Field("before", "hidden", max_length=40, words=True),
    )


def _case(visit: Visit, form: Form | None) -> Response:
    with visit.db.read() as connection:
        row, meeting = _found(visit, connection)
    if row is None or meeting is None:
        return visit.not_found()
    visit.seen("case", row.case_id, through="board")
    plan = _plan(visit, row)
    wrong = form is not None
    if form is None:
        form = Form(_fields(visit, _options(visit, row)))
        form.values.update(decision=row.decision or "", dissent=row.dissent or "", owner=row.owner or "")
        if "options" in form.values:
            form.values["options"] = [option["id"] for option in (row.options or {}).get("chosen", ())]
    # What the form was written on is what stands on this page now: after a warning the next try passes.
    form.values.update(version=str(row.case_now), before=_state(row))
    return visit.page(
        "board/case.html.j2", status=422 if wrong else 200, row=row, meeting=meeting, plan=plan, form=form,
        writes=_writes(visit) and not meeting.closed, when=_when(visit),
        earlier=(row.options or {}).get("earlier", ()), chosen=(row.options or {}).get("chosen", ()),
    )  # fmt: skip


@page("/board/{meeting}/minutes", name="board-minutes", who=CARE_TEAM)
def minutes_page(visit: Visit) -> Response:
    """The minutes, to read, copy and print."""
    data = _minutes(visit)
    if data is None:
        return visit.not_found()
    identity = visit.path_params["meeting"]
    return visit.page("board/minutes.html.j2", data=data, identity=identity, text=minutes_text(data))


@page("/board/{meeting}/minutes.txt", name="board-minutes-text", who=CARE_TEAM)
def minutes_as_text(visit: Visit) -> Response:
    """The minutes as plain text."""
    data = _minutes(visit)
    if data is None:
        return visit.not_found()
    return visit.download(minutes_text(data), "text/plain; charset=utf-8", "tumor-board.txt", inline=True)


@page("/board/{meeting}/minutes.pdf", name="board-minutes-pdf", who=CARE_TEAM)
def minutes_as_pdf(visit: Visit) -> Response:
    """The minutes as PDF."""
    data = _minutes(visit)
    if data is None:
        return visit.not_found()
    html = visit.building.render("board/minutes_paper.html.j2", visit, {"data": data})
    try:
        content = minutes_pdf(html, data["title"], data["center"])
    except ReportRefused:
        return visit.not_found()
    return visit.download(content, "application/pdf", "tumor-board.pdf")


def _minutes(visit: Visit) -> dict[str, Any] | None:
    identity = visit.path_params["meeting"]
    with visit.db.read() as connection:
        row = store.meeting(connection, identity)
        items = store.agenda(connection, identity)
    if row is None:
        return None
    visit.seen("board", identity, part="minutes")
    return minutes(visit.center.name, visit.center.time_zone, row, items)

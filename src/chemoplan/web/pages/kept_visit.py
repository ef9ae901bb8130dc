"""A visit that was made: opened by its code and the birth date, then changed, canceled or put into a calendar."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import Response

from chemoplan.web.access import PUBLIC, page
from chemoplan.web.booking import appointments, slots
from chemoplan.web.booking.appointment_file import MEDIA_TYPE, appointment_calendar
from chemoplan.web.booking.appointments import KEPT_COOKIE, KEPT_KIND, Kept
from chemoplan.web.booking.slot_picker import picker, slot_words
from chemoplan.web.center.offer import Slot, read_plan
from chemoplan.web.forms import Field, Form
from chemoplan.web.visit import Visit

FIND = (
    Field("code", label="appointment.find.code", hint="appointment.find.code_hint", max_length=20, autocomplete="off"),
    Field("born", "date", "appointment.person.born", autocomplete="bday"),
)
SLOT = (Field("slot", "radios", "appointment.time.title"),)


@page("/visit", name="visit-find", who=PUBLIC, methods=("GET", "POST"), limit="track")
def find(visit: Visit) -> Response:
    """Code and birth date of a visit."""
    if visit.method == "GET":
        return visit.page("appointment/find.html.j2", form=Form(FIND))
    form = Form.read(FIND, visit.data)
    if not form.errors:
        with visit.db.write() as connection:
            kept = appointments.by_code(connection, form.values["code"], form.values["born"])
            if kept:
                cookie, _ = appointments.begin(connection, KEPT_KIND, visit.now, {"id": kept.id})
                visit.record(connection, "opened", "appointment", kept.id)
        if kept:
            visit.set_cookie(KEPT_COOKIE, cookie, int(appointments.KEPT_FOR.total_seconds()))
            return visit.redirect("visit-kept")
        form.add_error("code", "appointment.find.wrong")
    return visit.page("appointment/find.html.j2", status=422, form=form)


@page("/visit/details", name="visit-kept", who=PUBLIC)
def details(visit: Visit) -> Response:
    """When and where, and what can be done about it."""
    with visit.db.read() as connection:
        kept, _ = _opened(visit, connection)
    if kept is None:
        return visit.redirect("visit-find")
    visit.seen("appointment", kept.id)
    shown = slot_words(visit.center, read_plan(visit.center), kept.slot, visit.language) if kept.slot else None
    return visit.page("appointment/kept.html.j2", kept=kept, shown=shown, open=kept.is_open(visit.now))


@page("/visit/calendar", name="visit-file", who=PUBLIC)
def calendar(visit: Visit) -> Response:
    """The visit as a file for a calendar."""
    with visit.db.read() as connection:
        kept, _ = _opened(visit, connection)
    if kept is None or kept.slot is None or kept.status != "booked":
        return visit.not_found()
    visit.seen("appointment", kept.id, form="calendar")
    content = appointment_calendar(visit.center, kept.slot, kept.reference, kept.changed_at, visit.language, visit.t)
    return visit.download(content, MEDIA_TYPE, "appointment.ics")


@page("/visit/cancel", name="visit-cancel", who=PUBLIC, methods=("GET", "POST"))
def cancel(visit: Visit) -> Response:
    """Asked once more, then canceled."""
    if visit.method == "GET":
        with visit.db.read() as connection:
            kept, _ = _opened(visit, connection)
        if kept is None or not kept.is_open(visit.now):
            return visit.redirect("visit-find" if kept is None else "visit-kept")
        return visit.page("appointment/cancel.html.j2", kept=kept)
    with visit.db.write() as connection:
        kept, _ = _opened(visit, connection)
        if kept is None:
            return visit.redirect("visit-find")
        if kept.is_open(visit.now) and appointments.call_off(connection, kept, visit.now):
            visit.record(connection, "canceled", "appointment", kept.id)
    return visit.redirect("visit-kept")


@page("/visit/time", name="visit-time", who=PUBLIC, methods=("GET", "POST"))
def time(visit: Visit) -> Response:
    """Another time for the same service at the same place."""
    form = Form(SLOT)
    if visit.method == "GET":
        with visit.db.read() as connection:
            kept, token = _opened(visit, connection)
            return _time_page(visit, connection, kept, token, form)
    form = Form.read(SLOT, visit.data)
    with visit.db.write() as connection:
        kept, token = _opened(visit, connection)
        if kept is None or not kept.is_open(visit.now) or form.errors:
            return _time_page(visit, connection, kept, token, form)
        wanted = next((slot for slot in _free(visit, connection, kept, token) if slot.id == form.values["slot"]), None)
        plan = read_plan(visit.center)
        if (
            wanted is None
            or slots.hold(connection, plan, wanted, token, visit.now, referred=True) is None
            or not appointments.move(connection, kept, wanted, token, visit.now)
        ):
            form.add_error("slot", "appointment.time.gone")
            return _time_page(visit, connection, kept, token, form)
        visit.record(connection, "moved", "appointment", kept.id)
    return visit.redirect("visit-kept")


def _time_page(visit: Visit, connection: Connection, kept: Kept | None, token: str, form: Form) -> Response:
    if kept is None:
        return visit.redirect("visit-find")
    if not kept.is_open(visit.now):
        return visit.redirect("visit-kept")
    free = _free(visit, connection, kept, token)
    shown = picker(
        visit.center, read_plan(visit.center), free, visit.language, visit.query.get("from", ""), form.values["slot"]
    )
    return visit.page(
        "appointment/move.html.j2", status=422 if form.errors else 200, form=form, picker=shown, kept=kept
    )


def _opened(visit: Visit, connection: Connection) -> tuple[Kept | None, str]:
    """The visit that the cookie opens, and the token that holds a time for it."""
    draft = appointments.draft_of(connection, KEPT_KIND, visit.cookie(KEPT_COOKIE), visit.now)
    if draft is None:
        return None, ""
    return appointments.by_id(connection, str(draft.answers.get("id", ""))), draft.id


def _free(visit: Visit, connection: Connection, kept: Kept, token: str) -> list[Slot]:
    """The times of the same service and place. The visit was made, so a referral that it needed was there."""
    plan = read_plan(visit.center)
    name, _, place = str(kept.answers.get("visit", "")).partition(".")
    service = plan.service(name)
    return slots.free(connection, plan, service, place, visit.now, token=token, referred=True) if service else []

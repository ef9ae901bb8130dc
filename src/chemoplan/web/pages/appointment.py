"""Make an appointment: one thing a page, seven steps, then the code. Answers wait in a draft; a time is held on the way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from chemoplan.web.access import PATIENT_ROLE, PUBLIC, page
from chemoplan.web.booking import appointments, slots
from chemoplan.web.booking.appointment_file import MEDIA_TYPE, appointment_calendar
from chemoplan.web.booking.appointment_steps import STEPS, answered, fields_of, summary
from chemoplan.web.booking.appointments import CALL, COOKIE, KIND, Draft
from chemoplan.web.booking.slot_picker import picker, slot_words
from chemoplan.web.center import offer
from chemoplan.web.center.offer import Plan, Slot, read_plan
from chemoplan.web.forms import Field, Form
from chemoplan.web.visit import Visit

TOTAL = len(STEPS) + 1
SLOT = (Field("slot", "radios", "appointment.time.title"),)


@page("/appointment", name="appointment", who=PUBLIC, methods=("GET", "POST"), limit="begin")
def start(visit: Visit) -> Response:
    """Where an appointment begins, also for links to one time from elsewhere."""
    plan = read_plan(visit.center)
    wanted = str(visit.data.get("slot", "")) if visit.method == "POST" else visit.query.get("slot", "")
    slot = offer.find(plan, wanted, visit.now)
    if visit.method == "GET":
        with visit.db.read() as connection:
            draft = _draft(visit, connection)
        shown = slot_words(visit.center, plan, slot, visit.language) if slot else None
        going_on = draft is not None and "done" not in draft.answers and not slot
        return visit.page(
            "appointment/start.html.j2", slot=slot, shown=shown, asked=bool(wanted), going_on=going_on,
            gone=bool(visit.cookie(COOKIE)) and draft is None,
        )  # fmt: skip
    with visit.db.write() as connection:
        draft = _draft(visit, connection, lock=True)
        if draft and "done" not in draft.answers:
            slots.release(connection, draft.id)
            appointments.forget(connection, draft)
        answers: dict[str, Any] = {}
        if slot and not _needs_referral(plan, slot.service):
            answers = {"visit": f"{slot.service}.{slot.location}", "slot": slot.id}
        cookie, draft = appointments.begin(connection, KIND, visit.now, answers)
        _renew(visit, connection, plan, draft)
        appointments.keep(connection, draft, visit.now)
    visit.set_cookie(COOKIE, cookie, int(appointments.KEPT_FOR.total_seconds()))
    return visit.redirect("appointment-step", step=STEPS[0])


@page("/appointment/check", name="appointment-check", who=PUBLIC, methods=("GET", "POST"), limit="send")
def check(visit: Visit) -> Response:
    """Every answer once more, each with a way to change it; then the appointment is made."""
    plan = read_plan(visit.center)
    if visit.method == "GET":
        with visit.db.read() as connection:
            draft = _draft(visit, connection)
            if draft is None or "done" in draft.answers:
                return _elsewhere(visit, draft)
            if missing := _first_missing(visit, connection, plan, draft):
                return visit.redirect("appointment-step", step=missing)
        rows = summary(visit, plan, draft.answers)
        return visit.page("appointment/check.html.j2", rows=rows, total=TOTAL, call=draft.answers["slot"] == CALL)
    with visit.db.write() as connection:
        draft = _draft(visit, connection, lock=True)
        if draft is None or "done" in draft.answers:
            return _elsewhere(visit, draft)
        _renew(visit, connection, plan, draft)
        if missing := _first_missing(visit, connection, plan, draft):
            appointments.keep(connection, draft, visit.now)
            return visit.redirect("appointment-step", step=missing)
        slot = offer.find(plan, draft.answers["slot"], visit.now)
        row = slots.book(connection, slot, draft.id) if slot else None
        kept = appointments.make(
            connection, answered(draft.answers), row, visit.now, visit.language,
            account=visit.account.id if visit.account and visit.role == PATIENT_ROLE else None,
            referral=draft.answers.get("referral"),
        )  # fmt: skip
        # What was typed is the visit's now; the draft keeps no more than what the last page needs.
        draft.answers = {"done": kept.id}
        appointments.keep(connection, draft, visit.now)
        visit.record(connection, "made", "appointment", kept.id, status=kept.status)
    return visit.redirect("appointment-done")


@page("/appointment/done", name="appointment-done", who=PUBLIC)
def done(visit: Visit) -> Response:
    """The code of the appointment, and what happens next."""
    kept = _made(visit)
    if kept is None:
        return visit.redirect("appointment")
    visit.seen("appointment", kept.id)
    shown = slot_words(visit.center, read_plan(visit.center), kept.slot, visit.language) if kept.slot else None
    return visit.page("appointment/done.html.j2", kept=kept, shown=shown)


@page("/appointment/calendar", name="appointment-file", who=PUBLIC)
def calendar(visit: Visit) -> Response:
    """The appointment as a file for a calendar."""
    kept = _made(visit)
    if kept is None or kept.slot is None or kept.status != "booked":
        return visit.not_found()
    visit.seen("appointment", kept.id, form="calendar")
    content = appointment_calendar(visit.center, kept.slot, kept.reference, kept.changed_at, visit.language, visit.t)
    return visit.download(content, MEDIA_TYPE, "appointment.ics")


@page("/appointment/{step}", name="appointment-step", who=PUBLIC, methods=("GET", "POST"))
def step(visit: Visit) -> Response:
    """One step: one thing to answer."""
    name, plan = visit.path_params["step"], read_plan(visit.center)
    if name not in STEPS:
        return visit.not_found()
    if visit.method == "GET":
        with visit.db.read() as connection:
            draft = _draft(visit, connection)
            if draft is None or "done" in draft.answers:
                return _elsewhere(visit, draft)
            if name == "time":
                return _time_page(visit, connection, plan, draft, Form(SLOT, {"slot": draft.answers.get("slot", "")}))
        return _step_page(
            visit, plan, draft, name, Form(fields_of(name, visit, plan, draft.answers), dict(draft.answers))
        )
    with visit.db.write() as connection:
        draft = _draft(visit, connection, lock=True)
        if draft is None or "done" in draft.answers:
            return _elsewhere(visit, draft)
        if name == "time":
            form = Form.read(SLOT, visit.data)
            _choose(visit, connection, plan, draft, form)
            if form.errors:
                return _time_page(visit, connection, plan, draft, form)
        else:
            form = Form.read(fields_of(name, visit, plan, draft.answers), visit.data)
            if not form.errors:
                _take(visit, connection, plan, draft, name, form)
            if form.errors:
                return _step_page(visit, plan, draft, name, form)
            _renew(visit, connection, plan, draft)
        appointments.keep(connection, draft, visit.now)
        missing = _first_missing(visit, connection, plan, draft)
    return visit.redirect("appointment-step", step=missing) if missing else visit.redirect("appointment-check")


def _draft(visit: Visit, connection: Connection, *, lock: bool = False) -> Draft | None:
    return appointments.draft_of(connection, KIND, visit.cookie(COOKIE), visit.now, lock=lock)


def _made(visit: Visit) -> appointments.Kept | None:
    with visit.db.read() as connection:
        draft = _draft(visit, connection)
        return appointments.by_id(connection, str(draft.answers.get("done", ""))) if draft else None


def _elsewhere(visit: Visit, draft: Draft | None) -> Response:
    """Without answers to the start, which says why; after the last step to its code, however often it is sent."""
    return visit.redirect("appointment" if draft is None else "appointment-done")


def _needs_referral(plan: Plan, service: str) -> bool:
    found = plan.service(service)
    return found is None or found.needs_referral


def _take(visit: Visit, connection: Connection, plan: Plan, draft: Draft, name: str, form: Form) -> None:
    """The answers of a step into the draft, or what is wrong with them into the form."""
    if name == "visit":
        service = str(form.values["visit"]).partition(".")[0]
        referral = None
        if _needs_referral(plan, service):
            typed = form.values["tracking"]
            found = appointments.referral_of(connection, typed, visit.building.settings.secret)
            if found is None or not found[1]:
                problem = "early" if found else "wrong" if typed else "needed"
                form.add_error("tracking", f"appointment.visit.tracking_{problem}")
                return
            referral = found[0]
        draft.answers["referral"] = referral
        if form.values["visit"] != draft.answers.get("visit") and draft.answers.get("slot") != CALL:
            slots.release(connection, draft.id)
            draft.answers.pop("slot", None)
            draft.answers.pop("lost", None)
    sent = draft.answers.get("referral")
    if name == "person" and sent and not appointments.referred(connection, sent, form.values["born"]):
        form.add_error("born", "appointment.person.born_other")
        return
    if name == "contact":
        if form.values["best"] == "email" and not form.values["email"]:
            form.add_error("email", "form.needed_email")
        if form.values["language"] == "other" and not form.values["other_language"]:
            form.add_error("other_language", "appointment.contact.other_language_needed")
        if form.errors:
            return
    draft.answers.update(form.values)


def _choose(visit: Visit, connection: Connection, plan: Plan, draft: Draft, form: Form) -> None:
    """Hold the time that was chosen, or say in the form that it is gone."""
    wanted = form.values["slot"]
    if form.errors:
        return
    if wanted == CALL:
        slots.release(connection, draft.id)
        draft.answers.update(slot=CALL)
        draft.answers.pop("lost", None)
        return
    slot = next((slot for slot in _free(visit, connection, plan, draft) if slot.id == wanted), None)
    if slot is None or not _hold(visit, connection, plan, draft, slot):
        form.add_error("slot", "appointment.time.gone")
        return
    draft.answers.update(slot=wanted)
    draft.answers.pop("lost", None)


def _hold(visit: Visit, connection: Connection, plan: Plan, draft: Draft, slot: Slot) -> bool:
    referred = bool(draft.answers.get("referral"))
    return slots.hold(connection, plan, slot, draft.id, visit.now, referred=referred) is not None


def _free(visit: Visit, connection: Connection, plan: Plan, draft: Draft) -> list[Slot]:
    service, _, place = str(draft.answers.get("visit", "")).partition(".")
    found = plan.service(service)
    if found is None:
        return []
    referred = bool(draft.answers.get("referral"))
    return slots.free(connection, plan, found, place, visit.now, token=draft.id, referred=referred)


def _renew(visit: Visit, connection: Connection, plan: Plan, draft: Draft) -> None:
    """Hold the chosen time for longer with every step; when somebody else has it, take it out of the answers and say so."""
    wanted = draft.answers.get("slot")
    if not wanted or wanted == CALL:
        return
    slot = offer.find(plan, wanted, visit.now)
    if slot is None or not _hold(visit, connection, plan, draft, slot):
        del draft.answers["slot"]
        draft.answers["lost"] = True


def _first_missing(visit: Visit, connection: Connection, plan: Plan, draft: Draft) -> str | None:
    """The first step that has no good answer. A time that ran out counts while nobody else has it."""
    for name in STEPS:
        if name == "time":
            wanted = draft.answers.get("slot")
            slot = offer.find(plan, wanted, visit.now) if wanted and wanted != CALL else None
            if wanted != CALL and (
                slot is None or slot.row in slots.taken(connection, [slot], visit.now, token=draft.id)
            ):
                return name
        elif Form.read(fields_of(name, visit, plan, draft.answers), _Answers(draft.answers)).errors:
            return name
    return None


class _Answers(dict[str, Any]):
    """Answers as a form would send them."""

    def getlist(self, name: str) -> list[str]:
        """The values of a field of many."""
        return list(self.get(name) or ())


def _step_page(visit: Visit, plan: Plan, draft: Draft, name: str, form: Form) -> Response:
    return visit.page(
        "appointment/step.html.j2", status=422 if form.errors else 200, form=form, step=name, number=STEPS.index(name) + 1,
        total=TOTAL, back=_back(visit, name), held=_held_words(visit, plan, draft),
    )  # fmt: skip


def _time_page(visit: Visit, connection: Connection, plan: Plan, draft: Draft, form: Form) -> Response:
    if "visit" not in draft.answers:
        return visit.redirect("appointment-step", step="visit")
    free = _free(visit, connection, plan, draft)
    shown = picker(visit.center, plan, free, visit.language, visit.query.get("from", ""), form.values["slot"])
    return visit.page(
        "appointment/time.html.j2", status=422 if form.errors else 200, form=form, picker=shown, call=CALL,
        lost=bool(draft.answers.get("lost")), number=STEPS.index("time") + 1, total=TOTAL, back=_back(visit, "time"),
        minutes=int(plan.hold.total_seconds()) // 60,
    )  # fmt: skip


def _back(visit: Visit, name: str) -> str:
    number = STEPS.index(name)
    return visit.url("appointment-step", step=STEPS[number - 1]) if number else visit.url("appointment")


def _held_words(visit: Visit, plan: Plan, draft: Draft) -> dict[str, str] | None:
    """The time that is kept, in words."""
    slot = offer.find(plan, str(draft.answers.get("slot", "")), visit.now)
    return slot_words(visit.center, plan, slot, visit.language) if slot else None

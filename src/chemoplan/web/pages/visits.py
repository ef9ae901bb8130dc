"""A patient's own visits: when and where, what to bring, and a file for the calendar."""

from __future__ import annotations

from starlette.responses import Response

from chemoplan.web.access import PATIENT, page
from chemoplan.web.booking import appointments as store
from chemoplan.web.booking.appointment_file import MEDIA_TYPE, appointment_calendar
from chemoplan.web.booking.slot_picker import slot_words
from chemoplan.web.center.offer import read_plan
from chemoplan.web.visit import Visit


@page("/my/visits", name="my-visits", who=PATIENT)
def my_visits(visit: Visit) -> Response:
    """What is to come, who will call, and what was."""
    assert visit.account
    with visit.db.read() as connection:
        kept = store.of_account(connection, visit.account.id)
    if kept:
        visit.seen("appointments", visit.account.id)
    plan = read_plan(visit.center)
    rows = [(item, slot_words(visit.center, plan, item.slot, visit.language) if item.slot else None) for item in kept]
    coming = [row for row in rows if row[0].status == "booked" and row[0].slot and row[0].slot.end > visit.now]
    waiting = [row for row in rows if row[0].status == "wanted"]
    past = [row for row in rows if row not in coming and row not in waiting]
    coming.sort(key=lambda row: row[0].slot.start if row[0].slot else visit.now)
    return visit.page("visits/mine.html.j2", coming=coming, waiting=waiting, past=past)


@page("/my/visits/{id}/calendar", name="my-visit-file", who=PATIENT)
def calendar(visit: Visit) -> Response:
    """One visit as a file for a calendar."""
    assert visit.account
    with visit.db.read() as connection:
        mine = {item.id: item for item in store.of_account(connection, visit.account.id)}
    kept = mine.get(visit.path_params["id"])
    if kept is None or kept.slot is None or kept.status != "booked":
        return visit.not_found()
    visit.seen("appointment", kept.id)
    content = appointment_calendar(visit.center, kept.slot, kept.reference, kept.changed_at, visit.language, visit.t)
    return visit.download(content, MEDIA_TYPE, "appointment.ics")

"""What each step of an appointment asks, as data, and the answers in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from chemoplan.web.booking.appointments import CALL
from chemoplan.web.booking.slot_picker import slot_words
from chemoplan.web.center import offer
from chemoplan.web.center.hours import day_words
from chemoplan.web.center.offer import Plan
from chemoplan.web.forms import Choice, Field, read_date
from chemoplan.web.visit import Visit

STEPS = ("who", "reason", "visit", "time", "person", "contact")
"""The steps in order; checking the answers is one more."""
OLDEST = 130


def _choices(area: str, *names: str) -> tuple[Choice, ...]:
    return tuple((name, f"appointment.{area}.{name}") for name in names)


def fields_of(step: str, visit: Visit, plan: Plan, answers: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a step, for somebody who gave these answers; `time` has a picker of its own."""
    if step == "visit":
        return _visit_fields(visit, plan)
    if step == "person":
        return (
            Field("name", label="appointment.person.name", hint="appointment.person.name_hint", autocomplete="name"),
            Field("born", "date", "appointment.person.born", autocomplete="bday", check=_born(visit.today)),
        )
    alone = answers.get("who") == "me"
    return tuple(item for item in _FIELDS[step] if not (alone and item.name == "helper"))


BY = (("call", "appointment.contact.call"), ("email", "appointment.contact.by_email"))
LANGUAGES = (
    ("en", "appointment.contact.english"), ("es", "appointment.contact.spanish"), ("other", "appointment.contact.other"),
)  # fmt: skip

_FIELDS: dict[str, tuple[Field, ...]] = {
    "who": (Field("who", "radios", "appointment.who.title", choices=_choices("who", "me", "other")),),
    "reason": (
        Field(
            "reason", "radios", "appointment.reason.title",
            choices=_choices("reason", "diagnosis", "opinion", "treatment", "follow_up"),
        ),
    ),
    "contact": (
        Field("phone", "tel", "appointment.contact.phone", autocomplete="tel", max_length=30),
        Field("email", "email", "appointment.contact.email", required=False, autocomplete="email", max_length=254),
        Field("best", "radios", "appointment.contact.best", choices=BY),
        Field("helper", label="appointment.contact.helper", hint="appointment.contact.helper_hint", required=False),
        Field("language", "radios", "appointment.contact.language", choices=LANGUAGES),
        Field("other_language", label="appointment.contact.other_language", required=False, max_length=60),
        Field("interpreter", "radios", "appointment.contact.interpreter", choices=_choices("contact", "no", "yes", "sign")),
    ),
}  # fmt: skip


def _visit_fields(visit: Visit, plan: Plan) -> tuple[Field, ...]:
    choices, needs = [], False
    for service in plan.services:
        for place in service.locations:
            name, where = visit.center.words(service.name, visit.language), visit.center.location(place) or {}
            key = "appointment.visit.choice_referral" if service.needs_referral else "appointment.visit.choice"
            words = visit.t(key, name=name, place=visit.center.words(where.get("name", ""), visit.language))
            choices.append((f"{service.id}.{place}", words))
            needs = needs or service.needs_referral
    title = Field("visit", "radios", visit.t("appointment.visit.title"), choices=tuple(choices), words=True)
    code = Field(
        "tracking",
        label="appointment.visit.tracking",
        hint="appointment.visit.tracking_hint",
        required=False,
        max_length=30,
    )
    return (title, code) if needs else (title,)


def _born(today: date) -> Any:
    def problem(value: str) -> str | None:
        day = read_date(value)
        if day is None or day > today:
            return "appointment.person.born_later"
        return "appointment.person.born_long_ago" if today.year - day.year > OLDEST else None

    return problem


def answered(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a visit keeps: neither the state of the draft nor a code of something else."""
    alone = answers.get("who") == "me"
    return {name: "" if alone and name == "helper" else answers.get(name, "") for name in KEPT}


KEPT = (
    "who", "reason", "visit", "name", "born", "phone", "email", "best", "helper", "language", "other_language", "interpreter",
)  # fmt: skip


def summary(visit: Visit, plan: Plan, answers: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Every answer in words: what, the answer, where to change it, and what is changed there (for people who cannot see the row)."""
    rows = []
    for step in STEPS:
        for name, label, value in _words(visit, plan, step, answers):
            if value or name != "helper":
                rows.append((label, value, visit.url("appointment-step", step=step), label))
    return rows


def _words(visit: Visit, plan: Plan, step: str, answers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    if step == "time":
        return [("slot", visit.t("appointment.check.time"), time_words(visit, plan, str(answers["slot"])))]
    found = []
    for item in fields_of(step, visit, plan, answers):
        value = str(answers.get(item.name, ""))
        if item.name in ("tracking", "other_language"):
            continue
        label = item.label if item.words else visit.t(f"appointment.check.{item.name}")
        if item.name == "visit":
            label = visit.t("appointment.check.visit")
        if item.choices and value:
            words = dict(item.choices)[value]
            value = words if item.words else visit.t(words)
        if item.kind == "date" and (day := read_date(value)):
            value = day_words(day, visit.language, "date")
        if item.name == "language" and answers.get("language") == "other":
            value = str(answers.get("other_language", ""))
        found.append((item.name, label, value))
    return found


def time_words(visit: Visit, plan: Plan, identity: str) -> str:
    """A chosen time in words, or that we call."""
    if identity == CALL:
        return visit.t("appointment.time.call")
    slot = offer.find(plan, identity, visit.now)
    if slot is None:
        return ""
    shown = slot_words(visit.center, plan, slot, visit.language)
    return visit.t("appointment.time.words_doctor" if shown["doctor"] else "appointment.time.words", **shown)

"""Decision aids: two choices side by side, the same for every reader, and what matters to the reader in the reader's own marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.people_texts import load_texts
from chemoplan.web.access import PATIENT_ROLE, PUBLIC, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.inbox.question_list import send_one
from chemoplan.web.store.tables import questions
from chemoplan.web.visit import Visit

SCALE = ("5", "4", "3", "2", "1")
"""Most first, as a list of what matters reads."""


@page("/decide", name="decide", who=PUBLIC)
def decide(visit: Visit) -> Response:
    """All decision aids."""
    return visit.page("aids/index.html.j2", aids=aids(), about=_about())


@page("/decide/{aid}", name="decision-aid", who=PUBLIC, methods=("GET", "POST"))
def aid(visit: Visit) -> Response:
    """One decision aid. A patient who is signed in may send the marks to the team; from anybody else nothing is kept."""
    name = visit.path_params["aid"]
    shown = aids().get(name)
    if shown is None:
        return visit.not_found()
    fields = _fields(visit, shown)
    if visit.method == "GET":
        return _page(visit, name, shown, Form(fields))
    form = Form.read(fields, visit.data)
    if not form.errors and not any(form.values.values()):
        form.add_error(fields[0].name, "my.aids.pick_one")
    if form.errors:
        return _page(visit, name, shown, form, status=422)
    if visit.role == PATIENT_ROLE and visit.data.get("do") == "send":
        _send(visit, shown, form)
        return visit.redirect("decision-aid", aid=name, query={"sent": "yes"})
    return _page(visit, name, shown, form, ranked=_ranked(visit, shown, form))


def aids() -> dict[str, Mapping[str, Any]]:
    """The aids by name, in their order."""
    return dict(sorted(load_texts()["aids"].items(), key=lambda item: int(item[1]["order"])))


def order_of(visit: Visit) -> tuple[str, str]:
    """Which choice stands first: as asked, else by the day at the center, so that over time each is first as often."""
    asked = visit.query.get("order")
    if asked in ("a", "b"):
        first = str(asked)
    else:
        first = "ab"[visit.today.toordinal() % 2]
    return (first, "b" if first == "a" else "a")


def _page(
    visit: Visit, name: str, shown: Mapping[str, Any], form: Form, *, status: int = 200, ranked: Any = None
) -> Response:
    return visit.page(
        "aids/aid.html.j2", status=status, aid=shown, name=name, about=_about(), form=form, order=order_of(visit),
        ranked=ranked, sources=[(key, source_of(key)) for key in shown["sources"]], source_of=source_of,
        sent=visit.query.get("sent") == "yes" and visit.role == PATIENT_ROLE, may_send=visit.role == PATIENT_ROLE,
    )  # fmt: skip


def _about() -> Mapping[str, Any]:
    about: Mapping[str, Any] = load_texts()["decision_aids"]
    return about


def source_of(key: str) -> Any:
    """A source by id. Every id of an aid is held; a test sees to it."""
    knowledge = load_knowledge()
    assert knowledge.dosing.regimens, "the sources on giving drugs are read with them"
    return knowledge.sources[key]


def _fields(visit: Visit, shown: Mapping[str, Any]) -> tuple[Field, ...]:
    """One scale for each thing that may matter."""
    plain = visit.speaker.plain
    choices = tuple((mark, plain(_about()["scale"][mark])) for mark in SCALE)
    return tuple(
        Field(f"value-{item['id']}", "radios", plain(item["text"]), required=False, choices=choices, words=True)
        for item in shown["matters"]
    )


def _ranked(visit: Visit, shown: Mapping[str, Any], form: Form) -> list[tuple[str, str]]:
    """What the reader marked, most of all first: the thing, and how much."""
    plain = visit.speaker.plain
    marked = [(form.values[f"value-{item['id']}"], plain(item["text"])) for item in shown["matters"]]
    return [
        (text, plain(_about()["scale"][mark]))
        for mark, text in sorted((row for row in marked if row[0]), key=lambda row: SCALE.index(row[0]))
    ]


def _send(visit: Visit, shown: Mapping[str, Any], form: Form) -> None:
    """To the team, as something to talk about: it stands among the patient's questions."""
    assert visit.account is not None, "patients are signed in"
    listed = "; ".join(f"{text}: {mark}" for text, mark in _ranked(visit, shown, form))
    text = visit.t("my.aids.message", title=visit.speaker.plain(shown["title"]), list=listed)
    with visit.db.write() as connection:
        if not visit.made_before(connection, questions):
            send_one(connection, visit.form_id, visit.account.id, text, visit.now)
            visit.record(connection, "sent", "question", visit.form_id)

"""Changes of a case other than its facts: documents, the day of the decision, its state, decisions of the team."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from chemoplan.web.access import CARE_TEAM, CLINICIANS, page
from chemoplan.web.cases import case_form, case_store, case_view
from chemoplan.web.cases.case_form import Said
from chemoplan.web.cases.case_store import StaleVersion
from chemoplan.web.forms import Field, Form, read_date
from chemoplan.web.pages.case_page import seen_version
from chemoplan.web.pages.case_parts import opened
from chemoplan.web.pages.cases import FILES, keep, sent_files
from chemoplan.web.pages.release import why_of
from chemoplan.web.store.tables import overrides
from chemoplan.web.visit import Visit

DAY = Field("decided_on", "date", "case.decided_on", "case.decided_on_hint", required=False)
STATUS = Field(
    "status", "radios", "case.status", choices=tuple((name, f"case.statuses.{name}") for name in case_store.STATUSES)
)
DECISIONS = ("chosen", "declined", "accepted_risk")
OVERRIDE = (
    Field("decision", "radios", "case.decision", choices=tuple((name, f"case.decisions.{name}") for name in DECISIONS)),
    Field("reason", "textarea", "case.reason", "case.reason_hint", max_length=2000),
)

READ = Field("read", "checkbox", "case.override_read", required=False)
"""Asked where the program says that something must not be done."""


@page("/cases/{id}/change", name="case-change", who=CARE_TEAM, methods=("GET", "POST"), uploads=True)
def case_change(visit: Visit) -> Response:
    """Add documents, set the day of the decision, close or open the case."""
    identity = visit.path_params["id"]
    with visit.db.read() as connection:
        row = case_store.case_of(connection, identity)
        version = case_store.version_of(connection, identity, row.version) if row else None
    if row is None or version is None:
        return visit.not_found()
    fields = (DAY, *FILES, STATUS)
    form = Form(fields, {"decided_on": version.decided_on or "", "status": row.status})
    seen = row.version
    if visit.method == "POST":
        form, seen = Form.read(fields, visit.data, visit.files), seen_version(visit)
        if not form.errors:
            done = _change(visit, row, version, form, seen)
            if done is not None:
                return done
    else:
        visit.seen("case", identity, part="change")
    return case_form.show(
        visit,
        "case/change.html.j2",
        422 if form.errors else 200,
        row=row,
        version=version,
        form=form,
        seen=seen,
        documents=case_store.documents_of(version),
    )


def _change(visit: Visit, row: Any, version: Any, form: Form, seen: int) -> Response | None:
    """Keep what was sent; None when it was refused, with the reasons in the form."""
    assert visit.account is not None
    decided = read_date(form.values["decided_on"])
    day = decided.isoformat() if decided else ""
    files = sent_files(form)
    single = {document.kind for document, _, _ in files if document.kind != "panel"}
    old = [item for item in case_store.documents_of(version) if item.kind not in single]
    documents = [*old, *(document for document, _, _ in files)]
    with visit.db.read() as connection:
        contents = case_store.contents_of(connection, old)
    contents |= {document.file_id: content for document, content, _ in files}
    changed = bool(files) or day != (version.decided_on or "")
    if changed:
        try:
            case_view.made_view(documents, contents, version.answers, day or None, case_view.knowledge_of(visit))
        except case_view.CaseUnreadable as refused:
            for line in refused.lines:
                form.add_error("case_files" if files else "decided_on", Said(line))
            return None
    names = ", ".join(document.name for document, _, _ in files)
    words = visit.t("case.change.documents", names=names) if files else visit.t("case.change.day", day=day or "-")
    try:
        with visit.db.write() as connection:
            if changed:
                kept = [*old, *(keep(connection, row.id, item, visit) for item in files)]
                number = case_store.change_case(
                    connection, row.id, seen, words, visit.account.id, visit.now, documents=kept, decided_on=day
                )
                visit.record(connection, "changed", "case", row.id, version=number, documents=len(files))
            _mark(visit, connection, row.id, form.values["status"])
    except StaleVersion as stale:
        form.add_error(
            "decided_on", Said(visit.t("case.stale", name=stale.by, change=stale.change, number=stale.version))
        )
        return None
    except _OtherStatus as other:
        form.add_error("status", Said(visit.t("case.status_stale", status=visit.t(f"case.statuses.{other}"))))
        return None
    return visit.redirect("case", id=row.id)


class _OtherStatus(ValueError):
    """Somebody gave the case another state than the one that was seen; the message is its name."""


def _mark(visit: Visit, connection: Connection, case_id: str, wanted: str) -> None:
    """Give the case the state that is wanted. Raises _OtherStatus when it has neither this one nor the one that was seen."""
    seen = str(visit.data.get("status_seen", ""))
    held = case_store.case_of(connection, case_id)
    if held is None or held.status == wanted == seen:
        return
    if case_store.set_status(connection, case_id, seen, wanted, visit.now):
        visit.record(connection, "marked", "case", case_id, status=wanted)
    elif held.status != wanted:
        raise _OtherStatus(held.status)


@page("/cases/{id}/state", name="case-state", who=CARE_TEAM)
def case_state(visit: Visit) -> Response:
    """State any fact of the vocabulary: one that nobody asks for, or one to be corrected. The form goes where answers go."""
    found = opened(visit, seen="state")
    if isinstance(found, Response):
        return found
    row, version, view = found
    vocabulary = case_view.knowledge_of(visit).vocabulary
    free = [fact for fact in vocabulary.about_case() if case_form.may_be_stated(fact)]
    wanted = [fact.name for fact in free if fact.name in visit.request.query_params.getlist("fact")][:25]
    form = case_form.form_with(case_form.fact_fields(wanted, vocabulary), view.case.facts, vocabulary)
    topics: dict[str, list[Any]] = {}
    for fact in free:
        topics.setdefault(fact.topic, []).append(fact)
    states = {name: view.case.states[name].source for name in wanted if name in view.case.states}
    return case_form.show(
        visit,
        "case/state.html.j2",
        row=row,
        version=version,
        form=form,
        topics=topics,
        wanted=wanted,
        states=states,
        shown=[name for name in wanted if name in view.case.facts],
    )


@page("/cases/{id}/override/{target}", name="override", who=CLINICIANS, methods=("GET", "POST"))
def override(visit: Visit) -> Response:
    """Choose, decline, or accept a risk at an option, with a reason. What the program says of it stays beside it."""
    found = opened(visit, seen="override")
    if isinstance(found, Response):
        return found
    row, version, view = found
    target = visit.path_params["target"]
    named = {item["id"]: item for key in ("options", "excluded", "alerts") for item in view.plan[key]}
    if target not in named:
        return visit.not_found()
    danger = why_of(named[target]) if named[target] in view.plan["excluded"] else []
    asked = (*OVERRIDE, READ) if danger else OVERRIDE
    form = Form(asked)
    if visit.method == "POST":
        form = Form.read(asked, visit.data)
        if danger and form.values["decision"] != "declined" and not form.values["read"]:
            form.add_error("read", "case.override_read_needed")
        if not form.errors:
            with visit.db.write() as connection:
                if not visit.made_before(connection, overrides):
                    _decide(visit, connection, row.id, target, form)
            return visit.redirect("case", id=row.id)
    return visit.page(
        "case/override.html.j2",
        status=422 if form.errors else 200,
        row=row,
        version=version,
        form=form,
        danger=danger,
        title=named[target]["title"],
        verdict=named[target].get("verdict") or named[target].get("severity") or "excluded",
        target=target,
    )


def _decide(visit: Visit, connection: Connection, case_id: str, target: str, form: Form) -> None:
    """Keep a decision of the team."""
    assert visit.account is not None
    decision, reason = form.values["decision"], form.values["reason"]
    made = case_store.add_override(
        connection, case_id, target, decision, reason, visit.account.id, visit.now, visit.form_id
    )
    visit.record(connection, "decided", "case", case_id, target=target, decision=decision, override=made)


@page("/cases/{id}/overrides/{override}/withdraw", name="override-withdraw", who=CLINICIANS, methods=("POST",))
def override_withdraw(visit: Visit) -> Response:
    """Take a decision back; both stay in the record."""
    assert visit.account is not None
    identity = visit.path_params["id"]
    with visit.db.write() as connection:
        done = case_store.withdraw_override(
            connection, identity, visit.path_params["override"], visit.account.id, visit.now
        )
        if done:
            visit.record(connection, "withdrew", "case", identity, override=visit.path_params["override"])
    return visit.redirect("case", id=identity) if done else visit.not_found()

"""The page of one case: what is missing first, options with their reasons, what was decided otherwise, what goes to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from chemoplan.report import outline
from chemoplan.web.access import CARE_TEAM, CLINICIANS, PHARMACISTS, page
from chemoplan.web.cases import case_form, case_store, case_view, order_sheet, what_if
from chemoplan.web.cases.case_form import Said
from chemoplan.web.cases.case_store import StaleVersion
from chemoplan.web.cases.case_view import CaseUnreadable, CaseView, Shelf, knowledge_of, view_of
from chemoplan.web.forms import Form, read_date
from chemoplan.web.people.accounts import Account
from chemoplan.web.store.tables import accounts, check_ins, order_sheets, questions, releases
from chemoplan.web.visit import Visit

MOST_CONDITIONAL = 10
"""Conditional options that tell their reasons on the case page itself; the others do so on a page of their own."""
PAGES = Shelf(200)
TONES = {"chosen": "good", "declined": "quiet", "accepted_risk": "open"}


@page("/cases/{id}", name="case", who=CARE_TEAM)
def case(visit: Visit) -> Response:
    """The latest version of a case."""
    return case_page(visit)


@page("/cases/{id}/version/{number}", name="case-version", who=CARE_TEAM)
def case_version(visit: Visit) -> Response:
    """A version as it was: to look at, not to change."""
    number = visit.path_params["number"]
    return case_page(visit, number=int(number) if number.isdecimal() and len(number) < 9 else 0)


def case_page(
    visit: Visit,
    *,
    number: int | None = None,
    typed: Form | None = None,
    stale: StaleVersion | None = None,
    status: int = 200,
) -> Response:
    """The page of a case. `typed` is a form of answers that was not kept, `stale` why."""
    identity = visit.path_params["id"]
    with visit.db.read() as connection:
        row = case_store.case_of(connection, identity)
        version = case_store.version_of(connection, identity, number or row.version) if row else None
        if row is None or version is None:
            return visit.not_found()
        decided = case_store.overrides_of(connection, identity)
        around = _around(connection, row)
    visit.seen("case", identity, version=version.version)
    editable = version.version == row.version
    context: dict[str, Any] = {
        "row": row,
        "version": version,
        "editable": editable,
        "may_decide": may_decide(visit.account),
        "decided": decided,
        "in_force": {item.id for item in case_store.in_force(decided)},
        "documents": case_store.documents_of(version),
        "stale": stale,
        "typed": typed,
        "form": typed,
        "shown": case_form.shown_names(visit.data, knowledge_of(visit).vocabulary) if typed else (),
        **around,
    }
    try:
        context |= parts_of(visit, row, version, decided, editable=editable, typed=typed)
    except CaseUnreadable as refused:
        return case_form.show(visit, "case/unreadable.html.j2", status, lines=refused.lines, **context)
    return case_form.show(visit, "case/case.html.j2", status, **context)


def parts_of(
    visit: Visit,
    row: Row[Any],
    version: Row[Any],
    decided: Sequence[Row[Any]],
    *,
    editable: bool,
    typed: Form | None = None,
) -> Mapping[str, Any]:
    """The plan as HTML and its contents, made once for each version, day and set of decisions. Raises CaseUnreadable."""
    in_force = case_store.in_force(decided)
    key = (
        version.id,
        knowledge_of(visit).sha256,
        visit.today,
        editable,
        may_decide(visit.account),
        may_order(visit),
        tuple(item.id for item in in_force),
        visit.building.settings.address,
    )

    def make() -> dict[str, Any]:
        return _made(visit, row, view_of(visit, version), in_force, editable=editable, typed=typed)

    return make() if typed is not None else PAGES.get(key, make)


def _made(
    visit: Visit, row: Row[Any], view: CaseView, in_force: Sequence[Row[Any]], *, editable: bool, typed: Form | None
) -> dict[str, Any]:
    plan = view.plan
    shown = plan_context(visit, row, plan, in_force)
    answers = typed
    knowledge = knowledge_of(visit)
    if editable:
        asked = [
            item["fact"] for item in plan["missing"] if case_form.may_be_stated(knowledge.vocabulary[item["fact"]])
        ]
        if answers is None:
            answers = Form(case_form.fact_fields(asked, knowledge.vocabulary))
        else:  # what was typed, and the fields of everything else that is missing
            more = [
                item for item in case_form.fact_fields(asked, knowledge.vocabulary) if item.name not in answers.values
            ]
            answers = Form((*answers.fields, *more), dict(answers.values), list(answers.errors))
    known = {
        name
        for item in plan["missing"]
        for name in (case_form.BEFORE + item["fact"], f"{case_form.BEFORE}{item['fact']}{case_form.COMPLETE}")
    }
    names = what_if.facts_to_change(view, knowledge)
    thought = case_form.form_with(
        case_form.fact_fields(names, knowledge.vocabulary, what_if.BEFORE),
        view.case.facts,
        knowledge.vocabulary,
        what_if.BEFORE,
    )
    told = {
        "t": case_form.speaking(visit),
        "of_form": case_form.of_form,
        "leftover": [name for name in answers.values if name not in known] if editable and answers else [],
        "answers": answers if editable else None,
        "found_on": visit.data.get("found_on", "") if typed else "",
    }
    inner = visit.building.render("case/_plan.html.j2", visit, shown | told)
    return {
        "inner": Markup(inner),
        "thought": Markup(
            visit.building.render(
                "case/_what_if_fields.html.j2", visit, {"thought": thought, "of_form": case_form.of_form}
            )
        ),
        "nav": _contents(plan, shown["groups"], len(shown["decisions"])),
        "head": {key: plan[key] for key in ("case", "title", "decided_on", "knowledge", "chemoplan")},
        "counts": {
            "offered": sum(len(group.offered) for group in shown["groups"]),
            "conditional": sum(group.undecided for group in shown["groups"]),
            "excluded": len(plan["excluded"]),
            "problems": len(plan["problems"]),
        },
        "stops": [(item["id"], item["title"]) for item in plan["alerts"] if item["severity"] == "stop"],
        "offered": [(item["id"], item["title"], item["rank"]) for group in shown["groups"] for item in group.offered],
        "has_tumor": view.tumor is not None,
        "has_germline": view.germline is not None,
    }


def plan_context(visit: Visit, row: Row[Any], plan: Mapping[str, Any], in_force: Sequence[Row[Any]]) -> dict[str, Any]:
    """What the templates of a plan need: the options without the commands of the command line, the decisions beside them."""
    bare = {key: [{**item, "regimens": [], "courses": []} for item in plan[key]] for key in ("options", "excluded")}
    report = {**plan, **bare}
    beside: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in in_force:
        beside[item.target].append(
            {
                "tone": TONES[item.decision],
                "word": visit.t(f"case.decisions.{item.decision}"),
                "name": item.name or "",
                "at": item.created_at,
                "reason": item.reason,
            }
        )
    orders = order_sheet.options_to_order(plan, in_force, knowledge_of(visit))
    return {
        "report": report,
        "groups": outline.groups(report),
        "decisions": outline.decisions(plan),
        "sources": outline.sources(plan),
        "conflict_topics": {item["id"]: item["topic"] for item in plan["conflicts"]},
        "opened": False,
        "many": False,
        "case_id": row.id,
        "decided": dict(beside),
        "names": case_form.Names(knowledge_of(visit)),
        "may_decide": may_decide(visit.account),
        "may_order": may_order(visit),
        "orders": orders,
        "barred": order_sheet.barred(plan, {name for names in orders.values() for name in names}, knowledge_of(visit)),
        "most_conditional": MOST_CONDITIONAL,
    }


def _contents(plan: Mapping[str, Any], groups: Sequence[outline.Group], missing: int) -> list[tuple[str, str, int]]:
    severe = sum(item["severity"] == "stop" for item in plan["alerts"])
    rows = [
        ("severe", "case.severe", severe),
        ("missing", "case.missing", missing),
        ("alerts", "case.alerts", len(plan["alerts"]) - severe),
    ]
    found = [(f"#{anchor}", key, number) for anchor, key, number in rows if number or anchor == "missing"]
    found += [
        (f"#group-{group.id}", group.title, len(group.offered) + group.undecided)
        for group in groups
        if group.offered or group.undecided
    ]
    found += [(f"#{name}", f"case.{name}", len(plan[name])) for name in ("excluded", "conflicts") if plan[name]]
    return found


def may_order(visit: Visit) -> bool:
    """Whether somebody may work out an order."""
    return visit.role in CLINICIANS | PHARMACISTS


def may_decide(account: Account | None) -> bool:
    """Whether somebody may override, order and release."""
    return account is not None and account.role in CLINICIANS


def _around(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """What belongs to a case beside its plan."""
    person = row.patient_account_id
    asked, told = questions.c, check_ins.c
    theirs = (asked.case_id == row.id) | (asked.account_id == person) if person else asked.case_id == row.id
    checked = (told.case_id == row.id) | (told.account_id == person) if person else told.case_id == row.id
    return {
        "versions": case_store.versions_of(connection, row.id),
        "sheets": connection.execute(
            select(order_sheets).where(order_sheets.c.case_id == row.id).order_by(order_sheets.c.prepared_at.desc())
        ).all(),
        "given": connection.execute(
            select(releases).where(releases.c.case_id == row.id).order_by(releases.c.released_at.desc())
        ).all(),
        "questions": connection.execute(
            select(questions).where(theirs, asked.sent_at.is_not(None)).order_by(asked.sent_at, asked.position)
        ).all(),
        "check_ins": connection.execute(
            select(check_ins).where(checked).order_by(told.created_at.desc()).limit(5)
        ).all(),
        "patient": connection.execute(select(accounts.c.name).where(accounts.c.id == person)).scalar()
        if person
        else None,
    }


@page("/cases/{id}/answers", name="case-answers", who=CARE_TEAM, methods=("POST",))
def case_answers(visit: Visit) -> Response:
    """Facts stated on the page: a new version. What was typed comes back when it cannot be kept."""
    identity = visit.path_params["id"]
    knowledge = knowledge_of(visit)
    names = case_form.sent_names(visit.data, knowledge.vocabulary)
    form = Form.read(case_form.fact_fields(names, knowledge.vocabulary), visit.data)
    shown = case_form.shown_names(visit.data, knowledge.vocabulary)
    values = case_form.read_facts(form, names, knowledge.vocabulary, shown=shown)
    found_on = str(visit.data.get("found_on", "")).strip()
    if found_on and read_date(found_on) is None:
        form.add_error("found_on", "form.no_date")
    if not values and not form.errors:
        form.add_error("answers", "case.fill_something")
    if form.errors:
        return case_page(visit, typed=form, status=422)
    assert visit.account is not None
    said = case_form.answers_of(values, knowledge.vocabulary, visit.account.name, visit.today, read_date(found_on))
    change = _told(visit, said)
    return _changed(visit, identity, form, change, said)


def _told(visit: Visit, said: Mapping[str, Any]) -> str:
    """What answers changed, in words: facts that were stated, and facts that are unknown again."""
    kinds = {
        "answers": [name for name, answer in said.items() if answer["value"] is not None],
        "unknown": [name for name, answer in said.items() if answer["value"] is None],
    }
    return ". ".join(visit.t(f"case.change.{kind}", facts=", ".join(names)) for kind, names in kinds.items() if names)


def _changed(visit: Visit, identity: str, form: Form, change: str, said: dict[str, Any]) -> Response:
    """Keep answers as a new version, when the case can be read with them and nobody was faster."""
    seen = seen_version(visit)
    with visit.db.read() as connection:
        row = case_store.case_of(connection, identity)
        version = case_store.version_of(connection, identity, row.version) if row else None
        if row is None or version is None:
            return visit.not_found()
        documents = case_store.documents_of(version)
        contents = case_store.contents_of(connection, documents)
    answers = {**version.answers, **said}
    try:
        view = case_view.made_view(documents, contents, answers, version.decided_on, knowledge_of(visit))
        lines = _still_known(visit, view, said)
    except CaseUnreadable as refused:
        lines = refused.lines
    if lines:
        for line in lines:
            form.add_error("answers", Said(line))
        return case_page(visit, typed=form, status=422)
    try:
        with visit.db.write() as connection:
            assert visit.account is not None
            number = case_store.change_case(
                connection, identity, seen, change, visit.account.id, visit.now, answers=answers
            )
            visit.record(connection, "changed", "case", identity, version=number, facts=sorted(said))
    except StaleVersion as stale:
        return case_page(visit, typed=form, stale=stale, status=409)
    return visit.redirect("case", id=identity)


def _still_known(visit: Visit, view: CaseView, said: Mapping[str, Any]) -> list[str]:
    """What cannot be made unknown, because it follows from other facts: one line each."""
    return [
        visit.t("case.still_known", fact=name, source=str(view.case.states[name].source))
        for name, answer in said.items()
        if answer["value"] is None and name in view.case.facts
    ]


def seen_version(visit: Visit) -> int:
    """The version that stood on the page of a sent form."""
    given = str(visit.data.get("version", ""))
    return int(given) if given.isdecimal() and len(given) < 9 else 0

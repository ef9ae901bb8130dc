"""Releasing a plan to the patient: a named clinician chooses, writes, sees exactly what the patient will see, and confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update
from starlette.responses import Response

from chemoplan.report.patient import PatientPlanRefused, alternatives
from chemoplan.web.access import CLINICIANS, PATIENT_ROLE, page
from chemoplan.web.cases import case_form, case_store, releasing
from chemoplan.web.cases.case_form import Said
from chemoplan.web.cases.case_view import CaseView, knowledge_of
from chemoplan.web.cases.order_sheet import forced_of
from chemoplan.web.forms import Field, Form
from chemoplan.web.pages.case_page import seen_version
from chemoplan.web.pages.case_parts import opened
from chemoplan.web.people.accounts import AccountRefused, add_account
from chemoplan.web.people.signing_in import give_code, still_opens
from chemoplan.web.store.tables import accounts, cases, releases
from chemoplan.web.visit import Visit

MOST_PEOPLE, MOST_FOUND = 200, 50
"""How many patients a page lists to choose from, and how many of those that were looked for."""
FIND = Field("find", "text", "case.release_find", "case.release_find_hint", required=False, autocomplete="off")
REASON = (Field("reason", "textarea", "case.withdraw_reason", "case.withdraw_reason_hint", max_length=1000),)


class People(NamedTuple):
    """The patients to choose from; `many` when there are more, which one looks for by name."""

    shown: Sequence[Any]
    many: bool = False


def may_be_released(plan: Mapping[str, Any], decided: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """The options that may go to the patient: offered ones, and others of the plan that the team decided on with a reason."""
    forced = forced_of(decided)
    rows = [*plan["options"], *({**item, "verdict": "excluded"} for item in plan["excluded"])]
    return [
        {
            "id": item["id"],
            "kind": item["kind"],
            "title": item["title"],
            "verdict": item["verdict"],
            "forced": forced.get(item["id"]),
            "why": why_of(item),
        }
        for item in rows
        if item["verdict"] == "offered" or item["id"] in forced
    ]


def why_of(item: Mapping[str, Any]) -> list[str]:
    """Why the program does not offer an option, in the titles of what speaks against it."""
    return list(dict.fromkeys(trace["title"] for trace in item["because"] if trace["role"] != "offers"))


def _fields(visit: Visit, row: Row[Any], options: Sequence[Mapping[str, Any]], people: People) -> tuple[Field, ...]:
    choices = tuple(
        (
            item["id"],
            item["title"]
            if item["verdict"] == "offered"
            else visit.t("case.release_forced", title=item["title"], verdict=item["verdict"]),
        )
        for item in options
    )
    known = tuple((item.id, f"{item.name} ({item.email})") for item in people.shown)
    words: tuple[Field, ...] = (
        Field(
            "options",
            "checkboxes",
            visit.t("case.release_options"),
            hint=visit.t("case.release_options_hint"),
            choices=choices,
            words=True,
        ),
    )
    person: tuple[Field, ...] = ()
    if row.patient_account_id is None:
        person = (
            *((FIND,) if people.many else ()),
            Field(
                "patient",
                "select",
                visit.t("case.release_patient"),
                hint=visit.t("case.release_patient_many" if people.many else "case.release_patient_hint"),
                required=False,
                choices=(("", visit.t("case.release_new_person")), *known),
                words=True,
            ),
            Field("new_name", "text", "case.release_name", required=False, autocomplete="off"),
            Field("new_email", "email", "case.release_email", required=False, max_length=254, autocomplete="off"),
        )
    several = (releasing.SEVERAL,) if len(alternatives(options)) > 1 else ()
    return (*words, *several, *releasing.FIELDS, *person)


@page("/cases/{id}/release", name="release", who=CLINICIANS, methods=("GET", "POST"))
def release(visit: Visit) -> Response:
    """Choose and write; preview; confirm. Going back from the preview keeps everything."""
    answer = _answer(visit)
    # A second press: after the first one the case is this person's, so that what was typed may be refused now.
    return (answer.status_code == 422 and _made_before(visit)) or answer


def _answer(visit: Visit) -> Response:
    found = opened(visit, seen="release")
    if isinstance(found, Response):
        return found
    row, version, view = found
    with visit.db.read() as connection:
        options = may_be_released(view.plan, case_store.overrides_of(connection, row.id))
        people = _people(connection, visit)
    if row.patient_account_id is None:
        visit.seen("account", "patients", through="release")
    fields = _fields(visit, row, options, people)
    act = str(visit.data.get("act", "")) if visit.method == "POST" else ""
    form = Form.read(fields, visit.data) if act else Form(fields)
    context: dict[str, Any] = {"row": row, "version": version, "options": options, "form": form, "many": people.many}
    if act not in ("preview", "confirm"):
        form.errors.clear()
        return case_form.show(visit, "case/release.html.j2", **context)
    _check(visit, row, options, form)
    snapshot = None if form.errors else _snapshot(visit, view, options, form)
    if snapshot is None or form.errors:
        return case_form.show(visit, "case/release.html.j2", 422, **context)
    if seen_version(visit) != row.version:
        form.add_error("options", Said(visit.t("case.release_stale", number=row.version)))
        return case_form.show(visit, "case/release.html.j2", 422, **context)
    if act == "confirm" and visit.data.get("sure") == "yes":
        return _confirm(visit, row, snapshot, form, context)
    kept = _kept(form)
    if act == "confirm":
        form.fields = (
            *form.fields,
            Field(
                "sure",
                "checkbox",
                _sure(visit),
                required=False,
                words=True,
            ),
        )
        form.add_error("sure", "case.release_sure_needed")
    return case_form.show(
        visit,
        "case/release_preview.html.j2",
        422 if form.errors else 200,
        **context,
        released=snapshot,
        kept=kept,
        to=_name(people, row, form, visit),
    )


def _sure(visit: Visit) -> str:
    return visit.t("case.release_sure", name=visit.account.name if visit.account else "")


def _check(visit: Visit, row: Row[Any], options: Sequence[Mapping[str, Any]], form: Form) -> None:
    """What several treatments are to each other; and a person: an account that is there, or a name and an address."""
    chosen = [item for item in options if item["id"] in form.values["options"]]
    if len(alternatives(chosen)) > 1 and not form.values.get("several") and not form.error("several"):
        form.add_error("several", "my.release.several_needed")
    if row.patient_account_id is not None or form.values["patient"]:
        return
    for name in ("new_name", "new_email"):
        if not form.values[name] and not form.error(name):
            form.add_error(name, "case.release_person_needed")
    address = form.values["new_email"].lower()
    with visit.db.read() as connection:
        taken = connection.execute(select(accounts.c.id).where(accounts.c.email == address)).first()
    if address and taken:
        form.add_error("new_email", "case.release_exists")


def _snapshot(visit: Visit, view: CaseView, options: Sequence[Mapping[str, Any]], form: Form) -> dict[str, Any] | None:
    """What the patient will see; None when it cannot be said, with the reason in the form.

    Of the plan, only the chosen options go in: nothing of another one can come out. An excluded option that the team decided on
    is told as one of the plan.
    """
    assert visit.account is not None
    chosen = form.values["options"]
    excluded = [{**item, "verdict": "excluded"} for item in view.plan["excluded"]]
    mine = [item for item in (*view.plan["options"], *excluded) if item["id"] in chosen]
    try:
        return releasing.prepare(
            {**view.plan, "options": mine, "excluded": []},
            chosen,
            form.values,
            by=visit.account.name,
            on=visit.today,
            reviewed=visit.building.reviewed,
            knowledge=knowledge_of(visit),
        )
    except (PatientPlanRefused, KeyError) as refused:
        form.add_error("options", Said(str(refused)))
        return None


def _kept(form: Form) -> list[tuple[str, str]]:
    """Everything that was typed and chosen, for the hidden fields of the preview."""
    found: list[tuple[str, str]] = []
    for item in form.fields:
        value = form.values[item.name]
        found += [(item.name, part) for part in (value if isinstance(value, list) else [value])]
    return found


def _confirm(visit: Visit, row: Row[Any], snapshot: dict[str, Any], form: Form, context: Mapping[str, Any]) -> Response:
    assert visit.account is not None
    try:
        with visit.db.write() as connection:
            if not visit.made_before(connection, releases):
                _release_to(visit, connection, row, snapshot, form)
            code = _code(visit, connection)
    except AccountRefused as refused:
        form.add_error("options", Said(str(refused)))
        return case_form.show(visit, "case/release.html.j2", 422, **context)
    return _given(visit, row, code)


def _release_to(visit: Visit, connection: Connection, row: Row[Any], snapshot: dict[str, Any], form: Form) -> None:
    """Keep the release, with an account for a new person. Raises AccountRefused."""
    person = row.patient_account_id or form.values.get("patient")
    now = case_store.case_of(connection, row.id)
    if now is None or now.version != row.version:
        raise AccountRefused(visit.t("case.release_stale", number=now.version if now else 0))
    if not person:
        person = add_account(
            connection,
            PATIENT_ROLE,
            form.values["new_name"],
            form.values["new_email"],
            None,
            visit.now,
            form.values["language"],
        )
        give_code(connection, person, visit.now, visit.building.settings.secret, code=visit.form_code)
        visit.record(connection, "added", "account", person, role=PATIENT_ROLE)
    _tie(connection, visit, row.id, person)
    identity = _insert(connection, visit, row, snapshot, form, person)
    visit.record(
        connection,
        "released",
        "case",
        row.id,
        release=identity,
        options=form.values["options"],
        version=row.version,
    )


def _made_before(visit: Visit) -> Response | None:
    """The answer that this very form got already, or None."""
    with visit.db.write() as connection:
        row = case_store.case_of(connection, visit.path_params["id"])
        made = row is not None and visit.made_before(connection, releases)
        code = _code(visit, connection) if made else ""
    return _given(visit, row, code) if row is not None and made else None


def _code(visit: Visit, connection: Connection) -> str:
    """The code of the account that this form made, as long as it opens; it is kept nowhere. Empty when it made none."""
    person = connection.execute(
        select(releases.c.patient_account_id).where(releases.c.id == visit.form_id)
    ).scalar_one()
    valid = still_opens(connection, person, visit.form_code, visit.now, visit.building.settings.secret)
    return visit.form_code if valid else ""


def _given(visit: Visit, row: Row[Any], code: str) -> Response:
    """The answer to a plan that was released."""
    if code:
        return visit.page("case/release_done.html.j2", row=row, code=code)
    return visit.redirect("release-done", id=row.id, release=visit.form_id)


def _tie(connection: Connection, visit: Visit, case_id: str, person: str) -> None:
    """Make the case this person's, unless it became somebody else's meanwhile. Raises AccountRefused."""
    known = select(accounts.c.id).where(accounts.c.id == person, accounts.c.role == PATIENT_ROLE, accounts.c.active)
    free = or_(cases.c.patient_account_id.is_(None), cases.c.patient_account_id == person)
    tied = update(cases).where(cases.c.id == case_id, free, known.exists()).values(patient_account_id=person)
    if connection.execute(tied).rowcount != 1:
        raise AccountRefused(visit.t("case.release_other_person"))


def _insert(
    connection: Connection, visit: Visit, row: Row[Any], snapshot: dict[str, Any], form: Form, person: str
) -> str:
    assert visit.account is not None
    identity = visit.form_id
    standing = (releases.c.case_id == row.id, releases.c.withdrawn_at.is_(None))
    connection.execute(
        update(releases)
        .where(*standing)
        .values(
            withdrawn_by=visit.account.id, withdrawn_at=visit.now, withdrawn_reason=visit.t("case.release_replaced")
        )
    )
    connection.execute(
        insert(releases).values(
            id=identity,
            case_id=row.id,
            patient_account_id=person,
            case_version=row.version,
            plan=snapshot,
            language=snapshot["language"],
            note=form.values["note"],
            released_by=visit.account.id,
            released_by_name=visit.account.name,
            released_at=visit.now,
        )
    )
    return identity


@page("/cases/{id}/releases/{release}", name="release-done", who=CLINICIANS)
def done(visit: Visit) -> Response:
    """What the patient has now, as it was released."""
    found = _release(visit)
    if found is None:
        return visit.not_found()
    row, given = found
    visit.seen("release", given.id)
    return visit.page("case/release_done.html.j2", row=row, code="", given=given, released=given.plan)


@page("/cases/{id}/releases/{release}/withdraw", name="release-withdraw", who=CLINICIANS, methods=("GET", "POST"))
def withdraw(visit: Visit) -> Response:
    """Take a plan back from the patient, with a reason."""
    found = _release(visit)
    if found is None:
        return visit.not_found()
    row, given = found
    form = Form(REASON)
    if visit.method == "POST":
        form = Form.read(REASON, visit.data)
        if not form.errors:
            assert visit.account is not None
            with visit.db.write() as connection:
                changed = connection.execute(
                    update(releases)
                    .where(releases.c.id == given.id, releases.c.withdrawn_at.is_(None))
                    .values(
                        withdrawn_by=visit.account.id, withdrawn_at=visit.now, withdrawn_reason=form.values["reason"]
                    )
                ).rowcount
                if changed:
                    visit.record(connection, "withdrew", "case", row.id, release=given.id)
            return visit.redirect("case", id=row.id)
    visit.seen("release", given.id)
    return visit.page(
        "case/release_withdraw.html.j2", status=422 if form.errors else 200, row=row, given=given, form=form
    )


def _release(visit: Visit) -> tuple[Row[Any], Row[Any]] | None:
    with visit.db.read() as connection:
        row = case_store.case_of(connection, visit.path_params["id"])
        given = connection.execute(
            select(releases).where(
                releases.c.id == visit.path_params["release"], releases.c.case_id == visit.path_params["id"]
            )
        ).one_or_none()
    return (row, given) if row is not None and given is not None else None


def _people(connection: Connection, visit: Visit) -> People:
    """All patients where they are few; of many, those whose name or address has the words looked for, and the one chosen."""
    row = accounts.c
    held = select(row.id, row.name, row.email).where(row.role == PATIENT_ROLE, row.active).order_by(row.name, row.id)
    found = connection.execute(held.limit(MOST_PEOPLE + 1)).all()
    if len(found) <= MOST_PEOPLE:
        return People(found)
    chosen = row.id == str(visit.data.get("patient", ""))
    words = str(visit.data.get("find", "")).lower().split()
    signs = [func.lower(row.name + " " + row.email).contains(word, autoescape=True) for word in words]
    wanted = or_(chosen, and_(*signs)) if signs else chosen
    return People(
        connection.execute(held.where(wanted).order_by(None).order_by(chosen.desc(), row.name).limit(MOST_FOUND)).all(),
        many=True,
    )


def _name(people: People, row: Row[Any], form: Form, visit: Visit) -> str:
    wanted = row.patient_account_id or form.values.get("patient")
    return str(next((item.name for item in people.shown if item.id == wanted), form.values.get("new_name", "")))

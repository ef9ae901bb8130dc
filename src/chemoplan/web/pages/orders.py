"""Order sheets of a case: prepared by a clinician, verified by a pharmacist who is another person, printed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from chemoplan.dosing.order import OrderRequest
from chemoplan.report.order_html import order_html
from chemoplan.web.access import CARE_TEAM, CLINICIANS, PHARMACISTS, page
from chemoplan.web.cases import case_form, case_store, order_sheet
from chemoplan.web.cases.case_view import knowledge_of
from chemoplan.web.forms import Form
from chemoplan.web.pages.case_parts import main_of, opened
from chemoplan.web.store.tables import order_sheets
from chemoplan.web.visit import Visit


@page("/cases/{id}/order/{regimen}", name="order-new", who=CLINICIANS | PHARMACISTS, methods=("GET", "POST"))
def order_new(visit: Visit) -> Response:
    """Work an order out, change what may be chosen, and prepare it when it is complete. A pharmacist works it out alone."""
    found = opened(visit, seen="order")
    if isinstance(found, Response):
        return found
    row, version, view = found
    regimen, knowledge = visit.path_params["regimen"], knowledge_of(visit)
    with visit.db.read() as connection:
        decided = case_store.overrides_of(connection, row.id)
    allowed = order_sheet.regimens_of(view, decided, knowledge)
    if regimen not in allowed:
        return visit.not_found()
    forced = order_sheet.decision_of(view, allowed[regimen], decided, visit.day)
    problems: list[str] = []
    request = order_sheet.request_of(visit.data if visit.method == "POST" else {})
    try:
        made = order_sheet.make(view, regimen, request, knowledge)
    except ValueError as refused:
        if not type(refused).__name__.endswith("Refused"):
            raise
        problems = [str(refused)]
        made = order_sheet.make(view, regimen, OrderRequest(), knowledge)
    typed = {name: str(value) for name, value in visit.data.items()}
    form = Form(order_sheet.fields_of(regimen, made, knowledge), typed)
    without = Form(order_sheet.without_fields(made, case_form.Names(knowledge).question), typed)
    may_prepare = visit.role in CLINICIANS
    if visit.method == "POST" and visit.data.get("act") == "prepare" and not problems:
        if not may_prepare:
            return visit.building.problem_page(visit, 403)
        if str(row.version) != str(visit.data.get("version")):
            problems = [visit.t("case.order_stale", number=row.version)]
        elif why := order_sheet.why_not(made):
            problems = [why]
        else:
            return _prepare(visit, row, made, forced)
    return case_form.show(
        visit,
        "case/order_new.html.j2",
        422 if problems else 200,
        row=row,
        version=version,
        form=form,
        without=without,
        barred=order_sheet.barred(view.plan, [regimen], knowledge).get(regimen),
        may_prepare=may_prepare,
        problems=problems,
        made=made,
        regimen=regimen,
        option=case_form.Names(knowledge).title(allowed[regimen]),
        forced=forced,
        inner=main_of(order_html(made)),
        ready=order_sheet.why_not(made) is None,
    )


def _prepare(visit: Visit, row: Any, made: dict[str, Any], forced: dict[str, Any] | None) -> Response:
    assert visit.account is not None
    if forced:  # kept with the order: the pharmacist reads why, whatever is decided later
        made = {**made, "forced": forced}
    with visit.db.write() as connection:
        if not visit.made_before(connection, order_sheets):
            order_sheet.keep(connection, row.id, row.version, made, visit.account.id, visit.now, visit.form_id)
            visit.record(connection, "prepared", "order", visit.form_id, case=row.id, regimen=made["regimen"])
    return visit.redirect("order-sheet", id=row.id, sheet=visit.form_id)


@page("/cases/{id}/orders/{sheet}", name="order-sheet", who=CARE_TEAM)
def sheet(visit: Visit) -> Response:
    """An order sheet as it was prepared, with who prepared and verified it."""
    return _sheet(visit)


def _sheet(visit: Visit, problem: str = "") -> Response:
    identity = visit.path_params["id"]
    with visit.db.read() as connection:
        row = case_store.case_of(connection, identity)
        found = order_sheet.sheet_of(connection, identity, visit.path_params["sheet"])
        names = order_sheet.names_of(connection, found) if found else {}
    if row is None or found is None:
        return visit.not_found()
    visit.seen("case", identity, part="order sheet")
    return visit.page(
        "case/order_sheet.html.j2",
        status=422 if problem else 200,
        row=row,
        sheet=found,
        names=names,
        problem=problem,
        forced=found.order.get("forced"),
        inner=main_of(order_html(found.order)),
        may_verify=visit.role in PHARMACISTS and not found.verified_at and not found.withdrawn_at,
        may_withdraw=visit.role in CLINICIANS | PHARMACISTS and not found.withdrawn_at,
    )


@page("/cases/{id}/orders/{sheet}/verify", name="order-verify", who=PHARMACISTS, methods=("POST",))
def verify(visit: Visit) -> Response:
    """A pharmacist has checked the order: drug, dose, person, day."""
    assert visit.account is not None
    identity = visit.path_params["id"]
    with visit.db.write() as connection:
        row = case_store.case_of(connection, identity)
        found = order_sheet.sheet_of(connection, identity, visit.path_params["sheet"])
        if row is None or found is None:
            return visit.not_found()
        current = row.version == found.case_version
        checked = visit.data.get("checked") == "yes"
        done = current and checked and order_sheet.verify(connection, found.id, visit.account.id, visit.now)
        if done:
            visit.record(connection, "verified", "order", found.id, case=identity)
    if done:
        return visit.redirect("order-sheet", id=identity, sheet=found.id)
    key = "case.order_changed" if not current else "case.order_unchecked" if not checked else "case.order_other"
    return _sheet(visit, visit.t(key))


@page("/cases/{id}/orders/{sheet}/withdraw", name="order-withdraw", who=CLINICIANS | PHARMACISTS, methods=("POST",))
def withdraw(visit: Visit) -> Response:
    """Take an order sheet back."""
    assert visit.account is not None
    identity = visit.path_params["id"]
    with visit.db.write() as connection:
        found = order_sheet.sheet_of(connection, identity, visit.path_params["sheet"])
        if found is None:
            return visit.not_found()
        if order_sheet.withdraw(connection, found.id, visit.account.id, visit.now):
            visit.record(connection, "withdrew", "order", found.id, case=identity)
    return visit.redirect("order-sheet", id=identity, sheet=found.id)

"""A plan that the invented clinician released to each invented patient, and an order sheet that waits for the pharmacist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from chemoplan.dosing.order import OrderRequest
from chemoplan.knowledge import load_knowledge
from chemoplan.web.cases import case_store, order_sheet, releasing
from chemoplan.web.cases.case_view import CaseView, made_view
from chemoplan.web.center.center import Center
from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import cases, new_id, releases

BY = "Ana Rivera, MD"
TYPED = {
    "start": "the week after next", "rhythm": "every two weeks", "place": "Main building, second floor",
    "note": "An invented note. Bring somebody with you to the first visit.", "language": "en",
}  # fmt: skip
FIRST_CYCLE = "First adjuvant cycle"


def fill(database: Database, center: Center, people: Mapping[str, str], now: datetime) -> None:
    """Release the first treatment that is offered in each case that has a patient; prepare one order."""
    clinician = people["clinician"]
    with database.write() as connection:
        for row in connection.execute(select(cases).order_by(cases.c.created_at)).all():
            if row.patient_account_id is None and not row.label.startswith(FIRST_CYCLE):
                continue
            version = case_store.version_of(connection, row.id, row.version)
            assert version is not None
            documents = case_store.documents_of(version)
            contents = case_store.contents_of(connection, documents)
            view = made_view(documents, contents, version.answers, version.decided_on, load_knowledge(), version.id)
            if row.patient_account_id is not None:
                connection.execute(insert(releases).values(_release(row, view, clinician, now)))
            else:
                _order(connection, row, view, clinician, now)


def _release(row: Row[Any], view: CaseView, clinician: str, now: datetime) -> dict[str, Any]:
    chosen = next(
        item["id"] for item in view.plan["options"] if item["verdict"] == "offered" and item["kind"] == "treatment"
    )
    plan = releasing.prepare(view.plan, [chosen], TYPED, by=BY, on=now.date())
    return {
        "id": new_id(), "case_id": row.id, "patient_account_id": row.patient_account_id, "case_version": row.version, "plan": plan,
        "language": plan["language"], "note": TYPED["note"], "released_by": clinician, "released_by_name": BY, "released_at": now,
    }  # fmt: skip


def _order(connection: Any, row: Row[Any], view: CaseView, clinician: str, now: datetime) -> None:
    for regimen in order_sheet.regimens_of(view, (), load_knowledge()):
        made = order_sheet.make(view, regimen, OrderRequest(), load_knowledge())
        if order_sheet.why_not(made) is None:
            order_sheet.keep(connection, row.id, row.version, made, clinician, now)
            return

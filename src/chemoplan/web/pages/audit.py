"""The audit log for administrators: read, filter, check, take away."""

from __future__ import annotations

import csv
import io
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from chemoplan.web.access import ADMINISTRATOR, page
from chemoplan.web.store import audit_log
from chemoplan.web.store.tables import accounts
from chemoplan.web.store.tables import audit_log as log
from chemoplan.web.visit import Visit

LINES = 100
MOST = 50_000
COLUMNS = ("number", "at", "name", "role", "action", "kind", "subject", "detail", "hash")


@page("/audit", name="audit", who=ADMINISTRATOR)
def audit(visit: Visit) -> Response:
    """The newest lines, or those of one thing."""
    rows = _rows(visit, LINES)
    with visit.db.read() as connection:
        count = connection.execute(select(func.max(log.c.number))).scalar() or 0
    visit.seen("audit", "lines")
    query = {key: value for key in ("kind", "subject") if (value := visit.query.get(key, ""))}
    return visit.page("admin/audit.html.j2", rows=rows, count=count, query=query, lines=LINES, checked=None)


@page("/audit/check", name="audit-check", who=ADMINISTRATOR, methods=("POST",))
def check(visit: Visit) -> Response:
    """Follow the chain from its first line."""
    with visit.db.read() as connection:
        checked = audit_log.verify(connection)
    visit.seen("audit", "chain", whole=checked[1] is None)
    rows = _rows(visit, LINES)
    return visit.page("admin/audit.html.j2", rows=rows, count=checked[0], query={}, lines=LINES, checked=checked)


@page("/audit/lines.csv", name="audit-csv", who=ADMINISTRATOR)
def download(visit: Visit) -> Response:
    """The lines as a table. Signs that a spreadsheet would run as a formula are kept from it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    rows = _rows(visit, MOST)
    for row in rows:
        writer.writerow([_harmless(row[name]) for name in COLUMNS])
    if len(rows) == MOST:
        writer.writerow([visit.t("admin.audit_cut", most=MOST, number=rows[-1]["number"])])
    visit.seen("audit", "lines", form="csv")
    return visit.download(out.getvalue(), "text/csv", "audit.csv")


def _harmless(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _rows(visit: Visit, most: int) -> list[dict[str, Any]]:
    """Lines as the query asks for them: newest first."""
    wanted = select(log, accounts.c.name).outerjoin(accounts, accounts.c.id == log.c.actor)
    for name in ("kind", "subject"):
        if value := visit.query.get(name, ""):
            wanted = wanted.where(log.c[name] == value)
    before = visit.query.get("before", "")
    if before.isdecimal() and len(before) < 10:
        wanted = wanted.where(log.c.number < int(before))
    with visit.db.read() as connection:
        return [dict(row) for row in connection.execute(wanted.order_by(log.c.number.desc()).limit(most)).mappings()]

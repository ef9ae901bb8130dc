"""Order sheets: the order of one cycle made by the same machinery as `chemoplan order`, kept, and verified by a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.dosing.recheck import recheck
from chemoplan.knowledge import Knowledge
from chemoplan.web.cases.case_view import CaseView
from chemoplan.web.forms import Field
from chemoplan.web.store.tables import accounts, new_id, order_sheets

COMPLETE = "to give"
LEVELS = (("0", "Full dose"), ("-1", "One level below"), ("-2", "Two levels below"), ("-3", "Three levels below"))
CHOICE, WITHOUT = "choice.", "without."
FORCED = frozenset({"chosen", "accepted_risk"})
"""Decisions of the team that let an option be ordered or released although the program does not offer it."""


def regimens_of(view: CaseView, decided: Sequence[Row[Any]]) -> dict[str, str]:
    """Regimens that may be ordered, with the option: of offered options, and of those that the team decided on otherwise."""
    forced = {item.target for item in decided if item.withdrawn_at is None and item.decision in FORCED}
    rows = [item for key in ("options", "excluded") for item in view.plan[key]]
    allowed = [item for item in rows if item.get("verdict") == "offered" or item["id"] in forced]
    return {regimen: item["id"] for item in allowed for regimen in item.get("regimens", ())}


def fields_of(regimen: str, made: Mapping[str, Any], knowledge: Knowledge) -> tuple[Field, ...]:
    """What the person who orders decides: choices that are published for parts, the level, facts to go on without."""
    found = [
        Field(
            f"{CHOICE}{part.id}",
            "select",
            f"Choice for {part.id.replace('-', ' ')}",
            required=False,
            words=True,
            choices=(("", "None chosen"), *((item.id, item.title) for item in part.choices)),
        )
        for part in regimen_of(regimen, knowledge).parts
        if part.choices
    ]
    found.append(Field("level", "select", "Dose level", choices=LEVELS, words=True, start="0"))
    pumps = tuple(
        (item.id, item.title) for item in knowledge.dosing.pumps.values() if item.id.startswith("elastomeric")
    )
    if pumps:
        found.append(
            Field(
                "pump",
                "select",
                "Pump for continuous infusions",
                required=False,
                words=True,
                choices=(("", "None named"), *pumps),
            )
        )
    asked = dict.fromkeys([*(row["fact"] for row in made["missing"]), *made["request"].get("without", {})])
    found += [
        Field(f"{WITHOUT}{name}", "text", f"Order although {name} is unknown: the reason", required=False, words=True)
        for name in asked
    ]
    return tuple(found)


def request_of(data: Mapping[str, Any]) -> OrderRequest:
    """What was decided, from the fields of a form."""
    given = {name: str(value).strip() for name, value in data.items() if isinstance(value, str) and value.strip()}
    level = given.get("level", "0")
    return OrderRequest(
        {name.removeprefix(CHOICE): value for name, value in given.items() if name.startswith(CHOICE)},
        int(level) if level in dict(LEVELS) else 0,
        {name.removeprefix(WITHOUT): value for name, value in given.items() if name.startswith(WITHOUT)},
        infusion_pump=given.get("pump") or None,
    )


def make(view: CaseView, regimen: str, request: OrderRequest, knowledge: Knowledge) -> dict[str, Any]:
    """The order with its second calculation. Raises DoseRefused."""
    made = order(regimen_of(regimen, knowledge), view.case, knowledge, request)
    made["double_check"] = recheck(made, view.case.facts, knowledge)
    return made


def why_not(made: Mapping[str, Any]) -> str | None:
    """Why an order cannot be prepared, or None: complete, and both calculations agree."""
    if made["verdict"] != COMPLETE:
        return f"The order is not complete: {made['verdict']}"
    apart = [row["part"] for row in made["double_check"] if not row["agrees"]]
    return f"The two calculations differ: {', '.join(apart)}" if apart else None


def keep(
    connection: Connection,
    case_id: str,
    version: int,
    made: Mapping[str, Any],
    by: str,
    now: datetime,
    identity: str = "",
) -> str:
    """Keep a prepared order, with the id given; its id."""
    identity = identity or new_id()
    connection.execute(
        insert(order_sheets).values(
            id=identity,
            case_id=case_id,
            case_version=version,
            regimen=f"{made['regimen']}@{made['version']}",
            order=dict(made),
            prepared_by=by,
            prepared_at=now,
        )
    )
    return identity


def sheet_of(connection: Connection, case_id: str, identity: str) -> Row[Any] | None:
    """One sheet of a case."""
    where = (order_sheets.c.id == identity, order_sheets.c.case_id == case_id)
    return connection.execute(select(order_sheets).where(*where)).one_or_none()


def names_of(connection: Connection, sheet: Row[Any]) -> dict[str, str]:
    """The names of who prepared, verified and withdrew it, by account id."""
    wanted = [item for item in (sheet.prepared_by, sheet.verified_by, sheet.withdrawn_by) if item]
    return {
        row.id: row.name
        for row in connection.execute(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(wanted)))
    }


def verify(connection: Connection, identity: str, by: str, now: datetime) -> bool:
    """Note that a second person verified it; False when somebody did, it was withdrawn, or the same person prepared it."""
    row = order_sheets.c
    return bool(
        connection.execute(
            update(order_sheets)
            .where(row.id == identity, row.verified_at.is_(None), row.withdrawn_at.is_(None), row.prepared_by != by)
            .values(verified_by=by, verified_at=now)
        ).rowcount
    )


def withdraw(connection: Connection, identity: str, by: str, now: datetime) -> bool:
    """Take a sheet back; it stays in the record."""
    row = order_sheets.c
    return bool(
        connection.execute(
            update(order_sheets)
            .where(row.id == identity, row.withdrawn_at.is_(None))
            .values(withdrawn_by=by, withdrawn_at=now)
        ).rowcount
    )

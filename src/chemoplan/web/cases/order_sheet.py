"""Order sheets: the order of one cycle made by the same machinery as `chemoplan order`, kept, and verified by a second person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.dosing.recheck import recheck
from chemoplan.knowledge import Knowledge
from chemoplan.web.cases.case_store import in_force
from chemoplan.web.cases.case_view import CaseView
from chemoplan.web.forms import Field
from chemoplan.web.store.tables import accounts, new_id, order_sheets

COMPLETE = "to give"
LEVELS = (("0", "Full dose"), ("-1", "One level below"), ("-2", "Two levels below"), ("-3", "Three levels below"))
CHOICE, WITHOUT = "choice.", "without."
FORCED = frozenset({"chosen", "accepted_risk"})
"""Decisions of the team that let an option be ordered or released although the program does not offer it."""


def forced_of(decided: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """The decisions in force that let an option be ordered or released, by option."""
    return {item.target: item for item in in_force(decided) if item.decision in FORCED}


def options_to_order(
    plan: Mapping[str, Any], decided: Sequence[Row[Any]], knowledge: Knowledge
) -> dict[str, list[str]]:
    """The regimens of each option that may be ordered: of those that the team decided on otherwise, then of offered ones.

    A plan holds no regimens of an excluded option: they come from the knowledge.
    """
    forced = forced_of(decided)
    others = [item for item in plan["options"] if item["verdict"] != "offered"] + list(plan["excluded"])
    found = {item["id"]: _regimens(item, knowledge) for item in others if item["id"] in forced}
    return found | {item["id"]: list(item["regimens"]) for item in plan["options"] if item["verdict"] == "offered"}


def _regimens(option: Mapping[str, Any], knowledge: Knowledge) -> list[str]:
    held = knowledge.options.get(option["id"])
    return list(option.get("regimens") or (held.regimens if held else ()))


def regimens_of(view: CaseView, decided: Sequence[Row[Any]], knowledge: Knowledge) -> dict[str, str]:
    """Regimens that may be ordered, with the option; of several options with the same one, an offered one where there is one."""
    options = options_to_order(view.plan, decided, knowledge)
    return {regimen: option for option, regimens in options.items() for regimen in regimens}


def barred(plan: Mapping[str, Any], regimens: Iterable[str], knowledge: Knowledge) -> dict[str, str]:
    """The regimens with a drug that a stop of this plan forbids, each with the title of the stop."""
    stops = {
        name: item["title"] for item in plan["alerts"] if item["severity"] == "stop" for name in item["components"]
    }
    found: dict[str, str] = {}
    for regimen in regimens:
        held = knowledge.dosing.regimens.get(regimen)
        for part in held.parts if held else ():
            if part.drug in stops:
                found.setdefault(regimen, stops[part.drug])
    return found


def decision_of(
    view: CaseView, option: str, decided: Sequence[Row[Any]], day: Callable[[datetime], date]
) -> dict[str, Any] | None:
    """Why an option is ordered that the program does not offer, as it is kept with the order; None for an offered one."""
    verdicts = {item["id"]: str(item["verdict"]) for item in view.plan["options"]}
    forced = forced_of(decided).get(option)
    if forced is None or verdicts.get(option) == "offered":
        return None
    return {
        "option": option,
        "verdict": verdicts.get(option, "excluded"),
        "decision": forced.decision,
        "reason": forced.reason,
        "by": forced.name or "",
        "on": day(forced.created_at).isoformat(),
    }


def fields_of(regimen: str, made: Mapping[str, Any], knowledge: Knowledge) -> tuple[Field, ...]:
    """What the person who orders decides: choices that are published for parts, the level, the pump of a continuous infusion."""
    parts = regimen_of(regimen, knowledge).parts
    found = [
        Field(
            f"{CHOICE}{part.id}",
            "select",
            f"Choice for {part.id.replace('-', ' ')}",
            required=False,
            words=True,
            choices=(("", "None chosen"), *((item.id, item.title) for item in part.choices)),
        )
        for part in parts
        if part.choices
    ]
    found.append(Field("level", "select", "Dose level", choices=LEVELS, words=True, start="0"))
    pumps = [(item.id, item.title) for item in knowledge.dosing.pumps.values() if item.id.startswith("elastomeric")]
    if pumps and any("continuous" in part.route for part in parts):
        choices = (("", "None named"), *pumps)
        found.append(
            Field("pump", "select", "Pump for continuous infusions", required=False, words=True, choices=choices)
        )
    return tuple(found)


def without_fields(made: Mapping[str, Any], question: Callable[[str], str]) -> tuple[Field, ...]:
    """A reason for each fact to go on without: those that are missing, and those that somebody went on without."""
    asked = dict.fromkeys([*(row["fact"] for row in made["missing"]), *made["request"].get("without", {})])
    return tuple(Field(f"{WITHOUT}{name}", "text", question(name), required=False, words=True) for name in asked)


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

"""The inbox: how soon somebody must act, who has taken a line, and what became of it. Nothing is ever taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select, update

from chemoplan.web.forms import read_page
from chemoplan.web.store.tables import accounts, cases, inbox

LEVELS = ("now", "today", "soon", "routine")
"""How soon, the most urgent first."""
TONES = {"now": "bad", "today": "bad", "soon": "open", "routine": "quiet"}
STATUS_TONES = {"new": "open", "open": "calm", "done": "good"}
KINDS = ("symptom", "question", "appointment", "referral", "message")
STATUSES = ("waiting", "done", "all")
"""What the list may be narrowed to: `waiting` is new and open together."""
PAGE = 25

_ORDER = {level: number for number, level in enumerate(LEVELS)}


def most_urgent(*levels: str) -> str:
    """The most urgent of some levels; routine when there is none."""
    return min(levels, key=_ORDER.__getitem__, default=LEVELS[-1])


def case_of(connection: Connection, account_id: str) -> str | None:
    """The case of a patient that was changed last, if the account has one."""
    return connection.execute(
        select(cases.c.id).where(cases.c.patient_account_id == account_id).order_by(cases.c.changed_at.desc()).limit(1)
    ).scalar_one_or_none()


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to. An unknown word counts as not given."""

    kind: str = ""
    status: str = "waiting"
    mine: str = ""
    """The account whose lines are wanted, or an empty text for everybody's."""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str], account_id: str) -> Wanted:
        """From the query of an address."""
        kind, status = query.get("kind", ""), query.get("status", "")
        return cls(
            kind if kind in KINDS else "",
            status if status in STATUSES else "waiting",
            account_id if query.get("mine") else "",
            read_page(query),
        )

    def query(self, **other: Any) -> dict[str, Any]:
        """The query of the same list, with something else in it. Empty parts are left out."""
        parts = {"kind": self.kind, "status": self.status, "mine": "yes" if self.mine else "", "page": 1, **other}
        return {
            name: value
            for name, value in parts.items()
            if value and (name, value) not in (("page", 1), ("status", "waiting"))
        }


def lines(connection: Connection, wanted: Wanted) -> tuple[list[Row[Any]], int]:
    """One page of the list, by urgency and then age, with the name of who took each; and how many there are in all."""
    where = _conditions(wanted)
    total = connection.execute(select(func.count()).select_from(inbox).where(*where)).scalar_one()
    urgency = case(_ORDER, value=inbox.c.urgency, else_=len(LEVELS))
    rows = connection.execute(
        select(inbox, accounts.c.name.label("taken_by"), cases.c.label.label("case_label"))
        .join(accounts, accounts.c.id == inbox.c.assigned_to, isouter=True)
        .join(cases, cases.c.id == inbox.c.case_id, isouter=True)
        .where(*where)
        .order_by(inbox.c.status == "done", urgency, inbox.c.created_at, inbox.c.id)
        .limit(PAGE)
        .offset((wanted.page - 1) * PAGE)
    ).all()
    return list(rows), int(total)


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if wanted.kind:
        found.append(inbox.c.kind == wanted.kind)
    if wanted.status == "waiting":
        found.append(inbox.c.status != "done")
    elif wanted.status == "done":
        found.append(inbox.c.status == "done")
    if wanted.mine:
        found.append(inbox.c.assigned_to == wanted.mine)
    return found


def counts(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """How many lines wait, by kind and by level."""
    rows = connection.execute(
        select(inbox.c.kind, inbox.c.urgency, func.count().label("count"))
        .where(inbox.c.status != "done")
        .group_by(inbox.c.kind, inbox.c.urgency)
    ).all()
    kinds, levels = dict.fromkeys(KINDS, 0), dict.fromkeys(LEVELS, 0)
    for kind, urgency, count in rows:
        kinds[kind] = kinds.get(kind, 0) + count
        levels[urgency] = levels.get(urgency, 0) + count
    return kinds, levels


def line(connection: Connection, identity: str) -> Row[Any] | None:
    """One line, with the name of who took it."""
    return connection.execute(
        select(inbox, accounts.c.name.label("taken_by"), cases.c.label.label("case_label"))
        .join(accounts, accounts.c.id == inbox.c.assigned_to, isouter=True)
        .join(cases, cases.c.id == inbox.c.case_id, isouter=True)
        .where(inbox.c.id == identity)
    ).one_or_none()


def change(connection: Connection, identity: str, now: datetime, **values: Any) -> bool:
    """Change a line; whether there is one."""
    return bool(
        connection.execute(update(inbox).where(inbox.c.id == identity).values(changed_at=now, **values)).rowcount
    )


def take(connection: Connection, identity: str, now: datetime, me: str, holder: str | None) -> bool:
    """Put one's name on a line that `holder` had when the page was made; False when somebody else was faster."""
    had = inbox.c.assigned_to == holder if holder else inbox.c.assigned_to.is_(None)
    return bool(
        connection.execute(
            update(inbox).where(inbox.c.id == identity, had).values(status="open", assigned_to=me, changed_at=now)
        ).rowcount
    )


def add_note(connection: Connection, identity: str, now: datetime, name: str, words: str) -> bool:
    """Add a note under those that are there, with its writer and time; whether there is such a line."""
    kept = connection.execute(select(inbox.c.note).where(inbox.c.id == identity).with_for_update()).one_or_none()
    if kept is None:
        return False
    stamped = f"{now:%Y-%m-%d %H:%M} UTC, {name}: {' '.join(words.split())}"
    return change(connection, identity, now, note=f"{kept.note}\n{stamped}" if kept.note else stamped)


def close(connection: Connection, kind: str, subject: str, now: datetime, by: str) -> None:
    """Whoever answered a thing itself has also dealt with its lines."""
    connection.execute(
        update(inbox)
        .where(inbox.c.kind == kind, inbox.c.subject_id == subject, inbox.c.status != "done")
        .values(status="done", assigned_to=func.coalesce(inbox.c.assigned_to, by), changed_at=now)
    )


def hold(connection: Connection, kind: str, subject: str, now: datetime, by: str) -> None:
    """Whoever began with a thing has its lines that nobody has."""
    connection.execute(
        update(inbox)
        .where(inbox.c.kind == kind, inbox.c.subject_id == subject, inbox.c.status == "new")
        .values(status="open", assigned_to=func.coalesce(inbox.c.assigned_to, by), changed_at=now)
    )


def age(then: datetime, now: datetime) -> tuple[str, int]:
    """How old something is: a unit (`moment`, `minute`, `hour`, `day`) and how many of them."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes == 0:
        return "moment", 0
    if minutes < 60:
        return "minute", minutes
    return ("hour", minutes // 60) if minutes < 48 * 60 else ("day", minutes // (24 * 60))

"""Tumor board meetings: cases with a question, and what was decided on which version of each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from chemoplan.web.store.tables import accounts, board_items, board_meetings, cases, new_id

PAGE = 100
"""Meetings of one page."""
CANDIDATES = 300
"""Cases that a list to pick from holds."""


def meetings(connection: Connection, page: int = 1) -> tuple[Sequence[Any], bool]:
    """A page of the meetings, the newest first, with how many cases each has and how many are decided; and whether older ones follow."""
    count, decided = func.count(board_items.c.id), func.count(board_items.c.decided_at)
    rows = connection.execute(
        select(board_meetings, count.label("cases"), decided.label("decided"))
        .join(board_items, board_items.c.board_meeting_id == board_meetings.c.id, isouter=True)
        .group_by(board_meetings.c.id)
        .order_by(board_meetings.c.starts_at.desc(), board_meetings.c.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    return rows[:PAGE], len(rows) > PAGE


def meeting(connection: Connection, identity: str, *, lock: bool = False) -> Row[Any] | None:
    """One meeting; with `lock` nobody else changes it before the transaction ends."""
    wanted = select(board_meetings).where(board_meetings.c.id == identity)
    return connection.execute(wanted.with_for_update(key_share=True) if lock else wanted).one_or_none()


def call(
    connection: Connection, title: str, starts_at: datetime, by: str, now: datetime, identity: str = ""
) -> str:  # fmt: skip
    """A new meeting, with the id given; its id."""
    identity = identity or new_id()
    connection.execute(
        insert(board_meetings).values(
            id=identity, title=title, starts_at=starts_at, closed=False, created_by=by, created_at=now
        )
    )
    return identity


def close(connection: Connection, identity: str, *, closed: bool) -> bool:
    """Close a meeting, so that its minutes stand, or open it again; whether there is one."""
    return bool(
        connection.execute(update(board_meetings).where(board_meetings.c.id == identity).values(closed=closed)).rowcount
    )


def _items() -> Any:
    return (
        select(
            board_items,
            cases.c.label.label("case_label"),
            cases.c.version.label("case_now"),
            accounts.c.name.label("decided_by_name"),
        )
        .join(cases, cases.c.id == board_items.c.case_id)
        .join(accounts, accounts.c.id == board_items.c.decided_by, isouter=True)
    )


def agenda(connection: Connection, meeting_id: str) -> Sequence[Any]:
    """The cases of a meeting in order."""
    return connection.execute(
        _items().where(board_items.c.board_meeting_id == meeting_id).order_by(board_items.c.position)
    ).all()


def item(connection: Connection, meeting_id: str, identity: str) -> Row[Any] | None:
    """One case of a meeting."""
    found: Row[Any] | None = connection.execute(
        _items().where(board_items.c.board_meeting_id == meeting_id, board_items.c.id == identity)
    ).one_or_none()
    return found


def candidates(connection: Connection, meeting_id: str, asked: str = "") -> tuple[list[Any], bool]:
    """Cases that are not closed and not on the agenda yet (id and label), and whether there are more than the list holds.

    The case asked for by its id is among them whatever the list holds, even when somebody has put it on the agenda since.
    """
    there = select(board_items.c.case_id).where(board_items.c.board_meeting_id == meeting_id)
    still_open = select(cases.c.id, cases.c.label).where(cases.c.status != "closed")
    rows = connection.execute(
        still_open.where(cases.c.id.not_in(there)).order_by(cases.c.label, cases.c.id).limit(CANDIDATES + 1)
    ).all()
    found, more = list(rows[:CANDIDATES]), len(rows) > CANDIDATES
    if asked and all(row.id != asked for row in found):
        found += connection.execute(still_open.where(cases.c.id == asked)).all()
    return found, more


def is_on(connection: Connection, meeting_id: str, case_id: str) -> bool:
    """Whether a case is on the agenda."""
    on = (board_items.c.board_meeting_id == meeting_id, board_items.c.case_id == case_id)
    return connection.execute(select(board_items.c.id).where(*on)).first() is not None


def add(connection: Connection, meeting_id: str, case_id: str, question: str, identity: str = "") -> str:
    """Put a case at the end of the agenda, with the id given; the id of the item. Asked before: `is_on`."""
    identity = identity or new_id()
    last = connection.execute(
        select(func.max(board_items.c.position)).where(board_items.c.board_meeting_id == meeting_id)
    ).scalar_one()
    connection.execute(
        insert(board_items).values(
            id=identity, board_meeting_id=meeting_id, case_id=case_id, question=question,
            position=0 if last is None else last + 1,
        )
    )  # fmt: skip
    return identity


def move(connection: Connection, meeting_id: str, identity: str, by: int) -> bool:
    """Move a case up (-1) or down (1); whether it is on the agenda."""
    order = [row.id for row in agenda(connection, meeting_id)]
    if identity not in order:
        return False
    at = order.index(identity)
    order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
    for number, name in enumerate(order):
        connection.execute(update(board_items).where(board_items.c.id == name).values(position=number))
    return True


def remove(connection: Connection, meeting_id: str, identity: str) -> bool:
    """Take a case off the agenda before anything was decided on it; whether it was taken off."""
    return bool(
        connection.execute(
            delete(board_items).where(
                board_items.c.id == identity,
                board_items.c.board_meeting_id == meeting_id,
                board_items.c.decided_at.is_(None),
            )
        ).rowcount
    )


def decide(
    connection: Connection,
    row: Row[Any],
    values: Mapping[str, str],
    chosen: Sequence[Mapping[str, Any]],
    by: str,
    now: datetime,
) -> bool:
    """Keep a decision with the version of the case it was made on; False when somebody else decided since `row` was read.

    One that stood before is kept under it.
    """
    kept = dict(row.options or {})
    earlier = list(kept.get("earlier", ()))
    if row.decided_at:
        earlier.append(
            {
                "decision": row.decision, "dissent": row.dissent, "owner": row.owner, "case_version": row.case_version,
                "by": row.decided_by_name, "at": row.decided_at.strftime("%Y-%m-%d %H:%M UTC"),
                "chosen": kept.get("chosen", []),
            }
        )  # fmt: skip
    as_read = board_items.c.decided_at == row.decided_at if row.decided_at else board_items.c.decided_at.is_(None)
    kept_now = connection.execute(
        update(board_items)
        .where(board_items.c.id == row.id, as_read)
        .values(
            decision=values["decision"], dissent=values["dissent"], owner=values["owner"], case_version=row.case_now,
            options={"chosen": [dict(option) for option in chosen], "earlier": earlier}, decided_by=by, decided_at=now,
        )
    ).rowcount  # fmt: skip
    return bool(kept_now)

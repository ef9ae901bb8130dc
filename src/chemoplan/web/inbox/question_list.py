"""A patient's questions: gathered, put in order, sent to the team, and ticked when they were talked about.

A list that the doctor sees and ticks helps; one that nobody looks at does harm. So a list is sent, never only kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from chemoplan.knowledge.people_texts import Text
from chemoplan.web.guide_search import pages
from chemoplan.web.inbox.triage import case_of, close
from chemoplan.web.store.inbox_lines import tell
from chemoplan.web.store.tables import accounts, inbox, new_id, questions

LONGEST = 500
MOST = 40
"""Questions that a list holds before it is sent."""


def suggestions() -> list[tuple[str, Text, list[tuple[str, Text]]]]:
    """What the guide suggests to ask: for each page its id, its title and its questions, each with a key."""
    return [
        (slug, page.get("nav", page["title"]), [(f"{slug}.{at}", text) for at, text in enumerate(page["questions"])])
        for slug, page in pages().items()
        if page.get("questions")
    ]


def unsent(connection: Connection, account_id: str) -> Sequence[Any]:
    """The list as it stands, in its order."""
    return connection.execute(
        select(questions.c.id, questions.c.text)
        .where(questions.c.account_id == account_id, questions.c.sent_at.is_(None))
        .order_by(questions.c.position, questions.c.created_at, questions.c.id)
    ).all()


def sent(connection: Connection, account_id: str) -> Sequence[Any]:
    """What was sent, those that wait for an answer first, with the name of who ticked the others."""
    return connection.execute(
        select(questions, accounts.c.name.label("addressed_by_name"))
        .join(accounts, accounts.c.id == questions.c.addressed_by, isouter=True)
        .where(questions.c.account_id == account_id, questions.c.sent_at.is_not(None))
        .order_by(questions.c.addressed_at.is_not(None), questions.c.sent_at.desc(), questions.c.position)
    ).all()


def add(connection: Connection, account_id: str, texts: Sequence[str], now: datetime) -> int:
    """Put questions at the end of the list, without those that are on it; how many were put. The list never grows above MOST."""
    there = unsent(connection, account_id)
    known = {row.text for row in there}
    new = [text for text in dict.fromkeys(texts) if text not in known][: max(0, MOST - len(there))]
    for number, text in enumerate(new, start=len(there)):
        connection.execute(
            insert(questions).values(id=new_id(), account_id=account_id, text=text, position=number, created_at=now)
        )
    _renumber(connection, [row.id for row in unsent(connection, account_id)])
    return len(new)


def move(connection: Connection, account_id: str, identity: str, by: int) -> bool:
    """Move a question up (-1) or down (1); whether it is on the list. At the end of the list it stays."""
    order = [row.id for row in unsent(connection, account_id)]
    if identity not in order:
        return False
    at = order.index(identity)
    to = min(max(at + by, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    _renumber(connection, order)
    return True


def _renumber(connection: Connection, order: Sequence[str]) -> None:
    for number, identity in enumerate(order):
        connection.execute(update(questions).where(questions.c.id == identity).values(position=number))


def remove(connection: Connection, account_id: str, identity: str) -> bool:
    """Take a question off before it is sent; whether it was there. What was sent stays."""
    return bool(
        connection.execute(
            delete(questions).where(
                questions.c.id == identity, questions.c.account_id == account_id, questions.c.sent_at.is_(None)
            )
        ).rowcount
    )


def send(connection: Connection, account_id: str, now: datetime) -> int:
    """Send the list to the team; how many questions went. One line of the inbox holds all that wait."""
    _alone(connection, account_id)
    case_id = case_of(connection, account_id)
    count = connection.execute(
        update(questions)
        .where(questions.c.account_id == account_id, questions.c.sent_at.is_(None))
        .values(sent_at=now, case_id=case_id)
    ).rowcount
    if count:
        _to_inbox(connection, account_id, case_id, now)
    return count


def send_one(connection: Connection, identity: str, account_id: str, text: str, now: datetime) -> None:
    """Send one thing to talk about, with the id given, past the list: what is gathered there stays unsent."""
    _alone(connection, account_id)
    case_id = case_of(connection, account_id)
    connection.execute(
        insert(questions).values(
            id=identity, account_id=account_id, case_id=case_id, text=text, created_at=now, sent_at=now
        )
    )
    _to_inbox(connection, account_id, case_id, now)


def _to_inbox(connection: Connection, account_id: str, case_id: str | None, now: datetime) -> None:
    """The line that holds all questions of this person that wait, unless there is one."""
    waiting = connection.execute(
        select(inbox.c.id).where(inbox.c.kind == "question", inbox.c.subject_id == account_id, inbox.c.status != "done")
    ).first()
    if waiting is None:
        tell(connection, "question", account_id, now, case_id=case_id)


def _alone(connection: Connection, account_id: str) -> None:
    """Let nobody else send or tick questions of this person before the transaction ends.

    Else the last tick closes the line of the inbox while a question that it did not see is put under that line.
    """
    connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True))


def address(connection: Connection, account_id: str, identity: str, words: str, by: str, now: datetime) -> bool:
    """Tick a question that was sent, with an answer or without; False when there is none or somebody ticked it before.

    When the last one is ticked, the line of the inbox is done.
    """
    _alone(connection, account_id)
    ticked = connection.execute(
        update(questions)
        .where(
            questions.c.id == identity, questions.c.account_id == account_id, questions.c.sent_at.is_not(None),
            questions.c.addressed_at.is_(None),
        )
        .values(addressed_at=now, addressed_by=by, answer=words or None)
    ).rowcount  # fmt: skip
    left = connection.execute(
        select(func.count())
        .select_from(questions)
        .where(
            questions.c.account_id == account_id, questions.c.sent_at.is_not(None), questions.c.addressed_at.is_(None)
        )
    ).scalar_one()
    if ticked and not left:
        close(connection, "question", account_id, now, by)
    return bool(ticked)

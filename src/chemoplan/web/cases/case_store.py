"""Cases as they are kept: every change is a version, what was read stays as it came, nothing is overwritten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from chemoplan.web.store.tables import accounts, case_versions, cases, new_id, overrides, uploads

OWNER = "case"
STATUSES = ("open", "decided", "closed")
KINDS = ("case", "tumor", "panel", "germline")
"""What a document is: the case itself (bundle, case file, table), calls of the tumor, what its test looked at, inherited genes."""


class StaleVersion(ValueError):
    """Somebody changed the case in the meantime. `by` and `change` say who did what."""

    def __init__(self, by: str, change: str, version: int) -> None:
        super().__init__(f"version {version}")
        self.by, self.change, self.version = by, change, version


@dataclass(frozen=True)
class Document:
    """One document that a case was read from. `row` picks a person or sample where it holds several; `covers` is said of a panel."""

    name: str
    kind: str
    file_id: str
    row: str = ""
    covers: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "name": self.name,
            "kind": self.kind,
            "file_id": self.file_id,
            "row": self.row,
            "covers": list(self.covers),
        }


def documents_of(version: Row[Any]) -> tuple[Document, ...]:
    """The documents of a version."""
    return tuple(
        Document(item["name"], item["kind"], item["file_id"], item.get("row", ""), tuple(item.get("covers", ())))
        for item in version.documents
    )


def keep_file(connection: Connection, case_id: str, name: str, media_type: str, content: bytes, now: datetime) -> str:
    """Keep the bytes of a document as they came; their id."""
    identity = new_id()
    connection.execute(
        insert(uploads).values(
            id=identity,
            owner_kind=OWNER,
            owner_id=case_id,
            name=name,
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            created_at=now,
        )
    )
    return identity


def contents_of(connection: Connection, documents: Sequence[Document]) -> dict[str, bytes]:
    """The bytes of documents by file id."""
    wanted = [item.file_id for item in documents]
    rows = connection.execute(select(uploads.c.id, uploads.c.content).where(uploads.c.id.in_(wanted)))
    return {row.id: bytes(row.content) for row in rows}


def new_case(
    connection: Connection,
    label: str,
    documents: Sequence[Document],
    answers: Mapping[str, Any],
    decided_on: str | None,
    change: str,
    by: str,
    now: datetime,
    *,
    identity: str = "",
) -> str:
    """Begin a case with its first version; its id."""
    identity = identity or new_id()
    connection.execute(
        insert(cases).values(
            id=identity, label=label, status="open", version=1, created_by=by, created_at=now, changed_at=now
        )
    )
    _version(connection, identity, 1, documents, answers, decided_on, change, by, now)
    return identity


def change_case(
    connection: Connection,
    case_id: str,
    seen: int,
    change: str,
    by: str,
    now: datetime,
    *,
    documents: Sequence[Document] | None = None,
    answers: Mapping[str, Any] | None = None,
    decided_on: str | None = None,
) -> int:
    """A new version from the one that was seen; its number. Raises StaleVersion when there is a newer one already.

    What is None stays as it was. `decided_on` empty takes the day away.
    """
    row = connection.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one()
    latest = version_of(connection, case_id, row.version)
    assert latest is not None
    if row.version != seen:
        raise StaleVersion(name_of(connection, latest.created_by), latest.change, latest.version)
    number: int = row.version + 1
    _version(
        connection,
        case_id,
        number,
        documents_of(latest) if documents is None else documents,
        latest.answers if answers is None else answers,
        latest.decided_on if decided_on is None else decided_on or None,
        change,
        by,
        now,
    )
    connection.execute(update(cases).where(cases.c.id == case_id).values(version=number, changed_at=now))
    return number


def _version(
    connection: Connection,
    case_id: str,
    number: int,
    documents: Sequence[Document],
    answers: Mapping[str, Any],
    decided_on: str | None,
    change: str,
    by: str,
    now: datetime,
) -> None:
    connection.execute(
        insert(case_versions).values(
            id=new_id(),
            case_id=case_id,
            version=number,
            documents=[item.as_json() for item in documents],
            answers=dict(answers),
            decided_on=decided_on,
            change=change[:200],
            created_by=by,
            created_at=now,
        )
    )


def case_of(connection: Connection, case_id: str) -> Row[Any] | None:
    """One case, or None."""
    return connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()


def version_of(connection: Connection, case_id: str, number: int) -> Row[Any] | None:
    """One version of a case, or None."""
    return connection.execute(
        select(case_versions).where(case_versions.c.case_id == case_id, case_versions.c.version == number)
    ).one_or_none()


def versions_of(connection: Connection, case_id: str) -> Sequence[Any]:
    """Who changed what and when, newest first."""
    row = case_versions.c
    return connection.execute(
        select(row.version, row.change, row.created_at, row.created_by, accounts.c.name)
        .outerjoin(accounts, accounts.c.id == row.created_by)
        .where(row.case_id == case_id)
        .order_by(row.version.desc())
    ).all()


def name_of(connection: Connection, account_id: str) -> str:
    """The name of an account; empty when it is gone."""
    return connection.execute(select(accounts.c.name).where(accounts.c.id == account_id)).scalar() or ""


def list_cases(
    connection: Connection, words: str = "", status: str = "", start: int = 0, count: int = 50
) -> tuple[Sequence[Row[Any]], int]:
    """Cases, the last changed first, and how many there are in all."""
    where = [cases.c.status == status] if status in STATUSES else []
    for word in words.split():
        like = f"%{word.replace('%', '').replace('_', ' ').lower()}%"
        where.append(or_(func.lower(cases.c.label).like(like), func.lower(accounts.c.name).like(like)))
    held = select(cases, accounts.c.name.label("patient")).outerjoin(
        accounts, accounts.c.id == cases.c.patient_account_id
    )
    total = connection.execute(select(func.count()).select_from(held.where(*where).subquery())).scalar_one()
    found = held.where(*where).order_by(cases.c.changed_at.desc(), cases.c.id).offset(start).limit(count)
    return connection.execute(found).all(), total


def set_status(connection: Connection, case_id: str, seen: str, status: str, now: datetime) -> bool:
    """Open, decided or closed, from the state that was seen; False when it is another one by now."""
    as_seen = update(cases).where(cases.c.id == case_id, cases.c.status == seen)
    return bool(connection.execute(as_seen.values(status=status, changed_at=now)).rowcount)


def overrides_of(connection: Connection, case_id: str) -> Sequence[Row[Any]]:
    """What clinicians decided otherwise, withdrawn ones included, oldest first."""
    return connection.execute(
        select(overrides, accounts.c.name)
        .outerjoin(accounts, accounts.c.id == overrides.c.created_by)
        .where(overrides.c.case_id == case_id)
        .order_by(overrides.c.created_at, overrides.c.id)
    ).all()


def in_force(decided: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The decisions that count, of rows that go from the oldest on: of each target the newest that nobody withdrew."""
    newest = {item.target: item for item in decided if item.withdrawn_at is None}
    return [item for item in decided if newest.get(item.target) is item]


def with_decisions(
    plan: Mapping[str, Any], decided: Sequence[Row[Any]], day: Callable[[datetime], date]
) -> dict[str, Any]:
    """The plan with the decisions in force (key `decisions` of plan.schema.json); `day` is the center's day of a moment."""
    titles = {item["id"]: item["title"] for key in ("options", "excluded", "alerts") for item in plan[key]}
    return {
        **plan,
        "decisions": [
            {
                "target": item.target,
                "title": titles.get(item.target, item.target),
                "decision": item.decision,
                "reason": item.reason,
                "by": item.name,
                "on": day(item.created_at).isoformat(),
            }
            for item in in_force(decided)
        ],
    }


def add_override(
    connection: Connection,
    case_id: str,
    target: str,
    decision: str,
    reason: str,
    by: str,
    now: datetime,
    identity: str = "",
) -> str:
    """Keep a decision about an option or an alert, with the id given; its id."""
    identity = identity or new_id()
    connection.execute(
        insert(overrides).values(
            id=identity, case_id=case_id, target=target, decision=decision, reason=reason, created_by=by, created_at=now
        )
    )
    return identity


def withdraw_override(connection: Connection, case_id: str, identity: str, by: str, now: datetime) -> bool:
    """Take a decision back; it stays in the record. False when there is none in force."""
    return bool(
        connection.execute(
            update(overrides)
            .where(overrides.c.id == identity, overrides.c.case_id == case_id, overrides.c.withdrawn_at.is_(None))
            .values(withdrawn_by=by, withdrawn_at=now)
        ).rowcount
    )

"""Referrals: how one begins, which steps it may take, what happened to it, and who may look at it with a code.

The steps are those of a FHIR Task. Which step may follow which is a table; what is not in it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from chemoplan.web.center.center import Center
from chemoplan.web.guards.uploads import Upload
from chemoplan.web.people.passwords import code_hash, new_code
from chemoplan.web.referrals import referral_fhir
from chemoplan.web.store.inbox_lines import tell
from chemoplan.web.store.tables import inbox, new_id, referrals, uploads

STEPS: dict[str, tuple[str, ...]] = {
    "requested": ("received", "accepted", "on-hold", "rejected", "cancelled"),
    "received": ("accepted", "on-hold", "rejected", "cancelled"),
    "accepted": ("in-progress", "on-hold", "rejected", "cancelled"),
    "in-progress": ("completed", "on-hold", "cancelled"),
    "on-hold": ("received", "accepted", "in-progress", "rejected", "cancelled"),
    "completed": (),
    "rejected": (),
    "cancelled": (),
}
"""The steps of a referral, and which may follow. An empty tuple is an end."""
UNANSWERED = ("requested", "received")
"""Steps at which the sender still waits for an answer."""
NEEDS_REASON = frozenset({"on-hold", "rejected", "cancelled"})
"""Steps that nobody takes without saying why."""
URGENCY = {"routine": "routine", "week": "soon", "day": "today"}
"""How soon, as the form asks it, and as the inbox sorts it."""
OPEN_FOR = timedelta(minutes=30)
"""How long the status stays open after the code was typed."""
REPLY_HOURS = 48
DRAFT, REFERRAL = "draft", "referral"


class StepRefused(ValueError):
    """A step that may not follow the one before it, or that lacks its reason."""


@dataclass(frozen=True)
class Sent:
    """A referral that was just sent: its id, and the code that only its sender knows."""

    id: str
    code: str


def reply_within(center: Center) -> timedelta:
    """How soon the center promises to answer."""
    return timedelta(hours=float(center.data.get("referrals", {}).get("reply_hours", REPLY_HOURS)))


def send(
    connection: Connection, answers: Mapping[str, Any], center: Center, secret: str, now: datetime, account: str | None = None,
    sent: Sent | None = None,
) -> Sent:  # fmt: skip
    """Keep a new referral, with the id and code of `sent` if given, and put it into the inbox. Of the code only its keyed hash is kept."""
    sent = sent or Sent(new_id(), new_code())
    identity = sent.id
    connection.execute(
        insert(referrals).values(
            id=identity, tracking_hash=code_hash(sent.code, secret), account_id=account, answers=dict(answers),
            service_request=referral_fhir.service_request(identity, answers, now),
            task=referral_fhir.task(identity, answers, now, reply_within(center)),
            status="requested", events=[_event(now, "sender", "state", state="requested")], created_at=now, changed_at=now,
        )
    )  # fmt: skip
    _to_inbox(connection, identity, answers, now)
    return sent


def move(
    connection: Connection, identity: str, status: str, now: datetime, *, by: str, who: str = "", reason: str = "",
    missing: Sequence[str] = (),
) -> None:  # fmt: skip
    """Take the next step. `missing` names records of the checklist. Raises StepRefused; then nothing is changed."""
    row = _locked(connection, identity)
    if row is None or status not in STEPS[row.status]:
        raise StepRefused(f"{row.status if row else 'no referral'} is not followed by {status}")
    if status in NEEDS_REASON and not reason.strip() and not missing:
        raise StepRefused(f"{status} needs a reason")
    told = "; ".join(
        part for part in (f"records missing: {', '.join(missing)}" if missing else "", reason.strip()) if part
    )
    request = {**row.service_request, "status": referral_fhir.REQUEST_STATUS.get(status, "active")}
    event = _event(now, by, "state", who=who, state=status, reason=reason.strip(), missing=list(missing))
    connection.execute(
        update(referrals)
        .where(referrals.c.id == identity)
        .values(
            status=status, task=referral_fhir.moved(row.task, status, told, now), service_request=request,
            events=[*row.events, event], changed_at=now,
        )
    )  # fmt: skip
    if by == "sender":
        _to_inbox(connection, identity, row.answers, now)


def add_message(connection: Connection, identity: str, text: str, now: datetime, *, by: str, who: str = "") -> None:
    """Keep a message on a referral; one from its sender puts it back into the inbox."""
    _append(connection, identity, now, _event(now, by, "message", who=who, text=text), by)


def add_files(connection: Connection, identity: str, files: Sequence[Upload], now: datetime, *, by: str) -> None:
    """Keep files with a referral."""
    for upload in files:
        keep_file(connection, REFERRAL, identity, upload, now)
    _append(connection, identity, now, _event(now, by, "files", files=[upload.name for upload in files]), by)


def keep_file(connection: Connection, kind: str, owner: str, upload: Upload, now: datetime) -> None:
    """Keep one file for a draft or a referral."""
    connection.execute(
        insert(uploads).values(
            owner_kind=kind, owner_id=owner, name=upload.name, media_type=upload.media_type, size=len(upload.content),
            sha256=upload.sha256, content=upload.content, created_at=now,
        )
    )  # fmt: skip


def take_over(connection: Connection, draft: str, identity: str) -> None:
    """Give the files of a draft to the referral that came of it."""
    connection.execute(
        update(uploads)
        .where(uploads.c.owner_kind == DRAFT, uploads.c.owner_id == draft)
        .values(owner_kind=REFERRAL, owner_id=identity)
    )


def drop_files(connection: Connection, draft: str, chosen: Sequence[str]) -> None:
    """Take files away from a draft."""
    connection.execute(
        delete(uploads).where(uploads.c.owner_kind == DRAFT, uploads.c.owner_id == draft, uploads.c.id.in_(chosen))
    )


def files_of(connection: Connection, kind: str, owner: str) -> list[Any]:
    """The files of a draft or a referral without their content, in the order in which they came."""
    row = uploads.c
    found = connection.execute(
        select(row.id, row.name, row.media_type, row.size, row.created_at)
        .where(row.owner_kind == kind, row.owner_id == owner)
        .order_by(row.created_at, row.name)
    )
    return list(found.all())


def by_id(connection: Connection, identity: str) -> Any | None:
    """A referral, or None."""
    return connection.execute(select(referrals).where(referrals.c.id == identity)).one_or_none()


def by_code(connection: Connection, code: str, secret: str) -> str | None:
    """The id of the referral of a code, or None."""
    wanted = code_hash(code, secret)
    return connection.execute(select(referrals.c.id).where(referrals.c.tracking_hash == wanted)).scalar_one_or_none()


def ticket(identity: str, secret: str, now: datetime) -> str:
    """A signed cookie that opens the status of one referral for a while."""
    until = int((now + OPEN_FOR).timestamp())
    return f"{identity}.{until}.{_signature(identity, until, secret)}"


def admitted(cookie: str, secret: str, now: datetime) -> str | None:
    """The id of the referral that a ticket opens, None when it is forged or too old."""
    identity, _, rest = cookie.partition(".")
    until, _, signature = rest.partition(".")
    if not (identity and until.isascii() and until.isdigit() and len(until) <= 12):
        return None
    fits = hmac.compare_digest(_signature(identity, int(until), secret).encode(), signature.encode())
    return identity if fits and int(until) >= now.timestamp() else None


def _signature(identity: str, until: int, secret: str) -> str:
    return hmac.new(secret.encode(), f"referral:{identity}:{until}".encode(), hashlib.sha256).hexdigest()


def _event(now: datetime, by: str, kind: str, **detail: Any) -> dict[str, Any]:
    return {"at": referral_fhir.instant(now), "by": by, "kind": kind, **detail}


def _locked(connection: Connection, identity: str) -> Any | None:
    return connection.execute(select(referrals).where(referrals.c.id == identity).with_for_update()).one_or_none()


def _append(connection: Connection, identity: str, now: datetime, event: dict[str, Any], by: str) -> None:
    row = _locked(connection, identity)
    if row is None:
        raise StepRefused("no referral")
    connection.execute(
        update(referrals).where(referrals.c.id == identity).values(events=[*row.events, event], changed_at=now)
    )
    if by == "sender":
        _to_inbox(connection, identity, row.answers, now)


def _to_inbox(connection: Connection, identity: str, answers: Mapping[str, Any], now: datetime) -> None:
    """The line of the inbox, new again when there is something new to look at."""
    known = connection.execute(
        update(inbox)
        .where(inbox.c.kind == REFERRAL, inbox.c.subject_id == identity)
        .values(status="new", changed_at=now)
    )
    if not known.rowcount:
        tell(connection, REFERRAL, identity, now, urgency=URGENCY[answers["urgency"]])

"""Every table of the application. Ids are random, times are UTC, and nothing about a person stands in a key."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as sortable ISO 8601 text, so that every database and the audit log hold the same signs."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text; a moment without a zone is a fault of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From text."""
        return None if value is None else datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def new_id() -> str:
    """A random id that tells nothing."""
    return secrets.token_urlsafe(12)


def _id() -> Column[str]:
    return Column("id", String(40), primary_key=True, default=new_id)


def _to(table: str, *, nullable: bool = False, name: str = "") -> Column[str]:
    return Column(
        name or f"{table.rstrip('s')}_id", String(40), ForeignKey(f"{table}.id"), nullable=nullable, index=True
    )


def _at(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable)


accounts = Table(
    "accounts", metadata, _id(),
    Column("role", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(254), nullable=False, unique=True),
    Column("language", String(5), nullable=False, default="en"),
    Column("password_hash", String(200)),
    Column("totp_secret", String(64)), _at("totp_confirmed_at", nullable=True), Column("totp_last_step", Integer),
    Column("recovery_codes", JSON),
    Column("oidc_issuer", String(300)), Column("oidc_subject", String(300)),
    Column("active", Boolean, nullable=False, default=True),
    _at("created_at"), _at("last_signed_in_at", nullable=True),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
)  # fmt: skip

sessions = Table(
    "sessions", metadata, _id(),  # the id is a hash of the cookie: a copy of the table opens no door
    _to("accounts"), Column("second_factor", Boolean, nullable=False, default=False),
    _at("created_at"), _at("seen_at"), _at("expires_at"),
    Column("data", JSON),
)  # fmt: skip

one_time_codes = Table(
    "one_time_codes", metadata, _id(),
    _to("accounts"), Column("code_hash", String(100), nullable=False), Column("purpose", String(30), nullable=False),
    Column("tries", Integer, nullable=False, default=0), _at("expires_at"), _at("used_at", nullable=True),
)  # fmt: skip

cases = Table(
    "cases", metadata, _id(),
    Column("label", String(200), nullable=False),
    _to("accounts", nullable=True, name="patient_account_id"),
    Column("status", String(20), nullable=False, default="open"),
    Column("version", Integer, nullable=False, default=1),
    Column("created_by", String(40), nullable=False), _at("created_at"), _at("changed_at"),
)  # fmt: skip

case_versions = Table(
    "case_versions", metadata, _id(), _to("cases"),
    Column("version", Integer, nullable=False),
    Column("documents", JSON, nullable=False),  # what was read, as written: [{"name", "kind", "text" or "file_id"}]
    Column("answers", JSON, nullable=False, default=dict),  # facts stated on the page, with who and when
    Column("decided_on", String(10)),
    Column("change", String(200), nullable=False),
    Column("created_by", String(40), nullable=False), _at("created_at"),
    UniqueConstraint("case_id", "version"),
)  # fmt: skip

overrides = Table(
    "overrides", metadata, _id(), _to("cases"),
    Column("target", String(200), nullable=False),  # the id of an option, an alert or a gate
    Column("decision", String(30), nullable=False),  # chosen | declined | accepted_risk
    Column("reason", Text, nullable=False),
    Column("created_by", String(40), nullable=False), _at("created_at"),
    Column("withdrawn_by", String(40)), _at("withdrawn_at", nullable=True),
)  # fmt: skip

releases = Table(
    "releases", metadata, _id(), _to("cases"), _to("accounts", name="patient_account_id"),
    Column("case_version", Integer, nullable=False),
    Column("plan", JSON, nullable=False),  # the patient's plan alone, as it was read before it was released
    Column("language", String(5), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("released_by", String(40), nullable=False), Column("released_by_name", String(200), nullable=False), _at("released_at"),
    Column("withdrawn_by", String(40)), _at("withdrawn_at", nullable=True), Column("withdrawn_reason", Text),
)  # fmt: skip

order_sheets = Table(
    "order_sheets", metadata, _id(), _to("cases"),
    Column("case_version", Integer, nullable=False), Column("regimen", String(100), nullable=False),
    Column("order", JSON, nullable=False),
    Column("prepared_by", String(40), nullable=False), _at("prepared_at"),
    Column("verified_by", String(40)), _at("verified_at", nullable=True),
    Column("withdrawn_by", String(40)), _at("withdrawn_at", nullable=True),
)  # fmt: skip

slots = Table(
    "slots", metadata, _id(),
    Column("location", String(60), nullable=False), Column("doctor", String(60)), Column("service", String(60), nullable=False),
    _at("starts_at"), _at("ends_at"),
    Column("status", String(10), nullable=False, default="free"),  # free | held | booked | closed
    Column("hold_token", String(64)), _at("held_until", nullable=True),
    UniqueConstraint("location", "doctor", "service", "starts_at"),
    Index("ix_slots_free", "service", "location", "status", "starts_at"),
)  # fmt: skip

appointments = Table(
    "appointments", metadata, _id(),
    Column("reference", String(20), nullable=False, unique=True),
    _to("slots", nullable=True), _to("accounts", nullable=True), _to("referrals", nullable=True),
    Column("answers", JSON, nullable=False), Column("language", String(5), nullable=False),
    Column("status", String(20), nullable=False),  # booked | wanted | canceled | done
    _at("created_at"), _at("changed_at"),
)  # fmt: skip

drafts = Table(
    "drafts", metadata, _id(),  # the id is a hash of the cookie
    Column("kind", String(30), nullable=False), Column("answers", JSON, nullable=False), _at("changed_at"), _at("expires_at"),
)  # fmt: skip

referrals = Table(
    "referrals", metadata, _id(),
    Column("tracking_hash", String(100), nullable=False, unique=True),
    _to("accounts", nullable=True), _to("cases", nullable=True),
    Column("answers", JSON, nullable=False),
    Column("service_request", JSON, nullable=False), Column("task", JSON, nullable=False),
    Column("status", String(20), nullable=False),  # the status of the FHIR Task
    Column("events", JSON, nullable=False, default=list),  # what happened, in order: [{"at", "by", "kind", ...}]
    _at("created_at"), _at("changed_at"),
)  # fmt: skip

uploads = Table(
    "uploads", metadata, _id(),
    Column("owner_kind", String(20), nullable=False), Column("owner_id", String(40), nullable=False, index=True),
    Column("name", String(200), nullable=False), Column("media_type", String(100), nullable=False),
    Column("size", Integer, nullable=False), Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False), _at("created_at"),
)  # fmt: skip

inbox = Table(
    "inbox", metadata, _id(),
    Column("kind", String(20), nullable=False),  # appointment | referral | question | symptom | message
    Column("subject_id", String(40), nullable=False, index=True),
    _to("cases", nullable=True),
    Column("urgency", String(10), nullable=False, default="routine"),  # now | today | soon | routine
    Column("status", String(10), nullable=False, default="new"),  # new | open | done
    Column("assigned_to", String(40)), Column("note", Text),
    _at("created_at"), _at("changed_at"),
    Index("ix_inbox_open", "status", "urgency", "created_at"),
)  # fmt: skip

messages = Table(
    "messages", metadata, _id(),
    Column("reference", String(20), nullable=False, unique=True), Column("answers", JSON, nullable=False),
    Column("language", String(5), nullable=False), _at("created_at"),
)  # fmt: skip

questions = Table(
    "questions", metadata, _id(), _to("accounts"), _to("cases", nullable=True),
    Column("text", Text, nullable=False), Column("position", Integer, nullable=False, default=0),
    _at("created_at"), _at("sent_at", nullable=True),
    _at("addressed_at", nullable=True), Column("addressed_by", String(40)), Column("answer", Text),
)  # fmt: skip

check_ins = Table(
    "check_ins", metadata, _id(), _to("accounts"), _to("cases", nullable=True),
    Column("answers", JSON, nullable=False), Column("level", String(10), nullable=False),  # now | today | soon | routine
    Column("reasons", JSON, nullable=False), Column("language", String(5), nullable=False), _at("created_at"),
    _at("answered_at", nullable=True), Column("answered_by", String(40)), Column("answer", Text),
)  # fmt: skip

preferences = Table(
    "preferences", metadata, _id(),
    Column("contact_hash", String(64), nullable=False), Column("contact", String(254)), Column("channel", String(20), nullable=False),
    Column("topic", String(40), nullable=False), Column("wanted", Boolean, nullable=False),
    Column("unsubscribe_hash", String(64), nullable=False), Column("language", String(5), nullable=False),
    _at("confirmed_at", nullable=True), _at("created_at"), _at("changed_at"),
    UniqueConstraint("contact_hash", "channel", "topic"),
)  # fmt: skip

string_reviews = Table(
    "string_reviews", metadata, _id(),
    Column("key", String(200), nullable=False), Column("language", String(5), nullable=False),
    Column("fingerprint", String(64), nullable=False), Column("reviewer", String(200), nullable=False), _at("created_at"),
    UniqueConstraint("key", "language", "fingerprint"),
)  # fmt: skip

board_meetings = Table(
    "board_meetings", metadata, _id(),
    Column("title", String(200), nullable=False), _at("starts_at"), Column("closed", Boolean, nullable=False, default=False),
    Column("created_by", String(40), nullable=False), _at("created_at"),
)  # fmt: skip

board_items = Table(
    "board_items", metadata, _id(), _to("board_meetings"), _to("cases"),
    Column("position", Integer, nullable=False), Column("question", Text, nullable=False),
    Column("decision", Text), Column("dissent", Text), Column("owner", String(200)), Column("options", JSON),
    Column("case_version", Integer), Column("decided_by", String(40)), _at("decided_at", nullable=True),
    UniqueConstraint("board_meeting_id", "case_id"),
)  # fmt: skip

audit_log = Table(
    "audit_log", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _at("at"), Column("actor", String(40)), Column("role", String(20), nullable=False),
    Column("action", String(40), nullable=False), Column("kind", String(30), nullable=False), Column("subject", String(60), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False), Column("hash", String(64), nullable=False),
    Index("ix_audit_log_subject", "kind", "subject"),
)  # fmt: skip

ONLY_APPENDED = {
    "sqlite": (
        "CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END",
        "CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_log_only_appended() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is only appended to'; END $$",
        "CREATE TRIGGER audit_log_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_only_appended()",
    ),
}
"""The database itself refuses to change or take out a line: by dialect, the statements of the migration that makes the table."""

limits = Table(
    "limits", metadata,
    Column("key", String(100), primary_key=True), Column("window", Integer, primary_key=True), Column("count", Integer, nullable=False),
)  # fmt: skip

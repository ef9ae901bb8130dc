"""A demonstration: the invented center, invented people of every role, the shipped cases. Never for real data."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pyotp
from sqlalchemy import select, update

from chemoplan.web.center.center import Center
from chemoplan.web.demo import parts
from chemoplan.web.people.accounts import add_account
from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import accounts

PASSWORD = "plum-river-lantern"
"""Everybody may know it: the people are invented."""

PEOPLE = {
    "patient": ("Pat Example", "pat@example-cancer.example"),
    "referrer": ("Dana Sample, MD", "dana@example-practice.example"),
    "navigator": ("Noor Navigator, RN", "noor@example-cancer.example"),
    "clinician": ("Ana Rivera, MD", "ana@example-cancer.example"),
    "pharmacist": ("Phil Pharmacist, PharmD", "phil@example-cancer.example"),
    "administrator": ("Ada Admin", "ada@example-cancer.example"),
}
SECOND_PATIENT = ("Sam Second", "sam@example-cancer.example")


class DemoRefused(ValueError):
    """The database is no demonstration's; the message says what would be right."""


def holds_demo(database: Database) -> bool | None:
    """Whether a database holds the people whose password everybody knows; None when it holds nobody yet."""
    invented = [email for _, email in (*PEOPLE.values(), SECOND_PATIENT)]
    with database.read() as connection:
        if connection.execute(select(accounts.c.id).where(accounts.c.email.in_(invented)).limit(1)).first():
            return True
        return False if connection.execute(select(accounts.c.id).limit(1)).first() else None


def fill(database: Database, center: Center, now: datetime) -> dict[str, str]:
    """Put the invented people and everything that shows the pages at work into an empty database; account ids by role.

    A demonstration's database is left as it is. Raises DemoRefused for one that holds real accounts: with `--demo` everybody would
    see their second step.
    """
    if holds_demo(database) is False:
        raise DemoRefused(
            "--demo: the database holds accounts of real people; leave --database and --data out, or name a new folder"
        )
    with database.read() as connection:
        known = {row.email: row.id for row in connection.execute(select(accounts.c.email, accounts.c.id))}
    if known:
        return {role: known[email] for role, (_, email) in PEOPLE.items() if email in known}
    with database.write() as connection:
        people = {
            role: add_account(connection, role, name, email, PASSWORD, now) for role, (name, email) in PEOPLE.items()
        }
        people["second patient"] = add_account(connection, "patient", *SECOND_PATIENT, PASSWORD, now)
        staff = [people[role] for role in ("navigator", "clinician", "pharmacist", "administrator")]
        connection.execute(update(accounts).where(accounts.c.id.in_(staff)).values(totp_confirmed_at=now))
    for name in parts.ORDER:
        import_module(f"{parts.__name__}.{name}").fill(database, center, people, now)
    return people


def code_now(database: Database, account_id: str, now: datetime) -> str | None:
    """The six numbers of an invented person at this moment, fresh ones when the last were used; None for anybody else."""
    invented = [email for _, email in PEOPLE.values()]
    with database.read() as connection:
        row = connection.execute(
            select(accounts.c.totp_secret, accounts.c.totp_last_step).where(
                accounts.c.id == account_id, accounts.c.email.in_(invented)
            )
        ).one_or_none()
    if row is None:
        return None
    step = int(now.timestamp()) // 30
    if row.totp_last_step is not None and row.totp_last_step >= step:
        step = row.totp_last_step + 1
    return str(pyotp.TOTP(row.totp_secret).at(step * 30)) if row.totp_secret else None

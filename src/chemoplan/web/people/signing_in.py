"""Signing in: password, one-time code, second factor. Says the same for every way in which it fails."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from chemoplan.web.people.accounts import Account
from chemoplan.web.people.passwords import code_hash, matches, new_code, totp_step
from chemoplan.web.store.tables import accounts, new_id, one_time_codes

CODE_LIFE = timedelta(days=7)
SPARE_CODES = 8


def by_password(connection: Connection, email: str, password: str) -> tuple[str | None, bool]:
    """The id of the account with an email address (None without one), and whether the password fits it."""
    row = connection.execute(
        select(accounts.c.id, accounts.c.password_hash).where(
            accounts.c.email == email.strip().lower(), accounts.c.active
        )
    ).one_or_none()
    fits = matches(row.password_hash if row else None, password)
    return (row.id if row else None), fits


def give_code(
    connection: Connection,
    account_id: str,
    now: datetime,
    secret: str,
    *,
    purpose: str = "sign-in",
    life: timedelta = CODE_LIFE,
    code: str = "",
) -> str:
    """A new one-time code for an account, or the one given; older ones of the same purpose end."""
    code = code or new_code()
    end_codes(connection, account_id, now, purpose=purpose)
    connection.execute(
        insert(one_time_codes).values(
            id=new_id(),
            account_id=account_id,
            code_hash=code_hash(code, secret),
            purpose=purpose,
            expires_at=now + life,
        )
    )
    return code


def still_opens(connection: Connection, account_id: str, code: str, now: datetime, secret: str) -> bool:
    """Whether a one-time code for signing in still opens an account. Uses nothing up."""
    row = one_time_codes.c
    mine = (row.account_id == account_id, row.code_hash == code_hash(code, secret), row.purpose == "sign-in")
    unused = (row.used_at.is_(None), row.expires_at > now)
    return connection.execute(select(row.id).where(*mine, *unused)).first() is not None


def end_codes(connection: Connection, account_id: str, now: datetime, *, purpose: str = "sign-in") -> None:
    """End the codes of an account that nobody used."""
    connection.execute(
        update(one_time_codes)
        .where(
            one_time_codes.c.account_id == account_id,
            one_time_codes.c.purpose == purpose,
            one_time_codes.c.used_at.is_(None),
        )
        .values(used_at=now)
    )


def by_code(connection: Connection, code: str, now: datetime, secret: str, *, purpose: str = "sign-in") -> str | None:
    """The id of the account that a one-time code opens; the code is used up."""
    found = connection.execute(
        update(one_time_codes)
        .where(
            one_time_codes.c.code_hash == code_hash(code, secret), one_time_codes.c.purpose == purpose,
            one_time_codes.c.used_at.is_(None), one_time_codes.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(one_time_codes.c.account_id)
    ).scalar_one_or_none()  # fmt: skip
    if found is None:
        return None
    return connection.execute(
        select(accounts.c.id).where(accounts.c.id == found, accounts.c.active)
    ).scalar_one_or_none()


def second_factor(connection: Connection, account: Account, code: str, now: datetime, secret: str) -> bool:
    """Whether a code of the app or a spare code fits; either counts once."""
    # Locked: two who send the same code at once must not both be let in.
    row = connection.execute(select(accounts).where(accounts.c.id == account.id).with_for_update()).one()
    if row.totp_secret and row.totp_confirmed_at:
        step = totp_step(row.totp_secret, code, now, row.totp_last_step)
        if step is not None:
            unused = or_(accounts.c.totp_last_step.is_(None), accounts.c.totp_last_step < step)
            taken = update(accounts).where(accounts.c.id == account.id, unused).values(totp_last_step=step)
            return bool(connection.execute(taken).rowcount)
    spare = list(row.recovery_codes or [])
    hashed = code_hash(code, secret)
    if hashed in spare:
        spare.remove(hashed)
        connection.execute(update(accounts).where(accounts.c.id == account.id).values(recovery_codes=spare))
        return True
    return False


def setup_key(connection: Connection, account: Account) -> str:
    """The key of an account for an authenticator app."""
    return str(connection.execute(select(accounts.c.totp_secret).where(accounts.c.id == account.id)).scalar_one())


def spare_codes(cookie: str, secret: str) -> list[str]:
    """The spare codes that are shown in the session of a cookie: the same when they are shown again."""
    seeds = [hmac.new(secret.encode(), f"spare:{at}:{cookie}".encode(), hashlib.sha256) for at in range(SPARE_CODES)]
    return [new_code(seed=seed.digest()) for seed in seeds]


def finish_setup(
    connection: Connection, account: Account, code: str, now: datetime, secret: str, codes: Sequence[str]
) -> bool:
    """Confirm the app by a code of it, and keep the hashes of the spare codes; False when the code does not fit."""
    key = connection.execute(select(accounts.c.totp_secret).where(accounts.c.id == account.id)).scalar_one()
    step = totp_step(key, code, now, None) if key else None
    if step is None:
        return False
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account.id)
        .values(totp_confirmed_at=now, totp_last_step=step, recovery_codes=[code_hash(code, secret) for code in codes])
    )
    return True

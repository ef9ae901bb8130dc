"""Passwords, one-time codes and second factors: argon2 hashes, TOTP (RFC 6238), recovery codes. Nothing readable is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from datetime import datetime
from functools import lru_cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 200
STEP_SECONDS = 30
_AT_ONCE = threading.BoundedSemaphore(4)
"""A hash takes 64 MB on purpose: many at once would take all there is."""
_CODE_SIGNS = "23456789CDFGHJKMPQRTVWXY"  # none that people take for another


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_of(password: str) -> str:
    """The argon2id hash of a password."""
    with _AT_ONCE:
        return _hasher().hash(password)


def matches(hashed: str | None, password: str) -> bool:
    """Whether a password fits; takes as long for an account that does not exist."""
    try:
        with _AT_ONCE:
            return _hasher().verify(hashed or _nobody(), password[:MAX_LENGTH]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def problem_of(password: str, email: str = "") -> str | None:
    """The key of what is wrong with a new password, or None: long is what counts."""
    if len(password) < MIN_LENGTH:
        return "form.password_short"
    if len(set(password)) < 5 or (email and email.split("@")[0].lower() in password.lower()):
        return "form.password_easy"
    return None


def new_code(length: int = 10, seed: bytes = b"") -> str:
    """A code that people read aloud or copy by hand: groups of five signs, none of them easily mistaken.

    `seed` (16 secret bytes or more) gives the same code every time.
    """
    number = int.from_bytes(seed or secrets.token_bytes(24))
    signs = "".join(_CODE_SIGNS[number // len(_CODE_SIGNS) ** at % len(_CODE_SIGNS)] for at in range(length))
    return "-".join(signs[at : at + 5] for at in range(0, length, 5))


def code_hash(code: str, secret: str) -> str:
    """The keyed hash of a code, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hmac.new(secret.encode(), plain.encode(), hashlib.sha256).hexdigest()


def new_totp_secret() -> str:
    """A secret for an authenticator app."""
    return pyotp.random_base32()


def totp_address(secret: str, email: str, issuer: str) -> str:
    """The address that an authenticator app reads from the square code."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer))


def totp_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step of a valid code (this one, the one before or after), or None. A step counts once: no code is taken twice."""
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // STEP_SECONDS
    digits = "".join(sign for sign in code if sign in "0123456789")
    for tried in (step, step - 1, step + 1):
        if hmac.compare_digest(totp.at(tried * STEP_SECONDS), digits):
            return tried if last_step is None or tried > last_step else None
    return None

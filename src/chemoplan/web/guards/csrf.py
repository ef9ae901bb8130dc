"""Forms that only our own pages can send: a signed token in the form, tied to a cookie; and the browser's word on where it comes from.

Works without scripts. A request from another site is refused by its Origin or Sec-Fetch-Site before the token is looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

FIELD = "csrf_token"
HEADER = "x-csrf-token"


def new_seed() -> str:
    """The secret half that lies in the cookie."""
    return secrets.token_urlsafe(24)


def token_of(secret: str, seed: str, session: str) -> str:
    """The token for the forms of one visitor: of the cookie's seed and the session, so that signing in ends older ones."""
    return hmac.new(secret.encode(), f"form:{seed}:{session}".encode(), hashlib.sha256).hexdigest()


def masked(token: str) -> str:
    """A token as a page carries it: other signs every time, so that nobody guesses it from the size of compressed pages."""
    pad = secrets.token_bytes(len(token) // 2)
    return pad.hex() + _across(bytes.fromhex(token), pad).hex()


def _unmasked(given: str) -> bytes:
    """The token under its mask; what is not masked comes back as it is."""
    try:
        both = bytes.fromhex(given) if len(given) == 4 * hashlib.sha256().digest_size else b""
    except ValueError:
        both = b""
    half = len(both) // 2
    return _across(both[:half], both[half:]).hex().encode() if both else given.encode()


def _across(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def refused(headers: Mapping[str, str], own_host: str, own_origin: str, expected: str, given: str) -> str | None:
    """Why a changing request is refused, or None."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "the request comes from another site"
    origin = headers.get("origin")
    if origin and origin != "null" and not _same(origin, own_host, own_origin):
        return "the request comes from another origin"
    if origin == "null" or not given or not hmac.compare_digest(expected.encode(), _unmasked(given)):
        return "the form is out of date"
    return None


def _same(origin: str, own_host: str, own_origin: str) -> bool:
    return origin == own_origin if own_origin else urlsplit(origin).netloc == own_host

"""Signing in with an OpenID Connect provider: authorization code with PKCE, the identity token checked against the provider's keys.

Only accounts that exist here can be opened; a provider never makes one. Asks the network only for the provider that the installation names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Connection, select, update

from chemoplan.web.store.tables import accounts

SCOPE = "openid email profile"
SECONDS = 600
LEEWAY = 60
STRONG = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face"})
"""Methods that the provider names in `amr` and that count as a second factor here (RFC 8176)."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]


class OidcRefused(ValueError):
    """The provider's answer cannot be used; the message is for the log and holds nothing about a person."""


@dataclass(frozen=True)
class Identity:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    strong: bool


def begin(oidc: dict[str, str], back: str, after: str, secret: str) -> tuple[str, str]:
    """The provider's address to go to, and the signed note for the cookie that the way back is checked against."""
    note = {
        "state": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24), "verifier": secrets.token_urlsafe(48),
        "after": after, "until": int(time.time()) + SECONDS,
    }  # fmt: skip
    with _client(oidc, back) as client:
        address, _ = client.create_authorization_url(
            _metadata(oidc)["authorization_endpoint"],
            state=note["state"],
            nonce=note["nonce"],
            code_verifier=note["verifier"],
        )
    return str(address), _signed(note, secret)


def finish(oidc: dict[str, str], back: str, address: str, cookie: str, secret: str) -> tuple[Identity, str]:
    """Whom the provider vouches for, and where the visitor wanted to go. Raises OidcRefused."""
    note = _opened(cookie, secret)
    try:
        with _client(oidc, back) as client:
            metadata = _metadata(oidc)
            token = client.fetch_token(
                metadata["token_endpoint"],
                authorization_response=address,
                state=note["state"],
                code_verifier=note["verifier"],
            )
            keys = KeySet.import_key_set(_get(metadata["jwks_uri"]))
        claims = jwt.decode(str(token.get("id_token", "")), keys, algorithms=ALGORITHMS).claims
    except (AuthlibBaseError, JoseError, httpx.HTTPError, ValueError, KeyError) as error:
        raise OidcRefused(type(error).__name__) from None
    return _identity(claims, oidc, note["nonce"]), str(note["after"])


def _identity(claims: dict[str, Any], oidc: dict[str, str], nonce: str) -> Identity:
    """The claims, each held against what it must be."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    now = time.time()
    checks = {
        "issuer": claims.get("iss") == oidc["issuer"],
        "audience": oidc["client_id"] in audiences,
        "party": len(audiences) == 1 or claims.get("azp") == oidc["client_id"],
        "nonce": hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
        "expiry": isinstance(claims.get("exp"), int | float) and claims["exp"] > now - LEEWAY,
        "time": isinstance(claims.get("iat"), int | float) and claims["iat"] < now + LEEWAY,
        "subject": bool(claims.get("sub")),
    }
    if wrong := [name for name, right in checks.items() if not right]:
        raise OidcRefused(f"identity token: {', '.join(wrong)} not as expected")
    methods = claims.get("amr")
    strong = isinstance(methods, list) and bool(STRONG & {str(method) for method in methods})
    return Identity(
        oidc["issuer"],
        str(claims["sub"]),
        str(claims.get("email", "")).lower(),
        claims.get("email_verified") is True,
        strong,
    )


def account_for(connection: Connection, identity: Identity) -> str | None:
    """The account that an identity opens: the one tied to it, else the one with its verified address, which is tied now."""
    tied = select(accounts.c.id).where(
        accounts.c.oidc_issuer == identity.issuer, accounts.c.oidc_subject == identity.subject, accounts.c.active
    )
    found = connection.execute(tied).scalar_one_or_none()
    if found is not None or not identity.email_verified or not identity.email:
        return found
    return connection.execute(
        update(accounts)
        .where(accounts.c.email == identity.email, accounts.c.oidc_subject.is_(None), accounts.c.active)
        .values(oidc_issuer=identity.issuer, oidc_subject=identity.subject)
        .returning(accounts.c.id)
    ).scalar_one_or_none()


def _client(oidc: dict[str, str], back: str) -> OAuth2Client:
    return OAuth2Client(
        oidc["client_id"],
        oidc["client_secret"],
        scope=SCOPE,
        redirect_uri=back,
        code_challenge_method="S256",
        timeout=10,
    )


_KNOWN: dict[str, tuple[float, dict[str, Any]]] = {}


def _metadata(oidc: dict[str, str]) -> dict[str, Any]:
    """What the provider says of itself, kept for an hour. Raises OidcRefused when it is another one than asked."""
    parts = urlsplit(oidc["issuer"])
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise OidcRefused("the issuer's address is not https")
    kept = _KNOWN.get(oidc["issuer"])
    if kept and kept[0] > time.monotonic():
        return kept[1]
    try:
        found: dict[str, Any] = _get(f"{oidc['issuer'].rstrip('/')}/.well-known/openid-configuration")
    except (httpx.HTTPError, ValueError) as error:
        raise OidcRefused(type(error).__name__) from None
    if found.get("issuer") != oidc["issuer"] or not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= set(
        found
    ):
        raise OidcRefused("the provider's configuration names another issuer or lacks addresses")
    _KNOWN[oidc["issuer"]] = (time.monotonic() + 3600, found)
    return found


def _get(address: str) -> Any:
    """A JSON object that an address answers with."""
    answer = httpx.get(address, timeout=10)
    answer.raise_for_status()
    found: Any = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _signed(note: dict[str, Any], secret: str) -> str:
    text = json.dumps(note, separators=(",", ":")).encode().hex()
    return f"{text}.{_seal(text, secret)}"


def _seal(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"oidc:{text}".encode(), hashlib.sha256).hexdigest()


def _opened(cookie: str, secret: str) -> dict[str, Any]:
    text, _, seal = cookie.partition(".")
    if not text or not hmac.compare_digest(seal.encode(), _seal(text, secret).encode()):
        raise OidcRefused("the note of the way out is missing or was changed")
    note: dict[str, Any] = json.loads(bytes.fromhex(text))
    if note["until"] < time.time():
        raise OidcRefused("the way back took too long")
    return note

"""Signing in with a provider: a small one of our own on this machine, honest and dishonest."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from chemoplan.web.people import oidc
from chemoplan.web.store.tables import accounts
from tests.web.visitors import PEOPLE, Site, empty_site

KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})


class Provider(ThreadingHTTPServer):
    """An OpenID provider that vouches for `claims`; `spoil` changes the claims, `key` signs them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims: dict[str, Any] = {
            "sub": "u1",
            "email": PEOPLE["clinician"][1],
            "email_verified": True,
            "amr": ["pwd", "otp"],
        }
        self.key = KEY
        self.asked: dict[str, str] = {}

    def go(self, address: str) -> str:
        """What the provider sends the visitor back with, after they signed in there: the query of the way back."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        self.asked = query
        return f"code=abc&state={query['state']}"


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def answer(self, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if self.path.endswith("/keys"):
            self.answer({"keys": [KEY.as_dict(private=False)]})
            return
        self.answer(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
            }
        )

    def do_POST(self) -> None:
        form = {
            key: values[0]
            for key, values in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()
        }
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert proof == self.server.asked["code_challenge"], "PKCE"
        now = int(time.time())
        claims = {
            "iss": self.server.issuer,
            "aud": "chemoplan",
            "iat": now,
            "exp": now + 60,
            "nonce": self.server.asked["nonce"],
            **self.server.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.server.key)
        self.answer({"access_token": "t", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(tmp_path, provider: Provider) -> Site:
    oidc._KNOWN.clear()
    return empty_site(
        tmp_path,
        oidc={"name": "Example login", "issuer": provider.issuer, "client_id": "chemoplan", "client_secret": "s"},
    )


def sign_in(site: Site, provider: Provider):
    visitor = site.visitor()
    away = visitor.get("/sign-in/provider")
    assert away.status_code == 303
    assert away.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return visitor, visitor.get(f"/sign-in/provider/back?{provider.go(away.headers['location'])}")


def test_the_page_offers_the_provider_only_where_there_is_one(site: Site, tmp_path_factory) -> None:
    assert "Sign in with Example login" in site.visitor().get("/sign-in").text
    assert site.visitor().get("/sign-in/provider").status_code == 303
    without = empty_site(tmp_path_factory.mktemp("without"))
    assert "/sign-in/provider" not in without.visitor().get("/sign-in").text
    assert without.visitor().get("/sign-in/provider").status_code == 404


def test_a_provider_with_a_second_factor_opens_the_account_with_its_verified_address(
    site: Site, provider: Provider
) -> None:
    visitor, answer = sign_in(site, provider)
    assert answer.status_code == 303
    assert visitor.get("/account").status_code == 200
    with site.database.read() as connection:
        row = connection.execute(select(accounts).where(accounts.c.id == site.people["clinician"])).one()
    assert (row.oidc_issuer, row.oidc_subject) == (provider.issuer, "u1")


def test_without_a_second_factor_at_the_provider_ours_is_asked(site: Site, provider: Provider) -> None:
    provider.claims["amr"] = ["pwd"]
    visitor, answer = sign_in(site, provider)
    assert answer.headers["location"].startswith("/sign-in/second")
    assert visitor.get("/account").status_code == 303


def test_once_tied_the_account_opens_by_the_subject_and_not_by_the_address(site: Site, provider: Provider) -> None:
    sign_in(site, provider)
    provider.claims["email"] = "new@example-cancer.example"
    assert sign_in(site, provider)[1].status_code == 303
    provider.claims |= {"sub": "u2", "email": PEOPLE["clinician"][1]}
    assert sign_in(site, provider)[1].status_code == 422


@pytest.mark.parametrize(
    "spoiled",
    [{"iss": "https://other.example"}, {"aud": "another"}, {"aud": ["chemoplan", "x"]}, {"nonce": "old"}, {"exp": 1},
     {"iat": 9_999_999_999},
     {"email_verified": False}, {"email_verified": "true"},
     {"email": "nobody@example.example"}, {"sub": ""}],
)  # fmt: skip
def test_an_identity_that_does_not_fit_opens_nothing(site: Site, provider: Provider, spoiled: dict[str, Any]) -> None:
    provider.claims |= spoiled
    visitor, answer = sign_in(site, provider)
    assert answer.status_code == 422
    assert "That sign-in did not work" in answer.text
    assert visitor.get("/account").status_code == 303


def test_a_token_that_another_key_signed_opens_nothing(site: Site, provider: Provider) -> None:
    provider.key = OTHER_KEY
    assert sign_in(site, provider)[1].status_code == 422


def test_the_way_back_needs_the_cookie_of_the_way_out(site: Site, provider: Provider) -> None:
    visitor = site.visitor()
    query = provider.go(visitor.get("/sign-in/provider").headers["location"])
    assert site.visitor().get(f"/sign-in/provider/back?{query}").status_code == 422
    assert visitor.get("/sign-in/provider/back?code=abc&state=another").status_code == 422


def test_a_provider_that_is_away_leads_back_to_the_page(site: Site, provider: Provider, monkeypatch) -> None:
    monkeypatch.setitem(site.app.state.building.settings.oidc, "issuer", "http://127.0.0.1:9")
    assert site.visitor().get("/sign-in/provider").status_code == 422

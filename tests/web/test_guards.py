"""What stands before every page: form tokens, origins, headers, limits, the kinds of files, errors without traces."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemoplan.web.access import PUBLIC, joined, page
from chemoplan.web.app import routes
from chemoplan.web.guards import csrf, uploads
from chemoplan.web.guards.limits import LIMITS, exceeded
from tests.web.visitors import PASSWORD, PEOPLE, SECRET, Site, empty_site, post, token


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


SIGN_IN = {"email": PEOPLE["patient"][1], "password": PASSWORD}


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    visitor = site.visitor()
    visitor.get("/sign-in")
    assert visitor.post("/sign-in", data=SIGN_IN).status_code == 403
    assert visitor.post("/sign-in", data={**SIGN_IN, "csrf_token": "0" * 64}).status_code == 403


def test_the_token_of_another_visitor_is_refused(site: Site) -> None:
    stranger, visitor = site.visitor(), site.visitor()
    visitor.get("/sign-in")
    assert (
        visitor.post("/sign-in", data={**SIGN_IN, "csrf_token": token(stranger.get("/sign-in").text)}).status_code
        == 403
    )


def test_the_token_from_before_signing_in_is_refused_after_it(site: Site) -> None:
    visitor = site.visitor()
    before = token(visitor.get("/sign-in").text)
    assert visitor.post("/sign-in", data={**SIGN_IN, "csrf_token": before}).status_code == 303
    assert visitor.post("/account/sessions", data={"csrf_token": before}).status_code == 403


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ],
)
def test_a_request_from_elsewhere_is_refused_even_with_a_token(site: Site, header: str, value: str) -> None:
    visitor = site.visitor()
    form = token(visitor.get("/sign-in").text)
    assert visitor.post("/sign-in", data={**SIGN_IN, "csrf_token": form}, headers={header: value}).status_code == 403
    assert (
        visitor.post(
            "/sign-in", data={**SIGN_IN, "csrf_token": form}, headers={"origin": "http://testserver"}
        ).status_code
        == 303
    )


@given(st.text(max_size=80), st.text(max_size=80))
def test_only_the_right_token_fits(seed: str, given_token: str) -> None:
    right = csrf.token_of(SECRET, seed, "")
    assert csrf.refused({}, "host", "", right, right) is None
    if given_token != right:
        assert csrf.refused({}, "host", "", right, given_token)


@pytest.mark.parametrize("address", ["/", "/sign-in", "/nothing-here", "/static/center.css", "/health", "/es/sign-in"])
def test_every_answer_carries_the_headers(site: Site, address: str) -> None:
    headers = site.visitor().get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_pages_stay_in_no_cache_and_files_with_their_hash_do(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.get("/sign-in").headers["cache-control"] == "no-store"
    assert "max-age=31536000" in visitor.get("/static/style.css?v=1").headers["cache-control"]


def test_cookies_go_over_tls_alone_where_the_address_says_so(tmp_path) -> None:
    site = empty_site(tmp_path, address="https://cancer.example")
    cookie = site.visitor().get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-form=") and "Secure" in cookie and "Path=/" in cookie
    assert "strict-transport-security" in site.visitor().get("/sign-in").headers


def test_a_visitor_who_only_reads_gets_no_cookie(site: Site) -> None:
    assert "set-cookie" not in site.visitor().get("/nothing-here").headers


@pytest.mark.parametrize(("address", "status"), [("/nothing-here", 404), ("/sign-out", 405), ("/accounts", 303)])
def test_a_wrong_turn_leads_to_a_page_with_the_phone_number(site: Site, address: str, status: int) -> None:
    answer = site.visitor().get(address)
    assert answer.status_code == status
    if status != 303:
        assert "800-555-0199" in answer.text and "<h1" in answer.text


def test_a_fault_shows_a_page_and_no_trace_and_logs_no_data(site: Site, monkeypatch, caplog) -> None:
    def broken(*args: object) -> tuple[str | None, bool]:
        raise RuntimeError("Pat Example, born 1961")

    monkeypatch.setattr("chemoplan.web.people.signing_in.by_password", broken)
    answer = post(site.visitor(), "/sign-in", **SIGN_IN)
    assert answer.status_code == 500
    assert "Pat Example" not in answer.text and "Traceback" not in answer.text and "RuntimeError" not in answer.text
    assert "RuntimeError" in caplog.text and "Pat Example" not in caplog.text


def test_a_request_that_is_too_large_or_has_no_length_is_refused(site: Site) -> None:
    visitor = site.visitor()
    form = token(visitor.get("/sign-in").text)
    answer = visitor.post("/sign-in", data={"csrf_token": form, "email": "x" * 600_000})
    assert answer.status_code == 413
    assert visitor.post("/sign-in", content=(part for part in [b"email=x"])).status_code == 411


def test_limits_count_for_each_visitor_and_window(site: Site) -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    allowed, seconds = LIMITS["code"]
    with site.database.write() as connection:
        waits = [exceeded(connection, "code", "a", now, SECRET) for _ in range(allowed + 1)]
        assert waits[:-1] == [None] * allowed and 0 < (waits[-1] or 0) <= seconds
        assert exceeded(connection, "code", "b", now, SECRET) is None
        assert exceeded(connection, "code", "a", now + timedelta(seconds=seconds), SECRET) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"%PDF-1.7 ...", "application/pdf"), (b"\x89PNG\r\n\x1a\n...", "image/png"), (b"\xff\xd8\xff...", "image/jpeg"),
     (b'{"resourceType": "Bundle"}', "application/json"), (b"Hugo_Symbol\tChromosome", "text/plain"),
     (gzip.compress(b"x", mtime=0), "application/gzip"),
     (b"<!DOCTYPE html><script>", None), (b"<svg onload=x>", None), (b"MZ\x90\x00", None), (b"\x7fELF\x00", None), (b"#!/bin/sh", None),
     (b"PK\x03\x04\x00", None)],
)  # fmt: skip
def test_a_file_is_what_its_content_says(content: bytes, kind: str | None) -> None:
    assert uploads.media_type_of(content) == kind


@pytest.mark.parametrize(
    ("name", "clean"),
    [("../../etc/passwd", "passwd"), ("C:\\Users\\x\\report.pdf", "report.pdf"), ('a"b\r\nc.pdf', "a_b__c.pdf"),
     ("", "file"), ("...", "file"),
     ("informe médico.pdf", "informe médico.pdf")],
)  # fmt: skip
def test_the_name_of_a_file_is_harmless(name: str, clean: str) -> None:
    assert uploads.clean_name(name) == clean


@given(st.binary(max_size=300), st.text(max_size=300))
def test_no_content_and_no_name_breaks_the_check_of_uploads(content: bytes, name: str) -> None:
    assert uploads.problem_of(content, uploads.DOCUMENTS) in {
        None,
        "form.file_empty",
        "form.file_too_large",
        "form.file_kind",
    }
    clean = uploads.clean_name(name)
    assert clean and "/" not in clean and "\\" not in clean and clean.isprintable() and not clean.startswith(".")


def test_two_pages_of_one_name_are_a_fault() -> None:
    known = dict(joined())
    with pytest.raises(ValueError, match="two pages are named 'home'"):
        page("/other", name="home", who=PUBLIC)(test_two_pages_of_one_name_are_a_fault)  # type: ignore[arg-type]
    assert dict(joined()) == known


def test_every_page_says_who_may_open_it_and_what_it_is_for() -> None:
    for route in routes():
        assert route.who, route.name
        assert route.handler.__doc__, route.name
        assert set(route.methods) <= {"GET", "POST"}, route.name

"""What an attacker would try: forms that take forever, bombs, borrowed addresses, codes used twice, the demonstration on real data."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from starlette.requests import Request

from chemoplan.web.center.file import load_center
from chemoplan.web.demo.invented import DemoRefused, code_now, fill, holds_demo
from chemoplan.web.forms import Field, problem_of
from chemoplan.web.guards import csrf, uploads
from chemoplan.web.people import signing_in
from chemoplan.web.people.accounts import Account, add_account
from chemoplan.web.people.passwords import new_totp_secret, totp_step
from chemoplan.web.serving import Wanted, start
from chemoplan.web.settings import SecretRefused, secret_of
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import prepare
from chemoplan.web.store.tables import accounts, audit_log, drafts
from chemoplan.web.sweeping import sweep_for_ever, sweep_once
from chemoplan.web.visit import Visit
from tests.web.visitors import PASSWORD, PEOPLE, SECRET, Site, empty_site, post, token

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


def actions(site: Site, subject: str) -> list[tuple[str, str]]:
    with site.database.read() as connection:
        rows = connection.execute(select(audit_log.c.action, audit_log.c.kind).where(audit_log.c.subject == subject))
        return [(row.action, row.kind) for row in rows]


# Forms as they arrive


@pytest.mark.parametrize("codec", ["punycode", "idna", "utf-7", "unicode_escape", "utf-16"])
def test_a_form_in_a_text_codec_that_takes_forever_is_not_read(site: Site, codec: str, monkeypatch) -> None:
    def read(self: Request, **more: object) -> None:
        raise AssertionError("the form is read")

    monkeypatch.setattr(Request, "form", read)
    field = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nzzzz9999\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={codec}"
    assert site.visitor().post("/sign-in", content=field, headers={"content-type": kind}).status_code == 400


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary="]
)
def test_a_form_of_another_kind_than_browsers_send_gets_a_page_and_no_fault(site: Site, kind: str, caplog) -> None:
    answer = site.visitor().post("/sign-in", content=b'{"email": 1}', headers={"content-type": kind})
    assert answer.status_code in (400, 403)
    assert "<h1" in answer.text and "fault" not in caplog.text


def test_nobody_sends_files_to_a_page_that_is_not_open_to_them(site: Site) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        raise AssertionError("the body is read before it is known who sends it")

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [
        (b"host", b"testserver"),
        (b"content-length", b"1000"),
        (b"content-type", b"multipart/form-data; boundary=x"),
    ]
    scope = {
        "type": "http", "method": "POST", "path": "/cases/new", "raw_path": b"/cases/new", "query_string": b"", "headers": headers,
        "scheme": "http", "server": ("testserver", 80), "client": ("192.0.2.1", 1), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    asyncio.run(site.app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 303


def test_a_form_that_arrives_too_slowly_is_given_up(site: Site, monkeypatch) -> None:
    monkeypatch.setattr("chemoplan.web.app.SECONDS_FOR_FORM", 0.05)

    given_up: list[bool] = []

    async def for_ever(self: Request, **more: object) -> None:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            given_up.append(True)
            raise

    monkeypatch.setattr(Request, "form", for_ever)
    assert site.visitor().post("/sign-in", data={"email": "x"}).status_code == 400
    assert given_up == [True]


def test_the_files_of_one_visitor_are_counted_in_megabytes(site: Site, monkeypatch) -> None:
    monkeypatch.setitem(__import__("chemoplan.web.guards.limits", fromlist=["LIMITS"]).LIMITS, "megabytes", (3, 3600))
    visitor = site.visitor()
    form = token(visitor.get("/refer").text)
    file = {"files": ("a.txt", b"x" * 1_500_000)}
    assert [visitor.post("/refer", data={"csrf_token": form}, files=file).status_code for _ in range(2)] == [422, 429]


# Bombs


def test_a_small_file_that_unpacks_to_far_too_much_is_refused() -> None:
    bomb = gzip.compress(bytes(uploads.MAX_UNPACKED + 1), 9)
    assert len(bomb) < 2**20
    assert uploads.problem_of(bomb, uploads.DATA) == "form.file_too_large"
    assert uploads.problem_of(gzip.compress(bytes(2**20)), uploads.DATA) is None
    assert uploads.problem_of(gzip.compress(b"x")[:-4], uploads.DATA) is None, (
        "what is damaged is for its reader to say"
    )


def test_a_file_of_very_many_small_blocks_counts_all_of_them() -> None:
    block, number = gzip.compress(bytes(2**16), 9), 200
    assert uploads.problem_of(block * number, uploads.DATA) is None
    assert uploads.problem_of(block * (uploads.MAX_UNPACKED // 2**16 + 1), uploads.DATA) == "form.file_too_large"


@pytest.mark.parametrize("kind", ["text", "email", "tel", "date", "number", "textarea", "password", "hidden"])
def test_no_field_takes_signs_that_a_database_cannot_keep(kind: str) -> None:
    for value in ("a\0b@example.example", "555-0199\x00", "2026-01-01\x00", "1\x00", "x\x7f"):
        assert problem_of(Field("x", kind), value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "²", "0x10"])
def test_a_number_is_finite(value: str) -> None:
    assert problem_of(Field("x", "number"), value) == "form.no_number"


# Tokens and codes


@given(st.text(max_size=140))
def test_a_masked_token_fits_and_nothing_else_does(other: str) -> None:
    right = csrf.token_of(SECRET, "seed", "")
    first, second = csrf.masked(right), csrf.masked(right)
    assert first != second and right not in first
    assert csrf.refused({}, "host", "", right, first) is None and csrf.refused({}, "host", "", right, second) is None
    assert csrf.refused({}, "host", "", right, csrf.masked(csrf.token_of(SECRET, "other", "")))
    if other not in (right, first, second):
        assert csrf.refused({}, "host", "", right, other)


def test_every_page_carries_another_form_of_the_token(site: Site) -> None:
    visitor = site.visitor()
    first, second = (token(visitor.get("/sign-in").text) for _ in range(2))
    assert first != second
    assert post(visitor, "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD).status_code == 303


@given(st.text(max_size=20))
def test_no_sign_in_a_code_is_a_fault(code: str) -> None:
    secret = new_totp_secret()
    if pyotp.TOTP(secret).at(NOON) not in code:
        assert totp_step(secret, f"²{code}", NOON, None) is None or len(code) >= 6


def test_of_two_who_send_the_same_numbers_at_once_one_is_let_in(site: Site) -> None:
    identity = site.people["clinician"]
    with site.database.read() as connection:
        key = connection.execute(select(accounts.c.totp_secret).where(accounts.c.id == identity)).scalar_one()
    code, together = pyotp.TOTP(key).at(NOON), threading.Barrier(4)
    account = Account(identity, "clinician", "", "", "en", False, "", True)

    def enter(_: int) -> bool:
        together.wait()
        with site.database.write() as connection:
            return signing_in.second_factor(connection, account, code, NOON, SECRET)

    with ThreadPoolExecutor(4) as four:
        assert sorted(four.map(enter, range(4))) == [False, False, False, True]


def test_a_closed_account_has_no_code_left_when_it_is_opened_again(site: Site) -> None:
    administrator, identity = site.signed_in("administrator"), site.people["patient"]
    with site.database.write() as connection:
        code = signing_in.give_code(connection, identity, datetime.now(UTC), SECRET)
    for act in ("close", "open"):
        assert post(administrator, f"/accounts/{identity}/{act}", of=f"/accounts/{identity}").status_code == 303
    assert post(site.visitor(), "/sign-in/code", code=code).status_code == 422


def test_whoever_guesses_leaves_lines_in_the_log(site: Site) -> None:
    post(site.visitor(), "/sign-in", email="nobody@example-cancer.example", password="wrong-wrong-wrong")
    post(site.visitor(), "/sign-in/code", code="22222-22222")
    assert actions(site, "unknown") == [("sign-in failed", "account")] * 2
    clinician = site.visitor()
    post(clinician, "/sign-in", email=PEOPLE["clinician"][1], password=PASSWORD)
    post(clinician, "/sign-in/second", code="000000")
    assert ("second step failed", "account") in actions(site, site.people["clinician"])


# Where a request comes from


def key_of(site: Site, headers: list[tuple[str, str]], client: str = "192.0.2.9") -> str:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw, "client": (client, 1)}
    return Visit(site.app.state.building, Request(scope), None, "en", None).client_key()


def test_an_address_is_borrowed_from_nobody(tmp_path: Path, site: Site) -> None:
    claimed = [("x-forwarded-for", "198.51.100.1")]
    assert key_of(site, claimed) == "192.0.2.9"
    (tmp_path / "behind").mkdir()
    behind = empty_site(tmp_path / "behind", behind_proxy=True)
    assert key_of(behind, claimed) == "198.51.100.1"
    assert key_of(behind, [*claimed, ("x-forwarded-for", "203.0.113.7")]) == "203.0.113.7"
    assert key_of(behind, [("x-forwarded-for", "198.51.100.1, 203.0.113.7")]) == "203.0.113.7"
    assert key_of(behind, []) == "192.0.2.9"


def test_the_addresses_of_one_household_count_as_one(site: Site) -> None:
    assert key_of(site, [], "2001:db8:1:2::1") == key_of(site, [], "2001:db8:1:2:ffff::9")
    assert key_of(site, [], "2001:db8:1:2::1") != key_of(site, [], "2001:db8:1:3::1")
    assert key_of(site, [], "testclient") == "testclient"


@given(st.text(max_size=60))
def test_no_name_of_a_file_leaves_its_header(name: str) -> None:
    answer = Visit(None, None, None, "en", None).download(b"x", "text/plain", name)  # type: ignore[arg-type]
    found = re.fullmatch(r'attachment; filename="([^"]*)"', answer.headers["content-disposition"])
    assert found and re.fullmatch(r"[A-Za-z0-9._-]*", found[1])


# Secrets, and the demonstration on real data


@pytest.mark.parametrize("content", ["", "short", " " * 80])
def test_a_secret_that_anybody_could_guess_is_refused(tmp_path: Path, content: str, monkeypatch) -> None:
    monkeypatch.delenv("CHEMOPLAN_SECRET", raising=False)
    (tmp_path / "secret").write_text(content)
    with pytest.raises(SecretRefused, match="expected at least 32"):
        secret_of(tmp_path)
    monkeypatch.setenv("CHEMOPLAN_SECRET", "hunter2")
    with pytest.raises(SecretRefused, match="CHEMOPLAN_SECRET") as refused:
        secret_of(tmp_path)
    assert "hunter2" not in str(refused.value)


def test_of_many_processes_that_start_at_once_all_have_the_same_secret(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("CHEMOPLAN_SECRET", raising=False)
    with ThreadPoolExecutor(8) as many:
        found = set(many.map(lambda _: secret_of(tmp_path), range(32)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def real_database(folder: Path) -> Database:
    path = folder / "real.sqlite"
    database = Database(f"sqlite:///{path}")
    prepare(database, str(path))
    with database.write() as connection:
        add_account(connection, "clinician", "Real Person", "real@cancer.example", None, NOON)
    return database


def test_the_demonstration_is_not_put_into_a_real_database(tmp_path: Path) -> None:
    with contextlib.closing(real_database(tmp_path)) as database:
        assert holds_demo(database) is False
        with pytest.raises(DemoRefused, match="accounts of real people"):
            fill(database, load_center(None), NOON)
        with database.read() as connection:
            assert connection.execute(select(func.count()).select_from(accounts)).scalar_one() == 1


@pytest.mark.parametrize("demo", [True, False])
def test_the_server_starts_on_no_database_of_the_other_kind(tmp_path: Path, demo: bool) -> None:
    folder, said = tmp_path / "data", list[str]()
    folder.mkdir()
    if demo:
        database = real_database(tmp_path)
    else:
        database = empty_site(tmp_path).database  # holds the invented people
    wanted = Wanted(folder, database.url.render_as_string(hide_password=False), demo=demo)
    database.close()
    with pytest.raises(DemoRefused):
        start(wanted, "127.0.0.1", 0, 1, said.append)
    assert not any("serves at" in line for line in said)


def test_the_second_step_of_a_real_person_shows_nowhere(tmp_path: Path) -> None:
    with contextlib.closing(real_database(tmp_path)) as database, database.read() as connection:
        identity = connection.execute(select(accounts.c.id)).scalar_one()
        assert code_now(database, identity, NOON) is None


# The promise of the privacy page


def test_what_was_promised_to_be_gone_goes_and_the_log_says_so(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        for name, until in (("old", now - timedelta(minutes=1)), ("new", now + timedelta(hours=1))):
            connection.execute(
                insert(drafts).values(id=name, kind="appointment", answers={}, changed_at=now, expires_at=until)
            )
    building = site.app.state.building
    assert sweep_once(building) == {"drafts": 1}
    assert sweep_once(building) == {}
    with site.database.read() as connection:
        assert connection.execute(select(drafts.c.id)).scalars().all() == ["new"]
    assert actions(site, "all") == [("swept", "retention")]


def test_the_sweep_goes_on_when_the_database_was_away(site: Site, monkeypatch, caplog) -> None:
    from sqlalchemy.exc import OperationalError

    calls: list[int] = []

    def sweep(building: object) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr("chemoplan.web.sweeping.sweep_once", sweep)

    async def a_while() -> None:
        task = asyncio.create_task(sweep_for_ever(site.app.state.building, 0, 0.01))
        while len(calls) < 3:
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(asyncio.wait_for(a_while(), 10))
    assert "nothing was swept" in caplog.text

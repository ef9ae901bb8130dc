"""Signing in: what opens, what stays shut, and what a stranger can learn from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from chemoplan.web.people.passwords import code_hash, hash_of, matches, new_code, problem_of, totp_step
from chemoplan.web.people.signing_in import give_code
from chemoplan.web.store.tables import accounts, audit_log, sessions
from tests.web.visitors import PASSWORD, PEOPLE, SECRET, Site, code_now, empty_site, post, token

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def test_a_patient_enters_with_a_password(site: Site) -> None:
    answer = post(site.visitor(), "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "session=" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie


@pytest.mark.parametrize("email", [PEOPLE["patient"][1], "nobody@example-cancer.example"])
def test_a_wrong_password_and_an_unknown_address_say_the_same(site: Site, email: str) -> None:
    answer = post(site.visitor(), "/sign-in", email=email, password="wrong-wrong-wrong")
    assert answer.status_code == 422
    assert "The email address or the password is not right" in answer.text
    assert "wrong-wrong-wrong" not in answer.text


def test_the_database_keeps_no_password_no_cookie_and_no_code(site: Site) -> None:
    visitor = site.signed_in("patient")
    with site.database.write() as connection:
        code = give_code(connection, site.people["patient"], datetime.now(UTC), SECRET)
    content = b"".join(path.read_bytes() for path in Path(site.database.url.database).parent.glob("site.sqlite*"))
    for secret in (PASSWORD, visitor.cookies["session"], code, code.replace("-", "")):
        assert secret.encode() not in content


def test_staff_see_nothing_before_the_second_step(site: Site) -> None:
    visitor = site.visitor()
    answer = post(visitor, "/sign-in", email=PEOPLE["administrator"][1], password=PASSWORD)
    assert answer.headers["location"] == "/sign-in/second"
    assert visitor.get("/accounts").headers["location"] == "/sign-in/second"
    assert visitor.get("/audit").status_code == 303


def test_the_cookie_from_before_the_second_step_is_worth_nothing_after_it(site: Site) -> None:
    visitor = site.visitor()
    post(visitor, "/sign-in", email=PEOPLE["administrator"][1], password=PASSWORD)
    before = visitor.cookies["session"]
    post(visitor, "/sign-in/second", code=code_now(site.database, site.people["administrator"], datetime.now(UTC)))
    assert visitor.get("/accounts").status_code == 200
    stranger = site.visitor()
    stranger.cookies.set("session", before)
    assert stranger.get("/accounts").status_code == 303


def test_the_six_numbers_count_once(site: Site) -> None:
    with site.database.read() as connection:
        key = connection.execute(select(accounts.c.totp_secret).where(accounts.c.role == "clinician")).scalar_one()
    import pyotp

    code = pyotp.TOTP(key).at(NOON)
    step = totp_step(key, code, NOON, None)
    assert step is not None
    assert totp_step(key, code, NOON, step) is None
    assert totp_step(key, code, NOON + timedelta(minutes=3), None) is None


def test_a_spare_code_opens_once(site: Site) -> None:
    with site.database.write() as connection:
        mine = accounts.c.id == site.people["clinician"]
        connection.execute(update(accounts).where(mine).values(recovery_codes=[code_hash("ABCDE-23456", SECRET)]))
    for status in (303, 422):
        visitor = site.visitor()
        post(visitor, "/sign-in", email=PEOPLE["clinician"][1], password=PASSWORD)
        assert post(visitor, "/sign-in/second", code="abcde23456").status_code == status


def test_a_new_member_of_staff_sets_up_the_second_step_with_the_square_code(site: Site) -> None:
    with site.database.write() as connection:
        mine = accounts.c.id == site.people["navigator"]
        connection.execute(update(accounts).where(mine).values(totp_confirmed_at=None))
    visitor = site.visitor()
    post(visitor, "/sign-in", email=PEOPLE["navigator"][1], password=PASSWORD)
    assert visitor.get("/sign-in/second").headers["location"] == "/sign-in/setup"
    assert "<svg" in visitor.get("/sign-in/setup").text
    assert post(visitor, "/sign-in/setup", code="000000").status_code == 422
    code = code_now(site.database, site.people["navigator"], datetime.now(UTC))
    answer = post(visitor, "/sign-in/setup", code=code)
    assert len(re.findall(r"<code>[A-Z0-9]{5}-[A-Z0-9]{5}</code>", answer.text)) == 8
    assert visitor.get("/account").status_code == 200


def test_a_one_time_code_opens_once_and_not_after_a_week(site: Site) -> None:
    now = datetime.now(UTC)
    with site.database.write() as connection:
        code = give_code(connection, site.people["patient"], now, SECRET)
    assert post(site.visitor(), "/sign-in/code", code=code.lower()).status_code == 303
    assert post(site.visitor(), "/sign-in/code", code=code).status_code == 422
    with site.database.write() as connection:
        old = give_code(connection, site.people["patient"], now - timedelta(days=8), SECRET)
    assert post(site.visitor(), "/sign-in/code", code=old).status_code == 422


def test_a_session_ends_when_nobody_moves_and_after_twelve_hours(tmp_path) -> None:
    site = empty_site(tmp_path, now=NOON)
    visitor = site.visitor()
    post(visitor, "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD)
    assert visitor.get("/account").status_code == 200
    for _ in range(13):
        site.clock[0] += timedelta(minutes=55)
        visitor.get("/account")
    assert site.clock[0] - NOON < timedelta(hours=12)
    assert visitor.get("/account").status_code == 200
    site.clock[0] += timedelta(minutes=55)
    assert visitor.get("/account").status_code == 303
    post(visitor, "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD)
    site.clock[0] += timedelta(minutes=61)
    assert visitor.get("/account").status_code == 303


def test_a_closed_account_is_out_at_once(site: Site) -> None:
    patient, administrator = site.signed_in("patient"), site.signed_in("administrator")
    assert patient.get("/account").status_code == 200
    identity = site.people["patient"]
    post(administrator, f"/accounts/{identity}/close", of=f"/accounts/{identity}")
    assert patient.get("/account").status_code == 303
    assert post(site.visitor(), "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD).status_code == 422


def test_nobody_is_sent_to_another_site_after_signing_in(site: Site) -> None:
    for address in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = post(site.visitor(), "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD, next=address)
        assert "evil" not in answer.headers["location"] and "javascript" not in answer.headers["location"]
    answer = post(site.visitor(), "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD, next="/account")
    assert answer.headers["location"] == "/account"


def test_trying_passwords_is_slowed_down(site: Site) -> None:
    visitor = site.visitor()
    form = token(visitor.get("/sign-in").text)
    data = {"csrf_token": form, "email": PEOPLE["patient"][1], "password": "wrong-wrong-wrong"}
    statuses = [visitor.post("/sign-in", data=data).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert "retry-after" in visitor.post("/sign-in", data=data).headers


def test_right_passwords_are_no_guesses_and_a_clinic_behind_one_address_signs_in(site: Site) -> None:
    for _ in range(15):
        assert post(site.visitor(), "/sign-in", email=PEOPLE["patient"][1], password=PASSWORD).status_code == 303
    guesses = [
        post(site.visitor(), "/sign-in", email=PEOPLE["patient"][1], password="wrong-wrong-wrong").status_code
        for _ in range(11)
    ]
    assert guesses == [422] * 10 + [429]


def test_guessing_at_one_account_from_many_places_is_slowed_down_for_right_and_wrong(tmp_path) -> None:
    site = empty_site(tmp_path, behind_proxy=True)
    email = PEOPLE["patient"][1]

    def tried(number: int, password: str) -> int:
        visitor = site.visitor()
        visitor.headers["x-forwarded-for"] = f"192.0.2.{number}"
        return post(visitor, "/sign-in", email=email, password=password).status_code

    assert [tried(number, "wrong-wrong-wrong") for number in range(20)] == [422] * 20
    assert tried(21, "wrong-wrong-wrong") == 429
    assert tried(22, PASSWORD) == 429
    with site.database.read() as connection:
        failed = (
            connection.execute(select(audit_log.c.subject).where(audit_log.c.action == "sign-in failed"))
            .scalars()
            .all()
        )
    assert failed == [site.people["patient"]] * 21


def test_a_new_password_ends_the_other_sessions_and_asks_for_the_old_one(site: Site) -> None:
    first, second = site.signed_in("patient"), site.signed_in("patient")
    assert post(first, "/account", old="not it at all", new="seven-yellow-boats").status_code == 422
    assert post(first, "/account", old=PASSWORD, new="short").status_code == 422
    assert post(first, "/account", old=PASSWORD, new="seven-yellow-boats").status_code == 303
    assert first.get("/account").status_code == 200
    assert second.get("/account").status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(site: Site) -> None:
    visitor = site.signed_in("patient")
    cookie = visitor.cookies["session"]
    post(visitor, "/sign-out", of="/account")
    with site.database.read() as connection:
        assert connection.execute(select(sessions)).first() is None
    visitor.cookies.set("session", cookie)
    assert visitor.get("/account").status_code == 303


def test_signing_in_and_out_stands_in_the_log(site: Site) -> None:
    visitor = site.signed_in("clinician")
    post(visitor, "/sign-out", of="/account")
    with site.database.read() as connection:
        found = [
            tuple(row)
            for row in connection.execute(select(audit_log.c.action, audit_log.c.actor).order_by(audit_log.c.number))
        ]
    actor = site.people["clinician"]
    assert found == [("signed in", actor), ("proved", actor), ("signed out", actor)]


@pytest.mark.parametrize(
    ("password", "problem"),
    [("short", "form.password_short"), ("aaaaaaaaaaaaaaa", "form.password_easy"), ("pat-and-more-signs", "form.password_easy"),
     ("four words in a row", None)],
)  # fmt: skip
def test_a_password_is_long_and_not_the_address(password: str, problem: str | None) -> None:
    assert problem_of(password, "pat@example-cancer.example") == problem


def test_hashes_are_argon2id_and_tell_right_from_wrong() -> None:
    hashed = hash_of("four words in a row")
    assert hashed.startswith("$argon2id$")
    assert (
        matches(hashed, "four words in a row") and not matches(hashed, "four words in a Row") and not matches(None, "x")
    )


def test_codes_are_long_enough_and_easy_to_read_aloud() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"[2-9CDFGHJKMPQRTVWXY]{5}-[2-9CDFGHJKMPQRTVWXY]{5}", code) for code in codes)

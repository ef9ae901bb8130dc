"""The legal pages do what they say: the list of cookies is whole, what is promised to be gone is gone, a device is forgotten."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, insert, select

from chemoplan import web
from chemoplan.web import keeping
from chemoplan.web.center.center import EXAMPLE
from chemoplan.web.guards.cookie_list import COOKIES, DRAFTS
from chemoplan.web.people import accounts
from chemoplan.web.say import find
from chemoplan.web.store.tables import drafts, inbox, limits, messages, one_time_codes, sessions, uploads
from tests.web.visitors import Site, empty_site, post, token

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
PAGES = ("accessibility", "privacy", "cookies", "communication", "disclaimer", "prices", "notices", "language-help")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


def count(site: Site, table: Any) -> int:
    with site.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def cookies_in_the_code() -> set[str]:
    """The first argument of every call of `set_cookie` in the web room, names of constants followed to their value."""
    found = {"form"}  # set by the visit itself, which is what every other one goes through
    for module in pkgutil.walk_packages(web.__path__, "chemoplan.web."):
        if ".migrations." in module.name:  # steps that only alembic can load, and that answer nobody
            continue
        loaded = importlib.import_module(module.name)
        for node in ast.walk(ast.parse(Path(str(loaded.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "set_cookie":
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    found.add(str(name.value))
                elif isinstance(name, ast.Name) and hasattr(loaded, name.id):
                    found.add(str(getattr(loaded, name.id)))
    return found


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize("name", PAGES)
def test_every_legal_page_is_open_to_everybody_in_both_languages(site: Site, name: str, language: str) -> None:
    page = site.visitor().get(f"{language}/legal/{name}")
    assert page.status_code == 200 and page.text.count("<h1") == 1
    assert all(f'href="{language}/legal/{other}"' in page.text for other in PAGES)


def test_the_list_of_cookies_names_every_cookie_that_the_code_can_set() -> None:
    assert cookies_in_the_code() == set(COOKIES) == set(find("legal.cookies.list"))
    assert set(DRAFTS) < set(COOKIES)


def test_the_page_of_cookies_shows_which_are_here(site: Site) -> None:
    visitor = site.visitor()
    page = visitor.get("/legal/cookies").text
    assert page.count("Yes</td>") == 0
    assert visitor.get("/legal/cookies").text.count("Yes</td>") == 1, "the one that the form of the page needs"


def test_a_device_that_is_forgotten_keeps_no_cookie_no_session_and_no_draft(site: Site) -> None:
    visitor = site.signed_in("patient")
    visitor.post(
        "/refer", data={"csrf_token": token(visitor.get("/refer").text)},
        files=[("files", ("a.pdf", b"%PDF-1.7 invented", "application/pdf"))],
    )  # fmt: skip
    post(visitor, "/banner", of="/about", next="/about")
    assert {"session", "form", "refer", "banner"} <= set(visitor.cookies)
    assert (count(site, drafts), count(site, uploads), count(site, sessions)) == (1, 1, 1)
    session = visitor.cookies["session"]
    assert post(visitor, "/legal/cookies").status_code == 303
    assert not set(visitor.cookies) & set(COOKIES)
    assert (count(site, drafts), count(site, uploads), count(site, sessions)) == (0, 0, 0)
    again = site.visitor()
    again.cookies["session"] = session
    assert again.get("/account").status_code == 303, "the old cookie opens nothing"


def test_every_kind_of_data_has_words_and_its_promise_is_the_time_of_the_work(site: Site) -> None:
    assert {rule.name for rule in keeping.RULES} == set(find("legal.privacy.kept")) == set(find("legal.privacy.until"))
    page = site.visitor().get("/legal/privacy").text
    assert ">365 days<" in page and ">30 days<" in page and "at most 12 hours" in page
    assert timedelta(hours=12) == accounts.LONGEST


def test_what_is_promised_to_be_gone_is_gone_and_nothing_else(site: Site) -> None:
    old, young = NOW - timedelta(days=366), NOW - timedelta(days=364)
    with site.database.write() as connection:
        for name, moment in (("old", old), ("young", young)):
            answers = {"reference": name, "answers": {}, "language": "en", "created_at": moment}
            connection.execute(insert(messages).values(id=name, **answers))
            connection.execute(
                insert(inbox).values(
                    kind="message",
                    subject_id=name,
                    status="new",
                    urgency="routine",
                    created_at=moment,
                    changed_at=moment,
                )
            )
        connection.execute(
            insert(inbox).values(
                kind="referral", subject_id="old", status="new", urgency="routine", created_at=old, changed_at=old
            )
        )
        for name, end in (("gone", NOW - timedelta(seconds=1)), ("here", NOW)):
            connection.execute(
                insert(drafts).values(id=name, kind="referral", answers={}, changed_at=old, expires_at=end)
            )
            file = {
                "name": "a",
                "media_type": "text/plain",
                "size": 1,
                "sha256": "0",
                "content": b"a",
                "created_at": old,
            }
            connection.execute(insert(uploads).values(owner_kind="draft", owner_id=name, **file))
        connection.execute(insert(uploads).values(owner_kind="referral", owner_id="gone", **file))
        patient = site.people["patient"]
        connection.execute(
            insert(sessions).values(id="s", account_id=patient, created_at=old, seen_at=old, expires_at=young)
        )
        connection.execute(
            insert(one_time_codes).values(account_id=patient, code_hash="0", purpose="sign-in", expires_at=old)
        )
        window = int(NOW.timestamp()) // 60
        for number, key in ((window, "change:a"), (window - 1500, "change:b")):
            connection.execute(limits.insert().values(key=key, window=number, count=1))
        done = keeping.sweep(connection, NOW)
        assert done == {"drafts": 1, "sessions": 1, "codes": 1, "limits": 1, "messages": 1, "preferences": 0}
        assert set(keeping.sweep(connection, NOW).values()) == {0}, "twice removes nothing more"
    with site.database.read() as connection:
        assert connection.execute(select(messages.c.id)).scalars().all() == ["young"]
        assert sorted(connection.execute(select(inbox.c.kind)).scalars()) == ["message", "referral"]
        held = connection.execute(select(uploads.c.owner_kind, uploads.c.owner_id).order_by(uploads.c.owner_kind)).all()
        assert [tuple(row) for row in held] == [("draft", "here"), ("referral", "gone")]


def test_language_help_stands_in_fifteen_languages_with_the_number_and_their_direction(site: Site) -> None:
    rows = yaml.safe_load((EXAMPLE / "language_help.yaml").read_text(encoding="utf-8"))["languages"]
    assert len(rows) == len({row["code"] for row in rows}) == 15
    page = site.visitor().get("/legal/language-help").text
    for row in rows:
        assert f'lang="{row["code"]}"' in page and row["name"] in page
        assert row["line"].format(phone="800-555-0199") in page and "{phone}" in row["line"]
    assert page.count('dir="rtl"') == 2
    assert "No one has checked these lines" in page


def test_a_center_with_its_own_folder_and_no_languages_shows_the_shipped_ones_with_its_number(tmp_path: Path) -> None:
    center = tmp_path / "center"
    center.mkdir()
    text = (EXAMPLE / "center.yaml").read_text(encoding="utf-8").replace("800-555-0199", "800-555-0111")
    (center / "center.yaml").write_text(text, encoding="utf-8")
    page = empty_site(tmp_path, center=center).visitor().get("/legal/language-help").text
    assert "Appelez le 800-555-0111." in page and "0199" not in page


def test_the_accessibility_statement_says_what_was_not_tested(site: Site) -> None:
    page = site.visitor().get("/legal/accessibility").text
    assert "No person who uses a screen reader has tried it" in page
    assert re.search(r'href="mailto:access@[a-z.-]+\.example"', page)

"""What people want to hear: nothing without a yes at the address itself, never again after a stop, and no word on who is known."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from chemoplan.cli import cli
from chemoplan.web import keeping
from chemoplan.web.people import preferences
from chemoplan.web.store.tables import audit_log
from chemoplan.web.store.tables import preferences as table
from tests.web.visitors import SECRET, Site, empty_site, post

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
WISH = [("email", "visits")]
OWNER = "pat@example-cancer.example"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


def rows(site: Site) -> list[Any]:
    with site.database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.topic)).all())


def same(page: str) -> str:
    """A page without what is new on every page: the token of the form and that of the link."""
    return re.sub(r"stop/[\w-]+|[0-9a-f]{64}", "", page)


def heard(site: Site) -> list[str]:
    with site.database.read() as connection:
        found = preferences.wishes(connection, SECRET)
    return [wish.contact for wish in found if wish.confirmed and (wish.channel, wish.topic) == ("email", "visits")]


def keep(site: Site, contact: str = OWNER, *, own: bool = False) -> str:
    with site.database.write() as connection:
        return preferences.opt_in(connection, contact, WISH, "en", SECRET, NOW, own=own)


def test_nothing_is_chosen_beforehand(site: Site) -> None:
    page = site.visitor().get("/legal/communication").text
    assert page.count('type="checkbox"') == len(preferences.CHANNELS) + len(preferences.TOPICS)
    assert " checked" not in page


def test_nobody_is_written_to_before_a_yes_at_the_address(site: Site) -> None:
    keep(site)
    assert heard(site) == []
    with site.database.write() as connection:
        (wish,) = preferences.wishes(connection, SECRET)
        assert not wish.confirmed
        preferences.confirm(connection, wish.token, SECRET, NOW)
    assert heard(site) == [OWNER]


@pytest.mark.parametrize("forged", ["", ".", "x.y", "é.ü", "{id}.0", "{id}"])
def test_a_forged_confirmation_does_nothing(site: Site, forged: str) -> None:
    keep(site)
    with site.database.write() as connection:
        preferences.confirm(connection, forged.format(id=rows(site)[0].id), SECRET, NOW)
    assert heard(site) == []


def test_the_command_gives_the_links_that_ask_and_that_stop_and_each_does_only_its_own(site: Site) -> None:
    keep(site)
    folder, url = Path(str(site.database.url.database)).parent, f"sqlite:///{site.database.url.database}"
    command = ["web", "wishes", "--data", str(folder), "--database", url, "--address", "https://cancer.example"]

    def told() -> list[dict[str, str]]:
        done = CliRunner().invoke(cli, command, env={"CHEMOPLAN_SECRET": SECRET})
        assert done.exit_code == 0, done.output
        return list(csv.DictReader(io.StringIO(done.output)))

    (ask,) = told()
    assert (ask["do"], ask["contact"], ask["channel"], ask["topic"]) == ("ask", OWNER, "email", "visits")
    path = ask["link"].removeprefix("https://cancer.example")
    post(site.visitor(), path.replace("/confirm/", "/stop/"))
    assert told()[0]["do"] == "ask", "the token of one link is none of the other"
    post(site.visitor(), path)
    (send,) = told()
    assert send["do"] == "send" and "/stop/" in send["link"]
    post(site.visitor(), send["link"].removeprefix("https://cancer.example"))
    assert told() == []
    assert [(row.wanted, row.contact) for row in rows(site)] == [(False, None)]
    with site.database.read() as connection:
        log = connection.execute(select(audit_log.c.action, audit_log.c.role)).all()
    assert ("exported", "command line") in [tuple(row) for row in log]


def test_the_command_needs_an_address_that_links_can_begin_with(site: Site) -> None:
    done = CliRunner().invoke(cli, ["web", "wishes", "--data", "x", "--address", "cancer.example"])
    assert done.exit_code == 2 and "expected one like https://cancer.example" in done.output


def test_the_link_of_the_page_stops_without_signing_in_and_forgets_the_address(site: Site) -> None:
    visitor = site.visitor()
    page = post(visitor, "/legal/communication", contact=OWNER, channels="email", topics=["visits", "trials"]).text
    link = re.search(r'href="(/legal/communication/stop/[^"]+)"', page)
    assert link
    assert "Stop now" in site.visitor().get(link[1]).text and all(row.wanted for row in rows(site)), (
        "looking stops nothing"
    )
    assert "It is stopped" in post(site.visitor(), link[1]).text
    assert [(row.wanted, row.contact) for row in rows(site)] == [(False, None), (False, None)]


def test_a_link_that_nobody_has_is_answered_like_a_right_one(site: Site) -> None:
    token = keep(site, own=True)
    pages = [post(site.visitor(), f"/legal/communication/stop/{known}").text for known in (token, "nobody-has-this")]
    assert same(pages[0]) == same(pages[1])


def test_the_page_answers_the_same_for_a_known_and_an_unknown_address(site: Site) -> None:
    keep(site, own=True)
    pages = []
    for contact in (OWNER, "nobody@example-cancer.example"):
        answer = post(site.visitor(), "/legal/communication", contact=contact, channels="email", topics="visits")
        pages.append((answer.status_code, same(answer.text)))
    assert pages[0] == pages[1]


def test_a_stranger_changes_nothing_that_the_owner_confirmed(site: Site) -> None:
    token = keep(site, own=True)
    stranger = keep(site, OWNER.upper())
    with site.database.write() as connection:
        preferences.stop(connection, stranger, SECRET, NOW)
    assert heard(site) == [OWNER]
    with site.database.write() as connection:
        preferences.stop(connection, token, SECRET, NOW)
    assert heard(site) == []


def test_a_stranger_cannot_turn_on_again_what_the_owner_stopped(site: Site) -> None:
    token = keep(site, own=True)
    with site.database.write() as connection:
        preferences.stop(connection, token, SECRET, NOW)
    keep(site)
    assert heard(site) == [], "the wish waits for a new yes at the address"


def test_the_own_address_of_a_patient_who_is_signed_in_is_confirmed_at_once(site: Site) -> None:
    post(site.signed_in("patient"), "/legal/communication", contact=OWNER, channels="email", topics="visits")
    assert heard(site) == [OWNER]


def test_an_address_of_somebody_else_is_not_confirmed_by_being_signed_in(site: Site) -> None:
    post(
        site.signed_in("patient"),
        "/legal/communication",
        contact="other@example.example",
        channels="email",
        topics="visits",
    )
    assert heard(site) == []


@pytest.mark.parametrize(
    ("contact", "channel", "said"),
    [
        ("nobody", "email", "Write an email like"),
        ("", "email", "Fill this in"),
        ("800-555-0134", "email", "we need an email address"),
        (OWNER, "text", "we need a phone number"),
        (OWNER, "pigeon", "Choose one of the answers"),
    ],
)
def test_a_choice_that_cannot_work_comes_back_with_what_was_typed(
    site: Site, contact: str, channel: str, said: str
) -> None:
    answer = post(site.visitor(), "/legal/communication", contact=contact, channels=channel, topics="visits")
    assert answer.status_code == 422 and said in answer.text and f'value="{contact}"' in answer.text and not rows(site)


@pytest.mark.parametrize(
    ("one", "other"), [("Pat@Example.example ", "pat@example.example"), ("(800) 555-0134", "1-800-555-0134")]
)
def test_one_address_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert preferences.plain_contact(one) == preferences.plain_contact(other)


def test_what_is_stopped_or_never_confirmed_is_gone_after_its_time_and_the_rest_stays(site: Site) -> None:
    keep(site, own=True)
    keep(site, "800-555-0134")
    with site.database.write() as connection:
        assert keeping.sweep(connection, NOW + timedelta(days=29))["preferences"] == 0
        assert keeping.sweep(connection, NOW + timedelta(days=31))["preferences"] == 1
    assert [row.contact for row in rows(site)] == [OWNER]

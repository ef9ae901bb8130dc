"""Fifty people want one time at the same moment, over HTTP, from an application of several processes: one of them gets it. And a form
that arrives ten times at once is kept once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from sqlalchemy import func, select, text

from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import appointments, inbox, messages, slots
from tests.web.visitors import token

PEOPLE = 50
BEFORE = {"who": {"who": "me"}, "reason": {"reason": "opinion"}, "visit": {"visit": "second-opinion.main"}}
AFTER = {
    "person": {"name": "Kim Invented", "born": "02/03/1961"},
    "contact": {"phone": "800-555-0123", "best": "call", "language": "en", "interpreter": "no"},
}


@contextmanager
def served(folder: Path, database: str) -> Iterator[str]:
    """The application in two processes; its address."""
    command = [
        sys.executable,
        "-m",
        "chemoplan",
        "serve",
        "--data",
        str(folder),
        "--port",
        "0",
        "--workers",
        "2",
        "--behind-proxy",
    ]
    with subprocess.Popen(
        [*command, "--database", database],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            address = next(found[1] for line in process.stdout if (found := re.search(r"(http://\S+)", line)))
            yield address
        finally:
            process.terminate()


def client(address: str, number: int) -> httpx.Client:
    """A person with a connection of their own."""
    return httpx.Client(base_url=address, headers={"x-forwarded-for": f"192.0.2.{number}"}, timeout=60)


def send(visitor: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return visitor.post(path, data={"csrf_token": token(visitor.get(path).text), **fields})


def emptied(kind: str, folder: Path) -> str:
    """The address of a database that holds nothing. Of PostgreSQL one for tests alone: everything in it goes."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'site.sqlite'}"
    given = os.environ.get("CHEMOPLAN_TEST_POSTGRES", "")
    if not given:
        pytest.skip("CHEMOPLAN_TEST_POSTGRES is not set")
    database = Database(given)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return given


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_fifty_at_once_over_http_one_gets_the_time(tmp_path: Path, kind: str) -> None:
    url = emptied(kind, tmp_path)
    database = Database(url)
    with served(tmp_path, url) as address, ExitStack() as clients:
        visitors = [clients.enter_context(client(address, number)) for number in range(PEOPLE)]

        def arrive(visitor: httpx.Client) -> str:
            send(visitor, "/appointment")
            for step, fields in BEFORE.items():
                assert send(visitor, f"/appointment/{step}", **fields).status_code == 303
            return visitor.get("/appointment/time").text

        with ThreadPoolExecutor(8) as few:
            pages = list(few.map(arrive, visitors))
        wanted = re.findall(r'name="slot"[^>]* value="([^"]+\.[^"]+)"', pages[0])[0]
        together = Barrier(PEOPLE)

        def take(place: int) -> int:
            together.wait()
            return (
                visitors[place]
                .post("/appointment/time", data={"csrf_token": token(pages[place]), "slot": wanted})
                .status_code
            )

        with ThreadPoolExecutor(PEOPLE) as all_of_them:
            statuses = list(all_of_them.map(take, range(PEOPLE)))
        assert sorted(statuses) == [303] + [422] * (PEOPLE - 1)
        winner = visitors[statuses.index(303)]
        for step, fields in AFTER.items():
            send(winner, f"/appointment/{step}", **fields)
        last = token(winner.get("/appointment/check").text)
        with ThreadPoolExecutor(10) as impatient:
            sent = list(
                impatient.map(lambda _: winner.post("/appointment/check", data={"csrf_token": last}), range(10))
            )
        assert {answer.headers["location"] for answer in sent} == {"/appointment/done"}
    with database.read() as connection:
        assert [row.status for row in connection.execute(select(slots.c.status))] == ["booked"]
        for table in (appointments, inbox):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 1
    database.close()


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_form_that_arrives_ten_times_at_once_is_kept_once_and_told_ten_times(tmp_path: Path, kind: str) -> None:
    url = emptied(kind, tmp_path)
    with served(tmp_path, url) as address, client(address, 1) as visitor:
        seal = token(visitor.get("/contact").text)
        typed = {
            "topic": "other",
            "name": "Kim Invented",
            "email": "kim@example.example",
            "message": "Where do I park?",
        }
        with ThreadPoolExecutor(10) as impatient:
            sent = list(
                impatient.map(lambda _: visitor.post("/contact", data={"csrf_token": seal, **typed}), range(10))
            )
        assert [answer.status_code for answer in sent] == [303] * 10
        assert len({answer.headers["location"] for answer in sent}) == 1
    database = Database(url)
    with database.read() as connection:
        for table in (messages, inbox):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 1
    database.close()

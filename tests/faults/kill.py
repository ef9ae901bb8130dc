"""A server killed again and again while visitors write: is everything still there that it had acknowledged?

`python -m tests.faults.kill --kills 200` on SQLite, with `--database postgresql+psycopg://...` on a throwaway database there.
The application is loaded once and forked for each life, so that a life costs no start of Python; the kill is SIGKILL, at a random moment.
A form that got no answer is sent again in the next life, as a person would press again: it must be there once. SIGKILL ends the
program and not the machine: what a power cut does to a disk is not tried here.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import func, select, text
from starlette.testclient import TestClient

from chemoplan.web.app import create_app
from chemoplan.web.settings import Settings
from chemoplan.web.store import audit_log
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import file_of, prepare
from chemoplan.web.store.tables import audit_log as log
from chemoplan.web.store.tables import inbox, messages

WRITERS = 4
LONGEST_LIFE = 0.9
"""Seconds after the first answer within which the kill comes."""
TOKEN = 'name="csrf_token" value="'


@dataclass
class Outcome:
    """What was sent and acknowledged (by its mark), and what was found afterwards."""

    kills: int = 0
    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)
    unanswered: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)
    """Cookies and fields of forms that were sent when the server died."""
    again: int = 0
    """How many of those were acknowledged later."""
    kept: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    chain: str | None = None
    lines: int = 0
    damage: str | None = None

    @property
    def sound(self) -> bool:
        """Nothing acknowledged is lost, nothing is half there, the chain is whole."""
        return not (self.lost or self.halves or self.twice or self.chain or self.damage)


def run(settings: Settings, kills: int, say: Callable[[str], None] = lambda line: None, seed: int = 1) -> Outcome:
    """Serve, write, kill, `kills` times; then look."""
    chance, outcome = random.Random(seed), Outcome()
    _warm(settings)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    for number in range(1, kills + 1):
        child = _born(settings, listening)
        try:
            _write_until_killed(address, child, chance.uniform(0.02, LONGEST_LIFE), outcome, number)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        outcome.kills = number
        if number % 20 == 0:
            _look(settings, outcome)
            say(f"{number} kills: {len(outcome.acknowledged)} acknowledged of {len(outcome.sent)} sent, {outcome.lines} audit lines, "
                f"{'sound' if outcome.sound else 'NOT SOUND'}")  # fmt: skip
    listening.close()
    _look(settings, outcome)
    return outcome


def _warm(settings: Settings) -> None:
    """Load texts and templates once, so that every life begins with them."""
    app = create_app(settings)
    assert TestClient(app).get("/contact").status_code == 200
    app.state.building.database.close()


def _born(settings: Settings, listening: socket.socket) -> int:
    """One life of the server: a forked process that serves on the socket."""
    child = os.fork()
    if child:
        return child
    try:
        config = uvicorn.Config(create_app(settings), log_level="critical", access_log=False)
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        os._exit(1)


def _write_until_killed(address: str, child: int, life: float, outcome: Outcome, number: int) -> None:
    """Writers send messages until the server is gone; the kill comes `life` seconds after the first answer."""
    over, answered = threading.Event(), threading.Event()
    writers = [
        threading.Thread(target=_writer, args=(address, f"{number}-{who}", outcome, over, answered))
        for who in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    answered.wait(60)
    time.sleep(life)
    os.kill(child, signal.SIGKILL)
    over.set()
    for writer in writers:
        writer.join()


def _writer(address: str, who: str, outcome: Outcome, over: threading.Event, answered: threading.Event) -> None:
    count = 0
    while not over.is_set():
        try:
            while not over.is_set() and (waiting := _next(outcome)):
                cookies, form = waiting
                with _visitor(address) as client:
                    client.cookies.update(cookies)
                    outcome.again += _post(client, form, outcome)
                answered.set()
            with _visitor(address) as client:
                page = client.get("/contact").text
                answered.set()
                token = page.split(TOKEN, 1)[1].split('"', 1)[0]
                sure = True
                while sure and not over.is_set():
                    count += 1
                    mark = f"mark-{who}-{count}"
                    outcome.sent.add(mark)
                    typed = {"topic": "other", "name": "Nobody Real", "email": "n@example.example", "message": mark}
                    sure = _post(client, {"csrf_token": token, **typed}, outcome)
        except httpx.HTTPError:
            time.sleep(0.01)


def _next(outcome: Outcome) -> tuple[dict[str, str], dict[str, str]] | None:
    """A form to send again; no other writer gets the same."""
    try:
        return outcome.unanswered.pop()
    except IndexError:
        return None


def _visitor(address: str) -> httpx.Client:
    """Somebody whom no limit has met before."""
    visitor = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
    return httpx.Client(base_url=address, headers={"x-forwarded-for": visitor}, timeout=2)


def _post(client: httpx.Client, form: dict[str, str], outcome: Outcome) -> bool:
    """Send a form; whether it was acknowledged. One without an answer is remembered."""
    try:
        answer = client.post("/contact", data=form)
    except httpx.HTTPError:
        outcome.unanswered.append((dict(client.cookies), form))
        raise
    if answer.status_code == 303:
        outcome.acknowledged[form["message"]] = answer.headers["location"].rpartition("=")[2]
    return answer.status_code == 303


def _look(settings: Settings, outcome: Outcome) -> None:
    """Hold what the database has against what was acknowledged."""
    database = Database(settings.database)
    with database.read() as connection:
        rows = connection.execute(select(messages.c.id, messages.c.reference, messages.c.answers)).all()
        waiting = set(connection.execute(select(inbox.c.subject_id).where(inbox.c.kind == "message")).scalars())
        told = connection.execute(
            select(log.c.subject, func.count()).where(log.c.kind == "message").group_by(log.c.subject)
        ).all()
        outcome.lines, outcome.chain = audit_log.verify(connection)
        if database.sqlite:
            found = connection.execute(text("PRAGMA integrity_check")).scalar()
            outcome.damage = None if found == "ok" else str(found)
    database.close()
    outcome.kept = {row.answers["message"]: row.reference for row in rows}
    logged = dict(tuple(row) for row in told)
    outcome.lost = [mark for mark, reference in outcome.acknowledged.items() if outcome.kept.get(mark) != reference]
    outcome.halves = [row.reference for row in rows if row.id not in waiting or logged.get(row.id) != 1]
    outcome.twice = [mark for mark, count in Counter(row.answers["message"] for row in rows).items() if count > 1]


def settings_for(folder: Path, database: str = "") -> Settings:
    """Settings of a new, prepared database."""
    url = database or f"sqlite:///{folder / 'site.sqlite'}"
    opened = Database(url)
    prepare(opened, file_of(url))
    opened.close()
    return Settings(url, "a secret for tests alone, 40 signs long..", behind_proxy=True)


def main() -> int:
    """Run it and tell the figures; 1 when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", default="", help="a throwaway PostgreSQL database; SQLite without it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        outcome = run(settings_for(Path(folder), asked.database), asked.kills, print)
        print(f"{outcome.kills} kills in {time.monotonic() - started:.0f} s: {len(outcome.sent)} sent,", end=" ")
        print(
            f"{len(outcome.acknowledged)} acknowledged ({outcome.again} at the second try), {len(outcome.kept)} kept;",
            end=" ",
        )
        print(f"lost {len(outcome.lost)}, half {len(outcome.halves)}, twice {len(outcome.twice)};", end=" ")
        print(f"audit log {outcome.lines} lines, {outcome.chain or 'whole'}; database {outcome.damage or 'sound'}")
    return 0 if outcome.sound and outcome.acknowledged else 1


if __name__ == "__main__":
    sys.exit(main())

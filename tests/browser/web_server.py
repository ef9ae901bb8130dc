"""The web application as a process of its own, on a folder of its own, with the invented people of the demonstration.

Started and signed in to as a person would: the command line, the forms. It can be killed and started again on the same port.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from chemoplan.web.demo.invented import PASSWORD, PEOPLE, SECOND_PATIENT, code_now
from chemoplan.web.store.database import Database

READY_SECONDS = 90
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
STAFF_CODE = "/sign-in/second"


class ServerFault(RuntimeError):
    """The server did not start, or did not let somebody in; the message holds what it wrote."""


@dataclass
class Server:
    """One running server. `proxied` lets a visitor claim an address of his own, as behind a proxy: limits count by it."""

    folder: Path
    database_url: str = ""
    workers: int = 1
    demo: bool = True
    proxied: bool = True
    port: int = 0
    more: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    _visitors: Iterator[int] = field(default_factory=lambda: iter(range(1, 1 << 24)))

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Database:
        """Its database, opened from outside."""
        return Database(self.database_url)

    def start(self) -> Server:
        """Start and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database_url = self.database_url or f"sqlite:///{self.folder / 'chemoplan.sqlite'}"
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "chemoplan", "serve", "--port", str(self.port), "--data", str(self.folder),
                   "--database", self.database_url, "--workers", str(self.workers), *self.more]  # fmt: skip
        command += ["--demo"] if self.demo else []
        command += ["--behind-proxy"] if self.proxied else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self.wait()
        return self

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self.folder / "server.log"

    def wait(self) -> None:
        """Until it answers, or raise with what it wrote."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        self.stop()
        raise ServerFault(f"the server did not start:\n{self.log.read_text(encoding='utf-8')[-3000:]}")

    def kill(self) -> None:
        """End it as a power cut would end it: no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it politely."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
        self.process = None

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        database = self.database
        try:
            with database.read() as connection:
                return [tuple(row) for row in connection.execute(text(query), values)]
        finally:
            database.close()

    def forget_limits(self) -> None:
        """Let everybody send forms again: a test sends more of them than a person."""
        database = self.database
        try:
            with database.write() as connection:
                connection.execute(text("DELETE FROM limits"))
        finally:
            database.close()

    def own_address(self) -> dict[str, str]:
        """The header of a visitor whom no other visitor's limits touch."""
        number = next(self._visitors)
        return {"x-forwarded-for": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}

    def client(self) -> httpx.Client:
        """A browser without cookies that follows no redirect by itself."""
        return httpx.Client(base_url=self.address, headers=self.own_address(), timeout=60)

    def signed_in(self, role: str) -> httpx.Client:
        """A browser of an invented person, through the real forms, second step and all."""
        client = self.client()
        if role == "anonymous":
            return client
        name, email = SECOND_PATIENT if role == "second patient" else PEOPLE[role]
        answer = post(client, "/sign-in", email=email, password=PASSWORD)
        if answer.headers.get("location", "").startswith(STAFF_CODE):
            database = self.database
            try:
                with database.read() as connection:
                    found = connection.execute(text("SELECT id FROM accounts WHERE email = :email"), {"email": email})
                    account = str(found.scalar_one())
                code = code_now(database, account, datetime.now(UTC))
            finally:
                database.close()
            answer = post(client, STAFF_CODE, code=code or "")
        if answer.status_code != 303:
            client.close()
            raise ServerFault(f"{name} was not let in: status {answer.status_code}")
        return client


def post(client: httpx.Client, address: str, *, of: str | None = None, **fields: Any) -> httpx.Response:
    """Send a form with the token of the page it stands on (`of`, else the same address)."""
    page = client.get(of or address, follow_redirects=True)
    found = TOKEN.search(page.text)
    if found is None:
        raise ServerFault(f"{of or address} shows no form (status {page.status_code})")
    return client.post(address, data={"csrf_token": found[1], **fields})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])

"""What tests of the whole application share: the demonstration in one process, with plans whose every option can be recognized."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from starlette.testclient import TestClient

from chemoplan.web.app import create_app
from chemoplan.web.center.file import load_center
from chemoplan.web.demo.invented import PASSWORD, SECOND_PATIENT, fill
from chemoplan.web.settings import Settings
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import prepare
from tests.web.visitors import SECRET, Site, post, token

MARK = "canary-of-"
"""Stands before the id of an option in its title: where a title shows, it is known of which option."""


@dataclass
class House(Site):
    """The demonstration and a browser for each kind of person, signed in through the real forms."""

    clients: dict[str, TestClient] = field(default_factory=dict)

    def client(self, role: str) -> TestClient:
        """The browser of a person; made when first asked for."""
        if role not in self.clients:
            self.calm()
            self.clients[role] = self._enter(role)
        return self.clients[role]

    def _enter(self, role: str) -> TestClient:
        if role == "anonymous":
            return self.visitor()
        if role != "second patient":
            return self.signed_in(role)
        visitor = self.visitor()
        answer = post(visitor, "/sign-in", email=SECOND_PATIENT[1], password=PASSWORD)
        assert answer.status_code == 303
        return visitor

    def token(self, role: str) -> str:
        """What the forms of this person carry."""
        return self.token_of(self.client(role))

    def token_of(self, client: TestClient) -> str:
        """What the forms of a browser carry."""
        return token(client.get("/contact").text)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def calm(self) -> None:
        """Let everybody send forms again."""
        with self.database.write() as connection:
            connection.execute(text("DELETE FROM limits"))


def marked_options(folder: Path) -> Path:
    """Local rules that do nothing but write the mark into the title of every option."""
    shipped = resources.files("chemoplan.knowledge") / "data" / "options"
    target = folder / "marked" / "options"
    target.mkdir(parents=True)
    for file in sorted(shipped.iterdir(), key=lambda item: item.name):
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
        for entry in entries:
            entry["replace"] = True
            entry["title"] = f"{entry['title']} {MARK}{entry['id']}"
        (target / file.name).write_text(yaml.safe_dump(entries, allow_unicode=True, width=1000), encoding="utf-8")
    return target.parent


def open_house(folder: Path) -> House:
    """A demonstration of its own."""
    content, people, marked = _filled()
    path = folder / "house.sqlite"
    path.write_bytes(content)
    url = f"sqlite:///{path}"
    return House(create_app(Settings(url, SECRET, demo=True, knowledge=(marked,))), Database(url), dict(people))


@cache
def _filled() -> tuple[bytes, tuple[tuple[str, str], ...], Path]:
    """The database of the demonstration, the ids of its people and the marked options: made once, for reading a case takes a while."""
    folder = Path(_KEPT.name)
    database = Database(f"sqlite:///{folder / 'filled.sqlite'}")
    prepare(database, str(folder / "filled.sqlite"))
    people = fill(database, load_center(None), datetime.now(UTC))
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return (folder / "filled.sqlite").read_bytes(), tuple(people.items()), marked_options(folder)


_KEPT = TemporaryDirectory(prefix="chemoplan-house-")
atexit.register(_KEPT.cleanup)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A demonstration for the tests of one file."""
    found = open_house(tmp_path_factory.mktemp("house"))
    with closing(found.database):
        yield found
    for client in found.clients.values():
        client.close()
    found.app.state.building.database.close()

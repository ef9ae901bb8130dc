"""A site with invented people in memory of one test, and visitors who sign in through the real forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.applications import Starlette
from starlette.testclient import TestClient

from chemoplan.web.app import create_app
from chemoplan.web.demo.invented import PASSWORD, PEOPLE, code_now
from chemoplan.web.people.accounts import add_account
from chemoplan.web.settings import Settings
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import prepare
from chemoplan.web.store.tables import accounts

SECRET = "a secret for tests alone, 40 signs long.."


@dataclass
class Site:
    """An application, its database and the ids of its accounts by role."""

    app: Starlette
    database: Database
    people: dict[str, str]
    clock: list[datetime] = field(default_factory=list)

    def visitor(self) -> TestClient:
        """A browser without cookies that follows no redirect by itself."""
        return TestClient(self.app, follow_redirects=False)

    def signed_in(self, role: str) -> TestClient:
        """A browser of a person of that role, second step and all."""
        visitor = self.visitor()
        answer = post(visitor, "/sign-in", email=PEOPLE[role][1], password=PASSWORD)
        if answer.headers["location"].startswith("/sign-in/second"):
            code = code_now(self.database, self.people[role], datetime.now(UTC))
            answer = post(visitor, "/sign-in/second", code=code or "")
        assert answer.status_code == 303, answer.text
        return visitor


def empty_site(folder: Path, *, now: datetime | None = None, **more: object) -> Site:
    """A site with one account a role and nothing else. `now` holds the clock still."""
    path = folder / "site.sqlite"
    content, people = _prepared()
    path.write_bytes(content)
    url = f"sqlite:///{path}"
    clock = [now] if now else []
    app = create_app(Settings(url, SECRET, **more), (lambda: clock[0]) if clock else None)  # type: ignore[arg-type]
    return Site(app, Database(url), dict(people), clock)


@cache
def _prepared() -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """The database of such a site, made once: hashing a password is slow on purpose."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "site.sqlite"
        database = Database(f"sqlite:///{path}")
        prepare(database, str(path))
        moment = datetime(2026, 11, 1, tzinfo=UTC)
        with database.write() as connection:
            people = {role: add_account(connection, role, *PEOPLE[role], PASSWORD, moment) for role in PEOPLE}
            staff = accounts.c.role.not_in(["patient", "referrer"])
            connection.execute(accounts.update().where(staff).values(totp_confirmed_at=moment))
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return path.read_bytes(), tuple(people.items())


def token(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    assert found, "the page has no form"
    return found[1]


def post(visitor: TestClient, address: str, *, of: str | None = None, **fields: object):
    """Send a form with the token of the page it stands on (`of`, else the same address)."""
    return visitor.post(address, data={"csrf_token": token(visitor.get(of or address).text), **fields})

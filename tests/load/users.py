"""Many people at once: what they wait for, by page. `python -m tests.load.users --users 200 --seconds 120 [--database postgresql+psycopg://...]`.

Each person is a coroutine that opens a page, reads for a while (uniform between 2 and 8 seconds unless --think says otherwise) and goes on:
of 200, 120 strangers on the public pages, 30 patients, 50 of the care team, half of whose pages are case pages. The server runs two
processes.
The people run on the same two cores as the server, so what they wait for holds their own work too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import select

from chemoplan.web.people.accounts import open_session
from chemoplan.web.store.tables import accounts, cases
from tests.browser.web_server import Server

PUBLIC = (
    "/",
    "/guide",
    "/guide/before-surgery",
    "/guide/liver-pump",
    "/es/guide/side-effects",
    "/glossary",
    "/doctors",
    "/decide",
    "/appointment",
)
PATIENT = ("/my", "/my/plan", "/my/questions", "/my/check-in", "/my/visits")
BOUND_MS = 300
"""What the case page may take for 95 of 100 views."""


@dataclass
class Figures:
    """Seconds of every answer by page, and what was no page."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def table(self, length: float) -> list[str]:
        """Lines for people: page, count, medians and tails in milliseconds."""
        lines = [f"{'page':<28}{'views':>7}{'p50':>8}{'p95':>8}{'p99':>8}  ms"]
        for name, found in sorted(self.seconds.items()):
            lines.append(
                f"{name:<28}{len(found):>7}" + "".join(f"{quantile(found, q) * 1000:>8.0f}" for q in (0.5, 0.95, 0.99))
            )
        count = sum(map(len, self.seconds.values()))
        lines.append(
            f"{count} views in {length:.0f} s, {count / length:.0f} a second; faults: {dict(self.faults) or 'none'}"
        )
        return lines


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of the values does not pass."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def prepared(server: Server) -> tuple[dict[str, list[str]], list[str]]:
    """Session cookies by role, one a person, and the ids of the cases."""
    database, now = server.database, datetime.now(UTC)
    cookies: dict[str, list[str]] = {}
    with database.write() as connection:
        for role, count in (("patient", 30), ("clinician", 30), ("navigator", 10), ("pharmacist", 10)):
            account = (
                connection.execute(select(accounts.c.id).where(accounts.c.role == role).order_by(accounts.c.created_at))
                .scalars()
                .first()
            )
            cookies[role] = [open_session(connection, str(account), now, second_factor=True) for _ in range(count)]
        found = list(connection.execute(select(cases.c.id)).scalars())
    database.close()
    return cookies, found


async def person(
    client: httpx.AsyncClient,
    pages: Sequence[tuple[str, str]],
    think: tuple[float, float],
    until: float,
    figures: Figures,
    first: float,
) -> None:
    """One person, from page to page."""
    chance = random.Random(first)
    await asyncio.sleep(first)
    while time.monotonic() < until:
        name, path = chance.choice(pages)
        begun = time.perf_counter()
        try:
            answer = await client.get(path)
            figures.seconds[name].append(time.perf_counter() - begun)
            if answer.status_code != 200:
                figures.faults[f"{name} {answer.status_code}"] += 1
        except httpx.HTTPError as error:
            figures.faults[f"{name} {type(error).__name__}"] += 1
        await asyncio.sleep(chance.uniform(*think))


async def opened_once(server: Server, cookies: dict[str, list[str]], found: Sequence[str]) -> Figures:
    """Every page opened before the crowd comes, on new connections, so that both processes have made each case page once."""
    figures = Figures()
    for role in ("", "patient", "clinician", "navigator"):
        pages = (
            [f"/cases/{identity}" for identity in found]
            if role in ("clinician", "navigator")
            else PATIENT
            if role
            else PUBLIC
        )
        headers = {"cookie": f"session={cookies[role][0]}"} if role else {}
        for path in pages:
            for number in range(8):
                async with httpx.AsyncClient(base_url=server.address, headers=headers, timeout=60) as client:
                    begun = time.perf_counter()
                    assert (await client.get(path)).status_code == 200, path
                    if role == "clinician" and number == 0:
                        figures.seconds["a case page for the first time"].append(time.perf_counter() - begun)
    return figures


async def crowd(server: Server, users: int, seconds: float, think: tuple[float, float]) -> Figures:
    """All of them, for as long as asked; the first ten seconds' arrivals are spread."""
    cookies, found = prepared(server)
    figures = await opened_once(server, cookies, found)
    until = time.monotonic() + seconds
    spread = min(10.0, seconds / 4)
    limits = httpx.Limits(max_connections=users + 10, max_keepalive_connections=users + 10)
    async with asyncio.TaskGroup() as group:
        transport = httpx.AsyncHTTPTransport(limits=limits)
        for number in range(users):
            share = number / users
            role = (
                ""
                if share < 0.6
                else "patient"
                if share < 0.75
                else ("clinician", "navigator", "pharmacist")[number % 3]
            )
            pages = [(f"public {path}", path) for path in PUBLIC] if not role else [(path, path) for path in PATIENT]
            if role and role != "patient":
                pages = [("case page", f"/cases/{identity}") for identity in found]
                pages += [("inbox", "/inbox")] * (len(found) // 2) + [("cases", "/cases")] * (len(found) // 2)
            headers = {"accept-encoding": "gzip"} | (
                {"cookie": f"session={cookies[role][number % len(cookies[role])]}"} if role else {}
            )
            client = httpx.AsyncClient(base_url=server.address, headers=headers, transport=transport, timeout=30)
            group.create_task(person(client, pages, think, until, figures, spread * share))
    return figures


def measure(users: int, seconds: float, think: tuple[float, float], database: str = "") -> tuple[Figures, float]:
    """The figures of a crowd on a new demonstration with two processes."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), database, workers=2).start()
        try:
            begun = time.monotonic()
            figures = asyncio.run(crowd(server, users, seconds, think))
            return figures, time.monotonic() - begun
        finally:
            server.stop()


def main() -> int:
    """Measure and print; 1 when something failed or case pages took too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument(
        "--think", type=float, nargs=2, default=(2.0, 8.0), metavar=("LEAST", "MOST"), help="seconds between pages"
    )
    parser.add_argument("--database", default="", help="a throwaway PostgreSQL database; SQLite without it")
    asked = parser.parse_args()
    think = (asked.think[0], asked.think[1])
    figures, length = measure(asked.users, asked.seconds, think, asked.database)
    kind = "PostgreSQL" if asked.database else "SQLite"
    print(f"{asked.users} people, {think[0]:g} to {think[1]:g} s between pages, {kind}, two processes")
    print("\n".join(figures.table(length)))
    tail = quantile(figures.seconds["case page"], 0.95) * 1000
    print(f"case page p95 {tail:.0f} ms (bound {BOUND_MS})")
    return 1 if figures.faults or tail >= BOUND_MS else 0


if __name__ == "__main__":
    sys.exit(main())

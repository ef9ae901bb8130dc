"""A served application whose database goes away while people use it: a clear page, nothing acknowledged, and it comes back by itself."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import metadata
from tests.browser.web_server import Server, post
from tests.faults.postgres import CAN, cluster

PHONE = "800-555-0199"
NEEDS_POSTGRES = pytest.mark.skipif(not CAN, reason="PostgreSQL is not installed here (initdb)")


def _until(address: str, status: int) -> float:
    """How many seconds until the health page answers with a status."""
    begun = time.monotonic()
    while time.monotonic() - begun < 40:
        if httpx.get(f"{address}/health", timeout=30).status_code == status:
            return time.monotonic() - begun
        time.sleep(0.1)
    raise AssertionError(f"no {status} within 40 seconds")


def _write(client: httpx.Client, words: str) -> int:
    fields = {"topic": "other", "name": "Kim Invented", "email": "kim@example.example", "message": words}
    return post(client, "/contact", **fields).status_code


def _kept(server: Server) -> list[str]:
    return sorted(str(row[0]) for row in server.rows("SELECT answers FROM messages"))


def test_served_from_a_file_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    server = Server(tmp_path / "site", workers=2).start()
    try:
        with closing(server.client()) as client, closing(server.signed_in("patient")) as patient:
            assert _write(client, "before") == 303
            away = {part: part.with_name(f"away-{part.name}") for part in server.folder.glob("chemoplan.sqlite*")}
            for part, place in away.items():
                part.rename(place)
            _until(server.address, 503)
            _told(client, patient)
            for part, place in away.items():
                place.rename(part)
            _until(server.address, 200)
            assert _write(client, "after") == 303
            assert patient.get("/my").status_code == 200
            assert len(_kept(server)) == 2
    finally:
        server.stop()


def _told(client: httpx.Client, patient: httpx.Client) -> None:
    """While it is gone: pages without data go on, every other says so with the number to call, no form is acknowledged."""
    assert client.get("/guide").status_code == 200
    page = patient.get("/my")
    assert (page.status_code, page.headers["retry-after"].isdigit()) == (503, True)
    assert PHONE in page.text and "Traceback" not in page.text
    sent = post(
        client, "/contact", topic="other", name="Kim Invented", email="kim@example.example", message="while it was gone"
    )
    assert sent.status_code == 503
    assert PHONE in sent.text


@NEEDS_POSTGRES
def test_served_from_a_postgresql_that_stops_and_starts_again(tmp_path: Path) -> None:
    with cluster() as postgres:
        server = Server(tmp_path / "site", postgres.url, workers=2).start()
        try:
            with closing(server.client()) as client, closing(server.signed_in("patient")) as patient:
                assert _write(client, "before") == 303
                postgres.stop()
                try:
                    _until(server.address, 503)
                    _told(client, patient)
                finally:
                    postgres.start()
                _until(server.address, 200)
                assert _write(client, "after") == 303
                assert patient.get("/my").status_code == 200
                assert len(_kept(server)) == 2
        finally:
            server.stop()


@NEEDS_POSTGRES
def test_a_backup_of_the_demonstration_is_restored_equal_from_one_kind_of_database_to_the_other(tmp_path: Path) -> None:
    server = Server(tmp_path / "site").start()
    server.stop()
    with cluster() as postgres:
        first, second = postgres.fresh("first"), f"sqlite:///{tmp_path / 'again.sqlite'}"
        _backup_and_restore(server.database_url, first, tmp_path / "one.gz")
        _backup_and_restore(first, second, tmp_path / "two.gz")
        rows = [_rows(url) for url in (server.database_url, first, second)]
        assert rows[0] == rows[1] == rows[2]
        assert sum(len(found) for found in rows[0].values()) > 50


def _backup_and_restore(source: str, target: str, file: Path) -> None:
    """With the commands that an administrator has."""
    for words in (["backup", str(file), "--database", source], ["restore", str(file), "--database", target]):
        done = subprocess.run(
            [sys.executable, "-m", "chemoplan", "web", *words], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
    assert "whole" in done.stdout


def _rows(url: str) -> dict[str, list[tuple]]:  # type: ignore[type-arg]
    """Every row of every table, in the same order from every database."""
    database = Database(url)
    with database.read() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables
        }
    database.close()
    # By the key of the row; databases order words differently.
    return {name: sorted(rows, key=lambda row: tuple(map(str, row[:2]))) for name, rows in found.items()}

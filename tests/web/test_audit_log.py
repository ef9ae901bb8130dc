"""The audit log: only appended to, and every change to it is found."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from chemoplan.web.store.audit_log import append, verify
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import prepare
from chemoplan.web.store.tables import audit_log
from tests.web.visitors import Site, empty_site, post

NOW = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)
COLUMNS = ["at", "actor", "role", "action", "kind", "subject", "detail", "previous", "hash"]


def database_in(folder) -> Database:
    database = Database(f"sqlite:///{folder / 'log.sqlite'}")
    prepare(database, str(folder / "log.sqlite"))
    return database


def fill(database: Database, count: int) -> None:
    with database.write() as connection:
        for number in range(count):
            append(connection, NOW, "someone", "clinician", "viewed", "case", f"case-{number}", {"n": number, "é": "ü"})


def test_an_untouched_chain_is_whole(tmp_path) -> None:
    database = database_in(tmp_path)
    fill(database, 50)
    with database.read() as connection:
        assert verify(connection) == (50, None)


@pytest.mark.parametrize(
    "statement", [update(audit_log).values(detail="{}"), delete(audit_log).where(audit_log.c.number == 2)]
)
def test_the_database_refuses_to_change_a_line(tmp_path, statement) -> None:
    database = database_in(tmp_path)
    fill(database, 3)
    with pytest.raises(DBAPIError, match="only appended"), database.write() as connection:
        connection.execute(statement)
    with database.read() as connection:
        assert verify(connection) == (3, None)


def unlocked(database: Database, statement) -> tuple[int, str | None]:
    """What the check says after somebody who owns the file took the triggers off and changed it."""
    with database.write() as connection:
        for name in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_log_{name}")
        connection.execute(statement)
    with database.read() as connection:
        return verify(connection)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 8),
    st.sampled_from(["at", "actor", "role", "action", "kind", "subject", "detail", "previous", "hash"]),
    st.text(min_size=1, max_size=9),
)
def test_any_column_of_any_line_that_was_changed_is_found(
    tmp_path_factory, number: int, column: str, value: str
) -> None:
    database = database_in(tmp_path_factory.mktemp("log"))
    fill(database, 8)
    changed = NOW.replace(microsecond=1) if column == "at" else value
    count, problem = unlocked(database, update(audit_log).where(audit_log.c.number == number).values({column: changed}))
    assert problem and count in (number - 1, number)


def test_a_line_taken_out_or_slipped_in_is_found(tmp_path) -> None:
    database = database_in(tmp_path)
    fill(database, 5)
    assert unlocked(database, delete(audit_log).where(audit_log.c.number == 3)) == (
        2,
        "line 3 is missing (the next one is 4)",
    )
    with database.read() as connection:
        row = dict(connection.execute(select(audit_log).where(audit_log.c.number == 2)).mappings().one())
    _, problem = unlocked(database, insert(audit_log).values(**{**row, "number": 3}))
    assert problem == "line 3 does not follow line 2"


def test_many_writers_at_once_keep_one_chain(tmp_path) -> None:
    database = database_in(tmp_path)
    threads = [Thread(target=fill_one_by_one, args=(database, 10)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert verify(connection) == (80, None)


def fill_one_by_one(database: Database, count: int) -> None:
    for _ in range(count):
        fill(database, 1)


def test_what_was_rolled_back_leaves_no_line(tmp_path) -> None:
    database = database_in(tmp_path)
    with pytest.raises(RuntimeError), database.write() as connection:
        append(connection, NOW, None, "anonymous", "sent", "message", "m", {})
        raise RuntimeError
    with database.read() as connection:
        assert verify(connection) == (0, None)


def test_the_page_shows_the_lines_and_checks_the_chain(tmp_path) -> None:
    site: Site = empty_site(tmp_path)
    administrator = site.signed_in("administrator")
    page = administrator.get("/audit").text
    assert "signed in" in page and "proved" in page
    checked = post(administrator, "/audit/check", of="/audit").text
    with site.database.read() as connection:
        lines, broken = verify(connection)
    assert broken is None and lines > 2, "looking at the log is a line of it too"
    assert re.search(r"The chain is whole: \d+ lines\.", checked)
    unlocked(site.database, update(audit_log).where(audit_log.c.number == 1).values(action="never happened"))
    assert "The chain is broken: line 1 was changed" in post(administrator, "/audit/check", of="/audit").text


def test_the_table_to_take_away_runs_no_formula(tmp_path) -> None:
    site = empty_site(tmp_path)
    with site.database.write() as connection:
        append(connection, NOW, None, "anonymous", "=1+1", "case", "@x", {})
    lines = site.signed_in("administrator").get("/audit/lines.csv").text.splitlines()
    assert any("'=1+1" in line and "'@x" in line for line in lines)


def test_a_table_that_leaves_out_older_lines_says_so_and_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = empty_site(tmp_path)
    with site.database.write() as connection:
        for _ in range(5):
            append(connection, NOW, None, "anonymous", "sent", "message", "x", {})
    administrator = site.signed_in("administrator")
    monkeypatch.setattr("chemoplan.web.pages.audit.MOST", 2)
    newest = administrator.get("/audit/lines.csv").text.splitlines()
    number = newest[2].split(",")[0]
    assert len(newest) == 4 and f"?before={number}" in newest[3]
    older = administrator.get(f"/audit/lines.csv?before={number}").text.splitlines()
    assert int(older[1].split(",")[0]) == int(number) - 1

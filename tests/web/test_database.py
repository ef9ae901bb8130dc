"""The database: transactions, migrations, and what a visitor sees while it is gone."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, inspect, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from chemoplan.web.store.audit_log import append, verify
from chemoplan.web.store.database import Database, DatabaseRefused
from chemoplan.web.store.migrate import prepare
from chemoplan.web.store.tables import Moment, audit_log, limits, metadata
from tests.web.visitors import Site, empty_site, post, token


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def test_while_the_database_is_gone_every_page_says_so_and_it_comes_back_by_itself(site: Site) -> None:
    visitor = site.signed_in("administrator")
    assert visitor.get("/accounts").status_code == 200
    path = Path(site.database.url.database)
    away = {part: part.with_name(f"away-{part.name}") for part in path.parent.glob(f"{path.name}*")}
    for part, place in away.items():
        part.rename(place)
    for _ in range(2):
        gone = visitor.get("/accounts")
        assert gone.status_code == 503
        assert "We cannot reach our records right now" in gone.text and "800-555-0199" in gone.text
        assert gone.headers["retry-after"]
    assert site.visitor().get("/health").status_code == 503
    assert site.visitor().get("/").status_code == 200, "a page without data does not need it"
    assert not path.exists(), "a database that is gone does not come back empty"
    for part, place in away.items():
        place.rename(part)
    assert visitor.get("/accounts").status_code == 200
    assert site.visitor().get("/health").status_code == 200


def test_a_form_that_was_sent_while_it_was_gone_is_not_acknowledged(site: Site) -> None:
    visitor = site.signed_in("administrator")
    page = visitor.get("/accounts").text
    path = Path(site.database.url.database)
    path.rename(path.with_name("away"))
    fields = {"name": "New", "email": "new@cancer.example", "role": "patient", "language": "en"}
    assert visitor.post("/accounts", data={"csrf_token": token(page), **fields}).status_code == 503
    path.with_name("away").rename(path)
    assert post(visitor, "/accounts", **fields).status_code == 200


def test_what_fails_halfway_leaves_nothing(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    prepare(database, str(tmp_path / "x.sqlite"))
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(insert(limits).values(key="a", window=1, count=1))
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(limits)).scalar() == 0


@pytest.mark.parametrize("year", [1, 202, 1961, 2026, 9999])
def test_a_moment_of_any_year_comes_back_and_sorts(year: int) -> None:
    moment = Moment()
    first, later = datetime(year, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(year, 11, 2, tzinfo=UTC)
    kept = [moment.process_bind_param(item, sqlite.dialect()) for item in (first, later)]
    assert [moment.process_result_value(item, sqlite.dialect()) for item in kept] == [first, later]
    assert kept == sorted(kept, key=str) and all(item and len(item) == 27 for item in kept)


def test_who_looks_sees_nothing_of_what_others_write_meanwhile(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'fixed.sqlite'}"
    database = Database(url)
    prepare(database, str(tmp_path / "fixed.sqlite"))
    holds_still(database)


def holds_still(database: Database) -> None:
    """Look, let somebody write, look again within the same block."""
    count = select(func.count()).select_from(limits)
    with database.read() as looking:
        before = looking.execute(count).scalar_one()
        with database.write() as writing:
            writing.execute(insert(limits).values(key="meanwhile", window=1, count=1))
        assert looking.execute(count).scalar_one() == before
    with database.read() as looking:
        assert looking.execute(count).scalar_one() == before + 1


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite", "postgresql+unknown://x"])
def test_an_address_that_is_none_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(DatabaseRefused, match="expected sqlite:///FILE or postgresql"):
        Database(url)


def test_preparing_twice_changes_nothing_and_makes_every_table(tmp_path) -> None:
    path = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    for _ in range(2):
        prepare(database, str(path))
    found = inspect(database.engine)
    for table in metadata.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == {
            column.name for column in table.columns
        }, table.name
    assert path.stat().st_mode & 0o077 == 0, "the file is for its owner alone"


def test_a_file_that_is_no_database_is_refused(tmp_path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_text("this is no database, but a text that somebody put there " * 20)
    with pytest.raises(DatabaseRefused, match="cannot be used"):
        prepare(Database(f"sqlite:///{path}"), str(path))


def test_the_steps_lead_to_the_tables_that_the_code_knows(tmp_path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    path = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    prepare(database, str(path))
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path) -> None:
    path = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    prepare(database, str(path))
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(DatabaseRefused, match="a newer version of chemoplan made it"):
        prepare(database, str(path))
    assert path.read_bytes() == before


@pytest.mark.skipif(
    "CHEMOPLAN_TEST_POSTGRES" not in os.environ, reason="CHEMOPLAN_TEST_POSTGRES names no throwaway database"
)
def test_the_steps_and_the_chain_hold_on_postgresql() -> None:
    database = Database(os.environ["CHEMOPLAN_TEST_POSTGRES"])
    with database.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    prepare(database, None)
    prepare(database, None)
    with database.write() as connection:
        append(connection, datetime(2026, 11, 27, tzinfo=UTC), None, "anonymous", "sent", "message", "m", {})
    with pytest.raises(DBAPIError, match="only appended"), database.write() as connection:
        connection.execute(delete(audit_log))
    with database.read() as connection:
        assert verify(connection) == (1, None)
    database.close()

"""The database: transactions, migrations, and what a visitor sees while it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, insert, inspect, select

from chemoplan.web.database import Database, DatabaseRefused
from chemoplan.web.migrate import prepare
from chemoplan.web.tables import limits, metadata
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

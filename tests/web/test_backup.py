"""Backup and restore: everything, from one moment, or nothing."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from chemoplan.cli import cli
from chemoplan.web.store.audit_log import append
from chemoplan.web.store.backup import BackupRefused, back_up, restore
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import prepare
from chemoplan.web.store.tables import metadata, uploads
from tests.web.visitors import empty_site

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)

UPLOAD = {"owner_kind": "referral", "media_type": "text/plain", "sha256": "0", "created_at": NOW}


def new_database(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    prepare(database, str(path))
    return database


def rows_of(database: Database) -> dict[str, list[tuple]]:
    with database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=200), st.text(max_size=50)), max_size=5))
def test_a_restored_database_is_equal(tmp_path_factory, files: list[tuple[bytes, str]]) -> None:
    folder = tmp_path_factory.mktemp("backup")
    database = empty_site(folder).database
    with database.write() as connection:
        for number, (content, name) in enumerate(files):
            row = {"name": name, "size": len(content), "content": content, "owner_id": str(number)}
            connection.execute(insert(uploads).values(**UPLOAD, **row))
            append(connection, NOW, None, "anonymous", "sent", "upload", str(number), {"name": name})
    back_up(database, folder / "b.gz")
    other = new_database(folder / "other.sqlite")
    restore(other, folder / "b.gz")
    assert rows_of(other) == rows_of(database)


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(tmp_path) -> None:
    database = empty_site(tmp_path).database
    back_up(database, tmp_path / "b.gz")
    assert (tmp_path / "b.gz").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(database, tmp_path / "b.gz")


def test_a_database_with_rows_is_not_overwritten(tmp_path) -> None:
    database = empty_site(tmp_path).database
    back_up(database, tmp_path / "b.gz")
    before = rows_of(database)
    with pytest.raises(BackupRefused, match="not empty"):
        restore(database, tmp_path / "b.gz")
    assert rows_of(database) == before


def test_a_backup_that_was_cut_or_changed_writes_nothing(tmp_path) -> None:
    back_up(empty_site(tmp_path).database, tmp_path / "b.gz")
    whole = (tmp_path / "b.gz").read_bytes()
    content = gzip.decompress(whole)
    spoiled = {"cut.gz": whole[:-40], "changed.gz": gzip.compress(content.replace(b"pharmacist", b"clinicians")),
               "short.gz": gzip.compress(b"\n".join(content.splitlines()[:-1]) + b"\n"), "text.gz": b"no backup", "empty.gz": b"",
               "other.gz": gzip.compress(b'{"a": 1}\n{"sha256": "0"}\n')}  # fmt: skip
    for name, data in spoiled.items():
        (tmp_path / name).write_bytes(data)
        other = new_database(tmp_path / f"{name}.sqlite")
        with pytest.raises(BackupRefused, match=name.replace(".", r"\.")):
            restore(other, tmp_path / name)
        assert not any(rows_of(other).values())


def test_the_commands_say_what_they_did_and_what_is_wrong(tmp_path) -> None:
    run, data = CliRunner(), ["--data", str(tmp_path / "a")]
    made = run.invoke(cli, ["web", "account", "administrator", "ada@cancer.example", "Ada", *data])
    assert made.exit_code == 0 and "code for the first sign-in" in made.output
    assert run.invoke(cli, ["web", "account", "administrator", "ada@cancer.example", "Ada", *data]).exit_code == 2
    assert run.invoke(cli, ["web", "account", "administrator", "not an address", "Ada", *data]).exit_code == 2
    assert run.invoke(cli, ["web", "backup", str(tmp_path / "b.gz"), *data]).exit_code == 0
    restored = run.invoke(cli, ["web", "restore", str(tmp_path / "b.gz"), "--data", str(tmp_path / "c")])
    assert restored.exit_code == 0 and "1 lines, whole" in restored.output
    assert run.invoke(cli, ["web", "check", "--data", str(tmp_path / "c")]).exit_code == 0
    nothing = run.invoke(cli, ["web", "check", "--data", str(tmp_path / "nowhere")])
    assert nothing.exit_code == 2 and "no such database" in nothing.output
    assert not (tmp_path / "nowhere").exists()
    wrong = run.invoke(cli, ["web", "check", "--database", "mysql://x"])
    assert wrong.exit_code == 2 and "expected sqlite:///" in wrong.output

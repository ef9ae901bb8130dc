"""The database: SQLite in one file, or PostgreSQL. Reading and writing are transactions that a handler opens by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError

BUSY_SECONDS = 15


class DatabaseRefused(ValueError):
    """The database address is no address, or the database cannot be used; the message says what would be right."""


class Database:
    """One database. `read` sees a fixed state; `write` is one transaction that other writers wait for.

    On SQLite a writer takes the lock at its first statement (BEGIN IMMEDIATE), so that two writers never meet halfway.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            self.sqlite = self.url.get_backend_name() == "sqlite"
            self.engine = _sqlite(url) if self.sqlite else _server(url)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise DatabaseRefused(
                f"--database: {type(error).__name__}; expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
            ) from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for looking only: what others write meanwhile is not seen."""
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.execute(text("BEGIN"))
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it is kept, or nothing. What is kept is on the disk when the block ends."""
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.execute(text("BEGIN IMMEDIATE"))
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def alive(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as connection:
                connection.execute(text("SELECT number FROM audit_log WHERE number = 0"))
        except DBAPIError:
            return False
        return True

    def alone(self, connection: Connection, what: str) -> None:
        """Let no other transaction that names `what` go on before this one ends. SQLite has one writer at a time anyway."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    path = make_url(url).database or ":memory:"
    # mode=rw: a file that is gone must not come back empty in the middle of work. `prepare` of migrations makes a new one.
    address = path if path == ":memory:" else f"file:{quote(path)}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=path != ":memory:", timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            connection.execute(f"PRAGMA {line}")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=20, max_overflow=20, pool_timeout=10, hide_parameters=True
    )  # fmt: skip

    @event.listens_for(engine, "checkout")
    def same_file(connection: Any, record: Any, proxy: Any) -> None:
        # An open file goes on after its name is gone: what is written there would be lost to everybody.
        found = _file_number(path)
        if path != ":memory:" and record.info.setdefault("file", found) != found:
            raise DisconnectionError("the file of the database is another one")

    return engine


def _file_number(path: str) -> int | None:
    try:
        return Path(path).stat().st_ino
    except OSError:
        return None


def _server(url: str) -> Engine:
    return create_engine(
        url, pool_size=20, max_overflow=20, pool_pre_ping=True, pool_timeout=10, connect_args={"connect_timeout": 5}, hide_parameters=True
    )  # fmt: skip

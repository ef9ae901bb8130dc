"""The tables made, and brought to what this version needs. Nothing is lost on the way; a newer database is refused."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chemoplan.web.database import Database, DatabaseRefused
from chemoplan.web.tables import metadata


def prepare(database: Database, file: str | None) -> None:
    """Make the tables, or bring them up to date. `file` is the path of an SQLite database, made when it is not there."""
    if file is not None:
        Path(file).touch(mode=0o600, exist_ok=True)
    try:
        with database.write() as connection:
            connection.execute(text("SELECT 1"))
            metadata.create_all(connection)
    except DBAPIError as error:
        raise DatabaseRefused(
            f"--database: cannot be used ({type(error).__name__}); is the server running, the file a database?"
        ) from None


def file_of(url: str) -> str | None:
    """The path of an SQLite database, None for another kind."""
    return url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else None

"""The tables made, and brought to what this version needs. Nothing is lost on the way; a newer database is refused."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chemoplan.web.store.database import Database, DatabaseRefused
from chemoplan.web.store.tables import ONLY_APPENDED

STEPS = Path(__file__).parent / "migrations"


def prepare(database: Database, file: str | None) -> None:
    """Make the tables, or bring them up to date. `file` is the path of an SQLite database, made when it is not there.

    Raises DatabaseRefused when the database cannot be used, or when a newer version of the program made it.
    """
    if file is not None:
        Path(file).touch(mode=0o600, exist_ok=True)
    try:
        with database.write() as connection:
            if connection.dialect.name == "postgresql":  # one process of several brings the tables up, the others wait
                connection.execute(text("SELECT pg_advisory_xact_lock(729315002)"))
            _upgrade(connection)
    except DBAPIError as error:
        reason = type(error.orig).__name__ if error.orig else type(error).__name__
        raise DatabaseRefused(
            f"--database: cannot be used ({reason}); is the server running, the name right, the file a database?"
        ) from None


def _upgrade(connection: Connection) -> None:
    config = config_of(connection)
    steps = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == steps.get_current_head():
        return
    if current is not None and current not in {step.revision for step in steps.walk_revisions()}:
        raise DatabaseRefused(
            f"--database: a newer version of chemoplan made it (step {current}); use that version, or restore a backup of this one"
        )
    command.upgrade(config, "head")


def config_of(connection: Connection) -> Config:
    """The settings of the migrations for a connection."""
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.attributes["connection"] = connection
    return config


def only_append(connection: Connection) -> None:
    """Let the database itself refuse to change the audit log. For migrations; does nothing where it does so already."""
    listed = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger",
    }
    if any(
        name.startswith("audit_log_") for name in connection.execute(text(listed[connection.dialect.name])).scalars()
    ):
        return
    for statement in ONLY_APPENDED[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def file_of(url: str) -> str | None:
    """The path of an SQLite database, None for another kind."""
    return url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else None

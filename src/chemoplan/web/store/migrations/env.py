"""Runs the migrations on the connection that `migrate.prepare` (or tools/make_migration.py) hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from chemoplan.web.store.tables import Moment, metadata


def written(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Moments are written by their own name in a new migration."""
    if kind != "type" or not isinstance(item, Moment):
        return False
    autogen.imports.add("from chemoplan.web.store.tables import Moment")
    return "Moment()"


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=written,
)
context.run_migrations()

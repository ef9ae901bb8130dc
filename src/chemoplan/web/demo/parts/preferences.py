"""What the invented patient wants to hear: reminders by email, confirmed; and one wish of somebody else that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chemoplan.web.center.center import Center
from chemoplan.web.demo.invented import PEOPLE
from chemoplan.web.people import preferences
from chemoplan.web.store.database import Database


def fill(database: Database, center: Center, people: Mapping[str, str], now: datetime) -> None:
    """Keep both. Their tokens are given to nobody: the address of an invented person reaches no one."""
    with database.write() as connection:
        preferences.opt_in(
            connection, PEOPLE["patient"][1], [("email", "visits")], "en", "demonstration", now, own=True
        )
        preferences.opt_in(connection, "800-555-0156", [("text", "guide")], "es", "demonstration", now)

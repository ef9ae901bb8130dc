"""Keeps the promise of the privacy page while the application runs: every hour, what was promised to be gone goes."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool

from chemoplan.web import keeping
from chemoplan.web.store import audit_log

if TYPE_CHECKING:
    from chemoplan.web.building import Building

log = logging.getLogger("chemoplan.web")

FIRST_AFTER, EVERY = 20.0, 3600.0
"""Seconds from the start to the first sweep, and between two."""
SILENT = frozenset({"limits", "sessions"})
"""What goes all the time and is of nobody's care: counted, but no reason for a line of its own in the log."""


async def sweep_for_ever(building: Building, first_after: float = FIRST_AFTER, every: float = EVERY) -> None:
    """Sweep again and again until the application ends. A database that is away waits for the next time."""
    await asyncio.sleep(first_after)
    while True:
        try:
            await run_in_threadpool(sweep_once, building)
        except (DBAPIError, PoolTimeout) as error:
            log.error("nothing was swept: the database does not answer (%s)", type(error).__name__)
        await asyncio.sleep(every)


def sweep_once(building: Building) -> dict[str, int]:
    """Remove what is over, with a line in the audit log in the same transaction; how many rows of each kind went."""
    now = building.now() if building.now else datetime.now(UTC)
    with building.database.write() as connection:
        gone = {name: count for name, count in keeping.sweep(connection, now).items() if count}
        if gone.keys() - SILENT:
            audit_log.append(connection, now, None, "program", "swept", "retention", "all", gone)
    return gone

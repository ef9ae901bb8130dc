"""What the commands about studies share: the store, and where its place comes from."""

from __future__ import annotations

from pathlib import Path

import click

from chemoplan.cli.shared import F

STATUSES = (
    "RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "COMPLETED", "SUSPENDED",
    "TERMINATED", "WITHDRAWN", "UNKNOWN",
)  # fmt: skip
PHASES = ("EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA")


def store_option(command: F) -> F:
    """`--store FILE`."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path),
        envvar="CHEMOPLAN_TRIALS",
        default=Path("trials.sqlite"),
        show_default=True,
        help="Where records are kept (also: CHEMOPLAN_TRIALS).",
    )(command)


def status_option(command: F) -> F:
    """`--status WORD`, repeatable."""
    return click.option(
        "--status",
        "statuses",
        multiple=True,
        type=click.Choice(STATUSES, case_sensitive=False),
        help="Only studies of this status. Repeatable: any of them suffices.",
    )(command)

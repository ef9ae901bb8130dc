"""What the commands about studies share: the store, and where its place comes from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chemoplan.cli.shared import F
from chemoplan.report.words import count_text

if TYPE_CHECKING:
    from chemoplan.trials.record import TrialRecord

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


def one_of_each(records: Iterable[TrialRecord], name: str) -> list[TrialRecord]:
    """Each study of the file `name` once, as a store would keep it: the newest record, of equal days the last. Others are told."""
    kept: dict[str, TrialRecord] = {}
    again = 0
    for record in records:
        other = kept.get(record.nct_id)
        again += other is not None
        if other is None or (record.retrieved or date.min) >= (other.retrieved or date.min):
            kept[record.nct_id] = record
    if again:
        click.echo(
            f"chemoplan: {name}: {count_text(again, 'further record')} of the same studies; the newest of each counts",
            err=True,
        )
    return list(kept.values())

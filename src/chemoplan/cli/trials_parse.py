"""The command that reads an eligibility text."""

from __future__ import annotations

import click

from chemoplan.cli.shared import EPILOG, Refused, refusing


@click.command("parse", epilog=EPILOG)
@click.argument("record")
@refusing
def trials_parse(record: str) -> None:
    """Read the eligibility text of RECORD: a file of records, or the id of one that is kept.

    \b
    Example:
      chemoplan trials parse NCT99000001
    """
    raise Refused([f"{record}: `trials parse` is not built yet"])

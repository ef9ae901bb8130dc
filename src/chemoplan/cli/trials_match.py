"""The commands that hold people against studies: match, why, funnel."""

from __future__ import annotations

import click

from chemoplan.cli.shared import EPILOG, Refused, refusing


@click.command("match", epilog=EPILOG)
@click.argument("case")
@refusing
def trials_match(case: str) -> None:
    """The studies for the person of CASE.

    \b
    Example:
      chemoplan trials match case.yaml
    """
    raise Refused([f"{case}: `trials match` is not built yet"])


@click.command("why", epilog=EPILOG)
@click.argument("trial")
@click.argument("case")
@refusing
def trials_why(trial: str, case: str) -> None:
    """Every line of TRIAL against the person of CASE.

    \b
    Example:
      chemoplan trials why NCT99000001 case.yaml
    """
    raise Refused([f"{trial}, {case}: `trials why` is not built yet"])


@click.command("funnel", epilog=EPILOG)
@click.argument("trial")
@click.argument("people")
@refusing
def trials_funnel(trial: str, people: str) -> None:
    """Which line of TRIAL loses whom among PEOPLE.

    \b
    Example:
      chemoplan trials funnel NCT99000001 people.csv
    """
    raise Refused([f"{trial}, {people}: `trials funnel` is not built yet"])

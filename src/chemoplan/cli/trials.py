"""The commands about registered studies, gathered: records, the reading of their eligibility texts, the match with people."""

from __future__ import annotations

import click

from chemoplan.cli.shared import EPILOG
from chemoplan.cli.trials_match import trials_funnel, trials_match, trials_why
from chemoplan.cli.trials_parse import trials_parse
from chemoplan.cli.trials_records import trials_export, trials_fetch, trials_import, trials_list


@click.group(epilog=EPILOG)
def trials() -> None:
    """Registered studies: keep their records, read their eligibility texts, match them with a person or with many.

    A record is as old as the day it was retrieved; that day stands beside every answer. What nobody knows of a person is never
    taken for "no".

    \b
    Start here:
      chemoplan trials import --demo
      chemoplan trials list rectal
      chemoplan trials parse NCT99000001
      chemoplan trials match case.yaml
      chemoplan trials why NCT99000001 case.yaml
      chemoplan trials funnel NCT99000001 people.csv
    """


for command in (
    trials_import,
    trials_fetch,
    trials_list,
    trials_export,
    trials_parse,
    trials_match,
    trials_why,
    trials_funnel,
):
    trials.add_command(command)

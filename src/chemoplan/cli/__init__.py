"""The command line. Each command reads, calls one room, and hands the result to the report room."""

from __future__ import annotations

import os
import sys

import click

from chemoplan import __version__
from chemoplan.cli.case import audit, facts, plan
from chemoplan.cli.knowledge import knowledge
from chemoplan.cli.shared import DONE, EPILOG, INTERNAL


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.version_option(__version__, prog_name="chemoplan")
def cli() -> None:
    """From a person's facts to an explained, cited chemotherapy plan for rectal cancer.

    Decision support for professionals; not a medical device. The knowledge has not been signed off by a clinician.

    \b
    Start here:
      chemoplan plan case.yaml
      chemoplan plan bundle.fhir.json --format html --output plan.html
      chemoplan knowledge ask "offered(anti_egfr) and ras = mutated"

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_CHEMOPLAN_COMPLETE=bash_source chemoplan)"
    """


for command in (plan, audit, facts, knowledge):
    cli.add_command(command)


def main() -> None:
    """Run the command line; never a traceback."""
    try:
        cli(prog_name="chemoplan")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
    except Exception as fault:
        if os.environ.get("CHEMOPLAN_DEBUG"):
            raise
        click.echo(
            f"chemoplan: a fault of this program ({type(fault).__name__}); set CHEMOPLAN_DEBUG=1 to see where, and report it",
            err=True,
        )
        sys.exit(INTERNAL)

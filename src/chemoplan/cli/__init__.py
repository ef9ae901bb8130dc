"""The command line. Each command reads, calls one room, and hands the result to the report room."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from typing import NoReturn

import click

from chemoplan import __version__
from chemoplan.cli.calc import calc
from chemoplan.cli.case import audit, facts, plan
from chemoplan.cli.cohort import cohort
from chemoplan.cli.compare import compare
from chemoplan.cli.course import course
from chemoplan.cli.germline import germline
from chemoplan.cli.knowledge import knowledge
from chemoplan.cli.order import order
from chemoplan.cli.serve import serve
from chemoplan.cli.shared import BAD_INPUT, DONE, EPILOG, INTERNAL, INTERRUPTED, one_line
from chemoplan.cli.trials import trials
from chemoplan.cli.tumor import tumor
from chemoplan.cli.web import web


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.version_option(__version__, prog_name="chemoplan")
def cli() -> None:
    """From a person's facts to an explained, cited chemotherapy plan for rectal cancer.

    Decision support for professionals; not a medical device. The knowledge has not been signed off by a clinician.

    \b
    Start here:
      chemoplan plan case.yaml
      chemoplan plan bundle.fhir.json --format html --output plan.html
      chemoplan order mfolfox6 case.yaml
      chemoplan course mfolfox6 case.yaml --start 2026-12-03 --cycles 8
      chemoplan calc bsa --height 170 --weight 70
      chemoplan compare folfox4 capox
      chemoplan tumor calls.maf --panel genes.txt
      chemoplan germline person.vcf.gz
      chemoplan trials match case.yaml
      chemoplan trials import --demo
      chemoplan serve --demo
      chemoplan knowledge ask "offered(anti_egfr) and ras = mutated"

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_CHEMOPLAN_COMPLETE=bash_source chemoplan)"
    """


for command in (
    plan,
    audit,
    facts,
    order,
    course,
    calc,
    compare,
    tumor,
    germline,
    cohort,
    trials,
    knowledge,
    serve,
    web,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; never a traceback."""
    # What a command reads lives until it ends: to look for garbage among it as often as usual costs a fifth of a short one.
    gc.set_threshold(200_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another one
    try:
        sys.exit(_run())
    except BrokenPipeError:
        _stop_writing()
        sys.exit(DONE)
    except (KeyboardInterrupt, click.Abort):
        _interrupted()
    except Exception as fault:
        if "KeyboardInterrupt" in str(fault):  # a foreign function that was called just then wraps it
            _interrupted()
        if os.environ.get("CHEMOPLAN_DEBUG"):
            raise
        click.echo(
            f"chemoplan: a fault of this program ({type(fault).__name__}); set CHEMOPLAN_DEBUG=1 to see where, and report it",
            err=True,
        )
        sys.exit(INTERNAL)


def _interrupted() -> NoReturn:
    click.echo("chemoplan: interrupted", err=True)
    sys.exit(INTERRUPTED)


def _run() -> int:
    """Run one command and write out what it printed; the exit status."""
    try:
        try:
            status = cli(prog_name="chemoplan", standalone_mode=False)
        except SystemExit as done:
            status = done.code
        if sys.stdout is not None:
            sys.stdout.flush()
        return status if isinstance(status, int) else DONE
    except click.exceptions.NoArgsIsHelpError as help_page:
        help_page.show()
        return BAD_INPUT
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "chemoplan"
        click.echo(f"chemoplan: {one_line(error.format_message())} (see {command} --help)", err=True)
        return BAD_INPUT
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.errno == errno.EPIPE:
            raise BrokenPipeError from None
        click.echo(f"chemoplan: the output cannot be written ({error.strerror or type(error).__name__})", err=True)
        _stop_writing()
        return BAD_INPUT


def _stop_writing() -> None:
    """Let nothing be flushed to an output that cannot take it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

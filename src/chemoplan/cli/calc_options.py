"""What the calc commands share: the options that end each of them, the sex in two spellings, the exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.calc_pump import written
from chemoplan.cli.shared import DONE, NO, F, Refused, format_option, knowledge_option, output_option, refusing


def written_out(calculation: Any, knowledge: Any, form: str, output: Path | None) -> None:
    """Print a calculation; exit status 1 when an input can hardly be true."""
    written(calculation.as_json(knowledge), form, output)
    sys.exit(NO if calculation.doubts else DONE)


def ending(command: F) -> F:
    """The options that end every calculation: form, output, local knowledge."""
    return format_option("calculation", "text", "json")(output_option(knowledge_option(refusing(command))))


def sex_options(command: F) -> F:
    """`--sex`, or `--female` and `--male` for short."""
    command = click.option("--female/--male", "female", default=None, help="The same as --sex, for short.")(command)
    return click.option("--sex", type=click.Choice(["female", "male"]), help="Sex recorded for use in dose formulas.")(
        command
    )


def sex_of(sex: str | None, female: bool | None) -> str:
    """The sex of either option. Raises Refused when there is none, or when the two disagree."""
    short = None if female is None else "female" if female else "male"
    if sex is None and short is None:
        raise Refused(["the sex is needed: --sex female or --sex male"])
    if sex is not None and short is not None and sex != short:
        raise Refused([f"--sex {sex} and --{short} disagree"])
    return sex or short or ""

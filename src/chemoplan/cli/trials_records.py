"""The commands about records of registered studies: import, fetch, list, export."""

from __future__ import annotations

import click

from chemoplan.cli.shared import EPILOG, Refused, refusing


@click.command("import", epilog=EPILOG)
@refusing
def trials_import() -> None:
    """Import records.

    \b
    Example:
      chemoplan trials import --demo
    """
    raise Refused(["`trials import` is not built yet"])


@click.command("fetch", epilog=EPILOG)
@refusing
def trials_fetch() -> None:
    """Fetch records.

    \b
    Example:
      chemoplan trials fetch --condition "rectal cancer"
    """
    raise Refused(["`trials fetch` is not built yet"])


@click.command("list", epilog=EPILOG)
@refusing
def trials_list() -> None:
    """List records.

    \b
    Example:
      chemoplan trials list rectal
    """
    raise Refused(["`trials list` is not built yet"])


@click.command("export", epilog=EPILOG)
@refusing
def trials_export() -> None:
    """Write the criteria of a study in another form.

    \b
    Example:
      chemoplan trials export NCT99000001 --format ctml
    """
    raise Refused(["`trials export` is not built yet"])

"""Commands for whoever runs the web application: tables, accounts, backup, the audit chain."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.shared import DONE, EPILOG, NO, Refused, refusing


def database_options(command: Any) -> Any:
    """Where the data lies."""
    command = click.option(
        "--database",
        envvar="CHEMOPLAN_DATABASE",
        help="sqlite:///FILE or postgresql+psycopg://...  [default: a file in --data].",
    )(command)
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("chemoplan-data"),
        show_default=True,
        help="Folder of the data.",
    )(command)


@click.group(epilog=EPILOG)
def web() -> None:
    """Care for the data of the web application: prepare, account, backup, restore, wishes, check.

    \b
    Examples:
      chemoplan web account administrator ada@cancer.example "Ada Admin"
      chemoplan web backup monday.gz
      chemoplan web check
    """


def _database(data: Path, database: str | None, *, make: bool = False) -> Any:
    from chemoplan.web.store.database import Database
    from chemoplan.web.store.migrate import file_of, prepare

    url = database or f"sqlite:///{(data / 'chemoplan.sqlite').resolve()}"
    file = file_of(url)
    if make:
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
    elif file and not Path(file).is_file():
        raise Refused(
            [f"{Path(file).name}: no such database; name its folder with --data, or run chemoplan web prepare"]
        )
    opened = Database(url)
    prepare(opened, file if make else None)
    return opened


@web.command(epilog=EPILOG)
@database_options
@refusing
def prepare(data: Path, database: str | None) -> None:
    """Make the tables, or bring them up to what this version needs. Running it twice changes nothing.

    \b
    Example:
      chemoplan web prepare --data /srv/chemoplan
    """
    _database(data, database, make=True)
    click.echo("The tables are ready.")


@web.command(epilog=EPILOG)
@click.argument(
    "role", type=click.Choice(["patient", "referrer", "navigator", "clinician", "pharmacist", "administrator"])
)
@click.argument("email")
@click.argument("name")
@database_options
@refusing
def account(role: str, email: str, name: str, data: Path, database: str | None) -> None:
    """Make an account and print the code with which its owner signs in for the first time (seven days, once).

    \b
    Example:
      chemoplan web account administrator ada@cancer.example "Ada Admin"
    """
    from chemoplan.web.forms import EMAIL
    from chemoplan.web.people.accounts import add_account
    from chemoplan.web.people.signing_in import give_code
    from chemoplan.web.settings import secret_of
    from chemoplan.web.store import audit_log

    if not EMAIL.fullmatch(email):
        raise Refused([f"EMAIL {email!r}: expected an address like name@cancer.example"])
    opened = _database(data, database, make=True)
    data.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    with opened.write() as connection:
        identity = add_account(connection, role, name, email, None, now)
        code = give_code(connection, identity, now, secret_of(data))
        audit_log.append(connection, now, None, "command line", "added", "account", identity, {"role": role})
    click.echo(f"{role} account made. The code for the first sign-in at /sign-in/code: {code}")


@web.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@database_options
@refusing
def backup(file: Path, data: Path, database: str | None) -> None:
    """Write every table, as of one moment, to FILE. Works while the application serves.

    FILE holds data about people and can be read by its owner alone: keep it as safe as the database. The file `secret`
    beside the database is not in it; without that file, tracking codes and one-time codes no longer open anything.

    \b
    Example:
      chemoplan web backup 2026-11-27.gz --data /srv/chemoplan
    """
    from chemoplan.web.store.backup import back_up

    counts = back_up(_database(data, database), file)
    click.echo(f"{sum(counts.values()):,} rows of {len(counts)} tables in {file.name}")


@web.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@database_options
@refusing
def restore(file: Path, data: Path, database: str | None) -> None:
    """Put the backup FILE into an empty database, made when it is not there. A database with rows is refused.

    \b
    Example:
      chemoplan web restore 2026-11-27.gz --data /srv/chemoplan-new
    """
    from chemoplan.web.store import audit_log
    from chemoplan.web.store.backup import restore as put_back

    opened = _database(data, database, make=True)
    counts = put_back(opened, file)
    with opened.read() as connection:
        lines, broken = audit_log.verify(connection)
    click.echo(
        f"{sum(counts.values()):,} rows of {len(counts)} tables restored; audit log: {broken or f'{lines:,} lines, whole'}"
    )


@web.command(epilog=EPILOG)
@database_options
@click.option(
    "--address", required=True, help="Where people reach the application: https://cancer.example or the like."
)
@refusing
def wishes(data: Path, database: str | None, address: str) -> None:
    """Who wants to hear from the center, as a table for the program that sends: the application sends nothing itself.

    A line says `ask` as long as the wish is not confirmed: send that address the link, once, and nothing else. A line says `send`
    when it may be written to about its topic; put the link, which ends it, into every message. Run it again before each sending.

    \b
    Example:
      chemoplan web wishes --data /srv/chemoplan --address https://cancer.example > wishes.csv
    """
    import csv

    from chemoplan.web.people import preferences
    from chemoplan.web.settings import secret_of
    from chemoplan.web.store import audit_log

    if not address.startswith(("https://", "http://")):
        raise Refused([f"--address {address!r}: expected one like https://cancer.example"])
    with _database(data, database).write() as connection:
        found = preferences.wishes(connection, secret_of(data))
        now, told = datetime.now(UTC), {"count": len(found)}
        audit_log.append(connection, now, None, "command line", "exported", "preference", "all", told)
    table = csv.writer(sys.stdout)
    table.writerow(["do", "contact", "channel", "topic", "language", "link"])
    for wish in found:
        do, page = ("send", "stop") if wish.confirmed else ("ask", "confirm")
        prefix = "/es" if wish.language == "es" else ""
        link = f"{address.rstrip('/')}{prefix}/legal/communication/{page}/{wish.token}"
        table.writerow([do, wish.contact, wish.channel, wish.topic, wish.language, link])


@web.command(epilog=EPILOG)
@database_options
@refusing
def check(data: Path, database: str | None) -> None:
    """Follow the chain of the audit log from its first line. Exit status 1 where it is broken, and which line.

    \b
    Example:
      chemoplan web check --data /srv/chemoplan
    """
    from chemoplan.web.store import audit_log

    with _database(data, database).read() as connection:
        lines, broken = audit_log.verify(connection)
    click.echo(f"audit log: {lines:,} lines, {broken or 'whole'}")
    sys.exit(NO if broken else DONE)

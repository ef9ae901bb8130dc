"""The commands about records of registered studies: import, fetch, list, export."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.shared import (
    EPILOG,
    Date,
    Refused,
    format_option,
    one_line,
    output_option,
    refusing,
    show,
    write,
    write_json,
)
from chemoplan.cli.trials_store import PHASES, status_option, store_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chemoplan.trials.record import TrialRecord
    from chemoplan.trials.store import Added


MOST_TOLD = 20
"""Lines about what could not be read that the terminal shows."""


@click.command("import", epilog=EPILOG)
@click.argument("sources", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--retrieved",
    type=Date(),
    help="The day on which the records were taken from the registry, for records that do not state it.",
)
@click.option(
    "--left-out",
    "listed",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what could not be read to this file, one line each; the terminal shows the first 20.",
)
@click.option("--demo", is_flag=True, help="Import the shipped records: invented studies.")
@store_option
@refusing
def trials_import(
    sources: tuple[Path, ...], retrieved: date | None, listed: Path | None, demo: bool, store: Path
) -> None:
    """Take registry records into the store; the form of FILE is recognized from its content.

    FILE is registry JSON (v2; one study, a page, a list, JSON lines), legacy XML, a folder or zip of AACT pipe files, the flattened
    JSON form, or a folder or zip of such files; .gz too. A newer version replaces an older one, which stays in the history; the
    other way round nothing is replaced. The day of retrieval is the one that the record states, else --retrieved, else unknown.

    \b
    Examples:
      chemoplan trials import --demo
      chemoplan trials import ctg-studies.json --retrieved 2026-11-20
      chemoplan trials import AllPublicXML.zip --store registry.sqlite
    """
    from chemoplan.trials.registry.demo import demo_records
    from chemoplan.trials.registry.read import read_records
    from chemoplan.trials.store import open_store

    if not sources and not demo:
        raise Refused(["no FILE is named: name files of records, or take the invented ones with --demo"])
    left_out: list[str] = []

    def told(line: str) -> None:
        left_out.append(one_line(line))
        if len(left_out) <= MOST_TOLD:
            click.echo(f"chemoplan: {left_out[-1]}", err=True)

    try:
        with open_store(store) as kept:
            for source in sources:
                _say(source.name, kept.add(_counted(read_records(source, retrieved, told))))
            if demo:
                _say("invented records", kept.add(demo_records()))
            as_of = kept.as_of()
    finally:
        if listed is not None:
            write("".join(f"{line}\n" for line in left_out), listed)
        elif len(left_out) > MOST_TOLD:
            click.echo(f"chemoplan: and {len(left_out) - MOST_TOLD} more; --left-out FILE lists them all", err=True)
    days = [day.isoformat() for day in (as_of.oldest, as_of.newest) if day]
    span = " to ".join(dict.fromkeys(days)) or "an unknown day"
    unknown = f", {as_of.unknown} of an unknown day" if days and as_of.unknown else ""
    click.echo(f"{store.name}: {as_of.records} records as of {span}{unknown}")
    if left_out:
        raise Refused([f"{len(left_out)} left out as told above; everything else was taken in"])


def _counted(records: Iterator[TrialRecord]) -> Iterator[TrialRecord]:
    """The records, with a sign of life on a terminal."""
    from chemoplan.report.progress import progress

    with progress("importing", None) as step:
        for record in records:
            step(record.nct_id)
            yield record


def _say(name: str, added: Added) -> None:
    older = f", {added.older} older than what is kept" if added.older else ""
    click.echo(f"{name}: {added.new} new, {added.changed} changed, {added.same} the same{older}")


@click.command("list", epilog=EPILOG)
@click.argument("words", nargs=-1)
@status_option
@click.option("--country", default="", help="Only studies that name a site in this country, such as Germany.")
@click.option(
    "--phase",
    "phases",
    multiple=True,
    type=click.Choice(PHASES, case_sensitive=False),
    help="Only studies of this phase. Repeatable: any of them suffices.",
)
@click.option(
    "--on", "today", type=Date(), help="The day from which the age of a record is counted; today if not given."
)
@store_option
@format_option("list", "text", "json", "html")
@output_option
@refusing
def trials_list(
    words: tuple[str, ...],
    statuses: tuple[str, ...],
    country: str,
    phases: tuple[str, ...],
    today: date | None,
    store: Path,
    form: str,
    output: Path | None,
) -> None:
    """The kept studies that hold every one of WORDS in title, conditions, interventions, keywords, summary or criteria.

    Each is shown with the day of its record; one retrieved more than 90 days ago, or on an unknown day, is marked.

    \b
    Examples:
      chemoplan trials list
      chemoplan trials list rectal KRAS --status RECRUITING --country Germany
      chemoplan trials list liver --phase PHASE2 --format json
    """
    from chemoplan.trials.listing import listing
    from chemoplan.trials.store import open_store
    from chemoplan.vocabulary.nearest import nearest

    with open_store(store, create=False) as kept:
        if country and country.casefold() not in (known := kept.countries()):
            meant = nearest(country.casefold(), known)
            hint = (
                f"; did you mean {meant.title()}?" if meant else "; countries are written as the registry writes them"
            )
            raise Refused([f"--country {country}: no kept study names it{hint}"])
        found = kept.search(" ".join(words), statuses, country, phases)
        result = listing(found, kept.as_of(), today or date.today())
    if form == "json":
        write_json(result, output)
        return
    if form == "html":
        from chemoplan.report.trials_list_html import trials_list_html

        asked = " ".join((*words, *statuses, *([country] if country else []), *phases)) or "every record"
        write(trials_list_html(result, asked, _provenance()), output)
        return
    from chemoplan.report.terminal.trials_list import print_trials_list

    show(lambda console: print_trials_list(result, console), output)


def _provenance() -> dict[str, Any]:
    from chemoplan import __version__
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge()
    told = {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of}
    return {"chemoplan": __version__, "knowledge": {"overlays": [], "signed_off": False, **told}}


@click.command("fetch", epilog=EPILOG)
@refusing
def trials_fetch() -> None:
    """Fetch records.

    \b
    Example:
      chemoplan trials fetch --condition "rectal cancer"
    """
    raise Refused(["`trials fetch` is not built yet"])


@click.command("export", epilog=EPILOG)
@refusing
def trials_export() -> None:
    """Write the criteria of a study in another form.

    \b
    Example:
      chemoplan trials export NCT99000001 --format ctml
    """
    raise Refused(["`trials export` is not built yet"])

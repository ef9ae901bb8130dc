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
    from collections.abc import Callable, Iterator

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
    from chemoplan.trials.record import RecordRefused
    from chemoplan.trials.registry.demo import demo_records
    from chemoplan.trials.registry.read import read_records
    from chemoplan.trials.store import open_store

    if not sources and not demo:
        raise Refused(["no FILE is named: name files of records, or take the invented ones with --demo"])
    if retrieved and retrieved > date.today():
        raise Refused([f"--retrieved {retrieved}: is to come; expected the day on which the records were taken"])
    gone = [source.name for source in sources if not source.exists()]
    if gone:
        raise Refused([f"{name}: cannot be read (no such file or directory); nothing was taken in" for name in gone])
    left_out: list[str] = []

    def told(line: str) -> None:
        left_out.append(one_line(line))
        if len(left_out) <= MOST_TOLD:
            click.echo(f"chemoplan: {left_out[-1]}", err=True)

    try:
        with open_store(store) as kept:
            for source in sources:
                try:
                    _say(source.name, kept.add(_counted(_of_the_past(read_records(source, retrieved, told), told))))
                except RecordRefused as refused:
                    if len(sources) == 1 and not demo:
                        raise
                    told(str(refused))  # the other files are taken in all the same
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


def _of_the_past(records: Iterator[TrialRecord], told: Callable[[str], None]) -> Iterator[TrialRecord]:
    """The records without those that say they were retrieved on a day to come: no later version could ever replace them."""
    today = date.today()
    for record in records:
        if record.retrieved and record.retrieved > today:
            told(f"{record.source}: {record.nct_id} states {record.retrieved} as its day, which is to come")
        else:
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
@click.option("--query", default="", help="Words anywhere in a record, in the registry's search language.")
@click.option("--condition", default="", help="A disease, such as 'rectal cancer'.")
@click.option("--intervention", default="", help="A drug, device or procedure.")
@click.option("--country", default="", help="A place with a site, such as Germany.")
@status_option
@click.option("--page-size", type=int, default=100, show_default=True, help="Studies a page, 1 to 1000.")
@click.option(
    "--base", metavar="URL", help="Another server with the registry's API (v2); ClinicalTrials.gov if not given."
)
@click.option("--restart", is_flag=True, help="Forget an interrupted download of the same question and begin anew.")
@store_option
@refusing
def trials_fetch(
    query: str,
    condition: str,
    intervention: str,
    country: str,
    statuses: tuple[str, ...],
    page_size: int,
    base: str | None,
    restart: bool,
    store: Path,
) -> None:
    """Download records from the registry into the store: the only command that asks a server for anything.

    Page by page; after an interruption the same command goes on where it stopped. A busy server is asked again, a while later.
    The day of retrieval is today.

    \b
    Examples:
      chemoplan trials fetch --condition "rectal cancer" --status RECRUITING
      chemoplan trials fetch --query "KRAS G12C" --country Germany --page-size 50
    """
    from chemoplan.report.progress import progress
    from chemoplan.trials.fetch import Question, check, fetch
    from chemoplan.trials.registry.values import REGISTRY
    from chemoplan.trials.store import open_store

    question = Question(query, condition, intervention, country, statuses, page_size, base or REGISTRY)
    check(question)  # before a store is made
    with open_store(store) as kept, progress("fetching pages", None) as step:
        done = fetch(
            question,
            kept,
            date.today(),
            restart=restart,
            progress=lambda records, total: step(f"{records} of {total if total is not None else 'unknown'} studies"),
        )
    for line in done.left_out[:MOST_TOLD]:
        click.echo(f"chemoplan: {one_line(line)}", err=True)
    again = f", {done.resumed} of them by an earlier run" if done.resumed else ""
    click.echo(f"{done.records} studies on {done.pages} pages{again}")
    _say(store.name, done.added)
    if done.left_out:
        raise Refused(
            [f"{len(done.left_out)} studies could not be read and were left out; everything else was taken in"]
        )


@click.command("export", epilog=EPILOG)
@click.argument("trial", metavar="NCT_ID")
@click.option(
    "--format", "form", type=click.Choice(["ctml"]), default="ctml", show_default=True, help="Form of the criteria."
)
@store_option
@output_option
@refusing
def trials_export(trial: str, form: str, store: Path, output: Path | None) -> None:
    """Write the criteria of the kept study NCT_ID in CTML (JSON): one step with its match tree.

    CTML has words for age, sex, diagnosis, mutational burden, mismatch repair and alterations. Every line that it has no words
    for stands under _chemoplan.not_said with its text, and its number is told.

    \b
    Examples:
      chemoplan trials export NCT99000005
      chemoplan trials export NCT99000005 --output NCT99000005.ctml.json
    """
    from chemoplan.trials.clauses import clauses_of
    from chemoplan.trials.ctml_write import ctml_document
    from chemoplan.trials.parse import parse_record
    from chemoplan.trials.store import open_store
    from chemoplan.vocabulary import load_vocabulary

    with open_store(store, create=False) as kept:
        record = kept.get(trial.strip().upper())
    if record is None:
        raise Refused([f"{trial}: not kept in {store.name}; `chemoplan trials list` shows what is"])
    vocabulary, reading = load_vocabulary(), parse_record(record)
    document = ctml_document(record, reading, clauses_of(reading, vocabulary, record=record), vocabulary)
    write_json(document, output)
    left = len(document["_chemoplan"]["not_said"])
    click.echo(
        f"{record.nct_id} as of {record.as_of}: {left} lines or parts are not said, see _chemoplan.not_said", err=True
    )

"""The commands that hold people against studies: match, why, funnel."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.shared import (
    EPILOG,
    F,
    Refused,
    case_options,
    format_option,
    knowledge_option,
    output_option,
    read_case,
    refusing,
    show,
    write,
    write_json,
)
from chemoplan.cli.trials_store import one_of_each, store_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chemoplan.knowledge import Knowledge
    from chemoplan.trials.match import Studies
    from chemoplan.trials.record import TrialRecord

TABLES = (".csv", ".tsv", ".parquet")
CASES = (".yaml", ".yml", ".json")


def _source_options(command: F) -> F:
    """Where the records and their corrections come from."""
    command = click.option(
        "--curation",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Corrections and signatures of the readings (YAML).",
    )(command)
    command = click.option(
        "--records",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Take the studies from a file of records (any form, .gz too) instead of the store.",
    )(command)
    return store_option(command)


_reviewed_only = click.option(
    "--reviewed-only",
    is_flag=True,
    help="Let lines that nobody has reviewed exclude no one: such studies stay possible.",
)


@click.command("match", epilog=EPILOG)
@click.argument("case", type=click.Path(path_type=Path, allow_dash=True))
@_source_options
@_reviewed_only
@format_option("match", "text", "json", "html")
@output_option
@case_options
@knowledge_option
@refusing
def trials_match(
    case: Path, store: Path, records: Path | None, curation: Path | None, reviewed_only: bool, form: str, output: Path | None,
    row: str | None, decided_on: date | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """The studies for the person of CASE: eligible so far, fixable, possible, ineligible, and what to ask next.

    Every verdict quotes its line. What nobody knows of the person leaves a study possible, never ruled out; lines of judgement and
    logistics, and lines that were not understood, are listed and rule nobody out.

    \b
    Examples:
      chemoplan trials match case.yaml
      chemoplan trials match case.yaml --records studies.json.gz --format html --output studies.html
      chemoplan trials match people.csv --row 3 --curation reviewed.yaml --reviewed-only
    """
    from chemoplan.report.trials_outline import match_document
    from chemoplan.trials.match import match

    knowledge, _, person = read_case(case, row, decided_on, overlays, for_plan=False)
    studies = _studies(_records(store, records), curation, knowledge)
    found = match(studies, person.facts, reviewed_only=reviewed_only)
    result = match_document(found, person, knowledge, reviewed_only=reviewed_only)
    if form == "json":
        write_json(result, output)
    elif form == "html":
        from chemoplan.report.trials_html import trials_html

        write(trials_html(result), output)
    else:
        from chemoplan.report.text import print_trial_match

        show(lambda console: print_trial_match(result, console), output)


@click.command("why", epilog=EPILOG)
@click.argument("nct_id", metavar="NCT")
@click.argument("case", type=click.Path(path_type=Path, allow_dash=True))
@_source_options
@_reviewed_only
@format_option("explanation", "text", "json", "html")
@output_option
@case_options
@knowledge_option
@refusing
def trials_why(
    nct_id: str, case: Path, store: Path, records: Path | None, curation: Path | None, reviewed_only: bool, form: str,
    output: Path | None, row: str | None, decided_on: date | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Every line of the study NCT for the person of CASE: what it asks, whether it holds, and on which fact that rests.

    \b
    Example:
      chemoplan trials why NCT99000001 case.yaml
    """
    from chemoplan.report.trials_outline import why_document
    from chemoplan.trials.match import match

    knowledge, _, person = read_case(case, row, decided_on, overlays, for_plan=False)
    studies = _studies([_one(nct_id, store, records)], curation, knowledge)
    (found,) = match(studies, person.facts, reviewed_only=reviewed_only)
    result = why_document(found, person, knowledge, reviewed_only=reviewed_only)
    if form == "json":
        write_json(result, output)
    elif form == "html":
        from chemoplan.report.trials_html import why_html

        write(why_html(result), output)
    else:
        from chemoplan.report.text import print_trial_why

        show(lambda console: print_trial_why(result, console), output)


@click.command("funnel", epilog=EPILOG)
@click.argument("nct_id", metavar="NCT")
@click.argument("cohort", type=click.Path(path_type=Path))
@_source_options
@format_option("funnel", "text", "json")
@output_option
@knowledge_option
@refusing
def trials_funnel(
    nct_id: str, cohort: Path, store: Path, records: Path | None, curation: Path | None, form: str, output: Path | None,
    overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Which line of the study NCT loses whom among the people of COHORT, and what relaxing a limit would gain.

    COHORT is a table of cases (.csv, .tsv, .parquet; one row a person, columns named like facts) or a folder of case files. For each
    line: people lost first here (in the order of the text), lost here alone, lost here in all, and people for whom it is not known.

    \b
    Example:
      chemoplan trials funnel NCT99000001 people.csv
    """
    from chemoplan.knowledge import load_knowledge
    from chemoplan.report.trials_outline import funnel_document
    from chemoplan.trials.funnel import funnel

    knowledge = load_knowledge(overlays)
    record = _one(nct_id, store, records)
    studies = _studies([record], curation, knowledge)
    found = funnel(studies, _people(cohort, knowledge))
    result = funnel_document(found, record, cohort.name, knowledge)
    if form == "json":
        write_json(result, output)
    else:
        from chemoplan.report.text import print_trial_funnel

        show(lambda console: print_trial_funnel(result, console), output)


def _records(store: Path, records: Path | None) -> list[TrialRecord]:
    """The records of a file, or those that are kept."""
    if records is not None:
        from chemoplan.trials.registry import read_records

        if not records.exists():
            raise Refused([f"{records.name}: no such file; expected registry records"])
        return one_of_each(read_records(records), records.name)
    from chemoplan.trials.store import open_store

    with open_store(store, create=False) as kept:
        found = list(kept.all())
    if not found:
        raise Refused([f"{store.name}: holds no records; take some in with `chemoplan trials import`"])
    return found


def _one(nct_id: str, store: Path, records: Path | None) -> TrialRecord:
    found = [record for record in _records(store, records) if record.nct_id == nct_id.strip().upper()]
    if not found:
        place = (records or store).name
        raise Refused([f"{place}: no study {nct_id!r}; see `chemoplan trials list`, or take its record in"])
    return found[-1]


def _studies(records: Iterable[TrialRecord], curation: Path | None, knowledge: Knowledge) -> Studies:
    """The studies read, corrected and made ready."""
    from chemoplan.report.progress import progress
    from chemoplan.trials.curation import curated, read_curation
    from chemoplan.trials.match import prepare
    from chemoplan.trials.parse import parse_record

    corrections = read_curation(curation) if curation else None
    found = list(records)
    pairs = []
    with progress("reading eligibility texts", len(found)) as step:
        for record in found:
            reading = parse_record(record)
            if corrections:
                reading = curated(corrections, record, reading, knowledge.vocabulary)
            pairs.append((record, reading))
            step(record.nct_id)
    return prepare(pairs, knowledge.vocabulary)


def _people(cohort: Path, knowledge: Knowledge) -> Iterator[Any]:
    """The facts of each person of a table or a folder of case files."""
    from chemoplan.case import resolve
    from chemoplan.intake.parse import decode
    from chemoplan.intake.read import read_content, read_document
    from chemoplan.intake.table import read_table
    from chemoplan.report.progress import progress

    if cohort.is_dir():
        files = sorted(path for path in cohort.iterdir() if path.suffix.lower() in CASES)
        if not files:
            raise Refused([f"{cohort.name}: holds no case files ({', '.join(CASES)})"])
        readings = [read_document(path) for path in files]
    elif cohort.suffix.lower() == ".parquet":
        import polars as pl

        if not cohort.is_file():
            raise Refused([f"{cohort.name}: no such file; expected a table or a folder of cases"])
        try:
            readings = list(read_table(pl.read_parquet(cohort).write_csv(), cohort.with_suffix(".csv").name))
        except pl.exceptions.PolarsError:
            raise Refused([f"{cohort.name}: is no Parquet table of plain columns; expected one row a person"]) from None
    elif cohort.suffix.lower() in TABLES:
        document, content = read_content(cohort)
        readings = list(read_table(decode(content, document), document))
    else:
        raise Refused([f"{cohort.name}: expected a table ({', '.join(TABLES)}) or a folder of case files"])
    with progress("matching people", len(readings)) as step:
        for reading in readings:
            yield resolve(reading, knowledge, for_plan=False).facts
            step(reading.case)

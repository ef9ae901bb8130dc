"""`chemoplan cohort TABLE --trials STORE`: everybody of a table against every study that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.shared import Refused, Writing, show, write, write_json
from chemoplan.cli.trials_store import one_of_each

if TYPE_CHECKING:
    from chemoplan.cohort.blocks import Summary
    from chemoplan.cohort.match_many import Asked
    from chemoplan.knowledge import Knowledge
    from chemoplan.trials.clauses import TrialClauses
    from chemoplan.trials.record import TrialRecord

PAIRS = ("eligible", "fixable", "possible", "ineligible")


def match_cohort(
    table: Path,
    trials: Path,
    output: Path | None,
    page: Path | None,
    *,
    curation: Path | None,
    reasons: bool,
    pairs: tuple[str, ...],
    reviewed_only: bool,
    lenient: bool,
    workers: int | None,
    overlays: tuple[Path, ...],
    form: str,
) -> None:
    """Match the people of a table with all studies of a store or of a file of records, and show the counts."""
    from chemoplan.cohort.match_many import COLUMNS, Asked
    from chemoplan.knowledge import load_knowledge

    if pairs and output is None:
        raise Refused(["--pairs writes a table beside the output; add --output verdicts.parquet"])
    knowledge = load_knowledge(overlays)
    reasons = reasons or page is not None
    asked = Asked(reasons, tuple(sorted(COLUMNS.index(name) for name in dict.fromkeys(pairs))), reviewed_only)
    records, studies = read_studies(trials, curation, knowledge)
    summary = _run(
        table, studies, asked, output, lenient=lenient, workers=workers, knowledge=knowledge, overlays=overlays
    )
    result = match_summary(table.name, trials.name, records, studies, summary, knowledge, asked)
    if output is not None:
        _write_studies(result, output)
    if page is not None:
        from chemoplan.report.cohort_trials_html import cohort_trials_html

        write(cohort_trials_html(result), page)
    if form == "json":
        write_json(result, None)
        return
    from rich.console import Console

    from chemoplan.report.terminal.cohort_tables import print_cohort_match

    if output is not None:
        print_cohort_match(result, Console(stderr=True, highlight=False))
    else:
        show(lambda console: print_cohort_match(result, console), None)


def _run(
    table: Path,
    studies: list[TrialClauses],
    asked: Asked,
    output: Path | None,
    *,
    lenient: bool,
    workers: int | None,
    knowledge: Knowledge,
    overlays: tuple[Path, ...],
) -> Summary:
    from chemoplan.cohort.match_many import answering, studies_hash
    from chemoplan.cohort.trials_many import compile_studies

    about = {"what": "trials", "trials": studies_hash(studies), "asked": repr(asked)}
    places = {} if output is None else {"people": output}
    if asked.pairs and output is not None:
        places["pairs"] = beside(output, "pairs")
    program = compile_studies(studies, reasons=asked.reasons, reviewed_only=asked.reviewed_only)
    return run_table(
        table, answering, (program, asked.pairs, overlays), about, places,
        lenient=lenient, workers=workers, knowledge=knowledge, what="matching people",
    )  # fmt: skip


def run_table(
    path: Path,
    make: Any,
    arguments: tuple[Any, ...],
    about: dict[str, Any],
    places: dict[str, Path],
    *,
    lenient: bool,
    workers: int | None,
    knowledge: Knowledge,
    what: str,
    rows: int | None = None,
) -> Summary:
    """Answer a table block by block, write what `places` names, and go on where a run of the same was stopped."""
    from chemoplan import __version__
    from chemoplan.cohort.arrow_facts import CohortRefused, table_columns
    from chemoplan.cohort.blocks import Blocks, run, wrong_text
    from chemoplan.cohort.manifest import file_hash
    from chemoplan.cohort.tables import ROWS, open_table, repeated
    from chemoplan.intake.refused import shown
    from chemoplan.report.progress import progress

    for place in places.values():
        if place.resolve() == path.resolve():
            raise Refused([f"{place.name}: is the table that is read; give --output another name"])
    rows = rows or ROWS
    table = open_table(path, rows)
    try:
        found = table_columns(table.columns, knowledge.vocabulary)
    except CohortRefused as refused:
        raise Refused([f"{path.name}: {line}" for line in refused.lines]) from None
    if found.wrong and not lenient:
        raise Refused([f"{path.name}, {line}" for line in found.wrong])
    for line in found.wrong:
        click.echo(f"chemoplan: {path.name}, {line} (not read)", err=True)
    if found.unread:
        click.echo(f"chemoplan: {path.name}: columns that state no fact, not read: {', '.join(found.unread)}", err=True)
    twice, many = repeated(path, table)
    if many:
        ids = f"the case id {shown(twice)} stands" if many == 1 else f"{many:,} case ids ({shown(twice)}, ...) stand"
        click.echo(f"chemoplan: {path.name}: {ids} in several rows; each row is answered by itself", err=True)
    blocks = None
    output = places.get("people")
    if output is not None:
        own = {
            "chemoplan": __version__, "input": file_hash(path), "knowledge": knowledge.sha256, "rows": rows,
            "lenient": lenient, "tables": sorted(places),
        }  # fmt: skip
        with Writing(output):
            blocks = Blocks(output, own | about)
    with Writing(output or path), progress(what, table.batches) as step:
        summary = run(table, make, arguments, blocks=blocks, lenient=lenient, workers=workers, step=step)
        if blocks is not None:
            blocks.finish(places)
    if summary.resumed:
        click.echo(f"chemoplan: {summary.resumed} blocks were done before and stand", err=True)
    if summary.problems:
        said = f"{wrong_text(summary)}: such values count as unknown, such people are left out (--lenient). The first:"
        click.echo(f"chemoplan: {path.name}: {said}", err=True)
    for line in summary.problems:
        click.echo(f"chemoplan: {path.name}, {line}", err=True)
    return summary


def beside(output: Path, what: str) -> Path:
    """The place of a further table of the same run: verdicts.parquet and verdicts.pairs.parquet."""
    return output.with_name(f"{output.stem}.{what}{output.suffix}")


def read_studies(
    path: Path, curation: Path | None, knowledge: Knowledge
) -> tuple[list[TrialRecord], list[TrialClauses]]:
    """The studies of a store, or of a file of records in any form, read, corrected and made criteria."""
    from chemoplan.report.progress import progress
    from chemoplan.trials.clauses import clauses_of
    from chemoplan.trials.curation import curated, read_curation
    from chemoplan.trials.parse import parse_record
    from chemoplan.trials.registry import read_records
    from chemoplan.trials.store import open_store

    if not path.exists():
        raise Refused([f"{path.name}: no such file; expected a store of studies or a file of records (--trials)"])
    if _is_store(path):
        with open_store(path, create=False) as store:
            records = list(store.all())
    else:
        records = one_of_each(read_records(path), path.name)
    if not records:
        raise Refused([f"{path.name}: holds no records; take some in with `chemoplan trials import`"])
    corrections = read_curation(curation) if curation else None
    studies = []
    with progress("reading eligibility texts", len(records)) as step:
        for record in records:
            reading = parse_record(record)
            if corrections:
                reading = curated(corrections, record, reading, knowledge.vocabulary)
            studies.append(clauses_of(reading, knowledge.vocabulary, record=record))
            step(record.nct_id)
    return records, studies


def _is_store(path: Path) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\x00"


def match_summary(
    table: str,
    trials: str,
    records: list[TrialRecord],
    studies: list[TrialClauses],
    summary: Summary,
    knowledge: Knowledge,
    asked: Asked,
) -> dict[str, Any]:
    """The counts as plain JSON data, studies in the order of the store."""
    from chemoplan import __version__
    from chemoplan.cohort.match_many import COLUMNS
    from chemoplan.report.trials_outline import as_of

    people, left_out = (int(number) for number in summary.counts["people"])
    rows, number = [], 0
    for at, (record, study) in enumerate(zip(records, studies, strict=True)):
        counts = dict(zip(COLUMNS, summary.counts["by_study"][at].tolist(), strict=True))
        row: dict[str, Any] = {"study": record.nct_id, "title": record.title, "as_of": record.as_of, **counts}
        if asked.reasons:
            row["clauses"] = [
                {
                    "line": clause.atom.line, "span": clause.atom.span, "criterion": clause.atom.atom,
                    "effect": clause.atom.effect, "mends": clause.mends, "review": clause.atom.status,
                    "failing": int(summary.counts["failing"][number + place]),
                    "failing_alone": int(summary.counts["failing_alone"][number + place]),
                }
                for place, clause in enumerate(study.clauses)
            ]  # fmt: skip
        number += len(study.clauses)
        rows.append(row)
    return {
        "chemoplan": __version__,
        "knowledge": {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of},
        "kind": "cohort match", "cohort": table, "trials": trials, "as_of": as_of(records),
        "reviewed_only": asked.reviewed_only, "people": people, "left_out": left_out, "refused_values": summary.refused,
        "studies": rows,
    }  # fmt: skip


def _write_studies(result: dict[str, Any], output: Path) -> None:
    """The counts by study, and by clause, as tables beside the output."""
    import polars as pl

    rows = [{key: value for key, value in row.items() if key != "clauses"} for row in result["studies"]]
    tables = {"studies": pl.DataFrame(rows, infer_schema_length=None)}
    clauses = [{"study": row["study"], **clause} for row in result["studies"] for clause in row.get("clauses", ())]
    if clauses:
        tables["clauses"] = pl.DataFrame(clauses, infer_schema_length=None)
    for what, frame in tables.items():
        place = beside(output, what)
        with Writing(place):
            if place.suffix.lower() == ".csv":
                frame.write_csv(place)
            else:
                frame.write_parquet(place)

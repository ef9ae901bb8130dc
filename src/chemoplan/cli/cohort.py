"""The command about many: the tumors of a study, or the people of a table, planned for or matched with studies."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.cohort_plan import plan_cohort
from chemoplan.cli.cohort_trials import PAIRS, match_cohort
from chemoplan.cli.shared import (
    EPILOG,
    Refused,
    Writing,
    format_option,
    knowledge_option,
    output_option,
    refusing,
    write,
    write_json,
)
from chemoplan.cli.tumor import build_option, civic_option, panel_options, read_panels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chemoplan.case.statement import Problem
    from chemoplan.genomics.tumor import Tumor
    from chemoplan.knowledge import Knowledge
    from chemoplan.vocabulary import Fact

TABLES = (".csv", ".parquet")


@click.command(epilog=EPILOG)
@click.argument("study", metavar="STUDY|TABLE", type=click.Path(path_type=Path))
@click.option(
    "--trials",
    type=click.Path(path_type=Path),
    metavar="STORE",
    help="TABLE: match everybody with the studies of a store, or of a file of records.",
)
@click.option(
    "--curation",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="TABLE with --trials: corrections and signatures of the readings (YAML).",
)
@click.option("--reasons", is_flag=True, help="TABLE with --trials: also count whom each line of each study loses.")
@click.option(
    "--pairs",
    multiple=True,
    type=click.Choice(PAIRS),
    help="TABLE with --trials: also write each person and study with this verdict. Repeatable.",
)
@click.option(
    "--reviewed-only", is_flag=True, help="TABLE with --trials: lines that nobody has reviewed exclude no one."
)
@click.option(
    "--missing/--no-missing",
    default=True,
    show_default=True,
    help="TABLE: also name what to ask each person (most of a plan for each, some ten milliseconds a person).",
)
@click.option(
    "--lenient",
    is_flag=True,
    help="TABLE: count impossible values as unknown, and leave out people with contradictions.",
)
@click.option("--workers", type=click.IntRange(1), help="TABLE: processes at once. Default: one a core.")
@output_option
@click.option(
    "--summary",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Also write the summary as a page. TABLE with --trials: --reasons comes with it.",
)
@click.option(
    "--by",
    type=click.Choice(["sample", "patient"]),
    default="sample",
    show_default=True,
    help="What a row of the table is.",
)
@build_option
@panel_options
@civic_option
@format_option("summary", "text", "json")
@knowledge_option
@refusing
def cohort(
    study: Path,
    trials: Path | None,
    curation: Path | None,
    reasons: bool,
    pairs: tuple[str, ...],
    reviewed_only: bool,
    missing: bool,
    lenient: bool,
    workers: int | None,
    output: Path | None,
    page: Path | None,
    by: str,
    build: Any,
    panels: tuple[Path, ...],
    covers: tuple[str, ...],
    panel_size: float | None,
    civic: Path | None,
    form: str,
    overlays: tuple[Path, ...],
) -> None:
    """The same for many: the tumors of a STUDY, or the people of a TABLE.

    STUDY is a study folder (mutations, clinical sheets, copy number, structural variants, panel matrix) or a MAF file of several
    samples: it gives a table with a column for every fact, and a summary. TABLE (.parquet, .csv, .tsv) has one row a person and
    columns named like facts: it is planned for, or with --trials matched with studies. A run that was stopped goes on where it
    was. --output takes a name that ends in .csv or .parquet. An empty cell is not known, never negative.

    \b
    Examples:
      chemoplan cohort study/
      chemoplan cohort study/ --output tumors.csv --summary study.html
      chemoplan cohort study/ --by patient --output people.parquet
      chemoplan cohort people.parquet --output plans.parquet
      chemoplan cohort people.csv --trials trials.sqlite --reasons
    """
    from chemoplan.cohort.study import fact_columns
    from chemoplan.cohort.summary import alterations, summarize
    from chemoplan.knowledge import load_knowledge

    if output is not None and output.suffix.lower() not in TABLES:
        raise Refused([f"{output.name}: the table is written as .csv or .parquet; give --output such a name"])
    if trials is not None or _is_table(study):
        _refuse_for_table(build=build, panels=panels, covers=covers, panel_size=panel_size, civic=civic)
        shared: dict[str, Any] = {"lenient": lenient, "workers": workers, "overlays": overlays, "form": form}
        if trials is None:
            _refuse_without_trials(
                summary=page, curation=curation, reasons=reasons, pairs=pairs, reviewed_only=reviewed_only
            )
            plan_cohort(study, output, missing=missing, **shared)
        else:
            match_cohort(
                study,
                trials,
                output,
                page,
                curation=curation,
                reasons=reasons,
                pairs=pairs,
                reviewed_only=reviewed_only,
                **shared,
            )
        return
    _refuse_without_trials(curation=curation, reasons=reasons, pairs=pairs, reviewed_only=reviewed_only)
    knowledge = load_knowledge(overlays)
    name, tumors, problems = _read(study, knowledge, build, panels, covers, panel_size)
    facts = fact_columns(knowledge)
    told = _told(tumors, knowledge)
    result = summarize(
        name, told, facts, knowledge, by=by, problems=problems,
        not_sequenced=[tumor.sample for tumor in tumors if not tumor.sequenced],
    )  # fmt: skip
    if civic is not None:
        result["civic"] = _civic(civic, told, knowledge)
    if output is not None:
        _write_table(result["rows"], facts, output)
    if page is not None:
        from chemoplan.report.cohort_html import cohort_html

        write(cohort_html(result, alterations(told, knowledge)), page)
    if form == "json":
        write_json(result, None)
    else:
        _show(result, quiet=output is not None)


def _is_table(path: Path) -> bool:
    """True for a table whose columns are facts of a case: a cohort of people. Anything else is read as a study."""
    if path.suffix.lower() not in (".parquet", ".csv", ".tsv"):
        return False
    if path.suffix.lower() == ".parquet" or not path.is_file():
        return path.suffix.lower() != ".tsv"
    from chemoplan.cohort.arrow_facts import is_table_of_cases
    from chemoplan.cohort.tables import open_table
    from chemoplan.vocabulary import load_vocabulary

    return is_table_of_cases(open_table(path).columns, load_vocabulary())


def _refuse_for_table(**given: Any) -> None:
    """Options about tumors have no meaning for a table of people."""
    names = {"panel_size": "--panel-size", "panels": "--panel", "covers": "--covers"}
    for name, value in given.items():
        if value:
            option = names.get(name, f"--{name}")
            raise Refused([f"{option} is for the tumors of a study; a table of people takes no {option}"])


def _refuse_without_trials(**given: Any) -> None:
    for name, value in given.items():
        if value:
            option = "--" + name.replace("_", "-")
            raise Refused([f"{option} is about studies; add --trials STORE"])


def _read(
    study: Path,
    knowledge: Knowledge,
    build: Any,
    panels: tuple[Path, ...],
    covers: tuple[str, ...],
    panel_size: float | None,
) -> tuple[str, list[Tumor], list[Problem]]:
    """The name of a study, its tumors, and what of its files could not be read."""
    from chemoplan.genomics.markers import genes_of_interest
    from chemoplan.intake.tumor_file import read_file_of_tumors, with_panels

    genes = genes_of_interest(knowledge)
    if str(study) == "-":
        raise Refused(["standard input: a study is read from a folder or a MAF file; name it"])
    name, problems = study.resolve().name, []
    if study.is_dir():
        from chemoplan.intake.study import read_study

        found = read_study(study, genes=genes)
        if build and found.build != build:
            raise Refused(
                [
                    f"{name}: --build says {build}, the study is on {found.build or 'an unknown build'}; a folder states it in "
                    "meta_study.txt (reference_genome)"
                ]
            )
        name, tumors, problems = found.name or found.id, list(found.tumors), list(found.problems)
    else:
        of_file, of_all = read_file_of_tumors(study, genes=genes, build=build)
        tumors, problems = list(of_file), list(of_all)
    builds = {tumor.build for tumor in tumors if tumor.build}
    known = build or (builds.pop() if len(builds) == 1 else None)
    assays = read_panels(panels, covers, panel_size, known)
    return name, [with_panels(tumor, assays) for tumor in tumors], problems


def _told(tumors: Sequence[Tumor], knowledge: Knowledge) -> list[Any]:
    from chemoplan.cohort.study import tell
    from chemoplan.report.progress import progress

    told = []
    with progress("interpreting tumors", sum(tumor.sequenced for tumor in tumors)) as step:
        for item in tell(tumors, knowledge):
            told.append(item)
            step(item.tumor.sample)
    return told


def _civic(path: Path, told: Sequence[Any], knowledge: Knowledge) -> dict[str, Any]:
    """What a release says about each tumor, by sample."""
    from chemoplan.genomics.civic import describe, match_civic
    from chemoplan.intake.civic import read_civic
    from chemoplan.report.progress import progress

    release, samples = read_civic(path), {}
    with progress("matching CIViC", len(told)) as step:
        for item in told:
            facts = {row["name"]: row["value"] for row in item.report["facts"] if row["value"] is not None}
            hypermutated = facts.get("hypermutated") == "detected"
            found = match_civic(release, item.tumor, knowledge, hypermutated=hypermutated, facts=facts)
            samples[item.tumor.sample] = {key: found[key] for key in ("matches", "contradictions")}
            step(item.tumor.sample)
    return {"release": describe(release), "samples": samples}


def _write_table(rows: Sequence[Any], facts: Sequence[Fact], output: Path) -> None:
    from chemoplan.cohort.study import csv_of, frame_of

    if output.suffix.lower() == ".csv":
        write(csv_of(rows, facts), output)
        return
    table = BytesIO()
    frame_of(rows, facts).write_parquet(table)
    with Writing(output):
        output.write_bytes(table.getvalue())


def _show(result: Any, *, quiet: bool) -> None:
    """The summary on the terminal; on standard error when the table went to a file, so that pipes stay clean."""
    from rich.console import Console

    from chemoplan.cli.shared import show
    from chemoplan.report.text import print_cohort

    if quiet:
        print_cohort(result, Console(stderr=True, highlight=False))
        return
    show(lambda console: print_cohort(result, console), None)

"""The command about inherited genes: DPYD and UGT1A1 of one person, or of every sample of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.shared import (
    EPILOG,
    F,
    Refused,
    Writing,
    format_option,
    knowledge_option,
    output_option,
    refusing,
    show,
    write,
    write_json,
)

if TYPE_CHECKING:
    from chemoplan.case import Reading
    from chemoplan.genomics.germline.observed import GermlineSample
    from chemoplan.knowledge import Knowledge

TABLES = (".csv", ".parquet")
FILE = click.Path(path_type=Path, dir_okay=False)


def germline_of_case_options(command: F) -> F:
    """Options of a command that reads a case and may take its inherited genes from a file."""
    command = click.option(
        "--germline-sample", metavar="NAME",
        help="Which sample of the germline file is this person, when its name is not that of the case.",
    )(command)  # fmt: skip
    return click.option(
        "--germline", "germline_file", type=click.Path(path_type=Path), metavar="FILE",
        help="Inherited variants (VCF, as for chemoplan germline); dpyd_activity_score and ugt1a1 join the facts of CASE.",
    )(command)  # fmt: skip


def with_germline(
    reading: Reading, knowledge: Knowledge, germline_file: Path | None, germline_sample: str | None
) -> Reading:
    """The reading of a case with what the inherited genes state, and with what has to be looked at in their file."""
    if germline_file is None:
        if germline_sample is not None:
            raise Refused(["--germline-sample names a sample of a germline file; give the file with --germline FILE"])
        return reading
    from chemoplan.intake.joining import with_germline_read
    from chemoplan.intake.refused import InputRefused

    try:
        sample = read_one(germline_file, sample=germline_sample, expected=None if germline_sample else reading.case)
    except InputRefused as refused:
        raise Refused([str(refused).replace("--sample", "--germline-sample")]) from None
    return with_germline_read(reading, sample, knowledge, germline_file.name)[0]


@click.command(epilog=EPILOG)
@click.argument("vcf", type=click.Path(path_type=Path), required=False)
@click.option("--sample", metavar="NAME", help="Which sample, when VCF holds several.")
@click.option(
    "--build", type=click.Choice(["GRCh37", "GRCh38"]),
    help="Genome build, when the file does not say. It is checked against the reference bases.",
)  # fmt: skip
@click.option(
    "--min-quality", type=click.IntRange(0, 1000), default=None, show_default="20", metavar="GQ",
    help="A genotype below this quality is not assessed, where the file gives one.",
)  # fmt: skip
@click.option(
    "--min-depth", type=click.IntRange(0, 100_000), default=None, show_default="10", metavar="DP",
    help="A genotype read by fewer reads is not assessed, where the file gives them.",
)  # fmt: skip
@click.option(
    "--panel", type=FILE, metavar="FILE",
    help="What the test looks for, one position a line, when that is less than all; the answer then names the panel.",
)  # fmt: skip
@click.option(
    "--result", "results", multiple=True, metavar="TEXT",
    help='A result as a laboratory words it: "DPYD activity score 1.5", "UGT1A1 *28/*28", "uracil 18 ng/mL". Repeatable.',
)  # fmt: skip
@click.option("--cohort", is_flag=True, help="Every sample of VCF: a table (--output T.csv or T.parquet) and counts.")
@format_option("report", "text", "json", "html")
@output_option
@knowledge_option
@refusing
def germline(
    vcf: Path | None,
    sample: str | None,
    build: Any,
    min_quality: int | None,
    min_depth: int | None,
    panel: Path | None,
    results: tuple[str, ...],
    cohort: bool,
    form: str,
    output: Path | None,
    overlays: tuple[Path, ...],
) -> None:
    """Who is harmed by the usual dose: DPYD and UGT1A1 for fluorouracil, capecitabine and irinotecan.

    VCF is a file of inherited variants, plain or bgzipped, or a gVCF. A position that was not read, or not well enough, is not
    assessed and never taken as normal. VCF may be left out when --result is given.

    \b
    Examples:
      chemoplan germline person.vcf.gz
      chemoplan germline family.vcf.gz --sample S2 --format html --output s2.html
      chemoplan germline --result "DPYD activity score 1"
      chemoplan germline many.vcf.gz --cohort --output people.csv
    """
    from chemoplan.knowledge import load_knowledge

    if cohort:
        if sample or results or vcf is None:
            raise Refused(["--cohort reads every sample of one VCF: leave out --sample and --result, and name the VCF"])
        if form == "html":
            raise Refused(
                ["--cohort gives a table (--output T.csv or T.parquet) with text or json; html is for one sample"]
            )
        limits = {"build": build, "min_quality": min_quality, "min_depth": min_depth, "panel": panel}
        _cohort(vcf, load_knowledge(overlays), limits, form, output)
        return
    from chemoplan.genomics.germline.interpret import interpret_germline, statements_of_germline
    from chemoplan.genomics.germline.listed import position_rows
    from chemoplan.plan.inherited import with_alerts

    knowledge = load_knowledge(overlays)
    read = read_one(
        vcf, sample=sample, build=build, min_quality=min_quality, min_depth=min_depth, panel=panel, results=results
    )
    report = interpret_germline(read, knowledge)
    report["positions"] = position_rows(read, knowledge)
    report = with_alerts(report, statements_of_germline(read, knowledge), knowledge)
    if form == "text":
        from chemoplan.report.text import print_germline

        show(lambda console: print_germline(report, console), output)
    elif form == "json":
        write_json(report, output)
    else:
        from chemoplan.report.germline_html import germline_html

        write(germline_html(report), output)


def _cohort(vcf: Path, knowledge: Knowledge, limits: dict[str, Any], form: str, output: Path | None) -> None:
    """The table of every sample, and the counts."""
    from chemoplan.cohort.germline import csv_of, frame_of, germline_rows, summarize
    from chemoplan.intake.germline import read_germline_cohort
    from chemoplan.report.progress import progress

    if output is not None and output.suffix.lower() not in TABLES:
        raise Refused([f"{output.name}: the table is written as .csv or .parquet; give --output such a name"])
    _from_file(vcf)
    samples = read_germline_cohort(vcf, **limits)
    rows = []
    with progress("interpreting samples", len(samples)) as step:
        for row in germline_rows(samples, knowledge):
            rows.append(row)
            step(row["sample"])
    if output is not None:
        if output.suffix.lower() == ".csv":
            write(csv_of(rows), output)
        else:
            with Writing(output):
                frame_of(rows).write_parquet(output)
    summary = summarize(samples.document, samples.build, rows, knowledge)
    if form == "json":
        write_json(summary, None)
        return
    from rich.console import Console

    from chemoplan.report.text import print_germline_cohort

    if output is not None:  # the table went to a file; standard output stays clean for pipes
        print_germline_cohort(summary, Console(stderr=True, highlight=False))
    else:
        show(lambda console: print_germline_cohort(summary, console), None)


def read_one(
    vcf: Path | None,
    *,
    sample: str | None = None,
    build: Any = None,
    min_quality: int | None = None,
    min_depth: int | None = None,
    panel: Path | None = None,
    results: tuple[str, ...] = (),
    expected: str | None = None,
) -> GermlineSample:
    """The sample of a file with the results that were typed beside it, or of these alone."""
    from dataclasses import replace

    from chemoplan.genomics.germline.observed import GermlineSample
    from chemoplan.intake.germline import read_germline, read_typed_germline

    typed = read_typed_germline(results)
    if vcf is None:
        if not typed:
            raise Refused(["name a VCF, or give a result of a laboratory with --result TEXT"])
        if sample or build or panel:
            raise Refused(["--sample, --build and --panel are about a VCF; name it"])
        return GermlineSample("typed results", "--result", None, typed=typed)
    _from_file(vcf)
    read = read_germline(
        vcf, sample=sample, build=build, min_quality=min_quality, min_depth=min_depth,
        panel=panel, expected_sample=expected,
    )  # fmt: skip
    return replace(read, typed=(*read.typed, *typed))


def _from_file(vcf: Path) -> None:
    if str(vcf) == "-":
        raise Refused(
            ["standard input: a germline is read from a file, whose name is its source; save it and name the file"]
        )

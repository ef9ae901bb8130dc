"""The command about one tumor: from sequencing results to what they mean for treatment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.shared import (
    EPILOG,
    F,
    Refused,
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
    from chemoplan.genomics.civic_release import CivicRelease
    from chemoplan.genomics.tumor import Assay, Tumor
    from chemoplan.knowledge import Knowledge

COVERS = ("mutations", "copy-number", "fusions")
LARGEST_PANEL = 100
FILE = click.Path(path_type=Path, dir_okay=False)


def panel_options(command: F) -> F:
    """Options that say what a test looked at: without them nothing may be called negative."""
    command = click.option(
        "--panel-size", type=float, metavar="MB",
        help="Coding megabases that the panel reads, for the tumor mutational burden.",
    )(command)  # fmt: skip
    command = click.option(
        "--covers", multiple=True, type=click.Choice(COVERS), metavar="|".join(COVERS),
        help="What the panel looks for in its genes. Repeatable; default: mutations.",
    )(command)  # fmt: skip
    return click.option(
        "--panel", "panels", multiple=True, type=FILE, metavar="FILE",
        help="What was sequenced: a list of genes or a BED file. Repeatable.",
    )(command)  # fmt: skip


def civic_option(command: F) -> F:
    """`--civic RELEASE`."""
    return click.option(
        "--civic", "civic", type=FILE, metavar="RELEASE",
        help="Also show what this release of CIViC says: a second source, never mixed into the statements.",
    )(command)  # fmt: skip


def build_option(command: F) -> F:
    """`--build`."""
    return click.option(
        "--build", type=click.Choice(["GRCh37", "GRCh38"]),
        help="Genome build, when the file does not say. It is checked against the reference bases.",
    )(command)  # fmt: skip


def tumor_of_case_options(command: F) -> F:
    """Options of a command that reads a case and may take its tumor from a file."""
    command = panel_options(build_option(command))
    command = click.option("--sample", metavar="NAME", help="Which sample, when the tumor file holds several.")(command)
    return click.option(
        "--tumor", "tumor_file", type=click.Path(path_type=Path), metavar="FILE",
        help="Sequencing results of the tumor (as for chemoplan tumor); their facts join those of CASE.",
    )(command)  # fmt: skip


def with_tumor(
    reading: Reading,
    knowledge: Knowledge,
    tumor_file: Path | None,
    sample: str | None,
    build: Any,
    panels: tuple[Path, ...],
    covers: tuple[str, ...],
    panel_size: float | None,
) -> Reading:
    """The reading of a case with what its tumor states, and with what has to be looked at in it."""
    if tumor_file is None:
        if sample or build or panels or covers or panel_size is not None:
            raise Refused(
                ["--sample, --build, --panel, --covers and --panel-size are about a tumor; give it with --tumor FILE"]
            )
        return reading
    from chemoplan.intake.joining import with_tumor_read

    read = read_one(
        tumor_file, knowledge, sample=sample, build=build, panels=panels, covers=covers, panel_size=panel_size
    )
    return with_tumor_read(reading, read, knowledge, tumor_file.name)[0]


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sample", metavar="NAME", help="Which sample, when FILE holds several.")
@build_option
@panel_options
@click.option(
    "--copy-number", "copy_number", multiple=True, type=FILE, metavar="FILE",
    help="Discrete copy numbers or segments by gene. Repeatable.",
)  # fmt: skip
@click.option(
    "--fusions", "fusions", multiple=True, type=FILE, metavar="FILE", help="Fusions or structural variants. Repeatable."
)
@click.option(
    "--result", "results", multiple=True, metavar="TEXT",
    help='A result as a report words it: "MSI-H", "KRAS G12C", "HER2 IHC 3+". Repeatable.',
)  # fmt: skip
@civic_option
@format_option("report", "text", "json", "html")
@output_option
@knowledge_option
@refusing
def tumor(
    file: Path,
    sample: str | None,
    build: Any,
    panels: tuple[Path, ...],
    covers: tuple[str, ...],
    panel_size: float | None,
    copy_number: tuple[Path, ...],
    fusions: tuple[Path, ...],
    results: tuple[str, ...],
    civic: Path | None,
    form: str,
    output: Path | None,
    overlays: tuple[Path, ...],
) -> None:
    """What the molecules of a tumor mean: biomarkers, statements on treatment, what was not tested.

    FILE is a MAF or VCF file, plain or gzipped, a study folder (with --sample), or a text with one change a line. Nothing is
    called negative unless it is known what was looked at: give the panel.

    \b
    Examples:
      chemoplan tumor calls.maf --sample T1
      chemoplan tumor calls.vcf.gz --panel panel.bed --result "MSI-H"
      chemoplan tumor calls.maf --format html --output tumor.html
    """
    from chemoplan.genomics.interpret import interpret
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    release = None if civic is None else read_release(civic)
    read = read_one(
        file, knowledge, sample=sample, build=build, panels=panels, covers=covers, panel_size=panel_size,
        copy_number=copy_number, fusions=fusions, results=results,
        more_genes=release.genes if release else frozenset(),
    )  # fmt: skip
    report = interpret(read, knowledge)
    if release is not None:
        report["civic"] = civic_report(release, read, report, knowledge)
    if form == "text":
        from chemoplan.report.text import print_tumor

        show(lambda console: print_tumor(report, console), output)
    elif form == "json":
        write_json(report, output)
    else:
        from chemoplan.report.tumor_html import tumor_html

        write(tumor_html(report), output)


def read_one(
    file: Path,
    knowledge: Knowledge,
    *,
    sample: str | None = None,
    build: Any = None,
    panels: tuple[Path, ...] = (),
    covers: tuple[str, ...] = (),
    panel_size: float | None = None,
    copy_number: tuple[Path, ...] = (),
    fusions: tuple[Path, ...] = (),
    results: tuple[str, ...] = (),
    more_genes: frozenset[str] = frozenset(),
) -> Tumor:
    """The tumor of a file with what its test looked at, its calls in the genes of the markers and in `more_genes`.

    Raises what `refusing` turns into one line.
    """
    from chemoplan.genomics.markers import genes_of_interest
    from chemoplan.intake.tumor_file import read_tumor, with_panels

    if str(file) == "-":
        raise Refused(
            ["standard input: a tumor is read from a file, whose name is its source; save it and name the file"]
        )
    read = read_tumor(
        file, genes=genes_of_interest(knowledge) | more_genes, sample=sample, build=build, copy_number=copy_number, fusions=fusions,
        typed=results,
    )  # fmt: skip
    return with_panels(read, read_panels(panels, covers, panel_size, build or read.build))


def read_panels(
    panels: tuple[Path, ...], covers: tuple[str, ...], panel_size: float | None, build: Any
) -> tuple[Assay, ...]:
    """What was looked at, as the options say it."""
    if panel_size is not None and not 0 < panel_size <= LARGEST_PANEL:
        raise Refused([f"--panel-size {panel_size:g}: expected coding megabases above 0 and up to {LARGEST_PANEL}"])
    if panel_size is not None and len(panels) > 1:
        raise Refused(["--panel-size: with several panels it is not clear which one it measures; give one --panel"])
    if not panels:
        if covers:
            raise Refused(["--covers says what a panel looks for; give the panel itself with --panel FILE"])
        return () if panel_size is None else (_size_alone(panel_size),)
    from chemoplan.intake.gene_panel import read_gene_panel

    return tuple(
        read_gene_panel(path, covers=covers or COVERS[:1], build=build, megabases=panel_size) for path in panels
    )


def _size_alone(megabases: float) -> Assay:
    from chemoplan.case.statement import Source
    from chemoplan.genomics.tumor import Assay

    return Assay(name=f"{megabases:g} megabases", source=Source("--panel-size", method="stated"), megabases=megabases)


def read_release(path: Path) -> CivicRelease:
    """A release of CIViC; it is read before the tumor, because it names genes to look at."""
    from chemoplan.intake.civic import read_civic

    return read_civic(path)


def civic_report(release: CivicRelease, read: Tumor, report: dict[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    """What a release of CIViC says about a tumor."""
    from chemoplan.genomics.civic import match_civic

    facts = {row["name"]: row["value"] for row in report["facts"] if row["value"] is not None}
    hypermutated = facts.get("hypermutated") == "detected"
    return match_civic(release, read, knowledge, hypermutated=hypermutated, facts=facts)

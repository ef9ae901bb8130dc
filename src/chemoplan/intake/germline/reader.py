"""One person's VCF, gVCF or BCF: every listed position as the file shows it, with the reason where it shows nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chemoplan.case.statement import Problem
from chemoplan.genomics.germline.observed import GermlineSample, Observation
from chemoplan.genomics.tumor import Build
from chemoplan.intake.germline.build import decide_build
from chemoplan.intake.germline.column import person_column, refuse_tumor
from chemoplan.intake.germline.genotype import Limits, call_limits, read_genotype
from chemoplan.intake.germline.observe import Desk
from chemoplan.intake.germline.panel import GermlinePanel, read_germline_panel
from chemoplan.intake.germline.parts import CONFLICT, part_of
from chemoplan.intake.germline.records import Records, Row, read_records
from chemoplan.intake.germline.sites import site_tables
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.vcf_file import ends_in_a_line, read_header
from chemoplan.intake.vcf_header import Header


def read_germline(
    path: Path,
    *,
    sample: str | None = None,
    build: Build | None = None,
    min_quality: int | None = None,
    min_depth: int | None = None,
    panel: GermlinePanel | Path | None = None,
    expected_sample: str | None = None,
) -> GermlineSample:
    """The person that a VCF, gVCF (plain, gzip, bgzip) or BCF describes, at every listed position.

    `expected_sample` is the patient as the file should name them; `sample` reads that column whoever it names. `build` is
    what the file should be on; it is checked against header and REF bases. `min_quality` (GQ) and `min_depth` (DP) stand
    in place of the limits of the knowledge (20 and 10). `panel` is what the laboratory declares to test. Raises
    InputRefused, and nothing else: when the file cannot be read, is about a tumor, on another build, names several
    samples or another person, or gives anything but two alleles at a listed position.
    """
    path = Path(path)
    header = read_header(path)
    refuse_tumor(header, path.name)
    column = person_column(header, sample, expected_sample, path.name)
    declared = declared_panel(panel)
    found = read_records(path, header, column)
    decided, problems = decide_build(header, build, found, path.name)
    limits = call_limits(min_quality, min_depth)
    desks = make_desks(found, decided, header, path.name, limits)
    for desk in desks.values():
        for part in desk.parts:
            _refuse_ploidy(part.row, desk.limits, header, path.name)
    observations = observe_all(desks, 0)
    problems += [*whole_file(found, path, header, limits), *conflicts(observations, path.name)]
    if sample is not None and expected_sample is not None and sample != expected_sample:
        message = f"sample {shown(sample)} was named and read although the patient has another name"
        problems.append(Problem(path.name, message))
    return GermlineSample(
        sample=column,
        document=path.name,
        build=decided,
        observations=observations,
        panel=declared.name if declared else "",
        panel_positions=declared.positions if declared else frozenset(),
        problems=tuple(problems),
    )


def declared_panel(panel: GermlinePanel | Path | None) -> GermlinePanel | None:
    """The panel that was given, read when it is a file."""
    return panel if panel is None or isinstance(panel, GermlinePanel) else read_germline_panel(panel)


def make_desks(found: Records, build: Build, header: Header, document: str, limits: Limits) -> Mapping[str, Desk]:
    """Every listed position with the records about it."""
    table = site_tables()[build]
    rows: dict[str, list[Row]] = {}
    for row in found.rows:
        for site in table.near(row.chromosome, row.position, row.last):
            rows.setdefault(site.id, []).append(row)
    unit = "line" if header.lines else "record"
    return {
        site.id: Desk(
            site=site,
            parts=tuple(part for row in rows.get(site.id, ()) if (part := part_of(site, row)) is not None),
            document=document,
            unit=unit,
            limits=limits,
        )
        for site in table.sites.values()
    }


def observe_all(desks: Mapping[str, Desk], column: int) -> dict[str, Observation]:
    """One person's observation of every listed position."""
    return {name: desk.observation(column) for name, desk in desks.items()}


def ploidy_refusal(row: Row, column: int, limits: Limits) -> str:
    """Why a person's cell is not the genotype of one person on a chromosome that everybody has twice; "" when it is."""
    ploidy = read_genotype(row, row.cells[column], limits).ploidy
    if ploidy in (None, 2):
        return ""
    return (
        f"{ploidy} allele{'s' if ploidy != 1 else ''} at {row.place[:40]} where a person has 2; "
        "calls of a pool, a tumor or one strand are not read"
    )


def _refuse_ploidy(row: Row, limits: Limits, header: Header, document: str) -> None:
    reason = ploidy_refusal(row, 0, limits)
    if reason:
        raise InputRefused(f"{document}, {'line' if header.lines else 'record'} {row.line}: {reason}")


def whole_file(found: Records, path: Path, header: Header, limits: Limits) -> list[Problem]:
    """What has to be told of a file whoever is read from it."""
    problems = []
    usual = call_limits(None, None)
    if (limits.quality, limits.depth) != (usual.quality, usual.depth):
        message = (
            f"calls count from GQ {limits.quality} and DP {limits.depth} on, as was set; "
            f"the usual limits are {usual.quality} and {usual.depth}"
        )
        problems.append(Problem(path.name, message))
    if not found.rows:
        held = f"{found.count:,} records, none" if found.count else "a header and no records, so none"
        problems.append(Problem(path.name, f"{held} at a listed position of DPYD or UGT1A1"))
    if header.lines and not ends_in_a_line(path):
        message = "the last line has no line end; the file may be cut off there, check that it is complete"
        problems.append(Problem(path.name, message))
    return problems


def conflicts(observations: Mapping[str, Observation], document: str) -> list[Problem]:
    """The positions whose records cannot be true of one person together."""
    return [
        Problem(document, f"{name}: {item.reason}; not assessed")
        for name, item in observations.items()
        if item.reason.startswith(CONFLICT)
    ]

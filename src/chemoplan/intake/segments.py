"""Copy number: segments with their alleles laid over the genes that matter, or a table of genes and levels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.loci import BUILDS
from chemoplan.genomics.tumor import Assay, Build, CopyNumber
from chemoplan.intake.builds import chromosome, length_of
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import symbol_of
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.sheet import Sheet, read_sheet

_EXPECTED = "a table of segments (Chromosome, Start, End, nMajor, nMinor) or of genes (Hugo_Symbol, Value)"


@dataclass(frozen=True)
class CopyReading:
    """The copy numbers of genes, and the assay that says of which genes they were measured."""

    copies: tuple[CopyNumber, ...]
    assay: Assay
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Segment:
    line: int
    chromosome: str
    first: int
    last: int
    copies: float | None


def read_copy_number(
    path: Path, *, genes: Collection[str], build: Build | None = None, sample: str | None = None
) -> CopyReading:
    """Copy numbers of `genes` from allele-specific segments (which need a build) or from discrete levels.

    A gene that lies wholly inside one segment, or in several of the same copies, has the copies of that segment; of any other
    nothing is stated. Raises InputRefused.
    """
    sheet = read_sheet(Path(path), _EXPECTED)
    segments = _columns(sheet, "segments")
    if {"chromosome", "start", "end"} <= segments.keys():
        return _from_segments(sheet, segments, genes, build, sample)
    discrete = _columns(sheet, "discrete")
    if "gene" in discrete:
        return _from_levels(sheet, discrete, genes, sample)
    raise InputRefused(f"{sheet.at(sheet.header_line)}: the columns are not known; expected {_EXPECTED}")


def _columns(sheet: Sheet, form: str) -> dict[str, int]:
    rules = table("tumor_tables")[form]
    return {what: place for what, names in rules.items() if (place := sheet.column(*names)) is not None}


def _rows_of(sheet: Sheet, columns: Mapping[str, int], sample: str | None) -> list[tuple[int, list[str]]]:
    """The rows of the one sample. Raises InputRefused when there are several and none is named, or not the one named."""
    rows = list(sheet.rows())
    if "sample" not in columns:
        return rows
    names = list(dict.fromkeys(cells[columns["sample"]] for _, cells in rows))
    if sample is None and len(names) > 1:
        shown_names = ", ".join(shown(name) for name in names[:10])
        raise InputRefused(f"{sheet.document}: holds {len(names)} samples ({shown_names}); name one with --sample")
    if sample is not None and sample not in names:
        raise InputRefused(f"{sheet.document}: no sample {shown(sample)}; it holds {', '.join(map(shown, names[:10]))}")
    return [(line, cells) for line, cells in rows if sample is None or cells[columns["sample"]] == sample]


def _from_segments(
    sheet: Sheet, columns: Mapping[str, int], genes: Collection[str], build: Build | None, sample: str | None
) -> CopyReading:
    if not ({"major", "minor"} <= columns.keys() or "total" in columns):
        why = "log ratios, which are no copies without the purity of the sample" if "ratio" in columns else "no copies"
        raise InputRefused(
            f"{sheet.at(sheet.header_line)}: the segments have {why}; expected nMajor and nMinor, or TotalCN"
        )
    segments = [_segment(sheet, line, cells, columns) for line, cells in _rows_of(sheet, columns, sample)]
    told = _build(sheet, segments, build)
    copies: list[CopyNumber] = []
    problems = list(sheet.problems)
    for gene, place in table("gene_places").items():
        if gene not in genes:
            continue
        first, last = place[told]
        here = [item for item in segments if item.chromosome == place["chromosome"]]
        meeting = [item for item in here if item.first <= last and item.last >= first]
        values = {item.copies for item in meeting}
        held = sum(min(item.last, last) - max(item.first, first) + 1 for item in meeting)
        if len(values) == 1 and held >= last - first + 1 and None not in values:
            where = ", ".join(str(item.line) for item in meeting)
            source = Source(sheet.document, f"line{'s' if len(meeting) > 1 else ''} {where}", method="segments")
            copies.append(CopyNumber(gene, source, copies=meeting[0].copies))
        elif meeting:
            found = " and ".join("none" if item.copies is None else f"{item.copies:g}" for item in meeting)
            message = f"{gene} does not lie wholly inside one segment ({found} copies); its copy number is not stated"
            problems.append(Problem(sheet.at(meeting[0].line), message))
        else:
            problems.append(Problem(sheet.document, f"no segment holds {gene}; its copy number is not stated"))
    return _reading(sheet, copies, problems)


def _segment(sheet: Sheet, line: int, cells: list[str], columns: Mapping[str, int]) -> _Segment:
    first, last = (_number(sheet, line, columns, cells, name) for name in ("start", "end"))
    if first is None or last is None or first > last:
        raise InputRefused(f"{sheet.at(line)}: the segment has no start and end in order; expected two positions")
    if "total" in columns:
        copies = _number(sheet, line, columns, cells, "total")
    else:
        major, minor = (_number(sheet, line, columns, cells, name) for name in ("major", "minor"))
        copies = None if major is None or minor is None else major + minor
    return _Segment(line, chromosome(cells[columns["chromosome"]]), int(first), int(last), copies)


def _number(sheet: Sheet, line: int, columns: Mapping[str, int], cells: list[str], what: str) -> float | None:
    text = cells[columns[what]]
    if text.lower() in ("", "na", "nan", "."):
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e10:
        raise InputRefused(f"{sheet.at(line, sheet.header[columns[what]])}: {shown(text)} is no number from 0 on")
    return number


def _build(sheet: Sheet, segments: list[_Segment], build: Build | None) -> Build:
    """The build given, held against the ends of the chromosomes. Raises InputRefused."""

    def fits(item: Build) -> bool:
        return all(not row.chromosome or row.last <= length_of(item, row.chromosome) for row in segments)

    if build is None:
        fitting = [item for item in BUILDS if fits(item)]
        if len(fitting) == 1:
            return fitting[0]
        raise InputRefused(
            f"{sheet.document}: nothing says which reference build its segments are on; expected --build GRCh37 or GRCh38"
        )
    if not fits(build):
        row = next(row for row in segments if row.chromosome and row.last > length_of(build, row.chromosome))
        raise InputRefused(
            f"{sheet.at(row.line)}: position {row.last} lies beyond the end of chromosome {row.chromosome} in {build} "
            f"({length_of(build, row.chromosome)}); give segments of that build"
        )
    return build


def _from_levels(sheet: Sheet, columns: Mapping[str, int], genes: Collection[str], sample: str | None) -> CopyReading:
    named = sheet.column(sample) if sample is not None else None
    level = columns.get("level", named)
    if level is None and "copies" not in columns:
        raise InputRefused(
            f"{sheet.at(sheet.header_line)}: no column of levels or copies; expected {_EXPECTED}"
            + (f", or a column {shown(sample)}" if sample else "")
        )
    copies: list[CopyNumber] = []
    problems = list(sheet.problems)
    wanted = {symbol.upper() for symbol in genes}
    for line, cells in _rows_of(sheet, columns, sample):
        gene = symbol_of(cells[columns["gene"]])
        if gene not in wanted:
            continue
        source = Source(sheet.document, f"line {line}", method="copy number")
        if level is None:
            number = _number(sheet, line, columns, cells, "copies")
            stated = None if number is None else CopyNumber(gene, source, copies=number)
        else:
            if _is_other_number(cells[level]):
                raise InputRefused(
                    f"{sheet.at(line)}: {gene} has {shown(cells[level])}, so the column {shown(sheet.header[level])} holds log "
                    f"ratios or numbers of copies; expected levels from -2 to 2, or the copies in a column of their own"
                )
            read = _level(cells[level])
            stated = None if read is None else CopyNumber(gene, source, level=read)
        if stated is None:
            text = cells[level] if level is not None else cells[columns["copies"]]
            message = f"{gene}: {shown(text)} is no level from -2 to 2 and no copies; not stated"
            problems.append(Problem(sheet.at(line), message))
        else:
            copies.append(stated)
    repeated = [item.gene for item in copies]
    twice = next((gene for gene in repeated if repeated.count(gene) > 1), None)
    if twice is not None:
        raise InputRefused(f"{sheet.document}: {twice} is listed more than once; expected one row a gene and sample")
    return _reading(sheet, copies, problems)


def _level(text: str) -> int | None:
    words = {word: int(level) for level, names in table("tumor_tables")["levels"].items() for word in names}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number in (-2, -1, 0, 1, 2) else None


def _is_other_number(text: str) -> bool:
    """True for a number that is no level: then the other numbers of its column are none either."""
    try:
        number = float(text)
    except ValueError:
        return False
    return isfinite(number) and number not in (-2, -1.5, -1, 0, 1, 2)


def _reading(sheet: Sheet, copies: list[CopyNumber], problems: list[Problem]) -> CopyReading:
    assay = Assay(
        f"copy number in {sheet.document}",
        Source(sheet.document, method="copy number"),
        copy_number=frozenset(item.gene for item in copies),
    )
    return CopyReading(tuple(copies), assay, tuple(problems))

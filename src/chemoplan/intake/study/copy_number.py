"""Discrete copy number of a study: the wide matrix (genes by samples) and the long form (one row a gene and sample)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import CopyNumber
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import symbol_of
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.intake.sheet import Sheet, Tally, read_sheet
from chemoplan.intake.study.clinical import is_empty

_WIDE = "a matrix with Hugo_Symbol and one column a sample, values -2 to 2"
_LONG = "a table with Hugo_Symbol, Sample_Id and Value (-2 to 2)"
_LEVEL = re.compile(r"([+-]?[0-2])(?:\.(0|5))?0*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass
class CopyCalls:
    """Copy numbers by sample. `complete` tells whether every gene that was looked at has a row (the wide matrix);
    `empty` holds the genes of which a sample has a cell and no value."""

    document: str = ""
    by_sample: dict[str, list[CopyNumber]] = field(default_factory=dict)
    complete: bool = False
    empty: dict[str, set[str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_copy_matrix(path: Path, genes: frozenset[str]) -> CopyCalls:
    """The wide matrix; NA is not assayed. Only `genes` are read (none named: all). Raises InputRefused."""
    sheet = read_sheet(path, _WIDE, may_be_empty=True)
    names = table("cbioportal")["cna_columns"]
    gene_column = _needed(sheet, names["gene"], _WIDE)
    beside = {gene_column, *(place for name in names["entrez"] if (place := sheet.column(name)) is not None)}
    samples = [(place, one_line(name)) for place, name in enumerate(sheet.header) if place not in beside and name]
    repeated = (
        sorted({name for _, name in samples if [other for _, other in samples].count(name) > 1})
        if len({name for _, name in samples}) < len(samples)
        else []
    )
    if repeated:
        raise InputRefused(
            f"{sheet.at(sheet.header_line)}: the sample {shown(repeated[0])} is given twice; keep one column"
        )
    calls = CopyCalls(sheet.document, {name: [] for _, name in samples}, complete=True)
    wanted = {gene.upper(): gene for gene in genes}
    tally, seen = Tally(), set[str]()
    for line, raw in sheet.raw_rows():
        written = raw.split(b"\t", gene_column + 1)[gene_column].decode().strip()
        gene = wanted.get(symbol_of(written).upper()) if genes else one_line(written)
        if not gene:
            continue
        if gene in seen:
            tally.add(f"row(s) repeat a gene that stands above ({gene}); the first was read", sheet.at(line))
            continue
        seen.add(gene)
        cells = raw.decode().split("\t")
        source = Source(sheet.document, f"line {line}")
        for place, sample in samples:
            if _continuous(cells[place]):
                return _set_aside(sheet, line, cells[place], complete=True)
            level = _level(cells[place], sheet, line, tally)
            if level is not None:
                calls.by_sample[sample].append(CopyNumber(gene, source, level))
    calls.problems = (*sheet.problems, *tally.problems())
    return calls


def read_copy_rows(path: Path, genes: frozenset[str]) -> CopyCalls:
    """The long form. A gene without a row is not known to be assayed. Raises InputRefused."""
    sheet = read_sheet(path, _LONG, may_be_empty=True)
    names = table("cbioportal")["cna_columns"]
    gene_column, sample_column, value_column = (
        _needed(sheet, names[name], _LONG) for name in ("gene", "sample", "value")
    )
    calls = CopyCalls(sheet.document)
    wanted = {gene.upper(): gene for gene in genes}
    tally = Tally()
    for line, cells in sheet.rows():
        sample = one_line(cells[sample_column])
        if is_empty(sample):
            tally.add("row(s) name no sample and were left out", sheet.at(line))
            continue
        of_sample = calls.by_sample.setdefault(sample, [])
        gene = wanted.get(symbol_of(cells[gene_column]).upper()) if genes else one_line(cells[gene_column])
        if not gene:
            continue
        if _continuous(cells[value_column]):
            return _set_aside(sheet, line, cells[value_column], complete=False)
        level = _level(cells[value_column], sheet, line, tally)
        if level is None:
            calls.empty.setdefault(sample, set()).add(gene)
        else:
            of_sample.append(CopyNumber(gene, Source(sheet.document, f"line {line}"), level))
    calls.problems = (*sheet.problems, *tally.problems())
    return calls


def _needed(sheet: Sheet, names: list[str], expected: str) -> int:
    place = sheet.column(*names)
    if place is None:
        raise InputRefused(f"{sheet.at(sheet.header_line)}: no column {names[0]}; expected {expected}")
    return place


def _continuous(cell: str) -> bool:
    """True for a number that is no level: the file holds log ratios or numbers of copies."""
    text = cell.strip()
    return _LEVEL.fullmatch(text) is None and _NUMBER.fullmatch(text) is not None


def _set_aside(sheet: Sheet, line: int, cell: str, *, complete: bool) -> CopyCalls:
    """Nothing of a file that is not discrete: even its whole numbers would mean something else."""
    message = (
        f"the cell is {shown(cell.strip())}, so the file holds log ratios or numbers of copies; expected levels -2, -1, 0, 1, 2 "
        "or NA; nothing was read from it"
    )
    return CopyCalls(sheet.document, complete=complete, problems=(*sheet.problems, Problem(sheet.at(line), message)))


def _level(cell: str, sheet: Sheet, line: int, tally: Tally) -> int | None:
    """The discrete level; None for a cell that was not assayed or cannot be read. Between levels, the one nearer to 0."""
    text = cell.strip()
    if is_empty(text):
        return None
    found = _LEVEL.fullmatch(text)
    if found is None or (found[2] not in (None, "0") and abs(int(found[1])) == 2):
        tally.add(f"cell(s) are {shown(text)}; expected -2, -1, 0, 1, 2 or NA; not read", sheet.at(line))
        return None
    if found[2] not in (None, "0"):
        tally.add(f"cell(s) are {shown(text)}, between two levels; read as {found[1]}", sheet.at(line))
    return int(found[1])


def looked_at(panel: frozenset[str], files: Iterable[CopyCalls], sample: str) -> frozenset[str]:
    """The genes of a panel of which a sample may be said to have been looked at: a matrix has a value for each of them, and
    no other file leaves their cell empty."""
    for calls in files:
        if calls.complete and calls.document:
            panel &= assayed_genes(calls, sample)
        panel -= calls.empty.get(sample, set())
    return panel


def assayed_genes(calls: CopyCalls, sample: str) -> frozenset[str]:
    """The genes that have a value for the sample."""
    return frozenset(call.gene for call in calls.by_sample.get(sample, ()))


def merged(one: CopyCalls, other: CopyCalls) -> Mapping[str, list[CopyNumber]]:
    """Both forms together; a gene of a sample that both give is taken from the first."""
    both = {sample: list(calls) for sample, calls in one.by_sample.items()}
    for sample, calls in other.by_sample.items():
        known = {call.gene for call in both.get(sample, ())}
        both.setdefault(sample, []).extend(call for call in calls if call.gene not in known)
    return both

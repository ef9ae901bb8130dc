"""A VCF or BCF of one tumor: annotated by VEP or SnpEff, or raw and read where the table of loci knows the codon."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import Assay, Build, Locus, Tumor
from chemoplan.intake.builds import chromosome
from chemoplan.intake.codon_places import codons_inside, codons_touched, place_sets, touches
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import InputRefused
from chemoplan.intake.vcf_annotation import Consequence, Reader
from chemoplan.intake.vcf_build import Seen, decide_build
from chemoplan.intake.vcf_calls import (
    Allele,
    Phase,
    Record,
    block_depth,
    filter_doubt,
    genotype,
    no_alleles,
    phase,
    read_alleles,
)
from chemoplan.intake.vcf_file import ends_in_a_line, read_header, records
from chemoplan.intake.vcf_header import Header, germline_caller, tumor_column, unread_annotation
from chemoplan.intake.vcf_variants import Call, Reading, interpret


@dataclass
class _Scan:
    """What one pass over the records gathers: few things of most records, all of those that may matter."""

    document: str
    unit: str
    genes: frozenset[str]
    reader: Reader | None
    calls: int = 0
    altering: int = 0
    uninterpreted: int = 0
    kept: list[Call] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    read: list[tuple[str, int, int]] = field(default_factory=list)
    unproved: list[tuple[str, int, int]] = field(default_factory=list)
    shallow: list[tuple[str, int, int]] = field(default_factory=list)
    deleted: list[tuple[str, int, int]] = field(default_factory=list)
    empty: bool = True
    line: int = 0
    before: tuple[str, int, str, str] = ("", 0, "", "")
    repeated: int = 0


def read_vcf(path: Path, *, genes: Collection[str], build: Build | None = None, sample: str | None = None) -> Tumor:
    """The tumor that a VCF, a compressed VCF or a BCF describes: calls in `genes`, and the codons that it proves were read.

    `sample` names the tumor's column where the file does not. `build` is what the file should be on; it is checked against
    the header and against the reference bases. Raises InputRefused, and nothing else, when the file cannot be read, is on
    another build, or does not say which build or sample it is about.
    """
    path = Path(path)
    header = read_header(path)
    column = tumor_column(header, sample, path.name)
    reader = Reader(header.annotation) if header.annotation else None
    scan = _Scan(path.name, "line" if header.lines else "record", frozenset(genes), reader)
    try:
        _scan(scan, path, header, column)
    except UnicodeDecodeError:
        raise InputRefused(
            f"{path.name}, {scan.unit} {scan.line}: holds bytes that are no text (UTF-8); get the file again"
        ) from None
    decided, problems = decide_build(header, build, scan.seen, path.name, annotated=reader is not None)
    reading = Reading(path.name, decided, frozenset(genes))
    variants = interpret(scan.kept, reading)
    problems += _problems(scan, header, reading)
    problems += _cut_off(path, header)
    assays, shallow = _positions_read(scan, decided, problems)
    return Tumor(
        sample=column or sample or path.name.split(".")[0],
        build=decided,
        variants=variants,
        calls=scan.calls,
        altering=scan.altering if reader else None,
        uninterpreted=scan.uninterpreted + reading.uninterpreted,
        unplaced=scan.uninterpreted + reading.uninterpreted,
        shallow=shallow,
        assays=assays,
        problems=tuple(problems),
    )


def _scan(scan: _Scan, path: Path, header: Header, column: str | None) -> None:
    sets, nothing = place_sets(), no_alleles()
    names: dict[str, str] = {}
    with records(path, header, column) as stream:
        for line, record in stream:
            scan.empty, scan.line = False, line
            contig = record.chrom
            place = names.get(contig)
            if place is None:
                place = names[contig] = chromosome(contig)
            first = record.pos
            last = record.stop
            if last <= first:
                near = first in sets.get(place, ())
            else:
                near = touches(place, first, last)
            sample = record.samples[0] if column is not None else None
            alts = record.alts
            if near:
                changed = alts is not None and not nothing.issuperset(alts)
                scan.seen.append(Seen(Locus(None, place, first, record.ref.upper(), ""), changed))
            if alts is None or nothing.issuperset(alts):
                if near:
                    _reference(scan, record, sample, (place, first, last))
                continue
            if near or scan.reader is not None:
                _record(scan, line, record, sample, place, near)
                continue
            called = _called(record, sample, alts)
            scan.calls += called
            scan.uninterpreted += called


def _called(record: Record, sample: Any, alts: tuple[str, ...]) -> int:
    """How many alleles the tumor carries by its genotype: enough for a record that is only counted."""
    numbers = genotype(sample)
    if numbers is None:
        return sum(allele.state == "called" for allele in read_alleles(record, sample))
    return len({number for number in numbers if number and alts[number - 1] not in no_alleles()})


def _reference(scan: _Scan, record: Record, sample: Any, span: tuple[str, int, int]) -> None:
    """A record without a change: proof that its positions were read, when it was deep enough and passed its filters."""
    numbers = genotype(sample)
    if sample is not None and numbers and any(n and record.alts[n - 1] == "*" for n in numbers):
        scan.deleted.append(span)
    if sample is None or filter_doubt(record.filter.keys()) or (numbers is not None and any(n != 0 for n in numbers)):
        return
    _proof(scan, block_depth(sample), span)


def _proof(scan: _Scan, depth: int | None, span: tuple[str, int, int]) -> None:
    if depth is None:
        scan.unproved.append(span)
    else:
        (scan.read if depth >= table("vcf")["reference_depth"] else scan.shallow).append(span)


def _record(scan: _Scan, line: int, record: Record, sample: Any, place: str, near: bool) -> None:
    """A record with a change that may matter: near a table codon, or annotated."""
    alts: tuple[str, ...] = record.alts
    entries = _entries(scan, record)
    named, alters = scan.reader.outline(entries) if scan.reader is not None else (set[str](), False)
    wanted = named & scan.genes
    doubt = filter_doubt(record.filter.keys())
    may_alter = alters and not doubt
    if not near and not wanted and not may_alter:
        called = _called(record, sample, alts)
        scan.calls += called
        scan.uninterpreted += 0 if entries else called
        return
    rows = scan.reader.rows(entries) if scan.reader is not None else []
    alleles = read_alleles(record, sample)
    numbers = [allele.number for allele in alleles if allele.state == "called"]
    scan.calls += len(numbers)
    if may_alter and scan.reader is not None:
        scan.altering += sum(scan.reader.altering(rows, record.ref, alts, number) for number in numbers)
    if near and not doubt:
        span = (place, record.pos, record.pos + len(record.ref) - 1)
        if numbers:
            scan.read.append(span)
        elif alleles and all(allele.state == "reference" for allele in alleles):
            _proof(scan, block_depth(sample), span)
    for allele in alleles:
        if allele.state == "reference" or (allele.state == "unknown" and not allele.doubt):
            continue
        found: tuple[Consequence, ...] = ()
        if scan.reader is not None and wanted:
            found = scan.reader.consequences(rows, record.ref, alts, allele.number, wanted)
        if near or found:
            _keep(scan, line, record, sample, place, allele, doubt, found)
        elif allele.state == "called" and not rows:
            scan.uninterpreted += 1


def _entries(scan: _Scan, record: Record) -> tuple[str, ...]:
    value = record.info.get(scan.reader.field) if scan.reader is not None else None
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (str(value),)


def _keep(
    scan: _Scan,
    line: int,
    record: Record,
    sample: Any,
    place: str,
    allele: Allele,
    doubt: str,
    found: tuple[Consequence, ...],
) -> None:
    alts = record.alts or ()
    key = (place, record.pos, record.ref.upper(), alts[allele.number - 1].upper())
    if key == scan.before:
        scan.repeated += 1
        return
    scan.before = key
    scan.kept.append(
        Call(
            source=Source(scan.document, f"{scan.unit} {line}"),
            contig=record.chrom,
            chromosome=place,
            position=record.pos,
            ref=key[2],
            alt=key[3],
            called=allele.state == "called",
            depth=allele.depth,
            alt_count=allele.alt_count,
            filter=";".join(record.filter.keys()),
            doubt="; ".join(text for text in (allele.doubt, doubt) if text),
            phase=phase(sample, allele.number) if allele.state == "called" else Phase(),
            last=record.stop,
            consequences=found,
        )
    )


def _positions_read(
    scan: _Scan, build: Build | None, problems: list[Problem]
) -> tuple[tuple[Assay, ...], frozenset[tuple[str, int]]]:
    """An assay of the codons whose three positions were all read (none for a file that lists only what it found), and the
    codons that were read too little."""
    if build is None:
        return (), frozenset()
    codons = codons_inside(build, scan.read)
    limit = table("vcf")["reference_depth"]
    shallow = codons_inside(build, [*scan.read, *scan.shallow]) - codons
    unproved = codons_inside(build, [*scan.read, *scan.shallow, *scan.unproved]) - codons - shallow
    deleted = frozenset((codon.gene, codon.number) for span in scan.deleted for codon in codons_touched(build, *span))
    for lost, why in (
        (shallow, f"were read by fewer than {limit} reads"),
        (unproved, "are given without a depth"),
        (deleted, "lie in a deletion of another record (*)"),
    ):
        if lost:
            names = ", ".join(f"{gene} {number}" for gene, number in sorted(lost)[:5])
            more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
            problems.append(Problem(scan.document, f"codons {names}{more} {why} and do not count as read"))
    if not codons:
        return (), shallow | deleted
    source = Source(scan.document, "reference calls and calls", method="positions read")
    return (Assay(f"positions read in {scan.document}", source, codons=codons - deleted),), shallow | deleted


def _cut_off(path: Path, header: Header) -> list[Problem]:
    if not header.lines or ends_in_a_line(path):
        return []
    message = "the last line has no line end; the file may be cut off there, check that it is complete"
    return [Problem(path.name, message)]


def _problems(scan: _Scan, header: Header, reading: Reading) -> list[Problem]:
    """What a reader of the file has to be told, one line each."""
    found = list(reading.problems)
    count = scan.uninterpreted + reading.uninterpreted
    if count:
        calls = "1 call is" if count == 1 else f"{count:,} calls are"
        found.append(Problem(scan.document, f"{calls} not interpreted without annotation"))
    unread = unread_annotation(header)
    if unread and scan.reader is None:
        found.append(Problem(scan.document, f"the annotation {unread} is not read; expected VEP (CSQ) or SnpEff (ANN)"))
    if germline_caller(header):
        message = "the header names a caller of inherited variants; expected the calls of a tumor"
        found.append(Problem(scan.document, message))
    if scan.empty:
        found.append(Problem(scan.document, "a header and no records: no call in the tumor; check that it is complete"))
    if scan.repeated:
        found.append(Problem(scan.document, f"{scan.repeated} repeated records were read once"))
    return found

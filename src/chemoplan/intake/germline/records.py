"""The records of a VCF that lie at listed positions of either build, as the text they are written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chemoplan.genomics.loci import BUILDS
from chemoplan.genomics.tumor import Build
from chemoplan.intake.builds import chromosome
from chemoplan.intake.germline.sites import site_tables
from chemoplan.intake.refused import InputRefused
from chemoplan.intake.vcf_file import records
from chemoplan.intake.vcf_header import Header


def is_bases(alt: str) -> bool:
    """True for an ALT that is written in bases: no symbol such as <DEL>, no breakend, no `*`."""
    return alt.isalpha()


@dataclass(frozen=True, eq=False)
class Row:
    """One record: its bases in capital letters, its FORMAT keys and one text for each sample that was read."""

    line: int
    contig: str
    chromosome: str
    position: int
    last: int
    ref: str
    alts: tuple[str, ...]
    filters: tuple[str, ...]
    keys: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def place(self) -> str:
        """Contig and position as the file writes them."""
        return f"{self.contig}:{self.position}"


@dataclass
class Records:
    """The rows near listed positions, and what else the file showed while it was read once."""

    rows: list[Row] = field(default_factory=list)
    contigs: set[str] = field(default_factory=set)
    within: dict[Build, int] = field(default_factory=lambda: dict.fromkeys(BUILDS, 0))
    """Records between the first and last listed position of a gene, by the build in which they would lie there."""
    count: int = 0


def read_records(path: Path, header: Header, sample: str | None) -> Records:
    """One pass over the file. `sample` None keeps every sample. Raises InputRefused, and nothing else."""
    scan = _Scan(any(line.replace(" ", "").upper().startswith("##INFO=<ID=END,") for line in header.meta))
    line = header.lines
    try:
        with records(path, header, sample) as stream:
            for line, record in stream:
                scan.look_at(line, record)
    except InputRefused:
        raise
    except (UnicodeDecodeError, ValueError, OSError):
        unit = "line" if header.lines else "record"
        raise InputRefused(f"{path.name}, {unit} {line}: not a readable record; check its fields") from None
    return scan.found


class _Scan:
    def __init__(self, declared: bool) -> None:
        self.found = Records()
        self.declared = declared
        """Whether the header declares END: htslib leaves an undeclared one unread."""
        self.tables = [(build, site_tables()[build]) for build in BUILDS]
        self.wanted = frozenset(name for _, places in self.tables for name in places.ordered)
        self.names: dict[str, str] = {}

    def look_at(self, line: int, record: Any) -> None:
        self.found.count += 1
        contig = record.chrom
        name = self.names.get(contig)
        if name is None:
            name = self.names[contig] = chromosome(contig)
            self.found.contigs.add(contig)
        if name not in self.wanted:
            return
        position = record.pos
        last = max(record.stop if self.declared else _end_undeclared(record), position)
        near = False
        for build, places in self.tables:
            self.found.within[build] += places.region(name, position)
            near = near or bool(places.near(name, position, last))
        if near:
            self.found.rows.append(_row(line, record, name, last))


def _end_undeclared(record: Any) -> int:
    """The end of a block in a file whose header does not declare END; the record then knows it only as text."""
    if any(is_bases(alt) for alt in record.alts or ()):
        return int(record.stop)
    written = re.search(r"(?:^|;)END=(\d{1,9})(?:;|$)", str(record).split("\t", 8)[7])
    return max(int(record.stop), int(written.group(1)) if written else 0)


def _row(line: int, record: Any, name: str, last: int) -> Row:
    cells = str(record).rstrip("\n").split("\t")
    alts = () if cells[4] == "." else tuple(alt if alt.startswith("<") else alt.upper() for alt in cells[4].split(","))
    ref = cells[3].upper()
    if any(is_bases(alt) for alt in alts):
        last = int(cells[1]) + len(ref) - 1
    return Row(
        line=line,
        contig=cells[0],
        chromosome=name,
        position=int(cells[1]),
        last=last,
        ref=ref,
        alts=alts,
        filters=tuple(cells[6].split(";")),
        keys=tuple(cells[8].split(":")) if len(cells) > 8 else (),
        cells=tuple(cells[9:]),
    )

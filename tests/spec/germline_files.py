"""Small germline files for tests: every listed position as reference in either build, and what a test writes instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from chemoplan.genomics.tumor import Build
from chemoplan.knowledge import load_knowledge

LENGTHS = {"GRCh37": (249250621, 243199373), "GRCh38": (248956422, 242193529)}
META = (
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FILTER=<ID=LowQual,Description="Low quality">',
    '##ALT=<ID=NON_REF,Description="Anything else">',
    '##ALT=<ID=DEL,Description="Deletion">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the block">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=FT,Number=1,Type=String,Description="Filter of the genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
    '##FORMAT=<ID=RGQ,Number=1,Type=Integer,Description="Quality of a reference genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Least depth">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads by allele">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
    '##FORMAT=<ID=PGT,Number=1,Type=String,Description="Physical phase">',
    '##FORMAT=<ID=PID,Number=1,Type=String,Description="Physical phase set">',
)


def header(
    build: Build | None = "GRCh38",
    samples: Sequence[str] = ("PATIENT",),
    prefix: str = "chr",
    meta: Sequence[str] = (),
    ends: bool = True,
) -> list[str]:
    contigs = [] if build is None else [
        f"##contig=<ID={prefix}{number},length={length}>" for number, length in enumerate(LENGTHS[build], start=1)
    ]  # fmt: skip
    own = [line for line in META if ends or "ID=END" not in line]
    columns = [
        "#CHROM",
        "POS",
        "ID",
        "REF",
        "ALT",
        "QUAL",
        "FILTER",
        "INFO",
        *(["FORMAT", *samples] if samples else []),
    ]
    return ["##fileformat=VCFv4.2", *contigs, *own, *meta, "\t".join(columns)]


def record(
    place: str, ref: str, alt: str, cell: str | Sequence[str], form: str = "GT", filters: str = "PASS", info: str = "."
) -> str:
    """A record at "chr2:233760233"; `cell` is one sample's text, or several."""
    contig, position = place.split(":")
    cells = [cell] if isinstance(cell, str) else list(cell)
    return "\t".join([contig, position, ".", ref, alt, "50", filters, info, form, *cells])


def reference_records(
    build: Build = "GRCh38", prefix: str = "chr", instead: Mapping[str, str | Sequence[str] | None] | None = None
) -> list[str]:
    """A record 0/0 for each listed position; `instead` gives by rsID another genotype, whole records, or None for none."""
    found = []
    for item in load_knowledge().germline.positions.values():
        place = item.place(build)
        other = (instead or {}).get(item.rsid, "0/0")
        if isinstance(other, str):
            other = [record(f"{prefix}{item.chromosome}:{place.position}", place.ref, ",".join(place.alts), other)]
        found += list(other or [])
    return found


def write(folder: Path, lines: Sequence[str], name: str = "person.vcf") -> Path:
    path = folder / name
    path.write_text("\n".join([*lines, ""]))
    return path

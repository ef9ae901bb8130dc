"""The header of a VCF: which build, which columns, which annotation, and whose tumor it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from chemoplan.genomics.tumor import Build
from chemoplan.intake.builds import build_of_accession, build_of_length, builds_named, chromosome
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import InputRefused, shown

MOST_NAMES = 10


@dataclass(frozen=True)
class Annotation:
    """One annotation field of INFO: its form (vep, snpeff) and its columns in the order of this file."""

    field: str
    form: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """What the header says. `lines` are its lines in the file, the column line included (0 for a binary file)."""

    meta: tuple[str, ...]
    samples: tuple[str, ...]
    lines: int
    told: dict[Build, str] = field(default_factory=dict)
    annotation: Annotation | None = None


def parse_header(meta: list[str], columns: list[str], document: str, *, binary: bool = False) -> Header:
    """Raises InputRefused when the header contradicts itself about the build, or the reference is neither build."""
    return Header(
        meta=tuple(meta),
        samples=tuple(columns[9:]),
        lines=0 if binary else len(meta) + 1,
        told=_builds_told(meta, document),
        annotation=_annotation(meta),
    )


def _builds_told(meta: list[str], document: str) -> dict[Build, str]:
    """Each build that the header names, and the words that name it."""
    told: dict[Build, str] = {}
    keys = tuple(table("builds")["header_keys"])
    for line in meta:
        key = line[2:].partition("=")[0].strip().lower()
        if key not in keys:
            continue
        if key == "contig":
            build = _of_contig(line, document)
            found = frozenset({build}) if build else builds_named(_entry(line, "assembly"))
        else:
            found = builds_named(line.partition("=")[2])
        for build in found:
            told.setdefault(build, line if len(line) <= 90 else line[:87] + "...")
    if len(told) > 1:
        first, second = (told[build] for build in ("GRCh37", "GRCh38"))
        raise InputRefused(
            f"{document}: the header names both builds, GRCh37 in {shown(first, 95)} and GRCh38 in {shown(second, 95)}; "
            "expected one: do not mix files of two builds"
        )
    return told


def _of_contig(line: str, document: str) -> Build | None:
    name = _entry(line, "ID")
    if not chromosome(name):
        return None
    length = _entry(line, "length")
    if not length.isdigit():
        return build_of_accession(name)
    build = build_of_length(name, int(length))
    if build is None:
        raise InputRefused(
            f"{document}: the header says that {name[:30]} has {length[:12]} bases, which is neither GRCh37 nor GRCh38; "
            "only these two builds are read"
        )
    return build


def _entry(line: str, key: str) -> str:
    match = _pattern(key).search(line)
    return match.group(1).strip() if match else ""


@lru_cache(maxsize=16)
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(rf'[<,]\s*{key}="?([^",>]*)', re.IGNORECASE)


def _annotation(meta: list[str]) -> Annotation | None:
    """The first INFO field whose description lists the columns of a known form."""
    for line in meta:
        if not line.startswith("##INFO="):
            continue
        listed = re.search(r"(?:Format:|annotations?:)\s*'?\s*([^\">]*)", line, re.IGNORECASE)
        if listed is None or "|" not in listed.group(1):
            continue
        columns = tuple(name.strip().strip("'\" ") for name in listed.group(1).split("|"))
        for form, rules in table("vcf")["annotations"].items():
            if all(mark in columns for mark in rules["marks"]):
                return Annotation(_entry(line, "ID"), form, columns)
    return None


def unread_annotation(header: Header) -> str:
    """The name of an annotation field that is in the file and is not read; "" when there is none."""
    ids = [_entry(line, "ID") for line in header.meta if line.startswith("##INFO=")]
    return next((name for name in ids if name in table("vcf")["not_read"]), "")


def germline_caller(header: Header) -> str:
    """The line of the header that names a caller of inherited variants; "" when none does."""
    text = [line for line in header.meta if line.lower().startswith(("##source", "##gatkcommandline", "##commandline"))]
    callers = table("vcf")["germline_callers"]
    return next((line for line in text if any(name in line.lower()[:200] for name in callers)), "")


def tumor_column(header: Header, sample: str | None, document: str) -> str | None:
    """The column that holds the tumor; None for a file without sample columns. Raises InputRefused rather than guess."""
    columns = header.samples
    named_tumor, named_normal = _named(header, "tumor_sample"), _named(header, "normal_sample")
    if sample is not None:
        column = _column_of(header, sample)
        if not columns:
            raise InputRefused(
                f"{document}: has no sample columns, so there is no sample {shown(sample)}; leave it out"
            )
        if column is None:
            raise InputRefused(f"{document}: no sample {shown(sample)}; it holds {listed(columns)}")
        if column == named_normal and named_normal != named_tumor:
            raise InputRefused(f"{document}: the header says that {shown(sample)} is the normal tissue; name the tumor")
        return column
    if not columns:
        return None
    if named_tumor in columns:
        return named_tumor
    if len(columns) == 1:
        if columns[0] == named_normal or columns[0].lower() in table("vcf")["normal_columns"]:
            raise InputRefused(
                f"{document}: its only sample {shown(columns[0])} is the normal tissue; expected a tumor"
            )
        return columns[0]
    tumors = [name for name in columns if name.lower() in table("vcf")["tumor_columns"]]
    others = [name for name in columns if name.lower() in table("vcf")["normal_columns"] or name == named_normal]
    if len(tumors) == 1 and len(tumors) + len(others) == len(columns):
        return tumors[0]
    derived = _derived(header)
    if derived in columns:
        return derived
    raise InputRefused(
        f"{document}: holds {len(columns)} samples ({listed(columns)}) and does not say which is the tumor; "
        "name it with --sample"
    )


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Up to ten names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(shown(name) for name in names[:MOST_NAMES]) + more


def _named(header: Header, key: str) -> str:
    return next((line.partition("=")[2].strip() for line in header.meta if line.startswith(f"##{key}=")), "")


def _column_of(header: Header, sample: str) -> str | None:
    """A column by its name, or by the name that a SAMPLE line gives to it."""
    if sample in header.samples:
        return sample
    for line in header.meta:
        if line.startswith("##SAMPLE=") and sample in (_entry(line, "SampleName"), _entry(line, "SampleTCGABarcode")):
            column = _entry(line, "ID")
            return column if column in header.samples else None
    return None


def _derived(header: Header) -> str:
    for line in header.meta:
        if line.startswith("##PEDIGREE="):
            return _entry(line, "Derived")
    return ""

"""What a test looked at: regions as BED, a list of genes, or a gene panel file of a study."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from chemoplan.case.statement import Source
from chemoplan.genomics.tumor import Assay, Build
from chemoplan.intake.builds import build_of_length, builds_named, chromosome, length_of
from chemoplan.intake.codon_places import Span, codons_inside, merged
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import is_symbol, symbol_of
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.sheet import read_bytes

Covered = Literal["mutations", "copy-number", "fusions"]
COVERS: tuple[Covered, ...] = ("mutations", "copy-number", "fusions")

_EXPECTED = "expected a BED file (chromosome, start, end) or one gene symbol a line"
_HEADERS = frozenset(
    [
        "gene",
        "genes",
        "symbol",
        "hugo_symbol",
        "gene_symbol",
        "hgnc",
        "hgnc_symbol",
        "name",
        "gene_name",
        "approved_symbol",
    ]
)


def read_gene_panel(
    path: Path,
    *,
    covers: Collection[str] = ("mutations",),
    build: Build | None = None,
    megabases: float | None = None,
) -> Assay:
    """The assay that a panel file describes; what it does not name was not looked at.

    A BED says which codons were read (its coordinates need a build), a gene list that the whole coding sequence of its genes
    was, or single codons ("KRAS codons 12, 13, 59"). `covers` is what the test reports of them. `megabases` is the coding
    territory when somebody states it; else it is the merged length of a BED. Raises InputRefused.
    """
    path = Path(path)
    document, content = read_bytes(path)
    unknown = [item for item in covers if item not in COVERS]
    if unknown or not covers:
        raise InputRefused(
            f"{document}: a panel covers {', '.join(COVERS)}; found {shown(', '.join(unknown) or 'nothing')}"
        )
    if megabases is not None and not 0 < megabases <= 200:
        raise InputRefused(f"{document}: {megabases:g} megabases is no size of a panel; expected about 0.1 to 60")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputRefused(f"{document}: not UTF-8 text; {_EXPECTED}") from None
    rows = [(number, line.rstrip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise InputRefused(f"{document}: empty; {_EXPECTED}")
    if any(line.startswith(("stable_id:", "gene_list:")) for _, line in rows):
        return _study_panel(document, rows, covers, megabases)
    data = [(number, line) for number, line in rows if not line.startswith(("#", "track", "browser", "@"))]
    if not data:
        raise InputRefused(f"{document}: only comments; {_EXPECTED}")
    if len(data) > 1 and not _is_region(data[0][1]) and _is_region(data[1][1]):
        raise InputRefused(
            f"{document}, line {data[0][0]}: {shown(data[0][1])} looks like a column header, not a region; leave it out"
        )
    if _is_region(data[0][1]):
        return _regions(document, rows, data, covers, build, megabases)
    return _genes(document, path.name.split(".")[0], data, covers, megabases)


def _is_region(line: str) -> bool:
    cells = line.split()
    return len(cells) >= 3 and cells[1].lstrip("-").isdigit()


def _assay(
    name: str,
    document: str,
    covers: Collection[str],
    genes: frozenset[str],
    codons: frozenset[tuple[str, int]] = frozenset(),
    copied: frozenset[str] | None = None,
    megabases: float | None = None,
) -> Assay:
    mutations = "mutations" in covers
    return Assay(
        name=name,
        source=Source(document, method="gene panel"),
        genes=genes if mutations else frozenset(),
        codons=codons if mutations else frozenset(),
        copy_number=(genes if copied is None else copied) if "copy-number" in covers else frozenset(),
        fusions=genes if "fusions" in covers else frozenset(),
        megabases=megabases if mutations else None,
    )


def _study_panel(document: str, rows: list[tuple[int, str]], covers: Collection[str], megabases: float | None) -> Assay:
    entries = {key.strip(): (number, value) for number, line in rows for key, _, value in [line.partition(":")]}
    if "gene_list" not in entries:
        raise InputRefused(f"{document}: has a stable_id but no gene_list; expected 'gene_list:' and gene symbols")
    number, listed = entries["gene_list"]
    genes = frozenset(_gene(document, number, name) for name in listed.split())
    if not genes:
        raise InputRefused(f"{document}, line {number}: the gene list is empty; expected gene symbols")
    name = entries.get("stable_id", (0, ""))[1].strip() or document.split(".")[0]
    return _assay(name, document, covers, genes, megabases=megabases)


def _genes(
    document: str, name: str, rows: list[tuple[int, str]], covers: Collection[str], megabases: float | None
) -> Assay:
    genes: set[str] = set()
    codons: set[tuple[str, int]] = set()
    for number, line in rows:
        first, *rest = re.split(r"[\t,; ]+", line.partition("#")[0].strip(), maxsplit=1)
        gene = _gene(document, number, first)
        note = rest[0].strip() if rest else ""
        listed = re.fullmatch(r"codons?[\s:]*([\d\s,;-]+)", note, re.IGNORECASE)
        if listed:
            codons |= {(gene, codon) for codon in _numbers(document, number, listed.group(1))}
        elif re.search(r"exon|codon|hotspot|region|domain|partial|p\.", note, re.IGNORECASE):
            raise InputRefused(
                f"{document}, line {number}: {gene} is followed by {shown(note)}, so not the whole gene was read; "
                "name the codons (KRAS codons 12, 13, 59-61) or give the regions as BED"
            )
        else:
            genes.add(gene)
    return _assay(name, document, covers, frozenset(genes), frozenset(codons), megabases=megabases)


def _numbers(document: str, line: int, text: str) -> set[int]:
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", text.strip(" ,;")):
        span = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", part)
        first = int(span.group(1)) if span else 0
        last = int(span.group(2) or first) if span else 0
        if not 0 < first <= last:
            raise InputRefused(
                f"{document}, line {line}: {shown(part)} is no codon; expected numbers such as 12, 13, 59-61"
            )
        found |= set(range(first, last + 1))
    return found


def _gene(document: str, line: int, name: str) -> str:
    if name.lower() in _HEADERS:
        raise InputRefused(
            f"{document}, line {line}: {shown(name)} looks like a column header, not a gene; leave it out"
        )
    if not is_symbol(name):
        hint = f"; did you mean {name.upper()}?" if is_symbol(name.upper()) else ""
        raise InputRefused(f"{document}, line {line}: {shown(name)} is no gene symbol{hint}; {_EXPECTED}")
    return symbol_of(name)


def _regions(
    document: str,
    rows: list[tuple[int, str]],
    data: list[tuple[int, str]],
    covers: Collection[str],
    build: Build | None,
    megabases: float | None,
) -> Assay:
    """Merged intervals: which codons lie inside, which genes' places they meet, and how long they are together."""
    if "fusions" in covers:
        raise InputRefused(
            f"{document}: regions do not say which fusions a test covers; give a list of genes for fusions"
        )
    headers = [(number, line) for number, line in rows if line.startswith(("#", "track", "browser", "@"))]
    told = _build_told(document, headers, build)
    one_based = any(line.startswith("@") for _, line in headers)
    spans = [_span(document, number, line, told, one_based) for number, line in data]
    joined = merged(span for span in spans if span[0])
    length = sum(last - first + 1 for stretches in joined.values() for first, last in stretches)
    if not length:
        raise InputRefused(f"{document}: no region on a chromosome; {_EXPECTED}")
    copied = frozenset(
        gene
        for gene, place in table("gene_places").items()
        if any(
            first <= place[told][1] and last >= place[told][0] for first, last in joined.get(place["chromosome"], [])
        )
    )
    inside = codons_inside(told, [span for span in spans if span[0]])
    size = length / 1e6 if megabases is None else megabases
    return _assay(document.split(".")[0], document, covers, frozenset(), inside, copied, size)


def _build_told(document: str, headers: list[tuple[int, str]], build: Build | None) -> Build:
    told: dict[Build, int] = {} if build is None else {build: 0}
    for number, line in headers:
        length = re.search(r"SN:(\S+)\s+LN:(\d+)", line)
        of_length = build_of_length(length.group(1), int(length.group(2))) if length else None
        for named in {of_length} if of_length else builds_named(line):
            told.setdefault(named, number)
    if len(told) > 1:
        first, second = told
        place = f", line {told[second]}" if told[second] else ""
        raise InputRefused(
            f"{document}{place}: says {second}, but {first} was given or said before; expected one build"
        )
    if not told:
        raise InputRefused(
            f"{document}: nothing says which reference build its coordinates are on; "
            "expected --build GRCh37 or GRCh38, or a line '#genome=GRCh38'"
        )
    return next(iter(told))


def _span(document: str, line: int, text: str, build: Build, one_based: bool) -> Span:
    """One region, 1-based and inclusive; no chromosome for a contig that is none."""
    cells = text.split("\t") if "\t" in text else text.split()
    place = f"{document}, line {line}"
    if len(cells) < 3 or not (cells[1].isdigit() and cells[2].isdigit()):
        raise InputRefused(
            f"{place}: {shown(text)} is no region; expected chromosome, start and end with tabs between them"
        )
    first, last = int(cells[1]) + (0 if one_based else 1), int(cells[2])
    if first > last:
        raise InputRefused(
            f"{place}: the region ends before it starts ({cells[1]} to {cells[2]}); expected start below end"
        )
    name = chromosome(cells[0])
    if name and last > length_of(build, name):
        raise InputRefused(
            f"{place}: position {last} lies beyond the end of chromosome {name} in {build} ({length_of(build, name)}); "
            "give the build that the file is on"
        )
    return name, first, last

"""Where the calls of a MAF lie: the build they are on, and whose gene a call is that names none or another."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from chemoplan.genomics.tumor import Build, Locus
from chemoplan.intake.builds import chromosome, read_build
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.maf_calls import alleles, clean, empty_cells, is_empty, locus_of_text
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.sheet import Sheet, Tally, first_rows

if TYPE_CHECKING:
    import polars as pl

_NAME = re.compile(r"(?!ENSG\d)[A-Za-z]")
"""How the name of a gene begins; identifiers (3845, ENSG00000133703) name none."""


def told_build(sheet: Sheet, frame: pl.DataFrame, build: Build | None) -> Build | None:
    """The one build that NCBI_Build and the surroundings name."""
    told, first = build, ""
    for written, row in first_rows(frame, "build"):
        if is_empty(written):
            continue
        place = sheet.at(sheet.lines[row], "NCBI_Build")
        read = read_build(written)
        if read is None:
            raise InputRefused(f"{place}: the build is {shown(written)}; expected GRCh37 (hg19) or GRCh38 (hg38)")
        if told is not None and read != told:
            before = f"{first} says {told}" if first else f"the study or the caller says {told}"
            raise InputRefused(f"{place}: the build is {shown(written)} and {before}; expected one build in a file")
        told, first = read, first or f"line {sheet.lines[row]}"
    return told


def checked_build(sheet: Sheet, rows: list[tuple[int, Locus]], told: Build | None) -> Build | None:
    """The build, held against the reference bases of known places; or the one build that they tell. Raises InputRefused."""
    from chemoplan.genomics import loci

    places = [(sheet.lines[row], locus) for row, locus in rows]
    if told is None:
        fitting = loci.builds_told([locus for _, locus in places])
        if len(fitting) > 1:
            raise InputRefused(
                f"{sheet.document}: the bases at known places fit {' and '.join(sorted(fitting))}, so the file mixes builds; "
                "give files of one build"
            )
        return next(iter(fitting), None)
    reason = loci.wrong_build(told, [locus for _, locus in places])
    if reason:
        line = next((line for line, locus in places if loci.wrong_build(told, [locus])), None)
        raise InputRefused(f"{sheet.at(line) if line else sheet.document}: {reason}")
    return told


def known_places(frame: pl.DataFrame) -> list[tuple[int, Locus]]:
    """The rows that lie on bases known in either build, by number."""
    import polars as pl

    near = frame.filter(pl.col("position").is_in(_known_positions()) & pl.col("ref").is_not_null())
    places: list[tuple[int, Locus]] = []
    for row in near.select("row", "chromosome", "position", "ref", "first_allele", "second_allele").iter_rows():
        ref, alt = alleles(*row[3:])
        on = chromosome(clean(row[1] or ""))
        if on and ref:
            places.append((row[0], Locus(None, on, int(row[2]), ref, alt)))
    told = frame.filter(pl.col("position").is_null() & pl.col("genomic").is_not_null()).select("row", "genomic")
    told = told.filter(pl.col("genomic").str.extract(r"g\.(\d+)").is_in(_known_positions()))
    for number, text in told.iter_rows():
        locus = locus_of_text(clean(text), None)
        if locus is not None:
            places.append((number, locus))
    return places


@lru_cache(maxsize=1)
def _known_positions() -> list[str]:
    """Where the codons of the table lie in either build, whatever the chromosome."""
    from chemoplan.knowledge import load_knowledge

    codons = [codon for row in load_knowledge().loci.values() for codon in row.codons]
    return sorted({str(lowest + offset) for codon in codons for lowest in codon[3:] for offset in range(3)})


def genes_by_place(
    sheet: Sheet,
    frame: pl.DataFrame,
    places: list[tuple[int, Locus]],
    build: Build | None,
    genes: frozenset[str],
    tally: Tally,
) -> pl.DataFrame:
    """Rows at a known codon of a gene that is asked for, whose gene is not named or is another one: they belong to the
    gene of the codon; `beside` says why such a call is in doubt."""
    import polars as pl

    from chemoplan.genomics import loci

    frame = frame.with_columns(pl.lit(None, pl.String).alias("beside"))
    at = {
        row: codon
        for row, locus in places
        if build and (codon := loci.codon_at(build, locus.chromosome, locus.position))
    }
    if not at:
        return frame
    reported = table("maf")["reported"]["gene"]
    moved: list[tuple[int, str, str | None]] = []
    named = frame.select("row", "gene", "wanted").filter(pl.col("row").is_in(list(at)) & pl.col("wanted").is_null())
    for row, written, _ in named.iter_rows():
        codon, name = at[row], clean(written or "")
        if (genes and codon.gene not in genes) or name.lower() == reported:
            continue
        unnamed = names_none(name) or not _NAME.match(name)
        place = sheet.at(sheet.lines[row])
        if unnamed:
            tally.add(f"row(s) name no gene and lie in {codon.gene}, codon {codon.number}; read as {codon.gene}", place)
        lies = f"the gene is {shown(name)}, but the place lies in {codon.gene}, codon {codon.number}"
        moved.append((row, codon.gene, None if unnamed else lies))
    if not moved:
        return frame
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "row": frame.schema["row"],
        "of_place": pl.String,
        "why": pl.String,
    }
    frame = frame.join(pl.DataFrame(moved, schema=schema, orient="row"), on="row", how="left", maintain_order="left")
    return frame.with_columns(pl.coalesce("wanted", "of_place").alias("wanted"), pl.col("why").alias("beside")).drop(
        "of_place", "why"
    )


def unnamed_calls(sheet: Sheet, frame: pl.DataFrame, tally: Tally) -> dict[str, int]:
    """By sample, the rows that may change a protein and name no gene, where the place does not tell it either."""
    import polars as pl

    nameless = pl.col("gene").is_null() | pl.col("gene").str.to_lowercase().is_in(
        ["", *empty_cells(), *table("maf")["no_gene"]]
    )
    open_effect = pl.col("effect").is_null() | pl.col("effect").is_in(["altering", "uncertain"])
    found = frame.filter(nameless & open_effect & pl.col("wanted").is_null())
    if found.height:
        message = "row(s) that may change a protein name no gene; they were counted, and may lie in any gene"
        tally.add(message, sheet.at(sheet.lines[int(found.get_column("row")[0])]), found.height)
    counted = found.filter(pl.col("sample").is_not_null()).group_by("sample").len()
    return dict(counted.iter_rows())


def names_none(name: str) -> bool:
    """True for a gene cell that names no gene."""
    return is_empty(name) or name.lower() in table("maf")["no_gene"]

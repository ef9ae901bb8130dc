"""Mutation annotation format: one row a call, any order of columns; every row is counted or reported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chemoplan.case.statement import Problem
from chemoplan.genomics.tumor import Build, Effect, Tumor, Variant
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import names_of
from chemoplan.intake.maf_calls import CallReader, clean, effect_of, effects, empty_cells, is_empty
from chemoplan.intake.maf_places import (
    checked_build,
    genes_by_place,
    known_places,
    told_build,
    unnamed_calls,
)
from chemoplan.intake.maf_reported import EVENT, read_events, read_results, with_events
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.sheet import Sheet, Tally, first_rows, read_sheet

if TYPE_CHECKING:
    import polars as pl

EXPECTED = (
    "a tab-separated MAF with Hugo_Symbol, Tumor_Sample_Barcode and one of HGVSp_Short, HGVSp, HGVSc, HGVSg or "
    "Chromosome, Start_Position, Reference_Allele, Tumor_Seq_Allele2"
)
_SEVERAL = re.compile(r"[;,|]")
_PLACE = ("chromosome", "position", "ref", "second_allele")
_SAME = ("sample", "gene", "classification", "protein", "protein_long", "coding", "genomic")
_SAME_PLACE = ("chromosome", "position", "ref", "first_allele", "second_allele")


@dataclass(frozen=True)
class MafReading:
    """What a MAF holds. `rows` is the sum of the tumors' calls and of the rows `set_aside` (reason to count)."""

    tumors: tuple[Tumor, ...]
    build: Build | None
    problems: tuple[Problem, ...]
    rows: int
    set_aside: Mapping[str, int]


def read_maf(
    path: Path, *, genes: frozenset[str], build: Build | None = None, may_be_empty: bool = False
) -> MafReading:
    """One tumor a Tumor_Sample_Barcode, in order of appearance. Raises InputRefused, and nothing else.

    Calls in `genes` (none named: in every gene) become variants, all others are only counted. `build` is what the file's
    surroundings say of the reference build; a file that says another is refused. A call that is no somatic one, or that
    contradicts itself, is kept with its doubt and no file's FILTER drops a call. `may_be_empty` is for a file whose samples
    are known from elsewhere: a header without rows then says that no call was made.
    """
    return read_maf_sheet(read_sheet(path, EXPECTED, may_be_empty=may_be_empty), genes=genes, build=build)


def read_maf_sheet(sheet: Sheet, *, genes: frozenset[str], build: Build | None = None) -> MafReading:
    """The same for a sheet that is already read."""
    import polars as pl

    columns = _columns(sheet)
    tally = Tally()
    frame = sheet.frame(columns)
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name in table("maf")["columns"] if name not in columns
    )
    frame = frame.with_columns(pl.col("sample", "gene", "classification", "status").str.strip_chars()).with_row_index(
        "row"
    )
    told = told_build(sheet, frame, build)
    wanted = _wanted(frame, genes)
    frame = frame.with_columns(
        _mapped(frame, "gene", wanted).alias("wanted"),
        _mapped(frame, "classification", _class_effects(sheet, frame, tally)).alias("effect"),
        _mapped(frame, "status", _statuses(sheet, frame, tally)).alias("not_somatic"),
    )
    places = known_places(frame)
    told = checked_build(sheet, places, told)
    frame = genes_by_place(sheet, frame, places, told, genes, tally)
    reader = CallReader(sheet.document, told, tally)
    frame = _derive_effects(frame, reader)
    unnamed = unnamed_calls(sheet, frame, tally)
    frame = with_events(frame)
    frame, set_aside = _set_aside(sheet, frame, tally)
    variants, learned = _variants(sheet, frame, reader)
    results = read_results(sheet, frame, tally)
    copies, fusions = read_events(sheet, frame, genes, tally)
    counts = _counts(frame, learned)
    samples = frame.filter(pl.col("kept") != "no sample").get_column("sample").unique(maintain_order=True).to_list()
    tumors = []
    for sample in samples:
        calls, altering, uninterpreted = counts.get(sample, (None, None, 0))
        name = clean(sample)
        tumor = Tumor(
            sample=name,
            patient=patient_of(name),
            build=told,
            variants=tuple(variants.get(sample, ())),
            calls=calls,
            altering=altering,
            uninterpreted=uninterpreted,
            unplaced=unnamed.get(sample, 0),
            copies=tuple(copies.get(sample, ())),
            fusions=tuple(fusions.get(sample, ())),
            results=tuple(results.get(sample, ())),
        )
        tumors.append(tumor)
    return MafReading(tuple(tumors), told, (*sheet.problems, *tally.problems()), frame.height, set_aside)


def patient_of(sample: str) -> str:
    """The patient that a sample id names by its form (TCGA-AF-2687-01); else the sample id itself."""
    found = (re.match(pattern, sample) for pattern in table("maf")["patient_in_sample"])
    return next((match[1] for match in found if match), sample)


def _columns(sheet: Sheet) -> dict[str, int]:
    """The place of every column that is read. Raises InputRefused when what is needed is missing."""
    found = {
        name: place for name, names in table("maf")["columns"].items() if (place := sheet.column(*names)) is not None
    }
    missing = [
        written for name, written in (("gene", "Hugo_Symbol"), ("sample", "Tumor_Sample_Barcode")) if name not in found
    ]
    named = any(name in found for name in ("protein", "protein_long", "coding", "genomic"))
    if not named and not all(name in found for name in _PLACE):
        missing.append("HGVSp_Short")
    if missing:
        names = ", ".join(shown(name, 40) for name in sheet.header[:8]) + (", ..." if len(sheet.header) > 8 else "")
        raise InputRefused(
            f"{sheet.at(sheet.header_line)}: no column {' and no column '.join(missing)} among {names}; expected {EXPECTED}"
        )
    return found


def _wanted(frame: pl.DataFrame, genes: frozenset[str]) -> dict[str, str]:
    """Gene as written (by any of its names, alone or in a list such as "KRAS;LRMP") to gene as asked for."""
    asked = {name: gene for gene in genes for name in (*names_of(gene), gene.upper())}
    written = frame.get_column("gene").drop_nulls().unique().to_list()
    if not genes:
        return {gene: gene for gene in written if gene.lower() != table("maf")["reported"]["gene"]}
    found = {cell: asked[cell.upper()] for cell in written if cell.upper() in asked}
    for cell in written:
        if cell not in found and _SEVERAL.search(cell):
            names = [name.strip().upper() for name in _SEVERAL.split(cell)]
            known = [asked[name] for name in names if name in asked]
            found |= {cell: known[0]} if known else {}
    return found


def _class_effects(sheet: Sheet, frame: pl.DataFrame, tally: Tally) -> dict[str, str]:
    """The effect of every class of the file; a class that nobody knows is uncertain and reported."""
    import polars as pl

    found: dict[str, str] = {}
    for written, row in first_rows(frame, "classification"):
        if is_empty(written):
            continue
        effect = effects().get(written.lower())
        found[written] = effect or "uncertain"
        if effect is None:
            count = frame.filter(pl.col("classification") == written).height
            message = f"row(s) have the Variant_Classification {shown(written)}, which is not known; their effect is uncertain"
            tally.add(message, sheet.at(sheet.lines[row]), count)
    return found


def _statuses(sheet: Sheet, frame: pl.DataFrame, tally: Tally) -> dict[str, str]:
    """Why a Mutation_Status makes a call no somatic one."""
    rules = table("maf")
    found: dict[str, str] = {}
    for written, row in first_rows(frame, "status"):
        if written.lower() in rules["not_somatic"]:
            found[written] = f"the Mutation_Status is {shown(written)}: no somatic call"
        elif written.lower() not in rules["somatic"] and not is_empty(written):
            message = f"Mutation_Status is not known: {shown(written)}; its calls are counted as somatic"
            tally.add(message, sheet.at(sheet.lines[row]))
    return found


def _derive_effects(frame: pl.DataFrame, reader: CallReader) -> pl.DataFrame:
    """Where no class tells the effect, the protein change does; `derived` marks what neither tells."""
    import polars as pl

    says = [pl.col(name).str.strip_chars() for name in ("protein", "protein_long")]
    text = pl.coalesce(pl.when(~cell.str.to_lowercase().is_in(list(empty_cells()))).then(cell) for cell in says)
    open_rows = frame.filter(pl.col("effect").is_null()).select(text.alias("text")).get_column("text").drop_nulls()
    read: dict[str, str] = {}
    for written in open_rows.unique().to_list():
        change = reader.parse(clean(written))
        if change is not None:
            read[written] = effect_of(change)
    derived = text.replace_strict(read, default=None, return_dtype=pl.String) if read else pl.lit(None, pl.String)
    return frame.with_columns(pl.coalesce(pl.col("effect"), derived).alias("effect"))


def _set_aside(sheet: Sheet, frame: pl.DataFrame, tally: Tally) -> tuple[pl.DataFrame, dict[str, int]]:
    """Marks in `kept` which rows are calls (""), and why the others are none."""
    import polars as pl

    same = [name for name in (*_SAME, *_SAME_PLACE) if frame.get_column(name).null_count() < frame.height]
    empty = [name for name in frame.get_column("sample").drop_nulls().unique().to_list() if is_empty(name)]
    reported = [
        name
        for name in frame.get_column("gene").drop_nulls().unique().to_list()
        if name.lower() == table("maf")["reported"]["gene"]
    ]
    frame = frame.with_columns(
        pl.when(pl.col("sample").is_null() | pl.col("sample").is_in(empty))
        .then(pl.lit("no sample"))
        .when(pl.col("gene").is_in(reported).fill_null(value=False))
        .then(pl.lit("reported"))
        .when(pl.col("not_somatic").is_not_null())
        .then(pl.lit("not somatic"))
        .when(pl.col("event").is_not_null())
        .then(pl.lit(EVENT))
        .otherwise(pl.lit(""))
        .alias("kept")
    )
    near = frame.filter((pl.col("kept") == "") & pl.struct("sample", "gene", "position").is_duplicated())
    again: list[int] = []
    if near.height:
        again = near.filter(~pl.struct(*same).is_first_distinct()).get_column("row").to_list()
    if again:
        kept = pl.when(pl.col("row").is_in(again)).then(pl.lit("repeated")).otherwise(pl.col("kept"))
        frame = frame.with_columns(kept.alias("kept"))
    messages = {
        "no sample": "row(s) name no Tumor_Sample_Barcode, belong to no tumor and were not counted",
        "not somatic": "row(s) are no somatic calls by their Mutation_Status and were not counted",
        "repeated": "row(s) repeat a call of the same sample and were counted once",
    }
    set_aside: dict[str, int] = {}
    for reason, count, row in frame.group_by("kept").agg(pl.len(), pl.col("row").min()).sort("row").iter_rows():
        if not reason:
            continue
        set_aside[reason] = count
        if reason in messages:
            tally.add(messages[reason], sheet.at(sheet.lines[row]), count)
    return frame, set_aside


def _variants(
    sheet: Sheet, frame: pl.DataFrame, reader: CallReader
) -> tuple[dict[str, list[Variant]], dict[str, dict[Effect, int]]]:
    """The variants of each sample, and the effects that only their coding or genomic notation told."""
    import polars as pl

    variants: dict[str, list[Variant]] = {}
    learned: dict[str, dict[Effect, int]] = {}
    rows = frame.filter(pl.col("wanted").is_not_null() & pl.col("kept").is_in(["", "not somatic"]))
    for row in rows.iter_rows(named=True):
        line = sheet.lines[row["row"]]
        variant = reader.variant({name: row[name] for name in _READ}, row["wanted"], line, _why_doubted(row))
        variants.setdefault(row["sample"], []).append(variant)
        if row["effect"] is None and not row["kept"] and variant.effect != "uncertain":
            of_sample = learned.setdefault(row["sample"], {})
            of_sample[variant.effect] = of_sample.get(variant.effect, 0) + 1
    return variants, learned


def _why_doubted(row: Mapping[str, str | None]) -> str:
    return "; ".join(text for text in (row["not_somatic"], row["beside"]) if text)


def _counts(frame: pl.DataFrame, learned: Mapping[str, Mapping[Effect, int]]) -> dict[str, tuple[int, int, int]]:
    """Calls, altering and uninterpreted calls of each sample that has calls."""
    import polars as pl

    counted = (
        frame.filter(pl.col("kept") == "")
        .group_by("sample", maintain_order=True)
        .agg(
            pl.len(),
            (pl.col("effect") == "altering").sum().alias("altering"),
            pl.col("effect").is_null().sum().alias("uninterpreted"),
        )
    )
    counts: dict[str, tuple[int, int, int]] = {}
    for sample, calls, altering, uninterpreted in counted.iter_rows():
        more = learned.get(sample, {})
        counts[sample] = (calls, altering + more.get("altering", 0), uninterpreted - sum(more.values()))
    return counts


def _mapped(frame: pl.DataFrame, column: str, mapping: Mapping[str, str]) -> pl.Expr:
    import polars as pl

    if not mapping:
        return pl.lit(None, pl.String)
    return pl.col(column).replace_strict(dict(mapping), default=None, return_dtype=pl.String)


_READ = (
    "protein", "protein_long", "coding", "genomic", "classification", "chromosome", "position", "ref", "first_allele",
    "second_allele", "depth", "ref_count", "alt_count", "filter",
)  # fmt: skip

"""Rows of a MAF that are no calls: results ("Other Biomarkers": MSI-H), amplifications and fusions in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chemoplan.case.statement import Source
from chemoplan.genomics.tumor import CopyNumber, Fusion, Result
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.maf_calls import clean
from chemoplan.intake.refused import shown
from chemoplan.intake.sheet import Sheet, Tally
from chemoplan.intake.typed import read_typed

if TYPE_CHECKING:
    import polars as pl

EVENT = "event"
"""Why such a row is set aside."""


def with_events(frame: pl.DataFrame) -> pl.DataFrame:
    """Marks in `event` the rows without a class that name an amplification or a fusion instead of a change."""
    import polars as pl

    said = pl.when(pl.col("classification").is_null()).then(pl.col("protein").str.strip_chars())
    written = frame.select(said.alias("said")).get_column("said").drop_nulls().unique().to_list()
    found = {text: words for text in written if (words := _words(clean(text)))}
    event = said.replace_strict(found, default=None, return_dtype=pl.String) if found else pl.lit(None, pl.String)
    return frame.with_columns(event.alias("event"))


def _words(text: str) -> str:
    """What a person would type for an alteration; "" when it is no event. "{gene}" stands for the gene of the row."""
    word = table("maf")["events"]["alone"].get(text.lower())
    if word:
        return f"{{gene}} {word}"
    return text if text.lower().endswith(tuple(table("maf")["events"]["ends"])) else ""


def read_events(
    sheet: Sheet, frame: pl.DataFrame, genes: frozenset[str], tally: Tally
) -> tuple[dict[str, list[CopyNumber]], dict[str, list[Fusion]]]:
    """Copy numbers and fusions of each sample; what is not understood is told."""
    import polars as pl

    copies: dict[str, list[CopyNumber]] = {}
    fusions: dict[str, list[Fusion]] = {}
    for row in frame.filter(pl.col("kept") == EVENT).iter_rows(named=True):
        line = sheet.lines[row["row"]]
        stated = read_typed([row["event"].replace("{gene}", clean(row["gene"] or ""))])
        if stated.problems:
            tally.add(f"event(s) were not understood: {shown(stated.problems[0].message)}", sheet.at(line))
        source = Source(sheet.document, f"line {line}")
        kept_copies = [replace(item, source=source) for item in stated.copies if _asked([item.gene], genes)]
        kept_fusions = [replace(item, source=source) for item in stated.fusions if _asked(item.genes, genes)]
        copies.setdefault(row["sample"], []).extend(kept_copies)
        fusions.setdefault(row["sample"], []).extend(kept_fusions)
    return copies, fusions


def _asked(named: Sequence[str], genes: frozenset[str]) -> bool:
    return not genes or any(gene in genes for gene in named)


def read_results(sheet: Sheet, frame: pl.DataFrame, tally: Tally) -> dict[str, list[Result]]:
    """Results that stand among the calls."""
    import polars as pl

    tests = {word: test for test, words in table("maf")["reported"]["results"].items() for word in words}
    results: dict[str, list[Result]] = {}
    for row in frame.filter(pl.col("kept") == "reported").iter_rows(named=True):
        line = sheet.lines[row["row"]]
        value = clean(row["protein"] or "")
        test = tests.get(value.lower())
        if test is None:
            tally.add(f"reported result(s) are not known and were not read: {shown(value)}", sheet.at(line))
            continue
        source = Source(sheet.document, f"line {line}")
        results.setdefault(row["sample"], []).append(Result(test, value, source, "as reported"))
    return results

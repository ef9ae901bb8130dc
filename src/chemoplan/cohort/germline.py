"""The inherited genes of many people as a table: one row a sample, and counts of the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chemoplan import __version__
from chemoplan.cohort.study import csv_text
from chemoplan.genomics.germline.observed import GermlineSample
from chemoplan.knowledge import Knowledge

if TYPE_CHECKING:
    import polars as pl

SEPARATOR = " or "
BETWEEN = " | "
"""Between two warnings of one person; a warning may itself have a semicolon."""
GENES = ("DPYD", "UGT1A1")
FACTS = ("dpyd_activity_score", "ugt1a1")
COLUMNS = (
    "sample", "dpyd_activity_score", "ugt1a1", "dpyd_status", "ugt1a1_status",
    "dpyd_diplotypes", "dpyd_best", "dpyd_worst", "dpyd_assessed", "dpyd_because",
    "ugt1a1_diplotypes", "ugt1a1_best", "ugt1a1_worst", "ugt1a1_assessed", "ugt1a1_because", "warnings",
)  # fmt: skip
"""The columns in order; an empty cell is not known, never normal."""
NUMBERS = ("dpyd_activity_score", "dpyd_best", "dpyd_worst")
COUNTS = ("dpyd_assessed", "ugt1a1_assessed")
Row = dict[str, Any]


def germline_rows(samples: Iterable[GermlineSample], knowledge: Knowledge) -> Iterator[Row]:
    """One row a sample, in order. People with equal observations are interpreted once."""
    from chemoplan.genomics.germline.interpret import interpret_germline

    known: dict[tuple[Any, ...], tuple[list[Any], Row]] = {}
    for sample in samples:
        seen = list(sample.observations.values())
        key = (sample.build, sample.problems, sample.typed, *map(id, seen))
        if key not in known:
            # The observations are kept beside the row, so that no other takes their identity.
            known[key] = seen, row_of(interpret_germline(sample, knowledge))
        yield {**known[key][1], "sample": sample.sample}


def row_of(report: Mapping[str, Any]) -> Row:
    """The row of one report."""
    values = {fact["name"]: fact["value"] for fact in report["facts"]}
    genes = {gene["gene"]: gene for gene in report["genes"]}
    row: Row = {"sample": report["sample"], **{name: values.get(name) for name in FACTS}}
    row |= {f"{name.lower()}_status": genes[name]["status"] for name in GENES}
    for name in GENES:
        gene, start = genes[name], name.lower()
        row[f"{start}_diplotypes"] = SEPARATOR.join(dict.fromkeys(gene["diplotypes"]))
        row[f"{start}_best"], row[f"{start}_worst"] = gene["best"], gene["worst"]
        row[f"{start}_assessed"] = assessed(gene)
        row[f"{start}_because"] = gene["because"]
    of_genes = [f"{gene['gene']}: {text}" for gene in genes.values() for text in gene["warnings"]]
    row["warnings"] = BETWEEN.join(dict.fromkeys([*of_genes, *report["warnings"]]))
    return row


def assessed(gene: Mapping[str, Any]) -> int:
    """How many listed positions of a gene were assessed."""
    found = gene["assessed"]
    return found if isinstance(found, int) else len(found)


def summarize(document: str, build: str | None, rows: Sequence[Row], knowledge: Knowledge) -> dict[str, Any]:
    """Counts of a table: people by the value of each fact and by how it is known."""
    return {
        "chemoplan": __version__,
        "knowledge": {
            "version": knowledge.version,
            "sha256": knowledge.sha256,
            "as_of": knowledge.as_of,
            "overlays": list(knowledge.overlays),
        },
        "document": document,
        "build": build,
        "people": len(rows),
        "counts": [_counted(gene, fact, rows, knowledge) for gene, fact in zip(GENES, FACTS, strict=True)],
        "warnings": _warnings(rows),
        "rows": list(rows),
    }


def _counted(gene: str, fact: str, rows: Sequence[Row], knowledge: Knowledge) -> dict[str, Any]:
    found = Counter(_text(row[fact]) for row in rows)
    status = Counter(row[f"{gene.lower()}_status"] for row in rows)
    values = [*knowledge.vocabulary[fact].values]
    return {
        "gene": gene,
        "fact": fact,
        "values": [{"value": value, "people": found[value]} for value in values],
        "unknown": found[""],
        "status": [
            {"status": name, "people": number} for name, number in sorted(status.items(), key=lambda item: -item[1])
        ],
    }


def _warnings(rows: Sequence[Row]) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        for text in filter(None, row["warnings"].split(BETWEEN)):
            found.setdefault(text, []).append(row["sample"])
    return [{"text": text, "people": len(names), "samples": names[:20]} for text, names in found.items()]


def csv_of(rows: Sequence[Row]) -> str:
    """The rows as CSV."""
    return csv_text(COLUMNS, ({name: _plain(row[name]) for name in COLUMNS} for row in rows))


def frame_of(rows: Sequence[Row]) -> pl.DataFrame:
    """The rows as a typed frame: scores as numbers, everything else as text; null is not known."""
    import polars as pl

    kinds: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    kinds |= dict.fromkeys(NUMBERS, pl.Float64) | dict.fromkeys(COUNTS, pl.Int64)
    data = {name: [_typed(row[name], kind == pl.String) for row in rows] for name, kind in kinds.items()}
    return pl.DataFrame(data, schema=kinds)


def _typed(value: Any, text: bool) -> Any:
    if value is None:
        return None
    return _text(value) if text else float(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


def _text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, (int, float)) else str(value)

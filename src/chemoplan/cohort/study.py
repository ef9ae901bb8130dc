"""A study as a table: one row a sequenced tumor, or one a person, with a column for every fact that a tumor can state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import Fact

if TYPE_CHECKING:
    import polars as pl

GENES = ("KRAS", "NRAS", "BRAF", "POLE", "POLD1", "PIK3CA", "ERBB2")
"""Genes whose protein-altering calls have a column of their own."""
TOPICS = ("biomarker", "molecular")
SEPARATOR = ";"
Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """One sequenced tumor and what its molecules mean."""

    tumor: Tumor
    report: Mapping[str, Any]


def tell(tumors: Iterable[Tumor], knowledge: Knowledge) -> Iterator[Told]:
    """Every sequenced tumor with its report, in order."""
    from chemoplan.genomics.interpret import interpret_many

    sequenced = [tumor for tumor in tumors if tumor.sequenced]
    for tumor, report in zip(sequenced, interpret_many(sequenced, knowledge), strict=True):
        yield Told(tumor, report)


def fact_columns(knowledge: Knowledge) -> tuple[Fact, ...]:
    """The facts that a tumor can state, in the order of the vocabulary."""
    from chemoplan.genomics.biomarkers import conclude

    stated = conclude(Tumor(sample=""), knowledge)
    return tuple(fact for fact in knowledge.vocabulary.values() if fact.name in stated and fact.topic in TOPICS)


def columns(facts: Iterable[Fact]) -> list[str]:
    """The names of the columns, in order."""
    names = [fact.name for fact in facts]
    ends = [f"{gene.lower()}_variants" for gene in GENES]
    return [
        "sample",
        "patient",
        *names,
        "highest_tier",
        "benefit",
        "resistance",
        "conditional",
        "calls",
        "altering",
        *ends,
        "warnings",
    ]


def by_sample(told: Iterable[Told], facts: Sequence[Fact]) -> list[Row]:
    """One row a tumor. What is not known is None."""
    return [_row(item, facts) for item in told]


def by_patient(told: Iterable[Told], facts: Sequence[Fact], knowledge: Knowledge) -> list[Row]:
    """One row a person: found when it is found in any tumor, absent only when it is absent in all of them.

    A fact without such values (a number) is kept when all tumors agree. Where tumors differ otherwise it is None, and
    `warnings` says so. Calls are counted over all tumors.
    """
    return [_merged(group, facts, knowledge) for group in people(told).values()]


def people(told: Iterable[Told]) -> dict[str, list[Told]]:
    """The tumors of each person; a tumor without a person stands for one of its own."""
    found: dict[str, list[Told]] = {}
    for item in told:
        found.setdefault(person_of(item), []).append(item)
    return found


def person_of(item: Told) -> str:
    """The person of a tumor, or the sample where the study does not name one."""
    return item.tumor.patient or item.tumor.sample


def _row(item: Told, facts: Sequence[Fact]) -> Row:
    report, tumor = item.report, item.tumor
    values = {row["name"]: row["value"] for row in report["facts"]}
    row: Row = {"sample": tumor.sample, "patient": tumor.patient}
    row |= {fact.name: values.get(fact.name) for fact in facts}
    return row | {
        "highest_tier": highest_tier(report["assertions"]),
        "benefit": _ids(report["assertions"], "benefit"),
        "resistance": _ids(report["assertions"], "resistance"),
        "conditional": _joined(row["id"] for row in report["assertions"] if row["verdict"] == "conditional"),
        "calls": tumor.calls,
        "altering": tumor.altering,
        **{f"{gene.lower()}_variants": _joined(_changes(tumor, gene)) for gene in GENES},
        "warnings": "; ".join([*(row["text"] for row in report["cautions"]), *report["warnings"]]),
    }


def highest_tier(assertions: Iterable[Mapping[str, Any]]) -> str | None:
    """The best tier among statements that hold: IA before IB, I before II, and so on; None when none has one."""
    return min((row["tier"] for row in assertions if row["tier"] and row["verdict"] == "holds"), default=None)


def _ids(assertions: Iterable[Mapping[str, Any]], effect: str) -> str:
    return _joined(row["id"] for row in assertions if row["effect"] == effect and row["verdict"] == "holds")


def _changes(tumor: Tumor, gene: str) -> Iterator[str]:
    for variant in tumor.variants:
        if variant.gene == gene and variant.effect == "altering":
            yield str(variant.change) if variant.change else variant.text or variant.coding or "not named"


def _joined(texts: Iterable[str]) -> str:
    return SEPARATOR.join(dict.fromkeys(texts))


def _merged(group: list[Told], facts: Sequence[Fact], knowledge: Knowledge) -> Row:
    rows = by_sample(group, facts)
    if len(rows) == 1:
        return rows[0]
    row: Row = {"sample": _joined(each["sample"] for each in rows), "patient": person_of(group[0])}
    differing = []
    for fact in facts:
        values = [each[fact.name] for each in rows]
        row[fact.name] = merged_value(fact.name, values, knowledge)
        if row[fact.name] is None and len({value for value in values if value is not None}) > 1:
            differing.append(f"{fact.name} differs: {', '.join('unknown' if v is None else str(v) for v in values)}")
    tiers = [each["highest_tier"] for each in rows if each["highest_tier"]]
    row["highest_tier"] = min(tiers, default=None)
    for name in ("benefit", "resistance", "conditional", *(f"{gene.lower()}_variants" for gene in GENES)):
        row[name] = _joined(part for each in rows for part in each[name].split(SEPARATOR) if part)
    for name in ("calls", "altering"):
        counts = [each[name] for each in rows]
        row[name] = None if None in counts else sum(counts)
    texts = [f"{each['sample']}: {each['warnings']}" for each in rows if each["warnings"]]
    row["warnings"] = "; ".join([*differing, *texts])
    return {name: row[name] for name in columns(facts)}


def merged_value(name: str, values: Sequence[Any], knowledge: Knowledge) -> Any:
    """One value for the tumors of a person, or None when they differ or one of them may hide what the others do not show."""
    negative = negatives(name, knowledge)
    found = {value for value in values if value is not None and str(value) not in negative} if negative else set()
    if len(found) == 1:
        return found.pop()
    return values[0] if len(set(values)) == 1 else None


def negatives(name: str, knowledge: Knowledge) -> frozenset[str]:
    """The values of a fact that say looked at and not found, as its marker and its tests give them."""
    marker = knowledge.markers.get(name)
    if marker is not None and marker.not_detected is not None:
        return frozenset({marker.not_detected})
    tests = [test for test in knowledge.tests.values() if test.fact == name or name in test.implies]
    return frozenset(value for test in tests for value in test.negative)


def frame_of(rows: Sequence[Row], facts: Sequence[Fact]) -> pl.DataFrame:
    """The rows as a typed frame: numbers as numbers, everything else as text; null is not known."""
    import polars as pl

    kinds: dict[str, Any] = dict.fromkeys(columns(facts), pl.String)
    kinds |= {fact.name: pl.Float64 for fact in facts if fact.kind == "quantity"}
    kinds |= {fact.name: pl.Int64 for fact in facts if fact.kind == "count"}
    kinds |= {"calls": pl.Int64, "altering": pl.Int64}
    data = {name: [_typed(row[name], kind == pl.String) for row in rows] for name, kind in kinds.items()}
    return pl.DataFrame(data, schema=kinds)


def _typed(value: Any, text: bool) -> Any:
    return str(value) if text and value is not None else value


def csv_of(rows: Sequence[Row], facts: Sequence[Fact]) -> str:
    """The rows as CSV."""
    return csv_text(columns(facts), rows)


def csv_text(names: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as CSV: an empty cell is not known. A text that a spreadsheet would run gets an apostrophe before it."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "@") else text

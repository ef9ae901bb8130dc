"""The words in which a study is told, in the terminal and on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chemoplan.report.civic_outline import release_text
from chemoplan.report.words import count_text

Row = Mapping[str, Any]

TIER_NOTE = (
    "The best tier (AMP/ASCO/CAP, own assignment) of any statement that applies to what was found. "
    "What was not tested may raise it."
)
SHARE_NOTE = (
    "A share is given only among people whose test could have shown either result, with the 95 percent interval by Wilson. "
    "Who was found positive by a test of unknown reach is counted as found, and not in the share."
)


def size_text(summary: Row) -> str:
    """How large the study is, in one line."""
    parts = [
        f"{count_text(summary['tumors'], 'sequenced tumor')} of {count_text(summary['patients'], 'person', 'people')}",
        f"{summary['calls']:,} calls, {summary['altering']:,} of them protein-altering",
    ]
    if summary["not_sequenced"]:
        parts.append(f"{count_text(len(summary['not_sequenced']), 'sample')} without sequencing left out of the table")
    return "; ".join(parts)


def frequency_text(row: Row, line: Row) -> str:
    """How often a value was found, and among how many it may be called a share."""
    text = f"{line['patients']} of {row['of']}"
    if line["share"] is None:
        return f"{text}; not found cannot be said"
    among = round(line["share"] * row["assayed"])
    outside = line["patients"] - among
    share = f"{among} of {row['assayed']} assayed: {_percent(line['share'])} ({100 * line['low']:.1f} to {100 * line['high']:.1f})"
    return share + (f"; {outside} more found without known reach" if outside else "")


def found_rows(summary: Row) -> list[tuple[Row, Row]]:
    """Biomarkers with one of their values that somebody has or that could be looked for, most frequent first."""
    pairs = [
        (row, line) for row in summary["biomarkers"] for line in row["values"] if line["patients"] or row["assayed"]
    ]
    return sorted(pairs, key=lambda pair: -pair[1]["patients"])


def absent_text(row: Row, line: Row) -> str:
    """A biomarker that nobody has among those assayed, and how many could have it all the same."""
    return f"{row['title']} (0 of {row['assayed']}, up to {_percent(line['high'])})"


def name_text(row: Row, line: Row) -> str:
    """A biomarker with the value that is counted, where that is not plain."""
    value = str(line["value"]).replace("_", " ")
    return row["title"] if value == "detected" else f"{row['title']}: {value}"


def unknown_rows(summary: Row) -> list[Row]:
    """Biomarkers that are known in nobody."""
    return [row for row in summary["biomarkers"] if not row["known"]]


def tier_text(row: Row) -> str:
    """A tier, or that there is none."""
    return f"tier {row['tier']}" if row["tier"] else "no tier"


def share_text(part: float) -> str:
    """A part of 1 as percent."""
    return _percent(part)


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def civic_text(summary: Row) -> str:
    """In how many tumors the second source has something to say."""
    samples = summary["civic"]["samples"].values()
    matched = sum(bool(row["matches"]) for row in samples)
    at_odds = sum(bool(row["contradictions"]) for row in samples)
    return (
        f"{release_text(summary['civic']['release'])}: items match in {matched} of {count_text(len(samples), 'tumor')} and "
        f"contradict each other in {at_odds}; --format json holds them"
    )


def unknown_text(row: Row) -> str:
    """In how many tumors a fact is unknown, and of what kind."""
    parts = [f"{row['not_assayed']} not tested" if row["not_assayed"] else ""]
    parts.append(f"{row['undetermined']} undetermined" if row["undetermined"] else "")
    return ", ".join(part for part in parts if part)


def gene_counts(alterations: Sequence[Row], most: int) -> list[tuple[str, int]]:
    """Genes with the number of tumors in which a call was found, most frequent first."""
    counted = Counter(gene for row in alterations for gene, calls in row["found"].items() if calls)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:most]

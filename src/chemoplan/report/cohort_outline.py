"""The words in which a study is told, in the terminal and on a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemoplan.report.civic_outline import release_text
from chemoplan.report.tumor_outline import GROUPS, AssertionGroup
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


@dataclass(frozen=True)
class Disagreement:
    """Tumors in which the same tests disagree in the same way: fact, title, what the tests say, tumors with their numbers."""

    fact: str
    title: str
    pattern: str
    samples: tuple[tuple[str, str], ...]


def disagreements(summary: Row) -> list[Disagreement]:
    """Results that disagree, by fact and by what each test says; most frequent first."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for row in summary["discordant"]:
        whole = str(row["because"]).removeprefix("Results contradict each other: ")
        pattern = re.sub(r": [0-9.]+ \(", " (", whole)
        numbers = ", ".join(re.findall(r": ([0-9.]+) \(", whole))
        found.setdefault((row["fact"], row["title"], pattern), []).append((row["sample"], numbers))
    groups = [Disagreement(*key, tuple(samples)) for key, samples in found.items()]
    return sorted(groups, key=lambda group: -len(group.samples))


def samples_text(group: Disagreement, number: int) -> str:
    """The tumors of a disagreement with their numbers, the first ones when there are many."""
    names = [f"{sample} ({numbers})" if numbers else sample for sample, numbers in group.samples[:number]]
    left = len(group.samples) - number
    return ", ".join(names) + (f" and {left} more" if left > 0 else "")


def statement_groups(summary: Row) -> list[AssertionGroup]:
    """The statements of a study that point the same way: what would harm or not work before what may work."""
    known = {effect for *_, effects in GROUPS for effect in effects}
    other = tuple(dict.fromkeys(row["effect"] for row in summary["assertions"] if row["effect"] not in known))
    groups = [
        AssertionGroup(name, title, tuple(row for row in summary["assertions"] if row["effect"] in effects))
        for name, title, effects in (*GROUPS, ("other", "Other statements", other))
    ]
    return [group for group in groups if group.rows]


def unknown_groups(summary: Row) -> list[tuple[Row, str, list[Row]]]:
    """Facts that are unknown in as many tumors for the same kind of reason: one of them, the reason, all of them."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(summary["not_tested"], key=lambda row: -row["tumors"]):
        reason = _kind_of_reason(row["reasons"][0]["because"])
        found.setdefault((row["tumors"], row["not_assayed"], row["undetermined"], reason), []).append(row)
    return [(rows[0], key[-1], rows) for key, rows in found.items()]


def _kind_of_reason(text: str) -> str:
    head = text.split(":")[0].split(". ")[0].rstrip(".")
    return head if len(head) < 60 else text


def at_odds_text(summary: Row, row: Row) -> str:
    """In how many people the results on a fact disagree: they are in no share."""
    people = {item["patient"] or item["sample"] for item in summary["discordant"] if item["fact"] == row["fact"]}
    return f"; results disagree in {len(people)} more" if people else ""


def frequency_text(summary: Row, row: Row, line: Row) -> str:
    """How often a value was found, among how many it may be called a share, and where results disagree."""
    return _frequency_text(row, line) + at_odds_text(summary, row)


def _frequency_text(row: Row, line: Row) -> str:
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


def absent_text(summary: Row, row: Row, line: Row) -> str:
    """A biomarker that nobody has among those assayed, and how many could have it all the same."""
    return f"{name_text(row, line)} (0 of {row['assayed']}, up to {_percent(line['high'])}{at_odds_text(summary, row)})"


def gene_share_text(found: int, of: int, whole: bool) -> str:
    """Tumors with a call in a gene; the share is the least it can be when not every tumor was read there in full."""
    share = 100 * found / of if of else 0.0
    return f"{'' if whole else '≥ '}{share:.0f} % ({found} of {of})"


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

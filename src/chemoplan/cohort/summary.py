"""What a study shows as a whole: tiers, frequencies with their intervals, what was not tested, what disagrees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import median
from typing import Any

from chemoplan.case.statement import Problem
from chemoplan.cohort.study import (
    Told,
    by_patient,
    by_sample,
    highest_tier,
    merged_value,
    negatives,
    people,
    person_of,
)
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import Fact

Z = 1.959963984540054
"""The quantile of the normal distribution for 95 percent."""
REASONS = 3


def wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 percent confidence interval of a share by Wilson's score (J Am Stat Assoc 1927;22:209), as parts of 1."""
    if of <= 0:
        return 0.0, 1.0
    share = found / of
    middle = share + Z * Z / (2 * of)
    spread = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    whole = 1 + Z * Z / of
    low = 0.0 if found == 0 else max(0.0, (middle - spread) / whole)
    high = 1.0 if found == of else min(1.0, (middle + spread) / whole)
    return low, high


def summarize(
    study: str,
    told: Sequence[Told],
    facts: Sequence[Fact],
    knowledge: Knowledge,
    *,
    by: str = "sample",
    not_sequenced: Sequence[str] = (),
    problems: Iterable[Problem] = (),
) -> dict[str, Any]:
    """The study as plain data. Keys are those of docs/reference/json.md, under `cohort`."""
    from chemoplan import __version__

    groups = people(told)
    return {
        "chemoplan": __version__,
        "knowledge": {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of},
        "study": study,
        "by": by,
        "tumors": len(told),
        "patients": len(groups),
        "not_sequenced": list(not_sequenced),
        "calls": _sum(item.tumor.calls for item in told),
        "altering": _sum(item.tumor.altering for item in told),
        "tiers": _tiers(groups),
        "biomarkers": [_frequency(fact, groups, knowledge) for fact in facts if fact.kind == "choice"],
        "numbers": [row for fact in facts if fact.kind == "quantity" for row in _numbers(fact, told)],
        "assertions": _assertions(told),
        "not_tested": [row for fact in facts if (row := _unknown(fact, told))],
        "discordant": [
            {"sample": item.tumor.sample, "patient": item.tumor.patient, **_without(row, "results")}
            for item in told
            for row in item.report["discordant"]
        ],
        "cautions": _cautions(told),
        "problems": [{"path": item.path, "message": item.message} for item in problems],
        "rows": by_patient(told, facts, knowledge) if by == "patient" else by_sample(told, facts),
    }


def alterations(told: Iterable[Told], knowledge: Knowledge) -> list[dict[str, Any]]:
    """For an oncoprint: the calls of each tumor by gene that a biomarker found, and the genes that were read in full.

    Of a fusion only the genes count that a marker looks at, not their partners.
    """
    from chemoplan.genomics.markers import genes_of_interest

    wanted = genes_of_interest(knowledge)
    rows = []
    for item in told:
        found: dict[str, list[dict[str, Any]]] = {}
        for marker in item.report["biomarkers"]:
            for call in marker["variants"]:
                genes = call["gene"].split("::") if call["change"] == "fusion" else [call["gene"]]
                for gene in wanted.intersection(genes):
                    if call not in found.setdefault(gene, []):
                        found[gene].append(call)
        covered = sorted({gene for assay in item.tumor.assays for gene in assay.genes})
        rows.append({"sample": item.tumor.sample, "patient": person_of(item), "found": found, "covered": covered})
    return rows


def _sum(numbers: Iterable[int | None]) -> int:
    return sum(number or 0 for number in numbers)


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _tiers(groups: dict[str, list[Told]]) -> list[dict[str, Any]]:
    counted = Counter(
        highest_tier(row for item in group for row in item.report["assertions"]) for group in groups.values()
    )
    order = sorted(counted, key=lambda tier: (tier is None, tier or ""))
    return [{"tier": tier, "patients": counted[tier], "share": counted[tier] / len(groups)} for tier in order]


def _frequency(fact: Fact, groups: dict[str, list[Told]], knowledge: Knowledge) -> dict[str, Any]:
    """How often each value was found, by person. A share is given only among those whose test could have shown either.

    A person in whom something was found by a test that is not known to look everywhere counts as found, and not in the
    share: counting only those who are known because it was found would make every share too high.
    """
    absent = negatives(fact.name, knowledge)
    values: list[Any] = []
    among: list[Any] = []
    title = fact.name
    for group in groups.values():
        rows = [(item, _biomarker(item, fact.name)) for item in group]
        title = rows[0][1]["title"]
        value = merged_value(fact.name, [row["value"] for _, row in rows], knowledge)
        values.append(value)
        reach = any(row["value"] == value and _either_way(item, row) for item, row in rows)
        if value is not None and (reach or str(value) in absent):
            among.append(value)
    counted, counted_among = Counter(values), Counter(among)
    if counted[None] and not any(str(value) in absent for value in among):
        among = []  # nobody is known to be without it: a share would only say that what was found was found
    present = [value for value in fact.values if value not in absent]
    seen = [value for value in present if any(str(each) == value for each in counted)]
    names = seen or present[:1]
    lines = []
    for name in names:
        found = sum(number for value, number in counted.items() if str(value) == name)
        within = sum(number for value, number in counted_among.items() if str(value) == name)
        low, high = wilson(within, len(among)) if among else (None, None)
        share = within / len(among) if among else None
        lines.append({"value": name, "patients": found, "share": share, "low": low, "high": high})
    unknown = counted[None]
    return {
        "fact": fact.name,
        "title": title,
        "of": len(groups),
        "known": len(groups) - unknown,
        "unknown": unknown,
        "assayed": len(among),
        "values": lines,
    }


def _biomarker(item: Told, fact: str) -> Mapping[str, Any]:
    return next(row for row in item.report["biomarkers"] if row["fact"] == fact)


def _either_way(item: Told, row: Mapping[str, Any]) -> bool:
    """True when the test behind a found biomarker could have shown its absence as well.

    A fact that follows from another one (hypermutation from the burden) reaches as far as that.
    """
    if row["reported"]:
        return True
    origin = next(fact["from"] for fact in item.report["facts"] if fact["name"] == row["fact"])
    if origin:
        return all(_either_way(item, _biomarker(item, name)) for name in origin)
    return bool(item.tumor.assays and not row["not_covered"])


def _numbers(fact: Fact, told: Sequence[Told]) -> list[dict[str, Any]]:
    found = [
        row["value"]
        for item in told
        for row in item.report["facts"]
        if row["name"] == fact.name and row["value"] is not None
    ]
    if not found:
        return []
    numbers = {"median": median(found), "lowest": min(found), "highest": max(found)}
    return [{"fact": fact.name, "unit": fact.unit or None, "tumors": len(found), **numbers}]


def _assertions(told: Sequence[Told]) -> list[dict[str, Any]]:
    """Statements with the people in whom they hold in some tumor, and those in whom they only may."""
    found: dict[str, dict[str, Any]] = {}
    persons: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in told:
        for row in item.report["assertions"]:
            kept = ("id", "title", "effect", "therapy", "tier", "status")
            found.setdefault(row["id"], {key: row[key] for key in kept})
            persons[row["id"], row["verdict"]].add(person_of(item))
    rows = []
    for name, row in found.items():
        holds = persons[name, "holds"]
        rows.append({**row, "patients": len(holds), "conditional": len(persons[name, "conditional"] - holds)})
    return sorted(rows, key=lambda row: (-row["patients"], -row["conditional"], row["id"]))


def _cautions(told: Sequence[Told]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for item in told:
        for row in item.report["cautions"]:
            entry = found.setdefault(row["id"], {"id": row["id"], "text": row["text"], "samples": []})
            entry["samples"].append(item.tumor.sample)
    return list(found.values())


def _unknown(fact: Fact, told: Sequence[Told]) -> dict[str, Any] | None:
    rows = [row for item in told for row in item.report["not_tested"] if row["fact"] == fact.name]
    if not rows:
        return None
    states = Counter(row["state"] for row in rows)
    reasons = Counter(row["because"] for row in rows)
    return {
        "fact": fact.name,
        "title": rows[0]["title"],
        "tumors": len(rows),
        "not_assayed": states["not_assayed"],
        "undetermined": states["undetermined"],
        "reasons": [{"because": text, "tumors": number} for text, number in reasons.most_common(REASONS)],
        "decides": max((len(row["decides"]) for row in rows), default=0),
    }

"""The order in which a plan is told: options in groups, reasons once each, sources numbered, what each question decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.report.words import GROUPS

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """Options of the same sort, in the order of the plan (by rank)."""

    id: str
    title: str
    offered: tuple[Row, ...]
    conditional: tuple[Row, ...]
    remote: tuple[Row, ...]
    excluded: tuple[Row, ...]

    @property
    def undecided(self) -> int:
        """How many options are conditional, advice on drugs that no listed option holds included."""
        return len(self.conditional) + len(self.remote)

    @property
    def total(self) -> int:
        """How many options the group tells of."""
        return len(self.offered) + self.undecided + len(self.excluded)


@dataclass(frozen=True)
class Decision:
    """What one missing fact decides: titles of options, and ids of gates and alerts."""

    fact: str
    question: str
    gate: str | None
    options: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How many things wait for the fact."""
        return len(self.options) + len(self.others)


def groups(plan: Row) -> list[Group]:
    """The options of a plan in groups; an unexpected kind gets a group of its own rather than being left out."""
    expected = {kind for *_, kinds in GROUPS for kind in kinds}
    options, excluded = plan["options"], plan["excluded"]
    other = tuple(dict.fromkeys(row["kind"] for row in [*options, *excluded] if row["kind"] not in expected))
    found = []
    for name, title, kinds in (*GROUPS, ("other", "Other options", other)):
        mine = [row for row in options if row["kind"] in kinds]
        group = Group(
            name,
            title,
            tuple(row for row in mine if row["verdict"] == "offered"),
            tuple(row for row in mine if row["verdict"] != "offered" and not row.get("remote")),
            tuple(row for row in mine if row["verdict"] != "offered" and row.get("remote")),
            tuple(row for row in excluded if row["kind"] in kinds),
        )
        if group.total:
            found.append(group)
    return found


def decisions(plan: Row) -> list[Decision]:
    """Every missing fact with what waits for it, in the order of the plan (most decisive first)."""
    titles = {row["id"]: row["title"] for row in plan["options"]}
    return [
        Decision(
            row["fact"],
            row["question"],
            row.get("gate"),
            tuple(titles[name] for name in row["decides"] if name in titles),
            tuple(name for name in row["decides"] if name not in titles),
        )
        for row in plan["missing"]
    ]


def review(row: Row) -> dict[str, Any] | None:
    """The review dates behind an option, alert or finding: the earliest review, the nearest due date, whether one is overdue."""
    reviews = [trace["review"] for trace in row.get("because", ()) if trace.get("review")]
    listing = [trace["review"] for trace in row.get("because", ()) if trace.get("review") and trace["role"] == "offers"]
    chosen = listing or reviews
    if not chosen:
        return None
    signers = [item.get("signed_off_by") for item in chosen]
    return {
        "reviewed": min(filter(None, (item["reviewed"] for item in chosen)), default=None),
        "due": min(filter(None, (item["review_due"] for item in chosen)), default=None),
        "overdue": any(item["overdue"] for item in chosen),
        "signed": ", ".join(dict.fromkeys(filter(None, signers))) if all(signers) else None,
    }


def evidence_lines(row: Row) -> list[dict[str, Any]]:
    """Evidence of a row, each statement once: two entries that cite the same passage for the same option show it once.

    `past_review` says of each line whether the entry that cites it was to be looked at again before the day of the decision.
    """
    traces = [
        item for item in row.get("because", ()) if isinstance(item, Mapping)
    ]  # statements on a tumor give words alone
    past = {trace["entry"] for trace in traces if (trace.get("review") or {}).get("overdue")}
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in row.get("evidence", ()):
        key = (line["source"], line["locator"], line["says"], line["strength"], line["status"])
        known = seen.setdefault(key, {**line, "past_review": False})
        known["past_review"] |= line.get("entry") in past
    return list(seen.values())


def cited(row: Row) -> list[dict[str, Any]]:
    """The sources of a row for one line: each once for every status, so that an unverified statement never hides behind a verified one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in evidence_lines(row):
        found.setdefault((line["source"], line["date"], line["status"], line["past_review"]), line)
    return list(found.values())


def sources(report: Row) -> dict[str, dict[str, Any]]:
    """Every source that the report cites, numbered in the order of first mention."""
    found: dict[str, dict[str, Any]] = {}
    for line in _all_evidence(report):
        if line.get("source") and line["source"] not in found:
            found[line["source"]] = {**line, "number": len(found) + 1}
    return found


def _all_evidence(report: Row) -> Iterator[Row]:
    for key in ("gates", "alerts", "options", "excluded", "findings"):
        for row in report.get(key, ()):
            yield from row.get("evidence", ())
            for caution in row.get("cautions", ()):
                yield from caution.get("evidence", ())
    for item in report.get("conflicts", ()):
        for position in item["positions"]:
            yield {"title": None, "source_status": None, "read_on": None, **position}


def topics(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Fact rows by topic, in order of first mention."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get("topic") or "other", []).append(row)
    return found

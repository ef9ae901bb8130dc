"""The pieces of a plan as plain JSON data: reasons, evidence, positions. Keys are added over time, never renamed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from chemoplan.case import Case
from chemoplan.criteria.text import write
from chemoplan.criteria.tree import Criterion, Not
from chemoplan.criteria.truth import Reason, Verdict
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Conflict, Entry, Evidence
from chemoplan.plan.planner import Planner, Reasons

WORD = {True: "true", False: "false", None: "unknown"}


def leaf(reason: Reason, case: Case, knowledge: Knowledge) -> dict[str, Any]:
    """One leaf of a trace: the fact, its value and source, and the limit it met."""
    fact = knowledge.vocabulary[reason.leaf.fact]
    state = case.states.get(fact.name)
    value = case.facts.get(fact.name)
    return {
        "fact": fact.name,
        "test": write(Not(reason.leaf) if reason.negated else reason.leaf, knowledge.vocabulary),
        "verdict": WORD[None if reason.verdict is None else reason.verdict != reason.negated],
        "value": None if value is None else fact.plain(value),
        "unit": fact.unit or None,
        "text": "unknown" if value is None else fact.show(value),
        "status": state.status if state else "unknown",
        "source": state.source if state else None,
        "from": list(state.origin) if state else [],
    }


def shown_leaf(reason: Reason, case: Case, knowledge: Knowledge, found: Reasons) -> dict[str, Any]:
    """The leaf as data, made once for a case: many options rest on the same tests."""
    shown = found.shown.get(reason)
    if shown is None:
        shown = found.shown[reason] = leaf(reason, case, knowledge)
    return shown


def trace(
    entry: Entry, role: str, criteria: Iterable[Criterion], case: Case, planner: Planner, found: Reasons, **more: Any
) -> dict[str, Any]:
    """Why an entry does what it does for this case: its criteria, their joint verdict, and the leaves that carry it."""
    parts = [(criterion, *found.of(criterion)) for criterion in criteria]
    verdict: Verdict = (
        False if any(part[1] is False for part in parts) else None if any(part[1] is None for part in parts) else True
    )
    leaves = [reason for _, part, reasons in parts if part is verdict for reason in reasons]
    return {
        "entry": entry.id,
        "title": entry.title,
        "role": role,
        "verdict": WORD[verdict],
        "criterion": " and ".join(_bracketed(planner.text(criterion)) for criterion, *_ in parts),
        "leaves": [shown_leaf(reason, case, planner.knowledge, found) for reason in dict.fromkeys(leaves)],
        **more,
        "review": review(entry, case),
    }


def _bracketed(text: str) -> str:
    return f"({text})" if " or " in text and not text.startswith("(") else text


def unknown_facts(criteria: Iterable[Criterion], found: Reasons) -> Iterator[str]:
    """Facts that would settle criteria which are unknown for this case."""
    for criterion in criteria:
        verdict, reasons = found.of(criterion)
        if verdict is None:
            yield from (reason.leaf.fact for reason in reasons)


def review(entry: Entry, case: Case) -> dict[str, Any]:
    """When the entry was last reviewed, when it is due, and who signed it off."""
    due = entry.review_due
    return {
        "reviewed": entry.reviewed,
        "review_due": due,
        "overdue": bool(due and case.decided_on and case.decided_on.isoformat() > due),
        "signed_off_by": entry.signed_off_by,
        "jurisdictions": list(entry.jurisdictions),
    }


def evidence(
    lines: Iterable[Evidence], entry: str, knowledge: Knowledge, jurisdictions: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Evidence lines with the source behind each."""
    rows = []
    for line in lines:
        source = knowledge.sources[line.source]
        where = [line.jurisdiction] if line.jurisdiction else list(jurisdictions) or list(source.jurisdictions)
        rows.append(
            {
                "source": source.id,
                "kind": source.kind,
                "title": source.title,
                "citation": source.citation,
                "date": source.date,
                "read_on": source.read_on,
                "locator": line.locator,
                "says": line.says,
                "strength": line.strength,
                "status": line.status,
                "source_status": source.status,
                "jurisdictions": where,
                "entry": entry,
            }
        )
    return rows


def conflict(item: Conflict, knowledge: Knowledge, reach: Collection[str] = ()) -> dict[str, Any]:
    """A disagreement with every position, its source and its date; what holds within `reach` comes first."""
    positions = []
    for position in sorted(item.positions, key=lambda position: position.jurisdiction not in reach):
        source = knowledge.sources.get(position.source or "")
        positions.append(
            {
                "body": position.body,
                "position": position.position,
                "source": position.source,
                "citation": source.citation if source else None,
                "date": position.date or (source.date if source else None),
                "jurisdiction": position.jurisdiction,
                "status": position.status,
                "remark": position.remark,
            }
        )
    return {"id": item.id, "topic": item.topic, "show": item.show, "positions": positions}


def fact_rows(case: Case, knowledge: Knowledge, missing: Iterable[str]) -> list[dict[str, Any]]:
    """Every fact that is known, derived or stale, and the unknown ones that matter, in the order of the vocabulary."""
    wanted = {name for name, state in case.states.items() if state.status != "unknown"} | set(missing)
    return [fact_row(name, case, knowledge) for name in knowledge.vocabulary if name in wanted]


def fact_row(name: str, case: Case, knowledge: Knowledge) -> dict[str, Any]:
    """One fact of the case, with where it came from."""
    fact, state = knowledge.vocabulary[name], case.states.get(name)
    value = case.facts.get(name)
    row: dict[str, Any] = {
        "name": name,
        "topic": fact.topic,
        "value": None if value is None else fact.plain(value),
        "unit": fact.unit or None,
        "text": "unknown" if value is None else fact.show(value),
        "status": state.status if state else "unknown",
        "source": (state.source or None) if state else None,
        "date": state.date.isoformat() if state and state.date else None,
        "from": list(state.origin) if state else [],
    }
    if state and state.earlier:
        row["earlier"] = list(state.earlier)
    return row

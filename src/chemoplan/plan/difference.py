"""What an overlay changes: the items it adds, replaces or retires, and the shipped cases whose plan becomes another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chemoplan.case import CaseRefused, Reading, resolve
from chemoplan.knowledge import Knowledge
from chemoplan.plan.planner import planner_of


def difference(before: Knowledge, after: Knowledge, cases: Iterable[Reading]) -> dict[str, Any]:
    """Items changed and cases whose verdicts or ranks change, as plain JSON data."""
    return {
        "before": {"version": before.version, "sha256": before.sha256},
        "after": {"version": after.version, "sha256": after.sha256, "overlays": list(after.overlays)},
        "items": _items(before, after),
        "cases": [row for reading in cases if (row := _case(reading, before, after)) is not None],
    }


def _items(before: Knowledge, after: Knowledge) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    old_shelves = dict(before.shelves())
    for kind, shelf in after.shelves():
        old = old_shelves[kind]
        rows += [{"kind": kind, "id": name, "change": "added"} for name in shelf if name not in old]
        rows += [
            {"kind": kind, "id": name, "change": "replaced"}
            for name, item in shelf.items()
            if name in old and item != old[name]
        ]
        rows += [
            {"kind": kind, "id": name, "change": "retired", "reason": after.retired.get(name, "")}
            for name in old
            if name not in shelf
        ]
    return rows


def _case(reading: Reading, before: Knowledge, after: Knowledge) -> dict[str, Any] | None:
    old, new = _verdicts(reading, before), _verdicts(reading, after)
    names = list(dict.fromkeys([*old, *new]))
    changes = [
        {"option": name, "before": old.get(name, "not applicable"), "after": new.get(name, "not applicable")}
        for name in names
        if old.get(name) != new.get(name)
    ]
    return {"case": reading.case, "title": reading.title, "changes": changes} if changes else None


def _verdicts(reading: Reading, knowledge: Knowledge) -> dict[str, str]:
    try:
        case = resolve(reading, knowledge)
    except CaseRefused as refused:
        return {"the case itself": f"refused: {refused.lines[0]}"}
    combination = planner_of(knowledge).combination(case.facts)
    found: dict[str, str] = {}
    for name in knowledge.options:
        verdicts = combination.verdicts(name)
        ranks = [offer.rank for _, offer in combination.structure.rules[name].offers]
        for word in ("offered", "conditional", "excluded"):
            if getattr(verdicts, word):
                found[name] = f"{word}, rank {min(ranks)}"
    return found

"""What the knowledge holds, as plain data for lists and for the page of one item."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from chemoplan.criteria.text import write
from chemoplan.criteria.tree import (
    And,
    Compare,
    Constant,
    Criterion,
    Has,
    IsUnknown,
    MemberOf,
    Not,
    Or,
    Predicate,
    SetIs,
)
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.mentions import evidence_of, readers_of, users_of
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.vocabulary.nearest import nearest

_NODES = (And, Compare, Constant, Has, IsUnknown, MemberOf, Not, Or, Predicate, SetIs)
_TITLES = ("title", "topic", "message", "trial", "term", "text", "fact", "gene")
"""Where the kinds of item keep what they are called; the first that is not empty counts."""
_COLUMNS = {
    "entries": ("kind", "file"),
    "regimens": ("version",),
    "sequences": ("version",),
    "drugs": ("kind",),
    "dose_changes": ("drugs", "action"),
    "policies": ("value",),
    "liver_ladders": ("enabled",),
    "toxicity_rates": ("event", "grade", "percent", "regimen"),
    "grade_scales": ("version",),
    "removed_terms": ("version", "replaced_by"),
}
"""By kind, what a list shows beside id, title and status."""
FACTS = "facts"


def list_kinds(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Each kind of item with its count."""
    return [{"kind": name, "items": len(shelf)} for name, shelf in knowledge.shelves()]


def list_items(knowledge: Knowledge, kind: str) -> list[dict[str, Any]]:
    """The items of a kind: id, title, the status of what they rest on, and what is telling for the kind."""
    return [_row(kind, name, item) for name, item in dict(knowledge.shelves())[kind].items()]


def _row(kind: str, name: str, item: Any) -> dict[str, Any]:
    title = next((getattr(item, key) for key in _TITLES if getattr(item, key, None)), "")
    row = {"id": name, "title": title}
    own = [item.status] if hasattr(item, "status") else []
    statuses = own if kind in ("regimens", "sequences") else sorted({line.status for line in evidence_of(item)}) or own
    if statuses:
        row["status"] = ", ".join(statuses)
    return row | {key: _plain(getattr(item, key)) for key in _COLUMNS.get(kind, ())}


def describe(knowledge: Knowledge, name: str) -> dict[str, Any]:
    """One item by id, by kind/id, or one fact by name, with everything it says and who names it. Raises KnowledgeRefused.

    A bare id that several kinds hold gives the first of them; `also` names the others.
    """
    shelves = dict(knowledge.shelves())
    kind, _, inner = name.partition("/")
    if inner and (kind == FACTS or kind in shelves):
        if inner not in (knowledge.vocabulary if kind == FACTS else shelves[kind]):
            raise _nothing(inner, shelves.get(kind, knowledge.vocabulary), f" among the {kind}")
        return _item(knowledge, kind, inner)
    holders = [kind for kind, shelf in shelves.items() if name in shelf]
    if name in knowledge.vocabulary:
        holders.insert(0, FACTS)
    if not holders and "/" in name and not (kind and inner):
        raise KnowledgeRefused("knowledge", f"{name!r} is not complete; write kind/id, such as drugs/irinotecan")
    if not holders and inner:
        close = nearest(kind, [FACTS, *shelves])
        raise KnowledgeRefused(
            "knowledge",
            f"there is no kind {kind!r}"
            + (f"; did you mean {close}?" if close else " (all: chemoplan knowledge list)"),
        )
    if not holders:
        raise _nothing(name, [*(key for shelf in shelves.values() for key in shelf), *knowledge.vocabulary])
    first, *others = holders
    item = _item(knowledge, first, name)
    also = {"also": [f"{kind}/{name}" for kind in others]} if others else {}
    return {"id": item["id"], "what": item["what"], **also, **item}


def _nothing(name: str, names: Any, where: str = "") -> KnowledgeRefused:
    close = nearest(name, list(names))
    hint = f"; did you mean {close}?" if close else ""
    return KnowledgeRefused("knowledge", f"nothing{where} is called {name!r}{hint}")


def _item(knowledge: Knowledge, kind: str, name: str) -> dict[str, Any]:
    if kind == FACTS:
        fact = _plain(knowledge.vocabulary[name])
        return {
            "id": name,
            "what": "fact",
            **fact,
            **_settled_by(knowledge, name),
            "used_by": list(readers_of(knowledge, name)),
        }
    row = {"id": name, "what": kind, **_plain(dict(knowledge.shelves())[kind][name])}
    if kind == "assertions":
        row["therapy"] = [part[0] if len(part) == 1 else {"one_of": part} for part in row["therapy"]]
    return {**row, "used_by": list(users_of(knowledge, kind, name))}


def _settled_by(knowledge: Knowledge, fact: str) -> dict[str, Any]:
    """What settles the fact: the marker that states it, the tests whose results do, the inherited gene."""
    found: dict[str, Any] = {}
    if fact in knowledge.markers:
        found["marker"] = _plain(knowledge.markers[fact])
    tests = [item.id for item in knowledge.tests.values() if fact == item.fact or fact in item.implies]
    if tests:
        found["tests"] = tests
    genes = [item.id for item in knowledge.germline.gene_rules.values() if item.fact == fact]
    if genes:
        found["genes"] = genes
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, _NODES):
        return write(_criterion(value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _criterion(value: Any) -> Criterion:
    node: Criterion = value
    return node

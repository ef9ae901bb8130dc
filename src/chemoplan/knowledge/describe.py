"""What the knowledge holds, as plain data for lists and for the page of one item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
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
    facts_of,
)
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.vocabulary.nearest import nearest

_NODES = (And, Compare, Constant, Has, IsUnknown, MemberOf, Not, Or, Predicate, SetIs)


def list_kinds(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Each kind of item with its count."""
    return [{"kind": name, "items": len(shelf)} for name, shelf in knowledge.shelves()]


def list_items(knowledge: Knowledge, kind: str) -> list[dict[str, Any]]:
    """The items of a kind: id, title, and the status of what they rest on."""
    rows = []
    for name, item in dict(knowledge.shelves())[kind].items():
        title = next(
            (
                getattr(item, key)
                for key in ("title", "topic", "message", "text", "fact", "gene")
                if getattr(item, key, None)
            ),
            "",
        )
        row = {"id": name, "title": title}
        statuses = sorted({line.status for line in _evidence(item)}) or (
            [item.status] if hasattr(item, "status") else []
        )
        if statuses:
            row["status"] = ", ".join(statuses)
        if kind == "entries":
            row["kind"] = item.kind
            row["file"] = item.file
        rows.append(row)
    return rows


def _evidence(item: Any) -> Iterator[Any]:
    yield from getattr(item, "evidence", ())
    for offer in getattr(item, "offers", ()):
        yield from offer.evidence
    yield from getattr(item, "positions", ())


def describe(knowledge: Knowledge, name: str) -> dict[str, Any]:
    """One item by id (or one fact by name), with everything it says and who names it. Raises KnowledgeRefused."""
    if name in knowledge.vocabulary:
        fact = knowledge.vocabulary[name]
        readers = [entry.id for entry in knowledge.entries.values() if name in _facts(entry)]
        readers += [item.id for item in knowledge.assertions.values() if name in facts_of(item.when)]
        readers += [caution.id for caution in knowledge.cautions.values() if name in facts_of(caution.when)]
        readers += [item.id for item in knowledge.germline.statements.values() if name in facts_of(item.when)]
        return {"id": name, "what": "fact", **_plain(fact), **_settled_by(knowledge, name), "used_by": readers}
    for kind, shelf in knowledge.shelves():
        if name in shelf:
            row = {"id": name, "what": kind, **_plain(shelf[name])}
            if kind == "assertions":
                row["therapy"] = [part[0] if len(part) == 1 else {"one_of": part} for part in row["therapy"]]
            return {**row, "used_by": list(_users(knowledge, kind, name))}
    names = [key for _, shelf in knowledge.shelves() for key in shelf]
    close = nearest(name, [*names, *knowledge.vocabulary])
    raise KnowledgeRefused("knowledge", f"nothing is called {name!r}" + (f"; did you mean {close}?" if close else ""))


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


def _facts(entry: Any) -> set[str]:
    return set(facts_of(entry.when)) | {fact for offer in entry.offers for fact in facts_of(offer.only_if)}


def _users(knowledge: Knowledge, kind: str, name: str) -> Iterator[str]:
    if kind == "sources":
        for _, shelf in knowledge.shelves():
            yield from (key for key, item in shelf.items() if name in _sources(item))
        return
    for entry in knowledge.entries.values():
        named = {
            "options": {offer.option for offer in entry.offers} | set(entry.forbid),
            "conflicts": set(entry.conflicts),
            "components": {*entry.blocks, *entry.holds, *(item.component for item in entry.modifies)},
        }.get(kind, set())
        if name in named:
            yield entry.id
    if kind == "components":
        yield from (option.id for option in knowledge.options.values() if name in option.components)
        drugs = {name, *knowledge.components[name].drugs}
        yield from (
            item.id for item in knowledge.assertions.values() if any(drugs & set(part) for part in item.therapy)
        )
    held = knowledge.germline
    if kind == "positions":
        yield from (
            item.id for item in held.alleles.values() if any(part.partition(">")[0] == name for part in item.variants)
        )
    if kind == "gene_rules":
        yield from (item.id for item in held.statements.values() if item.gene == name)
    if kind == "assertions":
        yield from (item.id for item in knowledge.assertions.values() if name in item.contradicts)


def _sources(item: Any) -> set[str]:
    named = {line.source for line in _evidence(item) if line.source}
    if isinstance(getattr(item, "source", None), str):
        named.add(item.source)
    return named


def _plain(value: Any) -> Any:
    if isinstance(value, _NODES):
        return write(_criterion(value))
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

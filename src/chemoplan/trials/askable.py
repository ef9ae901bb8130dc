"""What to ask for where a study needs a fact that nobody states: the facts it follows from."""

from __future__ import annotations

from collections.abc import Container, Iterable

from chemoplan.case.computed import COMPUTED
from chemoplan.criteria.tree import facts_of
from chemoplan.knowledge import Knowledge


def askable(names: Iterable[str], knowledge: Knowledge, known: Container[str] = ()) -> list[str]:
    """The names, with each fact that only follows from others replaced by those of them that are not known, in order."""
    found: dict[str, None] = {}
    for name in names:
        for item in _stated(name, knowledge, known, frozenset()):
            found[item] = None
    return list(found)


def _stated(name: str, knowledge: Knowledge, known: Container[str], above: frozenset[str]) -> list[str]:
    fact = knowledge.vocabulary.get(name)
    if fact is None or not fact.derived or fact.may_be_stated:
        return [name]
    inputs = [item for rule in COMPUTED if rule.fact == name for item in rule.inputs]
    derivations = [item for item in knowledge.derivations.values() if item.fact == name]
    inputs += [item for found in derivations for rule in found.rules for item in facts_of(rule.when)]
    open_inputs = [item for item in dict.fromkeys(inputs) if item not in known and item not in above and item != name]
    return [part for item in open_inputs for part in _stated(item, knowledge, known, above | {name})] or [name]

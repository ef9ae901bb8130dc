"""Checks of what is known of inherited genes, over every value of their facts: complete, reachable, in agreement with the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

from chemoplan.criteria.tree import facts_of
from chemoplan.criteria.truth import evaluate
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Entry
from chemoplan.knowledge.pharmacogenes import GeneRules, PharmacogeneStatement
from chemoplan.knowledge.select import class_of
from chemoplan.vocabulary import Value


@dataclass(frozen=True)
class GermlineCheck:
    """One thing checked; `value` is the value of the fact for which it fails, None where it holds."""

    id: str
    title: str
    kind: str
    fact: str
    value: Value | None = None
    message: str = ""


def germline_checks(knowledge: Knowledge) -> Iterator[GermlineCheck]:
    """Every check about inherited genes, in order."""
    for rules in knowledge.germline.gene_rules.values():
        yield _complete(rules)
    for statement in knowledge.germline.statements.values():
        yield _reachable(statement, knowledge)
    for statement in _with_percent(knowledge):
        yield _one_share(statement, knowledge)
        yield _in_plan(statement, knowledge)


def _complete(rules: GeneRules) -> GermlineCheck:
    """Every pair of strands must lead to a phenotype."""
    if rules.activity:
        results = [f"{one + other:g}" for one, other in combinations_with_replacement(rules.activity.values(), 2)]
    else:
        results = [rules.decreased_strands.get(str(count), "") for count in range(3)]
    missing = [result for result in results if result not in rules.phenotypes]
    message = f"a pair of strands leads to {missing[0] or 'nothing'}, which has no phenotype" if missing else ""
    return GermlineCheck(f"gene:{rules.id}", rules.title, "every pair has a phenotype", rules.fact, None, message)


def _reachable(statement: PharmacogeneStatement, knowledge: Knowledge) -> GermlineCheck:
    fact = knowledge.germline.gene_rules[statement.gene].fact
    holds = not facts_of(statement.when) or _values(statement, knowledge)
    message = "" if holds else "can never hold"
    return GermlineCheck(f"statement:{statement.id}", statement.action, "can hold", fact, None, message)


def _one_share(statement: PharmacogeneStatement, knowledge: Knowledge) -> GermlineCheck:
    """One body must not name two shares of the dose for one result and drug."""
    label = f"share:{statement.id}"
    fact = knowledge.germline.gene_rules[statement.gene].fact
    for value in _values(statement, knowledge):
        for other in _with_percent(knowledge):
            same = (
                other.body == statement.body
                and other.gene == statement.gene
                and set(other.drugs) & set(statement.drugs)
            )
            if same and other.start_percent != statement.start_percent and value in _values(other, knowledge):
                return GermlineCheck(label, statement.action, _ONE, fact, value, f"{other.id} names another share")
    return GermlineCheck(label, statement.action, _ONE, fact)


_ONE = "a body names one share"
_PLAN = "the plan acts on it"


def _in_plan(statement: PharmacogeneStatement, knowledge: Knowledge) -> GermlineCheck:
    """Where a body says none, a safety entry must block the drug; where it says less, one must change or block it."""
    label, share = f"plan:{statement.id}", statement.start_percent
    fact = knowledge.germline.gene_rules[statement.gene].fact
    if share is None or share >= 100:
        return GermlineCheck(label, statement.action, _PLAN, fact)
    for value in _values(statement, knowledge):
        acting = [
            entry
            for entry in knowledge.entries.values()
            if entry.kind == "safety" and evaluate(entry.when, {fact: value}) is True
        ]
        for drug in statement.drugs:
            if not any(_acts(entry, drug, knowledge, blocks=not share) for entry in acting):
                what = "blocks" if not share else "changes"
                return GermlineCheck(label, statement.action, _PLAN, fact, value, f"no safety entry {what} {drug}")
    return GermlineCheck(label, statement.action, _PLAN, fact)


def _acts(entry: Entry, drug: str, knowledge: Knowledge, *, blocks: bool) -> bool:
    touched = set(entry.blocks) | (set() if blocks else {item.component for item in entry.modifies})
    return bool(touched & {drug, class_of(drug, knowledge.components)})


def _with_percent(knowledge: Knowledge) -> list[PharmacogeneStatement]:
    return [item for item in knowledge.germline.statements.values() if item.start_percent is not None]


def _values(statement: PharmacogeneStatement, knowledge: Knowledge) -> list[Value]:
    """The values of the fact for which a statement speaks."""
    fact = knowledge.vocabulary[knowledge.germline.gene_rules[statement.gene].fact]
    values = [fact.read(value) for value in fact.values]
    return [value for value in values if evaluate(statement.when, {fact.name: value}) is True]

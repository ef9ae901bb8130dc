"""Every id that one entry names must exist; kinds of test that would break monotonicity are refused where they must not stand."""

from __future__ import annotations

from collections.abc import Iterator

from chemoplan.criteria.tree import facts_of, knownness
from chemoplan.knowledge.entries import Entry
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.reference_problems import evidence_problems, plan_fact_problems, unknown
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.knowledge.select import class_of, meaning


def check_references(knowledge: Knowledge) -> None:
    """Raise KnowledgeRefused at the first entry that names something that does not exist."""
    for file, owner, problem in _problems(knowledge):
        raise KnowledgeRefused(file, f"{owner}: {problem}")


def check_audit_references(knowledge: Knowledge) -> None:
    """The same for the named mistakes that an audit finds."""
    for wrong in knowledge.wrong_plans.values():
        for problem in evidence_problems(wrong.evidence, knowledge):
            raise KnowledgeRefused("audit", f"{wrong.id}: {problem}")


def _problems(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    for entry in knowledge.entries.values():
        for problem in _entry_problems(entry, knowledge):
            yield entry.file, entry.id, problem
    for option in knowledge.options.values():
        for component in option.components:
            if component not in knowledge.components:
                yield "options", option.id, unknown("component", component, knowledge.components)
        if option.kind not in ("treatment", "strategy", "surveillance", "supportive", "test", "advice", "trial"):
            yield "options", option.id, f"unknown kind {option.kind!r}"
    for name, members in knowledge.groups.items():
        for member in members:
            if member not in knowledge.components:
                yield "components", name, unknown("component", member, knowledge.components)
    for conflict in knowledge.conflicts.values():
        for position in conflict.positions:
            if position.source and position.source not in knowledge.sources:
                yield "conflicts", conflict.id, unknown("source", position.source, knowledge.sources)
    for derivation in knowledge.derivations.values():
        if derivation.source not in knowledge.sources:
            yield "derivations", derivation.fact, unknown("source", derivation.source, knowledge.sources)


def _entry_problems(entry: Entry, knowledge: Knowledge) -> Iterator[str]:
    for offer in entry.offers:
        if offer.option not in knowledge.options:
            yield unknown("option", offer.option, knowledge.options)
        if not offer.evidence:
            yield f"the offer of {offer.option} has no evidence; name a source (`unsourced` where none was found)"
        yield from evidence_problems(offer.evidence, knowledge)
        if any(True for _ in knownness(offer.only_if)):
            yield f"only_if of {offer.option} asks whether a fact is known; only a gate may"
        yield from plan_fact_problems(facts_of(offer.only_if), knowledge)
    yield from evidence_problems(entry.evidence, knowledge)
    yield from plan_fact_problems(facts_of(entry.when), knowledge)
    for selector in (*entry.forbid, *entry.spare, *entry.holds):
        if meaning(selector, knowledge.options, knowledge.components, knowledge.groups) == "nothing":
            yield unknown("option, kind or component", selector, {**knowledge.options, **knowledge.components})
    for component in (
        *entry.blocks,
        *(item.component for item in entry.modifies),
        *(c for pair in entry.blocks_together for c in pair),
    ):
        if class_of(component, knowledge.components) is None:
            yield unknown("component or drug", component, knowledge.components)
    for conflict in entry.conflicts:
        if conflict not in knowledge.conflicts:
            yield unknown("conflict", conflict, knowledge.conflicts)
    for fact in entry.asks:
        if fact not in knowledge.vocabulary:
            yield unknown("fact", fact, knowledge.vocabulary)
    tests = list(knownness(entry.when))
    if entry.kind != "gate" and tests:
        yield "`when` asks whether a fact is known; only a gate may"
    if entry.kind == "gate" and any(not positive for _, positive in tests):
        yield "a gate may ask `is unknown` but not `is known`: filling in a fact must never open it"
    if entry.kind == "safety" and not entry.evidence and not any(offer.evidence for offer in entry.offers):
        yield "a safety entry needs at least one evidence line"

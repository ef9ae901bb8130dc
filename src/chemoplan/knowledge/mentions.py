"""Which items of the knowledge name another one: an option, a source, a drug, a fact."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from chemoplan.criteria.tree import facts_of
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.regimens import DoseChange, Regimen


def evidence_of(item: Any) -> Iterator[Any]:
    """Every line of evidence of an item, those of its offers, dose levels, premedication and statements included."""
    yield from getattr(item, "evidence", ())
    for inner in ("offers", "ladders", "premedication", "statements"):
        for part in getattr(item, inner, ()):
            yield from part.evidence
    yield from getattr(item, "positions", ())


def readers_of(knowledge: Knowledge, fact: str) -> Iterator[str]:
    """Ids of what reads a fact: entries, assertions, cautions, statements on inherited genes, dose changes, grade scales."""
    for entry in knowledge.entries.values():
        if fact in set(facts_of(entry.when)) | {name for offer in entry.offers for name in facts_of(offer.only_if)}:
            yield entry.id
    for shelf in (
        knowledge.assertions,
        knowledge.cautions,
        knowledge.germline.statements,
        knowledge.dosing.dose_changes,
    ):
        yield from (item.id for item in shelf.values() if fact in facts_of(item.when))
    for scale in knowledge.dosing.grade_scales.values():
        if scale.fact == fact or any(grade.when is not None and fact in facts_of(grade.when) for grade in scale.grades):
            yield scale.id


def users_of(knowledge: Knowledge, kind: str, name: str) -> Iterator[str]:
    """Ids of what names an item of a kind."""
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
    yield from _germline_users(knowledge, kind, name)
    yield from _dosing_users(knowledge, kind, name)
    if kind == "assertions":
        yield from (item.id for item in knowledge.assertions.values() if name in item.contradicts)


def _germline_users(knowledge: Knowledge, kind: str, name: str) -> Iterator[str]:
    held = knowledge.germline
    if kind == "positions":
        yield from (
            item.id for item in held.alleles.values() if any(part.partition(">")[0] == name for part in item.variants)
        )
    if kind == "gene_rules":
        yield from (item.id for item in held.statements.values() if item.gene == name)


def _dosing_users(knowledge: Knowledge, kind: str, name: str) -> Iterator[str]:
    held = knowledge.dosing
    match kind:
        case "regimens":
            yield from (option.id for option in knowledge.options.values() if name in option.regimens)
            yield from (
                item.id for item in held.sequences.values() if any(name in (*s.regimens, *s.cycles) for s in item.steps)
            )
            yield from (item.id for item in held.regimens.values() if item.replaced_by == name)
            yield from (change.id for change in held.dose_changes.values() if _is_about(change, held.regimens[name]))
            yield from (rate.id for rate in held.toxicity_rates.values() if rate.regimen == name)
        case "sequences":
            yield from (option.id for option in knowledge.options.values() if name in option.courses)
        case "drugs":
            yield from (item.id for item in held.regimens.values() if name in drugs_of(item))
            yield from (change.id for change in held.dose_changes.values() if name in change.drugs)
            yield from (table.id for table in held.tablet_tables.values() if table.drug == name)
            yield from (table.id for table in held.band_tables.values() if name in table.drugs)
        case "components":
            yield from (drug.id for drug in held.drugs.values() if name in drug.components and drug.id != name)
            yield from (change.id for change in held.dose_changes.values() if name in change.drugs)
        case "dose_changes":
            yield from (item.id for item in held.regimens.values() if name in item.day1)
        case "entries":
            yield from (change.id for change in held.dose_changes.values() if name in change.settles)
        case "toxicity_studies":
            trial = held.toxicity_studies[name].trial
            yield from (rate.id for rate in held.toxicity_rates.values() if rate.trial == trial)
        case "event_names":
            words = held.event_names[name].words
            yield from (rate.id for rate in held.toxicity_rates.values() if rate.event in words)
        case _:
            return


def drugs_of(regimen: Regimen) -> frozenset[str]:
    """Every drug that a regimen may hold, other forms to choose from included."""
    parts = regimen.parts
    return frozenset(part.drug for part in parts) | {c.drug for part in parts for c in part.choices if c.drug}


def _is_about(change: DoseChange, regimen: Regimen) -> bool:
    """True for a dose change that names the regimen, by id or pattern. Those about its drugs are told with the drugs."""
    return any(fnmatchcase(regimen.id, pattern) for pattern in change.regimens)


def _sources(item: Any) -> set[str]:
    named = {line.source for line in evidence_of(item) if line.source}
    if isinstance(getattr(item, "source", None), str):
        named.add(item.source)
    return named

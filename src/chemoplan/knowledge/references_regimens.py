"""Every id that an entry about giving drugs names must exist, and regimens, drugs and dose changes must fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import pairwise

from chemoplan.criteria.tree import facts_of, knownness
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.reference_problems import evidence_problems, plan_fact_problems, unknown
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.knowledge.regimens import (
    BandTable,
    DoseChange,
    Drug,
    GradeScale,
    LiverLadder,
    Policy,
    Pump,
    Regimen,
    RemovedTerm,
    Sequence,
    TabletTable,
    ToxicityStudy,
)  # fmt: skip

_Reviewed = Regimen | Sequence | DoseChange
"""Kinds that carry the days of their review."""


def check_dosing_references(knowledge: Knowledge) -> None:
    """Raise KnowledgeRefused at the first entry about giving drugs that names something that does not exist."""
    for kind, owner, problem in dosing_problems(knowledge):
        raise KnowledgeRefused(kind, f"{owner}: {problem}")


def dosing_problems(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    """Kind, id and problem of each entry that does not fit the others."""
    held = knowledge.dosing
    for regimen in held.regimens.values():
        yield from (("regimens", regimen.id, problem) for problem in _regimen_problems(regimen, knowledge))
    for drug in held.drugs.values():
        yield from (("drugs", drug.id, problem) for problem in _drug_problems(drug, knowledge))
    for change in held.dose_changes.values():
        yield from (("dose_changes", change.id, problem) for problem in _change_problems(change, knowledge))
    for table in held.tablet_tables.values():
        yield from (("tablets", table.id, problem) for problem in _tablet_problems(table, knowledge))
    dated: Mapping[str, Mapping[str, _Reviewed]] = {
        "regimens": held.regimens,
        "sequences": held.sequences,
        "dose_changes": held.dose_changes,
    }
    for kind, entries in dated.items():
        for entry in entries.values():
            yield from ((kind, entry.id, problem) for problem in _review_problems(entry))
    for sequence in held.sequences.values():
        yield from (("sequences", sequence.id, problem) for problem in evidence_problems(sequence.evidence, knowledge))
        for step in sequence.steps:
            for name in (*step.regimens, *step.cycles):
                if name not in held.regimens:
                    yield "sequences", sequence.id, unknown("regimen", name, held.regimens)
    for bands in held.band_tables.values():
        yield from (("bands", bands.id, problem) for problem in _band_problems(bands, knowledge))
    shelves: tuple[Mapping[str, Pump | Policy | LiverLadder | GradeScale | RemovedTerm | ToxicityStudy], ...] = (
        held.pumps,
        held.policies,
        held.liver_ladders,
        held.grade_scales,
        held.removed_terms,
        held.toxicity_studies,
    )
    for shelf in shelves:
        for item in shelf.values():
            yield from (("dosing", item.id, problem) for problem in evidence_problems(item.evidence, knowledge))
    for policy in held.policies.values():
        if policy.choices and policy.value not in policy.choices:
            yield "policies", policy.id, unknown("choice", policy.value, policy.choices)
    for ladder in held.liver_ladders.values():
        yield from (("liver_ladders", ladder.id, problem) for problem in _liver_problems(ladder))
    for rate in held.toxicity_rates.values():
        if rate.regimen and rate.regimen not in held.regimens:
            yield "toxicities/rates", rate.id, unknown("regimen", rate.regimen, held.regimens)
        if rate.source not in knowledge.sources:
            yield "toxicities/rates", rate.id, unknown("source", rate.source, knowledge.sources)
    yield from (("toxicities/events", *problem) for problem in _event_problems(knowledge))
    for option in knowledge.options.values():
        for name in option.regimens:
            if name not in held.regimens:
                yield "options", option.id, unknown("regimen", name, held.regimens)
        for name in option.courses:
            if name not in held.sequences:
                yield "options", option.id, unknown("sequence", name, held.sequences)


def _review_problems(item: _Reviewed) -> Iterator[str]:
    try:
        first, due = date.fromisoformat(item.reviewed), date.fromisoformat(item.review_due)
    except ValueError:
        yield f"`reviewed` {item.reviewed!r} and `review_due` {item.review_due!r} must be days, such as 2026-11-23"
        return
    if due <= first:
        yield f"`review_due` {item.review_due} must lie after `reviewed` {item.reviewed}"


def _event_problems(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    named: dict[str, str] = {}
    for event in knowledge.dosing.event_names.values():
        for word in event.words:
            if word in named:
                yield event.id, f"{word!r} already means {named[word]}"
            named[word] = event.id
    for rate in knowledge.dosing.toxicity_rates.values():
        if rate.event not in named:
            yield rate.id, unknown("event", rate.event, named)


def _regimen_problems(regimen: Regimen, knowledge: Knowledge) -> Iterator[str]:
    held = knowledge.dosing
    yield from evidence_problems(regimen.evidence, knowledge)
    names = [part.id for part in regimen.parts]
    if len(set(names)) != len(names):
        yield "two parts have the same id"
    for part in regimen.parts:
        for name in (part.drug, *(choice.drug for choice in part.choices if choice.drug)):
            if name not in held.drugs:
                yield unknown("drug", name, held.drugs)
        if part.days and regimen.cycle_days and max(part.days) > regimen.cycle_days:
            yield f"{part.id} is given on day {max(part.days)} of a cycle of {regimen.cycle_days} days"
        if part.must_choose and len(part.choices) < 2:
            yield f"{part.id} must be chosen, so it needs two choices or more"
    yield from (
        unknown("dose change", name, held.dose_changes) for name in regimen.day1 if name not in held.dose_changes
    )
    if regimen.replaced_by and regimen.replaced_by not in held.regimens:
        yield unknown("regimen", regimen.replaced_by, held.regimens)


def _drug_problems(drug: Drug, knowledge: Knowledge) -> Iterator[str]:
    for name in drug.components:
        if name not in knowledge.components:
            yield unknown("component", name, knowledge.components)
    lines = [*(ladder.evidence for ladder in drug.ladders), *(item.evidence for item in drug.premedication)]
    lines += [statement.evidence for statement in drug.statements]
    for evidence in lines:
        yield from evidence_problems(evidence, knowledge)
    for ladder in drug.ladders:
        if list(ladder.steps) != sorted(set(ladder.steps), reverse=True):
            yield "dose levels must fall"


def _change_problems(change: DoseChange, knowledge: Knowledge) -> Iterator[str]:
    held = knowledge.dosing
    yield from evidence_problems(change.evidence, knowledge)
    yield from plan_fact_problems(facts_of(change.when), knowledge)
    if any(True for _ in knownness(change.when)):
        yield "`when` asks whether a fact is known; then its verdict could turn when a fact becomes known"
    for name in change.drugs:
        if name != "*" and name not in held.drugs and name not in knowledge.components and name not in knowledge.groups:
            yield unknown("drug", name, (*held.drugs, *knowledge.components))
    for pattern in change.regimens:
        if not any(fnmatchcase(name, pattern) for name in held.regimens):
            yield unknown("regimen", pattern, held.regimens)
    for name in change.settles:
        if name not in knowledge.entries:
            yield unknown("safety entry", name, knowledge.entries)
    for name in change.unasked:
        if name not in facts_of(change.when):
            yield unknown("fact of `when`", name, facts_of(change.when))
    given = [change.to is not None, change.fraction is not None, change.levels is not None]
    if sum(given) > 1:
        yield "name one of `to`, `fraction` and `levels`"
    if change.action == "reduce" and not any(given):
        yield "`reduce` needs `to`, `fraction` or `levels`"
    if change.fraction is not None and not 0 < change.fraction < 1:
        yield "`fraction` must lie between 0 and 1"


def _band_problems(table: BandTable, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(table.evidence, knowledge)
    for name in table.drugs:
        if name not in knowledge.dosing.drugs:
            yield unknown("drug", name, knowledge.dosing.drugs)
    if list(table.bands) != sorted(set(table.bands)):
        yield "bands must rise"
    if min(table.bands) <= 0:
        yield f"a band must lie above zero, and {min(table.bands)} does not"
    if not table.lower_limits:
        return
    if len(table.lower_limits) != len(table.bands):
        yield "`lower_limits` must name one limit for each band"
        return
    for below, low, band in zip((Decimal(0), *table.bands), table.lower_limits, table.bands, strict=False):
        if not below < low <= band:
            yield f"the lower limit {low} must lie above the band before ({below}) and not above its own ({band})"


def _liver_problems(ladder: LiverLadder) -> Iterator[str]:
    names = {name.strip().casefold() for name in ladder.enabled_by} - {""}
    if ladder.enabled and len(names) < 2:
        yield "`enabled: true` needs two names in `enabled_by`: it is confirmed by two clinicians"
    for mild, severe in pairwise(ladder.bands):
        if mild.at_least >= severe.at_least:
            yield f"bands must rise: {severe.at_least} follows {mild.at_least}"
        if mild.percent is None or (severe.percent is not None and severe.percent >= mild.percent):
            yield f"from {severe.at_least} times on the share must be lower than before"


def _tablet_problems(table: TabletTable, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(table.evidence, knowledge)
    if table.drug not in knowledge.dosing.drugs:
        yield unknown("drug", table.drug, knowledge.dosing.drugs)
    for row in table.rows:
        if sum(int(strength) * count for strength, count in row.tablets.items()) != row.dose:
            yield f"the tablets for {row.low} to {row.high} m2 do not add up to {row.dose} mg"

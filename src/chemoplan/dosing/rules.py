"""What may change the doses of one regimen, made ready once: dose changes and safety entries as rules over its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from chemoplan.criteria.text import write
from chemoplan.criteria.tree import Criterion, facts_of
from chemoplan.criteria.truth import Test, compiled
from chemoplan.dosing.amounts import exact
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Entry, Evidence
from chemoplan.knowledge.regimens import Action, DoseChange, PublishedDose, Regimen, RegimenPart
from chemoplan.knowledge.select import selected
from chemoplan.plan.shape import evidence


@dataclass(frozen=True, slots=True)
class DoseRule:
    """One rule over some parts of a regimen: the test, and what follows when it holds."""

    id: str
    title: str
    topic: str
    criterion: Criterion
    test: Test
    action: Action
    text: str
    parts: frozenset[str]
    evidence: tuple[Evidence, ...]
    jurisdictions: tuple[str, ...] = ()
    to: PublishedDose | None = None
    fraction: Decimal | None = None
    levels: int | None = None
    unasked: frozenset[str] = frozenset()
    """Facts whose absence withholds no dose."""
    keeps: bool = False
    settles: tuple[str, ...] = ()
    origin: str = "dose change"
    reviewed: str = ""
    review_due: str = ""
    signed_off_by: str | None = None

    @property
    def entry(self) -> str:
        """The id of the safety entry behind it, or its own."""
        return self.id.partition("/")[0]

    @property
    def changes_dose(self) -> bool:
        """True when the rule, once it holds, lowers a dose or takes it away."""
        return self.action != "warn"


@dataclass(frozen=True)
class PreparedRegimen:
    """A regimen with its rules. Prepare it once, order from it for many people."""

    regimen: Regimen
    knowledge: Knowledge
    rules: tuple[DoseRule, ...]
    parts: dict[str, RegimenPart]
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is the same in every order: by rule its words and evidence; made at first use."""

    def told(self, rule: DoseRule) -> dict[str, Any]:
        """The part of a rule that is the same in every order."""
        kept = self.said.get(rule.id)
        if kept is None:
            kept = self.said[rule.id] = {
                "rule": rule.id, "title": rule.title, "topic": rule.topic, "action": rule.action, "text": rule.text,
                "jurisdictions": list(rule.jurisdictions), "keeps": rule.keeps, "verdict": "true", "criterion": self.text(rule),
                "evidence": evidence(rule.evidence, rule.id, self.knowledge, rule.jurisdictions),
                "review": {"reviewed": rule.reviewed, "review_due": rule.review_due, "signed_off_by": rule.signed_off_by},
            }  # fmt: skip
        return kept

    def text(self, rule: DoseRule) -> str:
        """The criterion of a rule as text."""
        return write(rule.criterion, self.knowledge.vocabulary)


_PREPARED: dict[tuple[int, str], PreparedRegimen] = {}


def prepare(regimen: Regimen, knowledge: Knowledge) -> PreparedRegimen:
    """The regimen with every rule that can touch it, in the order of the knowledge."""
    kept = _PREPARED.get((id(knowledge), regimen.id))
    if kept is not None and kept.knowledge is knowledge and kept.regimen is regimen:
        return kept
    rules = (*_from_entries(regimen, knowledge), *_from_changes(regimen, knowledge))
    prepared = PreparedRegimen(regimen, knowledge, rules, {part.id: part for part in regimen.parts})
    _PREPARED[id(knowledge), regimen.id] = prepared
    return prepared


def names_of(part: RegimenPart, knowledge: Knowledge) -> frozenset[str]:
    """Every name by which a rule can mean this part: the drug, its forms to choose, their components and groups."""
    drugs = [part.drug, *(choice.drug for choice in part.choices if choice.drug)]
    names = set(drugs)
    for drug in drugs:
        held = knowledge.dosing.drugs.get(drug)
        names |= set(held.components) if held else set()
    names |= {group for group, members in knowledge.groups.items() if names & set(members)}
    return frozenset(names)


def _matching(regimen: Regimen, wanted: Iterable[str], knowledge: Knowledge) -> frozenset[str]:
    asked = set(wanted)
    return frozenset(part.id for part in regimen.parts if "*" in asked or asked & names_of(part, knowledge))


def _from_changes(regimen: Regimen, knowledge: Knowledge) -> list[DoseRule]:
    rules = []
    for change in knowledge.dosing.dose_changes.values():
        if change.topic == "day-1" and change.id not in regimen.day1:
            continue
        if change.regimens and not any(fnmatchcase(regimen.id, pattern) for pattern in change.regimens):
            continue
        parts = _matching(regimen, change.drugs, knowledge)
        if change.parts:
            parts &= frozenset(change.parts)
        if parts:
            rules.append(_rule(change, parts))
    return rules


def _rule(change: DoseChange, parts: frozenset[str]) -> DoseRule:
    return DoseRule(
        id=change.id, title=change.title, topic=change.topic, criterion=change.when, test=compiled(change.when), action=change.action,
        text=change.text, parts=parts, evidence=change.evidence, jurisdictions=change.jurisdictions, to=change.to,
        fraction=change.fraction, levels=change.levels, unasked=_unasked(change), keeps=change.keeps, settles=change.settles,
        reviewed=change.reviewed, review_due=change.review_due, signed_off_by=change.signed_off_by,
    )  # fmt: skip


def _unasked(change: DoseChange) -> frozenset[str]:
    return frozenset(change.unasked) if change.needs else frozenset(facts_of(change.when))


def _from_entries(regimen: Regimen, knowledge: Knowledge) -> list[DoseRule]:
    """The safety entries of the plan act on drugs, so they act on an order in the same way."""
    rules: list[DoseRule] = []
    for entry in knowledge.entries.values():
        if entry.kind != "safety":
            continue
        stopped = _matching(regimen, (*entry.blocks, *_forbidden_drugs(entry, regimen, knowledge)), knowledge)
        for together in entry.blocks_together:
            groups = [_matching(regimen, (name,), knowledge) for name in together]
            if all(groups):
                stopped |= frozenset().union(*groups)
        if stopped:
            rules.append(_entry_rule(entry, stopped, "stop", entry.text or entry.title))
        for number, item in enumerate(entry.modifies):
            parts = _matching(regimen, (item.component,), knowledge) - stopped
            if not parts:
                continue
            action: Action = (
                "reduce" if item.start_fraction else "warn" if entry.severity in ("caution", "info") else "decide"
            )
            fraction = exact(item.start_fraction) if item.start_fraction else None
            rules.append(_entry_rule(entry, parts, action, item.text, fraction, number))
    return rules


def _forbidden_drugs(entry: Entry, regimen: Regimen, knowledge: Knowledge) -> tuple[str, ...]:
    """What an entry forbids by component or drug (or altogether); options and kinds are the plan's business.

    A regimen that the entry spares, by option or by what it holds, is not touched: an antibody beside a BRAF inhibitor.
    """
    shelves = (knowledge.options, knowledge.components, knowledge.groups)
    spared = {
        name
        for selector in entry.spare
        for option in selected(selector, *shelves)
        for name in knowledge.options[option].regimens
    }
    if regimen.id in spared or _matching(regimen, entry.spare, knowledge):
        return ()
    drugs = knowledge.dosing.drugs
    return tuple(
        name
        for name in entry.forbid
        if name == "*" or name in knowledge.components or name in drugs or name in knowledge.groups
    )


def _entry_rule(
    entry: Entry, parts: frozenset[str], action: Action, text: str, fraction: Decimal | None = None, number: int = 0
) -> DoseRule:
    evidence = entry.evidence or tuple(line for offer in entry.offers for line in offer.evidence)
    more: dict[str, Any] = {
        "reviewed": entry.reviewed,
        "review_due": entry.review_due,
        "signed_off_by": entry.signed_off_by,
    }
    name = entry.id if action == "stop" else f"{entry.id}/{number + 1}"
    return DoseRule(
        id=name, title=entry.title, topic="safety", criterion=entry.when, test=compiled(entry.when), action=action, text=text,
        parts=parts, evidence=evidence, fraction=fraction, origin="safety entry", **more,
    )  # fmt: skip

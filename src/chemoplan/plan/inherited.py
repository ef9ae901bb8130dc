"""What the knowledge says about drugs when nothing is known of a person but the inherited facts: alerts, and what is held back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from chemoplan.case.statement import Statement
from chemoplan.criteria import write
from chemoplan.criteria.tree import facts_of
from chemoplan.criteria.truth import evaluate
from chemoplan.genomics.identity import ByIdentity
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Entry
from chemoplan.plan.shape import evidence
from chemoplan.vocabulary import Value

TOPIC = "germline"
SITUATION = "setting"
"""A gate counts when it is closed in some value of this fact with nothing else known."""
ORDER = {"stop": 0, "modify": 1, "caution": 2, "info": 3}


def with_alerts(report: dict[str, Any], statements: Iterable[Statement], knowledge: Knowledge) -> dict[str, Any]:
    """The report of a germline with what the safety entries and the gates of a plan say about it.

    `alerts` are the safety entries that hold by inherited facts alone, the gravest first; `held` the gates that an inherited fact
    which is not known keeps closed.
    """
    facts = {item.fact: item.value for item in statements}
    safety, gates = _about_germline(ByIdentity(knowledge))
    alerts = [_alert(entry, knowledge) for entry in safety if evaluate(entry.when, facts) is True]
    alerts.sort(key=lambda row: ORDER.get(row["severity"], len(ORDER)))
    held = [
        {**_shown(entry, knowledge), "asks": list(entry.asks), "components": list(entry.holds)}
        for entry in gates
        if _closed(entry, facts, knowledge)
    ]
    return {**report, "alerts": alerts, "held": held}


def _closed(gate: Entry, facts: Mapping[str, Value], knowledge: Knowledge) -> bool:
    if all(name in facts for name in gate.asks):
        return False
    situation = knowledge.vocabulary[SITUATION]
    return any(evaluate(gate.when, {**facts, SITUATION: situation.read(value)}) is True for value in situation.values)


def _alert(entry: Entry, knowledge: Knowledge) -> dict[str, Any]:
    touched = [*entry.blocks, *(item.component for item in entry.modifies)]
    return {
        **_shown(entry, knowledge),
        "severity": entry.severity,
        "components": list(dict.fromkeys(touched)),
        "modifies": [
            {"component": item.component, "text": item.text, "start_fraction": item.start_fraction}
            for item in entry.modifies
        ],
        "when": write(entry.when),
    }


def _shown(entry: Entry, knowledge: Knowledge) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "text": entry.text or entry.title,
        "evidence": evidence(entry.evidence, entry.id, knowledge, entry.jurisdictions),
    }


@lru_cache(maxsize=4)
def _about_germline(holder: ByIdentity[Knowledge]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    knowledge = holder.item
    inherited = {fact.name for fact in knowledge.vocabulary.values() if fact.topic == TOPIC}
    entries = knowledge.entries.values()
    read = {entry.id: set(facts_of(entry.when)) for entry in entries}
    safety = [entry for entry in entries if entry.kind == "safety" and read[entry.id] and read[entry.id] <= inherited]
    gates = [entry for entry in entries if entry.kind == "gate" and inherited.intersection(entry.asks)]
    return tuple(safety), tuple(gates)

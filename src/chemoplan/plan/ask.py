"""Ask the knowledge a question over all cases: "never", proved, or a witness case that `plan` reproduces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.case import Case, CaseRefused, Reading, Source, Statement, resolve
from chemoplan.criteria import Criterion
from chemoplan.knowledge import Knowledge
from chemoplan.plan.proof import Answer, PlanProof, holds_for
from chemoplan.plan.questions import parse_question
from chemoplan.vocabulary import SetValue, Value


@dataclass(frozen=True)
class AskResult:
    """`status` is never, witness or undecided; the witness holds facts as a case file writes them."""

    question: str
    status: str
    witness: dict[str, Any] | None = None


class WitnessNotReproduced(AssertionError):
    """The proof and the plan disagree: a fault of this program, never of the question."""


def ask(text: str, knowledge: Knowledge, plan_proof: PlanProof | None = None, seconds: float = 60.0) -> AskResult:
    """Answer a question for all valid cases. Raises CriterionRefused when the question cannot be read."""
    question = parse_question(text, knowledge)
    found = answer_of(question, plan_proof or PlanProof(knowledge), seconds)
    return AskResult(text, found.status, None if found.witness is None else plain_facts(found.witness, knowledge))


def answer_of(question: Criterion, proof: PlanProof, seconds: float = 60.0) -> Answer:
    """The answer for all valid cases; a witness is one that the plan confirms, and holds no more than it needs."""
    knowledge = proof.knowledge
    found = proof.solve(proof.formula(question), seconds=seconds)
    if found.witness is not None and not _reproduced(question, found.witness, knowledge):
        # Floating point may round a computed fact the other way: look for a case in which that does not matter.
        found = proof.solve(proof.formula(question), *proof.clear_of_ties, seconds=seconds)
        if found.witness is None:
            return Answer("undecided")
        if not _reproduced(question, found.witness, knowledge):
            facts = plain_facts(found.witness, knowledge)
            raise WitnessNotReproduced(f"the proof found a witness that the plan does not confirm: {facts}")
    if found.witness is None:
        return found
    return Answer("witness", smallest(question, found.witness, knowledge))


def case_of(facts: Mapping[str, Value], knowledge: Knowledge, name: str = "witness") -> Case:
    """A case that states exactly these facts. Raises CaseRefused when they contradict each other."""
    source = Source("witness", "found by proof")
    return resolve(Reading(name, tuple(Statement(fact, value, source) for fact, value in facts.items())), knowledge)


def _reproduced(question: Criterion, facts: Mapping[str, Value], knowledge: Knowledge) -> bool:
    try:
        return holds_for(question, case_of(facts, knowledge), knowledge)
    except CaseRefused:
        return False


def smallest(question: Criterion, facts: Mapping[str, Value], knowledge: Knowledge) -> dict[str, Value]:
    """The witness without the facts and digits that it does not need, so that a reader sees what matters."""
    kept = dict(facts)
    for name in list(kept):
        fewer = {key: value for key, value in kept.items() if key != name}
        if _reproduced(question, fewer, knowledge):
            kept = fewer
            continue
        value = kept[name]
        if isinstance(value, float) and knowledge.vocabulary[name].kind == "quantity":
            kept = {**kept, name: _shortest(question, kept, name, value, knowledge)}
        if isinstance(value, SetValue):
            for member in sorted(value.members):
                current = kept[name]
                assert isinstance(current, SetValue)
                trimmed = {**kept, name: SetValue(current.members - {member}, current.complete)}
                if _reproduced(question, trimmed, knowledge):
                    kept = trimmed
    return kept


def _shortest(question: Criterion, facts: Mapping[str, Value], name: str, value: float, knowledge: Knowledge) -> float:
    """The value with as few decimals as the question allows."""
    low, high = knowledge.vocabulary[name].range or (value, value)
    for digits in range(4):
        rounded = round(value, digits)
        if low <= rounded <= high and _reproduced(question, {**facts, name: rounded}, knowledge):
            return rounded
    return value


def plain_facts(facts: Mapping[str, Value], knowledge: Knowledge) -> dict[str, Any]:
    """Facts as a case file writes them, in the order of the vocabulary."""
    return {name: knowledge.vocabulary[name].plain(facts[name]) for name in knowledge.vocabulary if name in facts}

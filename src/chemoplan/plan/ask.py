"""Ask the knowledge a question over all cases: "never", proved, or a witness case that `plan` reproduces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.case import Case, CaseRefused, Reading, Source, Statement, resolve
from chemoplan.criteria import Criterion
from chemoplan.knowledge import Knowledge
from chemoplan.plan.proof import PlanProof, holds_for
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
    proof = plan_proof or PlanProof(knowledge)
    found = proof.solve(proof.formula(question), seconds=seconds)
    if found.witness is None:
        return AskResult(text, found.status)
    if not _reproduced(question, found.witness, knowledge):
        raise WitnessNotReproduced(
            f"the proof found a witness that the plan does not confirm: {plain_facts(found.witness, knowledge)}"
        )
    return AskResult(text, "witness", plain_facts(smallest(question, found.witness, knowledge), knowledge))


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
    """The witness without the facts that it does not need, so that a reader sees what matters."""
    kept = dict(facts)
    for name in list(kept):
        fewer = {key: value for key, value in kept.items() if key != name}
        if _reproduced(question, fewer, knowledge):
            kept = fewer
            continue
        value = kept[name]
        if isinstance(value, SetValue):
            for member in sorted(value.members):
                current = kept[name]
                assert isinstance(current, SetValue)
                trimmed = {**kept, name: SetValue(current.members - {member}, current.complete)}
                if _reproduced(question, trimmed, knowledge):
                    kept = trimmed
    return kept


def plain_facts(facts: Mapping[str, Value], knowledge: Knowledge) -> dict[str, Any]:
    """Facts as a case file writes them, in the order of the vocabulary."""
    return {name: knowledge.vocabulary[name].plain(facts[name]) for name in knowledge.vocabulary if name in facts}

"""Check the knowledge over all cases: invariants, entries that can never hold, cases that nothing answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import z3

from chemoplan.criteria import CriterionRefused
from chemoplan.knowledge import Knowledge
from chemoplan.plan.ask import AskResult, answer_of, case_of, plain_facts
from chemoplan.plan.proof import PlanProof
from chemoplan.plan.questions import parse_question

Progress = Callable[[str], None]
UNDECIDED = "not decided in time"


@dataclass(frozen=True)
class Check:
    """One thing checked: its id, what it says, whether it holds, and a witness case where it does not."""

    id: str
    title: str
    kind: str
    holds: bool
    witness: dict[str, Any] | None = None
    message: str = ""


def check_knowledge(knowledge: Knowledge, progress: Progress = lambda text: None) -> list[Check]:
    """Every check, in order. All of them are proofs over all valid cases, not samples."""
    proof = PlanProof(knowledge)
    checks: list[Check] = []
    for steps in (
        _invariants,
        _reachable_entries,
        _reachable_options,
        _exclusive_derivations,
        _reachable_contradictions,
    ):
        for check in steps(knowledge, proof):
            progress(check.id)
            checks.append(check)
    return checks


def count_checks(knowledge: Knowledge) -> int:
    """How many checks `check_knowledge` makes, for a progress bar."""
    return (
        len(knowledge.invariants) + len(knowledge.entries) + sum(len(entry.offers) for entry in knowledge.entries.values())
        + len(knowledge.options) + len(knowledge.derivations) + len(knowledge.contradictions)
    )  # fmt: skip


def _invariants(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for invariant in knowledge.invariants.values():
        try:
            question = parse_question(invariant.never, knowledge)
        except CriterionRefused as refused:
            raise CriterionRefused(
                f"invariant {invariant.id}: {refused.message}", refused.line, refused.column
            ) from None
        found = answer_of(question, proof)
        witness = None if found.witness is None else plain_facts(found.witness, knowledge)
        message = (
            "" if found.status == "never" else UNDECIDED if witness is None else f"holds for a case: {invariant.never}"
        )
        yield Check(invariant.id, invariant.title, "invariant", found.status == "never", witness, message)


def _reachable_entries(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for entry in knowledge.entries.values():
        found = proof.solve(proof.combination.test(entry.when).true)
        yield _reachable(f"entry:{entry.id}", entry.title, "can hold", found.status, "can never hold")
        for at, offer in enumerate(entry.offers):
            both = z3.And(proof.combination.test(entry.when).true, proof.combination.test(offer.only_if).true)
            found = proof.solve(both)
            label = f"offer:{entry.id}:{offer.option}:{at}"
            yield _reachable(label, offer.option, "can hold", found.status, "can never hold")


def _reachable(label: str, title: str, kind: str, status: str, otherwise: str) -> Check:
    message = {"witness": "", "never": otherwise}.get(status, UNDECIDED)
    return Check(label, title, kind, status == "witness", None, message)


def _reachable_options(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for option in knowledge.options.values():
        found = proof.solve(proof.combination.verdicts(option.id).offered)
        yield _reachable(f"option:{option.id}", option.title, "can be offered", found.status, "is offered to nobody")


def _exclusive_derivations(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    """Two rules of one derivation must not hold together with different values: the order of lines must not decide medicine."""
    for derivation in knowledge.derivations.values():
        pairs = [
            z3.And(proof._encode(one.when).true, proof._encode(two.when).true)
            for at, one in enumerate(derivation.rules)
            for two in derivation.rules[at + 1 :]
            if one.value != two.value and not derivation.ordered
        ]
        found = proof.solve(z3.Or(pairs)) if pairs else None
        holds = found is None or found.status == "never"
        witness = None if found is None or found.witness is None else plain_facts(found.witness, knowledge)
        message = "" if holds else UNDECIDED if witness is None else "overlap"
        label = f"derivation:{derivation.fact}"
        yield Check(label, derivation.fact, "rules exclude each other", holds, witness, message)


def _reachable_contradictions(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for item in knowledge.contradictions.values():
        solver = z3.Solver()
        solver.add(*proof.limits, proof._encode(item.when).true)
        holds = solver.check() == z3.sat
        yield Check(
            f"contradiction:{item.id}", item.message, "can hold", holds, None, "" if holds else "can never hold"
        )


__all__ = ["AskResult", "Check", "case_of", "check_knowledge", "count_checks"]

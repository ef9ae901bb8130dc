"""Check the knowledge over all cases: invariants, entries that can never hold, cases that nothing answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import z3

from chemoplan.knowledge import Knowledge
from chemoplan.plan.ask import AskResult, case_of, plain_facts, smallest
from chemoplan.plan.proof import PlanProof
from chemoplan.plan.questions import parse_question

Progress = Callable[[str], None]


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
        question = parse_question(invariant.never, knowledge)
        found = proof.solve(proof.formula(question))
        witness = None
        if found.witness is not None:
            witness = plain_facts(smallest(question, found.witness, knowledge), knowledge)
        message = (
            ""
            if found.status == "never"
            else "not decided in time"
            if witness is None
            else f"holds for a case: {invariant.never}"
        )
        yield Check(invariant.id, invariant.title, "invariant", found.status == "never", witness, message)


def _reachable_entries(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for entry in knowledge.entries.values():
        found = proof.solve(proof.combination.test(entry.when).true)
        yield Check(
            f"entry:{entry.id}",
            entry.title,
            "can hold",
            found.status == "witness",
            None,
            "" if found.witness else "can never hold",
        )
        for at, offer in enumerate(entry.offers):
            both = z3.And(proof.combination.test(entry.when).true, proof.combination.test(offer.only_if).true)
            found = proof.solve(both)
            label = f"offer:{entry.id}:{offer.option}:{at}"
            yield Check(
                label,
                offer.option,
                "can hold",
                found.status == "witness",
                None,
                "" if found.witness else "can never hold",
            )


def _reachable_options(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for option in knowledge.options.values():
        found = proof.solve(proof.combination.verdicts(option.id).offered)
        message = "" if found.witness is not None else "is offered to nobody"
        yield Check(f"option:{option.id}", option.title, "can be offered", found.status == "witness", None, message)


def _exclusive_derivations(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    """Two rules of one derivation must not hold together with different values: the order of lines must not decide medicine."""
    fresh = PlanProof(knowledge)
    for derivation in knowledge.derivations.values():
        pairs = [
            z3.And(fresh._encode(one.when).true, fresh._encode(two.when).true)
            for at, one in enumerate(derivation.rules)
            for two in derivation.rules[at + 1 :]
            if one.value != two.value and not derivation.ordered
        ]
        found = proof.solve(z3.Or(pairs)) if pairs else None
        holds = found is None or found.status == "never"
        witness = plain_facts(found.witness, knowledge) if found is not None and found.witness is not None else None
        yield Check(
            f"derivation:{derivation.fact}",
            derivation.fact,
            "rules exclude each other",
            holds,
            witness,
            "" if holds else "overlap",
        )


def _reachable_contradictions(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    for item in knowledge.contradictions.values():
        solver = z3.Solver()
        solver.add(*proof.limits, proof._encode(item.when).true)
        holds = solver.check() == z3.sat
        yield Check(
            f"contradiction:{item.id}", item.message, "can hold", holds, None, "" if holds else "can never hold"
        )


__all__ = ["AskResult", "Check", "case_of", "check_knowledge", "count_checks"]

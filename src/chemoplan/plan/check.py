"""Check the knowledge over all cases: invariants, what can never hold, cases that nothing answers, grades out of order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import z3

from chemoplan.criteria import Criterion, CriterionRefused
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.opposites import declared, never_fires, opposite_pairs
from chemoplan.knowledge.regimens import GradeScale
from chemoplan.plan.ask import AskResult, answer_of, case_of, plain_facts
from chemoplan.plan.check_germline import germline_checks
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
        _reachable_assertions,
        _opposite_assertions,
        _inherited,
        _reachable_changes,
        _nested_grades,
    ):
        for check in steps(knowledge, proof):
            progress(check.id)
            checks.append(check)
    return checks


def check_assertions(knowledge: Knowledge) -> list[Check]:
    """The checks of what biomarkers mean alone: each (and each caution) can hold, and opposites exclude each other or say so."""
    proof = PlanProof(knowledge)
    return [*_reachable_assertions(knowledge, proof), *_opposite_assertions(knowledge, proof)]


def check_doses(knowledge: Knowledge) -> list[Check]:
    """The checks of dose changes and grades alone: each can hold, and a worse grade includes the milder one."""
    proof = PlanProof(knowledge)
    return [*_reachable_changes(knowledge, proof), *_nested_grades(knowledge, proof)]


def count_checks(knowledge: Knowledge) -> int:
    """How many checks `check_knowledge` makes, for a progress bar."""
    return (
        len(knowledge.invariants) + len(knowledge.entries) + sum(len(entry.offers) for entry in knowledge.entries.values())
        + len(knowledge.options) + len(knowledge.derivations) + len(knowledge.contradictions)
        + sum(not never_fires(item) for item in knowledge.assertions.values()) + len(knowledge.cautions)
        + len(list(opposite_pairs(knowledge))) + len(list(germline_checks(knowledge)))
        + len(knowledge.dosing.dose_changes)
        + sum(2 * len(measured(scale)) - 1 for scale in knowledge.dosing.grade_scales.values() if measured(scale))
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


class _SharedSolver:
    """Asks many small questions of one solver: what is true of every valid case is told to it once."""

    def __init__(self, proof: PlanProof) -> None:
        self.proof = proof
        self.solver = z3.Solver()
        self.solver.set("timeout", 10_000)
        self.solver.set("random_seed", 7)
        self.solver.set("ctrl_c", False)
        self.solver.add(*proof.limits, *proof.valid)

    def status(self, *formulas: z3.BoolRef) -> str:
        """`witness` when some valid case makes all formulas true, `never` when none does."""
        self.solver.push()
        self.solver.add(*formulas)
        outcome = self.solver.check()
        self.solver.pop()
        if outcome == z3.unknown:
            return self.proof.solve(*formulas).status
        return "witness" if outcome == z3.sat else "never"


def _reachable_entries(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    shared, test = _SharedSolver(proof), proof.combination.test
    for entry in knowledge.entries.values():
        status = shared.status(test(entry.when).true)
        yield _reachable(f"entry:{entry.id}", entry.title, "can hold", status, "can never hold")
        for at, offer in enumerate(entry.offers):
            status = shared.status(test(entry.when).true, test(offer.only_if).true)
            label = f"offer:{entry.id}:{offer.option}:{at}"
            yield _reachable(label, offer.option, "can hold", status, "can never hold")


def _reachable(label: str, title: str, kind: str, status: str, otherwise: str) -> Check:
    message = {"witness": "", "never": otherwise}.get(status, UNDECIDED)
    return Check(label, title, kind, status == "witness", None, message)


def _reachable_options(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    shared = _SharedSolver(proof)
    for option in knowledge.options.values():
        status = shared.status(proof.combination.verdicts(option.id).offered)
        yield _reachable(f"option:{option.id}", option.title, "can be offered", status, "is offered to nobody")


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


def _reachable_assertions(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    shared = _SharedSolver(proof)
    for item in knowledge.assertions.values():
        if not never_fires(item):
            status = shared.status(proof._encode(item.when).true)
            yield _reachable(f"assertion:{item.id}", item.title, "can hold", status, "can never hold")
    for caution in knowledge.cautions.values():
        status = shared.status(proof._encode(caution.when).true)
        yield _reachable(f"caution:{caution.id}", caution.text, "can hold", status, "can never hold")


def _opposite_assertions(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    """A benefit and its opposite must not hold for one tumor, unless one of them declares it; a declaration must be needed."""
    shared = _SharedSolver(proof)
    for good, bad in opposite_pairs(knowledge):
        both = (proof._encode(good.when).true, proof._encode(bad.when).true)
        status = shared.status(*both)
        holds = status == ("witness" if declared(good, bad) else "never")
        witness, message = None, ""
        if not holds and status == "witness":
            found = proof.solve(*both).witness
            witness = None if found is None else plain_facts(found, knowledge)
            message = "both hold for one tumor, and neither declares it (`contradicts`)"
        elif not holds:
            message = UNDECIDED if status == "undecided" else "declared a contradiction, but can never hold together"
        label, title = f"opposite:{good.id}:{bad.id}", f"{good.title} / {bad.title}"
        yield Check(label, title, "opposites exclude each other or say so", holds, witness, message)


def _reachable_changes(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    """Each change of a dose must be asked for by some valid person."""
    shared = _SharedSolver(proof)
    for change in knowledge.dosing.dose_changes.values():
        status = shared.status(proof._encode(change.when).true)
        yield _reachable(f"dose-change:{change.id}", change.title, "can hold", status, "can never hold")


def _nested_grades(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    """Each measured grade can be reached, and values that reach a grade reach every milder one."""
    shared = _SharedSolver(proof)
    for scale in knowledge.dosing.grade_scales.values():
        grades = measured(scale)
        for grade, reached in grades:
            status = shared.status(proof._encode(reached).true)
            yield _reachable(f"grade:{scale.id}:{grade}", scale.term, "can hold", status, "can never hold")
        for (mild, milder), (bad, worse) in pairwise(grades):
            status = shared.status(proof._encode(worse).true, z3.Not(proof._encode(milder).true))
            message = {"never": "", "witness": f"reaches grade {bad} and not grade {mild}"}.get(status, UNDECIDED)
            label = f"grade:{scale.id}:{mild}-{bad}"
            yield Check(label, scale.term, "a worse grade includes the milder", status == "never", None, message)


def measured(scale: GradeScale) -> list[tuple[int, Criterion]]:
    """The grades of a scale that values can reach, mildest first, each with its criterion."""
    found = [(grade.grade, grade.when) for grade in scale.grades if grade.when is not None]
    return sorted(found, key=lambda item: item[0])


def _inherited(knowledge: Knowledge, proof: PlanProof) -> Iterator[Check]:
    """What is known of inherited genes: few values, so each is looked at."""
    for item in germline_checks(knowledge):
        witness = None if item.value is None else plain_facts({item.fact: item.value}, knowledge)
        yield Check(item.id, item.title, item.kind, not item.message, witness, item.message)


__all__ = ["AskResult", "Check", "case_of", "check_assertions", "check_doses", "check_knowledge", "count_checks"]

"""The plan over all cases at once: every verdict as a formula, so that questions about plans can be proved or refuted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import z3

from chemoplan.case import Case
from chemoplan.case.computed import COMPUTED, Computed
from chemoplan.criteria import Criterion, proof
from chemoplan.criteria.tree import Predicate, predicates_of
from chemoplan.knowledge import Knowledge
from chemoplan.plan.combine import Algebra, Combination
from chemoplan.plan.planner import planner_of
from chemoplan.plan.questions import Matcher, answer
from chemoplan.vocabulary import Fact, SetValue, Value

_TIE = z3.Q(1, 10**9)


@dataclass(frozen=True)
class Answer:
    """What a proof says: no case (`never`), a case in which it holds, or that the time ran out."""

    status: str
    witness: dict[str, Value] | None = None


class PlanProof:
    """All valid cases, their derived facts and the verdicts of all options, as formulas."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.environment, self.limits = proof.stated(knowledge.vocabulary)
        self.clear_of_ties: list[z3.BoolRef] = []
        for rule in COMPUTED:
            self._compute(rule)
        self._derive()
        self.valid = [z3.Not(self._encode(item.when).true) for item in knowledge.contradictions.values()]
        structure = planner_of(knowledge).structure
        self.matcher = Matcher(knowledge)
        self.combination: Combination[proof.Pair, z3.BoolRef] = Combination(structure, _algebra(self))

    def _encode(self, criterion: Criterion) -> proof.Pair:
        return proof.encode(criterion, self.environment, self.knowledge.vocabulary)

    def _compute(self, rule: Computed) -> None:
        """A computed fact: its formula over the inputs, known where all are given and the result lies within its range.

        Near a tie (within `_TIE`) floating point may round either way, and the proof allows both; `clear_of_ties` keeps
        away from them.
        """
        fact = self.knowledge.vocabulary[rule.fact]
        low, high = (z3.RealVal(repr(limit)) for limit in fact.range or (-1e12, 1e12))
        inputs = [self._input(rule, name) for name in rule.inputs]
        scale = 10**rule.decimals
        result, roots = _without_roots(rule.formula(*(value for _, value in inputs)), fact.name)
        self.limits += roots
        steps = result * scale + z3.Q(1, 2)  # rounding takes its floor
        given = z3.And([known for known, _ in inputs])
        inside = z3.And(given, steps >= low * scale + _TIE, steps < high * scale + 1 - _TIE)
        outside = z3.Or(steps < low * scale - _TIE, steps >= high * scale + 1 + _TIE)
        self.clear_of_ties.append(z3.Or(z3.Not(given), inside, outside))
        if not fact.derived:
            # A case may state it as well. One that gives the inputs has it: here it must state it, with whatever value.
            self.limits.append(z3.Implies(inside, self.environment[fact.name].known))
            return
        known, whole = z3.Bool(f"{fact.name}~?"), z3.Int(f"{fact.name}~")
        self.limits += [
            z3.Implies(inside, known),
            z3.Implies(known, z3.And(given, whole >= low * scale, whole <= high * scale)),
            z3.Implies(known, z3.And(whole > steps - 1 - _TIE, whole <= steps + _TIE)),
        ]
        self.clear_of_ties.append(z3.Implies(known, z3.And(whole >= steps - 1 + _TIE, whole <= steps - _TIE)))
        self.clear_of_ties.append(z3.Implies(z3.And(given, outside), z3.Not(known)))
        self.environment[fact.name] = proof.Known(known, z3.ToReal(whole) / scale)

    def _input(self, rule: Computed, name: str) -> tuple[z3.BoolRef, z3.ArithRef]:
        stated = self.environment[name]
        if name != rule.coded or rule.codes is None:
            return stated.known, stated.value
        coded = {self.knowledge.vocabulary[name].values.index(code): number for code, number in rule.codes.items()}
        factor = z3.RealVal(1)
        for index, number in coded.items():
            factor = z3.If(stated.value == index, z3.RealVal(repr(number)), factor)
        return z3.And(stated.known, z3.Or([stated.value == index for index in coded])), factor

    def _derive(self) -> None:
        """The derivations of the case room as formulas, in the same order, each seeing what the ones before it added."""
        for derivation in self.knowledge.derivations.values():
            fact = self.knowledge.vocabulary[derivation.fact]
            stated = self.environment[fact.name]
            rules = [(self._encode(rule.when).true, rule.value) for rule in derivation.rules]
            if derivation.completes:
                self.environment[fact.name] = proof.Known(z3.Or(stated.known, rules[0][0]), members=stated.members)
            elif fact.kind == "set":
                self.environment[fact.name] = _derived_set(stated, rules, fact.values)
            else:
                value = stated.value
                for holds, wanted in reversed(rules):
                    constant = z3.BoolVal(bool(wanted)) if fact.kind == "flag" else _constant(fact, wanted)
                    value = z3.If(z3.And(z3.Not(stated.known), holds), constant, value)
                self.environment[fact.name] = proof.Known(z3.Or(stated.known, *(holds for holds, _ in rules)), value)

    def predicate(self, question: Predicate) -> z3.BoolRef:
        """A question about the plan, such as `offered(anti_egfr)`, as a formula."""
        return answer(question, self.matcher, self.combination)

    def formula(self, question: Criterion) -> z3.BoolRef:
        """When the question is true."""
        return proof.encode(question, self.environment, self.knowledge.vocabulary, self.predicate).true

    def solve(self, *formulas: z3.BoolRef, assume: Sequence[z3.BoolRef] = (), seconds: float = 60.0) -> Answer:
        """A valid case in which all formulas hold, or the proof that there is none."""
        solver = z3.Solver()
        solver.set("timeout", int(seconds * 1000))
        solver.set("random_seed", 7)
        solver.set("ctrl_c", False)  # an interrupt is the caller's, not an unanswered question
        solver.add(*self.limits, *self.valid, *assume, *formulas)
        outcome = solver.check()
        if outcome == z3.unsat:
            return Answer("never")
        if outcome == z3.unknown:
            return Answer("undecided")
        return Answer("witness", proof.witness(solver.model(), self.knowledge.vocabulary))


def _algebra(owner: PlanProof) -> Algebra[proof.Pair, z3.BoolRef]:
    return Algebra(
        test=lambda criterion: owner._encode(criterion),
        all_of=proof.all_of,
        any_of=proof.any_of,
        is_true=lambda pair: pair.true,
        is_false=lambda pair: pair.false,
        both=lambda a, b: z3.And(a, b),
        either=lambda a, b: z3.Or(a, b),
        neither=lambda a: z3.Not(a),
    )


def _without_roots(formula: z3.ArithRef, name: str) -> tuple[z3.ArithRef, list[z3.BoolRef]]:
    """The formula with each square root as a number of its own: what it must be is then a polynomial, which Z3 can decide."""
    if formula.decl().kind() == z3.Z3_OP_POWER and formula.arg(1).eq(z3.Q(1, 2)):
        root = z3.Real(f"{name}^")
        return root, [root >= 0, root * root == formula.arg(0)]
    return formula, []


def _constant(fact: Fact, wanted: Value) -> z3.ArithRef:
    return z3.RealVal(repr(wanted)) if fact.is_number else z3.IntVal(fact.values.index(str(wanted)))


def _derived_set(stated: proof.Known, rules: Sequence[tuple[z3.BoolRef, Value]], names: Sequence[str]) -> proof.Known:
    nothing = z3.And(z3.Not(stated.known), *(z3.Not(member) for member in stated.members))
    members = list(stated.members)
    for holds, value in reversed(rules):
        assert isinstance(value, SetValue)
        members = [
            z3.If(z3.And(nothing, holds), z3.BoolVal(name in value.members), member)
            for name, member in zip(names, members, strict=True)
        ]
    known = z3.Or(stated.known, z3.And(nothing, z3.Or([holds for holds, _ in rules])))
    return proof.Known(known, members=tuple(members))


def holds_for(question: Criterion, case: Case, knowledge: Knowledge) -> bool:
    """Whether the question is true for one case, answered through the plan as `recommend` makes it."""
    from chemoplan.criteria.truth import evaluate
    from chemoplan.plan.questions import replace_predicates

    combination = planner_of(knowledge).combination(case.facts)
    matcher = Matcher(knowledge)
    answers: Mapping[Predicate, bool] = {item: answer(item, matcher, combination) for item in predicates_of(question)}
    return evaluate(replace_predicates(question, answers), case.facts) is True

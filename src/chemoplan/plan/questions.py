"""What a question may ask about a plan, and how each is answered from the verdicts, under any algebra."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TypeVar

from chemoplan.case.computed import COMPUTED
from chemoplan.criteria import Criterion, CriterionRefused, parse
from chemoplan.criteria.tree import And, Constant, Not, Or, Predicate, facts_of, predicates_of
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.select import KINDS, class_of, components_of, meaning, selected
from chemoplan.plan.combine import Combination
from chemoplan.plan.structure import modifiers
from chemoplan.vocabulary.nearest import nearest

QUESTIONS = {
    "offered": "some option that X means is offered with it",
    "conditional": "some option that X means is conditional",
    "excluded": "some option that X means is excluded",
    "listed": "some option that X means is offered or conditional",
    "applicable": "some entry lists, or may list, an option that X means (whatever its verdict)",
    "full_dose": "some option with the component X is offered and no safety entry modifies X",
    "holds": "the entry X is true for the case",
    "open": "the entry X is unknown for the case",
}
"""Each question, with what it means. X is an option id or glob, an option kind, a component, a drug, or a group."""

V = TypeVar("V")
B = TypeVar("B")


def parse_question(text: str, knowledge: Knowledge) -> Criterion:
    """Read a question: a criterion that may also ask `offered(X)` and the like. Raises CriterionRefused."""
    question = parse(text, knowledge.vocabulary, predicates=list(QUESTIONS))
    matcher = Matcher(knowledge)
    for predicate in predicates_of(question):
        matcher.check(predicate, text)
    for rule in COMPUTED:
        if rule.fact in facts_of(question) and knowledge.vocabulary[rule.fact].derived:
            inputs = " and ".join(rule.inputs)
            raise CriterionRefused(
                f"{rule.fact} is computed from {inputs}; ask about those", 1, text.find(rule.fact) + 1
            )
    for name in facts_of(question):
        if knowledge.vocabulary[name].about == "plan":
            raise CriterionRefused(
                f"{name} belongs to a proposed plan; ask about facts of a case", 1, text.find(name) + 1
            )
    return question


class Matcher:
    """Finds the options that the subject of a question means."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def check(self, predicate: Predicate, text: str) -> None:
        """Raise CriterionRefused when the subject means nothing."""
        column = text.find(f"{predicate.subject})") + 1
        known = self.knowledge
        if predicate.name in ("holds", "open"):
            if predicate.subject not in known.entries:
                close = nearest(predicate.subject, known.entries)
                raise CriterionRefused(
                    f"unknown entry {predicate.subject!r}" + (f"; did you mean {close}?" if close else ""), 1, column
                )
            return
        if meaning(predicate.subject, known.options, known.components, known.groups) == "nothing":
            drugs = [drug for component in known.components.values() for drug in component.drugs]
            close = nearest(predicate.subject, [*known.options, *known.components, *known.groups, *KINDS, *drugs])
            raise CriterionRefused(
                f"{predicate.subject!r} is no option, component, drug or class"
                + (f"; did you mean {close}?" if close else ""),
                1,
                column,
            )
        if predicate.name == "full_dose" and not self.members(predicate.subject):
            raise CriterionRefused(
                f"full_dose asks about a component or drug; {predicate.subject!r} is none", 1, column
            )

    def options(self, subject: str) -> list[str]:
        """Ids of the options meant."""
        known = self.knowledge
        return selected(subject, known.options, known.components, known.groups)

    def members(self, subject: str) -> tuple[str, ...]:
        """The components or drugs meant; none where the subject is an option or a kind."""
        known = self.knowledge
        if meaning(subject, known.options, known.components, known.groups) != "component":
            return ()
        return components_of(subject, known.components, known.groups) or ()


def answer(question: Predicate, matcher: Matcher, combination: Combination[V, B]) -> B:
    """The answer under the algebra of the combination.

    For a component, "offered with it" means that the option is offered and the component itself is not blocked: where
    an option leaves a choice between two drugs, only the drug that is still open counts.
    """
    algebra = combination.algebra
    nothing = algebra.is_true(algebra.any_of([]))

    def any_(items: list[B]) -> B:
        return reduce(algebra.either, items, nothing)

    if question.name in ("holds", "open"):
        verdict = combination.test(matcher.knowledge.entries[question.subject].when)
        if question.name == "holds":
            return algebra.is_true(verdict)
        return algebra.neither(algebra.either(algebra.is_true(verdict), algebra.is_false(verdict)))
    members = matcher.members(question.subject)
    if not members:
        return any_([_verdict(question.name, name, combination) for name in matcher.options(question.subject)])
    found: list[B] = []
    for member in members:
        component = class_of(member, matcher.knowledge.components)
        usable = algebra.neither(algebra.is_true(combination.blocked_component(member)))
        for name in matcher.options(member):
            asked = "offered" if question.name == "full_dose" else question.name
            holds = _verdict(asked, name, combination)
            if question.name in ("offered", "conditional", "listed", "full_dose"):
                holds = algebra.both(holds, usable)
            if question.name == "full_dose":
                for entry, part, named in modifiers(matcher.knowledge.options[name], matcher.knowledge):
                    if part == component and named in (member, part):
                        holds = algebra.both(holds, algebra.neither(algebra.is_true(combination.test(entry.when))))
            found.append(holds)
    return any_(found)


def _verdict(asked: str, name: str, combination: Combination[V, B]) -> B:
    algebra = combination.algebra
    if asked == "applicable":
        return algebra.neither(algebra.is_false(combination.parts(name).contributed))
    verdicts = combination.verdicts(name)
    if asked == "listed":
        return algebra.either(verdicts.offered, verdicts.conditional)
    result: B = getattr(verdicts, asked)
    return result


def replace_predicates(question: Criterion, answers: Mapping[Predicate, bool]) -> Criterion:
    """The question with each predicate replaced by its answer."""
    if isinstance(question, Predicate):
        return Constant(answers[question])
    if isinstance(question, Not):
        return Not(replace_predicates(question.item, answers))
    if isinstance(question, And):
        return And(tuple(replace_predicates(item, answers) for item in question.items))
    if isinstance(question, Or):
        return Or(tuple(replace_predicates(item, answers) for item in question.items))
    return question

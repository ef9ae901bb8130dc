"""What a question may ask about a plan, and how each is answered from the verdicts, under any algebra."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TypeVar

from chemoplan.criteria import Criterion, parse
from chemoplan.criteria.tree import And, Constant, Not, Or, Predicate
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.select import KINDS, class_of, components_of, meaning, selected
from chemoplan.plan.combine import Combination
from chemoplan.plan.structure import open_drugs
from chemoplan.vocabulary import Fact
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
    return parse(text, knowledge.vocabulary, predicates=list(QUESTIONS), complaint=Matcher(knowledge).complaint)


class Matcher:
    """Finds the options that the subject of a question means."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def complaint(self, item: Fact | Predicate) -> str | None:
        """What is wrong with a fact or a subject that a question names, or None."""
        if isinstance(item, Fact):
            return (
                f"{item.name} belongs to a proposed plan; ask about facts of a case" if item.about == "plan" else None
            )
        known, subject = self.knowledge, item.subject
        if item.name in ("holds", "open"):
            return None if subject in known.entries else f"unknown entry {subject!r}{_hint(subject, known.entries)}"
        if meaning(subject, known.options, known.components, known.groups) == "nothing":
            drugs = [drug for component in known.components.values() for drug in component.drugs]
            names = [*known.options, *known.components, *known.groups, *KINDS, *drugs]
            hint = _hint(subject, names) or _mentioned(subject, known)
            return f"{subject!r} is no option, component, drug or class{hint}"
        if item.name == "full_dose" and not self.members(subject):
            return f"full_dose asks about a component or drug; {subject!r} is none"
        return None

    def options(self, subject: str) -> list[str]:
        """Ids of the options meant: for a drug those that list it, not all that hold its class."""
        known = self.knowledge
        found = selected(subject, known.options, known.components, known.groups)
        component = class_of(subject, known.components)
        if component is None or not self.members(subject):
            return found
        return [name for name in found if subject in (component, *open_drugs(known.options[name], component, known))]

    def members(self, subject: str) -> tuple[str, ...]:
        """The components or drugs meant; none where the subject is an option or a kind."""
        known = self.knowledge
        if meaning(subject, known.options, known.components, known.groups) != "component":
            return ()
        return components_of(subject, known.components, known.groups) or ()


def _hint(name: str, names: Iterable[str]) -> str:
    close = nearest(name, names)
    return f"; did you mean {close}?" if close else ""


def _mentioned(subject: str, knowledge: Knowledge) -> str:
    """The first options whose title or drugs speak of the subject, for one who asks by a trade or protocol name."""
    found = [
        option.id
        for option in knowledge.options.values()
        if subject.lower() in " ".join((option.id, option.title, option.text, *option.drugs)).lower()
    ]
    return f"; options that mention it: {', '.join(found[:4])}" if found else "; `knowledge list options` names them"


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
                for entry, part, named in combination.structure.rules[name].modifying:
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

"""From statements to facts: newest statement wins, stale ones count as unknown, groups declared complete, derivations, checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from chemoplan.case.computed import COMPUTED, compute
from chemoplan.case.statement import Problem, Reading, Statement
from chemoplan.criteria.truth import evaluate, is_unknown, reasons
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import SetValue, Value, Vocabulary

FactStatus = Literal["known", "derived", "unknown", "stale"]


class CaseRefused(ValueError):
    """The case cannot be planned: impossible or contradictory input. `lines` holds one line for each problem."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class FactState:
    """What is known about one fact: its value (None when unknown), how, from where, and what it was derived from."""

    name: str
    value: Value | None
    status: FactStatus
    source: str = ""
    origin: tuple[str, ...] = ()
    date: date | None = None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """The facts of one person at one decision. `facts` holds the known values only, for the criteria readers."""

    id: str
    title: str
    decided_on: date | None
    facts: Mapping[str, Value]
    states: Mapping[str, FactState]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = field(default=())


def resolve(reading: Reading, knowledge: Knowledge, decided_on: date | None = None, *, for_plan: bool = True) -> Case:
    """The case of a reading. Raises CaseRefused with one line for each impossible or contradictory statement.

    With `for_plan` false a case of another disease is let through, to be looked at.
    """
    document = reading.statements[0].source.document if reading.statements else reading.document or reading.case
    stopping = ("error", "scope") if for_plan else ("error",)
    errors = [f"{document}, {item.path}: {item.message}" for item in reading.problems if item.severity in stopping]
    when = decided_on or reading.decided_on
    states: dict[str, FactState] = {}
    grouped: dict[str, list[Statement]] = defaultdict(list)
    for statement in reading.statements:
        grouped[statement.fact].append(statement)
    for name in knowledge.vocabulary:
        if name in grouped:
            states[name] = _settle(name, grouped[name], when, knowledge.vocabulary, errors)
    _complete_groups(reading, states, knowledge)
    facts = _known(states)
    _compute(facts, states, knowledge.vocabulary)
    _derive(facts, states, knowledge)
    errors += _contradictions(facts, states, knowledge)
    if errors:
        raise CaseRefused(errors)
    notes = () if when else ("No decision date is given, so the age of the findings was not checked.",)
    return Case(reading.case, reading.title, when, facts, states, reading.problems, notes)


def _settle(
    name: str, statements: list[Statement], when: date | None, vocabulary: Vocabulary, errors: list[str]
) -> FactState:
    fact = vocabulary[name]
    if fact.kind == "set":
        return _settle_set(name, statements, when, vocabulary, errors)
    # An undated statement has no place in time: it may stand beside others only when it agrees with them.
    newest = max((item.source.date for item in statements if item.source.date), default=None)
    top = [item for item in statements if item.source.date == newest or item.source.date is None]
    chosen = next((item for item in top if item.source.date == newest), top[0])
    different = [item for item in top if item.value != chosen.value]
    if different:
        other = different[0]
        errors.append(
            f"{chosen.source}: {name} is {fact.show(chosen.value)}, but {other.source} says {fact.show(other.value)}; "
            "give the date of each, or remove the wrong one"
        )
    earlier = tuple(f"{fact.show(item.value)} ({item.source})" for item in statements if item not in top)
    stated = chosen.source.date
    _not_after(when, name, [chosen], errors)
    if when and stated and fact.fresh_days is not None and (when - stated).days > fact.fresh_days:
        text = f"{chosen.source}; {fact.show(chosen.value)} is {(when - stated).days} days old, fresh for {fact.fresh_days}"
        return FactState(name, None, "stale", text, date=stated, earlier=earlier)
    return FactState(name, chosen.value, "known", str(chosen.source), date=stated, earlier=earlier)


def _not_after(when: date | None, name: str, statements: list[Statement], errors: list[str]) -> None:
    """A finding that the decision could not know of is refused."""
    errors += [
        f"{item.source}: {name} is dated after the decision ({when.isoformat()}); correct one of the two dates"
        for item in statements
        if when and item.source.date and item.source.date > when
    ]


def _settle_set(
    name: str, statements: list[Statement], when: date | None, vocabulary: Vocabulary, errors: list[str]
) -> FactState:
    fact = vocabulary[name]
    _not_after(when, name, statements, errors)
    values = [item.value for item in statements if isinstance(item.value, SetValue)]
    members = frozenset(member for value in values for member in value.members)
    whole = [item for item in statements if isinstance(item.value, SetValue) and item.value.complete]
    for item in whole:
        assert isinstance(item.value, SetValue)
        if item.value.members != members:
            extra = ", ".join(sorted(members - item.value.members))
            errors.append(f"{item.source}: {name} is stated as complete without {extra}, which another source names")
    newest = max((item.source.date for item in statements if item.source.date), default=None)
    source = "; ".join(dict.fromkeys(str(item.source) for item in statements))
    return FactState(name, fact.read(SetValue(members, bool(whole))), "known", source, date=newest)


def _known(states: Mapping[str, FactState]) -> dict[str, Value]:
    return {name: state.value for name, state in states.items() if state.value is not None}


def _complete_groups(reading: Reading, states: dict[str, FactState], knowledge: Knowledge) -> None:
    """What a group declared complete neither mentions nor implies is false, a grade 0: a lateral node of 9 mm is a mention of it."""
    implied = _known(states)
    _derive(implied, {}, knowledge)
    for completeness in reading.complete:
        for fact in knowledge.vocabulary.group(completeness.group):
            if fact.name not in states and fact.name not in implied:
                source = f"{completeness.source}; not mentioned, and {completeness.group} is declared complete"
                value = False if fact.absent is None else fact.read(fact.absent)
                states[fact.name] = FactState(fact.name, value, "known", source, date=completeness.source.date)


def _derive(facts: dict[str, Value], states: dict[str, FactState], knowledge: Knowledge) -> None:
    """Apply the derivations in file order; each sees what the ones before it added. Stated values always stand."""
    for derivation in knowledge.derivations.values():
        present = facts.get(derivation.fact)
        if not is_unknown(present):
            continue
        named = present.members if isinstance(present, SetValue) else frozenset()
        if named and not derivation.completes:
            continue
        for rule in derivation.rules:
            if evaluate(rule.when, facts) is not True:
                continue
            _, leaves = reasons(rule.when, facts)
            origin = tuple(dict.fromkeys(reason.leaf.fact for reason in leaves))
            value = SetValue(named, True) if derivation.completes else rule.value
            facts[derivation.fact] = value
            states[derivation.fact] = FactState(
                derivation.fact, value, "derived", f"rule ({derivation.source})", origin
            )
            break


def _compute(facts: dict[str, Value], states: dict[str, FactState], vocabulary: Vocabulary) -> None:
    for rule in COMPUTED:
        if rule.fact not in facts:
            value = compute(rule, facts, vocabulary[rule.fact].range)
            if value is not None:
                facts[rule.fact] = value
                states[rule.fact] = FactState(rule.fact, value, "derived", rule.method, rule.inputs)


def _contradictions(facts: Mapping[str, Value], states: Mapping[str, FactState], knowledge: Knowledge) -> list[str]:
    lines = []
    for contradiction in knowledge.contradictions.values():
        verdict, leaves = reasons(contradiction.when, facts)
        if verdict is True:
            involved = dict.fromkeys(reason.leaf.fact for reason in leaves)
            shown = [
                f"{name} = {knowledge.vocabulary[name].show(facts[name])} ({states[name].source})"
                for name in involved
                if name in facts
            ]
            lines.append(f"contradiction ({contradiction.id}): {contradiction.message}. Found: {'; '.join(shown)}")
    return lines

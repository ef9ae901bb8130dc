"""What if a fact were another: the same case planned again with some facts changed. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chemoplan.case import Source, Statement
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import Fact, Value
from chemoplan.web.cases.case_form import in_words, may_be_stated
from chemoplan.web.cases.case_view import CaseView, planned

BEFORE = "if."
MOST_FACTS = 24
SOURCE = Source("what if")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Move:
    """An option or alert that changes: from what to what, and what carries the new verdict."""

    id: str
    title: str
    before: str
    after: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A fact that is another in the thought, and its values in words."""

    fact: str
    question: str
    was: str
    now: str


@dataclass(frozen=True)
class WhatIf:
    """The plan with some facts changed, and what that changes."""

    changed: tuple[Change, ...]
    plan: Row
    moves: tuple[Move, ...]
    alerts: tuple[Move, ...]


def facts_to_change(view: CaseView, knowledge: Knowledge) -> tuple[str, ...]:
    """The facts that matter most here: those that are missing, then those that carry the verdicts, as many as a form holds."""
    names = [row["fact"] for row in view.plan["missing"]]
    names += [leaf["fact"] for leaf in _leaves(view.plan)]
    vocabulary = knowledge.vocabulary
    found = dict.fromkeys(name for name in names if name in vocabulary and may_be_stated(vocabulary[name]))
    return tuple(found)[:MOST_FACTS]


def _leaves(plan: Row) -> Iterator[Row]:
    for key in ("options", "excluded", "alerts", "gates"):
        for row in plan[key]:
            for trace in row["because"]:
                yield from trace["leaves"]


def what_if(view: CaseView, wanted: Mapping[str, Value | None], knowledge: Knowledge) -> WhatIf:
    """The case planned again; what is None is taken as unknown. Raises CaseRefused when the thought contradicts itself."""
    vocabulary, facts = knowledge.vocabulary, view.case.facts
    changed = {name: value for name, value in wanted.items() if facts.get(name) != value}
    kept = [item for item in view.reading.statements if item.fact not in changed]
    kept += [Statement(name, value, SOURCE) for name, value in changed.items() if value is not None]
    thought = planned(replace(view.reading, statements=tuple(kept)), knowledge)
    after = thought.plan

    def change(name: str) -> Change:
        fact = vocabulary[name]
        return Change(name, fact.question, _shown(fact, facts.get(name)), _shown(fact, thought.case.facts.get(name)))

    return WhatIf(
        tuple(map(change, changed)),
        after,
        tuple(_moves(_verdicts(view.plan), _verdicts(after))),
        tuple(_moves(_alerts(view.plan), _alerts(after))),
    )


def _shown(fact: Fact, value: Value | None) -> str:
    """A value in words."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return in_words(fact.show(value)).strip("{}") or "none"


def _verdicts(plan: Row) -> dict[str, tuple[str, Row]]:
    held = {row["id"]: (row["verdict"], row) for row in plan["options"]}
    return held | {row["id"]: ("excluded", row) for row in plan["excluded"]}


def _alerts(plan: Row) -> dict[str, tuple[str, Row]]:
    return {row["id"]: (row["severity"], row) for row in plan["alerts"]}


def _moves(before: Mapping[str, tuple[str, Row]], after: Mapping[str, tuple[str, Row]]) -> Iterator[Move]:
    nothing: tuple[str, Row] = ("", {})
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name, nothing), after.get(name, nothing)
        if was[0] != now[0]:
            row = now[1] or was[1]
            leaves = [leaf for trace in now[1].get("because", ()) for leaf in trace["leaves"]]
            tests = tuple(dict.fromkeys(leaf["test"] for leaf in leaves))[:8]
            yield Move(name, row["title"], was[0], now[0], tests)

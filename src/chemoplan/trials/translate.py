"""From one test of an attribute to a criterion over facts, by the table `lexicon/attributes.yaml`.

Open world: what no fact records is unknown. A qualifier that narrows what was read ("requiring systemic therapy") leaves it false
where it was false and unknown where it was true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from chemoplan.criteria import parse
from chemoplan.criteria.tree import (
    And,
    Compare,
    Criterion,
    Has,
    IsUnknown,
    MemberOf,
    Not,
    Operator,
    Or,
    SetIs,
    all_of,
    any_of,
    facts_of,
)  # fmt: skip
from chemoplan.trials.expression import Scalar, Test, Window, show
from chemoplan.trials.judged import JUDGED, UNRECORDED
from chemoplan.trials.lexicon import lexicon
from chemoplan.vocabulary import Fact, Vocabulary, load_vocabulary
from chemoplan.vocabulary.units import UnitRefused, convert

UPPER_LIMIT, LOWER_LIMIT = ("xULN", "{ULN}", "ULN"), ("xLLN", "{LLN}", "LLN")
_WITH_WORDS = re.compile(r"(?P<head>\w+)\((?P<words>.*)\)")
_JUDGED_WORD = "judged"
_ORDER = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Attribute:
    """What the table says about one attribute; see the head of the table."""

    fact: str = ""
    ratio: str = ""
    bound: str = ""
    meanings: Mapping[str, Criterion] | None = None
    needs: Criterion | None = None
    days: str = ""
    now: bool = False
    perhaps: Criterion | None = None
    same: tuple[str, ...] = ()
    whole: Mapping[str, tuple[str, ...]] | None = None
    words: str = ""
    """Words in brackets behind the name that no entry of the table spells out: they narrow it."""


def translate(test: Test, vocabulary: Vocabulary, helps: bool = True) -> Criterion:
    """The test as a criterion. `helps` says whether satisfying it speaks for the person: an exception never makes a line stricter."""
    named = _table()["attributes"]
    if test.method and f"{test.attribute} [{test.method}]" in named:
        test = replace(test, attribute=f"{test.attribute} [{test.method}]", method="")
    elif test.detail and f"{test.attribute} [{test.detail}]" in named:
        test = replace(test, attribute=f"{test.attribute} [{test.detail}]", detail="")
    attribute = attribute_of(test.attribute, vocabulary)
    found = _window(_core(test, attribute, vocabulary), test, attribute, vocabulary)
    for qualifier in _qualifiers(test, attribute, vocabulary):
        widens = helps and re.search(_table()["widening"], qualifier)
        found = any_of(found, JUDGED) if widens else all_of(found, JUDGED)
    exceptions = [text for text in test.exceptions if not _means_the_same(text, attribute.same)]
    if exceptions and helps:
        return any_of(found, *(_exception(text, vocabulary) for text in exceptions))
    return all_of(found, JUDGED) if exceptions else found


def unknown_of(attribute: str, vocabulary: Vocabulary) -> Criterion:
    """That the attribute is not known, where one fact holds it."""
    found = attribute_of(attribute, vocabulary)
    facts = {found.fact} if found.fact else _facts_of(found)
    return IsUnknown(facts.pop()) if len(facts) == 1 else JUDGED


def exempt_unknown(criterion: Criterion, positive: bool = True) -> Criterion:
    """The criterion, with every test of an unknown fact passed: what "no known X" asks for."""
    match criterion:
        case Not(item):
            return exempt_unknown(item, not positive)
        case And(items) | Or(items):
            together = isinstance(criterion, And) == positive
            return (all_of if together else any_of)(*(exempt_unknown(item, positive) for item in items))
        case Compare(fact) | MemberOf(fact) if fact != UNRECORDED:
            return any_of(criterion if positive else Not(criterion), IsUnknown(fact))
    return criterion if positive else Not(criterion)


def attribute_of(name: str, vocabulary: Vocabulary) -> Attribute:
    """What the table says about the attribute, else the fact of that name, else nothing."""
    entries = _attributes() if vocabulary is load_vocabulary() else _read(vocabulary)
    if name in entries:
        return entries[name]
    split = _WITH_WORDS.fullmatch(name)
    if split:
        return replace(attribute_of(split["head"], vocabulary), words=split["words"])
    return Attribute(name) if name in vocabulary and vocabulary[name].about == "case" else Attribute()


@lru_cache(maxsize=1)
def laboratory_facts() -> frozenset[str]:
    """The facts that are laboratory values."""
    return frozenset(_table()["laboratory"])


@lru_cache(maxsize=1)
def days_facts() -> Mapping[str, str]:
    """Facts that count the days since an event, each with the flag of the event."""
    entries = _attributes().values()
    return {item.days: item.fact for item in entries if item.days and item.fact}


def cost_of(fact: Fact) -> tuple[str, float]:
    """What it takes to learn the fact: the kind of effort, and its cost in questions asked."""
    for row in _table()["costs"]:
        if fact.name in row.get("facts", ()) or fact.topic in row.get("topics", ()):
            return row["kind"], float(row["cost"])
    last = _table()["costs"][-1]
    return last["kind"], float(last["cost"])


def _table() -> dict[str, Any]:
    return lexicon("attributes")


@lru_cache(maxsize=1)
def _attributes() -> dict[str, Attribute]:
    return _read(load_vocabulary())


def _read(vocabulary: Vocabulary) -> dict[str, Attribute]:
    """The table with its criteria parsed; the word `judged` in them stands for what a person must judge."""
    judged = Fact(_JUDGED_WORD, "", "flag", "Left to a person.", "Judged?")
    words = Vocabulary([*vocabulary.values(), judged])

    def criterion(text: str) -> Criterion:
        return _with_judged(parse(text, words))

    def attribute(entry: str | dict[str, Any]) -> Attribute:
        if isinstance(entry, str):
            return Attribute(entry)
        meanings = {_key(value): criterion(text) for value, text in entry.get("is", {}).items()}
        needs, perhaps = (criterion(entry[key]) if key in entry else None for key in ("needs", "perhaps"))
        plain = {key: entry.get(key, "") for key in ("fact", "ratio", "bound", "days")}
        same, whole = tuple(entry.get("same", ())), entry.get("whole")
        return Attribute(
            **plain,
            now=entry.get("now", False),
            perhaps=perhaps,
            meanings=meanings,
            needs=needs,
            same=same,
            whole=whole,
        )

    return {name: attribute(entry) for name, entry in _table()["attributes"].items()}


def _key(value: Any) -> str:
    return show(value) if isinstance(value, bool) else str(value)


def _with_judged(criterion: Criterion) -> Criterion:
    match criterion:
        case Compare(fact) if fact == _JUDGED_WORD:
            return JUDGED
        case Not(item):
            return Not(_with_judged(item))
        case And(items):
            return all_of(*(_with_judged(item) for item in items))
        case Or(items):
            return any_of(*(_with_judged(item) for item in items))
    return criterion


def _facts_of(attribute: Attribute) -> set[str]:
    return {fact for item in (attribute.meanings or {}).values() for fact in facts_of(item) if fact != UNRECORDED}


def _core(test: Test, attribute: Attribute, vocabulary: Vocabulary) -> Criterion:
    """The comparison itself, without window, qualifiers and exceptions."""
    operator = test.operator or "=="
    if operator == "between" and isinstance(test.value, tuple):
        low, high = test.value
        parts = (replace(test, operator=">=", value=low), replace(test, operator="<=", value=high))
        return all_of(*(_core(part, attribute, vocabulary) for part in parts))
    if operator == "!=":
        return Not(_core(replace(test, operator="=="), attribute, vocabulary))
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if operator in _ORDER:
        return _limit(attribute, cast(Operator, operator), values[0], test.unit, vocabulary)
    wholes = tuple(name for name, parts in (attribute.whole or {}).items() if {*parts} <= {*values})
    return _one_of([_equals(attribute, value, test.unit, vocabulary) for value in (*wholes, *values)])


def _one_of(items: list[Criterion]) -> Criterion:
    """Any of them; several values of one fact become one membership."""
    facts = {item.fact for item in items if isinstance(item, Compare) and item.operator == "="}
    if len(items) > 1 and len(facts) == 1 and all(isinstance(item, Compare) and item.operator == "=" for item in items):
        return MemberOf(facts.pop(), tuple(item.value for item in items if isinstance(item, Compare)))
    return any_of(*items)


def _limit(attribute: Attribute, operator: Operator, value: Scalar, unit: str, vocabulary: Vocabulary) -> Criterion:
    if isinstance(value, bool | str) or unit in LOWER_LIMIT:
        return JUDGED
    if unit in UPPER_LIMIT:
        return _multiple(attribute, operator, float(value))
    fact = vocabulary.get(attribute.fact)
    number = None if fact is None or not fact.is_number else in_own_unit(fact, float(value), unit)
    if number is None or fact is None:
        return JUDGED
    limit = Compare(fact.name, operator, number)
    if attribute.perhaps is None:
        return limit
    more = all_of(attribute.perhaps, JUDGED)
    return any_of(limit, more) if operator in (">", ">=") else all_of(limit, Not(more))


def _multiple(attribute: Attribute, operator: Operator, number: float) -> Criterion:
    """A limit in multiples of the upper limit; the bound answers from above while the ratio itself is not known."""
    if not attribute.ratio:
        return JUDGED
    if not attribute.bound:
        return Compare(attribute.ratio, operator, number)
    if operator in (">", ">="):
        below: Operator = "<=" if operator == ">" else "<"
        return Not(_multiple(attribute, below, number))
    from_above = And((IsUnknown(attribute.ratio), Compare(attribute.bound, operator, number)))
    return Or((Compare(attribute.ratio, operator, number), from_above))


def in_own_unit(fact: Fact, number: float, unit: str) -> float | None:
    """The number in the unit of the fact, or None where the two do not convert. A filtration rate for 1.73 m2 is another quantity."""
    if fact.kind == "count" or fact.numeric:
        return number
    if not unit:
        return number if fact.unit in ("", "1") else None
    if ("1.73" in unit) != ("1.73" in fact.unit):
        return None
    try:
        converted = number if unit == fact.unit else convert(number, unit, fact.unit, molar_mass=fact.molar_mass)
    except UnitRefused:
        return None
    return float(f"{converted:.12g}")


def _equals(attribute: Attribute, value: Scalar, unit: str, vocabulary: Vocabulary) -> Criterion:
    """That the attribute has the value."""
    text = show(value)
    if attribute.meanings and text in attribute.meanings:
        return attribute.meanings[text]
    fact = vocabulary.get(attribute.fact)
    if fact is not None and fact.is_number and not isinstance(value, bool | str):
        number = in_own_unit(fact, float(value), unit)
        return JUDGED if number is None else Compare(fact.name, "=", number)
    if fact is not None and fact.kind == "set":
        return _in_set(fact, attribute, text)
    if fact is not None and fact.kind == "choice" and text in fact.values:
        return Compare(fact.name, "=", text)
    split = _WITH_WORDS.fullmatch(text)
    if split:
        return all_of(_equals(attribute, split["head"], unit, vocabulary), JUDGED)
    return _stated(attribute, fact, text)


def _in_set(fact: Fact, attribute: Attribute, text: str) -> Criterion:
    split = re.fullmatch(r"(all|any)\((.*)\)", text)
    if split:
        parts = re.findall(r"[^,()]+(?:\([^()]*\))?", split[2])
        return (all_of if split[1] == "all" else any_of)(*(_in_set(fact, attribute, part.strip()) for part in parts))
    braced = [part.strip() for part in text.strip("{}").split(",")] if text.startswith("{") else []
    if braced and all(part in fact.values for part in braced):
        return SetIs(fact.name, frozenset(braced))
    if text in fact.values:
        return Has(fact.name, text)
    words = _WITH_WORDS.fullmatch(text)
    if words and words["head"] in fact.values:
        return And((Has(fact.name, words["head"]), JUDGED))
    if text in _table()["denying"]:
        return SetIs(fact.name, frozenset())
    return all_of(attribute.needs, JUDGED) if attribute.needs is not None else JUDGED


def _stated(attribute: Attribute, fact: Fact | None, text: str) -> Criterion:
    """A value in words: the flag holds, does not hold, or holds in a way that a person must judge."""
    table = _table()
    exact: Criterion | None = Compare(fact.name, "=", True) if fact is not None and fact.kind == "flag" else None
    if exact is None and attribute.meanings:
        exact = attribute.meanings.get("true")
    holds = exact if exact is not None else attribute.needs
    if holds is None:
        return JUDGED
    if text in table["denying"]:
        return Not(holds) if exact is not None else Not(all_of(holds, JUDGED))
    if exact is not None and text in table["affirming"]:
        return exact
    if exact is not None and text in table["ever"]:
        return exact if attribute.days or attribute.fact in table["lasting"] else any_of(exact, JUDGED)
    return all_of(holds, JUDGED)


def _window(core: Criterion, test: Test, attribute: Attribute, vocabulary: Vocabulary) -> Criterion:
    """The core inside its span of time: an event by its days; a measured value is fresh or not, which is no matter of truth."""
    window = test.window
    if window is None or (not window.number and not window.text):
        now = any_of(Compare(attribute.days, "<=", 0.0), JUDGED)
        return _during(core, now) if attribute.now and isinstance(test.value, bool) else core
    fact = vocabulary.get(attribute.fact)
    if not attribute.days:
        measured = fact is not None and (fact.is_number or (fact.kind == "choice" and fact.fresh_days is not None))
        only_ratio = fact is None and bool(attribute.ratio)
        return core if measured or only_ratio else all_of(core, JUDGED)
    days = days_of(window, vocabulary[attribute.days])
    since: Criterion = JUDGED if days is None else Compare(attribute.days, "<=" if window.inclusive else "<", days)
    return _during(core, since)


def _during(core: Criterion, span: Criterion) -> Criterion:
    """That it happened, or did not happen, in the span."""
    return Not(all_of(core.item, span)) if isinstance(core, Not) else all_of(core, span)


def days_of(window: Window, fact: Fact) -> float | None:
    """The span of a window in the unit of the fact; None where it is a choice in words or a state that must have held."""
    if window.text or window.relation != "within" or not window.number:
        return None
    return in_own_unit(fact, window.number, window.unit)


def _qualifiers(test: Test, attribute: Attribute, vocabulary: Vocabulary) -> list[str]:
    """Detail, method and words in brackets that say more than the fact itself does."""
    table = _table()
    same = [*attribute.same, *table["same"]]
    lasting = attribute.days or attribute.fact in table["lasting"]
    same += table["ever"] if lasting else []
    texts = [test.detail, test.method, attribute.words]
    return [text for text in texts if text and not _means_the_same(text, same)]


def _means_the_same(text: str, patterns: Iterable[str]) -> bool:
    return any(re.fullmatch(pattern, text) for pattern in patterns)


def _exception(text: str, vocabulary: Vocabulary) -> Criterion:
    known = _table()["exceptions"].get(text)
    return JUDGED if known is None else parse(known, vocabulary)

"""The criterion as text: printing what was parsed, so that parsing it again gives the same tree."""

from __future__ import annotations

from chemoplan.criteria.tree import (
    And,
    Compare,
    Constant,
    Criterion,
    Has,
    IsUnknown,
    MemberOf,
    Not,
    Or,
    Predicate,
    SetIs,
)
from chemoplan.vocabulary import Vocabulary, load_vocabulary
from chemoplan.vocabulary.fact import format_number


def write(criterion: Criterion, vocabulary: Vocabulary | None = None) -> str:
    """The criterion in the criteria language, with units."""
    return _write(criterion, vocabulary or load_vocabulary())


def _write(node: Criterion, vocabulary: Vocabulary) -> str:
    match node:
        case Constant(value):
            return "always" if value else "never"
        case Compare(fact, "=", True):
            return fact
        case Compare(fact, operator, value):
            return f"{fact} {operator} {_value(fact, value, vocabulary)}"
        case MemberOf(fact, values):
            return f"{fact} in {{{', '.join(_value(fact, value, vocabulary, unit=False) for value in values)}}}"
        case Has(fact, member):
            return f"{fact} has {member}"
        case SetIs(fact, members):
            return f"{fact} = {{{', '.join(name for name in vocabulary[fact].values if name in members)}}}"
        case Not(IsUnknown(fact)):
            return f"{fact} is known"
        case IsUnknown(fact):
            return f"{fact} is unknown"
        case Predicate(name, subject):
            return f"{name}({subject})"
        case Not(item):
            return f"not {_bracketed(item, vocabulary)}"
        case And(items):
            return " and ".join(_bracketed(item, vocabulary, Or) for item in items)
        case Or(items):
            return " or ".join(_write(item, vocabulary) for item in items)


def _bracketed(node: Criterion, vocabulary: Vocabulary, *kinds: type[Criterion]) -> str:
    text = _write(node, vocabulary)
    return f"({text})" if isinstance(node, kinds or (And, Or)) else text


def _value(fact: str, value: float | str | bool, vocabulary: Vocabulary, unit: bool = True) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        unit_text = vocabulary[fact].unit if unit else ""
        return format_number(value) + (f" {unit_text}" if unit_text not in ("", "1") else "")
    return value

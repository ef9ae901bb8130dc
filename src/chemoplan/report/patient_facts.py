"""Why a plan is as it is, in plain words: the facts it rests on, and the facts that are not known yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.report.patient_words import PatientWordsMissing, PlainWords

Row = Mapping[str, Any]
_LINE = re.compile(r" \((?:line|row|entry)[^)]*\)")


@dataclass(frozen=True)
class Reason:
    """One fact that led to the plan, in a sentence, and where it came from (empty when it was worked out from others)."""

    fact: str
    text: str
    source: str


@dataclass(frozen=True)
class Waiting:
    """A fact that nobody knows yet."""

    fact: str
    text: str


def reasons(options: Iterable[Row], words: PlainWords) -> tuple[Reason, ...]:
    """The facts that made the options fit, each once. Raises PatientWordsMissing."""
    found: dict[str, Reason] = {}
    for leaf in _deciding(options):
        for text in fact_sentences(leaf["fact"], leaf["value"], words):
            source = "" if leaf["status"] == "derived" else _LINE.sub("", str(leaf["source"] or ""))
            found.setdefault(text, Reason(leaf["fact"], text, source))
    return tuple(found.values())


def waiting(options: Iterable[Row], words: PlainWords) -> tuple[Waiting, ...]:
    """The facts that the options still depend on. Raises PatientWordsMissing."""
    names = dict.fromkeys(name for option in options for name in option["depends_on"])
    return tuple(Waiting(name, words.find("facts", "facts", name, "name")) for name in names)


def _deciding(options: Iterable[Row]) -> Iterator[Row]:
    """Leaves that are known and true in what offers the options."""
    for option in options:
        for row in option["because"]:
            if row["role"] == "offers":
                yield from (
                    leaf
                    for leaf in row["leaves"]
                    if leaf["verdict"] == "true" and leaf["status"] in ("known", "derived")
                )


def fact_sentences(fact: str, value: Any, words: PlainWords) -> list[str]:
    """The sentence for a value; one for each member of a set. Raises PatientWordsMissing."""
    held = words.branch("facts", "facts", fact)
    if isinstance(value, bool):
        return [words.find("facts", "facts", fact, "present" if value else "absent")]
    if isinstance(value, list | tuple | set | frozenset):
        if not value:
            return [words.find("facts", "facts", fact, "none")]
        return list(dict.fromkeys(words.find("facts", "facts", fact, "values", str(member)) for member in value))
    if "values" in held:
        return [words.find("facts", "facts", fact, "values", _number(value))]
    if "value" in held:
        return [words.find("facts", "facts", fact, "value", value=_number(value))]
    raise PatientWordsMissing(f"{fact} has no plain words for {value!r}; write them in knowledge/texts/plan/facts.yaml")


def _number(value: Any) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)

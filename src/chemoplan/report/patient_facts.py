"""Why a plan is as it is, in plain words: the facts it rests on, and the facts that are not known yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chemoplan.report.patient_words import PatientWordsMissing, PlainWords, day_in_words

Row = Mapping[str, Any]
_PLACE = re.compile(r" \([^)]*\)")
_FILE = re.compile(r"[^\s,]+\.[A-Za-z0-9]{2,5}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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
            source = "" if leaf["status"] == "derived" else where_from(str(leaf["source"] or ""), words)
            found.setdefault(text, Reason(leaf["fact"], text, source))
    return tuple(found.values())


def where_from(source: str, words: PlainWords) -> str:
    """A source as the patient reads it: which document, of which day. The name of a file and the place in it say nothing to them."""
    document = _PLACE.sub("", source).split(", ")[0].strip()
    if not document:
        return ""
    known = words.find("frame", "records") if _FILE.fullmatch(document) else document
    day = _DAY.search(source)
    return f"{known}, {day_in_words(date.fromisoformat(day[0]), words.language)}" if day else known


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
    if isinstance(value, Mapping):  # a set of which some members are known: those are told
        value = list(value["at_least"])
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

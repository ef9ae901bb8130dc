"""What is being gathered while a Bundle is read: statements, problems, and everything that was not read, by path."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chemoplan.case.statement import Completeness, Problem, Source, Statement
from chemoplan.intake.case_file import read_day
from chemoplan.intake.fhir.element import Concept, Element, Unreadable
from chemoplan.intake.refused import one_line
from chemoplan.vocabulary import SetValue, ValueRefused, load_vocabulary

PEOPLE = ("Patient", "Person", "RelatedPerson")


@dataclass
class Gathering:
    """The results so far. A statement that repeats one word for word is kept once."""

    document: str
    decided_on: date | None = None
    statements: list[Statement] = field(default_factory=list)
    complete: list[Completeness] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    aside: list[Element] = field(default_factory=list)
    moments: dict[str, datetime] = field(default_factory=dict)

    def warn(self, path: str, message: str, severity: str = "warning") -> None:
        """List a problem once, in one printable line."""
        problem = Problem(one_line(path), one_line(message), severity)
        if problem not in self.problems:
            self.problems.append(problem)

    def keep(self, resource: Element) -> None:
        """Keep a whole resource that stated nothing, unless it describes a person."""
        if resource.raw.get("resourceType") in PEOPLE:
            return
        self.extra[resource.path] = dict(resource.raw)

    def set_aside(self, resource: Element) -> None:
        """Remember a resource that only counts together with others, so that it is kept when nothing came of it."""
        self.aside.append(resource)

    def note_moment(self, path: str, text: str) -> None:
        """Remember the exact time of a resource that gives one with its offset."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return
        if moment.tzinfo is not None:
            self.moments[path] = moment

    def settle_days(self) -> None:
        """Of values of one fact that differ within a day, let the last one stand when each gives its time."""
        days: dict[tuple[str, date | None], list[Statement]] = {}
        for item in self.statements:
            if not isinstance(item.value, SetValue):
                days.setdefault((item.fact, item.source.date), []).append(item)
        for items in days.values():
            moments = [self.moments.get(item.source.locator) for item in items]
            known = [moment for moment in moments if moment is not None]
            if len({item.value for item in items}) == 1 or len(known) < len(items):
                continue
            for item, moment in zip(items, known, strict=True):
                if moment < max(known):
                    self.statements.remove(item)
                    self.warn(
                        item.source.locator, f"{item.fact} is not used: a later value of the same day replaces it"
                    )

    def keep_what_came_to_nothing(self) -> None:
        """Keep every resource put aside that no statement and no problem names."""
        told = {item.source.locator for item in self.statements} | {item.path for item in self.problems}
        for resource in self.aside:
            if resource.path not in told:
                self.keep(resource)

    def state(
        self, fact: str, raw: Any, source: Source, *, unit: str | None = None, path: str = "", once: bool = True
    ) -> bool:
        """State a fact; a value that the vocabulary refuses becomes a problem. True when it was stated.

        With `once`, a repetition that differs only in its place in the document is not stated again.
        """
        try:
            value = load_vocabulary()[fact].read(raw, unit)
        except ValueRefused as refused:
            self.warn(path or source.locator, f"not read: {refused}")
            return False
        statement = Statement(fact, value, source)
        repeated = any(
            (known.fact, known.value) == (fact, value) and _same(known.source, source) for known in self.statements
        )
        if not (once and repeated):
            self.statements.append(statement)
        return True


def _same(one: Source, other: Source) -> bool:
    return (one.document, one.date, one.method) == (other.document, other.date, other.method)


def source_of(gathering: Gathering, resource: Element, *, method: str | None = None, when: str = "effective") -> Source:
    """The document, the path of the resource, the day and the method it gives."""
    if method is None and resource.has("method"):
        concept = resource.concept("method")
        method = (concept.text or concept.name) if concept else None
    return Source(gathering.document, resource.path, read_when(gathering, resource, when), method)


def read_when(gathering: Gathering, resource: Element, stem: str) -> date | None:
    """The day of `effectiveDateTime` and its like (of a period its end, else its start); None without a full day."""
    try:
        period = resource.child(f"{stem}Period")
        places = [(resource, f"{stem}DateTime"), (resource, f"{stem}Instant")]
        places += [(period, "end"), (period, "start")] if period else []
        for element, name in places:
            text = element.text(name)
            if text:
                day = read_day(text[:10])
                if day is None:
                    gathering.warn(
                        f"{element.path}.{name}", "the date is not known to the day; the age of the finding is unknown"
                    )
                else:
                    gathering.note_moment(resource.path, text)
                return day
    except Unreadable as error:
        gathering.warn(error.path, f"the date {error}; the age of the finding is unknown")
    return None


def quantity_of(element: Element) -> tuple[int | float | None, str | None, str]:
    """Value, unit (the UCUM code before the text) and why the value cannot be used ("" when it can)."""
    number = element.number("value")
    unit = element.text("code") or element.text("unit") or None
    if element.text("comparator"):
        return number, unit, f"the value is given as {element.text('comparator')} {number}; expected an exact value"
    return number, unit, "" if number is not None else "there is no value"


def concept_name(concept: Concept | None) -> str:
    """What to call a concept in a message."""
    return concept.name if concept else "without a code"

"""The project's own code system: any fact of the vocabulary as an Observation, so that nothing is lost on the way."""

from __future__ import annotations

from typing import Any

from chemoplan.case.statement import Completeness, Source
from chemoplan.intake.fhir.element import Concept, Element, Unreadable
from chemoplan.intake.fhir.gathering import Gathering, source_of
from chemoplan.intake.fhir.tables import FACT_SYSTEM, GROUP_PREFIX, SET_COMPLETE, STATED_SOURCE, VALUE_SYSTEM
from chemoplan.vocabulary import Fact, load_vocabulary


def own_code(concept: Concept | None) -> str | None:
    """The fact name that an Observation carries in the own code system."""
    codes = concept.codes(FACT_SYSTEM) if concept else ()
    return codes[0] if codes else None


def read_own(gathering: Gathering, resource: Element, code: str) -> bool:
    """State the fact or the completeness of a group. False (with a problem) when it cannot be read."""
    vocabulary = load_vocabulary()
    source = _stated_source(gathering, resource)
    if code.startswith(GROUP_PREFIX):
        group = code.removeprefix(GROUP_PREFIX)
        if group not in vocabulary.groups() or resource.boolean("valueBoolean") is not True:
            gathering.warn(
                f"{resource.path}.code",
                f"{code} is not a group declared complete; expected one of {', '.join(vocabulary.groups())}",
            )
            return False
        gathering.complete.append(Completeness(group, source))
        return True
    fact = vocabulary.get(code)
    if fact is None or (fact.derived and not fact.may_be_stated) or fact.about == "plan":
        close = vocabulary.nearest(code)
        hint = f"; did you mean {close}?" if fact is None and close else ""
        gathering.warn(f"{resource.path}.code", f"{code[:60]} is not a fact that can be stated of a case{hint}")
        return False
    raw, unit = _raw_value(resource, fact)
    if raw is None:
        gathering.warn(resource.path, f"{fact.name} has no value")
        return False
    return gathering.state(fact.name, raw, source, unit=unit, path=f"{resource.path}.value", once=False)


def _raw_value(resource: Element, fact: Fact) -> tuple[Any, str | None]:
    if fact.kind == "set":
        return _members(resource), None
    quantity = resource.child("valueQuantity")
    if quantity is not None:
        if quantity.text("comparator"):
            raise Unreadable(f"{quantity.path}.comparator", "a limit is not a value; expected an exact value")
        unit = quantity.text("code") or quantity.text("unit")
        return quantity.number("value"), None if unit == (fact.unit or "1") else unit or None
    if resource.has("valueBoolean"):
        return resource.boolean("valueBoolean"), None
    if resource.has("valueInteger"):
        return resource.number("valueInteger"), None
    if resource.has("valueString"):
        return resource.text("valueString"), None
    concept = resource.concept("valueCodeableConcept")
    codes = concept.codes(VALUE_SYSTEM) if concept else ()
    return (codes[0] if codes else None), None


def _members(resource: Element) -> Any:
    members = []
    for component in resource.children("component"):
        concept = component.concept("valueCodeableConcept")
        codes = concept.codes(VALUE_SYSTEM) if concept else ()
        if not codes:
            raise Unreadable(f"{component.path}.valueCodeableConcept", f"has no code of {VALUE_SYSTEM}")
        members.append(codes[0])
    complete = None
    for extension in resource.children("extension"):
        if extension.text("url") == SET_COMPLETE:
            complete = extension.boolean("valueBoolean")
    # A list that does not say that it is complete is not taken for one.
    return members if complete else {"at_least": members} if members or complete is False else None


def _stated_source(gathering: Gathering, resource: Element) -> Source:
    """The source as first stated, when the Bundle carries it; else the Bundle itself."""
    source = source_of(gathering, resource)
    for extension in resource.children("extension"):
        if extension.text("url") == STATED_SOURCE:
            parts = {part.text("url"): part.text("valueString") for part in extension.children("extension")}
            if parts.get("document"):
                return Source(parts["document"], parts.get("locator", ""), source.date, source.method)
    return source

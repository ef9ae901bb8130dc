"""Walks a Bundle (or a lone resource): one person, resource by resource; a bad resource sinks only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chemoplan.case.statement import Reading
from chemoplan.intake.case_file import case_name, read_day
from chemoplan.intake.fhir.condition import Tumors, conclude_histology, read_primary, read_secondary
from chemoplan.intake.fhir.element import Element, Unreadable
from chemoplan.intake.fhir.gathering import PEOPLE, Gathering
from chemoplan.intake.fhir.genomics import Assays, conclude_assays
from chemoplan.intake.fhir.observation import read_observation
from chemoplan.intake.fhir.person import read_person
from chemoplan.intake.fhir.proteins import Stains, conclude_stains
from chemoplan.intake.fhir.references import resource_keys
from chemoplan.intake.fhir.screening import keep_unknown_elements, status_allows
from chemoplan.intake.fhir.subject import Person, choose_person, why_not_theirs
from chemoplan.intake.fhir.tables import CASE_SYSTEM, OWN
from chemoplan.intake.fhir.treatment import (
    MEDICATIONS,
    medication_concept,
    read_medication,
    read_procedure,
)
from chemoplan.intake.fhir.version import refuse_other_versions
from chemoplan.intake.refused import InputRefused, kind_of, shown


@dataclass(frozen=True)
class Entry:
    """A resource of the Bundle, the URL it goes by, and its type."""

    resource: Element
    full_url: str
    kind: str


@dataclass
class Walk:
    """What the readers of single resources share while one Bundle is walked."""

    gathering: Gathering
    person: Person
    medications: list[tuple[frozenset[str], Element]]
    tumors: Tumors = field(default_factory=Tumors)
    assays: Assays = field(default_factory=Assays)
    stains: Stains = field(default_factory=Stains)


Reader = Callable[[Walk, Entry], bool]


def read_fhir(
    data: dict[str, Any], document: str, *, row: str | None = None, decided_on: date | None = None
) -> Reading:
    """The facts of one person. Raises InputRefused for R5, what is no resource, and several persons without `row`.

    `decided_on` is the day of the decision when it is not that of `Bundle.timestamp`.
    """
    kind = data.get("resourceType")
    if not isinstance(kind, str) or not kind.isascii() or not kind.isalpha() or not kind[0].isupper():
        raise InputRefused(f"{document}: resourceType is {shown(kind)}; expected a FHIR R4 Bundle or resource")
    refuse_other_versions(data, document)
    top = Element(kind, data)
    gathering = Gathering(document, decided_on=decided_on or _decision_day(top))
    entries = list(_entries(gathering, top))
    person = choose_person([(item.resource, item.full_url) for item in entries], document, row)
    if kind != "Bundle" and kind not in READERS and kind not in PEOPLE:
        gathering.warn(kind, f"not read: this is a {kind}; expected a Bundle, or one of {', '.join(READERS)}")
    _read_entries(gathering, entries, person)
    return Reading(
        case=_own_identifier(top) or case_name(document),
        statements=tuple(gathering.statements),
        complete=tuple(gathering.complete),
        problems=tuple(gathering.problems),
        decided_on=gathering.decided_on,
        title=next((title for item in entries if (title := _own_title(item))), ""),
        extra=gathering.extra,
    )


def _read_entries(gathering: Gathering, entries: list[Entry], person: Person) -> None:
    """Conditions first, since findings are about a tumor; the genomic rules last, since they look at everything."""
    walk = Walk(gathering, person, _medications(entries))
    _warn_of_twins(gathering, entries)
    readable = []
    for item in entries:
        if item.kind in READERS and _guarded(walk, item, _may_be_read):
            readable.append(item)
        elif item.kind in PEOPLE and item.kind not in READERS:
            gathering.warn(item.resource.path, "not read, and not kept since it is personal")
        else:
            gathering.keep(item.resource)
    primary = {
        item.resource.path for item in readable if item.kind == "Condition" and _guarded(walk, item, _read_primary)
    }
    for item in readable:
        if not _guarded(walk, item, READERS[item.kind]) and item.resource.path not in primary:
            gathering.keep(item.resource)
    conclude_assays(gathering, walk.assays)
    conclude_stains(gathering, walk.stains)
    conclude_histology(gathering, walk.tumors)
    gathering.settle_days()
    gathering.keep_what_came_to_nothing()
    if walk.tumors.elsewhere and not walk.tumors.here:
        names, place = ", ".join(walk.tumors.elsewhere), entries[0].resource.path.split(".", 1)[0]
        gathering.warn(place, f"no rectal cancer in this document, only {names}; plans are for rectal cancer", "scope")


def _medications(entries: list[Entry]) -> list[tuple[frozenset[str], Element]]:
    """The Medication resources that others refer to, by every way of referring to them."""
    return [(_keys(item), item.resource) for item in entries if item.kind == "Medication"]


def _keys(item: Entry) -> frozenset[str]:
    try:
        return resource_keys(item.resource, item.full_url)
    except Unreadable:
        return frozenset({item.full_url} - {""})


def _guarded(walk: Walk, item: Entry, read: Reader) -> bool:
    """Read one resource; what is malformed in it becomes a problem with its path, and ends only this resource."""
    try:
        return read(walk, item)
    except Unreadable as error:
        walk.gathering.warn(error.path, f"not read: {error}")
        return False


def _may_be_read(walk: Walk, item: Entry) -> bool:
    """True when the resource is about the person and its status lets it state facts."""
    keep_unknown_elements(walk.gathering, item.resource, item.kind)
    if item.kind == "Patient":
        keys = _keys(item)
        return walk.person.keys is None or not keys or bool(keys & walk.person.keys)
    reason = why_not_theirs(walk.person, item.resource)
    if reason:
        walk.gathering.warn(f"{item.resource.path}.subject", f"not read: {reason}")
        return False
    if walk.person.keys is not None and not item.resource.has("subject"):
        walk.gathering.warn(
            f"{item.resource.path}.subject", "there is no subject; taken to be about the one person of the document"
        )
    return status_allows(walk.gathering, item.resource)


def _read_primary(walk: Walk, item: Entry) -> bool:
    return read_primary(walk.gathering, walk.tumors, item.resource, item.full_url)


def _read_secondary(walk: Walk, item: Entry) -> bool:
    return read_secondary(walk.gathering, walk.tumors, item.resource)


def _read_patient(walk: Walk, item: Entry) -> bool:
    read_person(walk.gathering, item.resource)
    return True  # what is left of a Patient is personal, and is not kept


def _read_observation(walk: Walk, item: Entry) -> bool:
    return read_observation(walk.gathering, walk.tumors, walk.assays, walk.stains, item.resource)


def _read_medication(walk: Walk, item: Entry) -> bool:
    concept = medication_concept(item.resource, walk.medications)
    return concept is not None and read_medication(walk.gathering, item.resource, concept)


def _read_procedure(walk: Walk, item: Entry) -> bool:
    return read_procedure(walk.gathering, item.resource)


READERS: dict[str, Reader] = {
    "Patient": _read_patient,
    "Condition": _read_secondary,
    "Observation": _read_observation,
    "Procedure": _read_procedure,
    **dict.fromkeys(MEDICATIONS, _read_medication),
}


def _entries(gathering: Gathering, top: Element) -> Iterator[Entry]:
    """Every resource of the Bundle and of Bundles in it; what is not a resource is reported."""
    if top.path != "Bundle":
        yield Entry(top, "", top.path)
        return
    stack = [top]
    while stack:
        bundle = stack.pop()
        keep_unknown_elements(gathering, bundle, "Bundle")
        try:
            yield from _entries_of(gathering, bundle, stack)
        except Unreadable as error:
            gathering.warn(error.path, f"not read: {error}")


def _entries_of(gathering: Gathering, bundle: Element, stack: list[Element]) -> Iterator[Entry]:
    raw = bundle.raw.get("entry")
    if raw is not None and not isinstance(raw, list):
        raise Unreadable(f"{bundle.path}.entry", f"is {kind_of(raw)}; expected a list")
    if any(link.text("relation") == "next" for link in bundle.children("link")):
        gathering.warn(f"{bundle.path}.link", "there are further pages; what they hold was not seen")
    for index, value in enumerate(raw or []):
        path = f"{bundle.path}.entry[{index}]"
        resource = value.get("resource") if isinstance(value, dict) else value
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        full_url = value.get("fullUrl") if isinstance(value, dict) else None
        request = value.get("request") if isinstance(value, dict) else None
        if not isinstance(resource, dict) or not isinstance(kind, str):
            gathering.warn(f"{path}.resource", "not a resource; kept and not read")
            gathering.extra[path] = value
            continue
        keep_unknown_elements(gathering, Element(path, value), "entry")
        element = Element(f"{path}.resource", resource)
        if isinstance(request, dict) and request.get("method") == "DELETE":
            gathering.warn(path, "not read: the entry asks to delete the resource")
            gathering.keep(element)
        elif kind == "Bundle":
            stack.append(element)
        else:
            yield Entry(element, full_url.strip() if isinstance(full_url, str) else "", kind)


def _warn_of_twins(gathering: Gathering, entries: list[Entry]) -> None:
    """Say so when two resources claim the same identity with different content."""
    seen: dict[tuple[str, str], Element] = {}
    for item in entries:
        identity = item.resource.raw.get("id")
        if item.kind not in READERS or not isinstance(identity, str):
            continue
        first = seen.setdefault((item.kind, identity), item.resource)
        if first.raw != item.resource.raw:
            gathering.warn(item.resource.path, f"has the same id as {first.path} and other content; both are read")


def _decision_day(top: Element) -> date | None:
    stamp = top.raw.get("timestamp")
    return read_day(stamp[:10]) if isinstance(stamp, str) and top.path == "Bundle" else None


def _own_identifier(top: Element) -> str:
    identifier = top.raw.get("identifier")
    if (
        isinstance(identifier, dict)
        and identifier.get("system") == CASE_SYSTEM
        and isinstance(identifier.get("value"), str)
    ):
        return str(identifier["value"]).strip()
    return ""


def _own_title(item: Entry) -> str:
    """The title of the case, as the CarePlan that this project writes carries it."""
    profiles = item.resource.raw.get("instantiatesUri")
    title = item.resource.raw.get("title")
    own = item.kind == "CarePlan" and isinstance(profiles, list) and f"{OWN}/plan" in profiles
    return title if own and isinstance(title, str) else ""

"""Whose resources these are: one person only, and nothing carried over from another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chemoplan.intake.fhir.element import Element, Unreadable
from chemoplan.intake.fhir.references import matches_reference, resource_keys
from chemoplan.intake.refused import InputRefused, shown


@dataclass(frozen=True)
class Person:
    """The person of the case: every way of pointing at the Patient (None when nothing names one)."""

    keys: frozenset[str] | None
    identifiers: frozenset[tuple[str, str]] = frozenset()
    alone: bool = True


def choose_person(resources: Iterable[tuple[Element, str]], document: str, row: str | None) -> Person:
    """The one person, or the one that `row` picks by Patient id or by number. Raises InputRefused, naming ids only."""
    patients: dict[str, Person] = {}
    subjects: dict[str, Person] = {}
    for resource, full_url in resources:
        try:
            if resource.raw.get("resourceType") == "Patient":
                name = _patient_name(resource, full_url)
                patients.setdefault(name, Person(resource_keys(resource, full_url), _identifiers(resource)))
            else:
                reference = subject_reference(resource)
                if reference:
                    subjects.setdefault(reference, Person(frozenset({reference})))
        except Unreadable:
            continue  # reported where the resource itself is read
    people = patients or subjects
    if row is not None:
        return _picked(people, document, row)
    if len(people) > 1:
        names = ", ".join(list(people)[:5]) + (", ..." if len(people) > 5 else "")
        raise InputRefused(
            f"{document}: holds {len(people)} persons ({names}); choose one with --row ID or --row NUMBER, "
            "they are never mixed"
        )
    return next(iter(people.values()), Person(None))


def _picked(people: dict[str, Person], document: str, row: str) -> Person:
    names = list(people)
    name = row if row in people else f"Patient/{row}"
    if name not in people and row.isascii() and row.isdigit() and len(row) < 10 and 1 <= int(row) <= len(names):
        name = names[int(row) - 1]
    if name not in people:
        raise InputRefused(f"{document}: no person {shown(row)}; expected one of {', '.join(names[:5]) or 'none'}")
    person = people[name]
    return Person(person.keys, person.identifiers, alone=len(people) == 1)


def why_not_theirs(person: Person, resource: Element) -> str:
    """Why a resource is not about the person; "" when it is."""
    reference = subject_reference(resource)
    if person.keys is None:
        return ""
    if reference:
        return "" if matches_reference(reference, person.keys) else f"it is about another person ({reference[:60]})"
    subject = resource.child("subject")
    identifier = subject.child("identifier") if subject else None
    if identifier is not None:
        same = (identifier.text("system"), identifier.text("value")) in person.identifiers
        return "" if same else "its subject is given by an identifier that the Patient does not have"
    return "" if person.alone else "it does not say which of the persons it is about"


def subject_reference(resource: Element) -> str:
    """The reference to the subject, or "" when there is none."""
    for name in ("subject", "patient"):
        child = resource.child(name)
        if child is not None:
            return child.text("reference")
    return ""


def _patient_name(resource: Element, full_url: str) -> str:
    identity = resource.text("id")
    return f"Patient/{identity}" if identity else full_url or resource.path


def _identifiers(resource: Element) -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.text("system"), item.text("value")) for item in resource.children("identifier") if item.text("value")
    )

"""Medications and procedures: drug classes that were given, radiation to the pelvis, resections."""

from __future__ import annotations

import re
from typing import Any

from chemoplan.intake.fhir.condition import fits
from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, concept_name, read_when, source_of
from chemoplan.intake.fhir.references import matches_reference
from chemoplan.intake.fhir.tables import any_text, pattern, rows, table

MEDICATIONS = {
    "MedicationRequest": "authored",
    "MedicationAdministration": "effective",
    "MedicationStatement": "effective",
}


def medication_classes(concept: Concept) -> list[str]:
    """The drug classes of `prior_drugs` that a medication belongs to (several for a combination)."""
    drugs = table("drugs")
    if any_text([drugs["not_systemic"]], concept.texts):
        return []
    found = []
    for name, entry in drugs["classes"].items():
        words = "|".join(re.escape(word) for word in entry["names"])
        named = any_text([rf"(?<![\w-])({words})(?![\w-]*\w)"], concept.texts)
        if named or concept.in_codes({system: entry.get(system, ()) for system in ("RxNorm", "ATC")}):
            found.append(name)
    return found


def medication_concept(resource: Element, medications: list[tuple[frozenset[str], Element]]) -> Concept | None:
    """The coded medication, inline, contained or elsewhere in the Bundle."""
    concept = resource.concept("medicationCodeableConcept")
    if concept is not None:
        return concept
    reference = next(iter(resource.references("medicationReference")), "")
    if reference.startswith("#"):
        for inner in resource.children("contained"):
            if inner.text("id") == reference[1:]:
                return inner.concept("code")
        return None
    return next((item.concept("code") for keys, item in medications if matches_reference(reference, keys)), None)


def read_medication(gathering: Gathering, resource: Element, concept: Concept) -> bool:
    """State the drug classes of a medication that was given, as some of those received."""
    classes = medication_classes(concept)
    if not classes:
        return False
    if resource.boolean("doNotPerform") or resource.text("intent") in table("status")["not_ordered"]:
        gathering.warn(
            resource.path, f"{concept_name(concept)[:80]} is not read as given: it is a plan or a prohibition"
        )
        return False
    source = source_of(gathering, resource, method="", when=MEDICATIONS[resource.text("resourceType")])
    return gathering.state("prior_drugs", {"at_least": classes}, source, path=resource.path)


def read_procedure(gathering: Gathering, resource: Element) -> bool:
    """State what a finished procedure says by the table."""
    concept = resource.concept("code")
    if concept is None:
        return False
    row = next(
        (row for row in rows("procedures") if resource.has_profile(row.get("profiles")) or fits(concept, row)), None
    )
    if row is None:
        return False
    if row.get("site") and not _in_pelvis(resource):
        sites = ", ".join(site.name for site in resource.concepts("bodySite")) or "no body site"
        gathering.warn(
            resource.path, f"{row['name']} is not read: its site ({sites[:80]}) is not known to be in the pelvis"
        )
        return False
    source = source_of(gathering, resource, method="", when="performed")
    for fact, value in row["states"].items():
        gathering.state(fact, value, source, path=resource.path)
    _state_weeks(gathering, resource, row)
    return True


def _state_weeks(gathering: Gathering, resource: Element, row: dict[str, Any]) -> None:
    """Weeks between a dated procedure and the decision, where the table asks for them."""
    done = read_when(gathering, resource, "performed")
    if "weeks_since" in row and done and gathering.decided_on and done <= gathering.decided_on:
        days = (gathering.decided_on - done).days
        source = source_of(gathering, resource, method="days from the procedure to the decision", when="performed")
        gathering.state(row["weeks_since"], float(f"{days / 7:.12g}"), source, path=resource.path)


def _in_pelvis(resource: Element) -> bool:
    pelvis = table("pelvis")
    sites = resource.concepts("bodySite")
    if any(site.in_codes(pelvis["codes"]) for site in sites):
        return True
    texts = tuple(text for site in sites for text in site.texts)
    return any(pattern(item).search(text[:300]) for item in pelvis["text"] for text in texts)

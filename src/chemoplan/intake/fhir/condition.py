"""Conditions: which tumor the Bundle is about, its histology, and where metastases are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chemoplan.case.statement import Source
from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, concept_name, source_of
from chemoplan.intake.fhir.references import matches_reference, resource_keys
from chemoplan.intake.fhir.tables import any_text, table
from chemoplan.intake.fhir.tnm import read_summary

RELATED = ("condition-related", "mcode-related-primary-cancer-condition", "mcode-related-condition")


@dataclass
class Tumors:
    """The primary cancers that the Bundle names: the rectal one, or one without a site, and those elsewhere."""

    here: list[frozenset[str]] = field(default_factory=list)
    elsewhere: dict[str, frozenset[str]] = field(default_factory=dict)
    named_histology: list[tuple[str, Source]] = field(default_factory=list)

    def why_not_ours(self, resource: Element) -> str:
        """Why a finding about a tumor cannot be taken as one about the rectal cancer; "" when it can."""
        references = list(resource.references("focus"))
        for extension in resource.children("extension"):
            if extension.text("url").rsplit("/", 1)[-1] in RELATED:
                references += extension.references("valueReference")
        for reference in references:
            for name, keys in self.elsewhere.items():
                if matches_reference(reference, keys):
                    return f"it is about another tumor ({name})"
        known = any(matches_reference(reference, keys) for reference in references for keys in self.here)
        if known or not self.elsewhere:
            return ""
        if self.here:
            return "the person has several tumors and it does not say which one it is about"
        return f"the only tumor in the document is {', '.join(self.elsewhere)}"


def fits(concept: Concept, entry: dict[str, Any], texts: tuple[str, ...] | None = None) -> bool:
    """True when a concept has one of the codes of an entry (ICD codes by their beginning), or matches its text."""
    codes = entry.get("codes", {})
    for coding in concept.codings:
        prefixes = codes.get(coding.system, ())
        starts = coding.system.startswith("ICD")
        if any(coding.code.startswith(item) if starts else coding.code == item for item in prefixes):
            return True
    return any_text(entry.get("text"), texts if texts is not None else concept.texts)


def read_primary(gathering: Gathering, tumors: Tumors, resource: Element, full_url: str) -> bool:
    """Note which tumor a Condition names, and state its site and histology when it is the rectal one."""
    concept = resource.concept("code")
    rules = table("conditions")
    if concept is None or fits(concept, rules["no_tumor"]) or is_secondary(resource, concept):
        return False
    sites = tuple(text for site in resource.concepts("bodySite") for text in site.texts)
    named = resource.has_profile(rules["primary"]["profiles"]) or fits(concept, rules["primary"])
    rectal = fits(concept, rules["rectum"], concept.texts + sites)
    if not named and not (rectal and concept.in_codes(rules["rectum"]["codes"])):
        return False
    keys = resource_keys(resource, full_url)
    if not rectal and not (fits(concept, rules["unspecified"]) and not sites):
        tumors.elsewhere[concept_name(concept)[:80]] = keys
        return False
    tumors.here.append(keys)
    if rectal and not fits(concept, rules["rectosigmoid"], concept.texts + sites):
        source = source_of(gathering, resource, method="", when="recorded")
        gathering.state("primary_site", "rectum", source, path=f"{resource.path}.code")
    if not rectal:
        gathering.warn(
            f"{resource.path}.code", f"{concept_name(concept)[:80]} does not name the site; taken for the rectal cancer"
        )
    if any_text(rules["spread"], concept.texts):
        gathering.warn(
            f"{resource.path}.code",
            f"{concept_name(concept)[:80]}: the spread it speaks of is not read; state cM and metastatic_sites",
        )
    _read_histology(gathering, tumors, resource, concept)
    for stage in resource.children("stage"):
        read_summary(gathering, resource, stage)
    return True


def _read_histology(gathering: Gathering, tumors: Tumors, resource: Element, code: Concept) -> None:
    rules = table("conditions")["histology"]
    named = histology_of(code)
    if named:
        tumors.named_histology.append((named, source_of(gathering, resource, method="", when="recorded")))
    for extension in resource.children("extension"):
        if not extension.text("url").endswith(rules["extension"]):
            continue
        concept = extension.concept("valueCodeableConcept")
        value = histology_of(concept) if concept else None
        path = f"{extension.path}.valueCodeableConcept"
        if value is None:
            gathering.warn(
                path,
                f"the histology {concept_name(concept)[:80]} is not one that is known here; state the fact histology",
            )
            continue
        gathering.state("histology", value, source_of(gathering, resource, method="", when="recorded"), path=path)


def histology_of(concept: Concept) -> str | None:
    """The histology that a concept names, or None."""
    rows = table("conditions")["histology"]["values"]
    return next((str(row["value"]) for row in rows if fits(concept, row)), None)


def is_histology(concept: Concept) -> bool:
    """True for an Observation of the histological type and behavior."""
    return concept.in_codes(table("conditions")["histology"]["observations"])


def read_histology(gathering: Gathering, resource: Element) -> bool:
    """State the histology that an Observation gives."""
    concept = resource.concept("valueCodeableConcept") or Concept((), resource.text("valueString"))
    value = histology_of(concept)
    if value is None:
        gathering.warn(
            resource.path, f"the histology {concept.name[:80]} is not one that is known here; state the fact histology"
        )
        return False
    return gathering.state("histology", value, source_of(gathering, resource), path=resource.path)


def conclude_histology(gathering: Gathering, tumors: Tumors) -> None:
    """Take the histology from the name of the cancer ("adenocarcinoma of rectum") when nothing states it by itself."""
    if not any(item.fact == "histology" for item in gathering.statements):
        for value, source in tumors.named_histology:
            gathering.state("histology", value, source)


def is_secondary(resource: Element, concept: Concept) -> bool:
    """True when a Condition is a metastasis."""
    rules = table("conditions")["secondary"]
    return resource.has_profile(rules["profiles"]) or fits(concept, rules)


def read_secondary(gathering: Gathering, tumors: Tumors, resource: Element) -> bool:
    """State the site of a metastasis as one of the sites (there may be others)."""
    concept = resource.concept("code")
    rules = table("conditions")
    if concept is None or fits(concept, rules["no_tumor"]) or not is_secondary(resource, concept):
        return False
    status = resource.concept("clinicalStatus")
    gone = [coding.code for coding in status.codings if coding.code in table("status")["gone"]] if status else []
    reason = tumors.why_not_ours(resource)
    if gone:
        reason = f"its clinical status is {gone[0]}"
    site = next((row["site"] for row in rules["metastasis_sites"] if fits(concept, row)), None)
    if site is None and not reason and fits(concept, rules["site_undecided"]):
        reason = "it does not tell a site of distant metastases"
    if reason:
        gathering.warn(resource.path, f"{concept_name(concept)[:80]} is not read as a metastasis: {reason}")
        return False
    source = source_of(gathering, resource, method="", when="onset")
    return gathering.state(
        "metastatic_sites", {"at_least": [site or rules["other_site"]]}, source, path=f"{resource.path}.code"
    )

"""Observations: the own code system first, then TNM, variants, qualitative tests, and quantities by their codes."""

from __future__ import annotations

from chemoplan.intake.fhir.answers import UNSETTLED, read_state
from chemoplan.intake.fhir.condition import Tumors, is_histology, read_histology
from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, concept_name, quantity_of, source_of
from chemoplan.intake.fhir.genomics import Assays, is_genomic, read_assay, read_panel_change
from chemoplan.intake.fhir.own import own_code, read_own
from chemoplan.intake.fhir.proteins import Stains, is_stain, read_stain
from chemoplan.intake.fhir.tables import any_text, facts_by_code, pattern, spelled_unit, table
from chemoplan.intake.fhir.tnm import is_tnm, read_tnm
from chemoplan.vocabulary import load_vocabulary

TUMOR_TOPICS = ("tumor", "biomarker")


def read_observation(gathering: Gathering, tumors: Tumors, assays: Assays, stains: Stains, resource: Element) -> bool:
    """True when the resource stated something or was put aside for the genomic rules; else it is kept unread."""
    concept = resource.concept("code")
    code = own_code(concept)
    if code is not None:
        return read_own(gathering, resource, code)
    if concept is None:
        return False
    for row in table("results")["not_facts"]:
        if concept.in_codes(row["codes"]):
            gathering.warn(resource.path, f"{concept_name(concept)[:80]} is not read: {row['reason']}")
            return False
    about_tumor = (
        is_tnm(concept) or is_genomic(concept) or is_stain(concept) or is_histology(concept) or _is_about_tumor(concept)
    )
    reason = tumors.why_not_ours(resource) if about_tumor else ""
    if reason:
        gathering.warn(resource.path, f"{concept_name(concept)[:80]} is not read: {reason}")
        return False
    if is_histology(concept):
        return read_histology(gathering, resource)
    if is_tnm(concept):
        return read_tnm(gathering, resource, concept)
    if is_genomic(concept) or is_stain(concept):
        read = (
            read_assay(gathering, assays, resource, concept)
            if is_genomic(concept)
            else read_stain(gathering, stains, resource, concept)
        )
        if read:
            gathering.set_aside(resource)
        return read
    panel = read_panel_change(gathering, assays, resource, concept)
    if panel is not None:
        return panel
    return _read_test(gathering, resource, concept) or _read_plain(gathering, resource, concept)


def _is_about_tumor(concept: Concept) -> bool:
    names = {facts_by_code().get((item.system, item.code)) for item in concept.codings}
    names |= {row["fact"] for row in table("results")["tests"] if _is_test(concept, row)}
    return any(load_vocabulary()[name].topic in TUMOR_TOPICS for name in names if name)


def _is_test(concept: Concept, row: dict[str, object]) -> bool:
    codes, text = row.get("codes"), row.get("text")
    return concept.in_codes(codes if isinstance(codes, dict) else None) or any_text(
        [text] if isinstance(text, str) else None, concept.texts
    )


def _read_test(gathering: Gathering, resource: Element, concept: Concept) -> bool:
    """A qualitative test: what its answer states by the table."""
    row = next((row for row in table("results")["tests"] if _is_test(concept, row)), None)
    if row is None:
        return False
    state, text = read_state(resource, row["states"])
    if state is None or state == UNSETTLED:
        answer = f"{text} does not settle it" if text else _absent_reason(resource)
        gathering.warn(resource.path, f"{row['name']}: {answer}; {row['fact']} stays unknown unless stated elsewhere")
        return False
    return gathering.state(row["fact"], state, source_of(gathering, resource), path=resource.path)


def _absent_reason(resource: Element) -> str:
    reason = resource.concept("dataAbsentReason")
    if reason:
        return f"there is no value ({concept_name(reason)[:60]})"
    form = next((name for name in resource.raw if name.startswith("value") and resource.has(name)), None)
    return f"its {form} does not settle it" if form else "there is no value"


def _read_plain(gathering: Gathering, resource: Element, concept: Concept) -> bool:
    """A quantity, count or score that carries the fact as it is, by its code in the vocabulary."""
    results = table("results")
    for row in results["over_upper_limit"]:
        if concept.in_codes(row["codes"]):
            return _read_ratio(gathering, resource, row["fact"])
    name = next(filter(None, (facts_by_code().get((item.system, item.code)) for item in concept.codings)), None)
    if name is None:
        return False
    fact = load_vocabulary()[name]
    source = source_of(gathering, resource)
    if fact.numeric or fact.kind == "count":
        value = resource.number("valueInteger")
        if value is None:
            quantity = resource.child("valueQuantity")
            value = quantity.number("value") if quantity and not quantity.text("comparator") else _score(resource)
        if value is None:
            gathering.warn(resource.path, f"{name}: {_absent_reason(resource)}")
            return False
        return gathering.state(name, value, source, path=f"{resource.path}.value")
    quantity = resource.child("valueQuantity")
    if quantity is None:
        gathering.warn(resource.path, f"{name}: {_absent_reason(resource)}")
        return False
    value, unit, reason = quantity_of(quantity)
    unit = spelled_unit(unit) or results["unit_in_name"].get(name)
    if not reason and not unit:
        reason = f"the value has no unit; expected {fact.unit} or a unit that converts to it"
    if reason:
        gathering.warn(quantity.path, f"{name} is not read: {reason}")
        return False
    return gathering.state(name, value, source, unit=unit, path=quantity.path)


def _score(resource: Element) -> int | None:
    """An ECOG status told by an answer code in the value or the interpretation, or by a text such as "ECOG 1"."""
    answers = table("results")["ecog_answers"]
    concepts = [resource.concept("valueCodeableConcept"), *resource.concepts("interpretation")]
    codings = [coding for concept in concepts if concept for coding in concept.codings]
    scores = {score for item in codings if (score := answers.get(item.system, {}).get(item.code)) is not None}
    if not scores:
        texts = [text for concept in concepts[:1] if concept for text in concept.texts]
        texts += [resource.text("valueString")] if resource.has("valueString") else []
        found = [pattern(table("results")["ecog_text"]).fullmatch(text) for text in texts]
        scores = {int(match[1]) for match in found if match}
    return scores.pop() if len(scores) == 1 else None


def _read_ratio(gathering: Gathering, resource: Element, name: str) -> bool:
    """A value over the upper limit of normal that the same Observation gives."""
    quantity = resource.child("valueQuantity")
    highs = [high for row in resource.children("referenceRange") if (high := row.child("high")) is not None]
    if quantity is None or len(highs) != 1:
        gathering.warn(
            resource.path, f"{name} is not read: it needs a value and one upper limit of normal (referenceRange.high)"
        )
        return False
    value, unit, reason = quantity_of(quantity)
    limit, limit_unit, limit_reason = quantity_of(highs[0])
    if reason or limit_reason or value is None or not limit or limit <= 0 or (limit_unit or unit) != unit:
        why = reason or limit_reason or "value and limit differ in unit, or the limit is not above zero"
        gathering.warn(quantity.path, f"{name} is not read: {why}")
        return False
    source = source_of(gathering, resource)
    return gathering.state(name, float(f"{value / limit:.12g}"), source, path=quantity.path)

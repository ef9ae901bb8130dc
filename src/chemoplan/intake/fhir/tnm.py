"""TNM categories, clinical and pathological kept apart, AJCC 8 only. Stage groups are computed, never read."""

from __future__ import annotations

import re
from typing import Any

from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, concept_name, source_of
from chemoplan.intake.fhir.tables import facts_by_code, table

_CATEGORY = re.compile(
    r"\b(?P<prefix>yc|yp|rp|rc|[acpyr])?\s?(?P<letter>[TNM])\s?(?P<value>is|X|x|[0-4][a-d]?)(?:\s*\(.*?\))?(?=$|[\s,;)])"
)
_BARE = re.compile(r"(?P<prefix>)(?P<letter>)(?P<value>is|X|[0-4][a-d]?)")


def is_tnm(concept: Concept) -> bool:
    """True when an Observation is about TNM in some way."""
    rules = table("tnm")
    facts = {facts_by_code().get((item.system, item.code)) for item in concept.codings}
    return bool(
        facts & set(rules["facts"])
        or any(concept.in_codes(row["codes"]) for row in rules["also"])
        or concept.in_codes(rules["unspecified"])
        or concept.in_codes(rules["stage_groups"])
    )


def read_tnm(gathering: Gathering, resource: Element, concept: Concept) -> bool:
    """State a category; what cannot be used is listed with the reason."""
    rules = table("tnm")
    value = resource.concept("valueCodeableConcept")
    if value is None and resource.has("valueString"):
        value = Concept((), resource.text("valueString"))
    path = f"{resource.path}.valueCodeableConcept"
    if concept.in_codes(rules["stage_groups"]):
        gathering.warn(
            resource.path, f"the stage group {concept_name(value)[:80]} is not read: it is computed from T, N and M"
        )
        return False
    if concept.in_codes(rules["unspecified"]):
        gathering.warn(
            resource.path, f"{concept_name(value)[:80]} is not read: the code does not say clinical or pathological"
        )
        return False
    edition = _wrong_edition(resource)
    if edition:
        gathering.warn(
            resource.path, f"{concept_name(value)[:80]} is not read: staged by {edition}, and the facts are AJCC 8"
        )
        return False
    names = [facts_by_code().get((item.system, item.code)) for item in concept.codings]
    name = next((item for item in names if item in rules["facts"]), None)
    rule = (
        {"fact": name, **rules["facts"][name]}
        if name
        else next(row for row in rules["also"] if concept.in_codes(row["codes"]))
    )
    found = _categories(value) if value else set()
    fitting = {category for category in found if _fits(category, rule)}
    if len(found) != 1 or not fitting:
        text = concept_name(value)[:80] if value else "no value"
        gathering.warn(
            path,
            f"{text} is not read as {rule['fact']}: expected one {'/'.join(rule['prefixes'])}{rule['letter']} category",
        )
        return False
    prefix, _, category = fitting.pop()
    if "only" in rule and f"{rule['letter']}{category}" not in rule["only"]:
        gathering.warn(
            path, f"p{rule['letter']}{category} is not read: only {', '.join(rule['only'])} can be proven by pathology"
        )
        return False
    method = rule.get("method") or (f"{prefix}{rule['letter']}" if prefix.startswith("y") else None)
    source = source_of(gathering, resource, method=method)
    return gathering.state(str(rule["fact"]), f"{rule['letter']}{category}", source, path=path)


def _fits(category: tuple[str, str, str], rule: dict[str, Any]) -> bool:
    prefix, letter, _ = category
    return letter in ("", rule["letter"]) and prefix in ("", *rule["prefixes"])


def _categories(value: Concept) -> set[tuple[str, str, str]]:
    """Every category that codes and texts name, as (prefix, letter, value); agreeing ones fall together."""
    known = table("tnm")["values"]
    texts = [known[item.code] for item in value.codings if item.system == "SNOMED CT" and item.code in known]
    texts += [item.code for item in value.codings if item.system not in ("SNOMED CT", "LOINC")]
    texts += value.texts
    found: set[tuple[str, str, str]] = set()
    for text in texts:
        if len(text) > 120:
            continue
        match = _BARE.fullmatch(text) or _CATEGORY.search(text)
        if match:
            found.add((match["prefix"] or "", match["letter"], match["value"].replace("x", "X")))
    # "T3" beside "cT3", or "3" beside both, says nothing else.
    return {item for item in found if not any(_says_more(other, item) for other in found)}


def _says_more(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    same = one[2] == other[2] and other[1] in ("", one[1]) and other[0] in ("", one[0])
    return one != other and same


def _wrong_edition(resource: Element) -> str:
    method = resource.concept("method")
    rules = table("tnm")["editions"]
    if method is None or method.in_codes(rules["right"]):
        return ""
    return next((row["name"] for row in rules["wrong"] if method.in_codes(row["codes"])), "")

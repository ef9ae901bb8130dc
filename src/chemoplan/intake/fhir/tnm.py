"""TNM categories, clinical and pathological kept apart, AJCC 8 only. Stage groups are computed, never read."""

from __future__ import annotations

import re
from typing import Any

from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, concept_name, source_of
from chemoplan.intake.fhir.tables import any_text, facts_by_code, pattern, table

_CATEGORY = re.compile(
    r"\b(?P<prefix>yc|yp|rp|rc|mr|[acpyru])?\s?(?P<letter>[TNM])\s?(?P<value>is|X|x|[0-4][a-d]?)(?:\s*\(.*?\))?(?=$|[\s,;)]|/[a-z]{0,2}[TNM])"
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
    found = {item for item in _categories(value) if item[1] in ("", rule["letter"])} if value else set()
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
    broader = rules["broader"].get(f"{rule['letter']}{category}")
    if broader:
        gathering.warn(path, f"{rule['letter']}{category} is read as {broader}: AJCC 8 has no such subcategory")
        category = broader.removeprefix(rule["letter"])
    method = rule.get("method") or (f"{prefix}{rule['letter']}" if prefix.startswith("y") else None)
    source = source_of(gathering, resource, method=method)
    return gathering.state(str(rule["fact"]), f"{rule['letter']}{category}", source, path=path)


def read_summary(gathering: Gathering, condition: Element, stage: Element) -> None:
    """State the categories that `Condition.stage.summary` names with their prefix ("cT3 cN1 cM0"); list what is not read."""
    concept = stage.concept("summary")
    if concept is None:
        return  # an assessment: the Observation that it refers to is read by itself
    path = f"{stage.path}.summary"
    rules = table("tnm")
    texts = [rules["values"][code] for code in concept.codes("SNOMED CT") if code in rules["values"]]
    words = " ".join((*texts, *concept.texts))[:200]
    matches = () if pattern(rules["open"]).search(words) else _CATEGORY.finditer(words)
    found = {(match["prefix"] or "", match["letter"], match["value"].replace("x", "X")) for match in matches}
    stated = 0
    for fact, rule in rules["facts"].items():
        values = {value for prefix, letter, value in found if letter == rule["letter"] and prefix in rule["prefixes"]}
        if len(values) == 1:
            source = source_of(gathering, condition, method="", when="recorded")
            value = rules["broader"].get(
                f"{rule['letter']}{next(iter(values))}", f"{rule['letter']}{next(iter(values))}"
            )
            stated += gathering.state(fact, value, source, path=path)
    if stated < len(found) or not found:
        gathering.warn(
            path,
            f"{concept_name(concept)[:80]} is not read in full: categories need a prefix such as cT3; "
            "stage groups are computed from T, N and M",
        )


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
        if pattern(table("tnm")["open"]).search(text):
            return set()
        bare = _BARE.fullmatch(text)
        for match in [bare] if bare else _CATEGORY.finditer(text):
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
    return next(
        (row["name"] for row in rules["wrong"] if method.in_codes(row["codes"]) or any_text(row["text"], method.texts)),
        "",
    )

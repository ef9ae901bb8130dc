"""A case and its plan as a FHIR R4 Bundle that `read_fhir` reads back without loss. Formats, never decides."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from chemoplan.case.statement import Completeness, Reading, Source, Statement
from chemoplan.intake.fhir.tables import (
    CASE_SYSTEM,
    FACT_SYSTEM,
    GROUP_PREFIX,
    OWN,
    SET_COMPLETE,
    STATED_SOURCE,
    VALUE_SYSTEM,
    system_uri,
    table,
)
from chemoplan.vocabulary import Fact, SetValue, load_vocabulary

UCUM = "http://unitsofmeasure.org"
PATIENT = "Patient/patient"
DRAFT_NOTICE = "Decision support for professionals: a draft that a clinician has not released."
_MAX_TITLE = 200


def plan_bundle(reading: Reading, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The stated facts as Observations, the plan as a draft CarePlan, and the plan JSON whole in a DocumentReference.

    The Patient carries no personal data. Ids and order depend on the input alone, so equal input gives equal bytes.
    """
    resources = [{"resourceType": "Patient", "id": "patient"}]
    counts: dict[str, int] = {}
    for statement in reading.statements:
        resources.append(_fact_observation(statement, _numbered(f"fact-{_slug(statement.fact)}", counts)))
    for completeness in reading.complete:
        resources.append(_group_observation(completeness, _numbered(f"complete-{_slug(completeness.group)}", counts)))
    resources += [_care_plan(reading, plan), _document(plan)]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": CASE_SYSTEM, "value": reading.case},
    }
    if reading.decided_on:
        bundle["timestamp"] = f"{reading.decided_on.isoformat()}T00:00:00Z"
    bundle["entry"] = [
        {"fullUrl": f"{OWN}/{item['resourceType']}/{item['id']}", "resource": item} for item in resources
    ]
    return bundle


def carried_plan(bundle: Mapping[str, Any]) -> Any:
    """The plan JSON that a Bundle of `plan_bundle` carries, or None when there is none."""
    for entry in bundle.get("entry", []):
        resource = entry.get("resource", {})
        if resource.get("resourceType") == "DocumentReference" and resource.get("id") == "plan-json":
            return json.loads(base64.b64decode(resource["content"][0]["attachment"]["data"]))
    return None


def _fact_observation(statement: Statement, identity: str) -> dict[str, Any]:
    fact = load_vocabulary()[statement.fact]
    observation = _observation(identity, fact.name, fact.meaning, statement.source)
    observation["code"]["coding"] += [{"system": system_uri(system), "code": code} for system, code in fact.codes[:1]]
    observation |= _value(fact, statement)
    if isinstance(statement.value, SetValue):
        observation["extension"].append({"url": SET_COMPLETE, "valueBoolean": statement.value.complete})
    return observation


def _group_observation(completeness: Completeness, identity: str) -> dict[str, Any]:
    meaning = f"What the source does not mention of the group {completeness.group} is absent."
    observation = _observation(identity, GROUP_PREFIX + completeness.group, meaning, completeness.source)
    return observation | {"valueBoolean": True}


def _observation(identity: str, code: str, meaning: str, source: Source) -> dict[str, Any]:
    stated = [{"url": "document", "valueString": source.document}]
    if source.locator:
        stated.append({"url": "locator", "valueString": source.locator})
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "id": identity,
        "extension": [{"url": STATED_SOURCE, "extension": stated}],
        "status": "final",
        "code": {"coding": [{"system": FACT_SYSTEM, "code": code}], "text": meaning},
        "subject": {"reference": PATIENT},
    }
    if source.date:
        observation["effectiveDateTime"] = source.date.isoformat()
    if source.method:
        observation["method"] = {"text": source.method}
    return observation


def _value(fact: Fact, statement: Statement) -> dict[str, Any]:
    value = statement.value
    if isinstance(value, SetValue):
        members = [name for name in fact.values if name in value.members]
        component = {"coding": [{"system": FACT_SYSTEM, "code": fact.name}]}
        return (
            {"component": [{"code": component, "valueCodeableConcept": _own_concept(name)} for name in members]}
            if members
            else {}
        )
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, str):
        return {"valueCodeableConcept": _own_concept(value) | _standard_value(fact, value)}
    number = int(value) if value == int(value) else value
    unit = fact.unit or "1"
    if fact.kind == "quantity":
        return {"valueQuantity": {"value": number, "unit": unit, "system": UCUM, "code": unit}}
    if isinstance(number, int):
        return {"valueInteger": number}
    return {"valueQuantity": {"value": number, "unit": "1", "system": UCUM, "code": "1"}}


def _own_concept(value: str) -> dict[str, Any]:
    return {"coding": [{"system": VALUE_SYSTEM, "code": value}], "text": value}


def _standard_value(fact: Fact, value: str) -> dict[str, Any]:
    """The SNOMED CT code beside a TNM category, where the table has one."""
    rule = table("tnm")["facts"].get(fact.name)
    if rule is None:
        return {}
    code = next((code for code, name in table("tnm")["values"].items() if name == rule["prefixes"][0] + value), None)
    if code is None:
        return {}
    own = {"system": VALUE_SYSTEM, "code": value}
    return {"coding": [own, {"system": system_uri("SNOMED CT"), "code": code}]}


def _care_plan(reading: Reading, plan: Mapping[str, Any]) -> dict[str, Any]:
    care_plan: dict[str, Any] = {
        "resourceType": "CarePlan",
        "id": "plan",
        "instantiatesUri": [f"{OWN}/plan"],
        "status": "draft",
        "intent": "proposal",
    }
    if reading.title:
        care_plan["title"] = reading.title
    care_plan |= {"description": DRAFT_NOTICE, "subject": {"reference": PATIENT}}
    if reading.decided_on:
        care_plan["created"] = reading.decided_on.isoformat()
    care_plan["supportingInfo"] = [{"reference": "DocumentReference/plan-json"}]
    activities = [_activity(option) for option in _mappings(plan.get("options"))]
    if activities:
        care_plan["activity"] = activities
    notes = [
        f"Decided by the team ({item['decision'].replace('_', ' ')}): {item['title']}. "
        f"Reason: {item['reason']} ({item['by']}, {item['on']})"
        for item in _mappings(plan.get("decisions"))
    ]
    notes += [f"Excluded: {_text(item)}" for item in _mappings(plan.get("excluded"))]
    notes += [
        f"Alert ({item.get('severity', 'not graded')}): {item.get('text', item.get('id', ''))}"
        for item in _mappings(plan.get("alerts"))
    ]
    notes += [f"Missing: {item.get('question', item.get('fact', ''))}" for item in _mappings(plan.get("missing"))]
    if notes:
        care_plan["note"] = [{"text": note} for note in notes if note.strip()]
    return care_plan


def _activity(option: Mapping[str, Any]) -> dict[str, Any]:
    """One option: its verdict and evidence in words, and the evidence as citations."""
    evidence = _mappings(option.get("evidence"))
    words = [f"Verdict: {option.get('verdict', 'not given')}."]
    if option.get("rank") is not None:
        words.append(f"Rank: {option['rank']}.")
    words += [f"Evidence: {_citation(item)}." for item in evidence]
    detail = {
        "code": {
            "coding": [{"system": f"{OWN}/CodeSystem/option", "code": str(option.get("id", "unnamed"))}],
            "text": _text(option),
        },
        "status": "not-started",
        "description": " ".join(words),
    }
    related = [
        {
            "url": f"{OWN}/StructureDefinition/evidence",
            "valueRelatedArtifact": {"type": "citation", "citation": _citation(item)},
        }
        for item in evidence
    ]
    return ({"extension": related} if related else {}) | {"detail": detail}


def _document(plan: Mapping[str, Any]) -> dict[str, Any]:
    data = json.dumps(plan, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    attachment = {
        "contentType": "application/json",
        "data": base64.b64encode(data).decode("ascii"),
        "title": "plan.json",
    }
    return {
        "resourceType": "DocumentReference",
        "id": "plan-json",
        "status": "current",
        "docStatus": "preliminary",
        "type": {"text": "Plan as JSON, complete"},
        "subject": {"reference": PATIENT},
        "content": [{"attachment": attachment}],
    }


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return (
        [item for item in value if isinstance(item, Mapping)]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else []
    )


def _citation(item: Mapping[str, Any]) -> str:
    """Source, locator, strength, date and review status, as far as they are given."""
    parts = [
        str(item[key])
        for key in ("source", "title", "statement", "locator", "strength", "date", "status")
        if item.get(key)
    ]
    return ", ".join(parts) or "without a source"


def _text(item: Mapping[str, Any]) -> str:
    return str(item.get("title") or item.get("id") or "unnamed")[:_MAX_TITLE]


def _slug(name: str) -> str:
    return name.replace("_", "-")


def _numbered(name: str, counts: dict[str, int]) -> str:
    counts[name] = counts.get(name, 0) + 1
    return name if counts[name] == 1 else f"{name}-{counts[name]}"

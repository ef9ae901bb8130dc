"""Recognizes FHIR that is not R4, so that it is refused instead of being half understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import InputRefused


def refuse_other_versions(data: dict[str, Any], document: str) -> None:
    """Raises InputRefused with the place that shows R5 or later."""
    for path, resource in _resources(data):
        reason = _why_r5(resource)
        if reason:
            raise InputRefused(f"{document}, {path}: this is FHIR R5 or later ({reason}); expected FHIR R4 (4.0.1)")


def _resources(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    stack: list[tuple[str, Any]] = [(str(data.get("resourceType")), data)]
    while stack:
        path, resource = stack.pop()
        if not isinstance(resource, dict):
            continue
        yield path, resource
        for name, inner in (("entry", "resource"), ("contained", None)):
            members = resource.get(name)
            for index, member in enumerate(members if isinstance(members, list) else []):
                place = f"{path}.{name}[{index}]"
                if inner is None:
                    stack.append((place, member))
                elif isinstance(member, dict):
                    stack.append((f"{place}.{inner}", member.get(inner)))


def _why_r5(resource: dict[str, Any]) -> str:
    rules = table("r5")
    kind = resource.get("resourceType")
    version = resource.get("fhirVersion")
    if isinstance(version, str) and version.startswith(tuple(rules["versions"])):
        return f"fhirVersion {version[:20]}"
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    for profile in profiles if isinstance(profiles, list) else []:
        if isinstance(profile, str) and any(mark in profile for mark in rules["profile_marks"]):
            return f"the profile {profile[:80]}"
    if kind in rules["types"]:
        return f"the resource type {kind}"
    for rule in rules["elements"]:
        value = resource.get(rule["element"])
        if kind == rule["type"] and value is not None and _has_shape(value, rule["shape"]):
            return f"{kind}.{rule['element']} has the form of R5"
    return ""


def _has_shape(value: Any, shape: str) -> bool:
    return {"any": True, "list": isinstance(value, list), "mapping": isinstance(value, dict)}[shape]

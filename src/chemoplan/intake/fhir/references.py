"""References between resources of one Bundle: by relative reference, full URL or contained id."""

from __future__ import annotations

from chemoplan.intake.fhir.element import Element


def resource_keys(resource: Element, full_url: str) -> frozenset[str]:
    """Every way in which other resources of the Bundle may point at this one."""
    kind, identity = resource.text("resourceType"), resource.text("id")
    keys = {full_url} if full_url else set()
    if identity:
        keys |= {f"{kind}/{identity}", f"urn:uuid:{identity}"}
    return frozenset(keys)


def matches_reference(reference: str, keys: frozenset[str]) -> bool:
    """True when a reference points at the resource with these keys."""
    plain = reference.split("/_history/", 1)[0].split("|", 1)[0]
    if plain in keys:
        return True
    return "://" in plain and "/".join(plain.rsplit("/", 2)[-2:]) in keys

"""Before a resource is read: its status, modifiers that change its meaning, and elements that R4 does not know."""

from __future__ import annotations

from chemoplan.intake.fhir.element import Element
from chemoplan.intake.fhir.gathering import Gathering
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import shown


def status_allows(gathering: Gathering, resource: Element) -> bool:
    """True when the status lets the resource state facts; a problem says why not."""
    if any(resource.children("modifierExtension")):
        gathering.warn(
            f"{resource.path}.modifierExtension", "not read: a modifier that is not known here may change the meaning"
        )
        return False
    rules = table("status").get(str(resource.raw.get("resourceType")))
    if rules is None:
        return True
    element = str(rules["element"])
    path = f"{resource.path}.{element}"
    code = _status_code(resource, element)
    if not code:
        if element == "status":
            gathering.warn(path, "there is no status; read as final")
        return True
    if code in rules["read_warned"]:
        gathering.warn(path, f"read, but {rules['read_warned'][code]}")
        return True
    if code in rules["read"]:
        return True
    reason = rules["not_read"].get(code) or f"its status is {shown(code)}, which FHIR R4 does not have"
    gathering.warn(path, f"not read: {reason}")
    return False


def _status_code(resource: Element, element: str) -> str:
    if element == "status":
        return resource.text(element)
    concept = resource.concept(element)
    return next((coding.code for coding in concept.codings if coding.code), "") if concept else ""


def keep_unknown_elements(gathering: Gathering, resource: Element, kind: str) -> None:
    """Keep what R4 does not define for this resource, and say where it was."""
    elements = table("elements")
    known = {*elements["any"], *elements[kind]}
    stems = tuple(name.removesuffix("[x]") for name in known if name.endswith("[x]"))
    for name, value in resource.raw.items():
        plain = name.removeprefix("_")
        typed = any(plain.startswith(stem) and plain[len(stem) :][:1].isupper() for stem in stems)
        if plain not in known and not typed and name != "fhir_comments":
            path = f"{resource.path}.{name}"
            if kind == "Patient":
                gathering.warn(path, "not an element of FHIR R4; not read, and not kept since it may be personal")
                continue
            gathering.extra[path] = value
            gathering.warn(path, "not an element of FHIR R4; kept and not read")

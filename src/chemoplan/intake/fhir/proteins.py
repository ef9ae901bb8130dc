"""Mismatch repair proteins stained one by one: one lost is deficient; proficient takes all four intact."""

from __future__ import annotations

from dataclasses import dataclass, field

from chemoplan.case.statement import Source
from chemoplan.intake.fhir.answers import UNSETTLED, read_state
from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, concept_name, source_of
from chemoplan.intake.fhir.tables import pattern, table


@dataclass
class Stains:
    """The proteins reported intact or lost so far."""

    intact: dict[str, Source] = field(default_factory=dict)
    lost: bool = False


def is_stain(concept: Concept) -> bool:
    """True when an Observation is the stain of one of the proteins."""
    return bool(_protein(concept))


def _protein(concept: Concept) -> str:
    rules = table("results")["proteins"]
    for text in concept.texts:
        found = {match.lower() for match in pattern(rules["text"]).findall(text[:300])}
        if len(found) == 1 and pattern(rules["stain"]).search(text[:300]):
            return str(found.pop())
    return ""


def read_stain(gathering: Gathering, stains: Stains, resource: Element, concept: Concept) -> bool:
    """State a lost protein at once; note an intact one."""
    rules = table("results")["proteins"]
    state, text = read_state(resource, {"lost": rules["lost"], "intact": rules["intact"]})
    if state is None or state == UNSETTLED:
        gathering.warn(resource.path, f"{concept_name(concept)[:80]}: {text or 'no value'} does not say lost or intact")
        return False
    source = source_of(gathering, resource)
    if state == rules["lost"]:
        stains.lost = True
        return gathering.state(rules["fact"], state, source, path=resource.path)
    stains.intact[_protein(concept)] = source
    return True


def conclude_stains(gathering: Gathering, stains: Stains) -> None:
    """State proficient when every protein was reported intact; say what is missing otherwise."""
    rules = table("results")["proteins"]
    if stains.lost or not stains.intact:
        return
    missing = [name.upper() for name in rules["all"] if name not in stains.intact]
    last = max(stains.intact.values(), key=lambda source: (source.date is not None, source.date, source.locator))
    if missing:
        gathering.warn(
            last.locator, f"{rules['fact']} stays unknown: intact proteins are reported, but not {', '.join(missing)}"
        )
        return
    gathering.state(rules["fact"], rules["intact"], last)

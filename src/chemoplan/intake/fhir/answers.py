"""The answer of a qualitative test, from its codes and texts. Anything that could be read two ways is unsettled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.intake.fhir.element import Concept, Element
from chemoplan.intake.fhir.tables import pattern, table

UNSETTLED = "unsettled"
_DENIAL = r"\b(no|not|non|without|none|nor|never|except|but)\b"
_MAX_TEXT = 120


def read_state(resource: Element, states: Mapping[str, Any]) -> tuple[Any, str]:
    """What the value (or, without one, the interpretation) states by a table of answer to state, and the text shown.

    None when there is no value at all; "unsettled" when there is one that the table does not settle.
    """
    concepts = _value_concepts(resource) or list(resource.concepts("interpretation"))
    if not concepts:
        return None, ""
    found: set[str] = set()
    shown: list[str] = []
    for concept in concepts:
        shown.append(concept.name)
        found |= answers_of(concept, set(states))
    results = {states.get(name, UNSETTLED) for name in found} or {UNSETTLED}
    return (results.pop() if len(results) == 1 else UNSETTLED), "; ".join(shown)[:_MAX_TEXT]


def is_silent(resource: Element) -> bool:
    """True when the value gives no answer and no denial in words, so that a change named in it is the answer."""
    return all(
        not answers_of(concept, set(table("results")["texts"]))
        and not any(pattern(_DENIAL).search(text) for text in concept.texts)
        for concept in _value_concepts(resource)
    )


def denies(resource: Element) -> bool:
    """True when a text of the value also speaks of something that was not found."""
    denials = (_DENIAL, table("results")["texts"]["negative"])
    return any(
        pattern(item).search(text)
        for item in denials
        for concept in _value_concepts(resource)
        for text in concept.texts
    )


def _value_concepts(resource: Element) -> list[Concept]:
    concepts = [resource.concept("valueCodeableConcept")]
    if resource.has("valueString"):
        concepts.append(Concept((), resource.text("valueString")))
    flag = resource.boolean("valueBoolean")
    if flag is not None:
        concepts.append(Concept((), "present" if flag else "absent"))
    return [concept for concept in concepts if concept]


def answers_of(concept: Concept, allowed: set[str]) -> set[str]:
    """Every answer that a concept can be read as. A text beside a code may only agree with it or be silent."""
    results = table("results")
    by_code = {name for name, codes in results["answers"].items() if concept.in_codes(codes)}
    by_text: set[str] = set()
    for text in concept.texts:
        by_text |= _answers_of_text(text, allowed)
    if by_code:
        contradicts = (by_text & allowed) - by_code - _kin(by_code)
        return by_code | contradicts
    return by_text


def _kin(names: set[str]) -> set[str]:
    """Answers that say the same in other words."""
    pairs = [{"positive", "present"}, {"negative", "absent"}]
    return {other for pair in pairs if pair & names for other in pair}


def _answers_of_text(text: str, allowed: set[str]) -> set[str]:
    if len(text) > _MAX_TEXT:
        return {UNSETTLED}
    texts = table("results")["texts"]
    rest = text.lower().strip()
    if pattern(texts[UNSETTLED]).search(rest):
        return {UNSETTLED}
    found: set[str] = set()
    # Denials are recognized first and taken out, so that "not detected" is never read as "detected".
    for name in sorted(texts, key=lambda item: item not in ("negative", "not_pregnant", "intact")):
        if name == UNSETTLED or name not in allowed:
            continue
        if pattern(texts[name]).search(rest):
            found.add(name)
            rest = pattern(texts[name]).sub(" ", rest).strip()
    if found and pattern(_DENIAL).search(rest):
        return {UNSETTLED}
    return found

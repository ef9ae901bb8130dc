"""Every id that an entry about the tumor's molecules names must exist, and contradictions must be ones."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from chemoplan.criteria.tree import facts_of
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.molecular import Assertion, Marker, Test
from chemoplan.knowledge.opposites import are_opposite
from chemoplan.knowledge.reference_problems import evidence_problems, plan_fact_problems, unknown
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.vocabulary import ValueRefused

OF_CALLS = {"copies": ("amplification", "deletion", "neither"), "filter": ("passed",)}
"""What a test of a single call settles, and the values; it is no fact of a case, markers read it."""
_MISSPELLED = 0.85


def check_molecular_references(knowledge: Knowledge) -> None:
    """Raise KnowledgeRefused at the first molecular entry that names something that does not exist."""
    for file, owner, problem in molecular_problems(knowledge):
        raise KnowledgeRefused(file, f"{owner}: {problem}")


def molecular_problems(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    """File, id and problem of each marker, test, panel, locus or assertion that names something that does not exist."""
    for marker in knowledge.markers.values():
        yield from (("markers", marker.id, problem) for problem in _marker_problems(marker, knowledge))
    for test in knowledge.tests.values():
        yield from (("tests", test.id, problem) for problem in _test_problems(test, knowledge))
    for file, shelf in (("panels", knowledge.panels), ("loci", knowledge.loci)):
        for name, item in shelf.items():
            yield from ((file, name, problem) for problem in evidence_problems(item.evidence, knowledge))
    for caution in knowledge.cautions.values():
        yield from (("cautions", caution.id, problem) for problem in evidence_problems(caution.evidence, knowledge))
        tests = plan_fact_problems(facts_of(caution.when), knowledge)
        yield from (("cautions", caution.id, problem) for problem in tests)
    names = _therapy_names(knowledge)
    for assertion in knowledge.assertions.values():
        yield from (("biomarkers", assertion.id, problem) for problem in _assertion_problems(assertion, knowledge))
        yield from (("biomarkers", assertion.id, problem) for problem in _spelling_problems(assertion, names))


def _marker_problems(marker: Marker, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(marker.evidence, knowledge)
    if not marker.evidence:
        yield "a marker needs at least one evidence line"
    if marker.locked and not all(pattern.alleles for pattern in marker.patterns):
        yield "a locked marker must name exact alleles"


def _test_problems(test: Test, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(test.evidence, knowledge)
    yield from _value_problems(test.fact, [*(bound.value for bound in test.bounds), *test.words], knowledge)
    for fact, meanings in test.implies.items():
        yield from _value_problems(fact, list(meanings.values()), knowledge)


def _value_problems(fact: str, values: list[str], knowledge: Knowledge) -> Iterator[str]:
    if fact in OF_CALLS:
        yield from (f"{fact} cannot be {value!r}" for value in values if value not in OF_CALLS[fact])
        return
    if fact not in knowledge.vocabulary:
        yield unknown("fact", fact, knowledge.vocabulary)
        return
    for value in values:
        try:
            knowledge.vocabulary[fact].read(value)
        except ValueRefused as refused:
            yield str(refused)


def _assertion_problems(assertion: Assertion, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(assertion.evidence, knowledge)
    if not assertion.evidence:
        yield "an assertion needs at least one evidence line (`unsourced` where none was found)"
    yield from plan_fact_problems(facts_of(assertion.when), knowledge)
    for name in assertion.locked:
        if name not in knowledge.markers:
            yield unknown("marker", name, knowledge.markers)
        elif not knowledge.markers[name].locked:
            yield f"{name} is locked here, but its marker is not of one allele (`locked: true`)"
    for name in assertion.contradicts:
        if name not in knowledge.assertions:
            yield unknown("assertion", name, knowledge.assertions)
        elif not are_opposite(assertion, knowledge.assertions[name], knowledge.components):
            yield f"contradicts {name}, but the two do not speak for and against the same therapy, setting and tissue"


def _therapy_names(knowledge: Knowledge) -> set[str]:
    drugs = {drug for component in knowledge.components.values() for drug in component.drugs}
    return {*knowledge.components, *knowledge.groups, *drugs}


def _spelling_problems(assertion: Assertion, names: set[str]) -> Iterator[str]:
    """A therapy may be a drug that no component holds; one that is almost a known name is taken for a slip."""
    for name in dict.fromkeys(member for part in assertion.therapy for member in part):
        if name in names:
            continue
        for close in get_close_matches(name, names, n=1, cutoff=_MISSPELLED):
            yield f"unknown therapy {name!r}; did you mean {close}?"

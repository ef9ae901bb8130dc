"""Which assertions say opposite things about the same therapy: they must exclude each other, or say that they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from chemoplan.criteria.tree import Constant
from chemoplan.knowledge.entries import Component
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.molecular import Assertion
from chemoplan.knowledge.select import class_of

AGAINST = ("no_benefit", "resistance", "harm")
ANY_SETTING = "any"


def never_fires(assertion: Assertion) -> bool:
    """True for an assertion that is kept although no fact can express when it holds (`when: never`)."""
    return assertion.when == Constant(False)


def opposite_pairs(knowledge: Knowledge) -> Iterator[tuple[Assertion, Assertion]]:
    """Pairs of opposite effect that could meet in one tumor: same therapy, same setting, same tissue. Benefit first."""
    firing = [item for item in knowledge.assertions.values() if not never_fires(item)]
    for one, two in combinations(firing, 2):
        if are_opposite(one, two, knowledge.components):
            yield (one, two) if one.effect == "benefit" else (two, one)


def are_opposite(one: Assertion, two: Assertion, components: Mapping[str, Component]) -> bool:
    """Whether one speaks for and the other against the same therapy, in the same setting and tissue."""
    effects = {one.effect, two.effect}
    if "benefit" not in effects or not effects & set(AGAINST):
        return False
    if one.setting != two.setting and ANY_SETTING not in (one.setting, two.setting):
        return False
    if one.tissue != two.tissue and not set(one.tissue) & set(two.tissue):
        return False
    return any(_meet(a, b, components) for a in _mixtures(one) for b in _mixtures(two))


def declared(one: Assertion, two: Assertion) -> bool:
    """Whether either of the two names the other as its contradiction."""
    return two.id in one.contradicts or one.id in two.contradicts


def _mixtures(assertion: Assertion) -> list[frozenset[str]]:
    """Every set of drugs that the therapy may be, with each choice made."""
    return [frozenset(choice) for choice in product(*assertion.therapy)] if assertion.therapy else []


def _meet(one: frozenset[str], two: frozenset[str], components: Mapping[str, Component]) -> bool:
    """The same drugs; or one names a class (immunotherapy) and the other drugs of just that class."""
    if one == two:
        return True
    if not any(name in components and components[name].drugs for name in one ^ two):
        return False
    return {class_of(name, components) or name for name in one} == {class_of(name, components) or name for name in two}

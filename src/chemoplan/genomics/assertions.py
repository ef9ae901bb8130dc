"""Which statements about treatment hold for a tumor, which do not apply to its alleles, and what would decide the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.criteria.tree import And, facts_of
from chemoplan.criteria.truth import Reason, Verdict, evaluate, reasons
from chemoplan.genomics.identity import ByIdentity
from chemoplan.genomics.markers import splices
from chemoplan.genomics.state import Biomarker, describe
from chemoplan.genomics.tumor import Tumor, Variant
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.molecular import Assertion, Marker
from chemoplan.knowledge.opposites import opposite_pairs
from chemoplan.vocabulary import Value

TISSUE = "rectum"
WEIGHTS = ("label", "guideline", "randomized", "prospective", "retrospective", "preclinical")


@dataclass(frozen=True)
class Undecided:
    """An assertion that waits: the unknown facts that would decide it, and the parts of it that are met already."""

    assertion: Assertion
    waits_for: tuple[str, ...]
    open_leaves: tuple[Reason, ...]
    met_facts: tuple[str, ...]
    met_leaves: tuple[Reason, ...]


@dataclass(frozen=True)
class Verdicts:
    """Every assertion with its verdict over the facts of a tumor, and the leaves that carry it."""

    true: tuple[tuple[Assertion, tuple[Reason, ...]], ...]
    unknown: tuple[Undecided, ...]
    false: tuple[Assertion, ...]


def judge(facts: Mapping[str, Value], knowledge: Knowledge) -> Verdicts:
    """The verdict of every assertion. Tumors with the same facts share it."""
    return _judge(frozenset(facts.items()), ByIdentity(knowledge))


@lru_cache(maxsize=4096)
def _judge(items: frozenset[tuple[str, Value]], holder: ByIdentity[Knowledge]) -> Verdicts:
    facts = dict(items)
    true, unknown, false = [], [], []
    for assertion in holder.item.assertions.values():
        verdict: Verdict
        verdict, leaves = reasons(assertion.when, facts)
        if verdict is True:
            true.append((assertion, leaves))
        elif verdict is None:
            open_leaves = tuple(dict.fromkeys(item for item in leaves if item.leaf.fact not in facts))
            unknown.append(_undecided(assertion, open_leaves, facts))
        else:
            false.append(assertion)
    return Verdicts(tuple(true), tuple(unknown), tuple(false))


def _undecided(assertion: Assertion, open_leaves: tuple[Reason, ...], facts: Mapping[str, Value]) -> Undecided:
    parts = assertion.when.items if isinstance(assertion.when, And) else ()
    met = [part for part in parts if evaluate(part, facts) is True]
    return Undecided(
        assertion,
        tuple(dict.fromkeys(item.leaf.fact for item in open_leaves)),
        open_leaves,
        tuple(dict.fromkeys(name for part in met for name in facts_of(part))),
        tuple(leaf for part in met for leaf in reasons(part, facts)[1]),
    )


def half_met(open_one: Undecided, found: Mapping[str, Biomarker]) -> bool:
    """True when a finding of this tumor meets a part of an assertion that is not decided."""
    return any(found[name].state == "detected" for name in open_one.met_facts if name in found)


def excluded_by_tissue(assertion: Assertion) -> str:
    """Why an assertion of another tissue does not apply here; "" when it does."""
    if assertion.tissue and TISSUE not in assertion.tissue:
        return f"it holds for the {' and '.join(assertion.tissue)}, not for the rectum"
    return ""


def not_inherited(assertion: Assertion, tumor: Tumor, found: Mapping[str, Biomarker], knowledge: Knowledge) -> str:
    """Why an allele-locked assertion does not apply to the other alleles that were found; "" when there are none."""
    siblings: list[str] = []
    wanted: list[str] = []
    unsettled: list[str] = []
    for name in assertion.locked:
        marker = knowledge.markers.get(name)
        if marker is None or (name in found and found[name].state == "detected"):
            continue
        wanted += [
            f"p.{allele}" for pattern in marker.patterns for allele in pattern.alleles if f"p.{allele}" not in wanted
        ]
        siblings += [describe(variant) for variant in _siblings(marker, tumor)]
        if name not in found or found[name].value is None:
            unsettled.append(f"whether {marker.title} is there as well is not known")
    if not siblings:
        return ""
    seen = list(dict.fromkeys(siblings))
    names = ", ".join(seen[:5]) + (f" and {len(seen) - 5} more" if len(seen) > 5 else "")
    verbs = ("were", "are") if len(seen) > 1 else ("was", "is")
    return "; ".join([f"{names} {verbs[0]} found, which {verbs[1]} not {' or '.join(wanted)}", *unsettled])


def _siblings(marker: Marker, tumor: Tumor) -> list[Variant]:
    genes = {gene for pattern in marker.patterns for gene in pattern.genes}
    alleles = {allele for pattern in marker.patterns for allele in pattern.alleles}
    return [
        variant
        for variant in tumor.variants
        if variant.gene in genes
        and variant.effect == "altering"
        and not variant.doubt
        and (splices(variant) if variant.change is None else variant.change.short not in alleles)
    ]


def calls_behind(assertion: Assertion, found: Mapping[str, Biomarker]) -> tuple[str, ...]:
    """The facts of an assertion that rest on calls."""
    return tuple(name for name in dict.fromkeys(facts_of(assertion.when)) if name in found and found[name].calls)


def contradictions(held: Sequence[Assertion], knowledge: Knowledge) -> list[dict[str, object]]:
    """Pairs of statements that speak for and against the same therapy: the weightier wins, and the loser is shown."""
    ids = {assertion.id for assertion in held}
    rows: list[dict[str, object]] = []
    for good, bad in _opposite_pairs(ByIdentity(knowledge)):
        if not {good.id, bad.id} <= ids:
            continue
        ranks = _weight(good), _weight(bad)
        if ranks[0] == ranks[1]:
            winning, losing = [], [good.id, bad.id]
            why = f"both rest on {WEIGHTS[ranks[0]]} evidence: undecided, both are shown"
        else:
            first, second = (good, bad) if ranks[0] < ranks[1] else (bad, good)
            winning, losing, why = [first.id], [second.id], f"{WEIGHTS[min(ranks)]} before {WEIGHTS[max(ranks)]}"
        therapy = [list(part) for part in good.therapy]
        rows.append({"therapy": therapy, "winning": winning, "losing": losing, "because": why})
    return rows


@lru_cache(maxsize=8)
def _opposite_pairs(holder: ByIdentity[Knowledge]) -> tuple[tuple[Assertion, Assertion], ...]:
    return tuple(opposite_pairs(holder.item))


def _weight(assertion: Assertion) -> int:
    return WEIGHTS.index(assertion.weight) if assertion.weight in WEIGHTS else len(WEIGHTS) - 1

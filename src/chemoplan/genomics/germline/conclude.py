"""Every gene of one person: what the file says, held against what a laboratory or a person states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from chemoplan.case.statement import Source
from chemoplan.genomics.germline.called import GeneCall
from chemoplan.genomics.germline.definitions import Definition, definitions_of
from chemoplan.genomics.germline.dpyd import call_activity
from chemoplan.genomics.germline.observed import GermlineSample, Observation, TypedResult
from chemoplan.genomics.germline.reported import Meaning, meaning_of
from chemoplan.genomics.germline.ugt1a1 import call_functions
from chemoplan.knowledge import Knowledge


@dataclass(frozen=True)
class GeneResult:
    """What may be said of one gene in the end, what the file alone says, and where the stated value comes from."""

    call: GeneCall
    of_file: GeneCall | None
    reported: tuple[TypedResult, ...] = ()
    source: Source | None = None


def conclude_germline(sample: GermlineSample, knowledge: Knowledge) -> dict[str, GeneResult]:
    """Every gene with rules, by symbol. Results that contradict each other are told, and nothing is stated."""
    results = {}
    for gene, definition in definitions_of(knowledge).items():
        typed = tuple(item for item in sample.typed if item.gene == gene)
        of_file = call_gene(sample, definition) if sample.observations or not typed else None
        result = GeneResult(of_file, of_file, (), _file_source(sample, of_file)) if of_file else None
        results[gene] = _held_against(result, definition, typed) if typed or result is None else result
    return results


def call_gene(sample: GermlineSample, definition: Definition) -> GeneCall:
    """What the observations say of one gene. People with the same observations share one answer."""
    observations = sample.observations
    seen = tuple([observations.get(item.id) for item in definition.positions])
    return _call(
        definition,
        tuple(
            [None if one is None else (one.status, one.alleles, one.phased, one.phase_set, one.reason) for one in seen]
        ),
        sample.panel,
        sample.panel_positions,
    )


@lru_cache(maxsize=4096)
def _call(
    definition: Definition,
    seen: tuple[tuple[str, tuple[str, ...], bool, str, str] | None, ...],
    panel: str,
    panel_positions: frozenset[str],
) -> GeneCall:
    observations = {
        item.id: Observation(item.id, one[0], one[1], phased=one[2], phase_set=one[3], reason=one[4])  # type: ignore[arg-type]
        for item, one in zip(definition.positions, seen, strict=True)
        if one is not None
    }
    call = call_activity if definition.rules.activity else call_functions
    return call(definition, observations, panel, panel_positions)


def _file_source(sample: GermlineSample, call: GeneCall) -> Source:
    """The place of the first variant that was read, or the file as a whole."""
    for item in call.found:
        seen = sample.observations[item.position]
        if seen.source is not None:
            return replace(seen.source, method=seen.source.method or "germline genotype")
    return Source(sample.document, sample.sample, method="germline genotype")


def _held_against(result: GeneResult | None, definition: Definition, typed: tuple[TypedResult, ...]) -> GeneResult:
    """The result of the file together with typed ones; the file is None when none was read."""
    meanings = [meaning_of(item, definition) for item in typed]
    notes = tuple(dict.fromkeys(note for item in meanings for note in item.notes))
    speaking = [item for item in meanings if item.span]
    if not speaking:
        call = result.call if result else _nothing(definition)
        source = result.source if result else None
        of_file = result.of_file if result else None
        return GeneResult(replace(call, warnings=(*call.warnings, *notes)), of_file, typed, source)
    order = list(definition.rules.phenotypes)  # best first
    of_file = result.of_file if result else None
    clash = _clash(definition, result, speaking, order)
    if clash:
        return GeneResult(_conflict(definition, result, speaking, order, (clash, *notes)), of_file, typed)
    if result and result.call.value and result.call.status != "upper_bound":
        return replace(result, call=replace(result.call, warnings=(*result.call.warnings, *notes)), reported=typed)
    span = frozenset.intersection(_possible(result, order), *(item.span for item in speaking))
    narrowest = min(speaking, key=lambda item: len(item.span))
    stated = _stated(definition, span, order)
    warnings = (*(result.call.warnings if result else ()), *notes)
    call = GeneCall(
        gene=definition.rules.id,
        fact=definition.rules.fact,
        status="reported" if len(span) == 1 else "upper_bound" if stated else "range",
        value=stated,
        phenotype=definition.rules.phenotypes.get(stated, "") or narrowest.phenotype,
        best=min(span, key=order.index),
        worst=max(span, key=order.index),
        diplotypes=(narrowest.diplotype,) if narrowest.diplotype else (),
        because=narrowest.because,
        found=result.call.found if result else (),
        carried=narrowest.carried,
        reduced_strands=narrowest.reduced_strands,
        assessed=result.call.assessed if result else (),
        not_assessed=result.call.not_assessed if result else (),
        warnings=warnings,
        codes=result.call.codes if result else (),
    )
    return GeneResult(call, of_file, typed, replace(narrowest.result.source, method=narrowest.method))


def _stated(definition: Definition, span: frozenset[str], order: list[str]) -> str:
    """One value, or the best of several where the gene states an upper bound."""
    return min(span, key=order.index) if len(span) == 1 or definition.rules.bound_is_stated else ""


def _possible(result: GeneResult | None, order: list[str]) -> frozenset[str]:
    """The values that the file leaves open; all where none was read."""
    if result is None or not (result.call.found or result.call.assessed):
        return frozenset(order)
    call = result.call
    if call.value and call.status != "upper_bound":
        return frozenset((call.value,))
    return frozenset(order[order.index(call.best) : order.index(call.worst) + 1])


def _clash(definition: Definition, result: GeneResult | None, speaking: list[Meaning], order: list[str]) -> str:
    """How the results contradict each other, in words; empty when they can all be true."""
    common = frozenset.intersection(*(item.span for item in speaking))
    if not common:
        told = "; ".join(item.because for item in speaking)
        return f"The results stated for {definition.rules.id} contradict each other: {told}"
    if result is None:
        return ""
    call = result.call
    told = "; ".join(item.because for item in speaking)
    if call.status == "indeterminate" and common == {definition.rules.normal}:
        return (
            f"The file shows an allele of {definition.rules.id} whose function is unknown, so a normal result cannot be "
            f"stated from a test that may not have looked for it: {told}"
        )
    if common & _possible(result, order):
        return ""
    of_file = f"{call.value} ({call.status.replace('_', ' ')})" if call.value else f"{call.best} to {call.worst}"
    return f"The file and the result stated for {definition.rules.id} contradict each other: file {of_file}; {told}"


def _conflict(
    definition: Definition,
    result: GeneResult | None,
    speaking: list[Meaning],
    order: list[str],
    warnings: tuple[str, ...],
) -> GeneCall:
    values = {value for item in speaking for value in item.span}
    if result:
        values |= {result.call.best, result.call.worst}
    base = result.call if result else _nothing(definition)
    return replace(
        base,
        status="conflict",
        value="",
        phenotype="",
        best=min(values, key=order.index),
        worst=max(values, key=order.index),
        diplotypes=tuple(dict.fromkeys([*base.diplotypes, *(item.diplotype for item in speaking if item.diplotype)])),
        because=f"{warnings[0]}. Neither is stated; ask the laboratory.",
        carried=(),
        reduced_strands=None,
        warnings=(*base.warnings, *warnings),
    )


def _nothing(definition: Definition) -> GeneCall:
    """A gene of which no file was read."""
    order = list(definition.rules.phenotypes)
    return GeneCall(
        gene=definition.rules.id,
        fact=definition.rules.fact,
        status="not_assessed",
        value="",
        phenotype="",
        best=order[0],
        worst=order[-1],
        diplotypes=(),
        because="No file of variants was read.",
    )

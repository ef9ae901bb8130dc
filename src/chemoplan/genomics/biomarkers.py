"""From calls and results of one tumor to the state of each biomarker: detected, assayed and not detected, or not assayed.

A fourth state, undetermined, is for what was looked at and does not settle: results that contradict each other, a change of
uncertain significance, a call in doubt, a passenger of hypermutation. It states no fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from chemoplan.genomics.identity import ByIdentity
from chemoplan.genomics.markers import Call, calls_held, copy_state, filters_failed, gaps, spans, splices
from chemoplan.genomics.results import (
    BURDEN,
    HYPERMUTATED,
    burden_of,
    from_results,
    hypermutation_of,
    reported_results,
    said,
    short_title,
)
from chemoplan.genomics.state import Biomarker, Reported, State, describe
from chemoplan.genomics.tumor import Assay, CopyNumber, Fusion, Tumor, Variant
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.molecular import Marker, Pattern


@dataclass
class _Work:
    tumor: Tumor
    knowledge: Knowledge
    hypermutated: bool = False
    found: dict[str, Biomarker] = field(default_factory=dict)


def conclude(tumor: Tumor, knowledge: Knowledge) -> dict[str, Biomarker]:
    """Every biomarker of the tumor by fact, in the order of the vocabulary."""
    work = _Work(tumor, knowledge)
    reported = reported_results(tumor, knowledge)
    burden = burden_of(tumor, knowledge, reported)
    work.found[BURDEN] = burden
    work.found[HYPERMUTATED] = hypermutation_of(tumor, knowledge, burden)
    work.hypermutated = work.found[HYPERMUTATED].state == "detected"
    genes = {variant.gene for variant in tumor.variants} | {copies.gene for copies in tumor.copies}
    genes |= {gene for fusion in tumor.fusions for gene in fusion.genes}
    touched = {marker.fact for gene in genes for marker in _markers_of(ByIdentity(knowledge)).get(gene, ())}
    for fact, item in _untouched(tumor.assays, tumor.sequenced, tumor.unplaced > 0, ByIdentity(knowledge)).items():
        if fact in touched or fact in reported:
            item = _marker(work, knowledge.markers[fact], reported.get(fact, ()))
        work.found[fact] = item
    for fact, rows in reported.items():
        if fact not in work.found:
            work.found[fact] = from_results(knowledge, fact, rows)
    for test in knowledge.tests.values():
        for fact in (test.fact, *test.implies):
            if fact in knowledge.vocabulary and fact not in work.found:
                question = knowledge.vocabulary[fact].question
                title = knowledge.vocabulary[fact].meaning
                work.found[fact] = Biomarker(
                    fact, short_title(title), "not_assayed", None, f"No result is given. {question}"
                )
    return {fact: work.found[fact] for fact in knowledge.vocabulary if fact in work.found}


def _marker(work: _Work, marker: Marker, reported: tuple[Reported, ...]) -> Biomarker:
    held = list(calls_held(marker.patterns, work.tumor, work.knowledge))
    sure = [(pattern, call) for pattern, call in held if not _doubt(call)]
    counted = [call for pattern, call in sure if not (pattern.passenger and work.hypermutated)]
    passengers = [call for pattern, call in sure if pattern.passenger and work.hypermutated]
    doubtful = [call for _, call in held if _doubt(call)]
    review = [(pattern, call) for pattern, call in calls_held(marker.review, work.tumor, work.knowledge)]
    warnings = [f"{describe(call)}: {_doubt(call)}" for call in doubtful]
    warnings += [f"{describe(call)}: {caution}" for _, call in sure for caution in _cautions(call, work.knowledge)]
    missing = gaps(marker, work.tumor)
    telling = [item for item in reported if item.means]
    if counted:
        return _found(work, marker, counted, telling, warnings, missing)
    unclear = _unclear(work, marker, passengers, doubtful, review)
    if unclear:
        text, calls = unclear
        return Biomarker(
            marker.fact, marker.title, "undetermined", None, text, tuple(calls), not_covered=missing,
            warnings=(*warnings, f"{marker.title}: {text}"), marker=marker,
        )  # fmt: skip
    if telling:
        return _as_reported(work, marker, telling, missing, warnings)
    return _not_found(work, marker, missing, warnings)


@lru_cache(maxsize=8)
def _markers_of(holder: ByIdentity[Knowledge]) -> dict[str, list[Marker]]:
    """The markers that look at each gene."""
    by_gene: dict[str, list[Marker]] = {}
    for marker in holder.item.markers.values():
        for gene in marker.genes:
            by_gene.setdefault(gene, []).append(marker)
    return by_gene


@lru_cache(maxsize=512)
def _untouched(
    assays: tuple[Assay, ...], sequenced: bool, unplaced: bool, holder: ByIdentity[Knowledge]
) -> dict[str, Biomarker]:
    """Every marker when nothing is found in its genes: the same for all tumors with the same assays."""
    work = _Work(Tumor("", calls=0 if sequenced else None, unplaced=int(unplaced), assays=assays), holder.item)
    return {
        fact: _not_found(work, marker, gaps(marker, work.tumor), []) for fact, marker in holder.item.markers.items()
    }


def _not_found(work: _Work, marker: Marker, missing: tuple[str, ...], warnings: list[str]) -> Biomarker:
    """Nothing found: absent where all that is needed was looked at and the absence may be stated, else not assayed."""
    needs = {**marker.needs, **_needs_else(marker)}
    if not missing and marker.not_detected is not None and needs:
        return _absent(work, marker, warnings)
    never = "Nothing found; its absence is never stated" + (f": {marker.notes}" if marker.notes else "")
    because = "Not shown to be looked at: " + "; ".join(missing) if missing else never
    return Biomarker(
        marker.fact,
        marker.title,
        "not_assayed",
        None,
        because,
        not_covered=missing,
        warnings=tuple(warnings),
        marker=marker,
    )


def _needs_else(marker: Marker) -> dict[str, tuple[int, ...]]:
    return dict.fromkeys((*marker.needs_copies, *marker.needs_fusions), ())


def _doubt(call: Call) -> str:
    if isinstance(call, CopyNumber):
        return ""
    if isinstance(call, Fusion) and call.in_frame is False:
        return call.doubt or "the reading frame is not kept"
    return call.doubt


def _cautions(call: Call, knowledge: Knowledge) -> Iterator[str]:
    if isinstance(call, Variant) and (failed := filters_failed(call, knowledge)):
        yield f"counted, although the filter of the file says {', '.join(failed)}; confirm it"
    if isinstance(call, Fusion) and call.in_frame is None:
        yield "the file does not say that the reading frame is kept; confirm by RNA"


def _found(
    work: _Work,
    marker: Marker,
    calls: list[Call],
    telling: list[Reported],
    warnings: list[str],
    missing: tuple[str, ...],
) -> Biomarker:
    value = work.knowledge.vocabulary[marker.fact].read(marker.detected)
    sources = tuple(call.source for call in calls)
    named = ", ".join(dict.fromkeys(describe(call) for call in calls))
    against = [item for item in telling if item.means != marker.detected]
    if against:
        text = f"{named} {_were(calls)} found, but {'; '.join(said(item) for item in against)}"
        return Biomarker(
            marker.fact, marker.title, "undetermined", None, f"Results contradict each other: {text}", tuple(calls),
            tuple(telling), sources=sources, warnings=(*warnings, f"{marker.title}: {text}"), marker=marker, discordant=True,
        )  # fmt: skip
    return Biomarker(
        marker.fact, marker.title, "detected", value, f"Found: {named}", tuple(calls), tuple(telling), missing,
        tuple(warnings), sources, _method(calls), marker=marker,
    )  # fmt: skip


def _were(calls: list[Call]) -> str:
    return "were" if len({describe(call) for call in calls}) > 1 else "was"


def _method(calls: list[Call]) -> str:
    kinds = {Variant: "sequencing", CopyNumber: "copy number", Fusion: "structural variants"}
    return ", ".join(dict.fromkeys(kinds[type(call)] for call in calls))


def _unclear(
    work: _Work, marker: Marker, passengers: list[Call], doubtful: list[Call], review: list[tuple[Pattern, Call]]
) -> tuple[str, list[Call]] | None:
    """What was found and does not settle the marker, in words."""
    if review:
        calls = [item for _, item in review]
        note = review[0][0].note
        return f"{', '.join(describe(item) for item in calls)} {_were(calls)} found. {note}".strip(), calls
    if passengers:
        names = ", ".join(describe(item) for item in passengers[:5])
        more = f" and {len(passengers) - 5} more" if len(passengers) > 5 else ""
        return f"{names}{more}: outside the hotspots of a hypermutated tumor, taken for passengers", passengers
    if doubtful:
        return (
            f"{', '.join(describe(item) for item in doubtful)} {'are' if len(doubtful) > 1 else 'is'} in doubt: {_doubt(doubtful[0])}",
            doubtful,
        )
    unread: list[Call] = [item for item in work.tumor.variants if _hides(marker, item)]
    if unread:
        names = ", ".join(
            f"{item.gene} {item.text or 'without a notation'}" for item in unread[:3] if isinstance(item, Variant)
        )
        return f"A call is not understood, and may be what is looked for: {names}", unread
    between = [
        item for item in work.tumor.copies if item.gene in marker.needs_copies and not copy_state(item, work.knowledge)
    ]
    if between:
        return f"{describe(between[0])} lies between the cut-offs", list(between)
    return None


def _hides(marker: Marker, variant: Variant) -> bool:
    """True for a call in a gene of the marker that nobody can tell to be outside what is looked for."""
    if variant.gene not in marker.needs or variant.effect in ("silent", "noncoding"):
        return False
    if variant.change is None:
        return not splices(variant)
    if variant.effect == "altering":
        return False
    codons = marker.needs[variant.gene]
    return not codons or any(variant.change.start <= codon <= variant.change.end for codon in codons)


def _as_reported(
    work: _Work, marker: Marker, telling: list[Reported], missing: tuple[str, ...], warnings: list[str]
) -> Biomarker:
    """No call, but reported results: they stand alone, or beside copy numbers that were looked at and negative."""
    values = list(dict.fromkeys(item.means for item in telling))
    if not missing and marker.not_detected is not None and marker.needs_copies and marker.not_detected not in values:
        values.append(marker.not_detected)
    words = "; ".join(said(item) for item in telling)
    if len(values) > 1:
        text = f"Results contradict each other: {words}" + ("" if missing else "; no amplification by copy number")
        return Biomarker(
            marker.fact, marker.title, "undetermined", None, text, reported=tuple(telling), marker=marker, discordant=True,
            warnings=(*warnings, f"{marker.title}: {text}"),
        )  # fmt: skip
    state: State = "detected" if values[0] == marker.detected else "not_detected"
    return Biomarker(
        marker.fact, marker.title, state, work.knowledge.vocabulary[marker.fact].read(values[0]), words,
        reported=tuple(telling), not_covered=missing, warnings=tuple(warnings), marker=marker,
        sources=tuple(item.result.source for item in telling),
        method=", ".join(dict.fromkeys(item.test.method for item in telling)),
    )  # fmt: skip


def _absent(work: _Work, marker: Marker, warnings: list[str]) -> Biomarker:
    looked = [
        f"{gene} codon{'s' if len(codons) > 1 else ''} {spans(codons)}" if codons else f"the whole of {gene}"
        for gene, codons in marker.needs.items()
    ]
    looked += [f"copy number of {gene}" for gene in marker.needs_copies]
    looked += [f"fusions of {gene}" for gene in marker.needs_fusions]
    assays = [
        assay
        for assay in work.tumor.assays
        if _bears_on(marker, assay.genes, assay.codons, assay.copy_number, assay.fusions)
    ]
    names = ", ".join(dict.fromkeys(assay.name for assay in assays))
    return Biomarker(
        marker.fact, marker.title, "not_detected", work.knowledge.vocabulary[marker.fact].read(marker.not_detected),
        f"Looked at and not found ({names}): {', '.join(looked)}", sources=tuple(assay.source for assay in assays),
        method=f"assayed by {names}", warnings=tuple(warnings), marker=marker,
    )  # fmt: skip


def _bears_on(
    marker: Marker,
    genes: frozenset[str],
    codons: frozenset[tuple[str, int]],
    copies: frozenset[str],
    fusions: frozenset[str],
) -> bool:
    return (
        any(gene in genes for gene in marker.needs)
        or any(gene in marker.needs and codon in (marker.needs[gene] or (codon,)) for gene, codon in codons)
        or any(gene in copies for gene in marker.needs_copies)
        or any(gene in fusions for gene in marker.needs_fusions)
    )

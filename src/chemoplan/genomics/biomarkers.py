"""From calls and results of one tumor to the state of each biomarker: detected, assayed and not detected, or not assayed.

A fourth state, undetermined, is for what was looked at and does not settle: results that contradict each other, a change of
uncertain significance, a call in doubt, a passenger of hypermutation. It states no fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from chemoplan.case.statement import Source
from chemoplan.genomics.identity import ByIdentity
from chemoplan.genomics.markers import Call, calls_held, copy_state, coverage, gaps, meaning
from chemoplan.genomics.tumor import Assay, CopyNumber, Fusion, Result, Tumor, Variant
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.molecular import Marker, Pattern, Test
from chemoplan.vocabulary import Value, ValueRefused

State = Literal["detected", "not_detected", "not_assayed", "undetermined"]
BURDEN, CEILING, HYPERMUTATED = "tmb", "all-coding-sequence", "hypermutated"


@dataclass(frozen=True)
class Reported:
    """One reported result and what it means for a fact ("" when it settles nothing)."""

    test: Test
    result: Result
    means: str


@dataclass(frozen=True)
class Biomarker:
    """The state of one biomarker, the value it states (None: nothing is stated), and why."""

    fact: str
    title: str
    state: State
    value: Value | None
    because: str
    calls: tuple[Call, ...] = ()
    reported: tuple[Reported, ...] = ()
    not_covered: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    method: str = ""
    origin: tuple[str, ...] = ()
    marker: Marker | None = None
    discordant: bool = False


@dataclass
class _Work:
    tumor: Tumor
    knowledge: Knowledge
    hypermutated: bool = False
    found: dict[str, Biomarker] = field(default_factory=dict)


def conclude(tumor: Tumor, knowledge: Knowledge) -> dict[str, Biomarker]:
    """Every biomarker of the tumor by fact, in the order of the vocabulary."""
    work = _Work(tumor, knowledge)
    reported = _reported(tumor, knowledge)
    burden = _burden(work, reported)
    work.found[BURDEN] = burden
    work.found[HYPERMUTATED] = _hypermutated(work, burden)
    work.hypermutated = work.found[HYPERMUTATED].state == "detected"
    genes = {variant.gene for variant in tumor.variants} | {copies.gene for copies in tumor.copies}
    genes |= {gene for fusion in tumor.fusions for gene in fusion.genes}
    touched = {marker.fact for gene in genes for marker in _markers_of(ByIdentity(knowledge)).get(gene, ())}
    for fact, item in _untouched(tumor.assays, tumor.sequenced, ByIdentity(knowledge)).items():
        if fact in touched or fact in reported:
            item = _marker(work, knowledge.markers[fact], reported.get(fact, ()))
        work.found[fact] = item
    for fact, rows in reported.items():
        if fact not in work.found:
            work.found[fact] = _from_results(work, fact, rows)
    for test in knowledge.tests.values():
        for fact in (test.fact, *test.implies):
            if fact in knowledge.vocabulary and fact not in work.found:
                question = knowledge.vocabulary[fact].question
                title = knowledge.vocabulary[fact].meaning
                work.found[fact] = Biomarker(
                    fact, _short(title), "not_assayed", None, f"No result is given. {question}"
                )
    return {fact: work.found[fact] for fact in knowledge.vocabulary if fact in work.found}


def _short(meaning_text: str) -> str:
    return meaning_text.split(";")[0].split(",")[0].rstrip(".")


def _reported(tumor: Tumor, knowledge: Knowledge) -> dict[str, tuple[Reported, ...]]:
    """Reported results by the fact that they speak of, those implied by another included."""
    rows: dict[str, list[Reported]] = {}
    for result in tumor.results:
        test = knowledge.tests.get(result.what)
        if test is None:
            continue
        means = meaning(test, result.value)
        rows.setdefault(test.fact, []).append(Reported(test, result, means))
        for fact, values in test.implies.items():
            rows.setdefault(fact, []).append(Reported(test, result, values.get(means, "")))
    return {fact: tuple(items) for fact, items in rows.items()}


def _said(item: Reported) -> str:
    words = item.means.replace("_", " ") or "settles nothing"
    value = f"{item.result.value:g}" if isinstance(item.result.value, float) else str(item.result.value)
    return f"{item.test.title}: {value} ({words})"


def _from_results(work: _Work, fact: str, rows: tuple[Reported, ...]) -> Biomarker:
    """A fact that rests on reported results alone. Results that contradict each other settle nothing."""
    title = _short(work.knowledge.vocabulary[fact].meaning)
    telling = [item for item in rows if item.means]
    values = list(dict.fromkeys(item.means for item in telling))
    said = "; ".join(_said(item) for item in rows)
    sources = tuple(item.result.source for item in telling)
    if len(values) > 1:
        return Biomarker(
            fact, title, "undetermined", None, f"Results contradict each other: {said}", reported=rows,
            sources=sources, discordant=True, warnings=(f"{title}: results contradict each other: {said}",),
        )  # fmt: skip
    if not values:
        return Biomarker(fact, title, "undetermined", None, f"Reported, but settles nothing: {said}", reported=rows)
    value = work.knowledge.vocabulary[fact].read(values[0])
    absent = all(values[0] in item.test.negative for item in telling)
    state: State = "not_detected" if absent else "detected"
    method = ", ".join(dict.fromkeys(item.test.method for item in telling))
    return Biomarker(fact, title, state, value, said, reported=rows, sources=sources, method=method)


def _burden(work: _Work, reported: Mapping[str, tuple[Reported, ...]]) -> Biomarker:
    """The mutational burden as reported, or counted over the territory that the assay declares."""
    title = "Tumor mutational burden"
    fact = work.knowledge.vocabulary[BURDEN]
    rows = reported.get(BURDEN, ())
    numbers: dict[float, Reported] = {}
    for item in rows:
        try:
            number = fact.read(item.result.value)
        except ValueRefused as refused:
            return Biomarker(BURDEN, title, "undetermined", None, str(refused), reported=rows, warnings=(str(refused),))
        assert isinstance(number, float)
        numbers.setdefault(number, item)
    if len(numbers) > 1:
        said = "; ".join(f"{number:g} ({item.result.source})" for number, item in numbers.items())
        text = f"Reported burdens differ: {said}"
        return Biomarker(BURDEN, title, "undetermined", None, text, reported=rows, discordant=True, warnings=(text,))
    for number, item in numbers.items():
        text = f"{number:g} per megabase as reported, with the denominator of that assay"
        return Biomarker(
            BURDEN,
            title,
            "detected",
            number,
            text,
            reported=rows,
            sources=(item.result.source,),
            method=item.test.method,
        )
    sized = [(assay, _megabases(work, assay.name, assay.megabases)) for assay in work.tumor.assays]
    known = [(assay, size) for assay, size in sized if size]
    if work.tumor.altering is None or len(known) != 1:
        why = "no calls were read" if work.tumor.altering is None else "no assay says how many megabases it read"
        return Biomarker(BURDEN, title, "not_assayed", None, f"Not computed: {why}")
    assay, size = known[0]
    assert size is not None
    number = work.tumor.altering / size
    text = f"{work.tumor.altering} protein-altering calls over {size:g} megabases ({assay.name})"
    if number > (fact.range or (0.0, number))[1]:
        return Biomarker(
            BURDEN, title, "undetermined", None, f"{text} is no possible burden; check the territory", warnings=(text,)
        )
    return Biomarker(BURDEN, title, "detected", number, text, sources=(assay.source,), method="counted")


def _megabases(work: _Work, name: str, stated: float | None) -> float | None:
    if stated:
        return stated
    panel = work.knowledge.panels.get(name)
    return panel.megabases if panel else None


def _hypermutated(work: _Work, burden: Biomarker) -> Biomarker:
    """From the burden, or from so many calls that even all coding sequence would not hold them below the limit."""
    test = work.knowledge.tests["burden"]
    title = "Hypermutation"
    if isinstance(burden.value, float):
        means = meaning(test, burden.value)
        state: State = "detected" if means == "detected" else "not_detected"
        return Biomarker(
            HYPERMUTATED,
            title,
            state,
            means,
            burden.because,
            sources=burden.sources,
            method=test.method,
            origin=(BURDEN,),
        )
    if work.tumor.altering is None:
        return Biomarker(HYPERMUTATED, title, "not_assayed", None, burden.because)
    ceiling = work.knowledge.panels[CEILING].megabases
    least = work.tumor.altering / ceiling
    if meaning(test, least) == "detected":
        text = (
            f"{work.tumor.altering} protein-altering calls: at least {least:.0f} per megabase, "
            f"even if all coding sequence ({ceiling:g} megabases at most) was read"
        )
        sources = tuple(variant.source for variant in work.tumor.variants[:1])
        return Biomarker(HYPERMUTATED, title, "detected", "detected", text, sources=sources, method="lower bound")
    return Biomarker(HYPERMUTATED, title, "not_assayed", None, burden.because)


def _marker(work: _Work, marker: Marker, reported: tuple[Reported, ...]) -> Biomarker:
    held = list(calls_held(marker.patterns, work.tumor, work.knowledge))
    sure = [(pattern, call) for pattern, call in held if not _doubt(call)]
    counted = [call for pattern, call in sure if not (pattern.passenger and work.hypermutated)]
    passengers = [call for pattern, call in sure if pattern.passenger and work.hypermutated]
    doubtful = [call for _, call in held if _doubt(call)]
    review = [(pattern, call) for pattern, call in calls_held(marker.review, work.tumor, work.knowledge)]
    warnings = [f"{describe(call)}: {_doubt(call)}" for call in doubtful]
    warnings += [f"{describe(call)}: {caution}" for _, call in sure for caution in _cautions(call)]
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
def _untouched(assays: tuple[Assay, ...], sequenced: bool, holder: ByIdentity[Knowledge]) -> dict[str, Biomarker]:
    """Every marker when nothing is found in its genes: the same for all tumors with the same assays."""
    work = _Work(Tumor("", calls=0 if sequenced else None, assays=assays), holder.item)
    return {
        fact: _not_found(work, marker, gaps(marker, work.tumor), []) for fact, marker in holder.item.markers.items()
    }


def _not_found(work: _Work, marker: Marker, missing: tuple[str, ...], warnings: list[str]) -> Biomarker:
    """Nothing found: absent where all that is needed was looked at and the absence may be stated, else not assayed."""
    needs = {**marker.needs, **_needs_else(marker)}
    if not missing and marker.not_detected is not None and needs:
        return _absent(work, marker, warnings)
    because = (
        "Not shown to be looked at: " + "; ".join(missing) if missing else "Nothing found; its absence is never stated"
    )
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


def _cautions(call: Call) -> Iterator[str]:
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
    said = ", ".join(dict.fromkeys(describe(call) for call in calls))
    against = [item for item in telling if item.means != marker.detected]
    if against:
        text = f"{said} was found, but {'; '.join(_said(item) for item in against)}"
        return Biomarker(
            marker.fact, marker.title, "undetermined", None, f"Results contradict each other: {text}", tuple(calls),
            tuple(telling), sources=sources, warnings=(*warnings, f"{marker.title}: {text}"), marker=marker, discordant=True,
        )  # fmt: skip
    return Biomarker(
        marker.fact, marker.title, "detected", value, f"Found: {said}", tuple(calls), tuple(telling), missing,
        tuple(warnings), sources, _method(calls), marker=marker,
    )  # fmt: skip


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
        return f"{', '.join(describe(item) for item in calls)} was found. {note}".strip(), calls
    if passengers:
        names = ", ".join(describe(item) for item in passengers[:5])
        more = f" and {len(passengers) - 5} more" if len(passengers) > 5 else ""
        return f"{names}{more}: outside the hotspots of a hypermutated tumor, taken for passengers", passengers
    if doubtful:
        return f"{', '.join(describe(item) for item in doubtful)} is in doubt: {_doubt(doubtful[0])}", doubtful
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
        return variant.effect == "uncertain" or not variant.classification.lower().startswith("splice")
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
    said = "; ".join(_said(item) for item in telling)
    if len(values) > 1:
        text = f"Results contradict each other: {said}" + ("" if missing else "; no amplification by copy number")
        return Biomarker(
            marker.fact, marker.title, "undetermined", None, text, reported=tuple(telling), marker=marker, discordant=True,
            warnings=(*warnings, f"{marker.title}: {text}"),
        )  # fmt: skip
    state: State = "detected" if values[0] == marker.detected else "not_detected"
    return Biomarker(
        marker.fact, marker.title, state, work.knowledge.vocabulary[marker.fact].read(values[0]), said,
        reported=tuple(telling), not_covered=missing, warnings=tuple(warnings), marker=marker,
        sources=tuple(item.result.source for item in telling),
        method=", ".join(dict.fromkeys(item.test.method for item in telling)),
    )  # fmt: skip


def _absent(work: _Work, marker: Marker, warnings: list[str]) -> Biomarker:
    looked = [
        f"{gene} codon{'s' if len(codons) > 1 else ''}" if codons else gene for gene, codons in marker.needs.items()
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


def describe(call: Call) -> str:
    """A call in a few words: KRAS p.G12C, ERBB2 amplification (level 2), TPM3::NTRK1."""
    if isinstance(call, Variant):
        return f"{call.gene} {call.change}" if call.change else f"{call.gene} {call.text or call.coding or 'change'}"
    if isinstance(call, CopyNumber):
        amount = f"level {call.level}" if call.level is not None else f"{call.copies:g} copies"
        return f"{call.gene} copy number ({amount})"
    return "::".join(call.genes) + " fusion"


__all__ = ["Biomarker", "Reported", "State", "conclude", "coverage", "describe"]

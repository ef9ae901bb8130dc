"""Facts that rest on reported results (repair, microsatellites, stains, burden): read by the tests of the knowledge."""

from __future__ import annotations

from collections.abc import Mapping

from chemoplan.genomics.markers import meaning
from chemoplan.genomics.state import Biomarker, Reported, State
from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import ValueRefused

BURDEN, CEILING, HYPERMUTATED = "tmb", "all-coding-sequence", "hypermutated"
LEAST = "smallest-territory"


def reported_results(tumor: Tumor, knowledge: Knowledge) -> dict[str, tuple[Reported, ...]]:
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


def said(item: Reported) -> str:
    """A reported result and what it means, in words."""
    words = item.means.replace("_", " ") or "settles nothing"
    value = f"{item.result.value:g}" if isinstance(item.result.value, float) else str(item.result.value)
    return f"{item.test.title}: {value} ({words})"


def short_title(meaning_text: str) -> str:
    """The head of a fact's meaning, as a title."""
    return meaning_text.split(";")[0].split(",")[0].rstrip(".")


def from_results(knowledge: Knowledge, fact: str, rows: tuple[Reported, ...]) -> Biomarker:
    """A fact that rests on reported results alone. Results that contradict each other settle nothing."""
    title = short_title(knowledge.vocabulary[fact].meaning)
    telling = [item for item in rows if item.means]
    values = list(dict.fromkeys(item.means for item in telling))
    words = "; ".join(said(item) for item in rows)
    sources = tuple(item.result.source for item in telling)
    if len(values) > 1:
        return Biomarker(
            fact, title, "undetermined", None, f"Results contradict each other: {words}", reported=rows,
            sources=sources, discordant=True, warnings=(f"{title}: results contradict each other: {words}",),
        )  # fmt: skip
    if not values:
        return Biomarker(fact, title, "undetermined", None, f"Reported, but settles nothing: {words}", reported=rows)
    value = knowledge.vocabulary[fact].read(values[0])
    absent = all(values[0] in item.test.negative for item in telling)
    state: State = "not_detected" if absent else "detected"
    method = ", ".join(dict.fromkeys(item.test.method for item in telling))
    return Biomarker(fact, title, state, value, words, reported=rows, sources=sources, method=method)


def burden_of(tumor: Tumor, knowledge: Knowledge, reported: Mapping[str, tuple[Reported, ...]]) -> Biomarker:
    """The mutational burden as reported, or counted over the territory that the assay declares."""
    title = "Tumor mutational burden"
    fact = knowledge.vocabulary[BURDEN]
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
        words = "; ".join(f"{number:g} ({item.result.source})" for number, item in numbers.items())
        text = f"Reported burdens differ: {words}"
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
    sized = [(assay, _megabases(knowledge, assay.name, assay.megabases)) for assay in tumor.assays]
    known = [(assay, size) for assay, size in sized if size]
    if tumor.altering is None or len(known) != 1:
        why = "no calls were read" if tumor.altering is None else "no assay says how many megabases it read"
        return Biomarker(BURDEN, title, "not_assayed", None, f"Not computed: {why}")
    assay, size = known[0]
    assert size is not None
    least = knowledge.panels[LEAST].megabases
    if size < least:
        why = f"{size:g} megabases ({assay.name}) are too few for a burden; {least:g} are needed"
        return Biomarker(BURDEN, title, "not_assayed", None, f"Not computed: {why}")
    number = tumor.altering / size
    text = f"{tumor.altering} protein-altering calls over {size:g} megabases ({assay.name})"
    if number > (fact.range or (0.0, number))[1]:
        return Biomarker(
            BURDEN, title, "undetermined", None, f"{text} is no possible burden; check the territory", warnings=(text,)
        )
    return Biomarker(BURDEN, title, "detected", number, text, sources=(assay.source,), method="counted")


def _megabases(knowledge: Knowledge, name: str, stated: float | None) -> float | None:
    if stated:
        return stated
    panel = knowledge.panels.get(name)
    return panel.megabases if panel else None


def hypermutation_of(tumor: Tumor, knowledge: Knowledge, burden: Biomarker) -> Biomarker:
    """From the burden, or from so many calls that even all coding sequence would not hold them below the limit."""
    test = knowledge.tests["burden"]
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
    if tumor.altering is None:
        return Biomarker(HYPERMUTATED, title, "not_assayed", None, burden.because)
    ceiling = knowledge.panels[CEILING].megabases
    least = tumor.altering / ceiling
    if meaning(test, least) == "detected":
        text = (
            f"{tumor.altering} protein-altering calls: at least {least:.0f} per megabase, "
            f"even if all coding sequence ({ceiling:g} megabases at most) was read"
        )
        sources = tuple(variant.source for variant in tumor.variants[:1])
        return Biomarker(HYPERMUTATED, title, "detected", "detected", text, sources=sources, method="lower bound")
    return Biomarker(HYPERMUTATED, title, "not_assayed", None, burden.because)

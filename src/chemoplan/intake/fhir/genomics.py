"""Variants, regions studied, single-gene tests. A gene is wild type only where it was studied and found negative."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chemoplan.case.statement import Source
from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.markers import holds_variant
from chemoplan.genomics.protein import parse_protein
from chemoplan.genomics.state import Biomarker
from chemoplan.genomics.tumor import Assay, CopyNumber, Effect, Fusion, Tumor, Variant
from chemoplan.intake.fhir.answers import UNSETTLED, denies, is_silent, read_state
from chemoplan.intake.fhir.changes import Change, read_change, studied_codons
from chemoplan.intake.fhir.element import Coding, Concept, Element
from chemoplan.intake.fhir.gathering import Gathering, source_of
from chemoplan.intake.fhir.tables import any_text, pattern, table
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.molecular import Marker

_RESULTS = {"positive": "present", "present": "present", "negative": "absent", "absent": "absent"}
_SYMBOL = re.compile(r"[A-Z][A-Z0-9-]{1,9}")
_WHOLE_GENE = frozenset({-1})
PLANNED_ON = "biomarker"
"""The topic of the facts that plans rest on; the finer markers of single alleles are for files of calls."""
AMPLIFIED = 2
"""The discrete level of copy number that says amplification."""


@dataclass
class Assays:
    """What the rules look at: findings, genes reported negative, and the codons said to be studied in each gene."""

    present: list[Finding] = field(default_factory=list)
    absent: dict[str, list[Source]] = field(default_factory=lambda: defaultdict(list))
    absent_changes: list[Finding] = field(default_factory=list)
    studied: dict[str, frozenset[int]] = field(default_factory=lambda: defaultdict(frozenset))


@dataclass(frozen=True)
class Finding:
    """A change in one gene (or a positive test that does not name it)."""

    genes: tuple[str, ...]
    change: Change
    source: Source
    resource: Element
    test: bool = False
    fusion: bool = False
    amplified: bool = False

    def __str__(self) -> str:
        change = self.change.short or (f"c.{self.change.coding}" if self.change.coding else "")
        return " ".join(
            filter(
                None,
                (
                    "/".join(self.genes),
                    "fusion"
                    if self.fusion
                    else "amplification"
                    if self.amplified
                    else change or "change that is not named",
                ),
            )
        )


def is_genomic(concept: Concept) -> bool:
    """True for a variant, a region studied or a single-gene test."""
    rules = table("genomics")
    return (
        concept.in_codes(rules["variant"])
        or concept.in_codes(rules["region_studied"])
        or _gene_test(concept) is not None
    )


def _gene_test(concept: Concept) -> dict[str, Any] | None:
    return next((row for row in table("genomics")["gene_tests"] if concept.in_codes(row["codes"])), None)


def read_assay(gathering: Gathering, assays: Assays, resource: Element, concept: Concept) -> bool:
    """Put the resource aside for `conclude_assays`. False when it says nothing that a rule can use."""
    rules = table("genomics")
    test = _gene_test(concept)
    if test is not None:
        return _read_gene_test(gathering, assays, resource, test)
    parts = _components(resource)
    genes = _genes(gathering, resource, parts.get("gene", []))
    codons = frozenset(
        codon
        for name in ("ranges", "tested_for", "region")
        for text in _texts(parts, name)
        for codon in _codons(genes, text)
    )
    codons |= frozenset(codon for note in resource.children("note") for codon in _codons(genes, note.text("text")))
    for gene in genes:
        assays.studied[gene] |= codons
    if concept.in_codes(rules["region_studied"]):
        return bool(set(genes) & set(rules["genes"]))
    if any(item.in_codes(rules["germline"]) for item in parts.get("source", [])):
        return False
    if not set(genes) & set(rules["genes"]):
        return False
    return _read_variant(gathering, assays, resource, parts, genes)


def _read_variant(
    gathering: Gathering, assays: Assays, resource: Element, parts: dict[str, list[Concept]], genes: tuple[str, ...]
) -> bool:
    rules = table("genomics")
    state, text = read_state(resource, _RESULTS)
    label = " and ".join(genes)
    if state is None or state == UNSETTLED:
        gathering.warn(resource.path, f"variant of {label}: {text or 'no value'} does not say present or absent")
        return False
    change, conflict = read_change(
        _texts(parts, "protein") + _texts(parts, "name"),
        _texts(parts, "coding") + _texts(parts, "name"),
        genes=genes,
        loose=True,
    )
    if conflict:
        gathering.warn(resource.path, f"variant of {label} is not read: {conflict}")
        return False
    source = source_of(gathering, resource)
    if state == "absent":
        if change.known:
            assays.absent_changes.append(Finding(genes, change, source, resource))
        else:
            for gene in genes:
                assays.absent[gene].append(source)
        return True
    if any(item.in_codes(rules["benign"]) for item in parts.get("significance", [])):
        return False
    texts = tuple(text for name in ("name", "change_type") for text in _texts(parts, name))
    fusion = len(genes) > 1 or any_text([rules["fusion_text"]], texts)
    amplified = not change.known and not fusion and any_text([rules["amplification_text"]], texts)
    if not change.known and not fusion and not amplified:
        gathering.warn(
            resource.path,
            f"variant of {label} is present, but no change (p. or c. notation) names it; nothing is stated from it",
        )
        return False
    assays.present.append(Finding(genes, change, source, resource, fusion=fusion, amplified=amplified))
    return True


def _read_gene_test(gathering: Gathering, assays: Assays, resource: Element, test: dict[str, Any]) -> bool:
    gene = str(test["gene"])
    value = resource.concept("valueCodeableConcept")
    texts = (*(value.texts if value else ()), resource.text("valueString"))
    notes = tuple(note.text("text") for note in resource.children("note"))
    for text in (*texts, *notes):
        assays.studied[gene] |= frozenset(_codons((gene,), text))
    if test.get("covers") == "all":
        assays.studied[gene] |= _WHOLE_GENE
    change, conflict = read_change(texts, texts, genes=(gene,), loose=True)
    state, text = read_state(resource, _RESULTS)
    source = source_of(gathering, resource)
    unsettled = state in (None, UNSETTLED) and not (change.known and is_silent(resource))
    if conflict or unsettled or (state == "present" and denies(resource)):
        gathering.warn(resource.path, f"{gene} test: {conflict or text or 'no value'} does not settle it")
        return False
    if state == "absent" and not change.known:
        assays.absent[gene].append(source)
    elif state == "absent":
        assays.absent_changes.append(Finding((gene,), change, source, resource))
    else:
        assays.present.append(Finding((gene,), change, source, resource, test=True))
    return True


def read_panel_change(gathering: Gathering, assays: Assays, resource: Element, concept: Concept) -> bool | None:
    """A panel whose value names a change ("KRAS p.Gly12Asp") or a part of the panel. None when it names neither."""
    genes = next((row["genes"] for row in table("genomics")["panels"] if concept.in_codes(row["codes"])), None)
    value = resource.concept("valueCodeableConcept")
    texts = (*(value.texts if value else ()), resource.text("valueString"))
    if genes is None:
        return None
    named = [gene for gene in genes if any(pattern(rf"\b{gene}\b").search(text) for text in texts)]
    change, conflict = read_change(texts, texts, genes=tuple(named), loose=True)
    state, text = read_state(resource, _RESULTS)
    if not change.known and not conflict:
        if state == "absent" and (len(named) == 1 or any_text([r"\b(codon|exon)"], texts)):
            gathering.warn(resource.path, f"panel of {' and '.join(genes)}: {text} speaks of a part of it only")
            return False
        return None
    if conflict or len(named) != 1 or denies(resource) or (state != "present" and not is_silent(resource)):
        why = conflict or "one change in one gene, and nothing else, would"
        gathering.warn(
            resource.path, f"panel of {' and '.join(genes)}: {text or 'its value'} does not settle it ({why})"
        )
        return False
    assays.present.append(Finding((named[0],), change, source_of(gathering, resource), resource, test=True))
    return True


def conclude_assays(gathering: Gathering, assays: Assays) -> None:
    """State what the markers of the knowledge make of everything put aside; a finding that states nothing is listed and kept."""
    knowledge = load_knowledge()
    tumor = _tumor(assays)
    found = conclude(tumor, knowledge)
    used: set[str] = set()
    for item in assays.present:
        for fact, value in _positive_tests(item):
            used.add(item.resource.path)
            gathering.state(fact, value, item.source)
    for fact, marker in knowledge.markers.items():
        if knowledge.vocabulary[fact].topic != PLANNED_ON:
            continue
        state = found[fact]
        exact = [item for item in assays.absent_changes if _is_exactly(item, marker)]
        if state.state == "detected":
            for source in state.sources:
                used.add(source.locator)
                gathering.state(fact, marker.detected, source)
        elif exact and marker.not_detected is not None:
            for item in exact:
                used.add(item.resource.path)
                gathering.state(fact, marker.not_detected, item.source)
        elif state.state == "not_detected" and marker.not_detected is not None:
            for gene in marker.needs:
                for source in assays.absent.get(gene, [])[:1]:
                    gathering.state(fact, marker.not_detected, source)
        elif fact in table("genomics")["gaps_told"]:
            _tell_gaps(gathering, assays, marker, state)
    for item in (*assays.present, *assays.absent_changes):
        if item.resource.path not in used:
            result = "absent" if item in assays.absent_changes else "present"
            gathering.warn(item.resource.path, f"{item} is reported {result}, which settles no fact; kept and not read")
            gathering.keep(item.resource)


def _tumor(assays: Assays) -> Tumor:
    """Everything put aside, as one tumor: a gene was looked at where it is reported negative, at the codons that were studied."""
    whole = frozenset(gene for gene in assays.absent if assays.studied.get(gene, frozenset()) & _WHOLE_GENE)
    codons = frozenset((gene, codon) for gene in assays.absent for codon in assays.studied.get(gene, ()))
    named = [item for item in assays.present if not item.test or item.change.known]
    single = [item for item in named if len(item.genes) == 1 and not item.fusion and not item.amplified]
    return Tumor(
        sample="",
        calls=len(single) if assays.absent else None,
        variants=tuple(_variant(item) for item in single),
        fusions=tuple(Fusion(item.genes, item.source) for item in named if item.fusion),
        copies=tuple(
            CopyNumber(gene, item.source, AMPLIFIED) for item in named if item.amplified for gene in item.genes
        ),
        assays=(Assay("what is stated as studied", Source(""), whole, codons),) if assays.absent else (),
    )


def _variant(item: Finding) -> Variant:
    change = item.change
    effect: Effect = "silent" if change.silent else "altering" if change.changes_protein else "uncertain"
    parsed = parse_protein(f"p.{change.short}") if change.short else None
    return Variant(item.genes[0], parsed, effect, item.source, text=change.short or f"c.{change.coding}")


def _positive_tests(item: Finding) -> Iterator[tuple[str, str]]:
    """What a positive single-gene test states when it names no change."""
    if item.test and not item.change.known:
        for gene in item.genes:
            yield from table("genomics")["positive_tests"].get(gene, {}).items()


def _is_exactly(item: Finding, marker: Marker) -> bool:
    """True when an absent finding is the one allele that the marker looks for."""
    if not marker.locked or len(item.genes) != 1:
        return False
    variant = _variant(item)
    return any(holds_variant(pattern, variant) for pattern in marker.patterns)


def _tell_gaps(gathering: Gathering, assays: Assays, marker: Marker, state: Biomarker) -> None:
    """Say why genes that are reported negative do not make the marker negative."""
    negative = [sources[0] for gene in marker.needs if (sources := assays.absent.get(gene))]
    if not negative:
        return
    gaps = [f"{gene} is not reported negative" for gene in marker.needs if not assays.absent.get(gene)]
    for gene, codons in marker.needs.items():
        studied = assays.studied.get(gene, frozenset())
        missing = [] if studied & _WHOLE_GENE else [str(codon) for codon in codons if codon not in studied]
        if assays.absent.get(gene) and missing:
            gaps.append(f"{gene} is not stated to be studied at codon {', '.join(missing)}")
    if state.state == "undetermined":
        gaps.append(state.because)
    gathering.warn(
        negative[0].locator, f"{marker.fact} is not taken as {marker.not_detected}: {'; '.join(gaps) or state.because}"
    )


def _components(resource: Element) -> dict[str, list[Concept]]:
    names = {code: name for name, code in table("genomics")["components"].items()}
    parts: dict[str, list[Concept]] = defaultdict(list)
    for component in resource.children("component"):
        code = component.concept("code")
        name = next((names[item] for item in (code.codes("LOINC") if code else ()) if item in names), None)
        if name is None:
            continue
        value = component.concept("valueCodeableConcept")
        if value:
            parts[name].append(value)
        if component.has("valueString"):
            parts[name].append(Concept((), component.text("valueString")))
    return parts


def _texts(parts: dict[str, list[Concept]], name: str) -> tuple[str, ...]:
    texts = [
        text for concept in parts.get(name, []) for text in (*concept.texts, *(item.code for item in concept.codings))
    ]
    return tuple(dict.fromkeys(filter(None, texts)))


def _genes(gathering: Gathering, component: Element, concepts: list[Concept]) -> tuple[str, ...]:
    """Genes of the table by code, else by symbol; others by the name they show. A code and a symbol must agree."""
    genes: list[str] = []
    for concept in concepts:
        for coding in concept.codings:
            by_code, symbol = _gene_of(coding), coding.display.strip()
            is_symbol = bool(_SYMBOL.fullmatch(symbol))
            if (is_symbol and symbol != (by_code or symbol)) or (
                symbol in table("genomics")["genes"] and by_code is None and _has_number(coding)
            ):
                gathering.warn(
                    component.path,
                    f"the gene {coding.code[:20]} is shown as {symbol}; code and name disagree, so it is not used",
                )
            else:
                genes.append(by_code or symbol or coding.code[:40])
        if not concept.codings and concept.text:
            genes.append(concept.text.strip().upper()[:40])
    return tuple(dict.fromkeys(genes))


def _gene_of(coding: Coding) -> str | None:
    number = coding.code.upper().removeprefix("HGNC:")
    return next(
        (gene for gene, codes in table("genomics")["genes"].items() if number in (codes.get(coding.system), gene)), None
    )


def _has_number(coding: Coding) -> bool:
    return coding.code.upper().removeprefix("HGNC:").isdigit()


def _codons(genes: tuple[str, ...], text: str) -> set[int]:
    exons = table("genomics")["exons"]
    return {codon for gene in genes for codon in studied_codons(text, exons.get(gene, {}))}

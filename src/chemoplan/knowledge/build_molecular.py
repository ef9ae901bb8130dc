"""From one YAML mapping to one typed entry about the tumor's molecules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chemoplan.knowledge.builder import Builder
from chemoplan.knowledge.molecular import Assertion, Bound, Caution, Label, LocusRow, Marker, Panel, Pattern, Test
from chemoplan.knowledge.reference_problems import unknown


def _pattern(row: dict[str, Any]) -> Pattern:
    return Pattern(
        genes=tuple(row["genes"]),
        kind=row.get("kind", "change"),
        alleles=tuple(row.get("alleles") or ()),
        ranges=tuple(_range(item) for item in row.get("codons") or ()),
        outside=bool(row.get("outside", False)),
        changes=row.get("changes", "altering"),
        without=tuple(row.get("without") or ()),
        passenger=bool(row.get("passenger", False)),
        status=row.get("status", "verified"),
        note=row.get("note", ""),
    )


def _range(item: Any) -> tuple[int, int]:
    if isinstance(item, list):
        first, last = item
        return int(first), int(last)
    return int(item), int(item)


def _marker(b: Builder) -> Marker:
    raw = b.raw
    if raw["fact"] not in b.vocabulary:
        raise ValueError(unknown("fact", raw["fact"], b.vocabulary))
    fact = b.vocabulary[raw["fact"]]
    states = raw.get("states") or {}
    patterns = tuple(_pattern(row) for row in raw["patterns"])
    detected = str(states.get("detected", "detected"))
    absent = states.get("not_detected", "not_detected")
    for value in (detected, absent):
        if value is not None:
            fact.read(value)
    return Marker(
        fact=fact.name,
        title=raw["title"],
        patterns=patterns,
        detected=detected,
        not_detected=absent,
        review=tuple(_pattern(row) for row in raw.get("review") or ()),
        needs=_needs(raw, patterns),
        needs_copies=_genes_of(patterns, "amplification", "deletion"),
        needs_fusions=_genes_of(patterns, "fusion"),
        locked=bool(raw.get("locked", False)),
        evidence=b.evidence(raw.get("evidence")),
        notes=raw.get("notes", ""),
    )


def _needs(raw: dict[str, Any], patterns: tuple[Pattern, ...]) -> Mapping[str, tuple[int, ...]]:
    """Codons that must have been read, by gene; those of the patterns unless the entry says otherwise. () is the whole gene."""
    if "needs" in raw:
        return {
            gene: tuple(codon for item in codons for codon in range(_range(item)[0], _range(item)[1] + 1))
            for gene, codons in raw["needs"].items()
        }
    needs: dict[str, tuple[int, ...]] = {}
    for pattern in patterns:
        if pattern.kind != "change":
            continue
        codons = tuple(codon for first, last in pattern.ranges for codon in range(first, last + 1))
        codons += tuple(int("".join(char for char in allele if char.isdigit())) for allele in pattern.alleles)
        for gene in pattern.genes:
            whole = pattern.outside or not codons or needs.get(gene) == ()
            needs[gene] = () if whole else tuple(sorted({*needs.get(gene, ()), *codons}))
    return needs


def _genes_of(patterns: tuple[Pattern, ...], *kinds: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gene for pattern in patterns if pattern.kind in kinds for gene in pattern.genes))


def _test(b: Builder) -> Test:
    raw = b.raw
    return Test(
        id=b.label,
        title=raw["title"],
        fact=raw["fact"],
        method=raw.get("method", ""),
        bounds=tuple(Bound(**{**row, "value": str(row["value"])}) for row in raw.get("bounds") or ()),
        words={str(value): tuple(str(word) for word in words) for value, words in (raw.get("words") or {}).items()},
        implies={
            fact: {str(value): str(means) for value, means in row.items()}
            for fact, row in (raw.get("implies") or {}).items()
        },
        negative=b.texts("negative"),
        evidence=b.evidence(raw.get("evidence")),
        notes=raw.get("notes", ""),
    )


def _panel(b: Builder) -> Panel:
    raw = b.raw
    return Panel(b.label, raw["title"], float(raw["megabases"]), b.evidence(raw.get("evidence")), raw.get("notes", ""))


def _locus(b: Builder) -> LocusRow:
    raw = b.raw
    codons = tuple((int(n), str(residue), str(bases), int(a), int(c)) for n, residue, bases, a, c in raw["codons"])
    return LocusRow(
        b.label, raw["gene"], str(raw["chromosome"]), int(raw["strand"]), codons, b.evidence(raw.get("evidence"))
    )


def _assertion(b: Builder) -> Assertion:
    raw = b.raw
    return Assertion(
        id=b.label,
        title=raw["title"],
        when=b.criterion(raw["when"]),
        effect=raw["effect"],
        therapy=tuple(
            tuple(part["one_of"]) if isinstance(part, dict) else (str(part),) for part in raw.get("therapy") or ()
        ),
        setting=raw["setting"],
        line=str(raw["line"]),
        evidence=b.evidence(raw.get("evidence")),
        locked=b.texts("locked"),
        tissue=b.texts("tissue"),
        label=tuple(
            Label(row["jurisdiction"], row["status"], None if row.get("date") is None else str(row["date"]))
            for row in raw.get("label") or ()
        ),
        trials=b.texts("trials"),
        tier=raw.get("tier"),
        weight=raw.get("weight", "retrospective"),
        contradicts=b.texts("contradicts"),
        text=raw.get("text", ""),
        notes=raw.get("notes", ""),
        reviewed=str(raw.get("reviewed") or b.defaults["reviewed"]),
        review_due=str(raw.get("review_due") or b.defaults["review_due"]),
        signed_off_by=raw.get("signed_off_by") or b.defaults.get("signed_off_by"),
    )


def _caution(b: Builder) -> Caution:
    return Caution(b.label, b.criterion(b.raw["when"]), b.raw["text"], b.evidence(b.raw["evidence"]))


MOLECULAR: dict[str, Callable[[Builder], Any]] = {
    "markers": _marker,
    "tests": _test,
    "panels": _panel,
    "cautions": _caution,
    "loci": _locus,
    "assertions": _assertion,
}

"""What a person types about a tumor: single changes in any notation, amplifications, fusions, MSI, MMR, TMB, HER2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.notation import NotationRefused, read_notation
from chemoplan.genomics.tumor import Build, CopyNumber, Effect, Fusion, Result, Variant
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import is_symbol, symbol_of
from chemoplan.intake.refused import one_line, shown

EXPECTED = "expected for example 'KRAS G12C', 'ERBB2 amplification', 'TPM3::NTRK1 fusion', 'MSI-H', 'pMMR', 'TMB 12' or 'HER2 IHC 3+'"
_TYPED = "typed"


@dataclass(frozen=True)
class Typed:
    """What was typed, by kind. A problem names each text that was not understood."""

    variants: tuple[Variant, ...] = ()
    copies: tuple[CopyNumber, ...] = ()
    fusions: tuple[Fusion, ...] = ()
    results: tuple[Result, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class _Gathering:
    build: Build | None
    variants: list[Variant] = field(default_factory=list)
    copies: list[CopyNumber] = field(default_factory=list)
    fusions: list[Fusion] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_typed(texts: Iterable[str], build: Build | None = None) -> Typed:
    """Each text as one statement; `build` is needed for genomic notation only. Never raises."""
    return _read(((text, Source(_TYPED, one_line(text)[:80])) for text in texts), build)


def read_typed_list(text: str, document: str, build: Build | None = None) -> Typed:
    """The same for the lines of a text; blank lines and lines that begin with # are comments."""
    lines = ((line, number) for number, line in enumerate(text.splitlines(), start=1))
    rows = (
        (line, Source(document, f"line {number}")) for line, number in lines if line.strip() and line.strip()[0] != "#"
    )
    return _read(rows, build)


def _read(rows: Iterable[tuple[str, Source]], build: Build | None) -> Typed:
    gathering = _Gathering(build)
    for text, source in rows:
        plain = " ".join(text.split())
        if not plain:
            gathering.problems.append(Problem(_TYPED, f"an empty text; {EXPECTED}", "error"))
            continue
        why = _statement(gathering, plain, source)
        if why:
            place = _TYPED if source.document == _TYPED else f"{source.document}, {source.locator}"
            gathering.problems.append(Problem(place, one_line(why), "error"))
    return Typed(
        tuple(gathering.variants),
        tuple(gathering.copies),
        tuple(gathering.fusions),
        tuple(gathering.results),
        tuple(gathering.problems),
    )


def _statement(gathering: _Gathering, text: str, source: Source) -> str:
    """Add what the text states; why not, when it states nothing that is understood."""
    if len(text) > 200:
        return f"{shown(text)} is too long for one statement; {EXPECTED}"
    family = re.split(r"[ :/-]", text, maxsplit=1)[0].upper()
    if family in table("typed")["families"]:
        return f"{shown(text)} names a family of genes; say which gene, such as {table('typed')['families'][family]}"
    for rule, match in _matches("results", text):
        value: str | float = rule.get("value") or match["value"]
        gathering.results.append(
            Result(rule["what"], float(value) if rule.get("number") else value, source, method=_TYPED)
        )
        return ""
    for rule, match in _matches("copies", text):
        gene = symbol_of(match["gene"])
        copies = float(match["copies"]) if "copies" in match.groupdict() else None
        gathering.copies.append(CopyNumber(gene, source, rule.get("level"), copies))
        return ""
    for _, match in _matches("fusions", text):
        genes = tuple(symbol_of(name) for name in match.groupdict().values())
        if not all(is_symbol(gene) for gene in genes):
            continue
        gathering.fusions.append(Fusion(genes, source, text=text))
        return ""
    return _change(gathering, text, source)


def _change(gathering: _Gathering, text: str, source: Source) -> str:
    first, _, rest = text.partition(" ")
    written = f"{symbol_of(first)} {rest}" if rest and symbol_of(first) != first.upper() else text
    try:
        named = read_notation(written, gathering.build)
    except NotationRefused as refused:
        return str(refused)
    if named is None or (named.change is None and not named.coding and named.locus is None):
        return f"{shown(text)} is not understood; {EXPECTED}"
    if not named.gene:
        return f"{shown(text)} lies at no known codon; name the gene and the protein change"
    gathering.variants.append(
        Variant(
            gene=named.gene,
            change=named.change,
            effect=_effect(named.change.kind if named.change else "unknown"),
            source=source,
            text=text,
            coding=named.coding,
            locus=named.locus,
        )
    )
    return ""


def _effect(kind: str) -> Effect:
    known: dict[str, Effect] = {"silent": "silent", "unknown": "uncertain"}
    return known.get(kind, "altering")


@lru_cache(maxsize=4)
def _rules(kind: str) -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    rows = (row if isinstance(row, dict) else {"pattern": row} for row in table("typed")[kind])
    return tuple((row, re.compile(row["pattern"], re.IGNORECASE | re.ASCII)) for row in rows)


def _matches(kind: str, text: str) -> Iterator[tuple[dict[str, Any], re.Match[str]]]:
    for rule, pattern in _rules(kind):
        match = pattern.fullmatch(text)
        if match:
            yield rule, match

"""What a person types about inherited DPYD and UGT1A1: a diplotype, an activity score, a phenotype, plasma uracil."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from chemoplan.case.statement import Source
from chemoplan.genomics.germline.observed import TypedResult
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.knowledge import load_knowledge
from chemoplan.vocabulary.nearest import nearest

_EXPECTED = (
    "expected for example 'DPYD *1/*2A', 'DPYD activity score 1.5', 'DPYD intermediate metabolizer', 'UGT1A1 *28/*28' "
    "or 'uracil 18 ng/mL'"
)


def read_typed_germline(texts: Iterable[str]) -> tuple[TypedResult, ...]:
    """Each text as one result, in order. Raises InputRefused for a text that is not understood."""
    return tuple(_result(" ".join(text.split()), number) for number, text in enumerate(texts, start=1))


def _result(text: str, number: int) -> TypedResult:
    for rule, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        groups = match.groupdict()
        gene = str(rule.get("gene") or groups["gene"].upper())
        return TypedResult(gene, rule["kind"], _value(rule["kind"], gene, groups["value"], text), _source(text))
    raise InputRefused(f"typed result {number}: {shown(text)} is not understood; {_EXPECTED}")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[dict[str, Any], re.Pattern[str]]]:
    return [(rule, re.compile(rule["pattern"], re.IGNORECASE)) for rule in table("germline")["typed"]]


def _source(text: str) -> Source:
    return Source("typed", one_line(text)[:80])


def _value(kind: str, gene: str, written: str, text: str) -> str:
    if kind == "diplotype":
        return "/".join(_allele(gene, part.strip(), text) for part in written.split("/"))
    if kind == "phenotype":
        return written.lower()
    plain = f"{float(written.replace(',', '.')):g}"
    scores = table("germline")["activity_scores"]
    if kind == "activity_score" and plain not in scores:
        raise InputRefused(f"typed result {shown(text)}: expected an activity score of {', '.join(scores)}")
    return plain


def _allele(gene: str, written: str, text: str) -> str:
    """An allele by the name that the definitions give it. DPYD *1 is their Reference."""
    names = _names(gene)
    found = names.get(written.lower())
    if found is None:
        near = nearest(written, names)
        hint = f"; did you mean {names[near]}?" if near else ""
        raise InputRefused(f"typed result {shown(text)}: {gene} has no listed allele {shown(written, 30)}{hint}")
    return found


@lru_cache(maxsize=4)
def _names(gene: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for allele in load_knowledge().germline.alleles.values():
        if allele.gene == gene:
            for name in (allele.name, allele.common_name, *allele.hgvs):
                names.setdefault(name.lower(), allele.name)
            plain = re.fullmatch(r"(.+) \((.+)\)", allele.name)
            for part in plain.groups() if plain else ():
                names.setdefault(part.lower(), allele.name)
            if not allele.variants:
                names.setdefault("*1", allele.name)
    names.pop("", None)
    return names

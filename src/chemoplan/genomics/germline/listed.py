"""Every listed position of one person as a row to show: what is looked for there, what was read, and why nothing was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chemoplan.genomics.germline.observed import UNLISTED, UNREAD, GermlineSample, Observation
from chemoplan.genomics.identity import ByIdentity
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.pharmacogenes import GeneAllele, GenePosition

MISSING = "not in the file"
GRAVEST_FIRST = ("no_function", "decreased", "unknown", "increased", "normal")


@dataclass(frozen=True)
class Listed:
    """One position with the names and the functions of its GRCh38 alternates."""

    position: GenePosition
    names: dict[str, str]
    functions: dict[str, str]


def position_rows(sample: GermlineSample, knowledge: Knowledge) -> list[dict[str, Any]]:
    """The listed positions of all genes in the order of the chromosome; `place` is in the build of the file, else in GRCh38."""
    build = sample.build or "GRCh38"
    return [_row(item, sample.observations.get(item.position.id), build) for item in _listed(ByIdentity(knowledge))]


def _row(item: Listed, seen: Observation | None, build: str) -> dict[str, Any]:
    position = item.position
    alleles = seen.alleles if seen else ()
    found = [_name(item, base) for base in alleles]
    state = "not_assessed"
    if seen is not None and seen.status == "called":
        odd = any(base.startswith(UNLISTED) for base in alleles)
        state = "unlisted" if odd else "variant" if any(found) else "reference"
    alternates = list(dict.fromkeys(item.names.values()))
    return {
        "position": position.id,
        "gene": position.gene,
        "rsid": position.rsid,
        "chromosome": position.chromosome,
        "place": position.place(build).position,
        "name": " or ".join(alternates),
        "function": _worst(item.functions.values()),
        "needed": position.needed,
        "state": state,
        "found": found,
        "found_function": _worst(item.functions.get(base, "") for base in alleles),
        "phased": bool(seen and seen.phased),
        "reason": "" if state != "not_assessed" else (seen.reason if seen else "") or MISSING,
        "quality": seen.quality if seen else None,
        "depth": seen.depth if seen else None,
        "source": str(seen.source) if seen and seen.source else None,
    }


def _name(item: Listed, base: str) -> str:
    """The name of the variant that a base makes; empty for the reference."""
    if base == UNREAD:
        return "not called"
    if base.startswith(UNLISTED):
        return f"{base.removeprefix(UNLISTED) or 'another base'} (not listed)"
    return "" if base == item.position.grch38.ref else item.names.get(base, base)


def _worst(functions: Iterable[str]) -> str | None:
    found = set(functions)
    return next((function for function in GRAVEST_FIRST if function in found), None)


@lru_cache(maxsize=4)
def _listed(holder: ByIdentity[Knowledge]) -> tuple[Listed, ...]:
    germline = holder.item.germline
    holders: dict[str, list[GeneAllele]] = {}
    for allele in germline.alleles.values():
        for variant in allele.variants:
            holders.setdefault(variant, []).append(allele)
    for members in holders.values():
        members.sort(key=lambda allele: len(allele.variants))
    rows = []
    for position in germline.positions.values():
        names: dict[str, str] = {}
        functions: dict[str, str] = {}
        for base, name in position.variants.items():
            members = holders.get(f"{position.id}>{base}", [])
            common = next((allele.common_name for allele in members if allele.common_name), "")
            names[base] = f"{name} ({common})" if common and common not in name else name
            if members:
                functions[base] = members[0].function
        rows.append(Listed(position, names, functions))
    return tuple(sorted(rows, key=lambda item: (item.position.chromosome, item.position.grch38.position)))

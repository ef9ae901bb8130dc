"""From one YAML mapping to one typed entry about inherited genes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chemoplan.criteria.tree import ALWAYS
from chemoplan.knowledge.builder import Builder
from chemoplan.knowledge.pharmacogenes import (
    CallLimits,
    GeneAllele,
    GenePosition,
    GeneRules,
    NotActionable,
    PharmacogeneStatement,
    Place,
    PlasmaLimit,
    Remark,
    StrandRule,
    Tag,
    Together,
)  # fmt: skip


def _place(row: list[Any]) -> Place:
    position, ref, *alts = row
    return Place(int(position), str(ref), tuple(str(alt) for alt in alts))


def _position(b: Builder) -> GenePosition:
    raw = b.raw
    return GenePosition(
        id=b.label,
        gene=raw["gene"],
        rsid=raw.get("rsid", b.label),
        chromosome=str(raw["chromosome"]),
        grch38=_place(raw["grch38"]),
        grch37=_place(raw["grch37"]),
        variants=_texts(raw["variants"]),
        needed=bool(raw["needed"]),
        site=raw.get("site", ""),
        evidence=b.evidence(raw["evidence"]),
        notes=raw.get("notes", ""),
    )


def _texts(row: Mapping[Any, Any] | None) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in (row or {}).items()}


def _allele(b: Builder) -> GeneAllele:
    raw = b.raw
    return GeneAllele(
        id=b.label,
        gene=raw["gene"],
        name=raw["name"],
        variants=b.texts("variants"),
        function=raw["function"],
        activity=None if raw.get("activity") is None else float(raw["activity"]),
        common_name=raw.get("common_name", ""),
        hgvs=b.texts("hgvs"),
        evidence=b.evidence(raw["evidence"]),
        clinpgx=raw.get("clinpgx", ""),
    )


def _rules(b: Builder) -> GeneRules:
    raw = b.raw
    return GeneRules(
        id=b.label,
        title=raw["title"],
        fact=raw["fact"],
        chromosome=str(raw["chromosome"]),
        build_offset=int(raw["build_offset"]),
        normal=str(raw["normal"]),
        phenotypes=_texts(raw["phenotypes"]),
        bound_is_stated=bool(raw["bound_is_stated"]),
        activity={str(name): float(value) for name, value in (raw.get("activity") or {}).items()},
        name_first=b.texts("name_first"),
        tags=tuple(Tag(**row) for row in raw.get("tags") or ()),
        strand=tuple(StrandRule(tuple(row.get("any_of") or ()), row["then"]) for row in raw.get("strand") or ()),
        decreased_strands=_texts(raw.get("decreased_strands")),
        together=tuple(Together(row["variant"], tuple(row["with"])) for row in raw.get("together") or ()),
        messages=_texts(raw.get("messages")),
        uracil=tuple(
            PlasmaLimit(float(row["at_least"]), row["says"], b.evidence(row["evidence"]))
            for row in sorted(raw.get("uracil") or (), key=lambda row: -float(row["at_least"]))
        ),
        remarks=tuple(Remark(row["text"], b.evidence(row["evidence"])) for row in raw.get("remarks") or ()),
        evidence=b.evidence(raw["evidence"]),
    )


def _limits(b: Builder) -> CallLimits:
    raw = b.raw
    return CallLimits(
        id=b.label,
        title=raw["title"],
        passing=b.texts("filter"),
        min_quality=int(raw["min_quality"]),
        min_depth=int(raw["min_depth"]),
        max_alternates=int(raw["max_alternates"]),
        evidence=b.evidence(raw["evidence"]),
    )


def _statement(b: Builder) -> PharmacogeneStatement:
    raw = b.raw
    percent, date = raw.get("start_percent"), raw.get("date")
    return PharmacogeneStatement(
        id=b.label,
        body=raw["body"],
        gene=raw["gene"],
        drugs=b.texts("drugs"),
        when=b.criterion(raw["when"]) if "when" in raw else ALWAYS,
        action=raw["action"],
        start_percent=None if percent is None else float(percent),
        date=None if date is None else str(date),
        jurisdiction=raw["jurisdiction"],
        evidence=b.evidence(raw["evidence"]),
        strength=raw.get("strength", ""),
        notes=raw.get("notes", ""),
        condition=raw.get("condition", ""),
        reduced_strands=raw.get("reduced_strands"),
        both_strands=b.texts("both_strands"),
    )


def _not_actionable(b: Builder) -> NotActionable:
    return NotActionable(b.label, b.raw["gene"], b.raw["text"], b.evidence(b.raw["evidence"]))


GERMLINE: dict[str, Callable[[Builder], Any]] = {
    "positions": _position,
    "alleles": _allele,
    "gene_rules": _rules,
    "call_limits": _limits,
    "statements": _statement,
    "not_actionable": _not_actionable,
}

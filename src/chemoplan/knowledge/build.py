"""From one YAML mapping to one typed entry, for every kind of entry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from chemoplan.criteria.tree import ALWAYS, Not
from chemoplan.knowledge.build_molecular import MOLECULAR
from chemoplan.knowledge.build_pharmacogenes import GERMLINE
from chemoplan.knowledge.build_regimens import DOSING
from chemoplan.knowledge.builder import Builder
from chemoplan.knowledge.entries import (
    Component,
    Conflict,
    Contradiction,
    Derivation,
    Entry,
    EntryKind,
    Invariant,
    Modification,
    Offer,
    Option,
    Position,
    Rule,
    Source,
    Wording,
    WrongPlan,
)  # fmt: skip
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.vocabulary import SetValue, ValueRefused, Vocabulary

KINDS = {
    "pathway": "pathway", "safety": "safety", "gates": "gate", "options": "options", "sources": "sources", "trials": "sources",
    "conflicts": "conflicts", "components": "components", "derivations": "derivations", "staging": "derivations",
    "contradictions": "contradictions", "audit": "wrong_plans", "invariants": "invariants", "wordings": "wordings",
    "retire": "retire", "markers": "markers", "tests": "tests", "panels": "panels", "loci": "loci", "cautions": "cautions",
    "biomarkers": "assertions", "pharmacogenes/positions": "positions", "pharmacogenes/alleles": "alleles",
    "pharmacogenes/rules": "gene_rules", "pharmacogenes/limits": "call_limits", "pharmacogenes/statements": "statements",
    "pharmacogenes/not_actionable": "not_actionable", "regimens": "regimens", "sequences": "sequences", "drugs": "drugs",
    "dose_changes": "dose_changes", "tablets": "tablet_tables", "bands": "band_tables", "pumps": "pumps", "policies": "policies",
    "liver_ladders": "liver_ladders", "toxicities/rates": "toxicity_rates", "toxicities/grades": "grade_scales",
    "toxicities/studies": "toxicity_studies", "toxicities/events": "event_names", "toxicities/removed": "removed_terms",
}  # fmt: skip


def kind_of(name: str) -> str | None:
    """The kind of entry a file holds, told by its first folder (of inherited genes, the first two) or its name."""
    folder, *rest = name.removesuffix(".yaml").split("/")
    return KINDS.get(folder) or (KINDS.get(f"{folder}/{rest[0]}") if rest else None)


def build(kind: str, raw: Any, path: Path, name: str, defaults: dict[str, Any], vocabulary: Vocabulary) -> Any:
    """The typed entry of a raw mapping. Raises KnowledgeRefused with file and line."""
    if not isinstance(raw, dict):
        raise KnowledgeRefused(name, f"expected a mapping with an id, found {type(raw).__name__}")
    label = raw.get("id") or raw.get("fact") or raw.get("completes")
    if not isinstance(label, str):
        raise KnowledgeRefused(name, "an entry has no id")
    builder = Builder(raw, label, path, name, defaults, vocabulary)
    try:
        return _BUILDERS[kind](builder)
    except KeyError as missing:
        raise KnowledgeRefused(name, f"{label} lacks {missing}", path=path, find=label) from None
    except (TypeError, AttributeError, ValueError) as problem:
        if isinstance(problem, KnowledgeRefused):
            raise
        raise KnowledgeRefused(name, f"{label}: {problem}", path=path, find=label) from None


def _entry(kind: EntryKind) -> Callable[[Builder], Entry]:
    def build_entry(b: Builder) -> Entry:
        raw = b.raw
        return Entry(
            id=b.label,
            kind=kind,
            title=raw["title"],
            when=b.criterion(raw["when"]),
            offers=tuple(_offer(b, row) for row in raw.get("offer") or ()),
            forbid=b.texts("forbid"),
            spare=b.texts("spare"),
            blocks=b.texts("blocks"),
            blocks_together=tuple(tuple(items) for items in raw.get("blocks_together") or ()),
            modifies=tuple(
                Modification(row["component"], row["text"], row.get("start_fraction"))
                for row in raw.get("modifies") or ()
            ),
            holds=b.texts("holds"),
            asks=b.texts("asks"),
            severity=raw.get("severity", "info"),
            text=raw.get("text", ""),
            conflicts=b.texts("conflicts"),
            jurisdictions=b.texts("jurisdictions"),
            evidence=b.evidence(raw.get("evidence")),
            reviewed=str(raw.get("reviewed") or b.defaults["reviewed"]),
            review_due=str(raw.get("review_due") or b.defaults["review_due"]),
            signed_off_by=raw.get("signed_off_by") or b.defaults.get("signed_off_by"),
            notes=raw.get("notes", ""),
            file=b.name,
        )

    return build_entry


def _offer(b: Builder, row: dict[str, Any]) -> Offer:
    only_if = b.criterion(row["only_if"]) if "only_if" in row else ALWAYS
    return Offer(row["option"], int(row["rank"]), only_if, row.get("note", ""), b.evidence(row.get("evidence")))


def _option(b: Builder) -> Option:
    parts = tuple(
        tuple(part["one_of"]) if isinstance(part, dict) else (str(part),) for part in b.raw.get("components") or ()
    )
    return Option(
        id=b.label, title=b.raw["title"], kind=b.raw["kind"], intent=b.raw.get("intent", "none"), parts=parts,
        drugs=b.texts("drugs"), procedures=b.texts("procedures"), sequence=b.texts("sequence"), text=b.raw.get("text", ""),
        cautions=b.texts("cautions"), regimens=b.texts("regimens"), courses=b.texts("courses"),
    )  # fmt: skip


_SOURCE_KEYS = {
    "id",
    "kind",
    "title",
    "citation",
    "date",
    "jurisdictions",
    "read",
    "read_on",
    "status",
    "license",
    "replace",
}


def _source(b: Builder) -> Source:
    raw = b.raw
    date = raw.get("date")
    return Source(
        id=b.label, kind=raw["kind"], title=raw["title"], citation=raw.get("citation") or "", date=None if date is None else str(date),
        jurisdictions=b.texts("jurisdictions"), read=raw.get("read") or "", read_on=str(raw.get("read_on") or ""),
        status=raw["status"], license=raw.get("license"),
        details={key: value for key, value in raw.items() if key not in _SOURCE_KEYS},
    )  # fmt: skip


def _conflict(b: Builder) -> Conflict:
    positions = tuple(
        Position(
            body=row["body"], position=row["position"], status=row["status"], source=row.get("source"),
            date=None if row.get("date") is None else str(row["date"]), jurisdiction=row.get("jurisdiction"), remark=row.get("remark"),
        )
        for row in b.raw["positions"]
    )  # fmt: skip
    when = b.criterion(b.raw["when"]) if "when" in b.raw else ALWAYS
    return Conflict(b.label, b.raw["topic"], positions, b.raw.get("show", ""), when)


def _derivation(b: Builder) -> Derivation:
    raw = b.raw
    if "completes" in raw:
        fact = b.vocabulary[raw["completes"]]
        value = SetValue(frozenset(), True)
        return Derivation(fact.name, (Rule(value, b.criterion(raw["when"])),), raw["source"], completes=True)
    fact = b.vocabulary[raw["fact"]]
    if "when" in raw:
        holds = b.criterion(raw["when"])
        return Derivation(fact.name, (Rule(True, holds), Rule(False, Not(holds))), raw["source"])
    rules = []
    for row in raw["rules"]:
        try:
            rules.append(Rule(fact.read(row["value"]), b.criterion(row["when"])))
        except ValueRefused as refused:
            raise KnowledgeRefused(b.name, str(refused), path=b.path, find=b.label) from None
    return Derivation(fact.name, tuple(rules), raw["source"], ordered=bool(raw.get("ordered", False)))


def _wrong_plan(b: Builder) -> WrongPlan:
    raw = b.raw
    return WrongPlan(
        id=b.label, title=raw["title"], when=b.criterion(raw["when"]), text=raw["text"], severity=raw.get("severity", "reject"),
        evidence=b.evidence(raw.get("evidence")), asks_when_unknown=bool(raw.get("asks_when_unknown", False)),
    )  # fmt: skip


_BUILDERS: dict[str, Callable[[Builder], Any]] = {
    "pathway": _entry("pathway"),
    "safety": _entry("safety"),
    "gate": _entry("gate"),
    "options": _option,
    "sources": _source,
    "conflicts": _conflict,
    "components": lambda b: Component(b.label, b.raw["title"], b.texts("drugs")),
    "derivations": _derivation,
    "contradictions": lambda b: Contradiction(b.label, b.criterion(b.raw["when"]), b.raw["message"]),
    "wrong_plans": _wrong_plan,
    "invariants": lambda b: Invariant(b.label, b.raw["title"], cast(str, b.raw["never"]), b.raw.get("why", "")),
    **MOLECULAR,
    **GERMLINE,
    **DOSING,
    "wordings": lambda b: Wording(b.label, b.raw["text"], b.raw["ask"]),
}

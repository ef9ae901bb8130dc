"""One tumor from its calls to facts, biomarkers and statements about treatment, as plain data with every reason and source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from chemoplan import __version__
from chemoplan.case.statement import Statement
from chemoplan.criteria.text import write
from chemoplan.criteria.tree import Not, facts_of
from chemoplan.criteria.truth import Reason, evaluate
from chemoplan.genomics.assertions import (
    Verdicts,
    calls_behind,
    contradictions,
    excluded_by_tissue,
    half_met,
    judge,
    not_inherited,
)
from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.evidence import evidence_rows
from chemoplan.genomics.identity import ByIdentity
from chemoplan.genomics.markers import Call, spans
from chemoplan.genomics.state import Biomarker
from chemoplan.genomics.tumor import Assay, CopyNumber, Fusion, Tumor, Variant
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.molecular import Assertion
from chemoplan.vocabulary import Value

STATUSES = ("verified", "partly", "unverified")


def interpret(tumor: Tumor, knowledge: Knowledge) -> dict[str, Any]:
    """What the calls and results of one tumor mean. Keys are those of docs/reference/json.md, under `tumor`."""
    found = conclude(tumor, knowledge)
    facts = facts_of_tumor(found)
    verdicts = judge(facts, knowledge)
    holder = ByIdentity(knowledge)
    held = [(assertion, leaves) for assertion, leaves in verdicts.true if not excluded_by_tissue(assertion)]
    return {
        "chemoplan": __version__,
        "knowledge": {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of},
        "sample": tumor.sample,
        "patient": tumor.patient,
        "build": tumor.build,
        "calls": {"all": tumor.calls, "altering": tumor.altering, "uninterpreted": tumor.uninterpreted},
        "assays": [_assay(item) for item in tumor.assays],
        "facts": [_row(_fact, _shared_fact, item, holder) for item in found.values()],
        "biomarkers": [_row(_biomarker, _shared_biomarker, item, holder) for item in found.values()],
        "assertions": [
            *(_assertion(assertion, leaves, (), found, knowledge) for assertion, leaves in held),
            *_conditional(verdicts, tumor, found, knowledge),
        ],
        "does_not_apply": _does_not_apply(verdicts, tumor, found, knowledge),
        "not_tested": _not_tested(verdicts, found, knowledge),
        "contradictions": contradictions([assertion for assertion, _ in held], knowledge),
        "discordant": [_discordant(item) for item in found.values() if item.discordant],
        "cautions": [
            {"id": item.id, "text": item.text, "evidence": evidence_rows(item.evidence, knowledge)}
            for item in knowledge.cautions.values()
            if evaluate(item.when, facts) is True
        ],
        "warnings": _warnings(tumor, found),
    }


def interpret_many(tumors: Iterable[Tumor], knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """The same for many tumors, in order."""
    for tumor in tumors:
        yield interpret(tumor, knowledge)


def facts_of_tumor(found: Mapping[str, Biomarker]) -> dict[str, Value]:
    """The facts that may be stated, by name."""
    return {name: item.value for name, item in found.items() if item.value is not None}


def statements_of(tumor: Tumor, knowledge: Knowledge) -> tuple[Statement, ...]:
    """The facts of a tumor as statements of a case, each with its file, place and method.

    Where results contradict each other, neither the fact nor what would imply it or be read into it is stated.
    """
    found = conclude(tumor, knowledge)
    withheld = {name for name, item in found.items() if item.discordant}
    withheld |= {test.fact for test in knowledge.tests.values() if withheld & set(test.implies)}
    derived = [item for item in knowledge.derivations.values() if item.fact in withheld]
    withheld |= {name for item in derived for rule in item.rules for name in facts_of(rule.when)}
    statements = []
    for item in found.values():
        if item.value is None or not item.sources or item.fact in withheld:
            continue
        source = replace(item.sources[0], method=item.sources[0].method or item.method or None)
        statements.append(Statement(item.fact, item.value, source))
    return tuple(statements)


Row = dict[str, Any]


def _row(
    made: Callable[[Biomarker, Knowledge], Row],
    shared: Callable[[ByIdentity[Biomarker], ByIdentity[Knowledge]], Row],
    item: Biomarker,
    holder: ByIdentity[Knowledge],
) -> Row:
    """A row of a report. Tumors in which nothing was found for a marker share its state, and so its row."""
    if item.calls or item.reported or item.marker is None:
        return made(item, holder.item)
    return shared(ByIdentity(item), holder)


@lru_cache(maxsize=4096)
def _shared_fact(key: ByIdentity[Biomarker], holder: ByIdentity[Knowledge]) -> Row:
    return _fact(key.item, holder.item)


@lru_cache(maxsize=4096)
def _shared_biomarker(key: ByIdentity[Biomarker], holder: ByIdentity[Knowledge]) -> Row:
    return _biomarker(key.item, holder.item)


def _fact(item: Biomarker, knowledge: Knowledge) -> Row:
    fact = knowledge.vocabulary[item.fact]
    status = "unknown" if item.value is None else "derived" if item.origin or item.method == "counted" else "known"
    return {
        "name": item.fact,
        "value": None if item.value is None else fact.plain(item.value),
        "unit": fact.unit or None,
        "status": status,
        "source": _sources(item),
        "from": list(item.origin),
        "because": item.because,
    }


def _sources(item: Biomarker) -> str | None:
    if item.value is None or not item.sources:
        return None
    if len(item.sources) == 1 and not item.method:
        return str(item.sources[0])
    shown = list(dict.fromkeys(str(source) for source in item.sources))
    text = "; ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
    return f"{text} ({item.method})" if item.method and item.method not in text else text


def _biomarker(item: Biomarker, knowledge: Knowledge) -> Row:
    fact = knowledge.vocabulary[item.fact]
    lines = item.marker.evidence if item.marker else tuple(line for row in item.reported for line in row.test.evidence)
    return {
        "id": item.fact,
        "title": item.title,
        "state": item.state,
        "fact": item.fact,
        "value": None if item.value is None else fact.plain(item.value),
        "variants": [_call(call) for call in item.calls],
        "reported": [
            {
                "test": row.test.title,
                "value": row.result.value,
                "means": row.means or None,
                "source": str(row.result.source),
            }
            for row in item.reported
        ],
        "because": item.because,
        "not_covered": list(item.not_covered),
        "warnings": list(item.warnings),
        "evidence": evidence_rows(tuple(dict.fromkeys(lines)), knowledge),
    }


def _call(call: Call) -> dict[str, Any]:
    if isinstance(call, Variant):
        return _variant(call)
    row: dict[str, Any] = {"document": call.source.document, "locator": call.source.locator}
    if isinstance(call, CopyNumber):
        return {
            "gene": call.gene,
            "change": "copy number",
            "level": call.level,
            "copies": call.copies,
            "doubt": "",
            **row,
        }
    assert isinstance(call, Fusion)
    frame = {True: "kept", False: "not kept", None: "not given"}[call.in_frame]
    shown = {"gene": "::".join(call.genes), "change": "fusion", "reading_frame": frame, "reads": call.reads}
    return {**shown, "text": call.text, "doubt": call.doubt, **row}


def _variant(call: Variant) -> dict[str, Any]:
    locus = call.locus
    fraction = call.allele_fraction
    return {
        "gene": call.gene,
        "change": str(call.change) if call.change else call.text or None,
        "three_letter": call.change.three_letter if call.change else None,
        "text": call.text,
        "coding": call.coding or None,
        "genomic": f"{locus.chromosome}:{locus.position} {locus.ref}>{locus.alt}" if locus else None,
        "build": locus.build if locus else None,
        "classification": call.classification or None,
        "depth": call.depth,
        "alt_count": call.alt_count,
        "allele_fraction": None if fraction is None else round(fraction, 4),
        "filter": call.filter or None,
        "doubt": call.doubt,
        "document": call.source.document,
        "locator": call.source.locator,
    }


def _assay(assay: Assay) -> dict[str, Any]:
    by_gene: dict[str, list[int]] = {}
    for gene, codon in assay.codons:
        by_gene.setdefault(gene, []).append(codon)
    return {
        "name": assay.name,
        "source": str(assay.source),
        "genes": sorted(assay.genes),
        "codons": [f"{gene} {spans(numbers)}" for gene, numbers in sorted(by_gene.items())],
        "copy_number": sorted(assay.copy_number),
        "fusions": sorted(assay.fusions),
        "megabases": assay.megabases,
    }


def _conditional(
    verdicts: Verdicts, tumor: Tumor, found: Mapping[str, Biomarker], knowledge: Knowledge
) -> Iterator[dict[str, Any]]:
    """Assertions that a finding speaks for and that wait for something not tested; none that other alleles rule out."""
    for item in verdicts.unknown:
        if (
            half_met(item, found)
            and not excluded_by_tissue(item.assertion)
            and not not_inherited(item.assertion, tumor, found, knowledge)
        ):
            yield _assertion(item.assertion, item.met_leaves, item.open_leaves, found, knowledge)


def _assertion(
    assertion: Assertion,
    leaves: tuple[Reason, ...],
    open_leaves: tuple[Reason, ...],
    found: Mapping[str, Biomarker],
    knowledge: Knowledge,
) -> dict[str, Any]:
    behind = calls_behind(assertion, found)
    calls = {id(call): call for name in behind for call in found[name].calls}
    return {
        **_fixed(ByIdentity(assertion), ByIdentity(knowledge)),
        "verdict": "conditional" if open_leaves else "holds",
        "depends_on": _depends_on(open_leaves, found, knowledge),
        "because": [_leaf(reason, found, knowledge) for reason in leaves],
        "variants": [_call(call) for call in calls.values()],
    }


def _depends_on(
    leaves: tuple[Reason, ...], found: Mapping[str, Biomarker], knowledge: Knowledge
) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for reason in leaves:
        name = reason.leaf.fact
        new = {"fact": name, "tests": [], "question": knowledge.vocabulary[name].question}
        row = rows.setdefault(name, {**new, "because": _why_unknown(name, found)})
        row["tests"].append(_written(reason, knowledge))
    return list(rows.values())


def _written(reason: Reason, knowledge: Knowledge) -> str:
    return write(Not(reason.leaf) if reason.negated else reason.leaf, knowledge.vocabulary)


@lru_cache(maxsize=1024)
def _fixed(key: ByIdentity[Assertion], holder: ByIdentity[Knowledge]) -> dict[str, Any]:
    """What an assertion says whatever the tumor."""
    item, knowledge = key.item, holder.item
    statuses = [line.status for line in item.evidence]
    return {
        "id": item.id,
        "title": item.title,
        "effect": item.effect,
        "therapy": [list(part) for part in item.therapy],
        "setting": item.setting,
        "line": item.line,
        "label": [
            {"jurisdiction": label.jurisdiction, "status": label.status, "date": label.date} for label in item.label
        ],
        "trials": list(item.trials),
        "tier": item.tier,
        "weight": item.weight,
        "text": item.text,
        "when": write(item.when, knowledge.vocabulary),
        "evidence": evidence_rows(item.evidence, knowledge),
        "status": max(statuses, key=STATUSES.index, default="unverified"),
        "reviewed": item.reviewed,
        "review_due": item.review_due,
        "signed_off_by": item.signed_off_by,
    }


def _why_unknown(name: str, found: Mapping[str, Biomarker]) -> str:
    return found[name].because if name in found else "No tumor test states it."


def _leaf(reason: Reason, found: Mapping[str, Biomarker], knowledge: Knowledge) -> dict[str, Any]:
    name = reason.leaf.fact
    item = found.get(name)
    fact = knowledge.vocabulary[name]
    known = item is not None and item.value is not None
    return {
        "fact": name,
        "test": _written(reason, knowledge),
        "text": fact.show(item.value) if item is not None and item.value is not None else "unknown",
        "source": _sources(item) if item is not None and known else None,
        "because": _why_unknown(name, found),
    }


def _brief(assertion: Assertion) -> dict[str, Any]:
    return _brief_of(ByIdentity(assertion))


@lru_cache(maxsize=1024)
def _brief_of(key: ByIdentity[Assertion]) -> dict[str, Any]:
    assertion = key.item
    return {
        "id": assertion.id,
        "title": assertion.title,
        "effect": assertion.effect,
        "therapy": [list(part) for part in assertion.therapy],
    }


def _does_not_apply(
    verdicts: Verdicts, tumor: Tumor, found: Mapping[str, Biomarker], knowledge: Knowledge
) -> list[dict[str, Any]]:
    rows = [
        {**_brief(assertion), "because": excluded_by_tissue(assertion)}
        for assertion, _ in verdicts.true
        if excluded_by_tissue(assertion)
    ]
    for assertion in (*(item.assertion for item in verdicts.unknown), *verdicts.false):
        # Only a benefit can be inherited by mistake; to say that a warning does not apply would read as a benefit.
        because = not_inherited(assertion, tumor, found, knowledge) if assertion.effect == "benefit" else ""
        if because:
            rows.append({**_brief(assertion), "because": because})
    return rows


def _not_tested(verdicts: Verdicts, found: Mapping[str, Biomarker], knowledge: Knowledge) -> list[dict[str, Any]]:
    decides = _decides(ByIdentity(verdicts))
    return [
        {
            "fact": name,
            "title": item.title,
            "state": item.state,
            "question": knowledge.vocabulary[name].question,
            "because": item.because,
            "decides": decides.get(name, []),
        }
        for name, item in found.items()
        if item.value is None
    ]


@lru_cache(maxsize=4096)
def _decides(key: ByIdentity[Verdicts]) -> dict[str, list[dict[str, Any]]]:
    """The statements that each unknown fact would decide."""
    decides: dict[str, list[dict[str, Any]]] = {}
    for waiting in key.item.unknown:
        if not excluded_by_tissue(waiting.assertion):
            for name in waiting.waits_for:
                decides.setdefault(name, []).append(_brief(waiting.assertion))
    return decides


def _discordant(item: Biomarker) -> dict[str, Any]:
    results = [
        {
            "test": row.test.title,
            "value": row.result.value,
            "means": row.means or None,
            "source": str(row.result.source),
        }
        for row in item.reported
    ]
    return {"fact": item.fact, "title": item.title, "results": results, "because": item.because}


def _warnings(tumor: Tumor, found: Mapping[str, Biomarker]) -> list[str]:
    lines = [f"{item.path}: {item.message}" for item in tumor.problems]
    lines += [line for item in found.values() for line in item.warnings]
    return list(dict.fromkeys(lines))

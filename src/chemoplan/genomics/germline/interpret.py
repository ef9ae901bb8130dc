"""One person's inherited genes from observations to facts and statements, as plain data with every reason and source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from chemoplan import __version__
from chemoplan.case.statement import Statement
from chemoplan.criteria.text import write
from chemoplan.criteria.truth import evaluate
from chemoplan.genomics.evidence import evidence_rows
from chemoplan.genomics.germline.called import GeneCall
from chemoplan.genomics.germline.conclude import GeneResult, conclude_germline
from chemoplan.genomics.germline.observed import GermlineSample, TypedResult
from chemoplan.genomics.identity import ByIdentity
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.pharmacogenes import PharmacogeneStatement
from chemoplan.vocabulary import Value


def interpret_germline(sample: GermlineSample, knowledge: Knowledge) -> dict[str, Any]:
    """What the observations of one person mean. Keys are those of docs/reference/json.md, under `germline`."""
    results = conclude_germline(sample, knowledge)
    facts = _values(results, knowledge)
    held = knowledge.germline
    return {
        "chemoplan": __version__,
        "knowledge": {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of},
        "sample": sample.sample,
        "build": sample.build,
        "document": sample.document,
        "panel": sample.panel or None,
        "facts": [_fact(item, knowledge) for item in results.values()],
        "genes": [_gene(item, knowledge) for item in results.values()],
        "statements": [
            _statement(ByIdentity(item), ByIdentity(knowledge))
            for item in held.statements.values()
            if _holds(item, facts, results[item.gene].call)
        ],
        "remarks": [
            {"gene": rules.id, "text": remark.text, "evidence": evidence_rows(remark.evidence, knowledge)}
            for rules in held.gene_rules.values()
            for remark in rules.remarks
        ],
        "not_actionable": [
            {
                "id": item.id,
                "gene": item.gene,
                "text": item.text,
                "evidence": evidence_rows(item.evidence, knowledge),
            }
            for item in held.not_actionable.values()
        ],
        "warnings": list(
            dict.fromkeys(
                [
                    *(problem.message for problem in sample.problems),
                    *(f"{item.call.gene}: {text}" for item in results.values() for text in item.call.warnings),
                ]
            )
        ),
    }


def germline_facts(sample: GermlineSample, knowledge: Knowledge) -> dict[str, Value]:
    """The facts that may be stated, by name; one that may not is left out."""
    return _values(conclude_germline(sample, knowledge), knowledge)


def statements_of_germline(sample: GermlineSample, knowledge: Knowledge) -> tuple[Statement, ...]:
    """The facts as statements of a case, each with its file, place and how it was known."""
    return tuple(
        Statement(item.call.fact, knowledge.vocabulary[item.call.fact].read(item.call.value), item.source)
        for item in conclude_germline(sample, knowledge).values()
        if item.call.value and item.source is not None
    )


def _values(results: Mapping[str, GeneResult], knowledge: Knowledge) -> dict[str, Value]:
    return {
        item.call.fact: knowledge.vocabulary[item.call.fact].read(item.call.value)
        for item in results.values()
        if item.call.value
    }


def _fact(item: GeneResult, knowledge: Knowledge) -> dict[str, Any]:
    call = item.call
    fact = knowledge.vocabulary[call.fact]
    return {
        "name": call.fact,
        "value": _plain(call.fact, call.value, knowledge),
        "unit": fact.unit or None,
        "status": "known" if call.value else "unknown",
        "source": str(item.source) if call.value and item.source else None,
        "from": [f"{row.gene} {row.kind.replace('_', ' ')} {row.value}" for row in item.reported],
        "because": f"{_STATUS[call.status]}{call.because}",
    }


_STATUS = {
    "called": "",
    "called_presumed_trans": "",
    "called_exon_only": "",
    "upper_bound": "At most this. ",
    "reported": "",
    "not_assessed": "Not stated: ",
    "indeterminate": "Not stated: ",
    "range": "Not stated: ",
    "conflict": "Not stated: ",
}


def _plain(fact: str, value: str, knowledge: Knowledge) -> Any:
    return knowledge.vocabulary[fact].plain(knowledge.vocabulary[fact].read(value)) if value else None


def _gene(item: GeneResult, knowledge: Knowledge) -> dict[str, Any]:
    call = item.call
    rules = knowledge.germline.gene_rules[call.gene]
    row: dict[str, Any] = {
        "gene": call.gene,
        "title": rules.title,
        "fact": call.fact,
        "diplotypes": list(call.diplotypes),
    }
    if rules.activity:
        row["activity_score"] = _plain(call.fact, call.value, knowledge)
    row |= {
        "phenotype": call.phenotype or None,
        "best": _plain(call.fact, call.best, knowledge),
        "worst": _plain(call.fact, call.worst, knowledge),
        "status": call.status,
        "because": call.because,
        "variants": _variants(call),
        "assessed": list(call.assessed),
        "not_assessed": [
            {"position": gap.position, "rsid": gap.rsid, "reason": gap.reason, "needed": gap.needed}
            for gap in call.not_assessed
        ],
        "reported": [_reported(row) for row in item.reported],
        "warnings": list(call.warnings),
        "codes": list(call.codes),
        "evidence": evidence_rows(rules.evidence, knowledge),
    }
    return row


def _variants(call: GeneCall) -> list[dict[str, Any]]:
    return [
        {
            "name": found.name,
            "position": found.position,
            "copies": found.copies,
            "function": found.function,
            "activity": found.activity,
            "phased": found.phased,
        }
        for found in call.found
    ]


def _reported(item: TypedResult) -> dict[str, Any]:
    return {"kind": item.kind, "value": item.value, "source": str(item.source)}


def _holds(statement: PharmacogeneStatement, facts: Mapping[str, Value], call: GeneCall) -> bool:
    """True when a statement speaks for this person; what is not known of the strands does not speak against it."""
    if evaluate(statement.when, facts) is not True:
        return False
    reduced = statement.reduced_strands
    if reduced is not None and call.reduced_strands is not None and reduced != call.reduced_strands:
        return False
    carried = call.carried
    return not (statement.both_strands and carried) or all(names & set(statement.both_strands) for names in carried)


@lru_cache(maxsize=1024)
def _statement(key: ByIdentity[PharmacogeneStatement], holder: ByIdentity[Knowledge]) -> dict[str, Any]:
    item, knowledge = key.item, holder.item
    return {
        "id": item.id,
        "body": item.body,
        "gene": item.gene,
        "drugs": list(item.drugs),
        "condition": item.condition,
        "when": write(item.when, knowledge.vocabulary),
        "action": item.action,
        "start_percent": item.start_percent,
        "date": item.date,
        "jurisdiction": item.jurisdiction,
        "strength": item.strength,
        "notes": item.notes,
        "evidence": evidence_rows(item.evidence, knowledge),
    }

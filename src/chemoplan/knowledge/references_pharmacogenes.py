"""Every id that an entry about inherited genes names must exist, and positions, alleles and rules must fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from chemoplan.criteria.tree import facts_of
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.pharmacogenes import GeneAllele, GenePosition, GeneRules, PharmacogeneStatement
from chemoplan.knowledge.reference_problems import evidence_problems, plan_fact_problems, unknown
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.vocabulary import ValueRefused


def check_germline_references(knowledge: Knowledge) -> None:
    """Raise KnowledgeRefused at the first entry about inherited genes that names something that does not exist."""
    for kind, owner, problem in germline_problems(knowledge):
        raise KnowledgeRefused(f"pharmacogenes/{kind}", f"{owner}: {problem}")


def germline_problems(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    """Kind, id and problem of each position, allele, rule or statement that does not fit the others."""
    held = knowledge.germline
    for position in held.positions.values():
        yield from (("positions", position.id, problem) for problem in _position_problems(position, knowledge))
    for allele in held.alleles.values():
        yield from (("alleles", allele.id, problem) for problem in _allele_problems(allele, knowledge))
    for rules in held.gene_rules.values():
        yield from (("rules", rules.id, problem) for problem in _rule_problems(rules, knowledge))
    for statement in held.statements.values():
        yield from (("statements", statement.id, problem) for problem in _statement_problems(statement, knowledge))
    for limits in held.call_limits.values():
        yield from (("limits", limits.id, problem) for problem in evidence_problems(limits.evidence, knowledge))
    for gene in held.not_actionable.values():
        yield from (("not_actionable", gene.id, problem) for problem in evidence_problems(gene.evidence, knowledge))


def _position_problems(position: GenePosition, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(position.evidence, knowledge)
    rules = knowledge.germline.gene_rules.get(position.gene)
    if rules is None:
        yield unknown("gene", position.gene, knowledge.germline.gene_rules)
        return
    if position.chromosome != rules.chromosome:
        yield f"lies on chromosome {position.chromosome}, but {position.gene} on {rules.chromosome}"
    if position.grch37.position - position.grch38.position != rules.build_offset:
        yield f"the builds are not {rules.build_offset} apart, as they are for {position.gene}"
    if set(position.variants) != set(position.grch38.alts):
        yield "`variants` must name each ALT of GRCh38"
    if {position.grch37.ref, *position.grch37.alts} != {position.grch38.ref, *position.grch38.alts}:
        yield "REF and ALT of the two builds are not the same bases"


def _allele_problems(allele: GeneAllele, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(allele.evidence, knowledge)
    held = knowledge.germline
    rules = held.gene_rules.get(allele.gene)
    if rules is None:
        yield unknown("gene", allele.gene, held.gene_rules)
        return
    if rules.activity and allele.activity != rules.activity.get(allele.function):
        yield f"activity {allele.activity} is not that of {allele.function}"
    for variant in allele.variants:
        place, _, alt = variant.partition(">")
        if place not in held.positions:
            yield unknown("position", place, held.positions)
        elif alt not in held.positions[place].variants:
            yield f"{alt!r} is no ALT of {place}"


def _rule_problems(rules: GeneRules, knowledge: Knowledge) -> Iterator[str]:
    held = knowledge.germline
    lines = [*rules.evidence, *(line for remark in rules.remarks for line in remark.evidence)]
    lines += [line for limit in rules.uracil for line in limit.evidence]
    yield from evidence_problems(tuple(lines), knowledge)
    if rules.fact not in knowledge.vocabulary:
        yield unknown("fact", rules.fact, knowledge.vocabulary)
        return
    for value in (*rules.phenotypes, *rules.decreased_strands.values(), rules.normal):
        try:
            knowledge.vocabulary[rules.fact].read(value)
        except ValueRefused as refused:
            yield str(refused)
    for name in rules.name_first:
        if name not in held.alleles:
            yield unknown("allele", name, held.alleles)
    for tag in rules.tags:
        for place in (tag.causal, tag.tag):
            if place not in held.positions:
                yield unknown("position", place, held.positions)
        for message in (tag.read_from_tag, tag.mismatch):
            if message not in rules.messages:
                yield unknown("message", message, rules.messages)
    variants = {name for item in held.positions.values() if item.gene == rules.id for name in item.variants.values()}
    named = [name for rule in rules.strand for name in rule.any_of]
    named += [name for row in rules.together for name in (row.variant, *row.companions)]
    yield from (unknown("variant", name, variants) for name in named if name not in variants)
    if not rules.activity and (not rules.strand or rules.strand[-1].any_of):
        yield "neither activity values nor a last strand rule that holds for every other strand"


def _statement_problems(statement: PharmacogeneStatement, knowledge: Knowledge) -> Iterator[str]:
    yield from evidence_problems(statement.evidence, knowledge)
    yield from plan_fact_problems(facts_of(statement.when), knowledge)
    rules = knowledge.germline.gene_rules.get(statement.gene)
    if rules is None:
        yield unknown("gene", statement.gene, knowledge.germline.gene_rules)
    elif set(facts_of(statement.when)) - {rules.fact}:
        yield f"`when` may read {rules.fact} alone"

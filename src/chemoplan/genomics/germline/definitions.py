"""The definitions of one gene, laid out for calling: positions in order, alleles by their variants, ranks for naming."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from chemoplan.genomics.identity import ByIdentity
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.pharmacogenes import GeneAllele, GenePosition, GeneRules, Tag


@dataclass(frozen=True, eq=False)
class Definition:
    """One gene: its rules, its positions along the chromosome, its alleles in the order of the data."""

    rules: GeneRules
    positions: tuple[GenePosition, ...]
    alleles: tuple[GeneAllele, ...]

    @cached_property
    def by_id(self) -> Mapping[str, GenePosition]:
        """Positions by id."""
        return {item.id: item for item in self.positions}

    @cached_property
    def needed(self) -> frozenset[str]:
        """Positions that a normal result needs."""
        return frozenset(item.id for item in self.positions if item.needed)

    @cached_property
    def reference(self) -> GeneAllele:
        """The allele without variants."""
        return next(item for item in self.alleles if not item.variants)

    @cached_property
    def by_variants(self) -> Mapping[frozenset[str], GeneAllele]:
        """Alleles by the set of their variants (position>base)."""
        return {frozenset(item.variants): item for item in self.alleles}

    @cached_property
    def by_name(self) -> Mapping[str, GeneAllele]:
        """Alleles by name."""
        return {item.name: item for item in self.alleles}

    @cached_property
    def ranked(self) -> tuple[GeneAllele, ...]:
        """Alleles with activity values, in the order in which a strand is named: lowest activity, then those to name first."""
        first = {name: at for at, name in enumerate(self.rules.name_first)}
        order = {item.id: at for at, item in enumerate(self.alleles)}
        return tuple(
            sorted(
                (item for item in self.alleles if item.activity is not None),
                key=lambda item: (
                    item.activity,
                    first.get(item.id, len(first)),
                    not item.variants,
                    -len(item.variants),
                    order[item.id],
                ),
            )
        )

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """The place of each allele in that order, by id."""
        return {item.id: at for at, item in enumerate(self.ranked)}

    @cached_property
    def lowest(self) -> Mapping[str, GeneAllele]:
        """For each position, the allele of lowest activity that its variants alone can make."""
        found: dict[str, GeneAllele] = {}
        for item in reversed(self.ranked):
            if len({variant.partition(">")[0] for variant in item.variants}) == 1:
                found[item.variants[0].partition(">")[0]] = item
        return found

    @cached_property
    def tags(self) -> Mapping[str, Tag]:
        """Tags by the causal position that they mark."""
        return {tag.causal: tag for tag in self.rules.tags}

    @cached_property
    def marking(self) -> frozenset[str]:
        """Positions that only mark another one."""
        return frozenset(tag.tag for tag in self.rules.tags)

    def single(self, position: str, base: str) -> GeneAllele | None:
        """The allele of one variant alone."""
        return self.by_variants.get(frozenset((f"{position}>{base}",)))

    def variant_name(self, variant: str) -> str:
        """The name of a variant given as position>base."""
        position, _, base = variant.partition(">")
        return self.by_id[position].variants.get(base, variant)

    def needed_by(self, panel: frozenset[str]) -> frozenset[str]:
        """Positions that a normal result needs: all, or those of a declared panel (with a tag where only that is in it)."""
        held = self.needed & panel
        held |= {tag.tag for tag in self.rules.tags if tag.tag in panel and tag.causal not in panel}
        return held or self.needed


@lru_cache(maxsize=4)
def _definitions(holder: ByIdentity[Knowledge]) -> Mapping[str, Definition]:
    held = holder.item.germline
    return {
        rules.id: Definition(
            rules,
            tuple(
                sorted(
                    (item for item in held.positions.values() if item.gene == rules.id),
                    key=lambda item: item.grch38.position,
                )
            ),
            tuple(item for item in held.alleles.values() if item.gene == rules.id),
        )
        for rules in held.gene_rules.values()
    }


def definitions_of(knowledge: Knowledge) -> Mapping[str, Definition]:
    """The definitions of every gene that has rules, by its symbol."""
    return _definitions(ByIdentity(knowledge))

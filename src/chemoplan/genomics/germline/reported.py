"""What a stated laboratory result means for a gene: the values of its fact that it allows, and how far it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from chemoplan.genomics.germline.definitions import Definition
from chemoplan.genomics.germline.observed import TypedResult
from chemoplan.knowledge.pharmacogenes import GeneAllele

_METHODS = {
    "diplotype": "reported diplotype",
    "activity_score": "reported activity score",
    "phenotype": "reported phenotype",
    "uracil": "reported uracil",
}


@dataclass(frozen=True)
class Meaning:
    """`span` holds the values that the result allows; it is empty when the result states nothing."""

    result: TypedResult
    span: frozenset[str]
    because: str
    notes: tuple[str, ...] = ()
    phenotype: str = ""
    diplotype: str = ""
    carried: tuple[frozenset[str], ...] = ()
    reduced_strands: int | None = None

    @property
    def method(self) -> str:
        """How the value was known."""
        return _METHODS[self.result.kind]


def meaning_of(result: TypedResult, definition: Definition) -> Meaning:
    """The meaning of a stated result. A diplotype follows the rules of the gene; a phenotype may leave several values open."""
    match result.kind:
        case "diplotype":
            return _diplotype(result, definition)
        case "phenotype":
            return _phenotype(result, definition)
        case "activity_score":
            return _score(result, definition)
        case _:
            return _uracil(result, definition)


def _score(result: TypedResult, definition: Definition) -> Meaning:
    try:
        value = f"{float(result.value):g}"
    except ValueError:
        value = ""
    if value not in definition.rules.phenotypes or not definition.rules.activity:
        return _not_understood(result, definition)
    return Meaning(result, frozenset((value,)), f"activity score {value} as reported ({result.source})")


def _phenotype(result: TypedResult, definition: Definition) -> Meaning:
    word = (result.value.lower().split() or [""])[0]
    span = frozenset(value for value, name in definition.rules.phenotypes.items() if name == word)
    if not span:
        return _not_understood(result, definition)
    notes: tuple[str, ...] = ()
    if len(span) > 1:
        values = " or ".join(value for value in definition.rules.phenotypes if value in span)
        notes = (
            f"A reported {word} metabolizer of {definition.rules.id} has a score of {values}: ask for the diplotype.",
        )
    return Meaning(result, span, f"{word} metabolizer as reported ({result.source})", notes, phenotype=word)


def _uracil(result: TypedResult, definition: Definition) -> Meaning:
    limits = definition.rules.uracil
    try:
        amount = float(result.value)
    except ValueError:
        return _not_understood(result, definition)
    text = f"Plasma uracil {amount:g} ng/mL as reported ({result.source})"
    says = next((row.says for row in limits if amount >= row.at_least), "no limit is held for it")
    note = f"{text}: {says}. No activity score follows from it."
    return Meaning(result, frozenset(), text, (note,))


def _not_understood(result: TypedResult, definition: Definition) -> Meaning:
    expected = ", ".join(definition.rules.phenotypes)
    kind = result.kind.replace("_", " ")
    note = (
        f"{definition.rules.id} {kind} {result.value!r} ({result.source}) is not understood; expected one of {expected}"
    )
    return Meaning(result, frozenset(), note, (note,))


def _diplotype(result: TypedResult, definition: Definition) -> Meaning:
    pair = [_allele(part, definition) for part in result.value.split("/")]
    if len(pair) != 2 or None in pair:
        note = (
            f"{definition.rules.id} diplotype {result.value!r} ({result.source}) is not understood; "
            "expected two listed alleles, such as " + "/".join(item.name for item in definition.alleles[:2])
        )
        return Meaning(result, frozenset(), note, (note,))
    alleles = [item for item in pair if item is not None]
    names = "/".join(item.name for item in alleles)
    text = f"{names} as reported ({result.source})"
    carried = tuple(frozenset(map(definition.variant_name, item.variants)) for item in alleles)
    rules = definition.rules
    if rules.activity:
        score = sum(item.activity or 0.0 for item in alleles)
        lowered = sum(item.function in ("decreased", "no_function") for item in alleles)
        return Meaning(
            result, frozenset((f"{score:g}",)), text, diplotype=names, carried=carried, reduced_strands=lowered
        )
    ends = [{"decreased": (1,), "unknown": (0, 1)}.get(item.function, (0,)) for item in alleles]
    counts = {sum(row) for row in product(*ends)}
    span = frozenset(rules.decreased_strands[str(count)] for count in counts)
    notes = (
        ()
        if len(span) == 1
        else (f"{rules.id} {names}: an allele of unknown function leaves several phenotypes open.",)
    )
    reduced = next(iter(counts)) if len(counts) == 1 else None
    return Meaning(result, span, text, notes, diplotype=names, carried=carried, reduced_strands=reduced)


def _allele(written: str, definition: Definition) -> GeneAllele | None:
    name = written.strip()
    if name in definition.by_name:
        return definition.by_name[name]
    common = next((item for item in definition.alleles if name and name == item.common_name), None)
    return common or (definition.reference if name == "*1" else None)

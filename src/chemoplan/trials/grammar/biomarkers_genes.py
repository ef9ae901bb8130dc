"""Reads lists of genes that share one word ("KRAS, NRAS and/or BRAF mutations") and limits of PD-L1 and mutational burden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chemoplan.trials.expression import All, Any, Expression, Test

_GENE = (
    r"(?:[knh]ras|ras|braf|c-?raf|raf1|raf|brca ?1/2|brca ?[12]|brca|mek ?1/2|mek[12]|map2k1|egfr|pik3ca|fgfr[1-4]|idh[12]|tp53|pten|apc"
    r"|atm|palb2|nf1|stk11|keap1|smad4|cdkn2a)"
)
_ONE = rf"(?P<gene>{_GENE})(?: \((?:{_GENE})\))?(?: gene)?(?P<without> non-?(?P<allele>g\d{{2}}[a-z]))?"
_ANY_ONE = re.sub(r"\?P<\w+>", "?:", _ONE)
_JOIN = r"(?:\s*,\s*(?:and/or |or |and )?|\s*/\s*| and/or | or | and )"
_LIST = re.compile(
    rf"\b(?P<list>{_ANY_ONE}(?:{_JOIN}{_ANY_ONE})*)[ -](?:(?:gene|activating|somatic|germline|pathogenic) )*"
    r"(?P<what>mutations? or (?:gene )?alterations?|mutations?\b(?! status| included)|mutated\b|mutant\b|wild[- ]?types?\b|wt\b)"
)
_VARIANT = re.compile(
    r"\b(?P<gene>tp53|idh[12]|akt1|pik3ca)(?: gene)?[ -](?:p\.)?(?P<variant>[acdefghiklmnpqrstvwy]\d{2,4}[acdefghiklmnpqrstvwy])\b"
    r"(?:[ -](?:variants?|mutations?|mutated|mutant|positive)\b)*"
)
_DEFICIENT = re.compile(
    r"\b(?P<first>brca[12])(?: (?:or|and/or) (?P<second>brca[12])|/(?P<third>[12]))?[ -]deficien(?:t|cy)\b"
)
_ITEM = re.compile(_ONE)
_SEVERAL = {"brca1/2": ("brca1", "brca2"), "mek1/2": ("mek1", "mek2")}
_NAMES = {"craf": "raf1", "c-raf": "raf1", "map2k1": "mek1"}
_PDL1 = re.compile(
    r"\bpd-?l1\b(?P<words>(?:[ (]+(?:expression|status|tumou?r|positive|proportion|combined|score|level|tps|cps|of|by|ihc|and|is|has|with"
    r"|a)\b\)?)*)[ )]*(?P<sign>>=|>|<=|<)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%)?(?:\s*(?:and|to)\s*<=\s*(?P<most>\d+)\s*%)?"
)
_BURDEN = re.compile(
    r"\b(?:tmb|tumou?r mutation(?:al)? burden)\b(?:[ (]*(?:tmb|of|is|score)\)?)*\s*(?P<sign>>=|>|<=|<)\s*(?P<number>\d+)"
    r"\s*(?:mut(?:ation)?s?|muts?)?\s*(?:/|per)\s*(?:mb|megabase)"
)


@dataclass(frozen=True, slots=True)
class FoundMarker:
    """A marker and where it stands in the plain text."""

    start: int
    end: int
    expression: Expression


def gene_lists(text: str) -> Iterator[FoundMarker]:
    """Genes with what is said of all of them: any of them mutated, each of them wild type."""
    for match in _LIST.finditer(text):
        wild = match["what"].startswith(("wild", "wt"))
        joins = " ".join(re.findall(_JOIN, _ITEM.sub("#", match["list"])))
        either = re.search(r"\bor\b|/", joins) or ("," in joins and " and " not in f" {joins} ")
        items: list[Expression] = []
        for item in _ITEM.finditer(match["list"]):
            name = item["gene"].replace(" ", "")
            for gene in _SEVERAL.get(name, (_NAMES.get(name, name),)):
                test = Test(gene, "==", "wild_type" if wild else "mutated")
                allele = Test(f"{gene}_{item['allele']}", "==", "not_detected")
                items.append(All((test, allele)) if item["without"] else test)
        items = list({str(item): item for item in items}.values())
        if items == [Test("kras", "==", "mutated")] and match["what"].startswith("mutation"):
            yield FoundMarker(match.start(), match.end(), Test("kras_mutation", "==", "detected"))
        elif len(items) == 1:
            yield FoundMarker(match.start(), match.end(), items[0])
        elif wild and "or" not in joins:
            yield FoundMarker(match.start(), match.end(), All(tuple(_whole_ras(items))))
        elif not wild and (either or not joins):
            yield FoundMarker(match.start(), match.end(), Any(tuple(items)))


def variants(text: str) -> Iterator[FoundMarker]:
    """One variant of a gene ("TP53 Y220C mutation"), and genes said to be deficient."""
    for match in _VARIANT.finditer(text):
        yield FoundMarker(match.start(), match.end(), Test(f"{match['gene']}_{match['variant']}", "==", "detected"))
    for match in _DEFICIENT.finditer(text):
        second = match["second"] or (f"brca{match['third']}" if match["third"] else match["first"])
        items = [Test(name, "==", "deficient") for name in dict.fromkeys((match["first"], second))]
        yield FoundMarker(match.start(), match.end(), items[0] if len(items) == 1 else Any(tuple(items)))


def _whole_ras(items: list[Expression]) -> list[Expression]:
    """KRAS and NRAS wild type is what RAS wild type means."""
    names = [item.attribute for item in items if isinstance(item, Test)]
    if "kras" not in names or "nras" not in names:
        return items
    rest = [item for item in items if not (isinstance(item, Test) and item.attribute in ("kras", "nras", "ras"))]
    return [Test("ras", "==", "wild_type"), *rest]


def limits(text: str) -> Iterator[FoundMarker]:
    """Limits of PD-L1 (in percent, or as combined positive score without unit) and of the mutational burden (1/Mb)."""
    for match in _PDL1.finditer(text):
        combined = "cps" in match["words"] or "combined" in match["words"]
        proportion = "tps" in match["words"] or "proportion" in match["words"]
        name = "pdl1_cps" if combined else "pdl1_tps" if proportion else "pdl1"
        if combined or match["unit"]:
            low, unit = float(match["number"]), "" if combined else "%"
            test = Test(name, match["sign"], low, unit)
            if match["most"]:
                test = Test(name, "between", (low, float(match["most"])), unit)
            yield FoundMarker(match.start(), match.end(), test)
    for match in _BURDEN.finditer(text):
        yield FoundMarker(match.start(), match.end(), Test("tmb", match["sign"], float(match["number"]), "1/Mb"))

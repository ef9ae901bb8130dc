"""Structural variants of a study: the table of two sites, and the older table of fusions by gene."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import Fusion
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import symbol_of
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.intake.sheet import Sheet, Tally, read_sheet
from chemoplan.intake.study.clinical import is_empty

_SITES = "a table with Sample_Id, Site1_Hugo_Symbol and Site2_Hugo_Symbol"
_BY_GENE = "a table with Hugo_Symbol, Tumor_Sample_Barcode and Fusion"
_GENE = re.compile(r"[A-Z][A-Za-z0-9]*(?:-[A-Z0-9]+)?")
_WITHIN = "both ends lie in one gene: a rearrangement within it, no fusion with another"


@dataclass
class FusionCalls:
    """Fusions by sample, and how many rows were read."""

    document: str = ""
    by_sample: dict[str, list[Fusion]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_structural_variants(path: Path, genes: frozenset[str]) -> FusionCalls:
    """The table of two sites; rows that touch none of `genes` are left out (none named: all kept). Raises InputRefused."""
    sheet = read_sheet(path, _SITES, may_be_empty=True)
    place = _places(sheet, "sv_columns")
    if "sample" not in place or not {"first", "second"} & set(place):
        raise InputRefused(f"{sheet.at(sheet.header_line)}: no column for the sample or the sites; expected {_SITES}")
    calls, tally = FusionCalls(sheet.document), Tally()
    for line, cells in sheet.rows():
        said = {name: one_line(cells[at]) for name, at in place.items() if not is_empty(cells[at])}
        if "sample" not in said:
            tally.add("row(s) name no sample and were left out", sheet.at(line))
            continue
        of_sample = calls.by_sample.setdefault(said["sample"], [])
        sites = [symbol_of(said[name]) for name in ("first", "second") if name in said]
        if not sites:
            tally.add("row(s) name no gene and were left out", sheet.at(line))
            continue
        if not _touches(sites, genes):
            continue
        doubts = [_WITHIN] if len(sites) == 2 and sites[0] == sites[1] else []
        fusion = Fusion(
            genes=tuple(_spelled(gene, genes) for gene in dict.fromkeys(sites)),
            source=Source(sheet.document, f"line {line}"),
            in_frame=_in_frame(said.get("frame", ""), said.get("event", ""), said.get("annotation", "")),
            reads=_reads(said),
            text=said.get("event") or said.get("annotation") or said.get("class") or "-".join(sites),
            doubt="; ".join([*_germline(said), *doubts]),
        )
        _keep(fusion, of_sample, sheet, line, tally)
    calls.problems = (*sheet.problems, *tally.problems())
    return calls


def read_fusions_by_gene(path: Path, genes: frozenset[str]) -> FusionCalls:
    """The older table, in which a fusion stands once for each of its genes. Raises InputRefused."""
    sheet = read_sheet(path, _BY_GENE, may_be_empty=True)
    place = _places(sheet, "fusion_columns")
    if not {"sample", "gene", "text"} <= set(place):
        raise InputRefused(f"{sheet.at(sheet.header_line)}: a needed column is missing; expected {_BY_GENE}")
    tally = Tally()
    events: dict[tuple[str, str], tuple[int, list[str], dict[str, str]]] = {}
    calls = FusionCalls(sheet.document)
    for line, cells in sheet.rows():
        said = {name: one_line(cells[at]) for name, at in place.items() if not is_empty(cells[at])}
        if not {"sample", "gene"} <= set(said):
            tally.add("row(s) name no sample or no gene and were left out", sheet.at(line))
            continue
        calls.by_sample.setdefault(said["sample"], [])
        event = (said["sample"], said.get("text", said["gene"]))
        _, named, _ = events.setdefault(event, (line, [], said))
        if said["gene"] not in named:
            named.append(said["gene"])
    for (sample, text), (line, named, said) in events.items():
        partners = list(dict.fromkeys(symbol_of(gene) for gene in _partners(text, named)))
        if not _touches(partners, genes):
            continue
        doubts = [_WITHIN] if "intragenic" in text.lower() else []
        fusion = Fusion(
            genes=tuple(_spelled(gene, genes) for gene in partners),
            source=Source(sheet.document, f"line {line}"),
            in_frame=_in_frame(said.get("frame", "")),
            text=text,
            doubt="; ".join([*_germline(said), *doubts]),
        )
        calls.by_sample[sample].append(fusion)
    calls.problems = (*sheet.problems, *tally.problems())
    return calls


def _places(sheet: Sheet, names: str) -> dict[str, int]:
    columns = table("cbioportal")[names]
    return {name: place for name, written in columns.items() if (place := sheet.column(*written)) is not None}


def _touches(sites: list[str], genes: frozenset[str]) -> bool:
    return not genes or bool({site.upper() for site in sites} & {gene.upper() for gene in genes})


def _spelled(site: str, genes: frozenset[str]) -> str:
    return next((gene for gene in genes if gene.upper() == site.upper()), site)


def _partners(text: str, named: list[str]) -> list[str]:
    """The genes in the order of the text; a partner that has no row of its own is taken from the text."""
    rest = text
    for gene in sorted(named, key=len, reverse=True):
        rest = re.sub(rf"(?<![A-Za-z0-9]){re.escape(gene)}(?![A-Za-z0-9])", " ", rest)
    others = []
    if len(named) == 1 and "intragenic" not in text.lower():
        found = re.fullmatch(
            r"\s*(?:--|::|-|/|_)?\s*([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)?)?\s*(?:--|::|-|/|_)?\s*(?:fusion.*)?", rest
        )
        others = [found[1]] if found and found[1] else []
    return sorted([*named, *others], key=lambda gene: text.find(gene) if gene in text else len(text))


def _in_frame(*texts: str) -> bool | None:
    """What the first text that speaks of the reading frame says."""
    words = table("cbioportal")["in_frame"]
    for text in texts:
        lower = text.lower()
        if any(word in lower for word in words["no"]):
            return False
        if any(word in lower for word in words["yes"]):
            return True
    return None


def _germline(said: dict[str, str]) -> list[str]:
    status = said.get("status", "")
    return (
        [f"the status is {shown(status)}: no somatic event"]
        if status.lower() in table("cbioportal")["germline"]
        else []
    )


def _reads(said: dict[str, str]) -> int | None:
    counts = [
        int(text)
        for name in ("split_reads", "pair_reads")
        if (text := said.get(name, "")).isdecimal() and len(text) < 10
    ]
    return sum(counts) if counts else None


def _keep(fusion: Fusion, of_sample: list[Fusion], sheet: Sheet, line: int, tally: Tally) -> None:
    if any((known.genes, known.text, known.reads) == (fusion.genes, fusion.text, fusion.reads) for known in of_sample):
        tally.add("row(s) repeat an event of the same sample and were counted once", sheet.at(line))
    else:
        of_sample.append(fusion)

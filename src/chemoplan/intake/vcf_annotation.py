"""What an annotator (VEP, SnpEff) says of one allele: which transcripts, and which of them to believe."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.genomics.protein import ProteinChange, parse_protein
from chemoplan.genomics.tumor import Effect
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.vcf_header import Annotation

OUTSIDE = "outside"
_SEVERITY = ("altering", "uncertain", "silent", "noncoding", OUTSIDE)


@dataclass(frozen=True, slots=True)
class Consequence:
    """One transcript's view of one allele. `rank` is 0 for the transcript that the annotator marks as the one to prefer."""

    gene: str
    terms: str
    effect: str
    transcript: str
    coding: str
    protein: str
    change: ProteinChange | None
    rank: int


@lru_cache(maxsize=4096)
def effect_of(terms: str) -> str:
    """The weightiest of the effects of terms joined by "&": an Effect, or "outside" for the surroundings of a gene."""
    effects = table("vcf")["effects"]
    found = {next((name for name in effects if term in effects[name]), "uncertain") for term in terms.split("&")}
    return next(name for name in _SEVERITY if name in found)


Rows = list[list[str]]
"""The annotation of one record: a row a transcript and allele, a cell a column."""


class Reader:
    """Reads the annotation field of the records of one file."""

    def __init__(self, annotation: Annotation) -> None:
        rules = table("vcf")["annotations"][annotation.form]
        columns = {name: place for place, name in enumerate(annotation.columns)}
        self.field = annotation.field
        self._places = {key: columns.get(rules[key], -1) for key in rules if key != "marks"}
        self._gene, self._terms = self._places["gene"], self._places["terms"]
        self._needed = max(self._gene, self._terms) + 1
        self._preferred = [(columns[name], mark) for name, mark in table("vcf")["preferred"] if name in columns]

    def outline(self, entries: Sequence[str]) -> tuple[set[str], bool]:
        """The genes that the annotation of a record names, and whether any transcript says that a protein is altered."""
        genes: set[str] = set()
        alters = False
        for entry in entries:
            cells = entry.split("|", self._needed)
            if len(cells) >= self._needed:
                genes.add(cells[self._gene])
                alters = alters or effect_of(cells[self._terms]) == "altering"
        return genes, alters

    def rows(self, entries: Sequence[str]) -> Rows:
        """The entries of a record, split into their columns."""
        return [entry.split("|") for entry in entries]

    def altering(self, rows: Rows, ref: str, alts: tuple[str, ...], number: int) -> bool:
        """True when the preferred transcript of any gene says that an allele alters the protein."""
        best: dict[str, tuple[int, str]] = {}
        for cells in self._of_allele(rows, ref, alts, number):
            gene, rank = self._cell(cells, "gene"), self._rank(cells)
            if gene not in best or rank < best[gene][0]:
                best[gene] = (rank, effect_of(self._cell(cells, "terms")))
        return any(effect == "altering" for _, effect in best.values())

    def consequences(
        self, rows: Rows, ref: str, alts: tuple[str, ...], number: int, genes: Collection[str]
    ) -> tuple[Consequence, ...]:
        """What the transcripts of the genes asked for say of an allele, the preferred ones first."""
        found = [
            self._consequence(cells)
            for cells in self._of_allele(rows, ref, alts, number)
            if self._cell(cells, "gene") in genes
        ]
        return tuple(sorted((item for item in found if item.effect != OUTSIDE), key=lambda item: item.rank))

    def _of_allele(self, rows: Rows, ref: str, alts: tuple[str, ...], number: int) -> Rows:
        if len(alts) == 1:
            return rows
        if self._places["number"] >= 0:
            return [cells for cells in rows if self._cell(cells, "number") == str(number)]
        names = {alts[number - 1], _trimmed(ref, alts, number)}
        named = ((cells, self._cell(cells, "allele")) for cells in rows)
        return [cells for cells, name in named if name in names or name.split("-")[0] in names - {""}]

    def _cell(self, cells: list[str], key: str) -> str:
        place = self._places[key]
        return cells[place] if 0 <= place < len(cells) else ""

    def _rank(self, cells: list[str]) -> int:
        coding = self._cell(cells, "biotype") in ("", "protein_coding", "Coding")
        marked = next(
            (
                place
                for place, (column, mark) in enumerate(self._preferred)
                if column < len(cells) and cells[column] and mark in ("+", cells[column])
            ),
            len(self._preferred),
        )
        return marked if coding else marked + 100

    def _consequence(self, cells: list[str]) -> Consequence:
        terms = self._cell(cells, "terms")
        effect = effect_of(terms)
        coding = self._cell(cells, "coding").rpartition(":")[2]
        protein = self._cell(cells, "protein").rpartition(":")[2].replace("%3D", "=")
        if not protein and effect in ("altering", "silent"):
            protein = _from_residues(self._cell(cells, "position"), self._cell(cells, "residues"), terms)
        if not protein and any(term in terms for term in table("vcf")["splice"]):
            protein = _splice(coding)
        change = parse_protein(protein) if protein else None
        return Consequence(
            self._cell(cells, "gene"),
            terms,
            effect,
            self._cell(cells, "transcript"),
            coding,
            protein,
            change,
            self._rank(cells),
        )


def effect(consequence: Consequence) -> Effect:
    """The effect as a variant carries it."""
    known: dict[str, Effect] = {"altering": "altering", "silent": "silent", "noncoding": "noncoding"}
    return known.get(consequence.effect, "uncertain")


def _trimmed(ref: str, alts: tuple[str, ...], number: int) -> str:
    """An allele as VEP names it: without the first base when every allele of another length shares it."""
    plain = [alt for alt in alts if alt[:1] not in "<*"]
    if all(len(alt) == len(ref) for alt in plain) or any(alt[:1] != ref[:1] for alt in plain):
        return alts[number - 1]
    return alts[number - 1][1:] or "-"


def _from_residues(position: str, residues: str, terms: str) -> str:
    """A change from "12" and "G/C", where the annotator was not asked for HGVS notation."""
    span = re.fullmatch(r"(\d+)(?:-(\d+))?(?:/\d+)?", position)
    before, _, after = residues.partition("/")
    if span is None or not before:
        return ""
    first, last = span.group(1), span.group(2) or span.group(1)
    if "frameshift_variant" in terms:
        return f"p.{before[0]}{first}fs" if before[0] != "-" else ""
    if not after:
        return f"p.{before}{first}=" if len(before) == 1 else ""
    if first == last and len(before) == 1 and len(after) == 1 and "-" not in (before, after):
        return f"p.{before}{first}{after}"
    if "-" in before or not (before.isalpha() and int(last) - int(first) + 1 == len(before)):
        return ""
    span_text = f"{before[0]}{first}" if first == last else f"{before[0]}{first}_{before[-1]}{last}"
    return f"p.{span_text}del" if after == "-" else f"p.{span_text}delins{after}"


def _splice(coding: str) -> str:
    """The codon beside a changed splice site, as other formats write it: c.790-1G>A is X264_splice."""
    match = re.match(r"c\.(\d+)[-+_]", coding)
    return f"p.X{(int(match.group(1)) + 2) // 3}_splice" if match else ""

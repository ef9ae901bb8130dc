"""One row of a MAF to one variant: which change it names, whether its notations agree, how often it was read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from chemoplan.case.statement import Source
from chemoplan.genomics.protein import ProteinChange, parse_protein
from chemoplan.genomics.tumor import Build, Effect, Locus, Variant
from chemoplan.intake.builds import chromosome
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import one_line, shown
from chemoplan.intake.sheet import Tally

_GENOMIC = re.compile(r"(?P<on>[^:\s]+):g\.(?P<start>\d{1,10})(?:_(?P<end>\d{1,10}))?(?P<what>[A-Za-z>]+)")
_BASES = re.compile(r"[ACGTN]+|-")
_CODING = re.compile(r"c\.(\d{1,7})[ACGT]>[ACGT]")
_COUNT = re.compile(r"(\d{1,9})(?:\.0*)?")


@lru_cache(maxsize=1)
def effects() -> dict[str, Effect]:
    """The effect of every known Variant_Classification, in lower case."""
    return {name.lower(): effect for effect, names in table("maf")["effects"].items() for name in names}


def effect_of(change: ProteinChange | None) -> Effect:
    """What a protein change means for the protein where no class says it."""
    effect: Effect = table("maf")["kinds"][change.kind] if change else "uncertain"
    return effect


@lru_cache(maxsize=1)
def empty_cells() -> frozenset[str]:
    """What cells that say nothing hold, in lower case."""
    return frozenset(table("maf")["empty"])


def is_empty(cell: str) -> bool:
    """True for a cell that says nothing."""
    return not cell or cell.lower() in empty_cells()


def clean(cell: str) -> str:
    """A cell without blanks around it and without anything a terminal would act on."""
    return cell.strip() if cell.isprintable() else one_line(cell)


@dataclass
class CallReader:
    """Reads the rows of one file. Every distinct protein text is parsed once."""

    document: str
    build: Build | None
    tally: Tally
    parsed: dict[str, ProteinChange | None] = field(default_factory=dict)

    def parse(self, text: str) -> ProteinChange | None:
        """The change that a protein text names."""
        if text not in self.parsed:
            self.parsed[text] = parse_protein(text)
        return self.parsed[text]

    def variant(self, row: Mapping[str, str | None], gene: str, line: int, status: str) -> Variant:
        """The variant of a row. `status` says why the call is no somatic one, or is empty."""
        said = {name: text for name, cell in row.items() if cell and not is_empty(text := clean(cell))}
        place = f"{self.document}, line {line}"
        locus = self._locus(said, alleles(row.get("ref"), row.get("first_allele"), row.get("second_allele")), place)
        change, doubts = self._change(said, gene, locus)
        classification = said.get("classification", "")
        effect = effects().get(classification.lower(), "uncertain") if classification else effect_of(change)
        if classification and change and _excludes(classification, effect, effect_of(change)):
            doubts.append(f"{classification} and {_text(said) or f'{gene} {change}'} contradict each other")
            effect = "uncertain"
        written = said.get("protein") or said.get("protein_long")
        if written and change is None:
            self.tally.add(f"call(s) in {gene} name no protein change that could be read: {shown(written)}", place)
        if doubts:
            self.tally.add(f"call(s) in {gene} are in doubt: {'; '.join(doubts)}", place)
        return Variant(
            gene=gene,
            change=None if doubts else change,  # notations that contradict each other name no change
            effect=effect,
            source=Source(self.document, f"line {line}"),
            text=_text(said) or (f"{locus.chromosome}:{locus.position} {locus.ref}>{locus.alt}" if locus else ""),
            classification=classification,
            coding=said.get("coding", ""),
            locus=locus,
            depth=_depth(said),
            alt_count=_count(said.get("alt_count")),
            filter=said.get("filter", ""),
            doubt="; ".join([*([status] if status else []), *doubts]),
        )

    def _change(
        self, said: Mapping[str, str], gene: str, locus: Locus | None
    ) -> tuple[ProteinChange | None, list[str]]:
        """The change by the first notation that names one, and where the other notations contradict it."""
        from chemoplan.genomics import loci

        doubts: list[str] = []
        written = [(text, self.parse(text)) for name in ("protein", "protein_long") if (text := said.get(name))]
        named = [(text, change) for text, change in written if change is not None]
        if len(named) == 2 and contradict(named[0][1], named[1][1]):
            doubts.append(f"{named[0][0]} and {named[1][0]} contradict each other")
        coding = said.get("coding", "")
        if named:
            text, change = named[0]
            by_coding = loci.protein_of_coding(gene, coding) if coding else None
            if _other_codon(coding, change) or (by_coding and contradict(change, by_coding)):
                doubts.append(f"{text} and {coding} contradict each other")
            reason = loci.disagreement(gene, change, locus)
            return change, [*doubts, reason] if reason else doubts
        by_coding = loci.protein_of_coding(gene, coding) if coding else None
        by_place = None
        if locus and locus.build:
            found = loci.protein_of(locus.build, locus.chromosome, locus.position, locus.ref, locus.alt)
            by_place = found[1] if found and found[0] == gene else None
        if by_coding and by_place and contradict(by_coding, by_place):
            doubts.append(f"{coding} and the place on the genome contradict each other")
        return by_coding or by_place, doubts

    def _locus(self, said: Mapping[str, str], bases: tuple[str, str], place: str) -> Locus | None:
        on, position = said.get("chromosome"), _count(said.get("position"))
        ref, alt = bases
        if on and position and ref:
            return Locus(self.build, chromosome(on) or on, position, ref, alt)
        if said.get("genomic"):
            locus = locus_of_text(said["genomic"], self.build)
            if locus is None and "protein" not in said:
                self.tally.add("call(s) name a place on the genome that could not be read", place)
            return locus
        if on and said.get("position") and not position:
            self.tally.add("call(s) have a Start_Position that is no whole number", place)
        return None


def alleles(ref: str | None, first: str | None, second: str | None) -> tuple[str, str]:
    """Reference and changed allele of a MAF row, "-" when empty; ("", "") when the row names no change."""
    ref, first, second = (text.strip().upper() if text else "" for text in (ref, first, second))
    alt = next((allele for allele in (second, first) if allele and allele != ref), "")
    return (ref, alt) if _BASES.fullmatch(ref) and _BASES.fullmatch(alt) else ("", "")


def locus_of_text(text: str, build: Build | None) -> Locus | None:
    """The place that a genomic notation such as 12:g.25398285C>A names; None for what needs more than the notation."""
    from chemoplan.genomics import loci

    found = _GENOMIC.fullmatch(text)
    if found is None:
        return None
    on, start, what = chromosome(found["on"]), int(found["start"]), found["what"]
    if not on:
        return None
    if re.fullmatch(r"[ACGT]>[ACGT]", what.upper()):
        return Locus(build, on, start, what[0].upper(), what[2].upper())
    end = int(found["end"] or start)
    if what.startswith("delins") and build and 0 <= end - start < 3:
        bases = [loci.reference_at(build, on, position) for position in range(start, end + 1)]
        if all(bases):
            return Locus(build, on, start, "".join(bases), what.removeprefix("delins").upper())
    return None


def contradict(one: ProteinChange, other: ProteinChange) -> bool:
    """True when two readings of one call cannot both be right; one that says less than the other does not contradict it."""
    if "unknown" in (one.kind, other.kind):
        return False
    if one.start != other.start or (one.ref and other.ref and one.ref != other.ref):
        return True
    if (one.kind == "silent") != (other.kind == "silent"):
        return True
    return one.kind == other.kind and bool(one.alt and other.alt) and one.alt != other.alt


def _excludes(classification: str, effect: Effect, of_change: Effect) -> bool:
    """True when a class cannot stand beside a protein change of this effect."""
    if of_change == "silent" and classification.lower() in table("maf")["may_read_silent"]:
        return False
    return (effect == "altering") != (of_change == "altering") and "uncertain" not in (effect, of_change)


def _other_codon(coding: str, change: ProteinChange) -> bool:
    """True when a coding substitution lies away from the residue that is said to change.

    One codon beside it is let pass: in transcripts without a known start the two counts are out of phase.
    """
    found = _CODING.fullmatch(coding.rpartition(":")[2])
    if found is None or change.kind not in ("substitution", "nonsense", "silent") or not change.start:
        return False
    return not change.start - 1 <= (int(found[1]) + 2) // 3 <= change.end + 1


def _text(said: Mapping[str, str]) -> str:
    """The change as the file writes it, by the first column that does."""
    return next((said[name] for name in ("protein", "protein_long", "coding", "genomic") if name in said), "")


def _count(text: str | None) -> int | None:
    found = _COUNT.fullmatch(text) if text else None
    return int(found[1]) if found else None


def _depth(said: Mapping[str, str]) -> int | None:
    depth = _count(said.get("depth"))
    ref, alt = _count(said.get("ref_count")), _count(said.get("alt_count"))
    if depth is None and ref is not None and alt is not None:
        return ref + alt
    return depth

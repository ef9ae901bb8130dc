"""From kept calls of a VCF to variants: by the annotation, by the table of loci, and two records of one codon together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.loci import Codon, codon_at, codons_of, disagreement, protein_of, reference_at
from chemoplan.genomics.protein import ProteinChange, parse_protein
from chemoplan.genomics.tumor import Build, Locus, Variant
from chemoplan.intake.codon_places import codons_touched
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.vcf_annotation import Consequence, effect
from chemoplan.intake.vcf_calls import Phase


@dataclass(frozen=True, slots=True)
class Call:
    """One allele of the tumor that may matter, as the record gives it; `called` False when only its reads speak for it."""

    source: Source
    contig: str
    chromosome: str
    position: int
    ref: str
    alt: str
    called: bool
    depth: int | None
    alt_count: int | None
    filter: str
    doubt: str
    phase: Phase
    last: int = 0
    """Last position of a symbolic allele such as <DEL>."""
    consequences: tuple[Consequence, ...] = ()

    @property
    def written(self) -> str:
        """The change as the file writes it."""
        return f"{self.contig}:{self.position} {self.ref}>{self.alt}"


@dataclass
class Reading:
    """What is needed to interpret, and what interpreting has to say."""

    document: str
    build: Build | None
    genes: frozenset[str]
    uninterpreted: int = 0
    problems: list[Problem] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def interpret(calls: Sequence[Call], reading: Reading) -> tuple[Variant, ...]:
    """The variants of the genes asked for, in the order of the file."""
    found: list[tuple[Call, Variant]] = []
    for call in calls:
        found += [(call, variant) for variant in _variants(call, reading)]
    together = _one_codon(found, reading)
    if reading.differing:
        count = len(reading.differing)
        reading.problems.append(
            Problem(
                reading.document,
                f"{count} call{'s are' if count > 1 else ' is'} named differently by other transcripts "
                f"({reading.differing[0]})",
            )
        )
    return together


def _variants(call: Call, reading: Reading) -> Iterable[Variant]:
    by_gene: dict[str, list[Consequence]] = {}
    for item in call.consequences:
        by_gene.setdefault(item.gene, []).append(item)
    for gene, rows in by_gene.items():
        yield _annotated(call, gene, rows, reading)
    touched = _touched(call, reading.build)
    for gene in dict.fromkeys(codon.gene for codon in touched):
        if gene in reading.genes and gene not in by_gene:
            yield _raw(call, gene, reading)
    if not call.consequences and not touched and call.called:
        reading.uninterpreted += 1


def _touched(call: Call, build: Build | None) -> tuple[Codon, ...]:
    if build is None or not call.chromosome:
        return ()
    first, last = call.position, call.position + len(call.ref) - 1
    if call.alt.startswith("<"):
        return _broken(call, build)
    if len(call.ref) != len(call.alt) and call.ref[:1] == call.alt[:1]:
        first, last = (call.position, call.position + 1) if len(call.ref) == 1 else (call.position + 1, last)
    return codons_touched(build, call.chromosome, first, last)


def _broken(call: Call, build: Build) -> tuple[Codon, ...]:
    """The codons inside a symbolic allele of the genes that it breaks; a gene that it holds whole keeps its sequence."""
    places = table("gene_places")
    codons = codons_touched(build, call.chromosome, call.position, max(call.last, call.position))
    whole = set()
    for gene in {codon.gene for codon in codons}:
        if gene in places:
            first, last = places[gene][build]
            held = call.position < first and call.last > last
        else:
            inside = {codon for codon in codons if codon.gene == gene}
            held = len(inside) > 1 and len(inside) == len(codons_of(gene))
        whole |= {gene} if held else set()
    return tuple(codon for codon in codons if codon.gene not in whole)


def _variant(call: Call, gene: str, build: Build | None, **said: object) -> Variant:
    locus = Locus(build, call.chromosome or call.contig, call.position, call.ref, call.alt)
    base = Variant(
        gene=gene,
        change=None,
        effect="uncertain",
        source=call.source,
        text=call.written,
        locus=locus,
        depth=call.depth,
        alt_count=call.alt_count,
        filter=call.filter,
        doubt=call.doubt,
    )
    return replace(base, **said)  # type: ignore[arg-type]


def _raw(call: Call, gene: str, reading: Reading) -> Variant:
    """A call at a codon of the table; when it is no substitution within one codon, what it does is not known."""
    assert reading.build is not None
    change = _on_table(call, gene, reading.build)
    if change is not None:
        return _variant(
            call, gene, reading.build, change=change, effect="silent" if change.kind == "silent" else "altering"
        )
    numbers = sorted(codon.number for codon in _touched(call, reading.build) if codon.gene == gene)
    unknown = ProteinChange("unknown", numbers[0], numbers[-1])
    reading.uninterpreted += call.called
    doubt = "; ".join(text for text in (call.doubt, "not interpreted without annotation") if text)
    return _variant(call, gene, reading.build, change=unknown, doubt=doubt)


def _on_table(call: Call, gene: str, build: Build) -> ProteinChange | None:
    """What the table says of a substitution, within one codon or across adjoining ones that it all knows."""
    found = protein_of(build, call.chromosome, call.position, call.ref, call.alt)
    if found is not None:
        return found[1] if found[0] == gene else None
    codons = sorted((codon for codon in _touched(call, build) if codon.gene == gene), key=lambda codon: codon.number)
    numbers = [codon.number for codon in codons]
    if len(call.ref) != len(call.alt) or len(codons) < 2 or numbers != list(range(numbers[0], numbers[-1] + 1)):
        return None
    after, known = [], 0
    for codon in codons:
        first = max(codon.lowest(build) - call.position, 0)
        last = codon.lowest(build) + 3 - call.position
        ref, alt = call.ref[first:last], call.alt[first:last]
        known += len(ref)
        part = protein_of(build, call.chromosome, call.position + first, ref, alt) if ref != alt else None
        if ref != alt and (part is None or part[1].kind not in ("substitution", "nonsense", "silent")):
            return None
        after.append(codon.residue if part is None or part[1].kind == "silent" else part[1].alt)
    if known != len(call.ref):
        return None
    first_one, last_one = codons[0], codons[-1]
    return parse_protein(
        f"{first_one.residue}{first_one.number}_{last_one.residue}{last_one.number}delins{''.join(after)}"
    )


def _annotated(call: Call, gene: str, rows: list[Consequence], reading: Reading) -> Variant:
    """The view of the preferred transcript that the table does not contradict."""
    locus = Locus(reading.build, call.chromosome, call.position, call.ref, call.alt)
    against = [disagreement(gene, row.change, locus) for row in rows]
    agreeing = [row for row, text in zip(rows, against, strict=True) if not text]
    chosen = (agreeing or rows)[0]
    doubts = [call.doubt]
    if not agreeing:
        doubts.append(against[0])
    elif not _known(call, gene, reading.build):
        doubts.append(_between_transcripts(chosen, agreeing, gene, reading))
    return _variant(
        call,
        gene,
        reading.build,
        change=chosen.change,
        effect=effect(chosen),
        text=chosen.protein or chosen.coding or call.written,
        classification=chosen.terms,
        coding=chosen.coding,
        doubt="; ".join(text for text in doubts if text),
    )


def _known(call: Call, gene: str, build: Build | None) -> bool:
    """True when the table itself says what the call does: transcripts that differ do not matter then."""
    if build is None or not call.chromosome:
        return False
    found = protein_of(build, call.chromosome, call.position, call.ref, call.alt)
    return found is not None and found[0] == gene


def _between_transcripts(chosen: Consequence, rows: list[Consequence], gene: str, reading: Reading) -> str:
    """A doubt when transcripts of the same standing differ at a codon that matters; a warning when they differ elsewhere."""
    rivals = [
        row for row in rows if row.rank == chosen.rank and row.change is not None and row.change != chosen.change
    ]  # fmt: skip
    if not rivals:
        return ""
    said = f"{gene} {chosen.protein or chosen.terms}, elsewhere {rivals[0].protein}"
    codons = {codon.number for codon in codons_of(gene)}
    if any(row.change is not None and row.change.start in codons for row in (chosen, *rivals)):
        return f"transcripts give different changes: {said}"
    reading.differing.append(said)
    return ""


def _one_codon(found: list[tuple[Call, Variant]], reading: Reading) -> tuple[Variant, ...]:
    """Substitutions of one codon in several records: one change when phased together, in doubt when the phase is not told."""
    groups: dict[tuple[str, int], list[int]] = {}
    for place, (call, variant) in enumerate(found):
        change = variant.change
        if call.called and change is not None and change.start == change.end and len(call.ref) == len(call.alt):
            groups.setdefault((variant.gene, change.start), []).append(place)
    result: list[Variant | None] = [variant for _, variant in found]
    for places in groups.values():
        members = [found[place] for place in places]
        if len({call.position for call, _ in members}) < 2 or _apart([call.phase for call, _ in members]):
            continue
        if _joined([call.phase for call, _ in members]):
            combined = _combined(members, reading.build)
            if combined is not None:
                for place in places[1:]:
                    result[place] = None
                result[places[0]] = combined
                continue
            why = "lies on the same copy as another change of this codon, and the annotation names each alone"
        else:
            why = "another record changes the same codon, and the file does not say whether both lie on one copy"
        for place in places:
            variant = found[place][1]
            result[place] = replace(variant, doubt="; ".join(text for text in (variant.doubt, why) if text))
    return tuple(variant for variant in result if variant is not None)


def _joined(phases: Sequence[Phase]) -> bool:
    return all(item.copies and item == phases[0] for item in phases)


def _apart(phases: Sequence[Phase]) -> bool:
    """True when every two are phased in one block and share no copy."""
    if not all(item.copies and item.block == phases[0].block for item in phases):
        return False
    copies = [copy for item in phases for copy in item.copies]
    return len(copies) == len(set(copies))


def _combined(members: list[tuple[Call, Variant]], build: Build | None) -> Variant | None:
    """One change from several records, where the table knows the bases between them."""
    if build is None:
        return None
    calls = [call for call, _ in members]
    first = min(call.position for call in calls)
    last = max(call.position + len(call.ref) - 1 for call in calls)
    codon = codon_at(build, calls[0].chromosome, first)
    ref = [reference_at(build, calls[0].chromosome, position) for position in range(first, last + 1)]
    if codon is None or not all(ref):
        return None
    alt = list(ref)
    for call in calls:
        for offset, base in enumerate(call.alt):
            alt[call.position - first + offset] = base
    whole = ("".join(ref), "".join(alt))
    found = protein_of(build, calls[0].chromosome, first, *whole)
    if found is None or found[0] != members[0][1].gene:
        return None
    change = found[1]
    where = " and ".join(dict.fromkeys(call.source.locator for call in calls))
    return replace(
        members[0][1],
        change=change,
        effect="silent" if change.kind == "silent" else "altering",
        source=replace(calls[0].source, locator=where),
        text=f"{calls[0].contig}:{first} {whole[0]}>{whole[1]} ({len(calls)} records in phase)",
        coding="",
        locus=Locus(build, calls[0].chromosome, first, *whole),
        depth=min((call.depth for call in calls if call.depth is not None), default=None),
        alt_count=min((call.alt_count for call in calls if call.alt_count is not None), default=None),
        doubt="; ".join(dict.fromkeys(call.doubt for call in calls if call.doubt)),
    )

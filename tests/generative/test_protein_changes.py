"""Protein changes print and parse back to the same meaning, no text breaks the parsers, and every notation agrees."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chemoplan.genomics.genetic_code import RESIDUE_OF, other_strand, spellings
from chemoplan.genomics.loci import BUILDS, codons_of, disagreement, protein_of, protein_of_coding
from chemoplan.genomics.notation import Named, NotationRefused, read_notation
from chemoplan.genomics.protein import ProteinChange, parse_protein
from chemoplan.genomics.tumor import Locus
from chemoplan.knowledge import load_knowledge

RESIDUES = "ACDEFGHIKLMNPQRSTVWYU"
residue = st.sampled_from(RESIDUES)
residues = st.text(st.sampled_from(RESIDUES), min_size=1, max_size=8)
codon = st.integers(2, 35_991)
stop_at = st.just("") | st.just("*?") | st.integers(1, 500).map(lambda number: f"*{number}")


@st.composite
def changes(draw: st.DrawFn) -> ProteinChange:
    kind = draw(st.sampled_from(["substitution", "nonsense", "silent", "frameshift", "deletion", "insertion", "duplication",
                                 "delins", "extension", "splice", "start_lost", "unknown"]))  # fmt: skip
    start, ref, ref_end = draw(codon), draw(residue), draw(residue)
    end = start + draw(st.integers(1, 30))
    place = (start, end, ref, ref_end) if draw(st.booleans()) else (start, start, ref, "")
    match kind:
        case "substitution":
            new = draw(residue.filter(lambda one: one != ref))
            return ProteinChange(kind, start, start, ref, "", new)
        case "nonsense":
            return ProteinChange(kind, start, start, ref, "", "*")
        case "silent":
            return draw(st.just(ProteinChange(kind, 0, 0)) | st.just(ProteinChange(kind, *place)))
        case "frameshift":
            return ProteinChange(kind, *place, draw(st.just("") | residue), draw(stop_at))
        case "deletion" | "duplication":
            return ProteinChange(kind, *place)
        case "insertion":
            return draw(
                st.builds(lambda new: ProteinChange(kind, start, start + 1, ref, ref_end, new), residues)
                | st.builds(lambda size: ProteinChange(kind, start, start + 1, ref, ref_end, "", f"{size}"), codon)
            )
        case "delins":
            return ProteinChange(
                kind, start, start + 2, ref, ref_end, draw(residues | residues.map(lambda new: new + "*"))
            )
        case "extension":
            return ProteinChange(kind, start, start, "*", "", draw(st.just("") | residue), draw(stop_at))
        case "splice":
            return draw(st.just(ProteinChange(kind, start, start)) | st.just(ProteinChange(kind, *place)))
        case "start_lost":
            lost = [ProteinChange(kind, 1, 1, "M", "", "", "?"), ProteinChange(kind, 1, 1, "M", "", "V"),
                    ProteinChange(kind, 1, 1, "M", "", "", "0")]  # fmt: skip
            return draw(st.sampled_from(lost))
        case _:
            return ProteinChange("unknown", start, start, ref, "", "", "?")


@settings(max_examples=1000, deadline=None)
@given(changes())
def test_a_printed_change_parses_back_to_the_same_change_in_one_and_three_letters(change):
    for text in (str(change), change.short, change.three_letter, f"KRAS:{change}", f"p.({change.short})"):
        assert parse_protein(text) == change, text


PIECES = ["p.", "c.", "g.", "Gly", "Ter", "G", "X", "*", "12", "0", "fs", "ext", "del", "ins", "dup", "delins", "_", "-", ">", "=",
          "%3D", "?", "(", ")", ":", " ", "KRAS", "chr12", "25398285", "NC_000012.11", "A", "T", "٣", "\n", "\x00", "🙂"]  # fmt: skip
texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@settings(max_examples=1500, deadline=None)
@given(texts)
@example("p.(" * 400)
@example("G12" + "C" * 5000)
@example("9" * 5000)
def test_no_text_breaks_a_parser_and_what_is_read_stays_read(text):
    change = parse_protein(text)
    if change is not None:
        assert parse_protein(str(change)) == change
        assert parse_protein(change.three_letter) == change
    for build in (None, *BUILDS):
        try:
            named = read_notation(text, build)
        except NotationRefused as refused:
            assert str(refused)
            assert "\n" not in str(refused)
        else:
            assert named is None or isinstance(named, Named)
    assert protein_of_coding("KRAS", text) is None or "c." in text or ">" in text or "ins" in text


def meant(text, build=None):
    named = read_notation(text, build)
    return named.gene, named.change


def test_every_single_base_change_of_every_known_codon_reads_the_same_in_every_notation():
    seen = 0
    for gene in {row.gene for row in load_knowledge().loci.values()}:
        for known in codons_of(gene):
            for offset, ref in enumerate(known.bases):
                for alt in "ACGT":
                    if ref in "ACGT" and alt != ref:
                        seen += same_meaning(known, offset, ref, alt)
    assert seen > 2500


def same_meaning(known, offset, ref, alt):
    """The expectation is worked out here from the genetic code, not by the code under test."""
    place = 3 * known.number - 2 + offset
    coding = f"c.{place}{ref}>{alt}"
    step = offset if known.strand == 1 else 2 - offset
    plus_ref, plus_alt = (ref, alt) if known.strand == 1 else (other_strand(ref), other_strand(alt))
    positions = {"GRCh37": known.grch37 + step, "GRCh38": known.grch38 + step}
    if set(known.bases) <= set("ACGT"):
        new = RESIDUE_OF[known.bases[:offset] + alt + known.bases[offset + 1 :]]
        expected = parse_protein(f"{known.residue}{known.number}{new}")
        assert (
            meant(f"{known.gene} {expected}")
            == meant(f"{known.gene} {expected.three_letter}")
            == (known.gene, expected)
        )
        assert meant(f"{known.gene}:{coding} ({expected.three_letter})") == (known.gene, expected)
    else:
        expected = protein_of_coding(known.gene, coding)
        assert expected is None or expected.start == known.number
    assert meant(f"{known.gene}:{coding}") == (known.gene, expected)
    for build, position in positions.items():
        chromosome = known.chromosome
        assert meant(f"{chromosome}:g.{position}{plus_ref}>{plus_alt}", build) == (known.gene, expected)
        assert meant(f"chr{chromosome}-{position}-{plus_ref}-{plus_alt}", build) == (known.gene, expected)
        found = protein_of(build, chromosome, position, plus_ref, plus_alt)
        assert found == ((known.gene, expected) if expected else None)
        locus = Locus(build, chromosome, position, plus_ref, plus_alt)
        assert read_notation(f"{known.gene} {coding}", build).locus == locus
        assert disagreement(known.gene, expected, locus) == ""
    return 1


def test_no_place_belongs_to_two_codons_and_every_codon_spells_its_residue():
    for build in BUILDS:
        taken: dict[tuple[str, int], str] = {}
        for gene in {row.gene for row in load_knowledge().loci.values()}:
            for known in codons_of(gene):
                for step in range(3):
                    owner = f"{gene} {known.number}"
                    assert taken.setdefault((known.chromosome, known.lowest(build) + step), owner) == owner
                assert list(spellings(known.bases, known.residue)), f"{gene} {known.number}"


def test_codons_of_a_gene_run_along_its_strand_in_both_builds():
    for gene in {row.gene for row in load_knowledge().loci.values()}:
        known = codons_of(gene)
        for before, after in pairwise(known):
            for build in BUILDS:
                step = (after.lowest(build) - before.lowest(build)) * after.strand
                assert step >= 3 * (after.number - before.number), (gene, before.number, after.number, build)

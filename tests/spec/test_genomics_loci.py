"""Known codons in both builds, the checks that rest on them, and typed notations."""

from __future__ import annotations

import pytest

from chemoplan.genomics.loci import (
    builds_told,
    codon_at,
    codons_of,
    disagreement,
    protein_of,
    protein_of_coding,
    reference_at,
    wrong_build,
)
from chemoplan.genomics.notation import NotationRefused, read_notation
from chemoplan.genomics.protein import parse_protein
from chemoplan.genomics.tumor import Locus


def place(build, text):
    chromosome, position, ref, alt = text.split()
    return Locus(build, chromosome, int(position), ref, alt)


@pytest.mark.parametrize(
    ("build", "text", "gene", "change"),
    [
        ("GRCh37", "12 25398285 C A", "KRAS", "G12C"),
        ("GRCh38", "chr12 25245351 C A", "KRAS", "G12C"),
        ("GRCh37", "12 25398284 CC AA", "KRAS", "G12F"),
        ("GRCh37", "12 25398284 CC CA", "KRAS", "G12C"),
        ("GRCh37", "12 25398283 ACC ACT", "KRAS", "G12S"),
        ("GRCh37", "12 25398283 A G", "KRAS", "G12="),
        ("GRCh37", "7 140453136 A T", "BRAF", "V600E"),
        ("GRCh38", "7 140753335 CA TT", "BRAF", "V600E"),
        ("GRCh38", "1 114713908 T C", "NRAS", "Q61R"),
        ("GRCh37", "1 115252204 C T", "NRAS", "A146T"),
        ("GRCh37", "3 178936091 G A", "PIK3CA", "E545K"),
        ("GRCh37", "12 133249847 G A", "POLE", "S459F"),
        ("GRCh38", "12 132673261 G A", "POLE", "S459F"),
        ("GRCh37", "17 7578406 C T", "TP53", "R175H"),
    ],
)
def test_a_substitution_at_a_known_codon_has_its_protein_change(build, text, gene, change):
    locus = place(build, text)
    found = protein_of(build, locus.chromosome, locus.position, locus.ref, locus.alt)
    assert found == (gene, parse_protein(change))


@pytest.mark.parametrize(
    "text",
    [
        "12 25398285 C -", "12 25398285 - A", "12 25398285 C CA", "12 25398282 CA AC", "12 25398285 G A", "12 25398285 C C",
        "12 25398285 C <DEL>", "12 25398285 C A,T", "12 1000 C A", "M 1 C A", "12 25398281 CCA TTT",
    ],
)  # fmt: skip
def test_what_is_no_substitution_inside_one_codon_has_no_protein_change(text):
    locus = place("GRCh37", text)
    assert protein_of("GRCh37", locus.chromosome, locus.position, locus.ref, locus.alt) is None


def test_an_unknown_base_that_decides_the_residue_leaves_the_change_open():
    open_ended = next(codon for codon in codons_of("PIK3CA") if codon.number == 542)
    assert open_ended.bases == "GAR"
    assert protein_of("GRCh37", "3", open_ended.grch37 + 2, "A", "T") == ("PIK3CA", parse_protein("E542D"))
    assert reference_at("GRCh37", "3", open_ended.grch37 + 2) == ""


@pytest.mark.parametrize(
    ("gene", "coding", "change"),
    [
        ("KRAS", "c.34G>T", "G12C"),
        ("KRAS", "34G>T", "G12C"),
        ("KRAS", "ENST00000256078.4:c.34G>T", "G12C"),
        ("KRAS", "c.G34T", "G12C"),
        ("KRAS", "c.34_35delinsTT", "G12F"),
        ("KRAS", "c.34_35delGGinsTT", "G12F"),
        ("KRAS", "c.34_35GG>TT", "G12F"),
        ("BRAF", "c.1799_1800delinsAA", "V600E"),
        ("KRAS", "c.34A>T", None),
        ("KRAS", "c.36_37delinsAA", None),
        ("KRAS", "c.34del", None),
        ("KRAS", "c.34+1G>T", None),
        ("KRAS", "", None),
    ],
)
def test_a_coding_change_has_its_protein_change_where_its_bases_fit(gene, coding, change):
    assert protein_of_coding(gene, coding) == (parse_protein(change) if change else None)


def test_ras_codons_that_decide_treatment_are_all_known_with_every_base():
    for gene in ("KRAS", "NRAS"):
        found = {codon.number: codon for codon in codons_of(gene)}
        assert {12, 13, 59, 61, 117, 146} <= set(found)
        assert all(set(codon.bases) <= set("ACGT") for codon in found.values())
    assert codon_at("GRCh38", "12", 25245350).number == 12


@pytest.mark.parametrize(
    ("gene", "change", "text", "says"),
    [
        ("KRAS", "G12C", "12 25398285 C A", ""),
        ("KRAS", "G12D", "12 25398285 C A", "is p.G12C"),
        ("NRAS", "G12C", "12 25398285 C A", "lies in KRAS"),
        ("KRAS", "G12C", "12 25398285 T A", "the reference there is not T"),
        ("KRAS", "G12_G13delinsVC", "12 25398282 CA AC", ""),
        ("KRAS", "G12fs", "12 25398285 C -", ""),
        ("KRAS", "X12_splice", "12 25398285 C A", ""),
        ("KRAS", "G12C", "1 1000 C A", ""),
        ("PIK3CA", "E545K", "3 178936082 G A", "is p.E542K"),
    ],
)
def test_a_stated_change_that_its_place_contradicts_is_told(gene, change, text, says):
    sentence = disagreement(gene, parse_protein(change), place("GRCh37", text))
    assert (says in sentence) if says else sentence == ""


HOTSPOTS37 = [place("GRCh37", "12 25398285 C A"), place("GRCh37", "7 140453136 A T"), place("GRCh37", "1 1000 C A")]
HOTSPOTS38 = [place("GRCh38", "12 25245351 C A"), place("GRCh38", "7 140753336 A T"), place("GRCh38", "1 1000 C A")]


def test_the_right_build_raises_no_objection():
    assert wrong_build("GRCh37", HOTSPOTS37) == ""
    assert wrong_build("GRCh38", HOTSPOTS38) == ""
    assert wrong_build("GRCh38", [place("GRCh38", "1 1000 C A")]) == ""
    assert wrong_build("GRCh37", []) == ""


def test_places_of_the_other_build_are_told_though_none_is_known_in_the_declared_one():
    told = wrong_build("GRCh38", HOTSPOTS37)
    assert "reads as GRCh37" in told
    assert "KRAS codon 12" in told
    assert "\n" not in told


def test_a_wrong_reference_base_at_a_known_codon_is_told():
    told = wrong_build("GRCh37", [place("GRCh37", "12 25398285 T A")])
    assert told.startswith("REF at 12:25398285 is T, but GRCh37 has C there")


def test_a_file_of_two_builds_is_told():
    assert "mixes builds" in wrong_build("GRCh37", HOTSPOTS37 + HOTSPOTS38)
    assert builds_told(HOTSPOTS37 + HOTSPOTS38) == {"GRCh37", "GRCh38"}


def test_a_file_of_all_sites_fits_the_other_build_by_chance_only_in_a_quarter_of_its_bases():
    codons = [codon for gene in ("KRAS", "NRAS", "BRAF", "PIK3CA") for codon in codons_of(gene)]
    sites = [(codon.chromosome, codon.lowest("GRCh38") + offset) for codon in codons for offset in range(3)]
    chance = [
        Locus(None, chromosome, position, "ACGT"[number % 4], "N")
        for number, (chromosome, position) in enumerate(sites)
    ]
    assert any(reference_at("GRCh38", item.chromosome, item.position) == item.ref for item in chance)
    assert wrong_build("GRCh37", HOTSPOTS37 + chance) == ""
    assert builds_told(HOTSPOTS37 + chance) == {"GRCh37"}


def test_reference_bases_tell_the_build_or_nothing():
    assert builds_told(HOTSPOTS37) == {"GRCh37"}
    assert builds_told(HOTSPOTS38) == {"GRCh38"}
    assert builds_told([place(None, "1 1000 C A")]) == frozenset()
    assert builds_told([place(None, "11 534288 C A")]) == frozenset(), "HRAS lies at the same place in both builds"


SAME = [
    "KRAS G12C", "kras g12c", "KRAS p.Gly12Cys", "KRAS:p.G12C", "KRAS:c.34G>T", "NM_004985.5(KRAS):c.34G>T (p.Gly12Cys)",
    "KRAS c.34G>T(p.G12C)", "12:g.25398285C>A", "chr12:25245351 C>A", "NC_000012.11:g.25398285C>A", "NC_000012.12:g.25245351C>A",
    "12-25398285-C-A", "12:25245351:C:A", "hg19 chr12:25398285C>A",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_one_change_in_any_notation_has_one_meaning(text):
    named = read_notation(text)
    assert (named.gene, str(named.change)) == ("KRAS", "p.G12C")


@pytest.mark.parametrize(
    "text", ["", "G12C", "KRAS", "KRAS wild type", "KRAS exon 2", "c.34G>T", "NM_004985.5:c.34G>T", "hello, world"]
)
def test_a_text_that_names_no_change_of_a_gene_is_none(text):
    assert read_notation(text) is None


@pytest.mark.parametrize(
    ("text", "build", "says"),
    [
        ("KRAS c.34G>T p.Gly12Asp", None, "c.34G>T is p.G12C, not p.G12D"),
        ("KRAS c.34A>T", None, "codon 12 is GGT"),
        ("KRAS G12C G12D", None, "several changes"),
        ("APC c.100A>G p.Lys33Arg", None, "codon 34"),
        ("12:25398285G>A", None, "give the build"),
        ("11:534288C>A", None, "fits both builds"),
        ("12:25398285C>A", "GRCh38", "in GRCh37 it is KRAS codon 12"),
        ("NC_000012.11:g.25398285C>A", "GRCh38", "give one build"),
        ("NC_000012.10:g.25398285C>A", None, "neither GRCh37 (11) nor GRCh38 (12)"),
        ("12:g.1000_1001delinsAA", "GRCh37", "name the bases"),
    ],
)
def test_a_notation_that_contradicts_itself_or_cannot_be_placed_is_refused_in_one_line(text, build, says):
    with pytest.raises(NotationRefused) as refused:
        read_notation(text, build)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_place_outside_the_known_codons_is_kept_without_a_meaning():
    named = read_notation("1:1000C>A", "GRCh37")
    assert (named.gene, named.change, named.locus) == ("", None, place("GRCh37", "1 1000 C A"))

"""Protein changes as files write them: what each notation means."""

from __future__ import annotations

import pytest

from chemoplan.genomics.protein import ProteinChange, parse_protein

READ = [
    # text, canonical one-letter form, kind
    ("G12C", "p.G12C", "substitution"),
    ("p.G12C", "p.G12C", "substitution"),
    ("p.Gly12Cys", "p.G12C", "substitution"),
    ("Gly12Cys", "p.G12C", "substitution"),
    ("p.(Gly12Cys)", "p.G12C", "substitution"),
    ("(p.Gly12Cys)", "p.G12C", "substitution"),
    ("GLY12CYS", "p.G12C", "substitution"),
    ("g12c", "p.G12C", "substitution"),
    ("ENSP00000256078.4:p.Gly12Cys", "p.G12C", "substitution"),
    ("NP_004976.2:p.(Gly12Cys)", "p.G12C", "substitution"),
    ("KRAS:p.G12C", "p.G12C", "substitution"),
    ("V600delinsE", "p.V600E", "substitution"),
    ("V600_K601delinsEK", "p.V600E", "substitution"),
    ("GG12GC", "p.G13C", "substitution"),
    ("M232T", "p.M232T", "substitution"),
    ("Tyr466Ser", "p.Y466S", "substitution"),
    ("GG12VC", "p.G12_G13delinsVC", "delins"),
    ("V600_K601delinsE", "p.V600_K601delinsE", "delins"),
    ("V600_K601>E", "p.V600_K601delinsE", "delins"),
    ("H122_A125delinsP", "p.H122_A125delinsP", "delins"),
    ("Q61*", "p.Q61*", "nonsense"),
    ("Q61X", "p.Q61*", "nonsense"),
    ("Gln61Ter", "p.Q61*", "nonsense"),
    ("p.F204delins*", "p.F204*", "nonsense"),
    ("G12=", "p.G12=", "silent"),
    ("p.Gly12=", "p.G12=", "silent"),
    ("p.Gly12%3D", "p.G12=", "silent"),
    ("G12G", "p.G12=", "silent"),
    ("p.%3D", "p.=", "silent"),
    ("p.(=)", "p.=", "silent"),
    ("p.E1119Rfs*27", "p.E1119Rfs*27", "frameshift"),
    ("p.Glu1119ArgfsTer27", "p.E1119Rfs*27", "frameshift"),
    ("p.E1119RfsX27", "p.E1119Rfs*27", "frameshift"),
    ("Gly12fs", "p.G12fs", "frameshift"),
    ("p.G12fs*27", "p.G12fs*27", "frameshift"),
    ("p.H124Qfs*?", "p.H124Qfs*?", "frameshift"),
    ("p.Gly12Glyfs*?", "p.G12Gfs*?", "frameshift"),
    ("p.N345del", "p.N345del", "deletion"),
    ("G12_G13del", "p.G12_G13del", "deletion"),
    ("E746_A750delELREA", "p.E746_A750del", "deletion"),
    ("L61dup", "p.L61dup", "duplication"),
    ("A11_G12dup", "p.A11_G12dup", "duplication"),
    ("p.Ala11_Gly12dup", "p.A11_G12dup", "duplication"),
    ("S251_A252insE", "p.S251_A252insE", "insertion"),
    ("p.Asp770_Asn771insSerValAsp", "p.D770_N771insSVD", "insertion"),
    ("X264_splice", "p.X264_splice", "splice"),
    ("p.E264_splice", "p.E264_splice", "splice"),
    ("*413Yext*12", "p.*413Yext*12", "extension"),
    ("Ter413TyrextTer12", "p.*413Yext*12", "extension"),
    ("*292Wext*?", "p.*292Wext*?", "extension"),
    ("p.DTKKYCQS*141delext*11", "p.D141_*149ext*11", "extension"),
    ("p.M1?", "p.M1?", "start_lost"),
    ("p.Met1Val", "p.M1V", "start_lost"),
    ("p.Gly12Xaa", "p.G12?", "unknown"),
]


@pytest.mark.parametrize(("text", "canonical", "kind"), READ)
def test_each_notation_reads_to_one_canonical_change(text, canonical, kind):
    change = parse_protein(text)
    assert change is not None
    assert (str(change), change.kind) == (canonical, kind)


@pytest.mark.parametrize(
    "text", ["", ".", "p.?", "p.", "G12", "12", "Amplification", "EGFRvIII", "c.34G>T", "p.[G12C;G13D]", "K601_V600del", "G0C",
             "wild type", "G١٢C", "KRAS G12C"],
)  # fmt: skip
def test_a_text_that_names_no_single_change_gives_none(text):
    assert parse_protein(text) is None


@pytest.mark.parametrize(
    "text", ["A11_G12dup", "Gly12fs", "Q61*", "V600_K601delinsE", "G12=", "G12del", "X12_splice", "G12?"]
)
def test_only_one_residue_replaced_by_one_other_is_missense(text):
    change = parse_protein(text)
    assert change is not None
    assert not change.is_missense
    assert parse_protein("G12C").is_missense


def test_silent_and_unknown_changes_do_not_change_the_protein():
    assert [parse_protein(text).changes_protein for text in ("G12=", "p.=", "G12?", "G12C", "X12_splice", "G12dup")] == [
        False, False, False, True, True, True,
    ]  # fmt: skip


def test_stops_and_shifted_frames_truncate():
    assert [parse_protein(text).truncating for text in ("R150*", "E98fs", "V600_K601delins*", "G12C", "G12del")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_a_range_touches_every_codon_in_it():
    change = parse_protein("A11_G12dup")
    assert list(change.codons) == [11, 12]
    assert change.touches(12)
    assert not change.touches(13)
    assert list(parse_protein("p.=").codons) == []


def test_a_change_prints_short_one_letter_and_three_letter():
    change = ProteinChange("substitution", 12, 12, "G", alt="C")
    assert (change.short, str(change), change.three_letter) == ("G12C", "p.G12C", "p.Gly12Cys")
    assert parse_protein("E1119Rfs*27").three_letter == "p.Glu1119ArgfsTer27"

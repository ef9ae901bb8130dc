"""Changes named in the texts of a FHIR resource: the same parser and the same known codons as for files of calls."""

from __future__ import annotations

import pytest

from chemoplan.intake.fhir.changes import read_change


@pytest.mark.parametrize(
    ("texts", "genes", "short", "missense"),
    [
        (("p.Gly12Asp detected",), (), "G12D", True),
        (("NP_004976.2:p.(Gly12Cys)",), (), "G12C", True),
        (("G12C found",), (), "G12C", True),
        (("KRAS A11_G12dup",), (), "A11_G12dup", False),
        (("p.Gly12fs",), (), "G12fs", False),
        (("c.34G>T",), ("KRAS",), "G12C", True),
        (("c.34_35delinsTT",), ("KRAS",), "G12F", True),
        (("c.36T>C",), ("KRAS",), "G12=", False),
        (("c.34G>T (p.Gly12Cys)",), ("KRAS",), "G12C", True),
        (("c.34G>T",), ("KRAS", "NRAS"), "", True),
        (("c.36T>C",), (), "", False),
        (("p.Gly12",), ("KRAS",), "", False),
    ],
)
def test_a_text_names_a_change(texts, genes, short, missense):
    change, conflict = read_change(texts, texts, genes=genes, loose=True)
    assert conflict == ""
    assert (change.short, change.missense) == (short, missense)


@pytest.mark.parametrize(
    ("text", "genes", "says"),
    [
        ("p.Gly12Asp c.182A>G", (), "different codons"),
        ("p.Gly12Asp c.34G>T", ("KRAS",), "is not what c.34G>T does (G12C)"),
        ("c.34A>T", ("KRAS",), "does not fit the bases GGT of KRAS codon 12"),
        ("p.Gly12Asp p.Gly13Asp", (), "several changes"),
        ("c.34G>T c.35G>T", (), "several changes"),
    ],
)
def test_notations_that_contradict_each_other_are_not_used(text, genes, says):
    change, conflict = read_change((text,), (text,), genes=genes)
    assert says in conflict
    assert not change.known

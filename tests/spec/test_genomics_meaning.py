"""What a pathologist would object to: results that are right by the letter and would mislead the reader."""

from __future__ import annotations

import pytest

from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.interpret import interpret
from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import load_knowledge
from tests.spec.tumors import assay, copies, result, tumor

KNOWLEDGE = load_knowledge()
RAS = assay("KRAS", "NRAS", "BRAF", "EGFR", "PIK3CA")


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ("KRAS G12_G13delinsCD", "kras_g12c"),
        ("KRAS A11_G12dup", "ras_other_allele"),
        ("KRAS G12_G13delinsDV", "kras_g12d"),
        ("KRAS G12_G13delinsVD", "kras_g13d"),
        ("NRAS Q61_E62delinsKK", "nras_codon_61"),
        ("BRAF V600_K601delinsE", "braf_class_1"),
        ("PIK3CA E545_Q546delinsK", "pi3k_hotspot"),
    ],
)
def test_an_allele_that_a_longer_change_may_hold_is_not_called_absent(change: str, fact: str) -> None:
    found = conclude(tumor(change, assays=(RAS,)), KNOWLEDGE)[fact]
    assert (found.state, found.value) == ("undetermined", None)


@pytest.mark.parametrize("size", [0.00024, 0.05, 0.79])
def test_a_small_panel_gives_no_burden_and_no_hypermutation(size: float) -> None:
    small = tumor(
        "POLE P286R", altering=40, assays=(assay("POLE", megabases=size),), results=(result("mmr_ihc", "no"),)
    )
    report = interpret(small, KNOWLEDGE)
    values = {row["name"]: row["value"] for row in report["facts"]}
    assert (values["tmb"], values["hypermutated"]) == (None, None)
    assert "too few" in next(row["because"] for row in report["facts"] if row["name"] == "tmb")
    assert not {"crc-tmb-pembro", "crc-pole-pd1"} & {
        row["id"] for row in report["assertions"] if row["verdict"] == "holds"
    }


@pytest.mark.parametrize(
    ("odd", "caution"),
    [
        (tumor("KRAS G12C", "KRAS G12V"), "g12c-beside-another-ras-change"),
        (tumor("KRAS E98*", assays=(RAS,)), "ras-wild-type-with-change-outside-the-list"),
        (tumor("BRAF V600K"), "braf-600-other-than-v600e"),
        (tumor("BRAF V600K", assays=(RAS,)), "braf-600-other-than-v600e"),
        (tumor("BRAF K601E", assays=(RAS,)), "braf-class-2-or-3-with-ras-wild-type"),
        (tumor("BRAF D594G", assays=(RAS,)), "braf-class-2-or-3-with-ras-wild-type"),
        (tumor("EGFR G465R", assays=(RAS,)), "egfr-changed-with-ras-wild-type"),
        (tumor("POLE P286R", results=(result("tmb", 5.0),)), "pathogenic-pole-with-low-burden"),
        (
            tumor(copies=(copies("ERBB2", 0),), assays=(assay(copies="ERBB2"),), results=(result("her2_ihc", "2+"),)),
            "equivocal-her2-without-amplification",
        ),
    ],
)
def test_what_the_letter_of_a_rule_leaves_out_is_said_as_a_caution(odd: Tumor, caution: str) -> None:
    assert caution in {row["id"] for row in interpret(odd, KNOWLEDGE)["cautions"]}


def test_no_statement_calls_braf_wild_type_where_it_asks_only_for_v600e() -> None:
    for item in KNOWLEDGE.assertions.values():
        assert "BRAF wild type" not in item.title, item.id

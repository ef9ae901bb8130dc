"""What a pathologist would object to: results that are right by the letter and would mislead the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.interpret import interpret, statements_of
from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import load_knowledge
from tests.spec.tumors import assay, call, copies, result, tumor

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
        (
            tumor(copies=(copies("ERBB2", 2),), results=(result("her2_ihc", "2+"),)),
            "amplified-her2-below-3",
        ),
    ],
)
def test_what_the_letter_of_a_rule_leaves_out_is_said_as_a_caution(odd: Tumor, caution: str) -> None:
    assert caution in {row["id"] for row in interpret(odd, KNOWLEDGE)["cautions"]}


def test_no_statement_calls_braf_wild_type_where_it_asks_only_for_v600e() -> None:
    for item in KNOWLEDGE.assertions.values():
        assert "BRAF wild type" not in item.title, item.id


def because(report: Mapping[str, Any], list_name: str, key: str, name: str) -> str:
    return str(next(row["because"] for row in report[list_name] if row[key] == name))


def test_another_allele_says_nothing_on_an_allele_that_was_not_looked_for() -> None:
    open_one = because(interpret(tumor("BRAF F247L"), KNOWLEDGE), "does_not_apply", "id", "crc-braf-enco-cet-later")
    closed = because(
        interpret(tumor("BRAF F247L", assays=(RAS,)), KNOWLEDGE), "does_not_apply", "id", "crc-braf-enco-cet-later"
    )
    assert open_one == "BRAF p.F247L was found, which is not p.V600E; whether BRAF V600E is there as well is not known"
    assert closed == "BRAF p.F247L was found, which is not p.V600E"


@pytest.mark.parametrize("gene", ["KRAS", "BRAF"])
def test_a_call_that_nobody_can_place_rules_nothing_out(gene: str) -> None:
    odd = call(f"{gene} ?", classification="Missense_Mutation")
    report = interpret(tumor(odd, assays=(RAS,)), KNOWLEDGE)
    assert not [row for row in report["does_not_apply"] if "was found" in row["because"]]
    assert not {"crc-braf-class23-enco", "crc-kras-nonhotspot"} & {row["id"] for row in report["assertions"]}
    assert not {"braf_non_v600", "ras_outside_codons"} & {
        row["id"] for row in report["biomarkers"] if row["state"] == "detected"
    }


def test_a_splice_site_lies_outside_the_codons_even_without_a_protein_change() -> None:
    found = conclude(tumor(call("BRAF ?", classification="Splice_Site")), KNOWLEDGE)
    assert found["braf_non_v600"].state == "detected"


def test_a_call_in_doubt_is_no_other_allele() -> None:
    report = interpret(tumor(call("KRAS G12C", doubt="no somatic call")), KNOWLEDGE)
    assert not [row for row in report["does_not_apply"] if "p.G12C" in row["because"]]


@pytest.mark.parametrize(
    ("filters", "told"),
    [("PASS", ""), ("wga", ""), ("", ""), (".", ""), ("wga,oxog", "oxog"), ("panel_of_normals", "panel_of_normals")],
)
def test_a_call_that_counts_although_it_failed_a_filter_is_pointed_out(filters: str, told: str) -> None:
    found = conclude(tumor(call("KRAS G12C", filter=filters)), KNOWLEDGE)["kras_g12c"]
    assert found.state == "detected"
    assert [told in line for line in found.warnings] == ([True] if told else [])


@pytest.mark.parametrize("fact", ["braf_class_2", "braf_class_3", "pten_loss", "pole_outside_exonuclease"])
def test_why_an_absence_is_never_stated_is_said(fact: str) -> None:
    all_of_them = assay("BRAF", "PTEN", "POLE", "POLD1", copies="PTEN")
    found = conclude(tumor(assays=(all_of_them,)), KNOWLEDGE)[fact]
    assert found.state == "not_assayed"
    assert found.because.startswith("Nothing found; its absence is never stated: ")


def test_a_contradiction_on_her2_is_not_read_around_by_what_it_derives_from() -> None:
    odd = tumor("NRAS Q61K", copies=(copies("ERBB2", 2),), results=(result("her2_ihc", "0"),))
    stated = {item.fact for item in statements_of(odd, KNOWLEDGE)}
    assert not {"her2", "her2_ihc", "her2_amplification"} & stated
    assert "ras" in stated

"""Statements about treatment: allele-locked, with hard tissue exclusions, conditional where a test is missing, contradictions shown."""

from __future__ import annotations

from typing import Any

import pytest

from chemoplan.genomics.interpret import interpret, statements_of
from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import load_knowledge
from tests.spec.tumors import assay, call, copies, fusion, result, tumor

KNOWLEDGE = load_knowledge()
RAS_BRAF = assay("KRAS", "NRAS", "BRAF")


def held(report: dict[str, Any], verdict: str = "holds") -> set[str]:
    return {row["id"] for row in report["assertions"] if row["verdict"] == verdict}


def benefits(report: dict[str, Any]) -> set[str]:
    return {
        drug for row in report["assertions"] if row["effect"] == "benefit" for part in row["therapy"] for drug in part
    }


@pytest.mark.parametrize(
    "change", ["KRAS G12D", "KRAS G12V", "KRAS A146T", "KRAS Q61H", "NRAS G12C", "NRAS Q61K", "KRAS E98*"]
)
@pytest.mark.parametrize("assays", [(), (RAS_BRAF,)], ids=["no panel", "panel"])
def test_no_sibling_of_g12c_inherits_its_drugs(change: str, assays: Any) -> None:
    report = interpret(tumor(change, assays=assays), KNOWLEDGE)
    assert not benefits(report) & {"sotorasib", "adagrasib"}


@pytest.mark.parametrize("change", ["BRAF V600K", "BRAF D594G", "BRAF G466V", "BRAF K601E", "BRAF V600_K601delinsE"])
def test_no_sibling_of_v600e_inherits_encorafenib_and_the_reason_names_it(change: str) -> None:
    report = interpret(tumor(change, assays=(RAS_BRAF,)), KNOWLEDGE)
    assert "encorafenib" not in benefits(report)
    because = {row["id"]: row["because"] for row in report["does_not_apply"]}
    assert change.split()[1] in because["crc-braf-enco-cet-later"]


def test_only_a_benefit_is_said_not_to_apply() -> None:
    report = interpret(tumor("BRAF D594G", "KRAS G12D", assays=(RAS_BRAF,)), KNOWLEDGE)
    assert {row["effect"] for row in report["does_not_apply"]} == {"benefit"}


def test_g12c_gets_its_drugs_and_the_warning_against_the_antibody_alone() -> None:
    report = interpret(tumor("KRAS G12C"), KNOWLEDGE)
    assert {"crc-g12c-soto-pani", "crc-g12c-adag-cet", "crc-ras-mut-cetuximab", "crc-ras-mut-panitumumab"} <= held(
        report
    )


def test_ras_wild_type_needs_its_test_before_the_antibodies_are_a_benefit() -> None:
    open_one = interpret(tumor(), KNOWLEDGE)
    assert not benefits(open_one)
    waiting = {brief["id"] for row in open_one["not_tested"] if row["fact"] == "ras" for brief in row["decides"]}
    assert "crc-raswt-pani-folfox-1l" in waiting
    closed = interpret(tumor(assays=(RAS_BRAF,)), KNOWLEDGE)
    assert "crc-raswt-pani-folfox-1l" in held(closed)


def test_a_finding_whose_partner_was_not_tested_is_conditional_and_names_the_test() -> None:
    report = interpret(tumor("BRAF V600E"), KNOWLEDGE)
    row = next(row for row in report["assertions"] if row["id"] == "crc-braf-enco-cet-later")
    assert row["verdict"] == "conditional"
    assert [item["fact"] for item in row["depends_on"]] == ["ras"]
    assert "crc-braf-enco-cet-later" in held(interpret(tumor("BRAF V600E", assays=(RAS_BRAF,)), KNOWLEDGE))


def test_the_label_that_excludes_colorectal_cancer_is_a_hard_exclusion() -> None:
    report = interpret(tumor("BRAF V600E", assays=(RAS_BRAF,)), KNOWLEDGE)
    row = next(row for row in report["assertions"] if row["therapy"] == [["dabrafenib"], ["trametinib"]])
    assert row["effect"] == "no_benefit"
    assert row["label"][0]["status"] == "excluded"


def test_statements_for_the_colon_do_not_apply_to_the_rectum() -> None:
    report = interpret(tumor(results=(result("mmr_ihc", "lost"),)), KNOWLEDGE)
    assert not any("colon" in row["setting"] for row in report["assertions"])
    colon_only = [item for item in KNOWLEDGE.assertions.values() if item.tissue]
    assert colon_only
    assert not {item.id for item in colon_only} & held(report)


def test_a_her2_mutation_is_not_her2_amplification() -> None:
    report = interpret(
        tumor("ERBB2 V842I", assays=(assay("ERBB2", copies="ERBB2"),), copies=(copies("ERBB2", 0),)), KNOWLEDGE
    )
    assert not benefits(report) & {"trastuzumab", "tucatinib", "lapatinib", "pertuzumab", "trastuzumab_deruxtecan"}
    assert "crc-her2-mut-pertu" in held(report)


def test_amplified_and_ras_wild_type_gets_tucatinib_and_mutated_does_not() -> None:
    looked = (assay("KRAS", "NRAS", "BRAF", copies="ERBB2"),)
    wild = interpret(tumor(assays=looked, copies=(copies("ERBB2", 2),)), KNOWLEDGE)
    mutated = interpret(tumor("KRAS G12D", assays=looked, copies=(copies("ERBB2", 2),)), KNOWLEDGE)
    assert "crc-her2-tucatinib" in held(wild)
    assert "crc-her2-tucatinib" not in held(mutated)
    assert "crc-her2-tucatinib-rasmut" in held(mutated)


def test_ultramutated_pole_gets_a_checkpoint_inhibitor_and_its_passengers_nothing() -> None:
    report = interpret(tumor("POLE P286R", "BRAF R389C", "BRAF F294L", altering=9412), KNOWLEDGE)
    assert "crc-pole-pd1" in held(report)
    assert "crc-braf-passenger" in held(report)
    assert "encorafenib" not in benefits(report)


@pytest.mark.parametrize(
    ("odd", "winner", "loser"),
    [
        (tumor("POLE R150*", results=(result("mmr_ihc", "lost"),)), "crc-mmr-pembro-solid", "crc-pole-truncating"),
        (
            tumor(assays=(assay("KRAS", "NRAS", "BRAF", copies="ERBB2"),), copies=(copies("ERBB2", 2),)),
            "crc-raswt-later-pani",
            "crc-her2-antiegfr",
        ),
    ],
)  # fmt: skip
def test_of_statements_for_and_against_one_therapy_the_weightier_wins_and_the_loser_is_shown(
    odd: Tumor, winner: str, loser: str
) -> None:
    report = interpret(odd, KNOWLEDGE)
    assert {winner, loser} <= held(report)
    rows = [row for row in report["contradictions"] if row["winning"] == [winner] and row["losing"] == [loser]]
    assert rows, report["contradictions"]
    assert "label before" in rows[0]["because"]


def test_of_equal_weight_neither_wins() -> None:
    report = interpret(tumor("KRAS G12C", "KRAS G12D"), KNOWLEDGE)
    undecided = [row for row in report["contradictions"] if not row["winning"]]
    assert undecided
    assert all(len(row["losing"]) == 2 for row in undecided)


def test_every_line_shows_a_source_with_its_status_and_date_of_reading() -> None:
    reports = [
        interpret(tumor(change, fusions=(fusion("TPM3", "NTRK1"),), assays=(RAS_BRAF,)), KNOWLEDGE)
        for change in ("KRAS G12C", "BRAF V600E", "PIK3CA E545K", "POLE P286R")
    ]
    rows = [row for report in reports for row in report["assertions"]]
    assert rows
    for row in rows:
        assert row["evidence"], row["id"]
        assert all(line["status"] in ("verified", "partly", "unverified") for line in row["evidence"])
        assert row["reviewed"] and row["because"]


def test_every_known_fact_names_its_file_and_place() -> None:
    report = interpret(tumor("KRAS G12C", assays=(RAS_BRAF,)), KNOWLEDGE)
    for row in report["facts"]:
        assert (row["value"] is None) == (row["status"] == "unknown")
        assert row["value"] is None or row["source"], row["name"]
        assert row["because"]
    found = next(row for row in report["biomarkers"] if row["id"] == "kras_g12c")["variants"][0]
    assert (found["document"], found["locator"], found["change"], found["three_letter"]) == (
        "calls.maf",
        "line 2",
        "p.G12C",
        "p.Gly12Cys",
    )


def test_depth_and_allele_fraction_travel_with_the_call() -> None:
    report = interpret(tumor(call("KRAS G12C", depth=200, alt_count=50, filter="PASS")), KNOWLEDGE)
    row = next(row for row in report["biomarkers"] if row["id"] == "ras")["variants"][0]
    assert (row["depth"], row["alt_count"], row["allele_fraction"], row["filter"]) == (200, 50, 0.25, "PASS")


def test_discordant_repair_states_neither_it_nor_what_would_imply_it() -> None:
    odd = Tumor("T1", results=(result("mmr_ihc", "intact"), result("msi_status", "MSI-H")))
    report = interpret(odd, KNOWLEDGE)
    assert [row["fact"] for row in report["discordant"]] == ["mmr"]
    assert not {"mmr", "msi"} & {item.fact for item in statements_of(odd, KNOWLEDGE)}
    assert not benefits(report)


@pytest.mark.parametrize(
    ("odd", "caution"),
    [
        (
            tumor(results=(result("mantis", 0.6), result("msisensor", 15.0), result("tmb", 3.1))),
            "unstable-with-low-burden",
        ),
        (tumor("POLE S459F", results=(result("mmr_ihc", "lost"),)), "deficient-repair-with-pole"),
        (tumor("KRAS G12D", "BRAF V600E"), "ras-with-braf-v600e"),
        (
            tumor(altering=9412, assays=(assay("POLE", "POLD1"),), results=(result("mmr_ihc", "intact"),)),
            "hypermutated-without-cause",
        ),
    ],
)
def test_findings_that_are_rarely_together_are_pointed_out_and_decide_nothing(odd: Tumor, caution: str) -> None:
    report = interpret(odd, KNOWLEDGE)
    row = next(row for row in report["cautions"] if row["id"] == caution)
    assert row["text"]
    assert row["evidence"]
    assert not interpret(tumor(), KNOWLEDGE)["cautions"]

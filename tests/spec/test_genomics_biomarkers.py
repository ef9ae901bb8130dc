"""Three states for every biomarker: detected, assayed and not detected, not assayed; and what settles nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.state import Biomarker
from chemoplan.knowledge import load_knowledge
from tests.spec.tumors import RAS_CODONS, assay, call, copies, fusion, result, tumor

KNOWLEDGE = load_knowledge()
BOTH = assay("KRAS", "NRAS")


def state(item: Biomarker) -> tuple[str, object]:
    return item.state, item.value


@pytest.mark.parametrize(
    ("calls", "assays", "fact", "expected"),
    [
        ([], [], "ras", ("not_assayed", None)),
        ([], [BOTH], "ras", ("not_detected", "wild_type")),
        ([], [assay("KRAS")], "ras", ("not_assayed", None)),
        ([], [assay(codons=RAS_CODONS)], "ras", ("not_detected", "wild_type")),
        ([], [assay(codons=RAS_CODONS - {("NRAS", 146)})], "ras", ("not_assayed", None)),
        (["KRAS A59T"], [], "ras", ("detected", "mutated")),
        (["KRAS K117N"], [], "kras_codon_117", ("detected", "detected")),
        (["NRAS Q61K"], [BOTH], "kras_g12c", ("not_detected", "not_detected")),
        (["KRAS G12D"], [], "kras_g12c", ("not_assayed", None)),
        (["KRAS G12C"], [], "kras_g12c", ("detected", "detected")),
        (["NRAS G12C"], [BOTH], "kras_g12c", ("not_detected", "not_detected")),
        (["KRAS E98*"], [BOTH], "ras", ("not_detected", "wild_type")),
        (["KRAS E98*"], [], "ras_outside_codons", ("detected", "detected")),
        (["KRAS A11_G12dup"], [BOTH], "ras", ("undetermined", None)),
        (["KRAS G12fs"], [BOTH], "ras", ("undetermined", None)),
        (["BRAF V600E"], [], "braf_v600e", ("detected", "detected")),
        (["BRAF D594G"], [assay("BRAF")], "braf_v600e", ("not_detected", "not_detected")),
        (["BRAF V600_K601delinsE"], [assay("BRAF")], "braf_v600e", ("undetermined", None)),
        (["BRAF D594G"], [], "braf_class_3", ("detected", "detected")),
        (["BRAF V600K"], [], "braf_class_1", ("detected", "detected")),
        (["POLE P286R"], [], "pole_pold1", ("detected", "pathogenic")),
        (["POLE A426V"], [assay("POLE", "POLD1")], "pole_pold1", ("undetermined", None)),
        (["POLE F367V"], [assay("POLE", "POLD1")], "pole_pold1", ("undetermined", None)),
        (["POLE R150*"], [assay("POLE", "POLD1")], "pole_pold1", ("not_detected", "not_detected")),
        (["POLE R150*", "POLE S459F"], [], "pole_pold1", ("detected", "pathogenic")),
        ([], [assay("POLE")], "pole_pold1", ("not_assayed", None)),
        (["ERBB2 V842I"], [assay("ERBB2")], "her2", ("not_assayed", None)),
        (["ERBB2 V842I"], [], "her2_mutation", ("detected", "detected")),
        (["PIK3CA E545K"], [], "pi3k_hotspot", ("detected", "detected")),
        (["PIK3CA R88Q"], [], "pi3k_altered", ("detected", "detected")),
        (["PIK3CA R88Q"], [], "pi3k_outside_hotspot", ("detected", "detected")),
        (["EGFR S492R"], [assay("EGFR")], "egfr_ectodomain", ("not_detected", "not_detected")),
        (["EGFR G465R"], [], "egfr_ectodomain", ("detected", "detected")),
    ],
)  # fmt: skip
def test_a_biomarker_is_detected_absent_only_where_assayed_or_left_open(
    calls: list[str], assays: list[object], fact: str, expected: tuple[str, object]
) -> None:
    found = conclude(tumor(*calls, assays=tuple(assays)), KNOWLEDGE)  # type: ignore[arg-type]
    assert state(found[fact]) == expected, found[fact].because


def test_a_panel_without_a_file_of_calls_says_nothing_is_absent() -> None:
    found = conclude(tumor(assays=(BOTH,), calls_read=None), KNOWLEDGE)
    assert state(found["ras"]) == ("not_assayed", None)
    assert "no sequencing result" in found["ras"].because


def test_an_absence_names_the_codons_that_were_not_read() -> None:
    found = conclude(tumor(assays=(assay(codons=RAS_CODONS - {("KRAS", 117), ("NRAS", 61)}),)), KNOWLEDGE)
    assert found["ras"].not_covered == ("KRAS codon 117", "NRAS codon 61")


def test_a_call_in_doubt_is_neither_found_nor_absent() -> None:
    found = conclude(tumor(call("KRAS G12D", doubt="it failed the filter germline"), assays=(BOTH,)), KNOWLEDGE)
    assert state(found["ras"]) == ("undetermined", None)
    assert "germline" in found["ras"].because


def test_a_call_that_nobody_understands_blocks_wild_type() -> None:
    strange = replace(call("KRAS G12D"), change=None, text="p.weird")
    assert state(conclude(tumor(strange, assays=(BOTH,)), KNOWLEDGE)["ras"]) == ("undetermined", None)


def test_silent_calls_change_nothing() -> None:
    silent = replace(call("KRAS G12G"), effect="silent")
    assert state(conclude(tumor(silent, assays=(BOTH,)), KNOWLEDGE)["ras"]) == ("not_detected", "wild_type")


@pytest.mark.parametrize(
    ("level", "assayed", "expected"),
    [
        (2, "ERBB2", ("detected", "positive")),
        (1, "ERBB2", ("not_detected", "negative")),
        (-1, "ERBB2", ("not_detected", "negative")),
        (0, "", ("not_assayed", None)),
    ],
)
def test_her2_is_amplification_and_never_mutation(level: int, assayed: str, expected: tuple[str, object]) -> None:
    found = conclude(
        tumor("ERBB2 V842I", copies=(copies("ERBB2", level),), assays=(assay("ERBB2", copies=assayed),)), KNOWLEDGE
    )
    assert state(found["her2"]) == expected


@pytest.mark.parametrize(
    ("score", "level", "expected"),
    [
        ("3+", None, ("detected", "positive")),
        ("0", None, ("not_detected", "negative")),
        ("2+", None, ("not_assayed", None)),
        ("2+", 2, ("detected", "positive")),
        ("3+", 0, ("undetermined", None)),
        ("0", 2, ("undetermined", None)),
    ],
)
def test_her2_by_stain_and_by_copies_agree_or_settle_nothing(
    score: str, level: int | None, expected: tuple[str, object]
) -> None:
    rows = () if level is None else (copies("ERBB2", level),)
    looked = (assay(copies="ERBB2"),) if level is not None else ()
    found = conclude(tumor(copies=rows, assays=looked, results=(result("her2_ihc", score),)), KNOWLEDGE)
    assert state(found["her2"]) == expected, found["her2"].because


@pytest.mark.parametrize(
    ("results", "msi", "mmr"),
    [
        ([("mantis", 0.59), ("msisensor", 0.08)], None, None),
        ([("mantis", 0.28), ("msisensor", 28.8)], None, None),
        ([("mantis", 1.27), ("msisensor", 39.7)], "high", "deficient"),
        ([("mantis", 0.28), ("msisensor", 5.7)], "stable", "proficient"),
        ([("msisensor", 5.7)], None, None),
        ([("msi_status", "MSI-H")], "high", "deficient"),
        ([("msi_status", "Indeterminate")], None, None),
        ([("mmr_ihc", "lost")], None, "deficient"),
        ([("mmr_ihc", "intact"), ("msi_status", "MSI-H")], "high", None),
        ([("mmr_ihc", "intact"), ("mantis", 0.6), ("msisensor", 0.1)], None, None),
    ],
)
def test_results_that_contradict_each_other_settle_nothing_and_are_shown(
    results: list[tuple[str, str | float]], msi: object, mmr: object
) -> None:
    found = conclude(tumor(results=tuple(result(*item) for item in results)), KNOWLEDGE)
    assert (found["msi"].value, found["mmr"].value) == (msi, mmr)
    for fact in ("msi", "mmr"):
        if found[fact].discordant:
            assert len(found[fact].reported) > 1
            assert found[fact].warnings


def test_the_burden_is_taken_as_reported_or_counted_over_the_declared_territory() -> None:
    assert conclude(tumor(results=(result("tmb", 12.5),)), KNOWLEDGE)["tmb"].value == 12.5
    counted = conclude(tumor(altering=9, assays=(assay("KRAS", megabases=0.9),)), KNOWLEDGE)["tmb"]
    assert counted.value == pytest.approx(10)
    named = replace(assay("KRAS"), name="IMPACT410")
    assert conclude(tumor(altering=12, assays=(named,)), KNOWLEDGE)["tmb"].value == pytest.approx(11.92279, rel=1e-3)
    assert conclude(tumor(altering=9, assays=(assay("KRAS"),)), KNOWLEDGE)["tmb"].state == "not_assayed"


def test_so_many_calls_prove_hypermutation_without_a_burden() -> None:
    found = conclude(tumor(altering=9412), KNOWLEDGE)
    assert (found["tmb"].value, found["hypermutated"].value) == (None, "detected")
    assert conclude(tumor(altering=2000), KNOWLEDGE)["hypermutated"].state == "not_assayed"


def test_in_a_hypermutated_tumor_what_is_no_hotspot_is_a_passenger() -> None:
    found = conclude(tumor("PIK3CA R88Q", "PTEN R130*", "KRAS G12D", altering=9412), KNOWLEDGE)
    assert state(found["pi3k_altered"]) == ("undetermined", None)
    assert "passenger" in found["pi3k_altered"].because
    assert found["ras"].value == "mutated"
    hotspot = conclude(tumor("PIK3CA E545K", "PTEN R130*", altering=9412), KNOWLEDGE)
    assert hotspot["pi3k_altered"].value == "detected"


@pytest.mark.parametrize(
    ("found", "assayed", "expected"),
    [
        ([fusion("TPM3", "NTRK1")], "", ("detected", "detected")),
        ([fusion("TPM3", "NTRK1", in_frame=None)], "", ("detected", "detected")),
        ([fusion("TPM3", "NTRK1", in_frame=False)], "NTRK1 NTRK2 NTRK3", ("undetermined", None)),
        ([], "NTRK1 NTRK2 NTRK3", ("not_detected", "not_detected")),
        ([], "NTRK1 NTRK2", ("not_assayed", None)),
    ],
)
def test_fusions_need_a_test_for_fusions(found: list[object], assayed: str, expected: tuple[str, object]) -> None:
    looked = (assay("NTRK1", "NTRK2", "NTRK3", fusions=assayed),)
    assert state(conclude(tumor(fusions=tuple(found), assays=looked), KNOWLEDGE)["ntrk_fusion"]) == expected


def test_a_fusion_without_a_stated_frame_carries_a_warning() -> None:
    found = conclude(tumor(fusions=(fusion("TPM3", "NTRK1", in_frame=None),)), KNOWLEDGE)["ntrk_fusion"]
    assert any("RNA" in line for line in found.warnings)


def test_every_marker_states_a_fact_and_every_fact_appears_once() -> None:
    found = conclude(tumor(), KNOWLEDGE)
    assert set(KNOWLEDGE.markers) <= set(found)
    assert all(item.value is None for item in found.values())


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("ras", ("not_detected", "wild_type")),
        ("braf_v600e", ("not_detected", "not_detected")),
        ("egfr_s492r", ("not_assayed", None)),
        ("pi3k_altered", ("not_assayed", None)),
        ("pole_pold1", ("not_assayed", None)),
        ("tp53_mutation", ("not_assayed", None)),
    ],
)
def test_a_call_without_annotation_may_lie_in_any_codon_whose_place_is_not_known(
    fact: str, expected: tuple[str, object]
) -> None:
    genes = assay("KRAS", "NRAS", "BRAF", "EGFR", "PIK3CA", "PIK3R1", "PTEN", "POLE", "POLD1", "TP53")
    found = conclude(tumor(assays=(genes,), uninterpreted=1, unplaced=1), KNOWLEDGE)
    assert state(found[fact]) == expected, found[fact].because
    annotated = conclude(tumor(assays=(genes,)), KNOWLEDGE)
    assert annotated[fact].state == "not_detected"

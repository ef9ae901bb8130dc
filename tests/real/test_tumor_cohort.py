"""150 real rectal tumors of 149 people against the expected class of each; and the eight that another tool got wrong."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chemoplan.genomics.interpret import interpret, interpret_many
from chemoplan.genomics.markers import genes_of_interest
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()


@pytest.fixture(scope="module")
def folder(reference: Path) -> Path:
    """The study of 150 tumors."""
    return reference / "molecular" / "tcga_read"


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    """What is expected, by patient and by sample."""
    data: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return data


@pytest.fixture(scope="module")
def reports(folder: Path) -> dict[str, dict[str, Any]]:
    """The report of every tumor, by sample."""
    from chemoplan.intake.study import read_study

    study = read_study(folder, genes=genes_of_interest(KNOWLEDGE))
    return {report["sample"]: report for report in interpret_many(study.tumors, KNOWLEDGE)}


def value(report: dict[str, Any], fact: str) -> Any:
    return next(row["value"] for row in report["facts"] if row["name"] == fact)


def changes(report: dict[str, Any], fact: str, gene: str) -> list[str]:
    """The changes of a gene for which a biomarker is detected; a change for review does not count."""
    found = next(row for row in report["biomarkers"] if row["id"] == fact)
    return sorted(row["change"] for row in found["variants"] if row["gene"] == gene and found["state"] == "detected")


def listed(report: dict[str, Any], fact: str, gene: str) -> list[str]:
    """Every change of a gene that a biomarker lists, passengers and changes for review included."""
    found = next(row for row in report["biomarkers"] if row["id"] == fact)
    return sorted(row["change"] for row in found["variants"] if row["gene"] == gene)


def test_every_tumor_has_the_expected_class(reports: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
    assert set(reports) == set(expected["samples"])
    for sample, right in expected["samples"].items():
        report = reports[sample]
        assert value(report, "ras") == ("mutated" if right["ras"] not in ("no_hotspot_called",) else None), sample
        assert changes(report, "ras", "KRAS") == sorted(right["kras_hotspot"]), sample
        assert (value(report, "kras_g12c") == "detected") == (right["kras_g12c"] not in ("not_called",)), sample
        assert (value(report, "braf_v600e") == "detected") == ("p.V600E" in right["braf_variants"]), sample
        assert (value(report, "pole_pold1") == "pathogenic") == bool(right["pole_edm"]), sample
        other = sorted(item for item in right["braf_variants"] if not item.startswith("p.V600"))
        assert changes(report, "braf_non_v600", "BRAF") == other, sample
        assert changes(report, "her2_mutation", "ERBB2") == sorted(right["erbb2_variants"]), sample
        outside = sorted([*right["kras_other"], *right["nras_other"]])
        assert (
            sorted(changes(report, "ras_outside_codons", "KRAS") + changes(report, "ras_outside_codons", "NRAS"))
            == outside
        ), sample


def test_the_counts_by_patient_are_exact(reports: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
    counted: dict[str, set[str]] = {}

    def note(name: str, patient: str, holds: bool) -> None:
        counted.setdefault(name, set())
        if holds:
            counted[name].add(patient)

    for report in reports.values():
        patient = report["patient"]
        note("extended_ras_mutated", patient, value(report, "ras") == "mutated")
        kras, nras = changes(report, "ras", "KRAS"), changes(report, "ras", "NRAS")
        note("kras_hotspot", patient, bool(kras))
        note("nras_hotspot", patient, bool(nras))
        note("kras_and_nras_hotspot", patient, bool(kras and nras))
        note("kras_g12c", patient, value(report, "kras_g12c") == "detected")
        v600e = value(report, "braf_v600e") == "detected"
        note("braf_v600e", patient, v600e)
        note("braf_other_only", patient, not v600e and bool(changes(report, "braf_non_v600", "BRAF")))
        pathogenic = value(report, "pole_pold1") == "pathogenic"
        other = changes(report, "pole_outside_exonuclease", "POLE") + changes(report, "pole_exonuclease_other", "POLE")
        note("pole_edm_whitelist", patient, pathogenic)
        note("pole_other_only", patient, not pathogenic and bool(other))
        note("pik3ca_hotspot_helical_or_kinase", patient, bool(changes(report, "pi3k_hotspot", "PIK3CA")))
        note("pik3ca_any", patient, bool(listed(report, "pi3k_altered", "PIK3CA")))
        note("erbb2_v842i", patient, "p.V842I" in changes(report, "her2_mutation", "ERBB2"))
    right = expected["counts_by_patient"]
    assert len({report["patient"] for report in reports.values()}) == right["patients"]
    assert {name: len(patients) for name, patients in counted.items()} == {name: right[name] for name in counted}


def test_no_tumor_of_a_study_without_coverage_is_called_wild_type(reports: dict[str, dict[str, Any]]) -> None:
    states = Counter(
        row["state"] for report in reports.values() for row in report["biomarkers"] if row["id"] in KNOWLEDGE.markers
    )
    assert states["not_detected"] == 0
    assert states["not_assayed"] > 0


EIGHT = {
    "TCGA-AF-4110": {
        "resistance": {"cetuximab", "panitumumab"},
        "no_benefit": {"sotorasib", "adagrasib"},
        "never_benefit": {"sotorasib", "adagrasib", "cetuximab", "panitumumab"},
        "locked": {"crc-g12c-soto-pani", "crc-g12c-adag-cet"},
        "holds": {"crc-kras-g12d-trial"},
    },
    "TCGA-AG-3896": {"resistance": {"cetuximab", "panitumumab"}, "holds": {"crc-g12c-soto-pani", "crc-g12c-adag-cet"}},
    "TCGA-AG-3901": {
        "resistance": {"cetuximab", "panitumumab"},
        "no_benefit": {"sotorasib", "adagrasib"},
        "never_benefit": {"sotorasib", "adagrasib", "cetuximab", "panitumumab"},
        "locked": {"crc-g12c-soto-pani", "crc-g12c-adag-cet"},
    },
    "TCGA-AG-3894": {
        "resistance": {"cetuximab", "panitumumab"},
        "never_benefit": {"sotorasib", "adagrasib", "cetuximab", "panitumumab", "selumetinib"},
    },
    "TCGA-DT-5265": {
        "holds": {"crc-braf-dabra-trame", "crc-braf-antiegfr-alone"},
        "conditional": {"crc-braf-enco-cet-chemo-1l", "crc-braf-enco-cet-folfiri-1l", "crc-braf-enco-cet-later"},
        "never_benefit": {"sotorasib", "adagrasib"},
    },
    "TCGA-F5-6814": {
        "holds": {"crc-pole-pd1", "crc-braf-passenger"},
        "never_benefit": {"encorafenib", "sotorasib"},
        "locked": {"crc-braf-enco-cet-later"},
    },
    "TCGA-AF-3914": {"holds": {"crc-her2-mut-pertu"}, "never_benefit": {"trastuzumab", "tucatinib", "neratinib", "lapatinib"}},
    "TCGA-AF-2687": {
        "holds": {"crc-ras-unknown-antiegfr"},
        "never_benefit": {"cetuximab", "panitumumab"},
        "waits": {"crc-raswt-pani-folfox-1l", "crc-raswt-cet-folfiri-1l"},
    },
}  # fmt: skip


@pytest.mark.parametrize("patient", EIGHT)
def test_the_eight_tumors_of_the_comparison_are_right(patient: str, reports: dict[str, dict[str, Any]]) -> None:
    right, report = EIGHT[patient], reports[f"{patient}-01"]
    held = [row for row in report["assertions"] if row["verdict"] == "holds"]
    conditional = [row for row in report["assertions"] if row["verdict"] == "conditional"]

    def drugs(*effects: str) -> set[str]:
        return {drug for row in held if row["effect"] in effects for part in row["therapy"] for drug in part}

    assert right.get("resistance", set()) <= drugs("resistance", "no_benefit", "harm")
    assert right.get("no_benefit", set()) <= drugs("no_benefit")
    assert not right.get("never_benefit", set()) & drugs("benefit")
    assert right.get("holds", set()) <= {row["id"] for row in held}
    assert right.get("conditional", set()) <= {row["id"] for row in conditional}
    assert all(row["depends_on"] for row in conditional)
    assert not right.get("never_benefit", set()) & {
        drug for row in conditional if row["effect"] == "benefit" for part in row["therapy"] for drug in part
    }
    assert right.get("locked", set()) <= {row["id"] for row in report["does_not_apply"]}
    waiting = {brief["id"] for row in report["not_tested"] for brief in row["decides"]}
    assert right.get("waits", set()) <= waiting


def test_with_a_panel_that_read_them_the_same_tumor_is_wild_type(folder: Path) -> None:
    from dataclasses import replace

    from chemoplan.intake.study import read_study
    from tests.spec.tumors import assay

    study = read_study(folder, genes=genes_of_interest(KNOWLEDGE))
    tumor = next(item for item in study.tumors if item.patient == "TCGA-AF-2687")
    report = interpret(replace(tumor, assays=(assay("KRAS", "NRAS", "BRAF"),)), KNOWLEDGE)
    assert value(report, "ras") == "wild_type"
    assert {"crc-raswt-pani-folfox-1l", "crc-raswt-cet-folfiri-1l"} <= {row["id"] for row in report["assertions"]}


def test_every_row_of_the_file_is_counted(folder: Path, reports: dict[str, dict[str, Any]]) -> None:
    with gzip.open(folder / "data_mutations.txt.gz", "rt") as stream:
        rows = Counter(row["Tumor_Sample_Barcode"] for row in csv.DictReader(stream, delimiter="\t"))
    assert {sample: report["calls"]["all"] for sample, report in reports.items()} == dict(rows)
    assert sum(report["calls"]["altering"] for report in reports.values()) == 45_181

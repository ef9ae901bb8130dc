"""The readers of tumors on reference data: counts that a plain reading of the same file confirms."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from chemoplan.intake.maf import read_maf
from chemoplan.intake.study import Study, read_study

GENES = frozenset({"KRAS", "NRAS", "BRAF", "POLE", "PIK3CA", "ERBB2"})


@pytest.fixture(scope="module")
def study(reference: Path) -> Study:
    return read_study(reference / "molecular" / "tcga_read", genes=GENES)


def test_every_call_of_the_cohort_is_counted(study: Study) -> None:
    assert sum(tumor.calls or 0 for tumor in study.tumors) == 67_836
    assert sum(tumor.altering or 0 for tumor in study.tumors) == 45_181
    assert len(study.tumors) == 150 and len({tumor.patient for tumor in study.tumors}) == 149
    assert all(tumor.build == "GRCh37" and tumor.uninterpreted == 0 for tumor in study.tumors)


def test_the_counts_of_each_sample_are_those_of_a_plain_reading(study: Study, reference: Path) -> None:
    folder = reference / "molecular" / "tcga_read"
    classes = set(json.loads((folder / "expected.json").read_text())["rules"]["protein_altering_classes"])
    calls, altering, kept = Counter[str](), Counter[str](), Counter[str]()
    with gzip.open(folder / "data_mutations.txt.gz", "rt", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            sample = row["Tumor_Sample_Barcode"]
            calls[sample] += 1
            altering[sample] += row["Variant_Classification"] in classes
            kept[sample] += row["Hugo_Symbol"] in GENES
    assert {tumor.sample: tumor.calls for tumor in study.tumors} == dict(calls)
    assert {tumor.sample: tumor.altering for tumor in study.tumors} == dict(altering)
    assert {tumor.sample: len(tumor.variants) for tumor in study.tumors} == dict(kept)


def test_every_variant_points_to_its_line(study: Study, reference: Path) -> None:
    with gzip.open(reference / "molecular" / "tcga_read" / "data_mutations.txt.gz", "rt") as stream:
        lines = stream.read().split("\n")
    seen = 0
    for tumor in study.tumors:
        for variant in tumor.variants:
            cells = lines[int(variant.source.locator.removeprefix("line ")) - 1].split("\t")
            assert variant.gene in cells and tumor.sample in cells
            assert variant.text in cells or not variant.text
            seen += 1
    assert seen > 100


def test_no_filter_drops_a_call_and_no_call_in_the_listed_genes_is_in_doubt(study: Study) -> None:
    variants = [variant for tumor in study.tumors for variant in tumor.variants]
    assert any(variant.filter == "wga" for variant in variants)
    assert [variant for variant in variants if variant.doubt] == []


def test_scores_and_immunohistochemistry_are_results_and_reported_genes_are_not(study: Study) -> None:
    counts = Counter(result.what for tumor in study.tumors for result in tumor.results)
    assert (counts["mantis"], counts["msisensor"], counts["tmb"]) == (136, 136, 136)
    lost = {tumor.patient for tumor in study.tumors for result in tumor.results if result.value == "lost"}
    assert len(lost) == 8
    assert any("KRAS_REPORTED" in problem.message for problem in study.problems)
    assert set(counts) == {"mantis", "msisensor", "tmb", "mmr_ihc"}


def test_an_exome_proves_no_coverage(study: Study) -> None:
    assert all(not assay.genes for tumor in study.tumors for assay in tumor.assays)


@pytest.mark.parametrize(("written", "place"), [("GRCh38", "line "), ("hg38", "line ")])
def test_the_wrong_build_is_refused(reference: Path, tmp_path: Path, written: str, place: str) -> None:
    from chemoplan.intake.refused import InputRefused

    with gzip.open(reference / "molecular" / "tcga_read" / "data_mutations.txt.gz", "rt") as stream:
        (tmp_path / "calls.maf").write_text(stream.read().replace("\tGRCh37\t", f"\t{written}\t"))
    with pytest.raises(InputRefused, match=f"calls.maf, {place}"):
        read_maf(tmp_path / "calls.maf", genes=GENES)


def test_the_bases_tell_the_build_where_the_file_does_not(reference: Path, tmp_path: Path) -> None:
    with gzip.open(reference / "molecular" / "tcga_read" / "data_mutations.txt.gz", "rt") as stream:
        (tmp_path / "calls.maf").write_text(stream.read().replace("\tGRCh37\t", "\t\t"))
    assert read_maf(tmp_path / "calls.maf", genes=GENES).build == "GRCh37"


@pytest.mark.parametrize(("name", "samples", "patients"), [("rectal_msk_2019", 339, 300), ("crc_msk_2017", 1134, 1099)])
def test_clinical_sheets_alone_make_a_study_in_which_nothing_was_sequenced(
    reference: Path, tmp_path: Path, name: str, samples: int, patients: int
) -> None:
    (tmp_path / "case_lists").mkdir()
    for path in (reference / "molecular" / "cbioportal_msk").glob(f"{name}.*"):
        short = path.name.removeprefix(f"{name}.")
        shutil.copy(path, tmp_path / "case_lists" / short if short.startswith("cases") else tmp_path / short)
    study = read_study(tmp_path, genes=GENES)
    assert len(study.tumors) == samples and len({tumor.patient for tumor in study.tumors}) == patients
    assert all(tumor.calls is None and not tumor.assays for tumor in study.tumors)
    assert sum(result.what == "tmb" for tumor in study.tumors for result in tumor.results) >= samples
    assert not [problem for problem in study.problems if problem.severity == "error"]


def test_the_examples_with_other_biomarkers_are_read(reference: Path) -> None:
    folder = reference / "molecular" / "oncokb_annotator_examples"
    tumors = read_maf(folder / "example_atypical_alterations.txt", genes=frozenset()).tumors
    assert [result.value for result in tumors[0].results] == ["MSI-H", "Microsatellite Instability-High"]
    reading = read_maf(folder / "example_maf.txt", genes=frozenset())
    doubted = [variant.gene for tumor in reading.tumors for variant in tumor.variants if variant.doubt]
    assert doubted == ["FGFR2"] and reading.rows == 17

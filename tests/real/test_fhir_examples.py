"""Published FHIR examples: each is read without an exception, and states what one can verify in it by eye."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from chemoplan.case.statement import Reading
from chemoplan.intake import read_document, read_reading
from chemoplan.vocabulary import SetValue

FOLDERS = {
    "mcode_examples": 23,
    "genomics_reporting_examples": 9,
    "fhir_r4_examples": 26,
    "synthea": 3,
    "trial_matching": 4,
    "mcode_extraction_csv": 6,
}
CASE_IS_ELSEWHERE = "no rectal cancer in this document"

# File, the facts it states, and parts of the problems that must be told.
EXPECTED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("mcode_examples/Observation-tnm-clinical-primary-tumor-category-cT3.json", {"cT": "T3"}, []),
    ("mcode_examples/Observation-tnm-clinical-distant-metastases-category-cM0.json", {"cM": "M0"}, []),
    ("mcode_examples/Observation-tnm-clinical-stage-group-3c.json", {}, ["IIIC", "computed from T, N and M"]),
    ("mcode_examples/Observation-tnm-pathologic-stage-group-jenny-m.json", {}, ["IIB"]),
    ("mcode_examples/Observation-ecog-performance-status-fully-active.json", {"ecog": 0.0}, []),
    ("mcode_examples/Observation-karnofsky-performance-status-normal-activity.json", {}, ["not converted to ECOG"]),
    ("mcode_examples/Observation-gx-genomic-msi.json", {"mmr": "deficient"}, []),
    ("mcode_examples/Observation-gx-genomic-tmb.json", {"tmb": 57.1}, []),
    ("mcode_examples/Observation-tumor-marker-test-her2-jenny-m.json", {"her2": "negative"}, []),
    ("mcode_examples/Observation-lab-result-observation-hemoglobin.json", {"hemoglobin": 13.5}, []),
    ("mcode_examples/Observation-genomic-region-studied-stk11.json", {}, []),
    ("mcode_examples/Observation-no-history-of-metastatic-cancer.json", {}, []),
    (
        "mcode_examples/Condition-secondary-cancer-condition-brain-mets.json",
        {"metastatic_sites": SetValue(frozenset({"brain"}), complete=False)},
        [],
    ),
    ("mcode_examples/MedicationRequest-cancer-related-medication-request-cisplatin.json", {}, []),
    (
        "mcode_examples/Procedure-radiotherapy-treatment-summary-other-with-text.json",
        {},
        ["Chest Wall", "not known to be in the pelvis"],
    ),
    # The example shows KIT's number as NRAS and the reverse, and says nothing of the codons studied in BRAF.
    (
        "mcode_examples/Observation-gx-genomic-variant-pertinent-negative-nras-kit-braf.json",
        {},
        ["HGNC:6342 is shown as NRAS", "HGNC:7989 is shown as KIT", "BRAF is not stated to be studied at codon 600"],
    ),
    (
        "mcode_examples/Bundle-mcode-patient-bundle-jenny-m.json",
        {"sex": "female", "ecog": 0.0, "weight": 70.30681735},
        [CASE_IS_ELSEWHERE, "cT category is not read", "neutrophils is 3000, which is 3000 10*9/L"],
    ),
    (
        "mcode_examples/Bundle-gx-genomic-bundle-adam-anyperson.json",
        {"sex": "male", "tmb": 57.1},
        ["BRAF is not stated"],
    ),
    # NRAS c.34G>T is codon 12; the second PIK3CA change is on a third base and states nothing.
    (
        "genomics_reporting_examples/Bundle-bundle-oncology-report-example.json",
        {"ras": "mutated", "pi3k_altered": "detected"},
        [],
    ),
    (
        "genomics_reporting_examples/Bundle-bundle-oncologyexamples-r4.json",
        {"sex": "male", "tmb": 25.0, "mmr": "proficient"},
        [],
    ),
    ("genomics_reporting_examples/Bundle-bundle-pgxexample.json", {}, ["its status is unknown"]),
    ("genomics_reporting_examples/Observation-MSIExample.json", {"mmr": "deficient"}, []),
    ("genomics_reporting_examples/Observation-MicrosatelliteInstabilityExample01.json", {"mmr": "proficient"}, []),
    ("genomics_reporting_examples/Observation-TumorMutationBurdenExample01.json", {"tmb": 250.0}, []),
    ("genomics_reporting_examples/Observation-HER2byImmuneStainExample.json", {}, ["Present does not settle it"]),
    ("genomics_reporting_examples/Observation-ROS1-Fusion-var.json", {}, []),
    ("fhir_r4_examples/observation-example.json", {"weight": 83.91458845}, []),
    ("fhir_r4_examples/patient-example.json", {"sex": "male"}, ["age is not computed"]),
    ("fhir_r4_examples/condition-example.json", {}, []),
    (
        "synthea/synthea_colon_1.bundle.json.gz",
        {"sex": "female", "prior_drugs": SetValue(frozenset({"oxaliplatin"}), complete=False)},
        [CASE_IS_ELSEWHERE, "Malignant tumor of colon", "deceased"],
    ),
    ("synthea/synthea_colon_2.bundle.json.gz", {"sex": "female"}, [CASE_IS_ELSEWHERE]),
    (
        "synthea/synthea_colon_3.bundle.json.gz",
        {"sex": "male", "prior_drugs": SetValue(frozenset({"oxaliplatin"}), complete=False)},
        ["Secondary malignant neoplasm of colon"],
    ),
    (
        "trial_matching/TrialMatching_Patient02.json",
        {"sex": "female", "ecog": 1.0, "prior_drugs": SetValue(frozenset({"fluoropyrimidine"}), complete=False)},
        [CASE_IS_ELSEWHERE, "Right breast"],
    ),
    (
        "trial_matching/TrialMatching_Patient01.json",
        {"sex": "female", "ecog": 1.0},
        [CASE_IS_ELSEWHERE, "Secondary malignant neoplasm of liver"],
    ),
    ("trial_matching/query.json", {"sex": "female"}, [CASE_IS_ELSEWHERE]),
    ("mcode_extraction_csv/csv-staging-bundle.json", {}, ["staged by AJCC 6"]),
]


def read(path: Path) -> Reading:
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            return read_reading(json.load(stream), path.name)
    return read_document(path)


@pytest.mark.parametrize(("folder", "count"), FOLDERS.items())
def test_every_published_example_is_read(reference: Path, folder: str, count: int) -> None:
    files = [*(reference / "interop" / folder).glob("*.json"), *(reference / "interop" / folder).glob("*undle.json.gz")]
    assert len(files) == count
    for path in files:
        reading = read(path)
        assert reading.statements or reading.problems or reading.extra, path.name


@pytest.mark.parametrize(("name", "facts", "told"), EXPECTED, ids=[row[0].rsplit("/", 1)[-1] for row in EXPECTED])
def test_an_example_states_what_one_can_see_in_it(
    reference: Path, name: str, facts: dict[str, Any], told: list[str]
) -> None:
    reading = read(reference / "interop" / name)
    assert {item.fact: item.value for item in reading.statements} == facts
    text = "\n".join(problem.message for problem in reading.problems)
    for part in told:
        assert part in text
    elsewhere = [problem for problem in reading.problems if CASE_IS_ELSEWHERE in problem.message]
    assert [problem.severity for problem in elsewhere] == (["scope"] if CASE_IS_ELSEWHERE in told else [])


def test_the_date_and_method_of_an_example_are_kept(reference: Path) -> None:
    reading = read(reference / "interop/mcode_examples/Observation-tnm-clinical-primary-tumor-category-cT3.json")
    source = reading.statements[0].source
    assert source.date is not None and source.date.isoformat() == "2019-04-01"
    assert source.method is not None and "8th edition" in source.method


def test_no_name_of_a_patient_reaches_a_statement_or_a_message(reference: Path) -> None:
    reading = read(reference / "interop/mcode_examples/Bundle-mcode-patient-bundle-jenny-m.json")
    text = repr(reading.statements) + repr([problem.message for problem in reading.problems]) + reading.title
    assert "1965-01-01" not in text
    assert "Jenny" not in text
    assert not any(kept.get("resourceType") == "Patient" for kept in reading.extra.values() if isinstance(kept, dict))

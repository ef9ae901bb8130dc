"""FHIR documents: conditions, drugs, procedures, persons and pages, and what is kept of the rest."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chemoplan.intake import InputRefused, read_document, read_reading
from chemoplan.vocabulary import SetValue
from tests.spec.fhir_resources import (
    LOINC,
    PATIENT,
    SNOMED,
    coded,
    observation,
    read,
    text_answer,
    told,
    values,
    variant,
)


def rectal(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": "rectum",
        "subject": {"reference": "Patient/p"},
        "code": coded(SNOMED, "93984006", "Primary malignant neoplasm of rectum"),
    } | rest


RECTUM = {"primary_site": "rectum"}
"""What the condition itself states in each of these."""


def test_a_condition_states_histology_and_metastases_but_never_all_of_them() -> None:
    histology = {
        "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior",
        "valueCodeableConcept": coded(SNOMED, "72495009"),
    }
    liver = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "C78.7"),
    }
    nodes = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "C77.5"),
    }
    gone = liver | {
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "C78.0"),
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved"),
    }
    reading = read(rectal(extension=[histology]), liver, nodes, gone)
    assert values(reading) == RECTUM | {
        "histology": "mucinous",
        "metastatic_sites": SetValue(frozenset({"liver"}), complete=False),
    }
    assert "does not tell a site of distant metastases" in told(reading) and "clinical status is resolved" in told(
        reading
    )


def test_a_refuted_condition_is_not_a_metastasis() -> None:
    refuted = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "code": coded(SNOMED, "94381002"),
        "verificationStatus": {"coding": [{"code": "refuted"}]},
    }
    assert values(read(refuted)) == {}


def test_findings_of_another_tumor_are_not_taken_for_the_rectal_one() -> None:
    breast = {
        "resourceType": "Condition",
        "id": "breast",
        "subject": {"reference": "Patient/p"},
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "C50.9", "Breast cancer"),
    }
    about_breast = observation(
        coded(SNOMED, "399504009"), valueCodeableConcept={"text": "cT2"}, focus=[{"reference": "Condition/breast"}]
    )
    about_rectum = observation(
        coded(SNOMED, "399504009"), valueCodeableConcept={"text": "cT3"}, focus=[{"reference": "Condition/rectum"}]
    )
    about_none = observation(coded(LOINC, "48676-1"), valueCodeableConcept={"text": "positive"})
    reading = read(rectal(), breast, about_breast, about_rectum, about_none)
    assert values(reading) == RECTUM | {"cT": "T3"}
    assert "about another tumor (Breast cancer)" in told(reading) and "several tumors" in told(reading)
    assert not [problem for problem in reading.problems if problem.severity == "error"]


def test_a_person_without_a_rectal_cancer_is_not_a_case() -> None:
    breast = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}, "code": {"text": "Breast cancer"}}
    errors = [problem.message for problem in read(breast).problems if problem.severity == "scope"]
    assert errors == ["no rectal cancer in this document, only Breast cancer; plans are for rectal cancer"]


def medication(kind: str, status: str, name: str, **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "status": status,
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"text": name},
    } | rest


def test_drugs_that_were_given_are_some_of_the_prior_drugs() -> None:
    reading = read(
        medication("MedicationAdministration", "completed", "10 ML oxaliplatin 5 MG/ML Injection"),
        medication("MedicationStatement", "completed", "capecitabine 500 MG Oral Tablet"),
        medication("MedicationRequest", "active", "panitumumab"),
        medication("MedicationRequest", "completed", "irinotecan", intent="plan"),
        medication("MedicationStatement", "not-taken", "regorafenib"),
        medication("MedicationStatement", "completed", "fluorouracil 5 % topical cream"),
        medication("MedicationStatement", "completed", "paracetamol"),
    )
    stated = {
        member for item in reading.statements if isinstance(item.value, SetValue) for member in item.value.members
    }
    assert stated == {"oxaliplatin", "fluoropyrimidine"}
    assert not any(item.value.complete for item in reading.statements if isinstance(item.value, SetValue))
    assert "does not show that it was given" in told(reading) and "not taken" in told(reading)
    assert set(reading.extra) == {f"Bundle.entry[{n}].resource" for n in (3, 4, 5, 6, 7)}


def test_a_medication_is_found_by_reference() -> None:
    given = {
        "resourceType": "MedicationStatement",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "medicationReference": {"reference": "Medication/m"},
    }
    drug = {
        "resourceType": "Medication",
        "id": "m",
        "code": coded("http://www.nlm.nih.gov/research/umls/rxnorm", "318341"),
    }
    assert values(read(given, drug)) == {"prior_drugs": SetValue(frozenset({"anti_egfr"}), complete=False)}


def test_radiation_counts_for_the_pelvis_only_when_its_site_says_so() -> None:
    course = {
        "resourceType": "Procedure",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "code": coded(SNOMED, "1217123003"),
    }
    assert values(read(course | {"bodySite": [coded(SNOMED, "34402009")]})) == {"prior_pelvic_radiation": True}
    assert values(read(course)) == {}
    assert values(read(course | {"status": "not-done", "bodySite": [coded(SNOMED, "34402009")]})) == {}


def test_a_resection_takes_the_primary_away_and_its_weeks_are_counted_to_the_decision() -> None:
    resection = {
        "resourceType": "Procedure",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "Low anterior resection"},
        "performedDateTime": "2026-03-03",
    }
    reading = read(resection, timestamp="2026-03-31T10:00:00Z")
    assert values(reading, but=("sex", "age")) == {"primary_in_place": False, "weeks_since_surgery": 4.0}


def test_age_is_the_completed_years_on_the_day_of_the_decision() -> None:
    assert values(read(timestamp="2026-05-01T00:00:00Z"))["age"] == 65.0
    assert values(read(timestamp="2026-05-02T00:00:00Z"))["age"] == 66.0
    assert "age is not computed" in told(read())


def test_resources_of_another_person_are_never_carried_over() -> None:
    other = observation(coded(LOINC, "89247-1"), valueInteger=3) | {"subject": {"reference": "Patient/q"}}
    reading = read(other)
    assert values(reading) == {}
    assert "about another person (Patient/q)" in told(reading)


def test_several_persons_are_refused_until_one_is_chosen() -> None:
    def person(identity: str, ecog: int) -> list[dict[str, Any]]:
        return [
            {"resourceType": "Patient", "id": identity, "name": [{"family": "Invented"}]},
            observation(coded(LOINC, "89247-1"), valueInteger=ecog) | {"subject": {"reference": f"Patient/{identity}"}},
        ]

    bundle = {"resourceType": "Bundle", "entry": [{"resource": item} for item in person("a", 0) + person("b", 2)]}
    with pytest.raises(InputRefused, match=r"2 persons \(Patient/a, Patient/b\); choose one with --row") as refused:
        read_reading(bundle, "two.json")
    assert "Invented" not in str(refused.value)
    for row in ("b", "Patient/b", "2"):
        assert values(read_reading(bundle, "two.json", row=row)) == {"ecog": 2.0}
    with pytest.raises(InputRefused, match="no person 'c'"):
        read_reading(bundle, "two.json", row="c")


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Encounter", "class": [{"coding": []}]},
        {"resourceType": "MedicationRequest", "medication": {"concept": {"text": "x"}}},
        {
            "resourceType": "Observation",
            "meta": {"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Observation"]},
        },
        {"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"},
        {"resourceType": "Procedure", "occurrenceDateTime": "2026-01-01"},
        {"resourceType": "ActorDefinition"},
    ],
)
def test_r5_is_recognized_and_refused(resource: dict[str, Any]) -> None:
    with pytest.raises(InputRefused, match=r"FHIR R5 or later .*; expected FHIR R4"):
        read(resource)
    with pytest.raises(InputRefused, match="FHIR R5"):
        read_reading(resource, "one.json")


def test_one_bad_resource_does_not_sink_the_others() -> None:
    good = observation(coded(LOINC, "89247-1"), valueInteger=1)
    bad: list[Any] = [
        None,
        5,
        {"no": "type"},
        {"resourceType": "Observation", "status": "final", "code": "x"},
        observation({"coding": "x"}),
        {"resourceType": 5},
    ]
    bundle = {"resourceType": "Bundle", "entry": [*({"resource": item} for item in bad), "x", None, {"resource": good}]}
    reading = read_reading(bundle, "bundle.json")
    assert values(reading) == {"ecog": 1.0}
    for index in range(8):
        assert any(problem.path.startswith(f"Bundle.entry[{index}]") for problem in reading.problems), index


def test_unknown_elements_and_unread_resources_survive() -> None:
    reading = read(
        observation(coded(LOINC, "89247-1"), valueInteger=1, flavor="odd"), {"resourceType": "Goal", "id": "g"}
    )
    assert reading.extra == {
        "Bundle.entry[1].resource.flavor": "odd",
        "Bundle.entry[2].resource": {"resourceType": "Goal", "id": "g"},
    }
    assert "Bundle.entry[1].resource.flavor: not an element of FHIR R4" in told(reading)


def test_a_repeated_resource_states_its_fact_once() -> None:
    same = observation(coded(LOINC, "89247-1"), valueInteger=1, id="e")
    reading = read(same, same)
    assert [item.fact for item in reading.statements].count("ecog") == 1
    twin = read(same, same | {"valueInteger": 2})
    assert "same id as Bundle.entry[1].resource and other content" in told(twin)


@pytest.mark.parametrize("kind", [5, None, "", "bundle", "Bun dle", ["Bundle"]])
def test_what_is_no_resource_is_refused(kind: Any) -> None:
    with pytest.raises(InputRefused, match="expected a FHIR R4 Bundle or resource"):
        read_reading({"resourceType": kind}, "x.json")


def test_what_comes_to_nothing_is_kept() -> None:
    absent = [
        variant("ERBB2", "3430", "LA9634-2"),
        variant("NTRK1", "8031", "LA9634-2"),
        text_answer("60034-6", "Negative"),
    ]
    region = observation(
        coded(LOINC, "53041-0"),
        component=[
            {"code": coded(LOINC, "48018-6"), "valueCodeableConcept": coded("http://www.genenames.org", "KRAS")}
        ],
    )
    reading = read(*absent, region)
    assert values(reading) == {}
    assert set(reading.extra) == {f"Bundle.entry[{n}].resource" for n in (1, 2, 3, 4)}


def test_an_mri_subcategory_is_read_as_its_category_and_told() -> None:
    reading = read(observation(coded(SNOMED, "399504009"), valueString="cT3b"))
    assert values(reading) == {"cT": "T3"}
    assert "T3b is read as T3" in told(reading)


def test_the_stage_of_a_condition_is_read_with_its_prefix_or_listed() -> None:
    reading = read(rectal(stage=[{"summary": {"text": "cT3 cN1b cM0"}}]))
    assert values(reading) == RECTUM | {"cT": "T3", "cN": "N1b", "cM": "M0"}
    for text in ("Stage IIIB", "T3N1M0", "cT3 or cT4b"):
        reading = read(rectal(stage=[{"summary": {"text": text}}]))
        assert values(reading) == RECTUM
        assert f"stage[0].summary: {text} is not read in full" in told(reading)
    assert not told(read(rectal(stage=[{"assessment": [{"reference": "Observation/o"}]}]))).count("stage")


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ({"text": "Adenocarcinoma of rectum"}, RECTUM | {"histology": "adenocarcinoma"}),
        ({"text": "Carcinoid tumor of rectum"}, RECTUM | {"histology": "neuroendocrine"}),
        ({"text": "Liver metastases"}, {"metastatic_sites": SetValue(frozenset({"liver"}), complete=False)}),
        (coded(SNOMED, "94391008"), {"metastatic_sites": SetValue(frozenset({"lung"}), complete=False)}),
        ({"text": "Adenocarcinoma of the rectosigmoid junction"}, {"histology": "adenocarcinoma"}),
        ({"text": "Rectal cancer without metastases"}, {}),
        ({"text": "Family history of rectal cancer"}, {}),
    ],
)
def test_a_condition_is_read_by_what_it_names(code: dict[str, Any], facts: dict[str, Any]) -> None:
    assert values(read(rectal(code=code))) == facts


def test_a_histology_stated_by_itself_stands_before_the_name_of_the_cancer() -> None:
    finding = observation(coded(LOINC, "59847-4"), valueCodeableConcept={"text": "Signet ring cell carcinoma"})
    found = values(read(rectal(code={"text": "Adenocarcinoma of rectum"}), finding))
    assert found == RECTUM | {"histology": "signet_ring"}


@pytest.mark.parametrize("code", ["Z12.11", "Z80.3", "Z85.3"])
def test_screening_and_history_are_no_second_tumor(code: str) -> None:
    visit = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", code, "Encounter or history, malignant neoplasm"),
    }
    reading = read(rectal(), visit, observation(coded(SNOMED, "399504009"), valueString="cT3"))
    assert values(reading) == RECTUM | {"cT": "T3"}
    assert "Bundle.entry[2].resource" in reading.extra


def test_a_cancer_said_to_have_spread_is_told() -> None:
    assert "the spread it speaks of is not read" in told(read(rectal(code={"text": "Metastatic rectal cancer"})))


def test_the_last_value_of_a_day_stands_when_each_gives_its_time() -> None:
    def creatinine(value: float, when: str) -> dict[str, Any]:
        return observation(
            coded(LOINC, "2160-0"), valueQuantity={"value": value, "code": "mg/dL"}, effectiveDateTime=when
        )

    early, late = creatinine(0.9, "2026-03-30T08:00:00Z"), creatinine(1.1, "2026-03-30T15:30:00+01:00")
    reading = read(late, early)
    assert values(reading) == {"creatinine": 1.1}
    assert "a later value of the same day replaces it" in told(reading)
    without = read(creatinine(0.9, "2026-03-30"), late)
    assert [item.value for item in without.statements if item.fact == "creatinine"] == [0.9, 1.1]


def test_nothing_of_a_patient_is_kept_or_shown_even_when_it_is_malformed() -> None:
    odd = PATIENT | {"mrn": "MRN-77", "gender": ["x"], "birthDate": 19600502, "name": [{"text": "Invented Name"}]}
    relative = {"resourceType": "RelatedPerson", "name": [{"text": "Invented Name"}]}
    subject = observation(coded(LOINC, "89247-1"), valueInteger=1) | {"subject": [{"display": "Invented Name"}]}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": item} for item in (odd, relative, subject)]}
    reading = read_reading(bundle, "bundle.json")
    shown = told(reading) + repr([item for path, item in reading.extra.items() if "[2]" not in path])
    assert not any(word in shown for word in ("Invented", "MRN-77", "19600502"))
    assert "entry[0].resource.mrn" in told(reading) and "entry[1].resource: not read" in told(reading)


def test_a_bundle_with_further_pages_says_so() -> None:
    bundle = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "https://x"}], "entry": []}
    assert "further pages" in told(read_reading(bundle, "bundle.json"))


def test_the_day_of_the_decision_may_come_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(PATIENT))
    reading = read_document(path, decided_on=date(2026, 5, 2))
    assert values(reading)["age"] == 66.0

"""FHIR resources for tests, made by hand, and what was read from them."""

from __future__ import annotations

from typing import Any

from chemoplan.case.statement import Reading
from chemoplan.intake import read_reading

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-05-02"}


def coded(system: str, code: str, display: str = "") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def observation(code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": code,
    } | rest


def variant(gene: str, number: str, result: str = "LA9633-4", **components: str) -> dict[str, Any]:
    codes = {"protein": "48005-3", "coding": "48004-6", "source": "48002-0", "ranges": "51959-5", "name": "81252-9"}
    parts = [
        {
            "code": coded(LOINC, "48018-6"),
            "valueCodeableConcept": coded("http://www.genenames.org", f"HGNC:{number}", gene),
        }
    ]
    for name, value in components.items():
        answer = (
            {"valueCodeableConcept": coded(LOINC, value)}
            if name == "source"
            else {"valueCodeableConcept": {"text": value}}
        )
        parts.append({"code": coded(LOINC, codes[name])} | answer)
    return observation(coded(LOINC, "69548-6"), valueCodeableConcept=coded(LOINC, result), component=parts)


def text_answer(code: str, text: str) -> dict[str, Any]:
    return observation(coded(LOINC, code), valueCodeableConcept={"text": text})


def read(*resources: dict[str, Any], timestamp: str | None = None, patient: bool = True) -> Reading:
    entries = [{"resource": resource} for resource in ([PATIENT] if patient else []) + list(resources)]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return read_reading(bundle | ({"timestamp": timestamp} if timestamp else {}), "bundle.json")


def values(reading: Reading, *, but: tuple[str, ...] = ("sex",)) -> dict[str, Any]:
    return {item.fact: item.value for item in reading.statements if item.fact not in but}


def told(reading: Reading) -> str:
    return "\n".join(f"{problem.path}: {problem.message}" for problem in reading.problems)


QUANTITY = {"system": "http://unitsofmeasure.org"}

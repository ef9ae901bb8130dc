"""A referral as FHIR R4: a ServiceRequest that says what is asked, a Task that says how far it is, and whom they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chemoplan.intake.fhir.tables import OWN
from chemoplan.web.referrals.referral_form import RECORDS

NPI = "http://hl7.org/fhir/sid/us-npi"
TASK_CODES = "http://hl7.org/fhir/CodeSystem/task-code"
SNOMED = "http://snomed.info/sct"
INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
PRIORITY = {"routine": "routine", "week": "urgent", "day": "asap"}
"""How soon, as the form asks it, and as FHIR says it."""
REQUEST_STATUS = {"completed": "completed", "rejected": "revoked", "cancelled": "revoked"}
"""The status of the request once its task has ended; active until then."""
WORDS = {
    "diagnosis": "New diagnosis of rectal cancer", "opinion": "Second opinion", "treatment": "Treatment",
    "liver": "Spread to the liver", "trial": "Clinical trial",
}  # fmt: skip


def service_request(identity: str, answers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What is asked for."""
    request: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": resource_id(identity),
        "status": "active",
        "intent": "order",
        "priority": PRIORITY[answers["urgency"]],
        "code": {
            "coding": [{"system": SNOMED, "code": "3457005", "display": "Patient referral"}],
            "text": "Referral to the rectal cancer team",
        },
        "subject": {"reference": "Patient/patient"},
        "authoredOn": instant(now),
        "requester": {"reference": "PractitionerRole/requester"},
        "reasonCode": [{"text": WORDS[answers["reason"]]}],
    }
    notes = [
        {"text": f"{title}: {answers[name]}"}
        for name, title in (("question", "Question"), ("stage", "Stage as reported"), ("notes", "Further notes"))
        if answers.get(name)
    ]
    return request | ({"note": notes} if notes else {})


def task(identity: str, answers: Mapping[str, Any], now: datetime, reply_within: timedelta) -> dict[str, Any]:
    """The work on it, as it begins. The checklist of records is its input, the promised reply the end of its time."""
    return {
        "resourceType": "Task",
        "id": resource_id(identity),
        "status": "requested",
        "intent": "order",
        "priority": PRIORITY[answers["urgency"]],
        "code": {"coding": [{"system": TASK_CODES, "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/{resource_id(identity)}"},
        "for": {"reference": "Patient/patient"},
        "authoredOn": instant(now),
        "lastModified": instant(now),
        "requester": {"reference": "PractitionerRole/requester"},
        "restriction": {"period": {"end": instant(now + reply_within)}},
        "input": [{"type": {"text": name}, "valueString": answers[f"record_{name}"]} for name in RECORDS],
    }


def moved(known: Mapping[str, Any], status: str, reason: str, now: datetime) -> dict[str, Any]:
    """The task in its next status. A reason stands with the status it explains, and goes with it."""
    found = {key: value for key, value in known.items() if key != "statusReason"}
    found |= {"status": status, "lastModified": instant(now)}
    return found | ({"statusReason": {"text": reason}} if reason else {})


def bundle(
    request: Mapping[str, Any], work: Mapping[str, Any], answers: Mapping[str, Any], files: Sequence[Any]
) -> dict[str, Any]:
    """Everything of a referral as a collection. Files are named, not carried: they are downloaded for themselves."""
    documents = [_document(row) for row in files]
    asked = dict(request)
    if documents:
        asked["supportingInfo"] = [{"reference": f"DocumentReference/{item['id']}"} for item in documents]
    resources = [_patient(answers), _practitioner(answers), _role(answers), asked, dict(work), *documents]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"{OWN}/{item['resourceType']}/{item['id']}", "resource": item} for item in resources],
    }


def instant(moment: datetime) -> str:
    """A moment as FHIR writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def resource_id(identity: str) -> str:
    """An id of ours as FHIR allows it: letters, digits, hyphen and dot. An underscore becomes a dot, so that no two ids meet."""
    return identity.replace("_", ".")


def _patient(answers: Mapping[str, Any]) -> dict[str, Any]:
    language = {"en": "English", "es": "Spanish"}.get(answers["patient_language"], answers["patient_other_language"])
    concept: dict[str, Any] = {"text": language}
    if answers["patient_language"] != "other":
        concept["coding"] = [{"system": "urn:ietf:bcp:47", "code": answers["patient_language"]}]
    return {
        "resourceType": "Patient",
        "id": "patient",
        "extension": [{"url": INTERPRETER, "valueBoolean": answers["interpreter"] != "no"}],
        "name": [{"text": answers["patient_name"]}],
        "telecom": _telecom(answers["patient_phone"], answers.get("patient_email", "")),
        "birthDate": answers["patient_born"],
        "communication": [{"language": concept, "preferred": True}],
    }


def _practitioner(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "id": "clinician",
        "identifier": [{"system": NPI, "value": answers["npi"]}],
        "name": [{"text": answers["clinician_name"]}],
    }


def _role(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "id": "requester",
        "practitioner": {"reference": "Practitioner/clinician"},
        "organization": {"display": answers["practice"]},
        "telecom": _telecom(answers["clinician_phone"], answers["clinician_email"]),
    }


def _telecom(phone: str, email: str) -> list[dict[str, str]]:
    return [{"system": kind, "value": value} for kind, value in (("phone", phone), ("email", email)) if value]


def _document(row: Any) -> dict[str, Any]:
    attachment = {"contentType": row.media_type, "title": row.name, "size": row.size}
    return {
        "resourceType": "DocumentReference",
        "id": resource_id(row.id),
        "status": "current",
        "subject": {"reference": "Patient/patient"},
        "date": instant(row.created_at),
        "content": [{"attachment": attachment}],
    }

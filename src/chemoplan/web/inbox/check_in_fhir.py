"""The check-in as FHIR R4: the form as a Questionnaire, what somebody sent as a QuestionnaireResponse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chemoplan.intake.fhir.tables import OWN
from chemoplan.knowledge.people_texts import Text
from chemoplan.web.inbox.check_in import NOTE, UNSAID, CheckIn, Symptom

MEDIA_TYPE = "application/fhir+json"
CANONICAL = f"{OWN}/Questionnaire/weekly-check-in"
ANSWERS = f"{OWN}/CodeSystem/check-in-answer"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def questionnaire(form: CheckIn) -> dict[str, Any]:
    """The form, in English with Spanish beside it; the grade that an answer comes closest to is its ordinal value."""
    groups = [
        {
            "linkId": f"group-{number}", **_worded(title, "text"), "type": "group",
            "item": [_item(form, symptom) for symptom in symptoms],
        }
        for number, (title, symptoms) in enumerate(form.groups(), start=1)
    ]  # fmt: skip
    note: dict[str, Any] = {
        "linkId": NOTE,
        **_worded(form.words["open_ended"], "text"),
        "type": "text",
        "required": False,
    }
    return {
        "resourceType": "Questionnaire",
        "id": "weekly-check-in",
        "url": CANONICAL,
        "language": "en",
        "status": "draft",
        "experimental": True,
        "subjectType": ["Patient"],
        **_worded(form.words["title"], "title"),
        "item": [*groups, note],
    }


def _item(form: CheckIn, symptom: Symptom) -> dict[str, Any]:
    options: list[dict[str, Any]] = [
        {
            **({"extension": [{"url": ORDINAL, "valueDecimal": answer.grade}]} if answer.grade is not None else {}),
            "valueCoding": {"system": ANSWERS, "code": f"{symptom.id}.{answer.id}", **_worded(answer.words, "display")},
        }
        for answer in symptom.answers
    ]
    options.append({"valueCoding": {"system": ANSWERS, "code": UNSAID, **_worded(form.words["unsaid"], "display")}})
    return {
        "linkId": symptom.id, **_worded(symptom.ask, "text"), "type": "choice", "required": False, "answerOption": options,
    }  # fmt: skip


def _worded(text: Text, name: str) -> dict[str, Any]:
    spanish = [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": text.text_in("es")}]
    return {name: text.text_in("en"), f"_{name}": {"extension": [{"url": TRANSLATION, "extension": spanish}]}}


def questionnaire_response(
    form: CheckIn, identity: str, person: str, answers: Mapping[str, str], sent: datetime, language: str
) -> dict[str, Any]:
    """What one person sent. What was not said is an item without an answer, with the reason for its absence."""
    groups = [
        {"linkId": f"group-{number}", "item": [_answered(symptom, answers, language) for symptom in symptoms]}
        for number, (_, symptoms) in enumerate(form.groups(), start=1)
    ]
    items: list[dict[str, Any]] = list(groups)
    if note := answers.get(NOTE, "").strip():
        items.append({"linkId": NOTE, "answer": [{"valueString": note}]})
    return {
        "resourceType": "QuestionnaireResponse",
        "id": identity.replace("_", "."),  # FHIR ids know no underscore
        "questionnaire": CANONICAL,
        "language": language,
        "status": "completed",
        "subject": {"reference": f"Patient/{person.replace('_', '.')}"},
        "authored": sent.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "item": items,
    }


def _answered(symptom: Symptom, answers: Mapping[str, str], language: str) -> dict[str, Any]:
    answer = symptom.answer(answers.get(symptom.id))
    if answer is None:
        why = "asked-declined" if answers.get(symptom.id) == UNSAID else "unknown"
        return {"linkId": symptom.id, "extension": [{"url": ABSENT, "valueCode": why}]}
    coding = {"system": ANSWERS, "code": f"{symptom.id}.{answer.id}", "display": answer.words.text_in(language)}
    return {"linkId": symptom.id, "answer": [{"valueCoding": coding}]}

"""What a referral asks, as data: its sections and fields, the checklist of records, and the check digit of an NPI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from chemoplan.web.forms import Choice, Field, Form, read_date

OLDEST = 130
MOST_FILES = 12
RECORDS = ("pathology", "mri", "ct", "colonoscopy", "cea", "molecular", "prior_treatment")
"""The records of the checklist. Each is asked for: have, to follow, or not done."""
ANSWERS = ("have", "to_follow", "not_done")


def _choices(area: str, *names: str) -> tuple[Choice, ...]:
    return tuple((name, f"referral.{area}.{name}") for name in names)


def npi_problem(value: str) -> str | None:
    """The key of what is wrong with an NPI, or None: ten digits, the last one a Luhn check digit over 80840 and the others."""
    digits = value.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 10 and digits[0] in "12"):
        return "referral.sender.npi_wrong"
    total = 0
    for place, sign in enumerate(reversed("80840" + digits)):
        number = int(sign) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return None if total % 10 == 0 else "referral.sender.npi_wrong"


def sections(today: date) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    """The sections of the form in order, each with its fields."""
    return (
        ("sender", SENDER),
        ("patient", _patient(today)),
        ("reason", REASON),
        ("known", KNOWN),
        ("records", tuple(_record(name) for name in RECORDS)),
        ("files", (FILES,)),
        ("consent", (Field("consent", "checkbox", "referral.consent"),)),
    )  # fmt: skip


def _record(name: str) -> Field:
    return Field(f"record_{name}", "radios", f"referral.records.{name}", choices=_choices("records", *ANSWERS))


def fields(today: date) -> tuple[Field, ...]:
    """Every field of the form in order."""
    return tuple(item for _, found in sections(today) for item in found)


def check_together(form: Form) -> None:
    """What only two answers together can get wrong."""
    if form.values["patient_language"] == "other" and not form.values["patient_other_language"]:
        form.add_error("patient_other_language", "referral.patient.other_language_missing")


def answers_of(form: Form) -> dict[str, Any]:
    """The answers as they are kept: without the files, the NPI as ten digits, the birth date as ISO 8601 writes it."""
    found = {item.name: form.values[item.name] for item in form.fields if item.kind != "file"}
    found["npi"] = "".join(sign for sign in str(found["npi"]) if sign.isdigit())
    born = read_date(str(found["patient_born"]))
    return {**found, "patient_born": born.isoformat() if born else ""}


SENDER = (
    Field("clinician_name", label="referral.sender.name"),
    Field("practice", label="referral.sender.practice"),
    Field("npi", label="referral.sender.npi", hint="referral.sender.npi_hint", max_length=20, autocomplete="off", check=npi_problem),
    Field("clinician_phone", "tel", "referral.sender.phone", max_length=30, autocomplete="tel"),
    Field("clinician_email", "email", "referral.sender.email", max_length=254, autocomplete="email"),
)  # fmt: skip

REASON = (
    Field("reason", "radios", "referral.reason.label", choices=_choices("reason", "diagnosis", "opinion", "treatment", "liver", "trial")),
    Field("urgency", "radios", "referral.reason.urgency", choices=_choices("reason", "routine", "week", "day")),
    Field("question", "textarea", "referral.reason.question", required=False, max_length=2000),
)  # fmt: skip

KNOWN = (
    Field("proof", "radios", "referral.known.proof", choices=_choices("known", "proven", "pending", "not_done")),
    Field("stage", label="referral.known.stage", hint="referral.known.stage_hint", required=False),
    Field("treated", "radios", "referral.known.treated", choices=_choices("known", "none", "now", "done", "unknown")),
    Field("notes", "textarea", "referral.known.notes", "referral.known.notes_hint", required=False, max_length=4000),
)  # fmt: skip

LANGUAGES = (
    ("en", "referral.patient.english"),
    ("es", "referral.patient.spanish"),
    ("other", "referral.patient.other"),
)

FILES = Field("files", "file", "referral.files.label", required=False)


def _patient(today: date) -> tuple[Field, ...]:
    return (
        Field("patient_name", label="referral.patient.name", autocomplete="off"),
        Field("patient_born", "date", "referral.patient.born", autocomplete="off", check=_born(today)),
        Field("patient_phone", "tel", "referral.patient.phone", max_length=30, autocomplete="off"),
        Field("patient_email", "email", "referral.patient.email", required=False, max_length=254, autocomplete="off"),
        Field("patient_language", "radios", "referral.patient.language", choices=LANGUAGES),
        Field("patient_other_language", label="referral.patient.other_language", required=False, max_length=60, autocomplete="off"),
        Field("interpreter", "radios", "referral.patient.interpreter", choices=_choices("patient", "no", "yes", "sign")),
    )  # fmt: skip


def _born(today: date) -> Callable[[str], str | None]:
    def problem(value: str) -> str | None:
        day = read_date(value)
        return None if day and day <= today and today.year - day.year <= OLDEST else "referral.patient.born_wrong"

    return problem

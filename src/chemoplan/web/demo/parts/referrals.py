"""Invented referrals at several steps: new, waiting for records, accepted. Nobody knows their codes; their sender has an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chemoplan.web.center.center import Center
from chemoplan.web.guards.uploads import Upload
from chemoplan.web.inbox import triage
from chemoplan.web.referrals import referring
from chemoplan.web.referrals.referral_form import RECORDS
from chemoplan.web.store.database import Database

SENDER = {
    "clinician_name": "Dana Sample, MD", "practice": "Sample Family Practice", "npi": "1234567893", "clinician_phone": "555-0123",
    "clinician_email": "dana@example-practice.example", "consent": "yes",
}  # fmt: skip
PATIENT = {
    "patient_phone": "555-0134", "patient_email": "", "patient_language": "en", "patient_other_language": "", "interpreter": "no",
    "question": "", "stage": "", "notes": "", "proof": "proven", "treated": "none",
}  # fmt: skip
HAVE = {f"record_{name}": "have" for name in RECORDS}
REPORT = b"Invented report, no such person exists.\nAdenocarcinoma of the rectum, 8 cm from the anal verge.\n"

Person = tuple[dict[str, Any], int, tuple[dict[str, Any], ...]]
PEOPLE: tuple[Person, ...] = (
    (
        {"patient_name": "Alex Invented", "patient_born": "1961-04-02", "reason": "diagnosis", "urgency": "week",
         "stage": "cT3 cN1 cM0", "record_molecular": "to_follow", "record_prior_treatment": "not_done"},
        3, (),
    ),
    (
        {"patient_name": "Bea Madeup", "patient_born": "1974-11-19", "reason": "liver", "urgency": "routine", "treated": "done",
         "patient_language": "es", "interpreter": "yes", "record_mri": "to_follow", "record_molecular": "to_follow"},
        30, ({"status": "received"}, {"status": "on-hold", "missing": ("mri", "molecular")}),
    ),
    (
        {"patient_name": "Cal Fictional", "patient_born": "1955-01-30", "reason": "opinion", "urgency": "day", "proof": "pending"},
        50, ({"status": "received"}, {"status": "accepted"}),
    ),
)  # fmt: skip
"""Answers, hours since it was sent, and the steps since then."""


def fill(database: Database, center: Center, people: Mapping[str, str], now: datetime) -> None:
    """Send the referrals and take their steps."""
    for own, hours, steps in PEOPLE:
        answers = {**SENDER, **PATIENT, **HAVE, **own}
        sent_at = now - timedelta(hours=hours)
        with database.write() as connection:
            sent = referring.send(connection, answers, center, "no code", sent_at, people["referrer"])
            report = Upload("pathology-report.txt", "text/plain", REPORT)
            referring.keep_file(connection, referring.REFERRAL, sent.id, report, sent_at)
            for number, step in enumerate(steps, start=1):
                referring.move(
                    connection, sent.id, step["status"], sent_at + timedelta(hours=2 * number), by="team",
                    who="Noor Navigator, RN", missing=step.get("missing", ()),
                )  # fmt: skip
            if steps:
                triage.close(connection, "referral", sent.id, now, people["navigator"])

"""The shipped cases, one of them with sequencing and inherited genes, and a decision that the team made otherwise. All invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, update

from chemoplan.intake.examples import example_paths
from chemoplan.intake.read import read_document
from chemoplan.web.cases import case_store
from chemoplan.web.cases.case_store import Document
from chemoplan.web.center.center import Center
from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import cases, new_id

PATIENTS = {"demo.fhir.json": "patient", "02-standard-risk-mid-rectum.yaml": "second patient"}
"""Whose case it is, by the file it is made from."""
WITH_GENES = "05-missing-biomarkers.yaml"
GENES = (
    ("tumor.maf", "tumor", "INVENTED-TUMOR"),
    ("genes.txt", "panel", ""),
    ("germline.vcf", "germline", "INVENTED-GERMLINE"),
)


def fill(database: Database, center: Center, people: Mapping[str, str], now: datetime) -> None:
    """One case for each shipped example, made by the navigator on different days."""
    with database.write() as connection:
        for number, path in enumerate(example_paths()):
            at = now - timedelta(days=30 - 2 * number, hours=number)
            _case(connection, path, people, at)


def _case(connection: Connection, path: Path, people: Mapping[str, str], at: datetime) -> None:
    identity = new_id()
    reading = read_document(path)
    documents = [_document(connection, identity, path, "case", "", at)]
    navigator, person = people["navigator"], people.get(PATIENTS.get(path.name, ""))
    label = reading.title or f"Invented: {reading.case}"
    case_store.new_case(connection, label, documents, {}, None, "Made from files", navigator, at, identity=identity)
    if person:
        connection.execute(update(cases).where(cases.c.id == identity).values(patient_account_id=person))
    if path.name == WITH_GENES:
        folder = Path(str(files("chemoplan") / "examples"))
        added = [_document(connection, identity, folder / name, kind, row, at) for name, kind, row in GENES]
        change, later = "Added: tumor.maf, genes.txt, germline.vcf", at + timedelta(hours=2)
        case_store.change_case(connection, identity, 1, change, navigator, later, documents=[*documents, *added])


def _document(
    connection: Connection, case_id: str, path: Path, kind: str, row: str, at: datetime
) -> Document:  # fmt: skip
    content = path.read_bytes()
    media_type = "application/json" if path.suffix == ".json" else "text/plain"
    return Document(path.name, kind, case_store.keep_file(connection, case_id, path.name, media_type, content, at), row)

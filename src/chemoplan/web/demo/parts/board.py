"""A tumor board to come with cases of the demonstration, and one that is over. The decision is invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from chemoplan.web.cases import board_store
from chemoplan.web.center.center import Center
from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import cases

QUESTIONS = (
    "Treatment before surgery, or surgery first?",
    "Is the margin safe without radiation?",
    "Which option first?",
)


def fill(database: Database, center: Center, people: Mapping[str, str], now: datetime) -> None:
    """Two meetings; without cases their agendas stay empty."""
    clinician = people["clinician"]
    with database.write() as connection:
        found = connection.execute(select(cases.c.id).order_by(cases.c.label).limit(len(QUESTIONS))).scalars().all()
        coming = board_store.call(connection, "Tumor board", now + timedelta(days=4), clinician, now)
        for case_id, question in zip(found, QUESTIONS, strict=False):
            board_store.add(connection, coming, case_id, question)
        past = board_store.call(connection, "Tumor board", now - timedelta(days=3), clinician, now - timedelta(days=9))
        if found:
            item = board_store.item(connection, past, board_store.add(connection, past, found[0], QUESTIONS[0]))
            assert item
            values = {
                "decision": "See again with the missing result. An invented decision.",
                "dissent": "One member would not wait for it.",
                "owner": "Ana Rivera, MD",
            }
            board_store.decide(connection, item, values, [], clinician, now - timedelta(days=3))
        board_store.close(connection, past, closed=True)

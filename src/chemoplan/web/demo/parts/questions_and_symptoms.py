"""Questions and check-ins of the invented patients: one that worsens, one answered, one who sent nothing this week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chemoplan.web.center.center import Center
from chemoplan.web.inbox.check_in import check_in
from chemoplan.web.inbox.check_in_store import answer, send
from chemoplan.web.inbox.question_list import add, address, sent
from chemoplan.web.inbox.question_list import send as send_questions
from chemoplan.web.store.database import Database

WELL = "none"
WEEKS: tuple[tuple[int, dict[str, str | None], str], ...] = (
    (21, {}, "Thank you. Nothing of this worries me. Keep up the walks."),
    (14, {"numb": "tingle", "tired": "rest"}, "Tingling in the cold is common. We look at your hands at the next visit."),
    (7, {"numb": "tingle", "tired": "rest", "diarrhea": "few", "mouth": "bit"}, "We spoke by phone. Call if it gets worse."),
    (0, {"numb": "buttons", "tired": "limits", "diarrhea": "more", "mouth": "soft", "mood": None}, ""),
)  # fmt: skip
"""Days ago, what was not as always (None: not said), and the nurse's answer."""


def fill(database: Database, center: Center, people: Mapping[str, str], now: datetime) -> None:
    """Put them in, in the order in which they would have come."""
    form = check_in()
    as_always = {item.id: item.answers[0].id for item in form.symptoms}
    with database.write() as connection:
        for days, more, words in WEEKS:
            answers = {name: value for name, value in {**as_always, **more}.items() if value is not None}
            moment = now - timedelta(days=days, hours=3)
            identity, _ = send(connection, form, people["patient"], answers, "en", moment)
            if words:
                answer(connection, identity, moment + timedelta(hours=2), people["navigator"], words)
        late = now - timedelta(days=12)
        identity, _ = send(connection, form, people["second patient"], {**as_always, "tired": "rest"}, "en", late)
        answer(
            connection, identity, late + timedelta(hours=1), people["navigator"], "Thank you. Rest when you need it."
        )
    with database.write() as connection:
        first = ("Could this path help me to keep my rectum?", "Can I go on working?", "Whom do I call at night?")
        add(connection, people["patient"], first, now - timedelta(days=3))
        send_questions(connection, people["patient"], now - timedelta(days=3))
        row = next(row for row in sent(connection, people["patient"]) if row.text == first[2])
        address(
            connection, people["patient"], row.id, "The red box on each page has the number. A nurse answers day and night.",
            people["navigator"], now - timedelta(days=2),
        )  # fmt: skip
        add(connection, people["patient"], ["What can I eat before chemo?"], now - timedelta(hours=5))

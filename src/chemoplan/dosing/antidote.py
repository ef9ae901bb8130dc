"""The window of uridine triacetate after fluorouracil or capecitabine: until when it still has to begin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chemoplan.knowledge import Knowledge
from chemoplan.plan.shape import evidence

POLICY = "antidote-window"


def window_end(ended_at: datetime, knowledge: Knowledge) -> datetime:
    """The last moment to begin, from the end of the drug."""
    return ended_at + timedelta(hours=int(knowledge.dosing.policies[POLICY].value))


def antidote_note(knowledge: Knowledge) -> dict[str, Any]:
    """What every order of a fluoropyrimidine says about overdose and early severe toxicity, with its sources."""
    policy = knowledge.dosing.policies[POLICY]
    return {"hours": int(policy.value), "text": policy.text, "evidence": evidence(policy.evidence, POLICY, knowledge)}

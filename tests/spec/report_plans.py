"""Plans for the tests of reports: the shipped examples, a vague case, and one in which every text is hostile."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chemoplan.case import resolve
from chemoplan.intake.examples import example_readings
from chemoplan.intake.read import read_reading
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.audit import audit
from chemoplan.plan.proposed import read_proposal
from chemoplan.plan.recommend import recommend

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&[red]{{7*7}}\x1b[31m\u202e\x00"
"""Breaks a page, a style sheet, Rich markup, a template and a terminal, if any of them lets it."""

BAD_PROPOSAL = {
    "intent": "upfront_surgery",
    "components": ["fluoropyrimidine"],
    "procedures": ["tme"],
    "dose_fraction": {"fluoropyrimidine": 1},
}


@lru_cache(maxsize=1)
def plans() -> dict[str, dict[str, Any]]:
    """The plan of every shipped case, of a case with one fact, and of a case without any."""
    knowledge = load_knowledge()
    readings = {reading.case: reading for reading in example_readings()}
    readings["vague"] = read_reading({"case": "vague", "setting": "initial"}, "vague")
    readings["empty"] = read_reading({"case": "empty"}, "empty")
    return {name: recommend(resolve(reading, knowledge), knowledge) for name, reading in readings.items()}


@lru_cache(maxsize=1)
def audits() -> dict[str, dict[str, Any]]:
    """One proposed plan held against every shipped case."""
    knowledge = load_knowledge()
    proposal = read_proposal(BAD_PROPOSAL, knowledge)
    return {reading.case: audit(proposal, resolve(reading, knowledge), knowledge) for reading in example_readings()}


def poisoned(data: Any) -> Any:
    """The same data with the hostile text at the end of every text."""
    if isinstance(data, str):
        return data + HOSTILE
    if isinstance(data, list):
        return [poisoned(item) for item in data]
    if isinstance(data, dict):
        return {key: poisoned(item) for key, item in data.items()}
    return data

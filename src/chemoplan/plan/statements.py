"""What a plan says in words when no treatment is left, or none is listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chemoplan.knowledge import Knowledge

COURSES = frozenset({"treatment", "strategy", "surveillance"})
"""Kinds of option that answer what to do. A plan without any says so in words: a trial may not be open, and care is not treatment."""


def statements(
    options: Sequence[Mapping[str, Any]], excluded: Sequence[Mapping[str, Any]], knowledge: Knowledge
) -> list[dict[str, Any]]:
    """The wording for a plan with these options and excluded options; empty when a course is open.

    A strategy names no drugs: it is an answer, unless the treatments that would carry it out are excluded.
    """
    lost = any(option["kind"] == "treatment" for option in excluded)
    answers = COURSES - {"strategy"} if lost else COURSES
    if any(option["kind"] in answers for option in options):
        return []
    wording = knowledge.wordings["no-safe-option" if lost else "no-listed-option"]
    return [{"id": wording.id, "text": wording.text, "ask": wording.ask}]

"""The test that stands for what no fact records and only a person can judge."""

from __future__ import annotations

from chemoplan.criteria.tree import Compare, Criterion

UNRECORDED = "judged_by_a_person"
"""Stands for what no fact records. No case ever states it, so a test of it is unknown for everybody."""

JUDGED: Criterion = Compare(UNRECORDED, "=", True)

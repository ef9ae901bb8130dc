"""What other files of a person add to the reading of a case: the tumor's sequencing, and the inherited genes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chemoplan.case.statement import Problem, Reading
from chemoplan.genomics.germline.interpret import interpret_germline, statements_of_germline
from chemoplan.genomics.germline.observed import GermlineSample
from chemoplan.genomics.interpret import interpret, statements_of
from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import Knowledge


def with_tumor_read(
    reading: Reading, read: Tumor, knowledge: Knowledge, document: str
) -> tuple[Reading, dict[str, Any]]:
    """The reading with what a tumor states and what has to be looked at in its file, and the report of the tumor."""
    told = interpret(read, knowledge)
    texts = (*told["warnings"], *(caution["text"] for caution in told["cautions"]))
    return _joined(reading, statements_of(read, knowledge), document, texts), told


def with_germline_read(
    reading: Reading, sample: GermlineSample, knowledge: Knowledge, document: str
) -> tuple[Reading, dict[str, Any]]:
    """The reading with what the inherited genes state and what has to be looked at in their file, and their report."""
    report = interpret_germline(sample, knowledge)
    unstated = [f"{row['name']} is not stated: {row['because']}" for row in report["facts"] if row["value"] is None]
    warnings = [f"{gene['gene']}: {text}" for gene in report["genes"] for text in gene["warnings"]]
    texts = tuple(dict.fromkeys([*unstated, *warnings, *report["warnings"]]))
    return _joined(reading, statements_of_germline(sample, knowledge), document, texts), report


def _joined(reading: Reading, statements: Any, document: str, texts: tuple[str, ...]) -> Reading:
    problems = tuple(Problem(document, text) for text in texts)
    return replace(reading, statements=(*reading.statements, *statements), problems=(*reading.problems, *problems))

"""Many people against many studies as one self-contained page: by study whom it could take, and which lines lose most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.report import trials_outline
from chemoplan.report.cohort_trials_outline import VERDICTS, losing_lines, ranked
from chemoplan.report.html import page
from chemoplan.report.words import Mark

Row = Mapping[str, Any]

STUDIES_SHOWN = 200
LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """One verdict in the bar of a study: `start` and `width` in percent of all people who were counted."""

    mark: Mark
    number: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Counted:
    """One study: its row, its bar, the bar in words, and the lines that lose most people."""

    row: Row
    segments: tuple[Segment, ...]
    label: str
    losing: list[Row]


def cohort_trials_html(result: Row, *, opened: bool = False) -> str:
    """The page of `cohort TABLE --trials`. With `opened` every fold is open."""
    studies = ranked(result)
    view = {
        **result,
        "case": result["cohort"],
        "title": f"Studies for the people of {result['cohort']}",
        "kind": "report",
        "knowledge": {"overlays": [], "signed_off": False, **result["knowledge"]},
    }
    return page(
        "cohort_trials.html.j2",
        view,
        heading="Studies for many",
        subject="People",
        told=trials_outline,
        marks=[(name, trials_outline.MARKS[verdict]) for name, verdict in VERDICTS.items()],
        totals={name: sum(row[name] for row in result["studies"]) for name in VERDICTS},
        studies=[_counted(row) for row in studies[:STUDIES_SHOWN]],
        more=max(0, len(studies) - STUDIES_SHOWN),
        opened=opened,
        many=False,
    )


def _counted(row: Row) -> Counted:
    whole = sum(row[name] for name in VERDICTS)
    segments, start = [], 0.0
    for name, verdict in VERDICTS.items():
        width = 100 * row[name] / whole if whole else 0.0
        segments.append(Segment(trials_outline.MARKS[verdict], row[name], start, width))
        start += width
    label = ", ".join(f"{segment.number:,} {segment.mark.word}" for segment in segments)
    return Counted(row, tuple(segments), f"{row['study']}: {label}", losing_lines(row, LINES_SHOWN))

"""Split an eligibility text: which line is a heading, a criterion, a remark; what stands below what; where one line is many."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chemoplan.trials.plain import plain
from chemoplan.trials.reading import LineKind, Section
from chemoplan.trials.segments import Segment


@dataclass(frozen=True, slots=True)
class Split:
    """The lines of a text, each with its section, kind ("to be judged" for every criterion not yet read) and scope."""

    texts: tuple[str, ...]
    sections: tuple[Section | None, ...]
    kinds: tuple[LineKind, ...]
    scopes: tuple[str, ...]
    segments: tuple[Segment, ...]


_HEADING = re.compile(r"\W*(?:key |main |general )?(inclusion|exclusion)(?: criteria)?\W*", re.IGNORECASE)


def split(nct_id: str, text: str) -> Split:
    """The lines and segments of a text."""
    texts = text.split("\n")
    sections: list[Section | None] = []
    kinds: list[LineKind] = []
    segments: list[Segment] = []
    section: Section | None = None
    offset = 0
    for number, line in enumerate(texts, 1):
        heading = _HEADING.fullmatch(line)
        if heading:
            section = "inclusion" if heading.group(1).lower() == "inclusion" else "exclusion"
        kind: LineKind = "heading" if heading else "to be judged" if line.strip() else "blank"
        if kind == "to be judged":
            body = line.lstrip(" *\t-•")
            start = offset + len(line) - len(body)
            segments.append(
                Segment(nct_id, number, start, offset + len(line), body, plain(body, start), section or "inclusion")
            )
        sections.append(section)
        kinds.append(kind)
        offset += len(line) + 1
    return Split(tuple(texts), tuple(sections), tuple(kinds), ("all",) * len(texts), tuple(segments))

"""Evidence lines as plain data, each with the title, citation and date of its source."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chemoplan.genomics.identity import ByIdentity
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Evidence


def evidence_rows(lines: tuple[Evidence, ...], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Evidence lines with the title, citation and date of the source behind each."""
    return _evidence_rows(lines, ByIdentity(knowledge))


@lru_cache(maxsize=1024)
def _evidence_rows(lines: tuple[Evidence, ...], holder: ByIdentity[Knowledge]) -> list[dict[str, Any]]:
    knowledge = holder.item
    rows = []
    for line in lines:
        source = knowledge.sources[line.source]
        rows.append(
            {
                "source": source.id,
                "title": source.title,
                "citation": source.citation,
                "date": source.date,
                "read_on": source.read_on,
                "says": line.says,
                "status": line.status,
                "source_status": source.status,
            }
        )
    return rows

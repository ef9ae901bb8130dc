"""One raw YAML mapping on its way to a typed entry: its criteria, evidence and texts, and where it stands in its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chemoplan.criteria import Criterion, CriterionRefused, parse
from chemoplan.knowledge.entries import Evidence
from chemoplan.knowledge.refused import KnowledgeRefused, place_of
from chemoplan.vocabulary import Vocabulary


@dataclass(frozen=True)
class Builder:
    """What the functions that build entries read from: the raw mapping, its label and file, and the folder's defaults."""

    raw: dict[str, Any]
    label: str
    path: Path
    name: str
    defaults: dict[str, Any]
    vocabulary: Vocabulary

    def criterion(self, text: Any) -> Criterion:
        """The text as a criterion. Raises KnowledgeRefused with the place in the file."""
        try:
            return parse(str(text), self.vocabulary)
        except CriterionRefused as refused:
            words = str(text)[refused.column - 1 :].split()
            line, column = place_of(self.path, words[0] if words else str(text)[:20], after=self.label)
            raise KnowledgeRefused(self.name, f"{self.label}: {refused.message}", line=line, column=column) from None

    def evidence(self, rows: Any) -> tuple[Evidence, ...]:
        """Rows of evidence as values."""
        return tuple(
            Evidence(
                source=row["source"], says=row.get("says") or "", status=row["status"], locator=row.get("locator"),
                strength=row.get("strength"), jurisdiction=row.get("jurisdiction"),
            )
            for row in rows or ()
        )  # fmt: skip

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is absent."""
        return tuple(str(item) for item in self.raw.get(key) or ())

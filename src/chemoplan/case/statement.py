"""What a reader of a file hands over: statements with their sources, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chemoplan.vocabulary import Value


@dataclass(frozen=True)
class Source:
    """Where a statement comes from: the document (a file name, never a full path), the place in it, and how it was known."""

    document: str
    locator: str = ""
    date: date | None = None
    method: str | None = None

    def __str__(self) -> str:
        parts = [self.document + (f" ({self.locator})" if self.locator else "")]
        if self.date:
            parts.append(self.date.isoformat())
        if self.method:
            parts.append(self.method)
        return ", ".join(parts)


@dataclass(frozen=True)
class Statement:
    """One fact as one source states it. `value` is already read by the vocabulary (own unit, allowed values)."""

    fact: str
    value: Value
    source: Source


@dataclass(frozen=True)
class Problem:
    """Something in a file that could not be read: never dropped in silence.

    `severity` is "error" when the file cannot be used as a case, "warning" when the rest can, and "scope" when the file
    is sound but about a disease that is not planned here: its facts may be looked at, not planned on.
    """

    path: str
    message: str
    severity: str = "warning"


@dataclass(frozen=True)
class Completeness:
    """A source declares a group of facts complete: the flags of the group that it does not mention are false."""

    group: str
    source: Source


@dataclass(frozen=True)
class Reading:
    """What a reader found in one document.

    `extra` keeps what the document says under names outside the vocabulary, by path, so that nothing is lost. `document` names
    the document for a message where no statement does.
    """

    case: str
    statements: tuple[Statement, ...] = ()
    complete: tuple[Completeness, ...] = ()
    problems: tuple[Problem, ...] = ()
    decided_on: date | None = None
    title: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    document: str = ""

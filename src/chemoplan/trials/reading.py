"""What was read in an eligibility text: every line with its kind, and the atoms of the lines that were understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chemoplan.criteria.tree import Criterion
from chemoplan.trials.expression import Expression

Section = Literal["inclusion", "exclusion"]
Effect = Literal["require", "exclude", "allow", "define"]
AtomKind = Literal["data", "judgement", "administrative"]
LineKind = Literal["structured", "judgement", "administrative", "to be judged", "heading", "note", "blank"]
Review = Literal["auto", "reviewed", "signed"]


@dataclass(frozen=True, slots=True)
class Atom:
    """One criterion: `expression` is the condition itself; `effect` says what it does to a person who satisfies it.

    `exclude` states the excluding condition, so "must not have X" is `exclude X`. `line` counts the lines of the record's
    text from 1, blank ones too; `start` and `end` are offsets in that text, so that the span is `text[start:end]`.
    """

    id: str
    nct_id: str
    line: int
    section: Section
    span: str
    start: int
    end: int
    effect: Effect
    kind: AtomKind
    expression: Expression
    scope: str = "all"
    note: str = ""
    status: Review = "auto"
    branch: str = ""
    """Where one of several lines suffices: `group/branch`. Of the branches of one group, one must hold whole.

    The group is the line that says so (`11/14`), the first of several lines joined by "or" (`or11/12`), or `site`.
    A plus at the end (`4/6+`) marks one of several within the branch.
    """
    criterion: Criterion | None = None
    """The condition over facts, where a person has written it in a curation file; it stands for `expression` then."""

    @property
    def atom(self) -> str:
        """The condition in the notation of eligibility atoms."""
        return str(self.expression)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text as it stands. `unread` holds the parts that no atom covers, word for word."""

    number: int
    section: Section | None
    kind: LineKind
    text: str
    scope: str = "all"
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialReading:
    """An eligibility text read: `sha256` is that of the record it was read from."""

    nct_id: str
    sha256: str
    as_of: str
    lines: tuple[Line, ...]
    atoms: tuple[Atom, ...]

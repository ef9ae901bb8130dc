"""The kinds of knowledge entry, as frozen values. Every criterion is already parsed and typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from chemoplan.criteria import Criterion
from chemoplan.criteria.tree import ALWAYS
from chemoplan.vocabulary import Value

Status = Literal["verified", "partly", "unverified"]
EntryKind = Literal["pathway", "safety", "gate"]


@dataclass(frozen=True)
class Source:
    """A citable document, with what was read of it. `details` keeps what only trials have (arms, results, ...)."""

    id: str
    kind: str
    title: str
    citation: str
    date: str | None
    jurisdictions: tuple[str, ...]
    read: str
    read_on: str
    status: Status
    license: str | None = None
    details: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Evidence:
    """What one source says for one statement, and how far that was checked."""

    source: str
    says: str
    status: Status
    locator: str | None = None
    strength: str | None = None
    jurisdiction: str | None = None


@dataclass(frozen=True)
class Component:
    """A drug (or radiation) class that safety entries act on. Its drugs are alternatives."""

    id: str
    title: str
    drugs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """One course of action. `parts` are its components; a part with several members leaves the choice to the team."""

    id: str
    title: str
    kind: str
    intent: str
    parts: tuple[tuple[str, ...], ...] = ()
    drugs: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    sequence: tuple[str, ...] = ()
    text: str = ""
    cautions: tuple[str, ...] = ()
    regimens: tuple[str, ...] = ()
    """Ids of regimens that belong to it, each given as it stands."""
    courses: tuple[str, ...] = ()
    """Ids of treatment sequences that put regimens, surgery and restaging in order."""

    @property
    def components(self) -> tuple[str, ...]:
        """Every component that the option may hold, fixed or to choose."""
        return tuple(dict.fromkeys(member for part in self.parts for member in part))


@dataclass(frozen=True)
class Offer:
    """One option within an entry, with its rank there and the condition on it."""

    option: str
    rank: int
    only_if: Criterion = ALWAYS
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Modification:
    """What a safety entry changes about a component or drug, short of blocking it."""

    component: str
    text: str
    start_fraction: float | None = None


@dataclass(frozen=True)
class Entry:
    """A pathway entry, a safety entry or a gate: a situation, and what follows from it."""

    id: str
    kind: EntryKind
    title: str
    when: Criterion
    offers: tuple[Offer, ...] = ()
    forbid: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    blocks_together: tuple[tuple[str, ...], ...] = ()
    modifies: tuple[Modification, ...] = ()
    holds: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    severity: str = "info"
    text: str = ""
    conflicts: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    reviewed: str = ""
    review_due: str = ""
    signed_off_by: str | None = None
    notes: str = ""
    file: str = ""

    def __hash__(self) -> int:
        """By id: entries are looked up for every option of every plan, and ids are unique."""
        return hash(self.id)


@dataclass(frozen=True)
class Position:
    """What one body says in a disagreement."""

    body: str
    position: str
    status: Status
    source: str | None = None
    date: str | None = None
    jurisdiction: str | None = None
    remark: str | None = None


@dataclass(frozen=True)
class Conflict:
    """A disagreement between sources that is shown side by side and never settled here."""

    id: str
    topic: str
    positions: tuple[Position, ...]
    show: str = ""
    when: Criterion = ALWAYS


@dataclass(frozen=True)
class Rule:
    """One line of a derivation: the value that follows when the criterion is true."""

    value: Value
    when: Criterion


@dataclass(frozen=True)
class Derivation:
    """How a fact follows from others when nobody states it. With `completes`, the set fact is known to be complete.

    The rules exclude each other (`knowledge check` proves it), unless `ordered` says that the first that holds decides.
    """

    fact: str
    rules: tuple[Rule, ...]
    source: str
    completes: bool = False
    ordered: bool = False


@dataclass(frozen=True)
class Contradiction:
    """Facts that cannot hold together; a case in which they do is refused with the message."""

    id: str
    when: Criterion
    message: str


@dataclass(frozen=True)
class WrongPlan:
    """A named mistake that an audit finds in a proposed plan; `when` reads facts of the case and of the plan."""

    id: str
    title: str
    when: Criterion
    text: str
    severity: str
    evidence: tuple[Evidence, ...]
    asks_when_unknown: bool = False


@dataclass(frozen=True)
class Invariant:
    """A question that must be answered "never" for all cases."""

    id: str
    title: str
    never: str
    why: str = ""


@dataclass(frozen=True)
class Wording:
    """What the plan says in words when no option is left, and who should be asked."""

    id: str
    text: str
    ask: str

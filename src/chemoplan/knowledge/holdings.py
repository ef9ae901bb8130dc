"""Everything the program knows, by kind and id, and where the shipped data lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from chemoplan.knowledge.entries import (
    Component,
    Conflict,
    Contradiction,
    Derivation,
    Entry,
    Invariant,
    Option,
    Source,
    Wording,
    WrongPlan,
)  # fmt: skip
from chemoplan.knowledge.molecular import Assertion, Caution, LocusRow, Marker, MolecularShelves, Panel, Test
from chemoplan.knowledge.pharmacogenes import GermlineShelves
from chemoplan.knowledge.regimens import DosingShelves
from chemoplan.vocabulary import Vocabulary, load_vocabulary

GERMLINE_SHELVES = tuple(item.name for item in fields(GermlineShelves))
"""The kinds of entry about inherited genes."""

DOSING_SHELVES = tuple(item.name for item in fields(DosingShelves))
"""The kinds of entry about giving drugs."""


def data_folder() -> Path:
    """The folder of the shipped knowledge."""
    return Path(str(files("chemoplan.knowledge") / "data"))


@dataclass
class Knowledge:
    """Everything the program knows, by id, in file order."""

    version: str
    as_of: str
    sha256: str = ""
    overlays: tuple[str, ...] = ()
    vocabulary: Vocabulary = field(default_factory=load_vocabulary)
    sources: dict[str, Source] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    derivations: dict[str, Derivation] = field(default_factory=dict)
    contradictions: dict[str, Contradiction] = field(default_factory=dict)
    wordings: dict[str, Wording] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)
    unread: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    """By group of shelves, what reads them when one is first asked for: a plan from facts needs none of them."""
    _molecular: MolecularShelves = field(default_factory=MolecularShelves)
    _germline: GermlineShelves = field(default_factory=GermlineShelves)
    _dosing: DosingShelves = field(default_factory=DosingShelves)
    _wrong_plans: dict[str, WrongPlan] = field(default_factory=dict)
    _invariants: dict[str, Invariant] = field(default_factory=dict)

    def _read(self, group: str) -> None:
        for step in self.unread.pop(group, ()):
            step()

    @property
    def molecular(self) -> MolecularShelves:
        """The shelves about the tumor's molecules."""
        self._read("molecular")
        return self._molecular

    @property
    def germline(self) -> GermlineShelves:
        """The shelves about inherited genes."""
        self._read("germline")
        return self._germline

    @property
    def dosing(self) -> DosingShelves:
        """The shelves about giving drugs."""
        self._read("dosing")
        return self._dosing

    @property
    def wrong_plans(self) -> dict[str, WrongPlan]:
        """The named mistakes that an audit finds."""
        self._read("wrong_plans")
        return self._wrong_plans

    @property
    def invariants(self) -> dict[str, Invariant]:
        """What must never be, for all cases."""
        self._read("invariants")
        return self._invariants

    @property
    def markers(self) -> dict[str, Marker]:
        """What is looked for in a tumor, by the fact that it states."""
        return self.molecular.markers

    @property
    def tests(self) -> dict[str, Test]:
        """How reported results are read into facts."""
        return self.molecular.tests

    @property
    def panels(self) -> dict[str, Panel]:
        """Coding territory of gene panels, by name."""
        return self.molecular.panels

    @property
    def loci(self) -> dict[str, LocusRow]:
        """Codons on known places of the genome."""
        return self.molecular.loci

    @property
    def cautions(self) -> dict[str, Caution]:
        """Findings that are rarely found together."""
        return self.molecular.cautions

    @property
    def assertions(self) -> dict[str, Assertion]:
        """What biomarkers mean for treatment."""
        return self.molecular.assertions

    def shelf(self, kind: str) -> dict[str, Any]:
        """The dictionary that holds entries of a kind."""
        name = {"pathway": "entries", "safety": "entries", "gate": "entries"}.get(kind, kind)
        owner = self.germline if name in GERMLINE_SHELVES else self.dosing if name in DOSING_SHELVES else self
        shelf: dict[str, Any] = getattr(owner, name)
        return shelf

    def shelves(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """All shelves by name."""
        self._read("dosing")  # it brings sources of its own
        for name in (
            "sources", "components", "options", "entries", "conflicts", "derivations", "contradictions", "wrong_plans",
            "invariants", "wordings", "markers", "tests", "panels", "loci", "cautions", "assertions",
        ):  # fmt: skip
            yield name, getattr(self, name)
        for name in GERMLINE_SHELVES:
            yield name, getattr(self.germline, name)
        for name in DOSING_SHELVES:
            yield name, getattr(self.dosing, name)

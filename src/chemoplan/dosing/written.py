"""An order as somebody wrote it: what it states, in words and numbers of this program, and nothing that it does not state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import exact, plain_or_none
from chemoplan.dosing.written_line import Line, LineReader
from chemoplan.intake.refused import kind_of, one_line
from chemoplan.intake.refused import shown as quoted
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary import ValueRefused
from chemoplan.vocabulary.nearest import nearest

KEYS = (
    "regimen", "version", "cycle", "day1", "last_day1", "weight", "height", "bsa", "level", "choices", "without", "acknowledged",
    "premedication", "drugs", "title", "note",
)  # fmt: skip
"""Keys of an order as a person writes it."""


class WrittenRefused(ValueError):
    """The order cannot be read; one line for each problem."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = [one_line(line) for line in lines]


@dataclass(frozen=True)
class Written:
    """An order as it was written. What is None or empty was not stated; `premedication` None means that nothing is said of it."""

    regimen: str
    lines: tuple[Line, ...]
    version: str = ""
    cycle: int | None = None
    day1: date | None = None
    last_day1: date | None = None
    weight: Decimal | None = None
    height: Decimal | None = None
    bsa: Decimal | None = None
    level: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    acknowledged: frozenset[str] = frozenset()
    premedication: tuple[str, ...] | None = None
    case: str = ""
    """Id of the case, in an order that this program wrote."""

    def as_json(self) -> dict[str, Any]:
        """The order as plain data, as it was understood."""
        return {
            "regimen": self.regimen, "version": self.version or None, "cycle": self.cycle,
            "day1": self.day1.isoformat() if self.day1 else None, "last_day1": self.last_day1.isoformat() if self.last_day1 else None,
            "weight": plain_or_none(self.weight), "height": plain_or_none(self.height), "bsa": plain_or_none(self.bsa), "level": self.level,
            "choices": dict(self.choices), "without": dict(self.without), "acknowledged": sorted(self.acknowledged),
            "premedication": None if self.premedication is None else list(self.premedication),
            "drugs": [line.as_json() for line in self.lines],
        }  # fmt: skip


def is_order(data: Any) -> bool:
    """True when a document is an order, not a proposed plan: it names a regimen, gives drugs with doses, or is made of FHIR requests."""
    if isinstance(data, list):
        return True
    if not isinstance(data, Mapping):
        return False
    drugs = data.get("drugs")
    listed = isinstance(drugs, list) and any(isinstance(item, Mapping) for item in drugs)
    return "resourceType" in data or "regimen" in data or listed


def read_written(raw: Any, knowledge: Knowledge, document: str = "order", regimen: str = "") -> Written:
    """Read an order (a mapping with KEYS, or what `chemoplan order --format json` wrote). Raises WrittenRefused.

    `regimen` is the id, or id@version, for an order that does not name its own.
    """
    if not isinstance(raw, Mapping):
        raise WrittenRefused([f"{document}: holds {kind_of(raw)}; expected a mapping with regimen and drugs"])
    reader = _Reader(raw, knowledge, document, regimen)
    written = reader.read()
    if reader.errors:
        raise WrittenRefused(reader.errors)
    return written


class _Reader:
    def __init__(self, raw: Mapping[str, Any], knowledge: Knowledge, document: str, regimen: str) -> None:
        self.raw, self.knowledge, self.document, self.given = raw, knowledge, document, regimen
        self.own = raw.get("kind") == "order" and "chemoplan" in raw
        self.errors: list[str] = []

    def wrong(self, place: str, problem: str) -> None:
        self.errors.append(f"{self.document}, {place}: {problem}")

    def read(self) -> Written:
        raw = self.raw
        for key in () if self.own else (key for key in raw if key not in KEYS):
            close = nearest(str(key), KEYS)
            self.wrong(one_line(str(key))[:40], "unknown key" + (f"; did you mean {close}?" if close else ""))
        regimen, version = self._regimen()
        request, body = (raw["request"], raw["body"]) if self._nests() else (raw, raw)
        level = request.get("level", 0)
        if isinstance(level, bool) or not isinstance(level, int) or not -3 <= level <= 0:
            self.wrong("level", f"{quoted(level)}; expected 0, -1, -2 or -3")
            level = 0
        day1, last = self._date("day1"), self._date("last_day1")
        if day1 and last and last >= day1:
            self.wrong("last_day1", f"{last} is not before day1, {day1}")
        return Written(
            regimen=regimen, version=version, cycle=self._cycle(), day1=day1, last_day1=last,
            weight=self._fact("weight", body.get("weight"), "weight"), height=self._fact("height", body.get("height"), "height"),
            bsa=self._fact("bsa", body.get("surface" if self.own else "bsa"), "body_surface_area"), level=level,
            choices=self._pairs("choices", request.get("choices")), without=self._without(), acknowledged=self._acknowledged(),
            premedication=self._premedication(), lines=self._lines(), case=self._case(),
        )  # fmt: skip

    def _case(self) -> str:
        value = self.raw.get("case") if self.own else None
        return one_line(value)[:80] if isinstance(value, str) else ""

    def _nests(self) -> bool:
        """True when it is an order that this program wrote, which holds what was asked for and the body apart."""
        return self.own and all(isinstance(self.raw.get(key), Mapping) for key in ("request", "body"))

    def _regimen(self) -> tuple[str, str]:
        stated, version = self.raw.get("regimen"), self.raw.get("version")
        name = stated if isinstance(stated, str) else ""
        if stated is not None and not name.strip():
            self.wrong("regimen", f"{quoted(stated)}; expected a regimen id such as mfolfox6")
        if name and self.given and name.partition("@")[0] != self.given.partition("@")[0]:
            self.wrong("regimen", f"the order says {quoted(name)}, but {self.given} was asked for; name one")
        name = name or self.given
        if not name and stated is None:
            self.wrong("regimen", "not stated; add the id, such as regimen: mfolfox6 (or --regimen mfolfox6)")
        name, _, own = name.strip().partition("@")
        if version is not None and (isinstance(version, bool) or not isinstance(version, int | str)):
            self.wrong("version", f"{quoted(version)}; expected a version number such as 1")
            version = None
        text = str(version) if version is not None else own
        if own and text != own:
            self.wrong("version", f"the order says {quoted(text)} and {quoted(own)}; name one")
        return name, text

    def _cycle(self) -> int | None:
        value = self.raw.get("cycle")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 99:
            self.wrong("cycle", f"{quoted(value)}; expected the number of the cycle, from 1")
            return None
        return value

    def _date(self, key: str) -> date | None:
        value = self.raw.get(key)
        if value is None:
            return None
        try:
            return value if type(value) is date else date.fromisoformat(str(value))
        except ValueError:
            self.wrong(key, f"{quoted(value)} is no date; expected YYYY-MM-DD")
            return None

    def _fact(self, place: str, raw: Any, name: str) -> Decimal | None:
        """A measure of the body in the unit of the vocabulary."""
        if raw is None:
            return None
        fact = self.knowledge.vocabulary[name]
        try:
            value = fact.read(raw)
        except ValueRefused as refused:
            self.wrong(place, str(refused))
            return None
        return exact(value) if isinstance(value, float) else None

    def _pairs(self, place: str, raw: Any) -> dict[str, str]:
        if raw is None:
            return {}
        if not isinstance(raw, Mapping) or not all(isinstance(item, str) and item.strip() for item in raw.values()):
            self.wrong(place, "expected names with a text each, such as {leucovorin: racemic}")
            return {}
        return {str(key): item.strip() for key, item in raw.items()}

    def _without(self) -> dict[str, str]:
        if self.own:
            rows = self.raw.get("overridden") or []
            if not isinstance(rows, list):
                self.wrong("overridden", f"is {kind_of(rows)}; expected a list")
                return {}
            return {str(row.get("fact")): str(row.get("reason")) for row in rows if isinstance(row, Mapping)}
        found = self._pairs("without", self.raw.get("without"))
        for name in found:
            if name not in self.knowledge.vocabulary:
                close = self.knowledge.vocabulary.nearest(name)
                self.wrong(f"without.{name}", "no such fact" + (f"; did you mean {close}?" if close else ""))
        return found

    def _acknowledged(self) -> frozenset[str]:
        raw = self.raw.get("warnings" if self.own else "acknowledged") or ()
        if not isinstance(raw, list | tuple):
            self.wrong("acknowledged", "expected a list of ids of warnings")
            return frozenset()
        return frozenset(str(item.get("id")) if isinstance(item, Mapping) else str(item) for item in raw)

    def _premedication(self) -> tuple[str, ...] | None:
        raw = self.raw.get("premedication")
        if raw is None:
            return None
        if not isinstance(raw, list):
            self.wrong("premedication", f"is {kind_of(raw)}; expected a list of names, empty when there is none")
            return None
        found = []
        for index, item in enumerate(raw):
            name = (item.get("drug") if not self.own else item.get("id")) if isinstance(item, Mapping) else item
            if not isinstance(name, str) or not name.strip():
                self.wrong(f"premedication[{index}]", f"{quoted(item)}; expected a name")
                continue
            found.append(name.strip())
        return tuple(found)

    def _lines(self) -> tuple[Line, ...]:
        raw = self.raw.get("drugs")
        if not isinstance(raw, list) or not raw:
            self.wrong("drugs", "expected a list with drug, dose and unit of each drug")
            return ()
        lines = []
        for index, item in enumerate(raw):
            place = f"drugs[{index}]"
            if not isinstance(item, Mapping):
                self.wrong(place, f"is {kind_of(item)}; expected drug, dose and unit")
                continue
            line = LineReader(item, place, self.knowledge, self.wrong, self.own).read()
            if line is not None:
                lines.append(line)
        return tuple(lines)

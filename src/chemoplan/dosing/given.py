"""What was given: a list of cycles with dates and doses as a site writes it down, read with care and held against the regimen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from chemoplan.dosing.amounts import exact, shown
from chemoplan.dosing.calendar_days import cycle_lines, days_of_line, in_range
from chemoplan.dosing.parts import Dosed
from chemoplan.intake.refused import kind_of, one_line
from chemoplan.intake.refused import shown as quoted
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import DoseChoice, PublishedDose, Regimen
from chemoplan.vocabulary import ValueRefused
from chemoplan.vocabulary.nearest import nearest

CYCLE_KEYS = ("step", "cycle", "date", "bsa", "weight", "drugs", "delayed", "note")
DRUG_KEYS = ("drug", "part", "dose", "unit", "doses", "omitted", "because", "note")
UNITS = ("mg", "mg/m2", "mg/kg", "Gy")
_DOSE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+(?:/[a-z]+\d?)?)?\s*")
MOST_CYCLES = 99


class GivenRefused(ValueError):
    """The list of what was given cannot be used; one line for each problem."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = [one_line(line) for line in lines]


@dataclass(frozen=True)
class GivenDose:
    """A dose that was given `count` times in a cycle, or left out. `value` in `unit` as written, each dose (or day, or infusion).

    `because` names the dose change that reduced it.
    """

    value: Decimal
    unit: str
    count: Decimal
    omitted: str = ""
    because: str = ""


@dataclass(frozen=True)
class GivenCycle:
    """One cycle that was given. `doses` holds the parts that are stated; a part that is missing there is unknown, not left out."""

    step: int
    cycle: int
    day: date
    bsa: Decimal | None = None
    weight: Decimal | None = None
    doses: Mapping[str, tuple[GivenDose, ...]] = field(default_factory=dict)
    delayed: str = ""

    def size(self, unit: str) -> Decimal | None:
        """By what a dose in `unit` is multiplied to give mg; None while it was not stated for this cycle."""
        return {"m2": self.bsa, "kg": self.weight}.get(unit.partition("/")[2], Decimal(1))


@dataclass(frozen=True)
class Given:
    """All cycles that were given, in order."""

    cycles: tuple[GivenCycle, ...]


def doses_of_line(line: Dosed) -> Decimal:
    """How many times the dose of a line is given in one cycle, as published: 28 tablets doses, 1 infusion, 7 days of a pump."""
    days = len(days_of_line(line)) or line.part.fractions or 0
    if line.dose.per == "total":
        return Decimal(1 if line.part.fractions else len(line.days) or 1)
    return Decimal(days * line.dose.times_per_day)


def read_given(
    raw: Any,
    regimens: Mapping[int, Regimen],
    choices: Mapping[str, DoseChoice],
    knowledge: Knowledge,
    document: str = "given",
    latest: date | None = None,
) -> Given:
    """Read a list of given cycles (or a mapping with `given`). Raises GivenRefused with one line for each problem.

    `regimens` by step. `latest`: no cycle can have been given after it.
    """
    data = raw.get("given") if isinstance(raw, Mapping) else raw
    if not isinstance(data, list) or not data:
        raise GivenRefused([f"{document}: holds {kind_of(raw)}; expected a list of cycles with cycle, date and drugs"])
    reader = _Reader(regimens, choices, knowledge, document)
    cycles = [item for index, row in enumerate(data) if (item := reader.cycle(row, f"[{index}]")) is not None]
    reader.order(cycles, latest)
    if reader.errors:
        raise GivenRefused(reader.errors)
    return Given(tuple(cycles))


class _Reader:
    def __init__(
        self, regimens: Mapping[int, Regimen], choices: Mapping[str, DoseChoice], knowledge: Knowledge, document: str
    ) -> None:
        self.regimens, self.choices, self.knowledge, self.document = regimens, choices, knowledge, document
        self.errors: list[str] = []

    def wrong(self, place: str, problem: str) -> None:
        self.errors.append(f"{self.document}, {place}: {problem}")

    def order(self, cycles: list[GivenCycle], latest: date | None) -> None:
        """Cycles count up from 1 in each step, on later and later days, none of them after `latest`."""
        for before, item in pairwise(cycles):
            if item.step < before.step or (item.step == before.step and item.cycle <= before.cycle):
                self.wrong(_name(item), f"stands after cycle {before.cycle}; each cycle is listed once, in order")
            elif item.day <= before.day:
                self.wrong(_name(item), f"given on {item.day}, not after cycle {before.cycle} on {before.day}")
        for step in self.regimens:
            numbers = [item.cycle for item in cycles if item.step == step]
            missing = sorted(set(range(1, max(numbers, default=0))) - set(numbers))
            if missing:
                self.wrong(f"cycle {missing[0]}", "is missing; list every cycle from 1 on")
        for item in cycles:
            if latest is not None and item.day > latest:
                self.wrong(_name(item), f"given on {item.day}, after the day of the decision, {latest}")

    def cycle(self, row: Any, place: str) -> GivenCycle | None:
        """One cycle; None when it cannot be read, which is then among the errors."""
        if not isinstance(row, Mapping):
            self.wrong(place, f"is {kind_of(row)}; expected cycle, date and drugs")
            return None
        self._keys(row, CYCLE_KEYS, place)
        number, step = row.get("cycle"), row.get("step", 1 if len(self.regimens) == 1 and 1 in self.regimens else None)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_CYCLES:
            self.wrong(f"{place}.cycle", f"{quoted(number)}; expected the number of the cycle, from 1")
            return None
        name = f"cycle {number}"
        if isinstance(step, bool) or not isinstance(step, int) or step not in self.regimens:
            steps = ", ".join(map(str, self.regimens)) or "none: choose its regimens first"
            self.wrong(f"{name}, step", f"{quoted(step)}; steps with a regimen: {steps}")
            return None
        day = self._day(row.get("date"), name)
        bsa, weight = self._fact(row, "bsa", "body_surface_area", name), self._fact(row, "weight", "weight", name)
        lines: dict[str, list[Dosed]] = {}
        for line in cycle_lines(self.regimens[step], self.choices, number, weight):
            lines.setdefault(line.part.id, []).append(line)
        doses = self._drugs(row.get("drugs"), lines, name)
        delayed = self._text(row, "delayed", name)
        if day is None:
            return None
        item = GivenCycle(step, number, day, bsa, weight, doses, delayed)
        self._possible(item, lines)
        return item

    def _keys(self, row: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
        for key in row:
            if key not in known:
                close = nearest(str(key), known)
                self.wrong(
                    f"{place}.{one_line(str(key))[:40]}", "unknown key" + (f"; did you mean {close}?" if close else "")
                )

    def _text(self, row: Mapping[str, Any], key: str, place: str) -> str:
        value = row.get(key)
        if value is None or value is False:
            return ""
        if value is True:
            return "no reason given"
        if not isinstance(value, str) or not value.strip():
            self.wrong(f"{place}, {key}", f"{quoted(value)}; expected the reason in words")
            return ""
        return one_line(value)

    def _day(self, raw: Any, place: str) -> date | None:
        try:
            day = raw if type(raw) is date else date.fromisoformat(str(raw))
        except ValueError:
            day = None
        if day is None or not in_range(day):
            self.wrong(f"{place}, date", f"{quoted(raw)} is no date; expected YYYY-MM-DD")
            return None
        return day

    def _fact(self, row: Mapping[str, Any], key: str, name: str, place: str) -> Decimal | None:
        if row.get(key) is None:
            return None
        try:
            value = self.knowledge.vocabulary[name].read(row[key])
        except ValueRefused as refused:
            self.wrong(f"{place}, {key}", str(refused))
            return None
        return exact(value) if isinstance(value, float) else None

    def _drugs(self, raw: Any, lines: Mapping[str, list[Dosed]], place: str) -> dict[str, tuple[GivenDose, ...]]:
        if raw is None:
            return {}
        if not isinstance(raw, list):
            self.wrong(f"{place}, drugs", f"is {kind_of(raw)}; expected a list with drug and dose of each")
            return {}
        found: dict[str, list[GivenDose]] = {}
        counted: dict[str, list[bool]] = {}
        for index, row in enumerate(raw):
            where = f"{place}, drugs[{index}]"
            if not isinstance(row, Mapping):
                self.wrong(where, f"is {kind_of(row)}; expected drug and dose")
                continue
            self._keys(row, DRUG_KEYS, where)
            part = self._part(row, lines, where)
            dose = self._dose(row, lines[part], where) if part else None
            if part and dose:
                found.setdefault(part, []).append(dose)
                counted.setdefault(part, []).append("doses" in row)
        for part, doses in found.items():
            if len(doses) > 1 and (any(dose.omitted for dose in doses) or not all(counted[part])):
                self.wrong(f"{place}, {part}", "is listed more than once; say with `doses` how many were given of each")
        return {part: tuple(doses) for part, doses in found.items()}

    def _part(self, row: Mapping[str, Any], lines: Mapping[str, list[Dosed]], place: str) -> str:
        name = row.get("part", row.get("drug"))
        wanted = str(name).strip().lower() if isinstance(name, str) else ""
        if wanted in lines:
            return wanted
        of_drug = [part for part, own in lines.items() if wanted in (own[0].drug, own[0].part.drug)]
        if len(of_drug) == 1:
            return of_drug[0]
        if of_drug:
            self.wrong(place, f"{wanted} is given as {' and '.join(of_drug)}; name one of them")
            return ""
        close = nearest(wanted, lines) if wanted else None
        hint = f"; did you mean {close}?" if close else f"; expected one of {', '.join(lines)}"
        self.wrong(place, f"{quoted(name)} is no drug of this regimen{hint}")
        return ""

    def _dose(self, row: Mapping[str, Any], lines: list[Dosed], place: str) -> GivenDose | None:
        omitted, because = self._text(row, "omitted", place), self._because(row, place)
        published = lines[0].dose
        if omitted:
            if row.get("dose") not in (None, 0):
                self.wrong(place, f"was omitted, yet a dose of {quoted(row['dose'])} is stated; keep one")
                return None
            return GivenDose(Decimal(0), published.unit, Decimal(0), omitted, because)
        amount = self._amount(row, place)
        if amount is None:
            return None
        value, unit = amount
        if not self._fits(unit, published, place):
            return None
        if value == 0:
            return GivenDose(Decimal(0), published.unit, Decimal(0), "no reason given", because)
        count = self._count(row, lines, place)
        return None if count is None else GivenDose(value, unit, count, "", because)

    def _because(self, row: Mapping[str, Any], place: str) -> str:
        name = row.get("because")
        if name is None:
            return ""
        rules = {*self.knowledge.dosing.dose_changes, *self.knowledge.entries}
        if not isinstance(name, str) or name.partition("/")[0] not in rules:
            close = nearest(str(name), rules)
            self.wrong(
                f"{place}.because", f"{quoted(name)} is no rule id" + (f"; did you mean {close}?" if close else "")
            )
            return ""
        return name

    def _amount(self, row: Mapping[str, Any], place: str) -> tuple[Decimal, str] | None:
        raw, unit = row.get("dose"), row.get("unit")
        match = _DOSE.fullmatch(str(raw)) if not isinstance(raw, bool | float | int) else None
        if isinstance(raw, int | float) and not isinstance(raw, bool) and raw >= 0:
            value = exact(raw)
        elif match is not None and (unit is None or match[2] in (None, unit)):
            value, unit = Decimal(match[1]), match[2] or unit
        else:
            self.wrong(f"{place}.dose", f"{quoted(raw)}; expected a dose with its unit, such as 154.7 mg")
            return None
        if unit not in UNITS:
            problem = f"{quoted(unit)}; expected one of {', '.join(UNITS)}" if unit else "not stated; add mg or mg/m2"
            self.wrong(f"{place}.unit", problem)
            return None
        return value, str(unit)

    def _fits(self, unit: str, published: PublishedDose, place: str) -> bool:
        if unit == published.unit or unit == published.unit.partition("/")[0]:
            return True
        self.wrong(f"{place}.unit", f"{unit}, but the regimen gives it in {published.unit}")
        return False

    def _count(self, row: Mapping[str, Any], lines: list[Dosed], place: str) -> Decimal | None:
        most = sum((doses_of_line(line) for line in lines), Decimal(0))
        raw = row.get("doses")
        if raw is None:
            if len(lines) > 1:
                self.wrong(place, "has doses of two sizes in this cycle; say with `doses` how many were given of each")
                return None
            return most
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= most:
            self.wrong(f"{place}.doses", f"{quoted(raw)}; expected 1 to {shown(most)}, as this cycle has")
            return None
        return Decimal(raw)

    def _possible(self, item: GivenCycle, lines: Mapping[str, list[Dosed]]) -> None:
        """A dose ten times too high, or a total given as that of each day, is a slip of the pen and no dose."""
        for part, doses in item.doses.items():
            most = max(line.dose.value for line in lines[part])
            for dose in doses:
                size = item.size(lines[part][0].dose.unit)
                wanted = most if dose.unit == lines[part][0].dose.unit else None if size is None else most * size
                if wanted is not None and dose.value > 2 * wanted:
                    unit = lines[part][0].dose.unit
                    self.wrong(
                        f"{_name(item)}, {part}",
                        f"{shown(dose.value)} {dose.unit} is more than twice the published {shown(most)} {unit}; check it",
                    )


def _name(item: GivenCycle) -> str:
    return f"cycle {item.cycle}"

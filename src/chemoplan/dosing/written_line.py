"""One drug of an order as somebody wrote it: the line, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import exact, plain, plain_or_none
from chemoplan.dosing.order_words import HOURS, NUMBER, drug_named, mass_units, one_time, route_named
from chemoplan.intake.refused import one_line
from chemoplan.intake.refused import shown as quoted
from chemoplan.knowledge import Knowledge
from chemoplan.vocabulary.nearest import nearest

LINE_KEYS = (
    "drug", "part", "dose", "unit", "per", "times_per_day", "route", "days", "duration", "rate", "volume", "concentration",
    "rounded", "reason", "note",
)  # fmt: skip
"""Keys of one drug of an order."""
ROUNDED = ("band", "vial")
"""What a dose may be rounded to."""
SMALLEST, LARGEST = 1e-6, 1e9
"""Numbers beyond are no doses, times or rates of any medicine."""


@dataclass(frozen=True)
class Rate:
    """The rate of a pump as ordered; `unit` as written."""

    value: Decimal
    unit: str


@dataclass(frozen=True)
class Line:
    """One drug as ordered. `drug` is an id of the knowledge, or None when the name is none of its drugs.

    `dose` in mg (Gy for radiation) per m2 or kg where `size` says so; `hours`, `volume` (mL) and `concentration` (mg/mL) where stated.
    """

    place: str
    name: str
    drug: str | None
    part: str = ""
    dose: Decimal | None = None
    size: str = ""
    per: str = ""
    times_per_day: int | None = None
    route: str = ""
    days: tuple[int, ...] = ()
    hours: Decimal | None = None
    rate: Rate | None = None
    volume: Decimal | None = None
    concentration: Decimal | None = None
    rounded: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """The line as plain data, as it was understood."""
        return {
            "drug": self.drug, "name": self.name, "part": self.part or None, "dose": plain_or_none(self.dose),
            "unit": ("mg" + (f"/{self.size}" if self.size else "")) if self.drug != "radiation" else "Gy", "per": self.per or None,
            "times_per_day": self.times_per_day, "route": self.route or None, "days": list(self.days), "hours": plain_or_none(self.hours),
            "rate": None if self.rate is None else {"value": plain(self.rate.value), "unit": self.rate.unit},
            "volume": plain_or_none(self.volume), "concentration": plain_or_none(self.concentration), "rounded": self.rounded or None,
            "reason": self.reason or None,
        }  # fmt: skip


class LineReader:
    """Reads one drug of an order; what is wrong goes to `wrong` with the key."""

    def __init__(
        self, raw: Mapping[str, Any], place: str, knowledge: Knowledge, wrong: Callable[[str, str], None], own: bool
    ) -> None:
        self.raw, self.place, self.knowledge, self.own = raw, place, knowledge, own
        self._wrong = wrong

    def wrong(self, key: str, problem: str) -> None:
        """Tell what is wrong with a key."""
        self._wrong(f"{self.place}.{key}", problem)

    def read(self) -> Line | None:
        """The line; None when it names no drug."""
        raw = self.raw
        for key in () if self.own else (key for key in raw if key not in LINE_KEYS):
            close = nearest(str(key), LINE_KEYS)
            self.wrong(one_line(str(key))[:40], "unknown key" + (f"; did you mean {close}?" if close else ""))
        name = raw.get("drug")
        if not isinstance(name, str) or not name.strip():
            self.wrong("drug", "not stated; expected the name of a drug")
            return None
        drug = drug_named(name, self.knowledge)
        dose, size, per = self._dose()
        rate = self._rate()
        return Line(
            place=self.place, name=one_line(name.strip())[:120], drug=drug, part=self._text("part"), dose=dose, size=size, per=per,
            times_per_day=self._count("times_per_day"), route=route_named(self._text("route")), days=self._days(), hours=self._hours(),
            rate=rate, volume=self._in("volume", ("ml",)), concentration=self._in("concentration", ("mg/ml",)),
            rounded=self._one_of("rounded", ROUNDED), reason=self._text("reason"),
        )  # fmt: skip

    def _text(self, key: str) -> str:
        value = self.raw.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(key, f"{quoted(value)}; expected text")
            return ""
        return one_line(value.strip())[:200]

    def _one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._text(key)
        if value and value not in allowed:
            self.wrong(key, f"{quoted(value)}; expected one of {', '.join(allowed)}")
            return ""
        return value

    def _count(self, key: str) -> int | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 24:
            self.wrong(key, f"{quoted(value)}; expected how often each day")
            return None
        return value

    def _number(self, key: str, raw: Any, example: str) -> tuple[Decimal, str] | None:
        """A number with the unit beside it, if there is one."""
        if isinstance(raw, int | float) and not isinstance(raw, bool) and (raw == 0 or SMALLEST <= raw < LARGEST):
            return exact(raw), ""
        match = NUMBER.fullmatch(raw) if isinstance(raw, str) else None
        if match is None:
            self.wrong(key, f"{quoted(raw)}; expected {example}")
            return None
        return Decimal(match.group(1)), (match.group(2) or "").strip()

    def _dose(self) -> tuple[Decimal | None, str, str]:
        """The dose in mg, by what it is multiplied (m2, kg or nothing), and what it is for."""
        per = self._one_of("per", ("dose", "day", "total"))
        raw, unit = self.raw.get("dose"), self.raw.get("unit")
        if raw is None:
            return None, "", per
        found = self._number("dose", raw, "a number such as 154.7, with unit: mg")
        if found is None:
            return None, "", per
        value, own = found
        stated = unit if isinstance(unit, str) else ""
        if own and stated and own.lower() != stated.strip().lower():
            self.wrong("unit", f"the dose says {quoted(own)} and the unit {quoted(stated)}; name one")
        factor, size, own_per = self._unit((own or stated).strip())
        if factor is None:
            return None, "", per
        if per and own_per and per != own_per:
            self.wrong("per", f"{per}, but the unit says each {own_per}; name one")
        return value * factor, size, per or own_per

    def _unit(self, text: str) -> tuple[Decimal | None, str, str]:
        masses, pers = mass_units()
        first, *rest = text.lower().split("/") if text else [""]
        factor = Decimal(1) if first.strip() == "gy" else masses.get(first.strip())
        size, per = "", ""
        for item in rest:
            item = item.strip().replace("²", "2").replace("^", "")
            if item in ("m2", "kg") and not size:
                size = item
            elif item in pers and not per:
                per = pers[item]
            else:
                factor = None
        if factor is None:
            self.wrong(
                "unit",
                f"{quoted(text) if text else 'not stated'}; expected mg, g, mg/m2 or mg/kg, with per: dose, day or total",
            )
        return factor, size, per

    def _days(self) -> tuple[int, ...]:
        raw = self.raw.get("days")
        if raw is None:
            return ()
        days = [raw] if isinstance(raw, int) and not isinstance(raw, bool) else raw
        if isinstance(raw, str) and (match := re.fullmatch(r"\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*", raw, re.ASCII)):
            days = list(range(int(match[1]), int(match[2] or match[1]) + 1))
        if not isinstance(days, list) or any(
            isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 400 for day in days
        ):
            self.wrong("days", f'{quoted(raw)}; expected days of the cycle such as [1] or "1-14"')
            return ()
        return tuple(sorted(set(days)))

    def _hours(self) -> Decimal | None:
        raw = self.raw.get("duration")
        if raw is None or raw == "" or (self.own and isinstance(raw, str) and not one_time(raw)):
            return None
        found = self._number("duration", raw, 'a time such as "46 h" or "90 min"')
        if found is None:
            return None
        value, unit = found
        unit = unit.lower()
        if unit not in HOURS:
            self.wrong("duration", f'{quoted(raw)}; expected a time such as "46 h" or "90 min"')
            return None
        return value * HOURS[unit]

    def _in(self, key: str, units: tuple[str, ...], raw: Any = None) -> Decimal | None:
        raw = self.raw.get(key) if raw is None else raw
        if raw is None and isinstance(self.raw.get("rate"), Mapping):
            raw = self.raw["rate"].get(key)
        if raw is None:
            return None
        if isinstance(raw, Mapping):
            raw = f"{raw.get('value')} {raw.get('unit') or ''}"
        found = self._number(key, raw, f"a number in {units[0]}")
        if found is None:
            return None
        if found[1] and found[1].lower() not in units:
            self.wrong(key, f"{quoted(raw)}; expected a number in {units[0]}")
            return None
        return found[0] or None

    def _rate(self) -> Rate | None:
        raw = self.raw.get("rate")
        if raw is None:
            return None
        unit = ""
        if isinstance(raw, Mapping):
            unit = str(raw.get("unit") or "")
            raw = next((raw[key] for key in ("value", "rate", "flow") if raw.get(key) is not None), None)
            if raw is None and self.own:
                return None
        found = self._number("rate", raw, "a rate such as {value: 1.2, unit: mL/h}")
        if found is None:
            return None
        unit = found[1] or unit
        if not unit:
            self.wrong("rate", "has no unit; write it, such as {value: 1.2, unit: mL/h}")
            return None
        return Rate(found[0], one_line(unit)[:40])

"""The full dose of one part of a regimen for one body, each step shown, before anything changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from chemoplan.dosing.amounts import HUNDREDTH, DoseRefused, Step, half_up, shown
from chemoplan.knowledge.regimens import DoseChoice, PublishedDose, Regimen, RegimenPart

ONE, SMALL = Decimal(1), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Body:
    """What doses are made from: area in m2 and weight in kg; None while unknown, with the facts that would tell."""

    area: Decimal | None
    weight: Decimal | None
    steps: tuple[Step, ...] = ()
    missing_area: tuple[str, ...] = ()

    def size(self, unit: str) -> tuple[Decimal | None, str, tuple[str, ...]]:
        """By what a dose in `unit` is multiplied, in which unit, and which facts are missing for it."""
        per = unit.partition("/")[2]
        if per == "m2":
            return self.area, per, self.missing_area
        if per == "kg":
            return self.weight, per, () if self.weight is not None else ("weight",)
        return ONE, "", ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A mass worked out from a published dose: `value` in `unit` (mg, Gy) for one `per` (dose, day, total)."""

    value: Decimal
    unit: str
    published: PublishedDose
    size: Decimal
    """By what it was multiplied: m2, kg, or 1 for a flat dose."""
    per: str
    """Unit of the size; empty for a flat dose."""

    @property
    def step(self) -> Step:
        """The step that shows how the mass came about."""
        dose = self.published
        inputs = {"dose": f"{shown(dose.value)} {dose.unit}"} | (
            {"size": f"{shown(self.size)} {self.per}"} if self.per else {}
        )
        what = f"full dose, {_PER[dose.per]}"
        return Step(
            what, _FORMULA.get(dose.unit.partition("/")[2], "flat dose"), f"{shown(self.value)} {self.unit}", inputs
        )


_PER = {"dose": "each dose", "day": "each day", "total": "in total"}
_FORMULA = {"m2": "dose x body surface area", "kg": "dose x weight"}


def amount(dose: PublishedDose, body: Body) -> Amount | None:
    """The mass for this body, kept to hundredths (small daily ones of a pump to ten-thousandths); None while a measure is unknown."""
    size, per, _ = body.size(dose.unit)
    if size is None:
        return None
    kept = SMALL if (dose.per, dose.unit) == ("day", "mg/kg") else HUNDREDTH
    return Amount(half_up(dose.value * size, kept), dose.unit.partition("/")[0], dose, size, per)


@dataclass(frozen=True, slots=True)
class Dosed:
    """One line of an order to be: a part, the published dose that counts, on which days, and why this one."""

    part: RegimenPart
    dose: PublishedDose
    drug: str
    days: tuple[int, ...]
    label: str = ""
    needs: tuple[str, ...] = ()
    cycle_days: int | None = None


def choices_of(regimen: Regimen, wanted: Mapping[str, str]) -> dict[str, DoseChoice]:
    """The published choices that were made, by part. Raises DoseRefused for what the regimen does not have."""
    parts = {part.id: part for part in regimen.parts}
    found = {}
    for name, choice in wanted.items():
        if name not in parts or not parts[name].choices:
            with_choices = ", ".join(part.id for part in parts.values() if part.choices)
            raise DoseRefused(
                f"{regimen.id} has no choice for {name!r}; expected one of {with_choices or 'none: it has no choices'}"
            )
        options = {item.id: item for item in parts[name].choices}
        if choice not in options:
            raise DoseRefused(f"{name} has no choice {choice!r}; expected one of {', '.join(options)}")
        found[name] = options[choice]
    for name, chosen in found.items():
        for part in parts.values():
            shared = any(item.id == chosen.id for item in part.choices)
            if shared and wanted.get(part.id) != chosen.id:
                raise DoseRefused(
                    f"{name}={chosen.id} belongs with {part.id}={chosen.id}: choose it for both drugs or for neither"
                )
    return found


def lines_of(
    regimen: Regimen, part: RegimenPart, chosen: DoseChoice | None, cycle: int | None, weight: Decimal | None
) -> list[Dosed]:
    """The lines of an order that a part makes: a loading dose and the doses after it, a dose that changes on a day."""
    dose, drug, days, loading = part.dose, part.drug, part.days, part.loading
    label, cycle_days = "", regimen.cycle_days
    if chosen is not None:
        dose, drug, loading, label = chosen.dose, chosen.drug or drug, chosen.loading, chosen.title
        days, cycle_days = chosen.days or days, chosen.cycle_days or cycle_days
    needs: tuple[str, ...] = ()
    if part.by_weight and chosen is None:
        if weight is None:
            needs = ("weight",)
        else:
            dose = next(row for limit, row in part.by_weight if limit is None or weight < limit)
    every = days or tuple(range(1, (cycle_days or 0) + 1))
    whole = Dosed(part, dose, drug, days, label, needs, cycle_days)
    if loading is not None:
        if cycle is None:
            return [replace(whole, needs=(*needs, "cycle_number"))]
        if cycle > 1:
            return [whole]
        rest = every[1:] if loading.times_per_day == 1 and len(every) > 1 and days else ()
        first = replace(whole, dose=loading, days=every[:1], label="loading dose")
        return [first, replace(whole, days=rest)] if rest else [first]
    if part.later is not None and part.later_from is not None:
        if cycle is None:
            return [replace(whole, needs=(*needs, "cycle_number"))]
        if cycle > 1:
            return [replace(whole, dose=part.later)]
        before = tuple(day for day in every if day < part.later_from)
        after = tuple(day for day in every if day >= part.later_from)
        return [replace(whole, days=before), replace(whole, dose=part.later, days=after)]
    return [whole]

"""Sums over what was given: cumulative dose of each drug, and dose intensity against the published one. Decimal throughout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chemoplan.case import Case
from chemoplan.dosing.amounts import Step, exact, half_up, plain, plain_or_none, shown
from chemoplan.dosing.calendar_days import cycle_lines
from chemoplan.dosing.course_cycles import Cycle, length_of
from chemoplan.dosing.given import Given, GivenCycle, doses_of_line
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import DoseChoice, Regimen
from chemoplan.plan.shape import evidence

TENTH = Decimal("0.1")
Choices = Mapping[str, DoseChoice]


@dataclass
class _Sum:
    """Of one part in one unit: given and published for the cycles given. None: a cycle does not state what it would take."""

    step: int
    part: str
    drug: str
    unit: str
    given: Decimal | None = Decimal(0)
    mass: Decimal | None = Decimal(0)
    published: Decimal = Decimal(0)
    unstated: list[int] | None = None
    unsized: list[int] | None = None

    def add(self, item: GivenCycle, count: Decimal) -> None:
        """Add what one cycle says of this part; `count` is how many doses it has when published."""
        doses = item.doses.get(self.part)
        if doses is None:
            self.given = self.mass = None
            self.unstated = [*(self.unstated or []), item.cycle]
            return
        size = item.size(self.unit)
        for dose in doses:
            total = dose.value * dose.count
            in_unit: Decimal | None = total
            mass: Decimal | None = total
            if dose.unit != self.unit:
                in_unit = None if size is None else total / size
            else:
                mass = None if size is None else total * size
            self.given = _plus(self.given, in_unit)
            self.mass = _plus(self.mass, mass)
            if in_unit is None:
                self.unsized = [*(self.unsized or []), item.cycle]


def _plus(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else left + right


def _sums(given: Given, regimens: Mapping[int, Regimen], choices: Choices, weight: Decimal | None) -> list[_Sum]:
    found: dict[tuple[int, str], _Sum] = {}
    for item in given.cycles:
        lines: dict[str, list[Any]] = {}
        for line in cycle_lines(regimens[item.step], choices, item.cycle, item.weight or weight):
            lines.setdefault(line.part.id, []).append(line)
        for part, own in lines.items():
            key = (item.step, part)
            if key not in found:
                found[key] = _Sum(item.step, part, own[0].drug, own[0].dose.unit)
            total = sum((line.dose.value * doses_of_line(line) for line in own), Decimal(0))
            found[key].published += total
            found[key].add(item, sum((doses_of_line(line) for line in own), Decimal(0)))
    return list(found.values())


def cumulative(
    given: Given,
    regimens: Mapping[int, Regimen],
    choices: Choices,
    weight: Decimal | None,
    case: Case,
    knowledge: Knowledge,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was given of each drug over all cycles, by drug and unit, and what has to be said where the case tells otherwise.

    `given` is None while a cycle does not state a dose, or a surface or weight that it would take; `missing` says which.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    warnings = []
    for item in _sums(given, regimens, choices, weight):
        drug = knowledge.dosing.drugs.get(item.drug)
        row = rows.setdefault(
            (item.drug, item.unit),
            {"drug": item.drug, "title": drug.title if drug else item.drug, "unit": item.unit, "given": Decimal(0),
             "mass": Decimal(0), "mass_unit": item.unit.partition("/")[0], "published": Decimal(0), "before": None, "missing": []},
        )  # fmt: skip
        row["given"], row["mass"] = _plus(row["given"], item.given), _plus(row["mass"], item.mass)
        row["published"] += item.published
        row["missing"] += [f"the dose of {item.part} in cycle {cycle}" for cycle in item.unstated or ()]
        size = "body surface area" if item.unit.endswith("/m2") else "weight"
        row["missing"] += [f"the {size} of cycle {cycle}" for cycle in item.unsized or ()]
    for row in rows.values():
        before, warning = _before(row, case)
        row["before"] = plain_or_none(before)
        warnings += [warning] if warning else []
        row["given"] = plain_or_none(None if row["given"] is None else half_up(row["given"]))
        row["mass"] = plain_or_none(None if row["mass"] is None else half_up(row["mass"]))
        row["published"] = plain(half_up(row["published"]))
        row["missing"] = list(dict.fromkeys(row["missing"]))
    return list(rows.values()), warnings


def _before(row: Mapping[str, Any], case: Case) -> tuple[Decimal | None, dict[str, Any] | None]:
    """What the case says was given in all, less what the list holds: given before this course. None while nothing is said."""
    stated = case.facts.get(f"{row['drug']}_given")
    if not isinstance(stated, float) or row["given"] is None or row["unit"] != "mg/m2":
        return None, None
    rest = exact(stated) - half_up(row["given"])
    if rest >= 0:
        return rest, None
    text = (
        f"The case states {shown(exact(stated))} mg/m2 of {row['title'].lower()} in all, "
        f"the list of given cycles holds {shown(half_up(row['given']))}: check them."
    )
    return None, {"id": f"cumulative-{row['drug']}-differs", "severity": "ask", "text": text}


def over_range(
    cycles: list[Cycle], given: Given, sums: list[dict[str, Any]], case: Case, knowledge: Knowledge
) -> Iterator[dict[str, Any]]:
    """A warning for each drug whose cumulative dose reaches a range that the knowledge names, and with which cycle."""
    done = {(item.step, item.cycle) for item in given.cycles}
    for drug in knowledge.dosing.drugs.values():
        policy = knowledge.dosing.policies.get(f"cumulative-{drug.id}")
        if policy is None:
            continue
        low = Decimal(policy.value.partition(" to ")[0])
        row = next((row for row in sums if row["drug"] == drug.id and row["unit"] == "mg/m2"), None)
        stated = case.facts.get(f"{drug.id}_given")
        total: Decimal | None = exact(stated) if isinstance(stated, float) else Decimal(0)
        if row is not None:
            total = None if row["given"] is None else max(total or Decimal(0), exact(row["given"]))
        if total is None:
            text = (
                f"The cumulative dose of {drug.title.lower()} is not known: {'; '.join(row['missing']) if row else ''}."
            )
            yield {"id": f"cumulative-{drug.id}", "severity": "ask", "text": text, "drug": drug.id}
            continue
        said = {"id": f"cumulative-{drug.id}", "severity": "caution", "drug": drug.id,
                "evidence": evidence(policy.evidence, policy.id, knowledge)}  # fmt: skip
        if total >= low:
            text = (
                f"{shown(total)} mg/m2 of {drug.title.lower()} given so far; the range is {policy.value}. {policy.text}"
            )
            yield {**said, "text": text}
            continue
        for cycle in cycles:
            if (cycle.step, cycle.number) in done:
                continue
            total += sum(
                (line.dose.value * doses_of_line(line) for line in cycle.lines
                 if line.drug == drug.id and line.dose.unit == "mg/m2"), Decimal(0)
            )  # fmt: skip
            if total >= low:
                text = (
                    f"At published doses {drug.title.lower()} reaches {shown(total)} mg/m2 with cycle {cycle.number}; "
                    f"the range is {policy.value}. {policy.text}"
                )
                yield {**said, "text": text, "cycle": cycle.number}
                break


def intensity(
    given: Given, regimens: Mapping[int, Regimen], choices: Choices, weight: Decimal | None, knowledge: Knowledge
) -> list[dict[str, Any]]:
    """Relative dose intensity of each part: dose given over dose published, times the published time over the time taken.

    The time of n cycles: from the first day 1 to the last, and one cycle more. The source is the arithmetic itself
    (Hryniuk W, Bush H. J Clin Oncol 1984;2:1281).
    """
    rows = []
    for item in _sums(given, regimens, choices, weight):
        days = [cycle.day for cycle in given.cycles if cycle.step == item.step]
        length = length_of(regimens[item.step], choices)
        drug = knowledge.dosing.drugs.get(item.drug)
        row: dict[str, Any] = {
            "step": item.step, "part": item.part, "drug": item.drug, "title": drug.title if drug else item.drug, "unit": item.unit,
            "cycles": len(days), "given": None, "published": plain(half_up(item.published)), "dose_percent": None,
            "days_published": None, "days_taken": None, "intensity_percent": None, "steps": [],
        }  # fmt: skip
        if item.given is not None:
            row["given"] = plain(half_up(item.given))
        if item.given is not None and item.published:
            share = item.given / item.published * 100
            row["dose_percent"] = plain(half_up(share, TENTH))
            row["steps"].append(
                Step("dose", "given / published", f"{shown(half_up(share, TENTH))}%",
                     {"given": f"{shown(half_up(item.given))} {item.unit}", "published": f"{shown(item.published)} {item.unit}"})
            )  # fmt: skip
            if length is not None:
                planned, taken = len(days) * length, (days[-1] - days[0]).days + length
                row["days_published"], row["days_taken"] = planned, taken
                relative = half_up(share * planned / taken, TENTH)
                row["intensity_percent"] = plain(relative)
                inputs = {"published time": f"{planned} d", "time taken": f"{taken} d"}
                rule = "one cycle is added after the last day 1"
                row["steps"].append(
                    Step(
                        "relative dose intensity",
                        "dose x published time / time taken",
                        f"{shown(relative)}%",
                        inputs,
                        rule,
                    )
                )
        row["steps"] = [step.as_json() for step in row["steps"]]
        rows.append(row)
    return rows

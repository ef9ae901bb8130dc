"""Tablets: a label's table where it has one for the dose, else the nearest dose that whole tablets can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, shown
from chemoplan.dosing.calc import Calculation, limit
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import Drug, PublishedDose, TabletTable

TENTH = Decimal("0.1")
SMALLER_MOST = "tablets-smaller-most"
SWALLOWED = ("tablet", "capsule")


@dataclass(frozen=True)
class Tablets:
    """One dose in whole tablets: what it is in mg, how many of each strength, and how that came about."""

    dose: Decimal
    counts: Mapping[Decimal, int]
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """The tablets in words: 1650 mg: 1 x 150 mg, 3 x 500 mg."""
        each = ", ".join(f"{count} x {shown(strength)} mg" for strength, count in self.counts.items() if count)
        return f"{shown(self.dose)} mg: {each or 'no tablet'}"


def strengths_of(drug: Drug, knowledge: Knowledge) -> tuple[Decimal, ...]:
    """The strengths of the drug's tablets in mg, smallest first: its own, or those of its label's table."""
    named = (
        Decimal(name)
        for table in knowledge.dosing.tablet_tables.values()
        if table.drug == drug.id
        for row in table.rows
        for name in row.tablets
    )
    own = drug.strengths if drug.form in SWALLOWED else ()
    return tuple(sorted(set(own or named)))


def table_for(drug: Drug, published: PublishedDose, knowledge: Knowledge) -> TabletTable | None:
    """The label's table for exactly this published dose, or None."""
    wanted = (published.value, published.unit, published.per, published.times_per_day)
    for table in knowledge.dosing.tablet_tables.values():
        held = table.dose
        if table.drug == drug.id and (held.value, held.unit, held.per, held.times_per_day) == wanted:
            return table
    return None


def in_tablets(
    drug: Drug, published: PublishedDose, target: Decimal, full: bool, area: Decimal | None, knowledge: Knowledge
) -> Tablets | None:
    """The target in mg in whole tablets of the drug's strengths; None when it comes as no tablets.

    `full`: nothing has reduced the dose, so that the label's table for it counts, read at `area` in m2 to two decimals.
    """
    strengths = strengths_of(drug, knowledge)
    if not strengths:
        return None
    table = table_for(drug, published, knowledge) if full and area is not None else None
    worked_out = nearest_dose(drug, target, strengths, knowledge)
    if table is None or area is None:
        return worked_out
    found = from_table(table, area)
    same = found.dose == worked_out.dose
    told = "the same" if same else f"differs: {shown(worked_out.dose - found.dose)} mg; the table counts"
    beside = Step(
        "arithmetic beside it", worked_out.steps[-1].formula, worked_out.text, {"target": f"{shown(target)} mg"}, told
    )
    return Tablets(found.dose, found.counts, (*found.steps, beside))


def from_table(table: TabletTable, area: Decimal) -> Tablets:
    """The label's row for a body surface area in m2, which is rounded to two decimals first: the rows leave gaps of 0.01."""
    hundredths = half_up(area)
    row = next((row for row in table.rows if row.low <= hundredths <= row.high), None)
    if row is None:
        raise DoseRefused(f"{table.id} has no row for {shown(hundredths)} m2; check the body surface area")
    found = Tablets(row.dose, {Decimal(name): count for name, count in sorted(row.tablets.items(), key=_strength)}, ())
    high = f"to {shown(row.high)}" if row is not table.rows[-1] else "and above"
    inputs = {"body surface area": f"{shown(hundredths)} m2"}
    rule = f"label table {table.id}, row {shown(row.low)} {high} m2 ({row.status})"
    return Tablets(found.dose, found.counts, (Step("tablets", "row of the label's table", found.text, inputs, rule),))


def _strength(item: tuple[str, int]) -> Decimal:
    return Decimal(item[0])


def nearest_dose(drug: Drug, target: Decimal, strengths: tuple[Decimal, ...], knowledge: Knowledge) -> Tablets:
    """The dose nearest to the target that whole tablets make; of two equally near, the one with fewer tablets, then the lower.

    Of every strength but the largest no more than the policy allows; never above the most that one dose may be.
    """
    most = int(limit(SMALLER_MOST, knowledge))
    cap = ceiling_of(drug.id, knowledge)
    wanted = target if cap is None else min(target, cap)
    best = min(
        (item for item in _doses(strengths, most, wanted) if cap is None or item[0] <= cap),
        key=lambda item: (abs(item[0] - wanted), sum(item[1].values()), item[0]),
    )
    formula = (
        f"nearest dose of whole tablets, at most {most} of a smaller strength"
        if len(strengths) > 1
        else "nearest whole tablets"
    )
    inputs = {"target": f"{shown(target)} mg"}
    rule = "fewer tablets where two doses are equally near"
    if cap is not None and target > cap:
        rule = f"at most {shown(cap)} mg in one dose"
    found = Tablets(best[0], best[1], ())
    return Tablets(best[0], best[1], (Step("tablets", formula, found.text, inputs, rule),))


def ceiling_of(drug: str, knowledge: Knowledge) -> Decimal | None:
    """The most of the drug in one dose in mg, where its label names one."""
    name = f"tablets-most-{drug.replace('_', '-')}"
    return limit(name, knowledge) if name in knowledge.dosing.policies else None


def _doses(strengths: tuple[Decimal, ...], most: int, target: Decimal) -> Iterator[tuple[Decimal, dict[Decimal, int]]]:
    """Doses around the target that whole tablets make, with their counts; never none at all."""
    *smaller, largest = strengths
    for counts in product(range(most + 1), repeat=len(smaller)):
        below = sum((strength * count for strength, count in zip(smaller, counts, strict=True)), Decimal(0))
        whole = max(int((target - below) / largest), 0)
        for many in (whole, whole + 1):
            dose = below + many * largest
            if dose > 0:
                yield dose, {**dict(zip(smaller, counts, strict=True)), largest: many}


def tablet_dose(name: str, drug_id: str, per_dose: Decimal, area: Decimal, knowledge: Knowledge) -> Calculation:
    """One dose (mg/m2) of a drug in whole tablets for a body surface area in m2, by the label's table where there is one."""
    drug = knowledge.dosing.drugs.get(drug_id)
    if drug is None:
        raise DoseRefused(f"the knowledge has no drug {drug_id!r}")
    tables = [table for table in knowledge.dosing.tablet_tables.values() if table.drug == drug_id]
    full = max((table.dose.value for table in tables), default=None)
    published = next(
        (table.dose for table in tables if table.dose.value == per_dose), PublishedDose(per_dose, "mg/m2", "dose", 2)
    )
    rounded = half_up(area)
    target = half_up(per_dose * rounded)
    found = in_tablets(drug, published, target, True, rounded, knowledge)
    if found is None:
        raise DoseRefused(f"{drug.title} comes as no tablets that the knowledge knows")
    strengths = strengths_of(drug, knowledge)
    table = table_for(drug, published, knowledge)
    given = {"bsa": f"{shown(area)} m2", "dose_per_administration": f"{shown(per_dose)} mg/m2"}
    steps = [Step("target", "dose x body surface area", f"{shown(target)} mg",
                  {"dose": given["dose_per_administration"], "bsa": f"{shown(rounded)} m2"},
                  "body surface area rounded to two decimals first")]  # fmt: skip
    result: dict[str, object] = {"target": target, "per_dose": found.dose}
    result |= {f"tablets_{shown(strength)}_mg": found.counts.get(strength, 0) for strength in strengths}
    result |= {
        "error_percent": half_up((found.dose - target) / target * 100, TENTH),
        "rule": "label table" if table else "nearest dose",
    }
    worked_out = nearest_dose(drug, target, strengths, knowledge)
    units = {"target": "mg", "per_dose": "mg", "error_percent": "%"}
    policies = [SMALLER_MOST]
    prose = f"tablets-prose-step-{drug_id.replace('_', '-')}"
    notes = []
    if table is not None and prose in knowledge.dosing.policies:
        step, cap = limit(prose, knowledge), ceiling_of(drug_id, knowledge)
        spoken = half_up(target, step) if cap is None else min(half_up(target, step), cap)
        key = f"arithmetic_nearest_{shown(step)}"
        result |= {key: spoken, "table_equals_arithmetic": spoken == found.dose}
        units[key] = "mg"
        policies.append(prose)
        steps.append(
            Step(
                "by the label's words",
                f"nearest {shown(step)} mg",
                f"{shown(spoken)} mg",
                {"target": f"{shown(target)} mg"},
            )
        )
        notes += _apart(found.dose, spoken)
    elif table is not None:
        result |= {"arithmetic": worked_out.dose, "table_equals_arithmetic": worked_out.dose == found.dose}
        units["arithmetic"] = "mg"
        notes += _apart(found.dose, worked_out.dose)
    elif full is not None and per_dose < full:
        notes.append(
            "The label's own table for reduced doses was not at hand: this is the nearest dose of whole tablets."
        )
    if ceiling_of(drug_id, knowledge) is not None:
        policies.append(f"tablets-most-{drug_id.replace('_', '-')}")
    doubts: tuple[str, ...] = ()
    if full is not None and per_dose > full:
        text = f"{shown(per_dose)} mg/m2 is more than the label's {shown(full)} for one dose: the dose of a day, given for one of two?"
        doubts = (text,)
    sources = {table.id: table.evidence} if table is not None else {}
    return Calculation(
        name, given, result, units, (*steps, *found.steps), tuple(notes), doubts, tuple(policies), sources
    )


def _apart(table: Decimal, arithmetic: Decimal) -> list[str]:
    if table == arithmetic:
        return []
    return [f"The label's table gives {shown(table)} mg, arithmetic {shown(arithmetic)} mg. The table counts."]

"""The published doses of a regimen for a body size: arithmetic without a person, so no order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, shown
from chemoplan.dosing.banding import in_vials
from chemoplan.dosing.calc import Calculation, limit, limits
from chemoplan.dosing.outcome import settle
from chemoplan.dosing.parts import Amount, Body, Dosed, amount, lines_of
from chemoplan.dosing.tablets import drug_of, in_tablets
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Evidence
from chemoplan.knowledge.regimens import DoseChoice, Drug, PublishedDose, Regimen, RegimenPart

NO_ORDER = "Arithmetic of published doses, no order: nothing about a person was looked at (chemoplan order does that)."
DILUENT, INFUSION = "diluent-", "infusion-"
WEEK = 7


@dataclass
class _Sum:
    """What a calculation collects on its way."""

    knowledge: Knowledge
    body: Body
    vials: Sequence[Decimal]
    result: dict[str, object] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    policies: dict[str, None] = field(default_factory=dict)

    def put(self, key: str, value: object, unit: str) -> None:
        self.result.setdefault(key, value)
        self.units.setdefault(key, unit)


def of_regimen(
    regimen: Regimen, body: Body, inputs: Mapping[str, str], knowledge: Knowledge, *, level: int = 0,
    choices: Mapping[str, str] | None = None, drug: str | None = None, vials: Sequence[Decimal] = (),
) -> Calculation:  # fmt: skip
    """Every published dose of a regimen in mg, for the area in m2 and the weight in kg of `body`; `drug` limits it to one.

    Raises DoseRefused for a choice or drug that the regimen does not have, a level that is not published, a missing measure.
    """
    found = _Sum(knowledge, body, vials)
    chosen = _choices(regimen, choices or {})
    parts = [part for part in regimen.parts if drug is None or part.drug == drug_of(drug, knowledge).id]
    if not parts:
        held = ", ".join(dict.fromkeys(part.drug for part in regimen.parts))
        raise DoseRefused(f"{regimen.id} has no {drug}; expected one of {held}")
    found.steps += body.steps
    levels = 0
    for part in parts:
        for key, line in _lines(regimen, part, chosen.get(part.id), body):
            levels += _line(found, key, line, level, len(parts) == 1)
        if part.must_choose and part.id not in chosen:
            found.notes.append(_open_choice(part, body))
    if level and not levels:
        raise DoseRefused(f"no dose levels are published for {regimen.id}: level {level} cannot be worked out")
    _bolus(found, regimen, drug)
    sources: dict[str, tuple[Evidence, ...]] = {regimen.id: regimen.evidence}
    return Calculation(
        "dose", {"regimen": f"{regimen.id}@{regimen.version}", **inputs}, found.result, found.units, tuple(found.steps),
        (NO_ORDER, *found.notes), (), tuple(found.policies), sources,
    )  # fmt: skip


def of_drug(
    name: str,
    dose: PublishedDose,
    body: Body,
    inputs: Mapping[str, str],
    knowledge: Knowledge,
    vials: Sequence[Decimal] = (),
) -> Calculation:
    """One dose of one drug: mg from mg/m2, mg/kg or mg, with vials, diluent and the levo form where they are known.

    Raises DoseRefused for a drug that is not known, or a missing measure.
    """
    drug = drug_of(name, knowledge)
    found = _Sum(knowledge, body, vials)
    found.steps += body.steps
    part = RegimenPart(drug.id, drug.id, dose, "")
    _line(found, drug.id, Dosed(part, dose, drug.id, (1,)), 0, True)
    return Calculation(
        "dose", {"drug": drug.id, **inputs}, found.result, found.units, tuple(found.steps), (NO_ORDER, *found.notes), (),
        tuple(found.policies),
    )  # fmt: skip


def _choices(regimen: Regimen, wanted: Mapping[str, str]) -> dict[str, DoseChoice]:
    parts = {part.id: part for part in regimen.parts}
    found = {}
    for name, choice in wanted.items():
        options = {item.id: item for item in parts[name].choices} if name in parts else {}
        if choice not in options:
            every = [f"{part.id}={item.id}" for part in regimen.parts for item in part.choices]
            raise DoseRefused(
                f"{regimen.id} has no choice {name}={choice}; expected one of {', '.join(every) or 'none'}"
            )
        found[name] = options[choice]
    return found


def _open_choice(part: RegimenPart, body: Body) -> str:
    options = []
    for choice in part.choices:
        found = amount(choice.dose, body)
        options.append(
            f"{part.id}={choice.id} ({choice.title}" + (f", {shown(found.value)} {found.unit})" if found else ")")
        )
    return f"{part.id}: sources disagree, so an order needs a choice: {' or '.join(options)}."


def _lines(regimen: Regimen, part: RegimenPart, chosen: DoseChoice | None, body: Body) -> Iterator[tuple[str, Dosed]]:
    """The lines of the first and of a later cycle, each once, with the name of its numbers."""
    drug = chosen.drug if chosen is not None and chosen.drug else part.drug
    key = part.id.replace("-", "_") if part.id != part.drug else drug
    seen: list[PublishedDose] = []
    for cycle in (2, 1):
        for line in lines_of(regimen, part, chosen, cycle, body.weight):
            if line.dose in seen:
                continue
            seen.append(line.dose)
            first = line.label == "loading dose"
            yield f"{key}_loading" if first else key if len(seen) == 1 else f"{key}_first", line


def _line(found: _Sum, key: str, line: Dosed, level: int, alone: bool) -> int:
    """Put the numbers of one line; how many levels down it went."""
    knowledge = found.knowledge
    missing = (*found.body.size(line.dose.unit)[2], *line.needs)
    full = amount(line.dose, found.body)
    if full is None or missing:
        asked = "--bsa, or --height and --weight" if line.dose.unit.endswith("/m2") else "--weight"
        raise DoseRefused(f"{line.part.id} is dosed in {line.dose.unit}: give {asked}")
    found.steps.append(_named(line, full))
    dose, went = full.value, 0
    if level:
        outcome = settle(line, full, [], found.body, level, None, knowledge)
        if outcome.steps and outcome.dose is not None:
            dose, went = outcome.dose, 1
            found.steps += outcome.steps
        elif outcome.status != "give":
            raise DoseRefused(f"no dose level {level} is published for {line.part.id}: it is below the lowest one")
        else:
            found.notes.append(
                f"No dose levels are published for {line.part.id} at {shown(line.dose.value)} {line.dose.unit}: it stays as it is."
            )
    _per(found, key, line, dose, full.unit)
    drug = knowledge.dosing.drugs.get(line.drug)
    if alone and not key.endswith(("_loading", "_first")):
        found.put("dose", dose, full.unit)
    if drug is not None:
        _in_practice(found, key, line, drug, dose, alone)
    return went


def _named(line: Dosed, full: Amount) -> Step:
    step = full.step
    label = f"{line.part.id}, {line.label}" if line.label else line.part.id
    return Step(f"{label}: {step.what}", step.formula, step.result, step.inputs, step.rule)


def _per(found: _Sum, key: str, line: Dosed, dose: Decimal, unit: str) -> None:
    """The dose by what it is for: each administration, each day and week, or the whole infusion."""
    part = line.part
    if line.dose.per == "total":
        found.put(f"{key}_total", dose, unit)
        if part.nominal_days:
            daily = half_up(dose / part.nominal_days)
            found.put(f"{key}_per_day", daily, f"{unit}/d")
            given = {"total": f"{shown(dose)} {unit}", "days": str(part.nominal_days)}
            found.steps.append(Step(f"{part.id}: each day", "total / nominal days", f"{shown(daily)} {unit}/d", given))
        if part.hours is not None:
            found.put(key, part.hours, "h")
        if part.fractions:
            found.put(f"{key}_per_fraction", half_up(dose / part.fractions), unit)
        return
    if line.dose.per == "day":
        week = dose * min(WEEK, len([day for day in line.days if day <= WEEK]) or WEEK)
        for name in dict.fromkeys((f"{line.drug}", key)):
            found.put(f"{name}_per_day", dose, f"{unit}/d")
            found.put(f"{name}_per_week", week, unit)
        given = {"each day": f"{shown(dose)} {unit}/d"}
        found.steps.append(Step(f"{part.id}: each week", "dose x days of the week", f"{shown(week)} {unit}", given))
        return
    found.put(key, dose, unit)
    if line.dose.times_per_day > 1:
        found.put(f"{key}_per_day", dose * line.dose.times_per_day, f"{unit}/d")


def _in_practice(found: _Sum, key: str, line: Dosed, drug: Drug, dose: Decimal, alone: bool) -> None:
    """What follows from the mass: tablets, the levo form, diluent, time of infusion, vials."""
    knowledge, part = found.knowledge, line.part
    policies = knowledge.dosing.policies
    name = drug.id.replace("_", "-")
    if part.route == "oral":
        tablets = in_tablets(drug, line.dose, dose, dose == dose_of(line, found.body), found.body.area, knowledge)
        if tablets is not None:
            found.put(f"{key}_in_tablets", tablets.dose, "mg")
            for strength, count in tablets.counts.items():
                found.put(f"{key}_tablets_{shown(strength)}_mg", count, "1")
            found.steps += tablets.steps
            found.policies |= dict.fromkeys(tablets.policies)
    if drug.id == "leucovorin" and line.dose.per == "dose" and not part.must_choose:
        share = limit("levoleucovorin-share", knowledge)
        half = half_up(dose * share)
        found.put("levoleucovorin", half, "mg")
        given = {"leucovorin": f"{shown(dose)} mg"}
        found.steps.append(Step("levoleucovorin instead", f"racemic mass x {shown(share)}", f"{shown(half)} mg", given))
        found.policies["levoleucovorin-share"] = None
    if DILUENT + name in policies:
        most, up_to, low, high = limits(DILUENT + name, knowledge)
        above = dose > most
        volume = f"{shown(low)}-{shown(high)}" if above else shown(up_to)
        where = "above" if above else "up to"
        found.put("diluent", f"{volume} (dose {where} {shown(most)} mg)", "mL")
        found.policies[DILUENT + name] = None
    if INFUSION + name in policies and not key.endswith("_loading"):
        most, short, long = limits(INFUSION + name, knowledge)
        minutes = long if dose > most else short
        found.put("infusion" if alone else f"{key}_infusion", minutes, "min")
        given = {"dose": f"{shown(dose)} mg"}
        rule = f"{shown(short)} min, {shown(long)} min above {shown(most)} mg"
        found.steps.append(Step("time of infusion", "by the dose", f"{shown(minutes)} min", given, rule))
        found.policies[INFUSION + name] = None
    vials = found.vials if alone else ()
    vials = vials or (drug.strengths if drug.kind in ("antibody", "immunotherapy") else ())
    if vials:
        packed = in_vials(dose, vials, knowledge)
        prefix = "" if alone else f"{key}_"
        found.put(f"{prefix}rounded_dose", packed.dose if packed.near else None, "mg")
        found.put(f"{prefix}delta", packed.delta, "%")
        found.steps.append(packed.step)
        found.policies["vial-rounding"] = None
        if not packed.near:
            found.notes.append(
                f"Whole vials lie {shown(packed.delta)}% from the dose of {drug.title.lower()}: it is not rounded."
            )


def dose_of(line: Dosed, body: Body) -> Decimal | None:
    """The full dose of a line in mg; None while a measure is unknown."""
    full = amount(line.dose, body)
    return None if full is None else full.value


def _bolus(found: _Sum, regimen: Regimen, drug: str | None) -> None:
    """Say in a number that a regimen with a fluorouracil pump has no bolus, since regimens of the same name have one."""
    ids = {part.id for part in regimen.parts}
    if "fluorouracil-infusion" in ids and "fluorouracil-bolus" not in ids and drug is None:
        found.put("fluorouracil_bolus", Decimal(0), "mg")
        found.steps.append(Step("fluorouracil-bolus", "none in this regimen", "0 mg"))

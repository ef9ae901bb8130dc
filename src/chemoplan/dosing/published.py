"""Published doses for one body, as arithmetic and no more: no person, no rule, no threshold. It is no order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, shown
from chemoplan.dosing.banding import in_vials, vials_of
from chemoplan.dosing.calc import Calculation, limit, limits
from chemoplan.dosing.outcome import doubt_of_levels, settle
from chemoplan.dosing.parts import Amount, Body, Dosed, amount, choices_of, lines_of
from chemoplan.dosing.tablets import in_tablets
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Evidence
from chemoplan.knowledge.regimens import DoseChoice, Drug, PublishedDose, Regimen, RegimenPart

NO_ORDER = "Arithmetic of published doses, no order: nothing about a person was looked at (chemoplan order does that)."
NOWHERE: frozenset[str] = frozenset()
WEEK = 7


@dataclass
class _Found:
    """What gathers while parts are worked out."""

    result: dict[str, Any] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    policies: dict[str, None] = field(default_factory=dict)
    sources: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)

    def put(self, key: str, value: Any, unit: str) -> None:
        self.result[key] = value
        self.units[key] = unit


def regimen_doses(
    regimen: Regimen, body: Body, level: int, choices: Mapping[str, str], drug: str | None, inputs: Mapping[str, str],
    doubts: tuple[str, ...], knowledge: Knowledge,
) -> Calculation:  # fmt: skip
    """The doses of one cycle of a regimen for a body, with nothing changed but a dose level that was asked for.

    `drug`: only the parts of this drug; its dose is then told as `dose`, too. Raises DoseRefused for what the regimen lacks.
    """
    chosen = choices_of(regimen, choices)
    parts = [part for part in regimen.parts if drug in (None, part.drug)]
    if not parts:
        names = dict.fromkeys(part.drug for part in regimen.parts)
        raise DoseRefused(f"{regimen.id} has no {drug}; it has {', '.join(names)}")
    found = _Found(steps=list(body.steps), notes=[NO_ORDER])
    for part in parts:
        _part(regimen, part, chosen.get(part.id), body, level, drug is not None, found, knowledge)
    if drug is None:
        _bolus(regimen, found)
    if level and not any("request" in step.inputs for step in found.steps):
        raise DoseRefused(f"no dose levels are published for {regimen.id}: --level {level} cannot be worked out")
    sources: dict[str, tuple[Evidence, ...]] = {regimen.id: regimen.evidence, **found.sources}
    policies = ("bsa-formula", "systemic-weight", *found.policies)
    return Calculation(
        "dose",
        inputs,
        found.result,
        found.units,
        tuple(found.steps),
        tuple(dict.fromkeys(found.notes)),
        doubts,
        policies,
        sources,
    )


def _part(
    regimen: Regimen, part: RegimenPart, chosen: DoseChoice | None, body: Body, level: int, alone: bool, found: _Found, knowledge: Knowledge
) -> None:  # fmt: skip
    base = part.id.replace("-", "_")
    first = lines_of(regimen, part, chosen, 1, body.weight)
    later = lines_of(regimen, part, chosen, 2, body.weight)
    lines = {(line.dose, line.label == "loading dose"): line for line in (*first, *later)}
    for line in lines.values():
        if line.needs:
            raise DoseRefused(f"{regimen.id}: the dose of {part.drug} depends on the weight: --weight '70 kg'")
        full = amount(line.dose, body)
        if full is None:
            missing = "--weight '70 kg'" if line.dose.unit.endswith("kg") else "--bsa 1.8, or --height and --weight"
            raise DoseRefused(f"{regimen.id}: {part.drug} is dosed in {line.dose.unit}; give {missing}")
        changed = part.later is not None and line.dose == part.later
        suffix = "_loading" if line.label == "loading dose" else f"_from_day_{part.later_from}" if changed else ""
        outcome = settle(line, full, [], body, level if not suffix else 0, NOWHERE, knowledge)
        if outcome.ladder is not None:
            found.sources[part.id] = outcome.ladder.evidence
            held = knowledge.dosing.drugs[line.drug]
            found.notes += [text] if (text := doubt_of_levels(outcome, held.title)) else []
        title = f"{base.replace('_', ' ')}{suffix.replace('_', ' ')}"
        found.steps += [_named(full.step, title), *(_named(step, title) for step in outcome.steps)]
        if part.must_choose and chosen is None:
            dose = _open_choice(part, full, body, found)
        else:
            dose = outcome.dose
            if dose is None:
                raise DoseRefused(f"no dose level {level} is published for {part.id}: it is below the lowest one")
            if level and not suffix and not outcome.steps:
                found.notes.append(
                    f"No dose levels are published for {part.id} at {shown(line.dose.value)} {line.dose.unit}: it stays as it is."
                )
            if part.choices and chosen is None:
                ids = ", ".join(f"{part.id}={item.id} ({item.title})" for item in part.choices)
                found.notes.append(f"{part.id} has other published doses: --choose {ids}.")
        _put(line, base + suffix, dose, full, found)
        if dose is None:
            continue
        _practice(line, base, dose, full, body, alone, found, knowledge)
        if alone and not suffix:
            found.put("dose", dose, full.unit)


def _bolus(regimen: Regimen, found: _Found) -> None:
    """Say in a number that a regimen with a fluorouracil pump has no bolus, since others of the same name have one."""
    pumped = any(part.id == "fluorouracil-infusion" and part.dose.per == "total" for part in regimen.parts)
    if pumped and all(part.id != "fluorouracil-bolus" for part in regimen.parts):
        found.put("fluorouracil_bolus", Decimal(0), "mg")
        found.notes.append("This regimen has no fluorouracil bolus.")


def _named(step: Step, title: str) -> Step:
    return Step(f"{title}: {step.what}", step.formula, step.result, step.inputs, step.rule)


def _open_choice(part: RegimenPart, full: Amount, body: Body, found: _Found) -> Decimal | None:
    """The figure that every choice comes to; None when they differ. An order gives none until one is chosen."""
    doses = {choice.id: amount(choice.dose, body) for choice in part.choices}
    told = ", ".join(
        f"{choice.title}: {shown(item.value)} {item.unit}"
        for choice in part.choices
        if (item := doses[choice.id]) is not None
    )
    found.notes.append(
        f"Sources disagree on {part.drug} ({told}); an order gives no dose until one is chosen (--choose {part.id}=...)."
    )
    values = {item.value for item in doses.values() if item is not None}
    return full.value if values == {full.value} else None


def _put(line: Dosed, key: str, dose: Decimal | None, full: Amount, found: _Found) -> None:
    part = line.part
    if line.dose.per == "total":
        found.put(f"{key}_total", dose, full.unit)
        if part.nominal_days:
            found.put(f"{key}_per_day", None if dose is None else half_up(dose / part.nominal_days), f"{full.unit}/d")
        if part.hours is not None:
            found.put(key, part.hours, "h")
        return
    if line.dose.per == "day":
        drug = line.drug
        found.put(f"{drug}_per_day", dose, f"{full.unit}/d")
        days = len(line.days)
        if days > 1:
            span = "week" if max(line.days) <= WEEK else "cycle"
            found.put(f"{drug}_per_{span}", None if dose is None else dose * days, full.unit)
        return
    found.put(key, dose, full.unit)
    if line.dose.times_per_day > 1:
        found.put(f"{key}_per_day", None if dose is None else dose * line.dose.times_per_day, f"{full.unit}/d")


def _practice(
    line: Dosed, base: str, dose: Decimal, full: Amount, body: Body, alone: bool, found: _Found, knowledge: Knowledge
) -> None:  # fmt: skip
    """What goes with a dose: volume, time, tablets, whole vials."""
    drug = knowledge.dosing.drugs.get(line.drug)
    _by_mass(line.drug, dose, "" if alone else f"{base}_", found, knowledge)
    if line.part.route == "oral" and drug is not None and line.dose.per == "dose":
        tablets = in_tablets(drug, line.dose, dose, dose == full.value, body.area, knowledge)
        if tablets is not None:
            found.put(f"{base}_in_tablets", tablets.dose, full.unit)
            found.put(f"{base}_tablets", {f"{shown(key)} mg": count for key, count in tablets.counts.items()}, "")
            found.steps += [_named(step, base.replace("_", " ")) for step in tablets.steps]
    if vials := vials_of(drug):
        _vials(dose, vials, "" if alone else f"{base}_", found, knowledge)


def _by_mass(drug: str, dose: Decimal, prefix: str, found: _Found, knowledge: Knowledge) -> None:
    """Volume of the solution and time of the infusion where they depend on the mass, by policies named after the drug."""
    policies, name = knowledge.dosing.policies, drug.replace("_", "-")
    given = {"dose": f"{shown(dose)} mg"}
    if (volume := f"diluent-{name}") in policies:
        at, below, least, most = limits(volume, knowledge)
        above = dose > at
        text = (
            f"{shown(least)}-{shown(most)} (dose above {shown(at)} mg)"
            if above
            else f"{shown(below)} (dose up to {shown(at)} mg)"
        )
        found.put("diluent", text, "mL")
        found.steps.append(Step("diluent", f"by the dose, limit {shown(at)} mg", f"{text.partition(' ')[0]} mL", given))
        found.policies[volume] = None
    if (time := f"infusion-{name}") in policies:
        at, short, long = limits(time, knowledge)
        minutes = long if dose > at else short
        found.put(f"{prefix}infusion", minutes, "min")
        rule = f"{shown(short)} min, {shown(long)} min above {shown(at)} mg"
        found.steps.append(Step("time of infusion", "by the dose", f"{shown(minutes)} min", given, rule))
        found.policies[time] = None


def _vials(dose: Decimal, vials: tuple[Decimal, ...], prefix: str, found: _Found, knowledge: Knowledge) -> None:
    rounded, delta, step = in_vials(dose, vials, knowledge)
    found.put(f"{prefix}rounded_dose", rounded, "mg")
    found.put(f"{prefix}delta", delta, "%")
    found.steps.append(step)
    found.policies["vial-rounding"] = None


def drug_dose(
    drug: Drug, published: PublishedDose, body: Body, vials: tuple[Decimal, ...], inputs: Mapping[str, str], doubts: tuple[str, ...],
    knowledge: Knowledge,
) -> Calculation:  # fmt: skip
    """One dose of one drug for a body: in mg, in whole vials where it comes in known ones, and as the other form of leucovorin."""
    full = amount(published, body)
    if full is None:
        missing = "--weight '70 kg'" if published.unit.endswith("kg") else "--bsa 1.8, or --height and --weight"
        raise DoseRefused(f"a dose in {published.unit} needs the body: {missing}")
    found = _Found(steps=[*(body.steps if published.unit.endswith("m2") else ()), full.step], notes=[NO_ORDER])
    found.put("dose", full.value, full.unit)
    found.put(drug.id, full.value, full.unit)
    if drug.id == "leucovorin":
        share = limit("levoleucovorin-share", knowledge)
        levo = half_up(full.value * share)
        found.put("levoleucovorin", levo, full.unit)
        found.policies["levoleucovorin-share"] = None
        given = {"leucovorin": f"{shown(full.value)} mg"}
        found.steps.append(
            Step("levoleucovorin instead", f"{shown(share)} x racemic leucovorin", f"{shown(levo)} mg", given)
        )
    _by_mass(drug.id, full.value, "", found, knowledge)
    if packs := vials or vials_of(drug):
        _vials(full.value, packs, "", found, knowledge)
    policies = ("bsa-formula", "systemic-weight", *found.policies)
    return Calculation(
        "dose", inputs, found.result, found.units, tuple(found.steps), tuple(found.notes), doubts, policies
    )


def body_of(
    area: Decimal | None, height: Decimal | None, weight: Decimal | None, knowledge: Knowledge
) -> tuple[Body, tuple[str, ...]]:
    """The body that doses are made from, and what is doubtful about it. A stated area counts, and is held against the other two."""
    from chemoplan.dosing.measures import area_of
    from chemoplan.dosing.plausibility import implausible

    facts = {name: value for name, value in (("height", height), ("weight", weight)) if value is not None}
    doubts = implausible(facts, knowledge)
    own = area_of(height, weight, knowledge) if height is not None and weight is not None else None
    if area is None:
        return Body(own[0] if own else None, weight, (own[1],) if own else ()), tuple(doubts)
    rounded = half_up(area)
    if own is not None and abs(own[0] - rounded) > own[0] * Decimal("0.02"):
        doubts.append(
            f"The body surface area is stated as {shown(rounded)} m2, but height and weight give {shown(own[0])} m2."
        )
    step = Step("body surface area", "as stated, to two decimals", f"{shown(rounded)} m2", {"bsa": f"{shown(area)} m2"})
    return Body(rounded, weight, (step,)), tuple(doubts)

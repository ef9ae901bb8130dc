"""What the rules that hold make of one dose: which apply here, how they combine, and what is left to give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import Step, half_up, plain, shown
from chemoplan.dosing.parts import Amount, Body, Dosed, amount
from chemoplan.dosing.rules import DoseRule
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import DoseLadder, PublishedDose

STRENGTH = ("give", "omit", "decide", "hold", "delay", "stop")
"""States of a line, from the weakest to the strongest; the strongest of the rules that apply counts."""
ELSEWHERE = "elsewhere"


@dataclass
class Outcome:
    """One line of an order after its rules: what is left of the dose, which rules did it, and how."""

    status: str
    dose: Decimal | None
    steps: list[Step] = field(default_factory=list)
    applied: set[str] = field(default_factory=set)
    effects: dict[str, str] = field(default_factory=dict)
    doses: dict[str, Decimal] = field(default_factory=dict)
    """The dose that each reduction alone asks for, by rule."""
    by_jurisdiction: list[dict[str, Any]] = field(default_factory=list)
    ladder: DoseLadder | None = None
    """The published levels that a level of this dose was looked up in; its status goes with the dose."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The last dose given of a line, as a mass for today's body: `because` says why it may not be exceeded.

    Without `because` it counts only while a rule that holds keeps the dose down.
    """

    value: Decimal
    text: str
    because: str = ""


def settle(
    line: Dosed,
    full: Amount | None,
    fired: list[DoseRule],
    body: Body,
    level: int,
    reach: frozenset[str] | None,
    knowledge: Knowledge,
    ceiling: Ceiling | None = None,
) -> Outcome:
    """The outcome of the rules that hold. `reach`: jurisdictions that count here; None while the case names none.

    While none is named, each jurisdiction that speaks is worked out; if they differ, none is chosen. `ceiling` is the last
    dose given, which may not be exceeded where a reduced dose is not raised again.
    """
    changing = [rule for rule in fired if rule.changes_dose or rule.settles]
    spoken = list(dict.fromkeys(place for rule in changing for place in rule.jurisdictions))
    if reach is not None:
        here = [rule for rule in changing if not rule.jurisdictions or reach & set(rule.jurisdictions)]
        outcome = _combined(line, full, here, body, level, knowledge, ceiling)
        for rule in changing:
            if rule not in here and rule.changes_dose:
                outcome.effects[rule.id] = "does not apply here: " + ", ".join(rule.jurisdictions) + " only"
        return outcome
    if not spoken:
        return _combined(line, full, changing, body, level, knowledge, ceiling)
    results = {}
    for place in (*spoken, ELSEWHERE):
        here = [rule for rule in changing if not rule.jurisdictions or place in rule.jurisdictions]
        results[place] = _combined(line, full, here, body, level, knowledge, ceiling)
    if len({(item.status, item.dose) for item in results.values()}) == 1:
        merged = _combined(line, full, changing, body, level, knowledge, ceiling)
        return merged
    merged = Outcome("differ", None)
    for item in results.values():
        merged.effects.update(item.effects)
        merged.status = "stop" if all(other.status == "stop" for other in results.values()) else "differ"
    merged.by_jurisdiction = [_spoken(place, item) for place, item in results.items()]
    merged.steps.append(
        Step("jurisdictions", "each worked out on its own", "they differ, so none is chosen",
             {place: _state(item, full) for place, item in results.items()}, "name the region in the case, and its rules apply")
    )  # fmt: skip
    return merged


def _spoken(place: str, item: Outcome) -> dict[str, Any]:
    given = item.status in ("give", "omit") and item.dose is not None
    dose = plain(item.dose) if given and item.dose is not None else None
    return {"jurisdiction": place, "status": item.status, "dose": dose, "rules": sorted(item.applied)}


def _state(item: Outcome, full: Amount | None) -> str:
    if item.status == "give" and item.dose is not None:
        return f"{shown(item.dose)} {full.unit if full else ''}".strip()
    return item.status


def _combined(
    line: Dosed,
    full: Amount | None,
    rules: Iterable[DoseRule],
    body: Body,
    level: int,
    knowledge: Knowledge,
    ceiling: Ceiling | None,
) -> Outcome:
    rules = list(rules)
    status = "give"
    outcome = Outcome(status, None if full is None else full.value)
    settled = {name for rule in rules for name in rule.settles}
    wanted: list[tuple[Decimal, str, DoseRule | None]] = []
    if level and full is not None:
        wanted += _levels(line, full, body, -level, "dose level asked for", None, knowledge, outcome)
    for rule in rules:
        if rule.action == "decide" and rule.entry in settled:
            outcome.effects[rule.id] = "settled by another rule"
            continue
        if not rule.changes_dose:
            continue
        state = _STATE[rule.action]
        if STRENGTH.index(state) > STRENGTH.index(outcome.status):
            outcome.status = state
        outcome.applied.add(rule.id)
        outcome.effects[rule.id] = _EFFECT.get(rule.action, "")
        if full is not None:
            wanted += _reductions(line, full, body, rule, knowledge, outcome)
    if full is not None and wanted:
        _take_lowest(full, wanted, outcome, knowledge)
    if ceiling is not None:
        _not_raised(ceiling, full, rules, outcome)
    if outcome.status == "omit":
        outcome.dose = Decimal(0)
    elif outcome.status != "give":
        outcome.dose = outcome.dose if outcome.status in ("hold", "delay") else None
    return outcome


def _not_raised(ceiling: Ceiling, full: Amount | None, rules: list[DoseRule], outcome: Outcome) -> None:
    """The last dose given is the most, where the drug or a rule says that a reduced dose is not raised again."""
    because = ceiling.because or ", ".join(rule.id for rule in rules if rule.keeps)
    if not because or full is None or outcome.dose is None or outcome.dose <= ceiling.value:
        return
    inputs = {"last dose": ceiling.text, "this dose": f"{shown(outcome.dose)} {full.unit}"}
    outcome.dose = ceiling.value
    text = f"{shown(ceiling.value)} {full.unit}"
    outcome.steps.append(
        Step("not raised again", "lower of the last dose and this one", text, inputs, f"not raised again: {because}")
    )


_STATE = {
    "reduce": "give",
    "omit": "omit",
    "decide": "decide",
    "hold": "hold",
    "delay": "delay",
    "stop": "stop",
    "avoid": "stop",
}
_EFFECT = {
    "omit": "left out", "decide": "no dose until it is decided", "hold": "held until recovery", "delay": "the cycle waits",
    "stop": "must not be given", "avoid": "must not be given together",
}  # fmt: skip


def _reductions(
    line: Dosed, full: Amount, body: Body, rule: DoseRule, knowledge: Knowledge, outcome: Outcome
) -> list[tuple[Decimal, str, DoseRule | None]]:
    if rule.fraction is not None:
        return [(half_up(full.value * rule.fraction), f"{shown(rule.fraction * 100)}% of the full dose", rule)]
    if rule.to is not None:
        lower = amount(rule.to, body)
        if lower is None:
            return []
        return [(min(lower.value, full.value), f"at most {shown(rule.to.value)} {rule.to.unit}", rule)]
    if rule.levels is not None:
        return _levels(line, full, body, rule.levels, rule.title, rule, knowledge, outcome)
    return []


def _levels(
    line: Dosed,
    full: Amount,
    body: Body,
    levels: int,
    title: str,
    rule: DoseRule | None,
    knowledge: Knowledge,
    outcome: Outcome,
) -> list[tuple[Decimal, str, DoseRule | None]]:
    drug = knowledge.dosing.drugs.get(line.drug)
    ladder = next(
        (
            item
            for item in (drug.ladders if drug else ())
            if item.steps[0] == line.dose.value
            and item.unit == line.dose.unit
            and (not item.parts or line.part.id in item.parts)
        ),
        None,
    )
    if ladder is None:
        if rule is None:
            return []
        outcome.status = max(outcome.status, "decide", key=STRENGTH.index)
        outcome.effects[rule.id] = (
            f"no dose levels are published for {shown(line.dose.value)} {line.dose.unit}: to be decided"
        )
        return []
    outcome.ladder = ladder
    if levels == len(ladder.steps) and ladder.below:
        outcome.status = max(outcome.status, "decide", key=STRENGTH.index)
        if rule is not None:
            outcome.effects[rule.id] = f"the next level is {ladder.below}: to be decided"
        return []
    if levels >= len(ladder.steps):
        outcome.status = "stop"
        if rule is not None:
            outcome.effects[rule.id] = (
                f"below the lowest level ({shown(ladder.steps[-1])} {ladder.unit}): must not be given"
            )
        return []
    step = ladder.steps[levels]
    found = amount(PublishedDose(step, ladder.unit, line.dose.per, line.dose.times_per_day), body)
    text = f"level -{levels}: {shown(step)} {ladder.unit}" + (f" ({doubt})" if (doubt := _doubt(ladder)) else "")
    return [] if found is None else [(found.value, text, rule)]


def _doubt(ladder: DoseLadder) -> str:
    """The weakest status of what the levels rest on; empty where all of it was read."""
    held = {line.status for line in ladder.evidence}
    return next((words for status, words in _DOUBTS.items() if status in held), "")


_DOUBTS = {"unverified": "unverified", "partly": "partly verified"}


def doubt_of_levels(outcome: Outcome, title: str) -> str:
    """One sentence where a dose rests on published levels of a drug that were not read, or in part only; else empty."""
    ladder = outcome.ladder
    if ladder is None or not (doubt := _doubt(ladder)):
        return ""
    return f"The dose levels of {title.lower()} ({', '.join(map(shown, ladder.steps))} {ladder.unit}) are {doubt}."


def _take_lowest(
    full: Amount, wanted: list[tuple[Decimal, str, DoseRule | None]], outcome: Outcome, knowledge: Knowledge
) -> None:
    """Several reductions combine by the policy; the others are shown, with what multiplying would give."""
    policy = knowledge.dosing.policies["combine-reductions"].value
    product = full.value
    for value, _, _ in wanted:
        product = product * value / full.value
    lowest = min(value for value, _, _ in wanted)
    chosen = half_up(product) if policy == "product" else lowest
    for value, text, rule in wanted:
        if rule is not None:
            outcome.doses[rule.id] = min(value, outcome.doses.get(rule.id, value))
            outcome.effects[rule.id] = f"{shown(full.value)} to {shown(value)} {full.unit} ({text})"
    inputs = {(rule.id if rule else "request"): f"{shown(value)} {full.unit}, {text}" for value, text, rule in wanted}
    rule_text = "one reduction"
    if len(wanted) > 1 and policy == "product":
        alone = f"{shown(lowest)} {full.unit}"
        rule_text = f"the reductions are multiplied (policy combine-reductions); the lowest alone is {alone}"
    elif len(wanted) > 1:
        multiplied = f"{shown(half_up(product))} {full.unit}"
        rule_text = f"the lowest counts (policy combine-reductions); multiplied it would be {multiplied}"
    outcome.dose = chosen
    outcome.steps.append(
        Step(
            "reduced dose",
            "lowest of the reductions" if policy == "lowest" else "product of the reductions",
            f"{shown(chosen)} {full.unit}",
            inputs,
            rule_text,
        )
    )

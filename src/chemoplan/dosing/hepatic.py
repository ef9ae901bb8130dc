"""Floxuridine into the liver's artery: the fill of an implanted pump, its weight rule, what is left, the measured flow, the ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, plain, shown
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import LiverLadder

ROUTE = "hepatic arterial pump"
INCH = Decimal("2.54")
DEVINE = {"male": Decimal(50), "female": Decimal("45.5")}
"""Ideal weight in kg at 60 inches (Devine BJ. Drug Intell Clin Pharm 1974;8:650), with 2.3 kg for each further inch."""
OVER = {"rule-a": Decimal("1.35"), "rule-b": Decimal("1.25")}
"""By weight rule, the multiple of the ideal weight above which the mean of ideal and actual counts."""
THOUSANDTH = Decimal("0.001")
TESTS = {
    "ast": "ast_reference",
    "alkaline_phosphatase": "alkaline_phosphatase_reference",
    "bilirubin": "bilirubin_reference",
}
"""Liver tests of the ladder, and the facts that hold their references."""


def ideal_weight(height: Decimal, sex: str) -> Decimal:
    """Ideal weight in kg from cm and sex (Devine 1974). Raises DoseRefused for a sex without a formula."""
    if sex not in DEVINE:
        raise DoseRefused(f"the ideal weight has formulas for {' and '.join(DEVINE)}, not for {sex!r}")
    return DEVINE[sex] + Decimal("2.3") * (height / INCH - 60)


@dataclass(frozen=True)
class DosingWeight:
    """The weight that counts for the pump, and what either rule gives."""

    value: Decimal
    rule: str
    ideal: Decimal
    rule_a: Decimal
    rule_b: Decimal
    step: Step


def dosing_weight(weight: Decimal, height: Decimal, sex: str, knowledge: Knowledge) -> DosingWeight:
    """The weight in kg by the policy `hepatic-weight`. Raises DoseRefused for a sex without a formula."""
    ideal = ideal_weight(height, sex)
    mean = (ideal + weight) / 2
    by_rule = {name: half_up(mean) if weight > over * ideal else weight for name, over in OVER.items()}
    rule = knowledge.dosing.policies["hepatic-weight"].value
    value = by_rule.get(rule, weight)
    told = (
        f"{rule}: {shown(value)} kg; rule A gives {shown(by_rule['rule-a'])} kg, rule B {shown(by_rule['rule-b'])} kg"
    )
    inputs = {
        "actual": f"{shown(weight)} kg",
        "ideal": f"{shown(half_up(ideal))} kg",
        "ratio": shown(half_up(weight / ideal)),
    }
    step = Step(
        "weight for the pump",
        "mean of ideal and actual above a multiple of the ideal, else actual",
        f"{shown(value)} kg",
        inputs,
        told,
    )
    return DosingWeight(value, rule, half_up(ideal), by_rule["rule-a"], by_rule["rule-b"], step)


@dataclass(frozen=True)
class Fill:
    """One fill: mg of floxuridine, rounded and not; mg/mL; mg a day; mL delivered and left after the days of the drug."""

    total: Decimal
    rounded: Decimal
    concentration: Decimal
    daily: Decimal
    delivered: Decimal
    residual: Decimal
    dry: bool
    """The reservoir would be empty before the days are over."""
    low: bool
    """Less would be left than the policy wants."""
    days: int
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The fill as plain data."""
        return {
            "total": plain(half_up(self.total)), "total_rounded": plain(self.rounded),
            "concentration": plain(half_up(self.concentration, THOUSANDTH)), "dose_per_day": plain(half_up(self.daily)), "days": self.days,
            "delivered": plain(self.delivered), "residual": plain(self.residual), "dry": self.dry, "low": self.low,
        }  # fmt: skip


def fill(daily: Decimal, volume: Decimal, flow: Decimal, knowledge: Knowledge) -> Fill:
    """The fill for a daily dose in mg, a reservoir in mL and a flow in mL/d. Raises DoseRefused when a measure is not positive."""
    for name, value in (("daily dose", daily), ("pump volume", volume), ("flow", flow)):
        if value <= 0:
            raise DoseRefused(f"the {name} is {shown(value)}; expected a number above zero")
    policies = knowledge.dosing.policies
    days = int(policies["hepatic-days"].value)
    step_size = Decimal(policies["hepatic-rounding"].value)
    total = daily * volume / flow
    rounded = half_up(total, step_size)
    concentration = total / volume
    delivered = flow * days
    residual = volume - delivered
    steps = (
        Step("floxuridine of the fill", "daily dose x pump volume / flow", f"{shown(half_up(total))} mg",
             {"daily dose": f"{shown(half_up(daily))} mg/d", "volume": f"{shown(volume)} mL", "flow": f"{shown(flow)} mL/d"}),
        Step("rounded", f"nearest {shown(step_size)} mg", f"{shown(rounded)} mg", {"fill": f"{shown(half_up(total))} mg"}),
        Step("concentration", "fill / volume", f"{shown(half_up(concentration, THOUSANDTH))} mg/mL", {"volume": f"{shown(volume)} mL"}),
        Step("delivered", "flow x days", f"{shown(delivered)} mL", {"days": str(days)}),
        Step("left in the pump", "volume - flow x days", f"{shown(residual)} mL", {"volume": f"{shown(volume)} mL"}),
    )  # fmt: skip
    low = residual < Decimal(policies["hepatic-residual"].value)
    return Fill(total, rounded, concentration, daily, delivered, residual, residual < 0, low, days, steps)


@dataclass(frozen=True)
class FlowCheck:
    """The flow as measured at a refill: mL/d, percent from the nominal one, and whether it has to be looked into."""

    measured: Decimal
    deviation: Decimal
    investigate: bool
    steps: tuple[Step, ...]


def flow_check(filled: Decimal, left: Decimal, days: Decimal, nominal: Decimal, knowledge: Knowledge) -> FlowCheck:
    """The measured flow from what was filled and what was left. Raises DoseRefused when the numbers cannot be."""
    if days <= 0 or not 0 <= left <= filled or nominal <= 0:
        raise DoseRefused("the flow needs days above zero and a residual between zero and the volume filled")
    measured = (filled - left) / days
    deviation = (measured - nominal) / nominal * 100
    limit = Decimal(knowledge.dosing.policies["hepatic-flow-deviation"].value)
    inputs = {"filled": f"{shown(filled)} mL", "left": f"{shown(left)} mL", "days": shown(days)}
    rule = f"above {shown(limit)}% it is looked into (policy hepatic-flow-deviation)"
    percent = f"{shown(half_up(deviation, Decimal('0.1')))}%"
    steps = (
        Step("measured flow", "(filled - left) / days", f"{shown(half_up(measured, THOUSANDTH))} mL/d", inputs),
        Step("deviation", "(measured - nominal) / nominal", percent, {"nominal": f"{shown(nominal)} mL/d"}, rule),
    )
    return FlowCheck(measured, deviation, abs(deviation) > limit, steps)


@dataclass(frozen=True)
class LadderResult:
    """What the ladder says for one test: the multiple of the reference, and the percentage of the last dose; None means hold."""

    test: str
    multiple: Decimal
    percent: int | None
    ladder: LiverLadder


def ladder_of(test: str, reference: Decimal, knowledge: Knowledge) -> LiverLadder:
    """The ladder for a test and its reference. Raises DoseRefused when there is none, or when none is enabled."""
    held = [item for item in knowledge.dosing.liver_ladders.values() if item.test == test]
    if not held:
        raise DoseRefused(f"no ladder for {test!r}; expected one of {', '.join(TESTS)}")
    limited = [item for item in held if item.reference_at_most is not None and reference <= item.reference_at_most]
    chosen = min(limited, key=lambda item: item.reference_at_most or reference, default=None) or next(
        (item for item in held if item.reference_at_most is None), None
    )
    if chosen is None:
        raise DoseRefused(f"no ladder for {test} at a reference of {shown(reference)}")
    if not chosen.enabled:
        raise DoseRefused(
            f"the ladder for {test} is not enabled: its figures are unverified; a site enables it in a folder of its own, "
            "with the names of two clinicians who confirmed it"
        )
    return chosen


def ladder_result(test: str, reference: Decimal, current: Decimal, knowledge: Knowledge) -> LadderResult:
    """The percentage of the last dose for one test. Raises DoseRefused while the ladder is not enabled."""
    if reference <= 0:
        raise DoseRefused(f"the reference of {test} is {shown(reference)}; expected a number above zero")
    ladder = ladder_of(test, reference, knowledge)
    multiple = current / reference
    percent: int | None = 100
    for band in ladder.bands:
        if multiple >= band.at_least:
            percent = band.percent
    return LadderResult(test, multiple, percent, ladder)


def worst(results: list[LadderResult]) -> LadderResult | None:
    """The most severe of several results; hold is the most severe."""
    return min(results, key=lambda item: -1 if item.percent is None else item.percent, default=None)


def ladder_enabled(knowledge: Knowledge) -> bool:
    """Whether a site has enabled every ladder."""
    held = knowledge.dosing.liver_ladders.values()
    return bool(held) and all(item.enabled for item in held)


def ladder_for(facts: Mapping[str, Decimal], knowledge: Knowledge) -> tuple[LadderResult | None, tuple[str, ...]]:
    """The most severe result for the tests of a case, and the facts that are missing for it."""
    missing = tuple(name for test, reference in TESTS.items() for name in (test, reference) if name not in facts)
    results = [
        ladder_result(test, facts[reference], facts[test], knowledge)
        for test, reference in TESTS.items()
        if test in facts and reference in facts
    ]
    return worst(results), missing

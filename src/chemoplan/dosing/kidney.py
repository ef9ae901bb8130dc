"""Kidney function: creatinine clearance by Cockcroft-Gault with a weight that is told, and the eGFR, which is no clearance."""

from __future__ import annotations

from decimal import Decimal

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, shown
from chemoplan.dosing.calc import Calculation, limit, policy
from chemoplan.dosing.hepatic import ideal_weight
from chemoplan.dosing.measures import TENTH, area_of
from chemoplan.dosing.plausibility import implausible
from chemoplan.knowledge import Knowledge

SEX_FACTOR = {"male": Decimal(1), "female": Decimal("0.85")}
WEIGHTS = ("actual", "ideal", "adjusted")
REFERENCE_AREA = Decimal("1.73")
KAPPA = {"male": Decimal("0.9"), "female": Decimal("0.7")}
ALPHA = {"male": Decimal("-0.302"), "female": Decimal("-0.241")}


def cockcroft_gault(age: Decimal, weight: Decimal, creatinine: Decimal, sex: str) -> Decimal:
    """Creatinine clearance in mL/min from years, kg, mg/dL and sex (Cockcroft DW, Gault MH. Nephron 1976;16:31-41).

    Raises DoseRefused for a sex that the formula does not know.
    """
    _known_sex(sex)
    return (140 - age) * weight / (72 * creatinine) * SEX_FACTOR[sex]


def ckd_epi_2021(creatinine: Decimal, age: Decimal, sex: str) -> Decimal:
    """Estimated filtration rate in mL/min/1.73 m2 from mg/dL, years and sex (Inker LA and others. N Engl J Med 2021;385:1737).

    Raises DoseRefused for a sex that the formula does not know.
    """
    _known_sex(sex)
    ratio = creatinine / KAPPA[sex]
    low, high = min(ratio, Decimal(1)), max(ratio, Decimal(1))
    female = Decimal("1.012") if sex == "female" else Decimal(1)
    return 142 * low ** ALPHA[sex] * high ** Decimal("-1.2") * Decimal("0.9938") ** age * female


def clearance(
    age: Decimal, weight: Decimal, creatinine: Decimal, sex: str, height: Decimal | None, choice: str | None, knowledge: Knowledge
) -> Calculation:  # fmt: skip
    """Creatinine clearance in mL/min, with the weight that was chosen and what the others give.

    Raises DoseRefused when the chosen weight needs a height that is not given.
    """
    _known_sex(sex)
    rule = policy("creatinine-clearance-weight", knowledge)
    chosen = choice or rule.value
    weights, steps = {"actual": weight}, []
    if height is not None:
        ideal = ideal_weight(height, sex)
        share = limit("adjusted-weight-share", knowledge)
        weights |= {"ideal": ideal, "adjusted": ideal + share * (weight - ideal)}
        steps = [
            Step("ideal weight", "50 kg (male) or 45.5 kg (female) + 2.3 kg x (inches - 60)", f"{shown(half_up(ideal, TENTH))} kg",
                 {"height": f"{shown(height)} cm", "sex": sex}, "Devine"),
            Step("adjusted weight", f"ideal + {shown(share)} x (actual - ideal)", f"{shown(half_up(weights['adjusted'], TENTH))} kg",
                 {"actual": f"{shown(weight)} kg"}),
        ]  # fmt: skip
    if chosen not in weights:
        raise DoseRefused(f"the {chosen} weight needs the height: --height '170 cm'")
    if weights[chosen] <= 0:
        raise DoseRefused(f"the {chosen} weight is not above zero for this height: choose another weight")
    found = {
        name: half_up(cockcroft_gault(age, kilograms, creatinine, sex), TENTH)
        for name, kilograms in weights.items()
        if kilograms > 0
    }
    formula = "(140 - age) x weight / (72 x creatinine)" + (" x 0.85" if sex == "female" else "")
    inputs = {
        "age": f"{shown(age)} a", "weight": f"{shown(weight)} kg", "creatinine": f"{shown(creatinine)} mg/dL", "sex": sex,
        "height": f"{shown(height)} cm" if height is not None else "", "weight_choice": chosen,
    }  # fmt: skip
    used = {name: inputs[name] for name in ("age", "creatinine", "sex")}
    used["weight"] = f"{shown(half_up(weights[chosen], TENTH))} kg ({chosen})"
    steps.append(Step("creatinine clearance", formula, f"{shown(found[chosen])} mL/min", used, "Cockcroft-Gault"))
    result = {
        "creatinine_clearance": found[chosen], "weight_choice": chosen,
        "by_weight": {name: found.get(name) for name in WEIGHTS},
        "weights": {name: half_up(value, TENTH) for name, value in weights.items()},
    }  # fmt: skip
    units = {"creatinine_clearance": "mL/min", "by_weight": "mL/min", "weights": "kg"}
    notes = () if height is not None else ("With the height, the ideal and the adjusted weight are shown as well.",)
    facts = {"weight": weight, "creatinine": creatinine} | ({"height": height} if height is not None else {})
    policies = ("creatinine-clearance-weight", "adjusted-weight-share", "kidney-measure")
    return Calculation(
        "crcl", inputs, result, units, tuple(steps), notes, tuple(implausible(facts, knowledge)), policies
    )


def filtration(
    age: Decimal, creatinine: Decimal, sex: str, height: Decimal | None, weight: Decimal | None, knowledge: Knowledge
) -> Calculation:
    """The eGFR of 2021 in mL/min/1.73 m2, and in mL/min for this body where height and weight are given."""
    value = ckd_epi_2021(creatinine, age, sex)
    shown_value = half_up(value, TENTH)
    inputs = {
        "age": f"{shown(age)} a", "creatinine": f"{shown(creatinine)} mg/dL", "sex": sex,
        "height": f"{shown(height)} cm" if height is not None else "", "weight": f"{shown(weight)} kg" if weight is not None else "",
    }  # fmt: skip
    kappa, alpha = shown(KAPPA[sex]), shown(ALPHA[sex])
    formula = f"142 x min(creatinine/{kappa}, 1)^{alpha} x max(creatinine/{kappa}, 1)^-1.2 x 0.9938^age"
    formula += " x 1.012" if sex == "female" else ""
    steps = [Step("estimated filtration rate", formula, f"{shown(shown_value)} mL/min/1.73 m2", inputs, "CKD-EPI 2021")]
    result: dict[str, object] = {"egfr_2021": shown_value}
    units = {"egfr_2021": "mL/min/{1.73_m2}"}
    notes = [
        "An eGFR is not a creatinine clearance: where a label names Cockcroft-Gault (capecitabine does), use chemoplan calc crcl."
    ]
    facts: dict[str, Decimal] = {"creatinine": creatinine}
    if height is not None and weight is not None:
        facts |= {"height": height, "weight": weight}
        area, step = area_of(height, weight, knowledge)
        own = half_up(value * area / REFERENCE_AREA, TENTH)
        clear = half_up(cockcroft_gault(age, weight, creatinine, sex), TENTH)
        result |= {"egfr_for_this_body": own, "creatinine_clearance": clear}
        units |= {"egfr_for_this_body": "mL/min", "creatinine_clearance": "mL/min"}
        given = {"eGFR": steps[0].result, "body surface area": step.result}
        steps += [
            step,
            Step("for this body", "eGFR x body surface area / 1.73", f"{shown(own)} mL/min", given),
            Step("creatinine clearance beside it", "Cockcroft-Gault, actual weight", f"{shown(clear)} mL/min"),
        ]
    elif height is not None or weight is not None:
        notes.append("The value for this body needs both height and weight.")
    doubts = tuple(implausible(facts, knowledge))
    return Calculation(
        "egfr", inputs, result, units, tuple(steps), tuple(notes), doubts, ("egfr-formula", "kidney-measure")
    )


def _known_sex(sex: str) -> None:
    if sex not in SEX_FACTOR:
        raise DoseRefused(f"the formula has factors for {' and '.join(SEX_FACTOR)}, not for {sex!r}")

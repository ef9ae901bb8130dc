"""The Child-Pugh score of liver function: five items of one to three points."""

from __future__ import annotations

from decimal import Decimal

from chemoplan.dosing.amounts import Step, shown
from chemoplan.dosing.calc import Calculation, limits
from chemoplan.knowledge import Knowledge

ASCITES = {"none": 1, "slight": 2, "moderate": 3}
ENCEPHALOPATHY = {"none": 1, "grade_1_2": 2, "grade_3_4": 3}
UNITS = {"bilirubin": "mg/dL", "albumin": "g/dL", "inr": ""}


def points(value: Decimal, ends: tuple[Decimal, ...]) -> int:
    """One to three points of a measured item; both ends belong to two points. Falling ends mean that lower is worse."""
    first, second = ends
    if first <= second:
        return 1 if value < first else 2 if value <= second else 3
    return 1 if value > first else 2 if value >= second else 3


def child_pugh(
    bilirubin: Decimal, albumin: Decimal, inr: Decimal, ascites: str, encephalopathy: str, knowledge: Knowledge
) -> Calculation:
    """Score (5 to 15) and class from mg/dL, g/dL, INR, ascites and encephalopathy as the vocabulary names them."""
    values = {"bilirubin": bilirubin, "albumin": albumin, "inr": inr}
    ends = {name: limits(f"child-pugh-{name}", knowledge) for name in values}
    counted = {name: points(value, ends[name]) for name, value in values.items()}
    counted |= {"ascites": ASCITES[ascites], "encephalopathy": ENCEPHALOPATHY[encephalopathy]}
    score = sum(counted.values())
    mild, moderate = limits("child-pugh-class", knowledge)
    letter = "A" if score <= mild else "B" if score <= moderate else "C"
    inputs = {name: f"{shown(value)} {UNITS[name]}".strip() for name, value in values.items()}
    inputs |= {"ascites": ascites, "encephalopathy": encephalopathy}
    steps = [
        Step(name, f"2 points from {shown(min(ends[name]))} to {shown(max(ends[name]))} {UNITS[name]}".strip() if name in ends
             else "1 to 3 points", f"{count} points" if count > 1 else "1 point", {name: inputs[name]})
        for name, count in counted.items()
    ]  # fmt: skip
    steps.append(
        Step("score", "sum of the points", str(score), {name: str(count) for name, count in counted.items()},
             f"A up to {shown(mild)}, B up to {shown(moderate)}, C above: {letter}")
    )  # fmt: skip
    result = {"child_pugh_score": score, "child_pugh_class": letter, "points": counted}
    policies = (*(f"child-pugh-{name}" for name in values), "child-pugh-class")
    notes = ("The score is made for liver disease; without it the class says nothing about a liver with metastases.",)
    return Calculation("child-pugh", inputs, result, {"child_pugh_score": "1"}, tuple(steps), notes, (), policies)

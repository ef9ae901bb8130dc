"""Tablets: a label's table where it has one for the dose, else the nearest dose that whole tablets can make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chemoplan.dosing.amounts import Step, shown
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import Drug, PublishedDose


@dataclass(frozen=True)
class Tablets:
    """One dose in whole tablets: what it is in mg, how many of each strength, and how that came about."""

    dose: Decimal
    counts: Mapping[Decimal, int]
    steps: tuple[Step, ...]


def in_tablets(
    drug: Drug, published: PublishedDose, target: Decimal, full: bool, area: Decimal | None, knowledge: Knowledge
) -> Tablets | None:
    """The target in whole tablets of the drug's strengths; None when it comes as no tablets. `full`: nothing has reduced it."""
    if not drug.strengths:
        return None
    unit = min(drug.strengths)
    count = int((target / unit).to_integral_value())
    return Tablets(unit * count, {unit: count}, (Step("tablets", "nearest", f"{shown(unit * count)} mg"),))

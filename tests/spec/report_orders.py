"""Orders for the tests of reports: to give, conditional, delayed, stopped, with a choice, with a pump, with tablets."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chemoplan.dosing.recheck import recheck
from chemoplan.knowledge import load_knowledge
from tests.spec.test_dosing_pumps import PUMP
from tests.spec.test_order import WELL, ordered

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "to give": ("mfolfox6", {}, {"infusion_pump": "elastomeric-92"}),
    "no rate": ("folfiri", {"medicines": ["warfarin"]}, {"level": -1}),
    "conditional": ("folfiri", {"dpyd_activity_score": None, "weight": None, "creatinine_clearance": 80}, {}),
    "without": ("folfiri", {"ugt1a1": None}, {"without": {"ugt1a1": "not tested here"}}),
    "delay": ("capox", {"neutrophils": 1.0}, {}),
    "stop": ("mfolfox6", {"dpyd_activity_score": 0}, {}),
    "differ": ("mfolfox6", {"creatinine": 3.0, "region": None}, {}),
    "choose": ("folfoxiri", {}, {}),
    "reduced": ("capecitabine", {"dpyd_activity_score": 1, "creatinine": 1.9}, {}),
    "pump": ("hai-floxuridine-oxaliplatin-fluorouracil", PUMP, {}),
    "small pump": ("hai-floxuridine", {**PUMP, "pump_volume": 20, "pump_flow": 1.4}, {}),
    "loading": ("encorafenib-cetuximab", {"ras": "wild_type", "braf_v600e": "detected"}, {}),
    "radiation": ("lccrt-capecitabine", {}, {}),
}  # fmt: skip


@lru_cache(maxsize=1)
def orders() -> dict[str, dict[str, Any]]:
    """Each kind of order, with its second calculation."""
    found = {}
    for name, (regimen, changes, request) in CASES.items():
        result = ordered(regimen, changes, **request)
        facts = {key: float(value) for key, value in {**WELL, **changes}.items() if isinstance(value, int | float)}
        result["double_check"] = recheck(result, facts, load_knowledge())
        found[name] = result
    return found

"""Figures about orders: one warm and cold, and 100,000 of mFOLFOX6 with every rule tried."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MANY = 100_000
Row = Callable[[str, str, str], None]


def people(number: int, seed: int = 5) -> list[Any]:
    """Random people with every fact that an order of mFOLFOX6 asks for, most of them well, some not."""
    from chemoplan.case import Case
    from chemoplan.vocabulary import SetValue

    chance = random.Random(seed)

    def one(index: int) -> Any:
        facts: dict[str, Any] = {
            "age": float(chance.randint(25, 90)), "sex": chance.choice(["female", "male"]), "height": round(chance.uniform(145, 200), 1),
            "weight": round(chance.uniform(40, 140), 1), "creatinine": round(chance.uniform(0.4, 2.5), 2), "cM": "M0",
            "creatinine_clearance": round(chance.uniform(20, 150), 1), "neutrophils": round(chance.uniform(0.6, 9), 2),
            "platelets": float(chance.randint(40, 400)), "bilirubin": round(chance.uniform(0.2, 3), 1), "ugt1a1": "normal",
            "bilirubin_ratio": round(chance.uniform(0.2, 2.5), 2), "dpyd_activity_score": chance.choice([0.5, 1, 1.5, 2, 2, 2, 2]) * 1.0,
            "neuropathy_grade": float(chance.choice([0, 0, 0, 1, 2, 3])), "ecog": float(chance.choice([0, 1, 1, 2])),
            "cycle_number": float(chance.randint(1, 12)), "region": chance.choice(["US", "EU", "UK"]), "setting": "postoperative",
            "histology": "adenocarcinoma", "weeks_since_surgery": float(chance.randint(4, 20)), "treatment_intent": "curative",
            "ctcae_version": 5.0, "nadir_neutrophils": round(chance.uniform(0.3, 5), 2), "nadir_platelets": float(chance.randint(30, 300)),
            "aminotransferase_ratio": round(chance.uniform(0.3, 3), 2),
            "medicines": SetValue(frozenset(chance.choice([(), (), ("warfarin",)]))),
        }  # fmt: skip
        from chemoplan.knowledge import load_knowledge

        for fact in (item for group in ("history", "toxicity") for item in load_knowledge().vocabulary.group(group)):
            facts.setdefault(fact.name, False if fact.absent is None else fact.read(fact.absent))
        return Case(f"invented-{index}", "", None, facts, {}, (), ())

    return [one(index) for index in range(number)]


def orders(row: Row) -> None:
    """Measure and print."""
    from chemoplan.dosing.many import order_lines
    from chemoplan.dosing.order import order, regimen_of
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge()
    start = time.perf_counter()
    regimen = regimen_of("mfolfox6", knowledge)
    row("read the knowledge about doses", f"{(time.perf_counter() - start) * 1000:.0f} ms", "")
    some = people(2_000)
    order(regimen, some[0], knowledge)
    seconds = []
    for case in some:
        start = time.perf_counter()
        order(regimen, case, knowledge)
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    row("one order of mfolfox6, warm, median", f"{statistics.median(seconds) * 1000:.2f} ms", "")
    row("one order of mfolfox6, warm, p95", f"{seconds[int(len(seconds) * 0.95)] * 1000:.2f} ms", "under 5 ms")
    many = people(MANY)
    start = time.perf_counter()
    done = sum(1 for _ in order_lines("mfolfox6", many, workers=2))
    row(f"{done:,} orders of mfolfox6 to JSON, 2 processes", f"{time.perf_counter() - start:.1f} s", "under 20 s")
    case_file = ROOT / "src" / "chemoplan" / "examples" / "02-standard-risk-mid-rectum.yaml"
    cold = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "chemoplan", "order", "mfolfox6", str(case_file), "--format", "json"],
            check=False, capture_output=True, cwd=ROOT / "src",
        )  # fmt: skip
        cold.append(time.perf_counter() - start)
    row("chemoplan order, cold, json (median of 5)", f"{statistics.median(cold) * 1000:.0f} ms", "")

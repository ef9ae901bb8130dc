"""Figures, never assertions: what planning costs, measured in one run. `make bench` prints the table.

Each figure is the median (or p95) of several runs on this machine; ratios hold better than absolute times.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.bench.cohort import cohort  # noqa: E402
from tests.bench.genomics import tumors  # noqa: E402
from tests.bench.germline import germlines  # noqa: E402
from tests.bench.orders import orders  # noqa: E402
from tests.bench.trials import trials  # noqa: E402


def timed(action: Callable[[], object], runs: int) -> list[float]:
    """Seconds of each run, sorted."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def row(what: str, figure: str, bar: str) -> None:
    """One line of the table."""
    print(f"{what:<62} {figure:>24}   {bar}")


def main() -> None:
    """Measure and print."""
    row("what", "measured", "bar")
    cold()
    warm()
    proofs()
    million()
    tumors(row)
    germlines(row)
    orders(row)
    cohort(row)
    trials(row)


def cold() -> None:
    """The command line from nothing."""
    case = ROOT / "src" / "chemoplan" / "examples" / "02-standard-risk-mid-rectum.yaml"
    for label, arguments in (("text", []), ("json", ["--format", "json"])):
        command = [sys.executable, "-m", "chemoplan", "plan", str(case), *arguments]
        seconds = timed(
            lambda command=command: subprocess.run(command, check=True, capture_output=True, cwd=ROOT / "src"), 7
        )
        row(f"chemoplan plan, cold, {label} (median of 7)", f"{statistics.median(seconds) * 1000:.0f} ms", "under 1 s")
    seconds = timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 7)
    row("  of which an empty Python", f"{statistics.median(seconds) * 1000:.0f} ms", "")


def warm() -> None:
    """One plan after another in one process."""
    from chemoplan.case import resolve
    from chemoplan.intake.examples import example_readings
    from chemoplan.knowledge import load_knowledge
    from chemoplan.plan.recommend import recommend

    start = time.perf_counter()
    knowledge = load_knowledge()
    row("load the knowledge", f"{(time.perf_counter() - start) * 1000:.0f} ms", "")
    readings = example_readings()
    resolving, planning = [], []
    for reading in readings * 20:
        start = time.perf_counter()
        case = resolve(reading, knowledge)
        middle = time.perf_counter()
        recommend(case, knowledge)
        planning.append(time.perf_counter() - middle)
        resolving.append(middle - start)
    both = sorted(a + b for a, b in zip(resolving, planning, strict=True))
    row(f"one plan, warm, p95 of {len(both)}", f"{both[int(len(both) * 0.95)] * 1000:.2f} ms", "under 10 ms")
    row("  of which resolving the facts, median", f"{statistics.median(resolving) * 1000:.2f} ms", "")


def proofs() -> None:
    """Questions over all cases."""
    from chemoplan.knowledge import load_knowledge
    from chemoplan.plan.ask import ask
    from chemoplan.plan.check import check_knowledge
    from chemoplan.plan.proof import PlanProof

    knowledge = load_knowledge()
    seconds = timed(lambda: PlanProof(knowledge), 3)
    row("encode the knowledge for proof (median of 3)", f"{statistics.median(seconds) * 1000:.0f} ms", "")
    questions = [
        "offered(anti_egfr) and ras = mutated",
        "excluded(tme) and cT = T2",
        "conditional(immunotherapy) and mmr = deficient",
    ]
    for question in questions:
        seconds = timed(lambda question=question: ask(question, knowledge), 3)
        row(f"ask {question}", f"{statistics.median(seconds) * 1000:.0f} ms", "under 2 s")
    seconds = timed(lambda: check_knowledge(knowledge), 1)
    row("the whole knowledge check", f"{seconds[0]:.1f} s", "under 60 s")


def million() -> None:
    """A million cases through the columns."""
    import polars as pl

    from chemoplan.cohort.columns import plan_batches
    from chemoplan.knowledge import load_knowledge
    from tests.generative.sweep import random_cases

    knowledge = load_knowledge()
    part = random_cases(100_000)
    cases = pl.concat([part] * 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = timed(lambda: [batch.height for batch in plan_batches(cases, knowledge)], 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row("1,000,000 cases planned through columns (median of 3)", f"{statistics.median(seconds):.1f} s", "under 10 s")
    row("  peak memory of the process", f"{peak / 1e6:.2f} GB ({before / 1e6:.2f} before)", "under 4 GB")


if __name__ == "__main__":
    main()

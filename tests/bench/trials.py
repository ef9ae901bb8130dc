"""Figures about studies: one person against 1,000 of them with the full trace, warm, and what making them ready takes."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.bench.reference_engine import matchengine
from tests.real.conftest import reference_folder

MANY = 1_000
Row = Callable[[str, str, str], None]


def shaped(number: int, seed: int = 3) -> list[Any]:
    """Invented studies with the shape of real ones: about 20 lines, drawn from a pool of some 1,500 different ones."""
    from chemoplan.trials.expression import Any as AnyOf
    from chemoplan.trials.expression import If, Test, Window
    from chemoplan.trials.translate import _attributes
    from chemoplan.vocabulary import load_vocabulary
    from tests.spec.trial_readings import study

    chance, vocabulary = random.Random(seed), load_vocabulary()
    entries = sorted(_attributes().items())

    def test() -> Any:
        name, entry = chance.choice(entries)
        fact = vocabulary.get(entry.fact)
        if entry.ratio:
            return Test(name, "<=", chance.choice([1.0, 1.5, 2.0, 2.5, 3.0, 5.0]), "xULN", window=Window(14, "d"))
        if fact is not None and fact.is_number:
            low, high = fact.range or (0.0, 4.0)
            return Test(name, chance.choice(["<=", ">=", "<", ">"]), round(chance.uniform(low, high), 1), fact.unit)
        window = Window(chance.choice([14, 28, 180]), "d") if entry.days else None
        detail = chance.choice(["", "", "requiring systemic therapy"])
        value = chance.choice(fact.values) if fact is not None and fact.values else True
        return Test(
            name, "includes" if fact is not None and fact.kind == "set" else "==", value, "", detail, window=window
        )

    def condition() -> Any:
        form = chance.random()
        return test() if form < 0.5 else AnyOf((test(), test())) if form < 0.9 else If(test(), test())

    pool = [(chance.choice(["require", "exclude"]), condition()) for _ in range(1_500)]
    return [study(chance.sample(pool, chance.randint(10, 30)), f"NCT{at:08}", 5) for at in range(number)]


def registered() -> list[Any]:
    """The records of the reference folder, read, or none where it is not there."""
    from chemoplan.trials.parse import parse_record
    from chemoplan.trials.registry import read_records

    path = reference_folder() / "trials" / "ctgov_colorectal_100.json.gz"
    return [(record, parse_record(record)) for record in read_records(path)] if path.is_file() else []


def people() -> list[Any]:
    """The people of the shipped examples."""
    from chemoplan.case import resolve
    from chemoplan.intake.examples import example_readings
    from chemoplan.knowledge import load_knowledge

    return [resolve(reading, load_knowledge(), for_plan=False) for reading in example_readings()]


def trials(row: Row) -> None:
    """Measure and print."""
    from chemoplan.knowledge import load_knowledge
    from chemoplan.report.trials_outline import match_document
    from chemoplan.trials.match import match, prepare

    knowledge = load_knowledge()
    cases = people()
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 20)  # as the command line does
    for name, pairs in (("shaped like real ones", shaped(MANY)), ("of the reference folder", registered())):
        if not pairs:
            continue
        start = time.perf_counter()
        ready = prepare(pairs, knowledge.vocabulary)
        count = f"{len(pairs):,} studies {name}"
        row(
            f"make ready {count}", f"{(time.perf_counter() - start) * 1000:.0f} ms", f"{len(ready.criteria):,} criteria"
        )
        match(ready, cases[0].facts)
        seconds = []
        for case in cases * 3:
            start = time.perf_counter()
            found = match(ready, case.facts)
            seconds.append(time.perf_counter() - start)
        target = "under 100 ms" if len(pairs) == MANY else ""
        row(f"one person x {count}, full trace, warm, median", f"{statistics.median(seconds) * 1000:.1f} ms", target)
        row(f"one person x {count}, full trace, warm, worst", f"{max(seconds) * 1000:.1f} ms", target)
        start = time.perf_counter()
        match_document(found, cases[-1], knowledge, reviewed_only=False)
        row(f"the same as data for JSON, {count}", f"{(time.perf_counter() - start) * 1000:.0f} ms", "")
    gc.set_threshold(*before)
    matchengine(row)

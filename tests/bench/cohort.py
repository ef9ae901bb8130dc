"""Figures about cohorts: people against studies on planes, from Parquet to the table of verdicts."""

from __future__ import annotations

import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chemoplan.cohort.leaves import Column
    from chemoplan.criteria.tree import Criterion
    from chemoplan.trials.clauses import TrialClauses
    from chemoplan.vocabulary import Fact, Vocabulary

FACTS, LEAVES, CLAUSES = 100, 1_500, 20
"""Facts that the studies ask for, different tests of them, and clauses of a study: the shape of real records."""


def asked_facts(number: int = FACTS) -> list[Fact]:
    """Facts of a case of every kind, as many as asked for; none that could contradict another in people made at random."""
    from chemoplan.criteria.tree import facts_of
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge()
    touchy = {name for item in knowledge.contradictions.values() for name in facts_of(item.when)}
    for derivation in reversed(list(knowledge.derivations.values())):
        if derivation.fact in touchy:
            touchy.update(name for rule in derivation.rules for name in facts_of(rule.when))
    return [fact for fact in knowledge.vocabulary.about_case() if not fact.derived and fact.name not in touchy][:number]


def leaf_of(fact: Fact, chance: random.Random) -> Criterion:
    """One random test of a fact."""
    from chemoplan.criteria.tree import Compare, Has, MemberOf

    if fact.kind == "flag":
        return Compare(fact.name, "=", chance.random() < 0.5)
    if fact.kind == "set":
        return Has(fact.name, chance.choice(fact.values))
    if fact.is_number:
        low, high = fact.range or (min(fact.numbers(), default=0.0), max(fact.numbers(), default=100.0))
        return Compare(fact.name, chance.choice(("<", "<=", ">", ">=")), round(chance.uniform(low, high), 1))
    if chance.random() < 0.5:
        return Compare(fact.name, chance.choice(("=", "!=")), chance.choice(fact.values))
    return MemberOf(fact.name, tuple(chance.sample(fact.values, min(len(fact.values), 2))))


def studies(number: int, seed: int = 6) -> list[TrialClauses]:
    """Invented studies: about 20 clauses each of two tests from a common pool, as many shared as not."""
    from chemoplan.criteria.tree import And, Not, Or
    from chemoplan.trials.clauses import Clause, TrialClauses
    from chemoplan.trials.expression import Test
    from chemoplan.trials.reading import Atom

    chance = random.Random(seed)
    facts = asked_facts()
    pool = [leaf_of(chance.choice(facts), chance) for _ in range(LEAVES)]
    atom = Atom("invented", "invented", 1, "inclusion", "", 0, 0, "require", "data", Test("age"))

    def clause() -> Clause:
        one, two = chance.sample(pool, 2)
        kind = chance.choice((Or, Or, And))
        holds: Any = kind((one, two))
        mends = chance.choice(("", "", "", "", "wash-out", "repeat"))
        return Clause(atom, Not(holds) if chance.random() < 0.5 else holds, mends)

    return [
        TrialClauses(f"invented-{at}", tuple(clause() for _ in range(chance.randint(CLAUSES // 2, CLAUSES * 3 // 2))))
        for at in range(number)
    ]


def columns_of_people(people: int, names: Iterable[str], vocabulary: Vocabulary, seed: int = 7) -> dict[str, Column]:
    """Encoded columns of invented people, a fifth of every column unknown."""
    from chemoplan.cohort.leaves import Column

    chance = np.random.default_rng(seed)

    def values(fact: Fact) -> Any:
        if fact.kind == "flag":
            return chance.random(people) < 0.3
        if fact.kind == "set":
            return chance.integers(0, 1 << len(fact.values), people, dtype=np.uint32)
        if fact.is_number:
            low, high = fact.range or (min(fact.numbers(), default=0.0), max(fact.numbers(), default=100.0))
            return np.round(chance.uniform(low, high, people), 1)
        return chance.integers(0, len(fact.values), people, dtype=np.uint8)

    return {name: Column(values(vocabulary[name]), chance.random(people) < 0.8) for name in names}


def table_of_people(people: int, path: Path, seed: int = 8) -> None:
    """A Parquet file of invented people: a column for each fact that the studies ask for, in row groups."""
    import polars as pl
    import pyarrow.parquet as pq

    from chemoplan.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    facts = asked_facts()
    writer = None
    for start in range(0, people, 65_536):
        number = min(65_536, people - start)
        columns = columns_of_people(number, [fact.name for fact in facts], vocabulary, seed + start)
        frame: dict[str, Any] = {"case": [str(start + at) for at in range(number)]}
        for fact in facts:
            values, known = columns[fact.name].values, columns[fact.name].known
            if fact.kind == "set":
                cells = pl.Series([fact.values[at % len(fact.values)] for at in range(len(fact.values))])
                series = cells.gather(values % len(fact.values))
            elif fact.numeric:
                series = pl.Series(fact.numbers()).gather(values.astype(np.int64) % len(fact.values))
            elif fact.is_number:
                series = pl.Series(np.floor(values) if fact.kind == "count" else values)
            elif fact.kind == "flag":
                series = pl.Series(values)
            else:
                series = pl.Series(fact.values).gather(values)
            frame[fact.name] = pl.DataFrame({"v": series, "k": known}).select(pl.when("k").then("v"))["v"]
        arrow = pl.DataFrame(frame).to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(path, arrow.schema)
        writer.write_table(arrow)
    assert writer is not None
    writer.close()


def cohort(row: Callable[[str, str, str], None]) -> None:
    """Measure and print: the kernel alone, then from Parquet to Parquet. CPU seconds hold better than clock on a busy machine."""
    for people, number, bar in ((10_000, 148, "under 0.5 s"), (100_000, 1_000, "under 5 s, 1 GB")):
        _kernel(row, people, number, bar, reasons=True)
    _kernel_on_every_core(row, 1_000_000, 10_000, "under 30 s on 2 cores")
    _whole(row, 1_000_000, 10_000, "under 120 s and 4 GB")
    _real(row, 10_000, "10,000 x 148 under 0.5 s, parse 148 under 2 s")
    _plans(row, 10_000, "none; 60 s is aimed at")


def _block_of_people(people: int, number: int, started: Any) -> tuple[float, float]:
    """One process: `people` people made, then held against the studies again and again; seconds of clock and of CPU.

    The same block of people is used each time: only the counting of pairs is timed, and memory stays small.
    """
    from chemoplan.cohort.trials_many import compile_studies, match_columns, room_of
    from chemoplan.vocabulary import load_vocabulary

    vocabulary, size = load_vocabulary(), 65_536
    program = compile_studies(studies(number))
    columns = columns_of_people(size, program.facts, vocabulary)
    room = room_of(program, 8_192)
    match_columns(program, columns, 8_192, vocabulary, room=room)
    started.wait()
    start, cpu = time.perf_counter(), time.process_time()
    for at in range(0, people, size):
        match_columns(program, columns, min(size, people - at), vocabulary, room=room)
    return time.perf_counter() - start, time.process_time() - cpu


def _kernel_on_every_core(row: Callable[[str, str, str], None], people: int, number: int, bar: str) -> None:
    cores = os.cpu_count() or 1
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(cores, mp_context=context) as pool:
        started = manager.Barrier(cores)
        share = -(-people // cores)
        done = [pool.submit(_block_of_people, share, number, started) for _ in range(cores)]
        found = [future.result() for future in done]
    seconds, cpu = max(clock for clock, _ in found), sum(used for _, used in found)
    row(f"{people:,} x {number:,} verdicts, the kernel on {cores} cores", f"{seconds:.1f} s ({cpu:.0f} s CPU)", bar)
    row("  pairs a second of CPU", f"{people * number / cpu:.2e}", "")


def _real(row: Callable[[str, str, str], None], people: int, bar: str) -> None:
    """The records of the reference folder and of the shipped examples: read, compiled, matched with reasons."""
    from chemoplan.cohort.trials_many import compile_studies, match_columns
    from chemoplan.trials.clauses import clauses_of
    from chemoplan.trials.parse import parse_record
    from chemoplan.trials.registry import read_records
    from chemoplan.vocabulary import load_vocabulary
    from tests.real.conftest import reference_folder

    vocabulary = load_vocabulary()
    for name in ("ctgov_colorectal_100.json.gz", "ctgov_other_1211.json.gz"):
        path = reference_folder() / "trials" / name
        if not path.is_file():
            continue
        records = list(read_records(path))
        parse_record(records[0])
        start = time.process_time()
        readings = [parse_record(record) for record in records]
        read = time.process_time() - start
        program = compile_studies(
            [clauses_of(reading, vocabulary, record=record) for record, reading in zip(records, readings, strict=True)],
            reasons=True,
        )
        made = time.process_time() - start - read
        columns = columns_of_people(people, [fact for fact in program.facts if fact in vocabulary], vocabulary)
        start = time.process_time()
        match_columns(program, columns, people, vocabulary)
        matched = time.process_time() - start
        row(
            f"{len(records):,} records, {program.clause_count:,} clauses: read, compile",
            f"{read:.2f} s, {made:.2f} s CPU", "",
        )  # fmt: skip
        row(f"  {people:,} people against them, reasons counted, one core", f"{matched:.2f} s CPU", bar)


def _plans(row: Callable[[str, str, str], None], people: int, bar: str) -> None:
    """`cohort TABLE` with what is missing for each person."""
    from chemoplan.cohort.blocks import run
    from chemoplan.cohort.plan_many import ROWS_WITH_MISSING, answering
    from chemoplan.cohort.tables import open_table

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.parquet"
        table_to_plan_for(people, path)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        start = time.perf_counter()
        run(open_table(path, rows=ROWS_WITH_MISSING), answering, (True, ()), lenient=True)
        seconds = time.perf_counter() - start
        cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    row(f"{people:,} people planned for, with what is missing", f"{seconds:.1f} s ({cpu:.0f} s CPU)", bar)


def table_to_plan_for(people: int, path: Path, seed: int = 9) -> None:
    """A Parquet file of invented people with rectal cancer: a dozen facts, a fifth of each unknown."""
    import polars as pl

    chance = random.Random(seed)
    choices: dict[str, Any] = {
        "age": range(25, 91), "sex": ("male", "female"), "ecog": (0, 1, 2), "setting": ("initial",),
        "histology": ("adenocarcinoma",), "cT": ("T1", "T2", "T3", "T4a", "T4b"), "cN": ("N0", "N1", "N2"),
        "cM": ("M0", "M0", "M0", "M1"), "mmr": ("proficient", "proficient", "deficient"), "mrf_distance": range(16),
        "tumor_height": range(1, 16), "platelets": range(50, 400), "ras": ("mutated", "wild_type"),
    }  # fmt: skip
    columns: dict[str, list[Any]] = {
        name: [None if chance.random() < 0.2 else chance.choice(values) for _ in range(people)]
        for name, values in choices.items()
    }
    pl.DataFrame({"case": [str(at) for at in range(people)], **columns}).write_parquet(path)


def _kernel(row: Callable[[str, str, str], None], people: int, number: int, bar: str, *, reasons: bool) -> None:
    from chemoplan.cohort.trials_many import compile_studies, match_columns
    from chemoplan.vocabulary import load_vocabulary

    vocabulary, asked = load_vocabulary(), studies(number)
    start = time.perf_counter()
    program = compile_studies(asked, reasons=reasons)
    row(f"compile {number:,} studies, {program.clause_count:,} clauses", f"{time.perf_counter() - start:.2f} s", "")
    columns = columns_of_people(people, program.facts, vocabulary)
    start, cpu = time.perf_counter(), time.process_time()
    match_columns(program, columns, people, vocabulary)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    said = f"{people:,} x {number:,} verdicts{', reasons counted' if reasons else ''}, one core"
    row(said, f"{seconds:.2f} s ({cpu:.2f} s CPU)", bar)
    row("  pairs a second of CPU", f"{people * number / cpu:.2e}", "")


def _whole(row: Callable[[str, str, str], None], people: int, number: int, bar: str) -> None:
    from chemoplan.cohort.blocks import Blocks, run
    from chemoplan.cohort.match_many import answering
    from chemoplan.cohort.tables import open_table
    from chemoplan.cohort.trials_many import compile_studies

    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / "people.parquet", Path(folder) / "verdicts.parquet"
        table_of_people(people, path)
        size = path.stat().st_size / 1e6
        asked = studies(number)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        start, cpu = time.perf_counter(), time.process_time()
        program = compile_studies(asked)
        table, blocks = open_table(path), Blocks(output, {"bench": number})
        found = run(table, answering, (program,), blocks=blocks, lenient=True)
        blocks.finish({"people": output})
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu += children.ru_utime - before
        row(
            f"{people:,} x {number:,} from Parquet ({size:.0f} MB) to Parquet",
            f"{seconds:.1f} s ({cpu:.0f} s CPU)",
            bar,
        )
        row("  people left out by chance contradictions", f"{found.counts['people'][1]:,}", "")
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        each = children.ru_maxrss / 1e6
        row("  most memory: this process, and the greatest of the workers", f"{own:.2f} GB, {each:.2f} GB", "")

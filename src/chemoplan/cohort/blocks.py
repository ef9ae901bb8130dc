"""A table answered block by block on several processes, so that a run that was stopped goes on where it was.

Each finished block is a few files in a folder beside the output; a manifest names them with their hashes and says what the
run was about. A block whose files are not what the manifest says is done again. At the end the blocks become the output.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chemoplan.cohort.arrow_facts import CohortRefused
from chemoplan.cohort.manifest import Manifest, file_hash, manifest_path, read_manifest
from chemoplan.cohort.tables import Table

AHEAD = 1
"""Blocks in hand beside those being worked on."""
SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a block of people gave: tables to be put one below the other, counts to be summed, and values that were refused."""

    tables: Mapping[str, pa.Table]
    counts: Mapping[str, NDArray[np.int64]]
    problems: tuple[str, ...] = ()
    """The first of what is wrong with it, in words."""
    refused: int = 0
    """How many values are none of their facts."""
    left_out: int = 0
    """How many people's facts contradict each other."""


Answering = Callable[[pa.RecordBatch, int], Answer]
"""Takes a batch and the number of its first row."""


@dataclass
class Summary:
    """The counts of all blocks, what was wrong (the first lines of it, and how much), how many blocks had been done before."""

    counts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refused: int = 0
    left_out: int = 0
    resumed: int = 0

    def add(self, answer: Answer) -> None:
        """Take in one block."""
        for name, values in answer.counts.items():
            self.counts[name] = self.counts[name] + values if name in self.counts else values
        self.refused += answer.refused
        self.left_out += answer.left_out
        self.problems += answer.problems[: max(0, SHOWN_PROBLEMS - len(self.problems))]


class Blocks:
    """The finished blocks of a run, in a folder beside its output. `about` says what the run answers, and from what."""

    def __init__(self, output: Path, about: Mapping[str, Any]) -> None:
        self.folder = output.with_name(output.name + ".blocks")
        kept = read_manifest(manifest_path(output))
        goes_on = kept is not None and not kept.complete and kept.about == dict(about)
        self.manifest = kept if kept is not None and goes_on else Manifest(manifest_path(output), dict(about))
        if not self.manifest.blocks and self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.manifest.write()

    def has(self, number: int) -> bool:
        """True when the block is finished and its files are as they were written."""
        return self.manifest.has(number, self.folder)

    def put(self, number: int, answer: Answer) -> None:
        """Write a block, and only then name it in the manifest."""
        files = {}
        for name, table in answer.tables.items():
            files[f"{number:06}.{name}.parquet"] = self.folder / f"{number:06}.{name}.parquet"
            pq.write_table(table, files[f"{number:06}.{name}.parquet"])
        counts = self.folder / f"{number:06}.counts.npz"
        arrays: dict[str, Any] = {
            "__problems": np.array(answer.problems[:SHOWN_PROBLEMS], dtype=np.str_),
            "__wrong": np.array([answer.refused, answer.left_out]),
            **answer.counts,
        }
        np.savez(counts, **arrays)
        files[counts.name] = counts
        self.manifest.blocks[str(number)] = {name: file_hash(path) for name, path in files.items()}
        self.manifest.write()

    def get(self, number: int) -> Answer:
        """The counts of a finished block."""
        with np.load(self.folder / f"{number:06}.counts.npz", allow_pickle=False) as kept:
            counts = {name: kept[name] for name in kept.files if not name.startswith("__")}
            return Answer({}, counts, tuple(kept["__problems"].tolist()), *kept["__wrong"].tolist())

    def finish(self, places: Mapping[str, Path]) -> None:
        """Put the blocks of each table one below the other into its file (Parquet or CSV), and remove the blocks."""
        for name, place in places.items():
            rough = place.with_name(place.name + ".part")
            paths = [
                self.folder / f"{int(number):06}.{name}.parquet" for number in sorted(self.manifest.blocks, key=int)
            ]
            _join(paths, rough, as_csv=place.suffix.lower() == ".csv")
            rough.replace(place)
        self.manifest.complete = True
        self.manifest.write()
        shutil.rmtree(self.folder)


def _join(paths: list[Path], place: Path, *, as_csv: bool) -> None:
    schema = pq.read_schema(paths[0])
    if as_csv:
        with arrow_csv.CSVWriter(place, schema) as sheet:
            for path in paths:
                sheet.write_table(pq.read_table(path))
        return
    with pq.ParquetWriter(place, schema) as writer:
        for path in paths:
            writer.write_table(pq.read_table(path))


_WORK: dict[str, Answering] = {}


def _start(make: Callable[..., Answering], arguments: tuple[Any, ...]) -> None:
    _WORK["answer"] = make(*arguments)


def _answer(batch: pa.RecordBatch, first_row: int) -> Answer:
    return _WORK["answer"](batch, first_row)


def run(
    table: Table,
    make: Callable[..., Answering],
    arguments: tuple[Any, ...],
    *,
    blocks: Blocks | None = None,
    lenient: bool = False,
    workers: int | None = None,
    step: Callable[[str], None] = lambda name: None,
) -> Summary:
    """Answer every batch of a table; `make(*arguments)` gives each process what it answers with.

    Raises CohortRefused with the first problems when a value was refused or a person contradicts itself, unless `lenient`.
    """
    summary, rows = Summary(), 0
    for number, answer, fresh in _answers(table, make, arguments, blocks, workers):
        rows += int(answer.counts["people"][0])
        if (answer.refused or answer.left_out) and not lenient:
            raise CohortRefused(_refusal(table.name, rows, answer))
        if blocks is not None and fresh:
            blocks.put(number, answer)
        summary.resumed += not fresh
        summary.add(answer)
        step(f"block {number + 1}")
    if not summary.counts:
        raise CohortRefused([f"{table.name}: a header and no rows; expected one row a person"])
    return summary


def _refusal(name: str, rows: int, answer: Answer) -> list[str]:
    """A summary, the first problems, and what can be done."""
    return [
        f"{name}: {wrong_text(answer)} among the first {rows:,} rows. First of all:",
        *(f"{name}, {problem}" for problem in answer.problems[:SHOWN_PROBLEMS]),
        f"{name}: correct these, or add --lenient to count such a value as unknown and leave such a person out",
    ]


def wrong_text(wrong: Answer | Summary) -> str:
    """How many values and people are at fault."""
    parts = [
        (wrong.refused, "value that cannot be", "values that cannot be"),
        (wrong.left_out, "person whose facts contradict each other", "people whose facts contradict each other"),
    ]
    return " and ".join(f"{number:,} {one if number == 1 else many}" for number, one, many in parts if number)


def _answers(
    table: Table,
    make: Callable[..., Answering],
    arguments: tuple[Any, ...],
    blocks: Blocks | None,
    workers: int | None,
) -> Iterator[tuple[int, Answer, bool]]:
    """The number of each block, its answer, and whether it was worked out now; in order."""
    count = min(workers or os.cpu_count() or 1, table.batches)
    if count <= 1:
        own: Answering | None = None
        for number, first_row, batch in _numbered(table):
            if blocks is not None and blocks.has(number):
                yield number, blocks.get(number), False
                continue
            own = own or make(*arguments)
            yield number, own(batch, first_row), True
        return
    waiting: list[tuple[int, Future[Answer] | None]] = []

    def first() -> tuple[int, Answer, bool]:
        number, future = waiting.pop(0)
        if future is None:
            assert blocks is not None
            return number, blocks.get(number), False
        return number, future.result(), True

    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_start, initargs=(make, arguments))
    try:
        for number, first_row, batch in _numbered(table):
            had = blocks is not None and blocks.has(number)
            waiting.append((number, None if had else pool.submit(_answer, batch, first_row)))
            if len(waiting) > count + AHEAD:
                yield first()
        while waiting:
            yield first()
    except BrokenProcessPool:
        said = "a worker process was killed (is there memory enough?); run the same again with fewer --workers"
        raise CohortRefused([f"{table.name}: {said}; with --output, finished blocks stand"]) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _numbered(table: Table) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    row = 1
    for number, batch in enumerate(table.read()):
        yield number, row, batch
        row += batch.num_rows


def frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    """An Arrow batch as a Polars frame."""
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame

"""Open a table of cases, Parquet or CSV, and hand it over in Arrow batches of equal size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from chemoplan.cohort.arrow_facts import CohortRefused

ROWS = 65_536
"""People in a batch: what one worker reads, answers and hands back at a time."""
TABLES = (".parquet", ".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is open: its columns, how many batches it has, and the batches, as often as they are asked for."""

    name: str
    columns: tuple[str, ...]
    batches: int
    read: Callable[[], Iterator[pa.RecordBatch]]


def open_table(path: Path, rows: int = ROWS) -> Table:
    """The table in a file. Raises CohortRefused with one line when there is none that can be read."""
    if path.is_dir():
        raise CohortRefused([f"{path.name}: is a folder; expected a table of cases ({', '.join(TABLES)})"])
    if not path.is_file():
        raise CohortRefused([f"{path.name}: no such file; expected a table of cases ({', '.join(TABLES)})"])
    if path.suffix.lower() == ".parquet":
        return _parquet(path, rows)
    if path.suffix.lower() in TABLES:
        return _csv(path, rows)
    raise CohortRefused([f"{path.name}: expected a table of cases whose name ends in {', '.join(TABLES)}"])


def repeated(path: Path, table: Table, column: str = "case") -> tuple[str, int]:
    """The first id that stands in several rows, and how many such ids there are; an empty text and 0 where there is none."""
    if column not in table.columns:
        return "", 0
    if path.suffix.lower() == ".parquet":
        try:
            ids = pq.read_table(path, columns=[column])[column]
        except (pa.ArrowException, OSError):
            return "", 0  # told where the table is read
    else:
        ids = pa.chunked_array([batch.column(column) for batch in table.read()], pa.string())
    counts = pl.Series("id", ids).cast(pl.String).drop_nulls().value_counts().filter(pl.col("count") > 1)
    names = sorted(name for name in counts["id"].to_list() if name.strip())
    return (names[0], len(names)) if names else ("", 0)


def _parquet(path: Path, rows: int) -> Table:
    try:
        with pq.ParquetFile(path) as file:
            names, height = tuple(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError):
        raise CohortRefused([f"{path.name}: is no Parquet file, or a damaged one; expected one row a person"]) from None

    def read() -> Iterator[pa.RecordBatch]:
        held: list[pa.RecordBatch] = []
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=rows):
                    held.append(batch)
                    yield from _equal(held, rows)
        except (pa.ArrowException, OSError):
            raise CohortRefused([f"{path.name}: is damaged; it cannot be read to its end"]) from None
        yield from _rest(held)

    return Table(path.name, names, -(-height // rows), read)


def _csv(path: Path, rows: int) -> Table:
    with path.open("rb") as stream:
        first = stream.readline()
        height = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ";" if b"," not in first and b";" in first else ","

    def opened() -> arrow_csv.CSVStreamingReader:
        parse = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        # Every cell stays text, so that each value is read as the readers of cases read it.
        names = _header(path, delimiter)
        convert = arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
        )
        return arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=1 << 24),
            parse_options=parse,
            convert_options=convert,
        )

    def read() -> Iterator[pa.RecordBatch]:
        held: list[pa.RecordBatch] = []
        try:
            with opened() as stream:
                for batch in stream:
                    held.append(batch.rename_columns(list(columns)))
                    yield from _equal(held, rows)
        except (pa.ArrowException, OSError) as fault:
            raise CohortRefused([_odd_row(path.name, str(fault))]) from None
        yield from _rest(held)

    columns = tuple(name.strip() for name in _header(path, delimiter))
    return Table(path.name, columns, max(1, -(-height // rows)), read)


def _odd_row(name: str, fault: str) -> str:
    """What Arrow says of a row that is too short or too long, without the row itself.

    A Python function as `invalid_row_handler` would know more, but Arrow's threads let go of it when Python has ended already,
    and abort the process.
    """
    found = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)", fault)
    if found is None:
        return _UNREADABLE.format(name=name)
    where = f"line {found[1]}" if found[1] else "a row"
    return f"{name}: {where} has {found[3]} cells and the header {found[2]} columns"


_UNREADABLE = "{name}: cannot be read as a table; expected text in UTF-8, a header, and one row a person"


def _header(path: Path, delimiter: str) -> list[str]:
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream, delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        raise CohortRefused([_UNREADABLE.format(name=path.name)]) from None
    if not header:
        raise CohortRefused([f"{path.name}: no header row; expected column names such as case, age, cT"])
    return header


def _equal(held: list[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of exactly `rows` rows out of what is held; what is left over stays held."""
    while sum(batch.num_rows for batch in held) >= rows:
        whole = pa.Table.from_batches(held).combine_chunks()
        batches = whole.to_batches()
        held.clear()
        yield batches[0].slice(0, rows)
        if whole.num_rows > rows:
            held.append(batches[0].slice(rows))


def _rest(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if held and sum(batch.num_rows for batch in held):
        yield pa.Table.from_batches(held).combine_chunks().to_batches()[0]

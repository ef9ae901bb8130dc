"""Backup and restore: every row of every table, from one moment, as lines of JSON in one gzip file that either database reads.

The last line holds the hash of all lines before it; a file that is cut short or changed is refused before anything is written.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, insert, select

from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import Moment, metadata

FORM = 1
BATCH = 500
_MOMENT = Moment()


class BackupRefused(ValueError):
    """The backup cannot be made or restored; the message says why and what would be right."""


def back_up(database: Database, path: Path) -> dict[str, int]:
    """Write a backup that only its owner may read; the number of rows by table. Raises BackupRefused when the file exists."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupRefused(f"{path.name}: exists already; choose another name") from None
    except OSError as error:
        raise BackupRefused(f"{path.name}: cannot be written ({(error.strerror or 'unknown').lower()})") from None
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    with (
        os.fdopen(handle, "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as out,
        database.read() as connection,
    ):
        for line in _lines(connection, counts):
            data = line.encode() + b"\n"
            digest.update(data)
            out.write(data)
        out.write(json.dumps({"sha256": digest.hexdigest()}).encode() + b"\n")
    return counts


def _lines(connection: Connection, counts: dict[str, int]) -> Iterator[str]:
    yield json.dumps({"chemoplan_backup": FORM, "tables": [table.name for table in metadata.sorted_tables]})
    for table in metadata.sorted_tables:
        counts[table.name] = 0
        rows = connection.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key.columns))
        for row in rows.mappings():
            counts[table.name] += 1
            yield json.dumps(
                {"table": table.name, "row": _written(table, dict(row))}, ensure_ascii=False, sort_keys=True
            )


def _written(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for column in table.columns:
        value = row[column.name]
        if value is not None and isinstance(column.type, LargeBinary):
            value = base64.b64encode(value).decode("ascii")
        elif isinstance(column.type, Moment):
            value = _MOMENT.process_bind_param(value, None)  # type: ignore[arg-type]
        found[column.name] = value
    return found


def _read_row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for column in table.columns:
        value = row.get(column.name)
        if value is not None and isinstance(column.type, LargeBinary):
            value = base64.b64decode(value)
        elif isinstance(column.type, Moment):
            value = _MOMENT.process_result_value(value, None)  # type: ignore[arg-type]
        found[column.name] = value
    return found


def restore(database: Database, path: Path) -> dict[str, int]:
    """Put a backup into an empty, prepared database, all of it or nothing; rows by table. Raises BackupRefused."""
    _check(path)
    counts: dict[str, int] = {}
    with database.write() as connection:
        for table in metadata.sorted_tables:
            counts[table.name] = 0
            if connection.execute(select(table).limit(1)).first() is not None:
                raise BackupRefused(f"the database is not empty (table {table.name}); restore into a new one")
        for name, rows in _batches(path):
            table = metadata.tables[name]
            connection.execute(insert(table), [_read_row(table, row) for row in rows])
            counts[name] += len(rows)
    return counts


def _batches(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    name, rows = "", list[dict[str, Any]]()
    with _opened(path) as stream:
        next(stream)
        for line in stream:
            data = json.loads(line)
            if "row" not in data:
                break
            if rows and (data["table"] != name or len(rows) == BATCH):
                yield name, rows
                rows = []
            name = data["table"]
            rows.append(data["row"])
    if rows:
        yield name, rows


def _check(path: Path) -> None:
    """Read the whole file once: the form, the tables, the hash."""
    digest, last = hashlib.sha256(), b""
    try:
        with _opened(path) as stream:
            first = stream.readline()
            head = json.loads(first)
            digest.update(first)
            for line in stream:
                if last:
                    digest.update(last)
                last = line
        told = json.loads(last)
    except FileNotFoundError:
        raise BackupRefused(f"{path.name}: no such file") from None
    except (OSError, EOFError, ValueError) as error:
        raise BackupRefused(f"{path.name}: no whole backup ({type(error).__name__}); take another copy") from None
    if not isinstance(head, dict) or head.get("chemoplan_backup") != FORM:
        raise BackupRefused(f"{path.name}: no backup of this form; expected one that `chemoplan web backup` wrote")
    if unknown := sorted(set(head["tables"]) - set(metadata.tables)):
        raise BackupRefused(
            f"{path.name}: holds {', '.join(unknown)}, which this version does not know; restore it with the newer one"
        )
    if not isinstance(told, dict) or told.get("sha256") != digest.hexdigest():
        raise BackupRefused(
            f"{path.name}: the content does not fit its hash; it was cut short or changed. Take another copy"
        )


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb")  # type: ignore[return-value]

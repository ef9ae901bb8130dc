"""Records kept in one SQLite file, with full-text search: newer replaces older, and what was replaced is kept as history."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType

from chemoplan.trials.record import TrialRecord
from chemoplan.trials.registry.kept import of_json, to_json

APPLICATION = 0x63687472
"""Marks a file as one of these ("chtr"), so that another program's database is not written into."""
VERSION = 1

_SCHEMA = """
CREATE TABLE record (
    id INTEGER PRIMARY KEY, nct_id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, retrieved TEXT, status TEXT NOT NULL,
    phases TEXT NOT NULL, countries TEXT NOT NULL, content TEXT NOT NULL
);
CREATE TABLE history (nct_id TEXT NOT NULL, sha256 TEXT NOT NULL, retrieved TEXT, content TEXT NOT NULL);
CREATE INDEX history_by_study ON history (nct_id);
CREATE VIRTUAL TABLE words USING fts5 (title, conditions, interventions, keywords, summary, eligibility);
CREATE TABLE fetching (
    asked TEXT PRIMARY KEY, page_token TEXT NOT NULL, pages INTEGER NOT NULL, records INTEGER NOT NULL, total INTEGER, started TEXT
);
"""
_WORDS = (
    "INSERT INTO words (rowid, title, conditions, interventions, keywords, summary, eligibility) VALUES (?,?,?,?,?,?,?)"
)
_COLUMNS = "nct_id, sha256, retrieved, status, phases, countries, content"
_INSERT = f"INSERT INTO record ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)"  # noqa: S608 - names of this file


class StoreRefused(ValueError):
    """A store that cannot be opened, read or written; the message names the file, what is wrong and what would be right."""


@dataclass
class Added:
    """What an import did, in counts of records. `older` were retrieved before the kept version and went to the history."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0

    @property
    def total(self) -> int:
        """All records that were read."""
        return self.new + self.changed + self.same + self.older

    def __add__(self, other: Added) -> Added:
        """Both together."""
        return Added(
            self.new + other.new, self.changed + other.changed, self.same + other.same, self.older + other.older
        )


@dataclass(frozen=True, slots=True)
class AsOf:
    """How old the kept records are: the first and the last day of retrieval, and how many state none."""

    records: int = 0
    oldest: date | None = None
    newest: date | None = None
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Fetching:
    """A download that is not complete: what was asked, the token of the next page, and what has come so far."""

    asked: str
    page_token: str = ""
    pages: int = 0
    records: int = 0
    total: int | None = None
    started: str = ""


@dataclass
class TrialStore:
    """An open store; close it, or use it in a `with`."""

    path: Path
    connection: sqlite3.Connection = field(repr=False)

    def __enter__(self) -> TrialStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def add(self, records: Iterable[TrialRecord], fetching: Fetching | None = None, *, done: bool = False) -> Added:
        """Take records in, all or none; with `fetching`, keep how far a download has come (or, `done`, forget it) in the same step.

        A record whose retrieval is older than that of the kept one never replaces it. One of an unknown day is older than any
        of a known day. The same content only takes the newer day.
        """
        added = Added()
        with self._writing() as connection:
            for record in records:
                _add(connection, record, added)
            if fetching and done:
                connection.execute("DELETE FROM fetching WHERE asked = ?", (fetching.asked,))
            elif fetching:
                row = (
                    fetching.asked, fetching.page_token, fetching.pages, fetching.records, fetching.total, fetching.started
                )  # fmt: skip
                connection.execute("REPLACE INTO fetching VALUES (?,?,?,?,?,?)", row)
        return added

    def get(self, nct_id: str) -> TrialRecord | None:
        """The record of a study, or None."""
        return next(self._records("WHERE nct_id = ?", (nct_id,)), None)

    def all(self) -> Iterator[TrialRecord]:
        """Every record, by id."""
        return self._records("ORDER BY nct_id", ())

    def history(self, nct_id: str) -> list[TrialRecord]:
        """Older versions of a record, the latest first."""
        with self._reading():
            rows = self.connection.execute(
                "SELECT content FROM history WHERE nct_id = ? ORDER BY retrieved DESC, rowid DESC", (nct_id,)
            )
            return [of_json(row[0]) for row in rows]

    def search(
        self,
        text: str = "",
        status: Sequence[str] = (),
        country: str = "",
        phase: Sequence[str] = (),
    ) -> list[TrialRecord]:
        """The records that hold every word of `text` (a word may go on: "rect" finds rectal), best first; without words by id.

        `status` and `phase` are the registry's words, any of which suffices; `country` is a country's name in any case.
        """
        conditions, values = [], []
        words = re.findall(r"\w+", text)
        if text.strip() and not words:
            return []
        if words:
            conditions.append("words MATCH ?")
            values.append(" ".join(f'"{word}"*' for word in words))
        if status:
            conditions.append(f"status IN ({', '.join('?' * len(status))})")
            values += list(status)
        if country:
            conditions.append("EXISTS (SELECT 1 FROM json_each(countries) WHERE value = ?)")
            values.append(country.casefold())
        if phase:
            marks = ", ".join("?" * len(phase))
            conditions.append(f"EXISTS (SELECT 1 FROM json_each(phases) WHERE value IN ({marks}))")  # noqa: S608 - marks only
            values += list(phase)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        joined = "JOIN words ON words.rowid = record.id " if words else ""
        return list(self._records(f"{joined}{where} ORDER BY {'words.rank, ' if words else ''}nct_id", tuple(values)))

    def as_of(self) -> AsOf:
        """How old the records are."""
        with self._reading():
            row = self.connection.execute(
                "SELECT count(*), min(retrieved), max(retrieved), count(*) - count(retrieved) FROM record"
            ).fetchone()
        return AsOf(row[0], _day(row[1]), _day(row[2]), row[3])

    def countries(self) -> list[str]:
        """The countries that any record names, in lower case."""
        with self._reading():
            rows = self.connection.execute("SELECT DISTINCT value FROM record, json_each(countries) ORDER BY 1")
            return [row[0] for row in rows]

    def fetching(self, asked: str) -> Fetching | None:
        """A download of this question that is not complete, or None."""
        with self._reading():
            row = self.connection.execute("SELECT * FROM fetching WHERE asked = ?", (asked,)).fetchone()
        return Fetching(*row) if row else None

    def _records(self, rest: str, values: tuple[str, ...]) -> Iterator[TrialRecord]:
        with self._reading():
            for row in self.connection.execute(f"SELECT content FROM record {rest}", values):  # noqa: S608 - words of this file
                yield of_json(row[0])

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            raise _refused(self.path, fault) from None
        except (KeyError, TypeError, ValueError) as fault:
            if isinstance(fault, StoreRefused):
                raise
            raise StoreRefused(
                f"{self.path.name}: holds a record that cannot be read ({fault}); import into a new store"
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as fault:
            raise _refused(self.path, fault) from None
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        except sqlite3.Error as fault:
            self._undo()
            raise _refused(self.path, fault) from None
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


def open_store(path: Path, *, create: bool = True) -> TrialStore:
    """Open a store. Raises StoreRefused with one line for a missing, damaged or foreign file.

    With `create`, a file that is not there is made. A crash in the middle of an import leaves what was there before.
    """
    if not create and not path.exists():
        raise StoreRefused(
            f"{path.name}: there is no store; make one with `chemoplan trials import FILE --store {path.name}`"
        )
    if path.is_dir():
        raise StoreRefused(f"{path.name}: a folder; a store is a file such as trials.sqlite")
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    except sqlite3.Error as fault:
        raise _refused(path, fault) from None
    try:
        _prepare(connection, path, create=create)
    except sqlite3.Error as fault:
        connection.close()
        raise _refused(path, fault) from None
    except BaseException:
        connection.close()
        raise
    return TrialStore(path, connection)


def _prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if not tables and not application and not create:
        raise StoreRefused(
            f"{path.name}: an empty file; fill it with `chemoplan trials import FILE --store {path.name}`"
        )
    if not tables and not application:
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
        return
    if application != APPLICATION:
        raise StoreRefused(f"{path.name}: another program's database; name another file with --store")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise StoreRefused(
            f"{path.name}: a store of version {version}, this program reads {VERSION}; import into a new store"
        )


def _add(connection: sqlite3.Connection, record: TrialRecord, added: Added) -> None:
    row = connection.execute(
        "SELECT id, sha256, retrieved, content FROM record WHERE nct_id = ?", (record.nct_id,)
    ).fetchone()
    if row is None:
        added.new += 1
        cursor = connection.execute(_INSERT, _row(record))
        _index(connection, cursor.lastrowid or 0, record)
        return
    number, sha256, retrieved, content = row
    day = record.retrieved.isoformat() if record.retrieved else ""
    older = day < (retrieved or "")
    if sha256 == record.sha256:
        added.same += 1
        if not older:
            _replace(connection, number, record)
        return
    if older:
        added.older += 1
        _keep(connection, record.nct_id, record.sha256, day or None, to_json(record))
        return
    added.changed += 1
    _keep(connection, record.nct_id, sha256, retrieved, content)
    _replace(connection, number, record)


def _replace(connection: sqlite3.Connection, number: int, record: TrialRecord) -> None:
    marks = ", ".join(f"{name} = ?" for name in _COLUMNS.split(", "))
    connection.execute(f"UPDATE record SET {marks} WHERE id = ?", (*_row(record), number))  # noqa: S608 - names of this file
    connection.execute("DELETE FROM words WHERE rowid = ?", (number,))
    _index(connection, number, record)


def _index(connection: sqlite3.Connection, number: int, record: TrialRecord) -> None:
    title = f"{record.title} {record.official_title} {record.nct_id}"
    lists = [" \n".join(items) for items in (record.conditions, record.interventions, record.keywords)]
    connection.execute(_WORDS, (number, title, *lists, record.summary, record.eligibility))


def _keep(connection: sqlite3.Connection, nct_id: str, sha256: str, retrieved: str | None, content: str) -> None:
    known = connection.execute(
        "SELECT 1 FROM history WHERE nct_id = ? AND sha256 = ? AND retrieved IS ?", (nct_id, sha256, retrieved)
    ).fetchone()
    if not known:
        connection.execute("INSERT INTO history VALUES (?,?,?,?)", (nct_id, sha256, retrieved, content))


def _row(record: TrialRecord) -> tuple[str | None, ...]:
    countries = sorted({place.country.casefold() for place in record.locations if place.country})
    return (
        record.nct_id,
        record.sha256,
        record.retrieved.isoformat() if record.retrieved else None,
        record.status,
        json.dumps(record.phases),
        json.dumps(countries),
        to_json(record),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _refused(path: Path, fault: sqlite3.Error) -> StoreRefused:
    reason = str(fault)
    if "locked" in reason or "busy" in reason:
        return StoreRefused(f"{path.name}: another import is writing to it; wait until it is done")
    if "malformed" in reason or "not a database" in reason or "corrupt" in reason or "disk image" in reason:
        return StoreRefused(
            f"{path.name}: no store of trials, or a damaged one ({reason}); name another file with --store"
        )
    return StoreRefused(f"{path.name}: cannot be used as a store ({reason}); name another file with --store")

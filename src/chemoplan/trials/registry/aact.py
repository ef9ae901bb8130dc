"""Records in AACT pipe files: a folder or an archive of tables, joined by `nct_id`.

AACT exports tables as text with `|` between the columns, writes `~` for each line break within a value, and drops quotation
marks. https://aact.ctti-clinicaltrials.org tells the columns.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from typing import IO, Any

from chemoplan.trials.record import Location, RecordRefused, TrialRecord
from chemoplan.trials.registry.values import (
    INVENTED,
    Node,
    content_hash,
    day,
    day_within,
    page_of,
    phases,
    study_id,
    word,
)
from chemoplan.trials.registry.wrapped import unwrapped_run

STUDIES = "studies.txt"
TABLES: dict[str, tuple[str, ...]] = {
    "eligibilities": ("criteria", "gender", "minimum_age", "maximum_age", "healthy_volunteers"),
    "conditions": ("name",),
    "interventions": ("name",),
    "keywords": ("name",),
    "sponsors": ("lead_or_collaborator", "name"),
    "facilities": ("name", "city", "state", "country", "status"),
    "countries": ("name", "removed"),
    "brief_summaries": ("description",),
}
"""The tables that are read beside `studies`, and their columns. Eligibilities must be there; the others may be missing."""

Row = dict[str, str]
Opened = Callable[[str], IO[str] | None]
Told = Callable[[str], None]


def records_of(opened: Opened, source: str, retrieved: date | None, told: Told) -> Iterator[TrialRecord]:
    """The studies. `opened` gives a table by its file name, or None; `told` takes one line for each row that is left out.

    Side tables rest in a database on disk while the studies pass by, so that a whole registry fits in little memory.
    """
    studies = opened(STUDIES)
    assert studies is not None
    with studies, closing(sqlite3.connect("")) as side:
        held = [table for table, columns in TABLES.items() if _take(side, opened, source, table, columns)]
        if "eligibilities" not in held:
            raise RecordRefused(f"{source}: eligibilities.txt is missing; an AACT export holds it beside {STUDIES}")
        for number, row in _rows(studies, f"{source}: {STUDIES}", ("nct_id", "brief_title", "overall_status")):
            try:
                rows = {table: _of(side, table, row["nct_id"]) if table in held else [] for table in TABLES}
                yield _record(row, rows, source, retrieved)
            except RecordRefused as refused:
                told(f"{source}: {STUDIES}, line {number}: {refused}")


def _take(side: sqlite3.Connection, opened: Opened, source: str, table: str, columns: Sequence[str]) -> bool:
    stream = opened(f"{table}.txt")
    if stream is None:
        return False
    names = ", ".join(("nct_id", *columns))
    side.execute(f"CREATE TABLE {table} ({names})")
    needed = ("nct_id", columns[0])
    with stream:
        side.executemany(
            f"INSERT INTO {table} VALUES ({', '.join('?' * (1 + len(columns)))})",  # noqa: S608 - names of TABLES
            (
                [row.get(name, "") for name in ("nct_id", *columns)]
                for _, row in _rows(stream, f"{source}: {table}.txt", needed)
            ),
        )
    side.execute(f"CREATE INDEX {table}_by_study ON {table} (nct_id)")
    return True


def _of(side: sqlite3.Connection, table: str, nct_id: str) -> list[Row]:
    names = TABLES[table]
    asked = f"SELECT {', '.join(names)} FROM {table} WHERE nct_id = ? ORDER BY rowid"  # noqa: S608 - names of TABLES
    found = side.execute(asked, (nct_id,))
    return [dict(zip(names, row, strict=True)) for row in found]


def _rows(stream: IO[str], where: str, needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """The rows with their line numbers. Raises RecordRefused for a table without a needed column or with a ragged row."""
    reader = csv.reader(stream, delimiter="|")
    try:
        head = next(reader, [])
        missing = [name for name in needed if name not in head]
        if missing:
            raise RecordRefused(
                f"{where}, line 1: no column {missing[0]!r}; expected the column names, with | between them"
            )
        for row in reader:
            if len(row) != len(head):
                raise RecordRefused(
                    f"{where}, line {reader.line_num}: {len(row)} columns where the first line names {len(head)}"
                )
            yield reader.line_num, dict(zip(head, row, strict=True))
    except csv.Error as fault:
        raise RecordRefused(f"{where}, line {reader.line_num}: no pipe-delimited table ({fault})") from None
    except UnicodeDecodeError as fault:
        raise RecordRefused(f"{where}, after line {reader.line_num}: not in UTF-8 ({fault.reason})") from None


def _record(row: Row, rows: dict[str, list[Row]], source: str, retrieved: date | None) -> TrialRecord:
    study = Node(row, "")
    nct_id = study_id(study.at("nct_id"))
    if len(rows["eligibilities"]) != 1:
        raise RecordRefused(f"{nct_id}: {len(rows['eligibilities'])} rows in eligibilities.txt; expected one")
    who = Node(rows["eligibilities"][0], "eligibilities")
    title = study.at("brief_title").text()
    return TrialRecord(
        nct_id=nct_id,
        title=title,
        eligibility=unwrapped_run(with_line_breaks(who.at("criteria").text())),
        retrieved=day_within(study.at("nlm_download_date_description").text()) or retrieved,
        sha256=content_hash([{name: row.get(name, "") for name in _CONTENT}, rows]),
        source=source,
        form="AACT",
        official_title=study.at("official_title").text(),
        status=word(study.at("overall_status").text()),
        phases=phases(study.at("phase").text()),
        study_type=word(study.at("study_type").text()),
        conditions=_names(rows["conditions"]),
        interventions=_names(rows["interventions"]),
        keywords=_names(rows["keywords"]),
        sponsor=next((_v(item, "name") for item in rows["sponsors"] if _role(item) == "lead"), ""),
        collaborators=tuple(_v(item, "name") for item in rows["sponsors"] if _role(item) == "collaborator"),
        enrollment=study.at("enrollment").count(),
        start_date=study.at("start_date").text() or study.at("start_month_year").text(),
        completion_date=study.at("completion_date").text() or study.at("completion_month_year").text(),
        updated=day(study.at("last_update_posted_date").text()),
        locations=_locations(rows),
        summary=" ".join(_first(rows["brief_summaries"], "description").replace("~", " ").split()),
        url=page_of(nct_id, title),
        minimum_age=who.at("minimum_age").age(),
        maximum_age=who.at("maximum_age").age(),
        sex=word(who.at("gender").text()) or "ALL",
        healthy_volunteers=who.at("healthy_volunteers").flag(),
        invented=title.startswith(INVENTED),
    )


_CONTENT = (
    "nct_id", "brief_title", "official_title", "overall_status", "phase", "study_type", "enrollment", "start_date",
    "start_month_year", "completion_date", "completion_month_year", "last_update_posted_date",
)  # fmt: skip
_TILDE = re.compile(r"(?<![\s(])~|~(?!\d)")


def with_line_breaks(text: str) -> str:
    """A text of the export with its line breaks again. A `~` after a space or a parenthesis and before a digit is "about"."""
    return _TILDE.sub("\n", text)


def _locations(rows: dict[str, list[Row]]) -> tuple[Location, ...]:
    sites = rows["facilities"]
    if sites:
        return tuple(
            Location(
                _v(site, "name"), _v(site, "city"), _v(site, "state"), _v(site, "country"), word(_v(site, "status"))
            )
            for site in sites
        )
    return tuple(
        Location(country=_v(item, "name")) for item in rows["countries"] if _v(item, "removed") not in _REMOVED
    )


_REMOVED = ("t", "true")


def _v(row: Row, name: str) -> str:
    return row[name] or ""


def _names(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(_v(row, "name") for row in rows)


def _role(row: Row) -> str:
    return _v(row, "lead_or_collaborator").strip().lower()


def _first(rows: Sequence[dict[str, Any]], name: str) -> str:
    return str(rows[0][name] or "") if rows else ""

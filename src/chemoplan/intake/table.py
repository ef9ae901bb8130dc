"""A table of cases: CSV or TSV, one row a case, columns named like facts; an empty cell is unknown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from chemoplan.case.statement import Problem, Reading, Source, Statement
from chemoplan.intake.case_file import case_name, read_day
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.vocabulary import Fact, ValueRefused, Vocabulary, load_vocabulary

NO_MEMBERS = "none"


def read_table(text: str, document: str) -> tuple[Reading, ...]:
    """One Reading a row. Raises InputRefused when the table as a whole cannot be read."""
    rows = _rows(text, document)
    if not rows:
        raise InputRefused(f"{document}: no header row; expected column names such as case, age, cT")
    header = [name.strip() for name in rows[0][1]]
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise InputRefused(f"{document}, line 1: the column {shown(repeated[0])} is given twice; keep one")
    if not any(name in load_vocabulary() for name in header):
        raise InputRefused(f"{document}, line 1: no column is named like a fact; expected names such as case, age, cT")
    if len(rows) == 1:
        raise InputRefused(f"{document}: a header and no rows; expected one row a case")
    return tuple(
        _read_row(header, cells, line, number, document) for number, (line, cells) in enumerate(rows[1:], start=1)
    )


def pick_row(readings: Sequence[Reading], document: str, row: str | None) -> Reading:
    """The one row, or the row chosen by case id or by number from 1. Raises InputRefused."""
    if row is None:
        if len(readings) == 1:
            return readings[0]
        raise InputRefused(
            f"{document}: holds {len(readings)} rows; choose one with --row NUMBER or --row CASE, "
            "or plan all with `cohort`"
        )
    by_id = [reading for reading in readings if reading.case == row]
    if len(by_id) > 1:
        raise InputRefused(f"{document}: {len(by_id)} rows have the case id {shown(row)}; choose one by number")
    if by_id:
        return by_id[0]
    if row.isascii() and row.isdigit() and len(row) < 10 and 1 <= int(row) <= len(readings):
        return readings[int(row) - 1]
    raise InputRefused(f"{document}: no row {shown(row)}; expected a number from 1 to {len(readings)} or a case id")


def _rows(text: str, document: str) -> list[tuple[int, list[str]]]:
    """Every row that is not blank, with its line."""
    delimiter = "\t" if document.lower().endswith(".tsv") else ","
    first = text.split("\n", 1)[0]
    if delimiter == "," and "," not in first and ";" in first:
        delimiter = ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise InputRefused(f"{document}, line {reader.line_num}: not a readable table ({error})") from None
    return rows


def _read_row(header: list[str], cells: list[str], line: int, number: int, document: str) -> Reading:
    vocabulary = load_vocabulary()
    statements: list[Statement] = []
    problems: list[Problem] = []
    extra: dict[str, object] = {}
    head = {"case": "", "decided_on": "", "title": ""}
    if len(cells) != len(header):
        message = f"the row has {len(cells)} cells and the header {len(header)} columns"
        problems.append(Problem(f"line {line}", message, "error"))
        extra |= {f"line {line}, cell {n + 1}": cell for n, cell in enumerate(cells[len(header) :], start=len(header))}
    for name, cell in zip(header, (cell.strip() for cell in cells), strict=False):
        place = one_line(f"line {line}, column {name}")
        if not cell:
            continue
        if name in head:
            head[name] = cell
            continue
        fact = vocabulary.get(name)
        problem = _why_not(fact, name, vocabulary)
        if fact is None or problem:
            extra[place] = cell
            if problem:
                problems.append(Problem(place, problem, "error"))
            continue
        try:
            value = fact.read([] if fact.kind == "set" and cell.lower() == NO_MEMBERS else cell)
        except ValueRefused as refused:
            problems.append(Problem(place, str(refused), "error"))
            continue
        statements.append(Statement(fact.name, value, Source(document, place)))
    decided_on = read_day(head["decided_on"])
    if head["decided_on"] and decided_on is None:
        message = f"decided_on is {shown(head['decided_on'])}; expected a day such as 2026-03-31"
        problems.append(Problem(f"line {line}, column decided_on", message, "error"))
    return Reading(
        case=head["case"] or f"{case_name(document)}-{number}",
        statements=tuple(statements),
        problems=tuple(problems),
        decided_on=decided_on,
        title=head["title"],
        extra=extra,
        document=document,
    )


def _why_not(fact: Fact | None, name: str, vocabulary: Vocabulary) -> str:
    """Why a column cannot state a fact of a case; empty when it can, or when it is kept without being read."""
    if fact is None:
        close = vocabulary.nearest(name)
        if name.startswith("x_") or name == "note":
            return ""
        return (
            f"there is no fact {shown(name)}" + (f"; did you mean {close}?" if close else "") + " (x_ columns are kept)"
        )
    if fact.derived and not fact.may_be_stated:
        return f"{name} is always computed from other facts; leave it out and state those"
    if fact.about == "plan":
        return f"{name} belongs to a proposed plan, not to a case"
    return ""

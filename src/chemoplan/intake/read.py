"""The door of the room: recognizes what a document is by its content and hands it to the reader for it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from chemoplan.case.statement import Reading
from chemoplan.intake.case_file import read_case_file
from chemoplan.intake.parse import MAX_BYTES, Parsed, check_plain, decode, parse_text
from chemoplan.intake.refused import InputRefused, kind_of
from chemoplan.intake.table import pick_row, read_table

TABLE_SUFFIXES = (".csv", ".tsv")


def read_document(path: Path, *, row: str | None = None, decided_on: date | None = None) -> Reading:
    """The facts that a case file (YAML, JSON), a FHIR R4 Bundle or one row of a CSV or TSV table states.

    `path` may be "-" for standard input (not for tables). `row` picks a row of a table by number (from 1) or case id,
    or one Patient of a Bundle with several. `decided_on` is the day from which a Bundle's ages and intervals are counted,
    when it is not the one that the document gives. Raises InputRefused, and nothing else, when the document as a whole cannot
    be read.
    """
    document, content = read_content(path)
    text = decode(content, document)
    if path.suffix.lower() in TABLE_SUFFIXES:
        return pick_row(read_table(text, document), document, row)
    parsed = parse_text(text, document)
    return _read_parsed(parsed, document, row, decided_on)


def read_reading(data: Any, document: str, *, row: str | None = None) -> Reading:
    """The same for data that is already parsed (plain JSON types). Raises InputRefused."""
    check_plain(data, document)
    return _read_parsed(Parsed(data), document, row)


def _read_parsed(parsed: Parsed, document: str, row: str | None, decided_on: date | None = None) -> Reading:
    data = parsed.data
    if data is None:
        raise InputRefused(f"{document}: empty; expected a case file, a FHIR Bundle or a table")
    if not isinstance(data, dict):
        raise InputRefused(
            f"{document}: holds {kind_of(data)}; expected a mapping of fact names to values, or a FHIR Bundle"
        )
    if "resourceType" in data:
        from chemoplan.intake.fhir import read_fhir  # a case file needs none of it

        return read_fhir(data, document, row=row, decided_on=decided_on)
    if row is not None:
        raise InputRefused(f"{document}: is one case, not a table; leave the row out")
    return read_case_file(data, document, parsed.lines)


def read_content(path: Path) -> tuple[str, bytes]:
    """The name of a document and its bytes; "-" is standard input. Raises InputRefused."""
    if str(path) == "-":
        if sys.stdin is None:
            raise InputRefused("standard input: closed; expected a case file or a FHIR Bundle")
        return "standard input", sys.stdin.buffer.read(MAX_BYTES + 1)
    document = path.name or str(path)
    try:
        with path.open("rb") as stream:
            return document, stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise InputRefused(f"{document}: is a folder; expected a file") from None
    except FileNotFoundError:
        raise InputRefused(f"{document}: no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a readable path"
        raise InputRefused(f"{document}: cannot be read ({reason.lower()})") from None

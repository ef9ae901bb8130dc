"""CIViC's own releases: the table of clinical evidence summaries (TSV), or a snapshot as JSON; plain or gzip."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from chemoplan.case.statement import Problem
from chemoplan.genomics.civic_release import CivicItem, CivicRelease, words
from chemoplan.intake.parse import MAX_BYTES
from chemoplan.intake.read import read_content
from chemoplan.intake.refused import InputRefused, kind_of, one_line, shown

EXPECTED = "expected CIViC's clinical evidence summaries (TSV) or a snapshot with evidence_items (JSON)"
NEEDED = (
    "molecular_profile", "disease", "doid", "therapies", "therapy_interaction_type", "evidence_type", "evidence_direction",
    "evidence_level", "significance", "rating", "evidence_status",
)  # fmt: skip
TSV_NEEDED = (*NEEDED, "evidence_id", "citation_id", "source_type")
JSON_NEEDED = (*NEEDED, "id", "citation_id")
ACCEPTED = "accepted"
MOST_PROBLEMS = 20
_DAY = re.compile(r"(?<![0-9])([0-3][0-9]-[A-Z][a-z]{2}-[0-9]{4})(?![0-9])")


def read_civic(path: Path) -> CivicRelease:
    """A release from its file. Items that are not accepted are left out and counted; an item that cannot be used is told in
    `problems`. Raises InputRefused, and nothing else, when the file as a whole is no release.
    """
    document, content = read_content(path)
    text = _text(_unpacked(content, document), document)
    start = text.lstrip()[:1]
    if start == "<":
        raise InputRefused(f"{document}: this looks like a web page, not a release; download the file itself again")
    if start in ("{", "["):
        return _snapshot(text, document)
    return _summaries(text, document)


def _unpacked(content: bytes, document: str) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        if len(content) > MAX_BYTES:
            raise InputRefused(f"{document}: larger than {MAX_BYTES >> 20} MB; {EXPECTED}")
        return content
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(content, MAX_BYTES + 1)
    except zlib.error:
        raise InputRefused(f"{document}: the gzip file is damaged; download it again") from None
    if len(plain) > MAX_BYTES:
        raise InputRefused(f"{document}: unpacks to more than {MAX_BYTES >> 20} MB; {EXPECTED}")
    if not unpack.eof:
        raise InputRefused(f"{document}: the gzip file ends early; download it again")
    return plain


def _text(content: bytes, document: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputRefused(f"{document}, line {line}: not UTF-8 text; {EXPECTED}") from None
    if not text.strip():
        raise InputRefused(f"{document}: empty; {EXPECTED}")
    return text


def _snapshot(text: str, document: str) -> CivicRelease:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        reason = "ends early or is not valid JSON"
        raise InputRefused(f"{document}, line {error.lineno}, column {error.colno}: {reason}; {EXPECTED}") from None
    except (ValueError, RecursionError):
        raise InputRefused(f"{document}: not readable as JSON; {EXPECTED}") from None
    rows = data.get("evidence_items") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise InputRefused(f"{document}: has no list evidence_items; {EXPECTED}")
    if not rows:
        raise InputRefused(f"{document}: evidence_items is empty; {EXPECTED}")
    first = rows[0]
    if not isinstance(first, dict):
        raise InputRefused(f"{document}: evidence_items holds {kind_of(first)}; {EXPECTED}")
    _check_names(first, JSON_NEEDED, f"{document}: evidence_items")
    places = ((f"evidence_items, item {number}", row) for number, row in enumerate(rows, start=1))
    stated = data.get("license")
    return _release(document, _iso_day(data.get("snapshot_date")), stated if isinstance(stated, str) else "", places)


def _summaries(text: str, document: str) -> CivicRelease:
    header, rows = _table(text)
    if "\t" not in text.split("\n", 1)[0]:
        raise InputRefused(f"{document}, line 1: not a table with tabs; {EXPECTED}")
    _check_names(dict.fromkeys(header), TSV_NEEDED, f"{document}, line 1")
    bad = [line for line, cells in rows if len(cells) != len(header)]
    places = (
        (f"line {line}", dict(zip(header, cells, strict=True)) if len(cells) == len(header) else len(cells))
        for line, cells in rows
    )
    if not rows or len(bad) == len(rows):
        raise InputRefused(f"{document}: a header and no readable rows; {EXPECTED}")
    return _release(document, _named_day(document), "", places)


def _table(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows with their lines. Quotes are taken as CSV quotes, or as plain characters where that fits better."""
    best: tuple[list[str], list[tuple[int, list[str]]]] = ([], [])
    fewest = -1
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=quoting)
        try:
            lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
        except csv.Error:
            continue
        if not lines:
            continue
        header = [cell.strip() for cell in lines[0][1]]
        bad = sum(len(cells) != len(header) for _, cells in lines[1:])
        if fewest < 0 or bad < fewest:
            best, fewest = (header, lines[1:]), bad
    return best


def _check_names(names: Mapping[str, Any], needed: tuple[str, ...], place: str) -> None:
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputRefused(f"{place}: {', '.join(missing[:4])} {_is(missing)} missing; {EXPECTED}")


def _is(missing: list[str]) -> str:
    return "is" if len(missing) == 1 else "are"


def _release(document: str, day: date | None, license_: str, rows: Iterable[tuple[str, Any]]) -> CivicRelease:
    items: list[CivicItem] = []
    problems: list[Problem] = []
    left_out: Counter[str] = Counter()
    seen: set[str] = set()
    for place, row in rows:
        if not isinstance(row, dict):
            what = f"{row} cells, not as many as the header" if isinstance(row, int) else kind_of(row)
            problems.append(Problem(place, f"the item is left out: it holds {what}"))
            continue
        status = _cell(row, "evidence_status").lower()
        if status != ACCEPTED:
            left_out[one_line(status)[:40] or "no status"] += 1
            continue
        item = _item(row)
        why = _unusable(item, seen)
        if why:
            problems.append(Problem(place, f"the item is left out: {why}"))
            continue
        problems += [Problem(place, doubt) for doubt in _doubts(item)]
        seen.add(item.id)
        items.append(item)
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], Problem(document, f"{more} more items are left out or in doubt")]
    return CivicRelease(
        document, day, license_ or words()["license_when_not_stated"], tuple(items), dict(left_out), tuple(problems)
    )


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or isinstance(value, dict | list):
        return ""
    text = str(value)
    return text.strip() if text.isprintable() else one_line(text)


def _item(row: Mapping[str, Any]) -> CivicItem:
    profile = _cell(row, "molecular_profile")
    rating = _cell(row, "rating")
    url = _cell(row, "civic_url") or _cell(row, "evidence_civic_url")
    return CivicItem(
        id=_cell(row, "id") or _cell(row, "evidence_id"),
        profile=profile,
        gene=_cell(row, "gene") or profile.partition(" ")[0],
        disease=_cell(row, "disease"),
        doid=_cell(row, "doid").upper().removeprefix("DOID:"),
        therapies=_therapies(row.get("therapies")),
        interaction=_cell(row, "therapy_interaction_type"),
        level=_cell(row, "evidence_level").upper(),
        type=_cell(row, "evidence_type"),
        direction=_cell(row, "evidence_direction"),
        significance=_cell(row, "significance"),
        citation=_citation(row),
        rating=int(rating) if rating in ("1", "2", "3", "4", "5") else 0,
        url=url if url.startswith("https://") else "",
        statement=_cell(row, "evidence_statement"),
        flagged=_cell(row, "is_flagged").lower() == "true",
    )


def _therapies(value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(one_line(str(name)) for name in names if str(name).strip()))


def _citation(row: Mapping[str, Any]) -> str:
    number = _cell(row, "pmid") or _cell(row, "citation_id")
    kind = _cell(row, "source_type") or _cell(row, "citation_source_type")
    name = "PMID" if kind in ("", "PubMed") else kind
    words_ = _cell(row, "citation")
    return ", ".join(part for part in (words_, f"{name} {number}" if number else "") if part)


def _unusable(item: CivicItem, seen: set[str]) -> str:
    if not item.id or not item.profile:
        return "it has no " + ("number" if not item.id else "molecular profile")
    return f"the number {shown(item.id)} is given twice" if item.id in seen else ""


def _doubts(item: CivicItem) -> Iterable[str]:
    """What is odd about an item that is kept all the same."""
    if item.level not in words()["evidence_levels"]:
        yield f"item {item.id}: the evidence level is {shown(item.level)}; expected A to E, so it ranks last"
    if item.type not in words()["evidence_types"]:
        yield f"item {item.id}: the evidence type is {shown(item.type)}, which is not known here"


def _iso_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _named_day(document: str) -> date | None:
    """The day in a name such as 01-Apr-2026-ClinicalEvidenceSummaries.tsv; nightly files have none."""
    found = _DAY.search(document)
    try:
        return datetime.strptime(found[1], "%d-%b-%Y").date() if found else None
    except ValueError:
        return None

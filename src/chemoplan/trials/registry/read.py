"""Open records whatever their form and packing: one file, a folder or an archive of many."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

from chemoplan.trials.record import RecordRefused, TrialRecord
from chemoplan.trials.registry import aact, flattened, legacy_xml, v2

Told = Callable[[str], None]
FORMS = "registry JSON (v2), legacy XML, AACT pipe files, or the flattened JSON form"


def read_records(path: Path, retrieved: date | None = None, told: Told | None = None) -> Iterator[TrialRecord]:
    """The records of a file (plain or gz), a folder or a zip archive; the form is recognized from the content.

    A record's day of retrieval is the one it states itself; `retrieved` serves where it states none; without both it stays
    unknown. A record or member that cannot be read is told in one line and the others go on; without `told`, and where nothing
    at all could be read, RecordRefused is raised.
    """
    reported: list[str] = []

    def report(line: str) -> None:
        if told is None:
            raise RecordRefused(line)
        reported.append(line)
        told(line)

    found = 0
    with _opening(path) as members:
        if aact.STUDIES in members:
            records = aact.records_of(members.table, path.name, retrieved, report)
        else:
            records = _records_of_members(members, path.name, retrieved, report)
        for record in records:
            found += 1
            yield record
    if not found:
        raise RecordRefused(
            f"{path.name}: no record could be read" if reported else f"{path.name}: holds no record; expected {FORMS}"
        )


def _records_of_members(members: Members, source: str, retrieved: date | None, report: Told) -> Iterator[TrialRecord]:
    for name in members.names:
        where = name if name == source else f"{source}: {name}"
        try:
            yield from _records_of(members.read(name), where, source, retrieved, report)
        except RecordRefused as refused:
            report(str(refused) if str(refused).startswith(where) else f"{where}: {refused}")


def _records_of(raw: bytes, where: str, source: str, retrieved: date | None, report: Told) -> Iterator[TrialRecord]:
    start = raw[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        for number, study in enumerate(legacy_xml.studies_of(raw), 1):
            try:
                yield legacy_xml.record_of(study, source, retrieved)
            except RecordRefused as refused:
                report(f"{where}: study {number}: {refused}")
        return
    if not start.startswith((b"{", b"[")):
        raise RecordRefused(f"this is no record; expected {FORMS}")
    for place, entry in _entries(raw, where, report):
        try:
            yield _record_of(entry, source, retrieved)
        except RecordRefused as refused:
            report(f"{where}: {place}{refused}")


def _record_of(entry: Any, source: str, retrieved: date | None) -> TrialRecord:
    if not isinstance(entry, dict):
        raise RecordRefused("is no object; expected one study")
    if "protocolSection" in entry:
        return v2.record_of(entry, source, retrieved)
    if "nct_id" in entry:
        return flattened.record_of(entry, source, retrieved)
    if "treatment_list" in entry:
        raise RecordRefused("is a trial in CTML, which holds criteria and no registry record")
    raise RecordRefused("has neither `protocolSection` (registry v2) nor `nct_id` (flattened)")


def _entries(raw: bytes, where: str, report: Told) -> Iterator[tuple[str, Any]]:
    """The studies of a JSON document or of JSON lines, each with its place."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise RecordRefused(f"not in UTF-8 at byte {fault.start}; expected {FORMS}") from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and _is_json(lines[0][1]):
        for number, line in lines:
            try:
                yield f"line {number}: ", json.loads(line)
            except (ValueError, RecursionError):
                report(f"{where}: line {number} is no whole JSON; expected one study a line")
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise RecordRefused(f"is no whole JSON ({fault}); expected {FORMS}") from None
    if isinstance(found, dict) and isinstance(found.get("studies"), list):
        found = found["studies"]
    if not isinstance(found, list):
        yield "", found
        return
    for number, entry in enumerate(found, 1):
        yield f"study {number}: ", entry


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


class Members:
    """The files of a source: their names, and each as bytes or as a table."""

    def __init__(self, source: str, names: dict[str, Callable[[], IO[bytes]]]) -> None:
        self.source = source
        self._open = names
        self.names = sorted(names)

    def __contains__(self, table: str) -> bool:
        return self._named(table) is not None

    def _named(self, table: str) -> str | None:
        return next((name for name in self.names if name.rpartition("/")[2] == table), None)

    def read(self, name: str) -> bytes:
        """A member's content, unpacked. Raises RecordRefused for one that is damaged."""
        try:
            with self._open[name]() as stream:
                raw = stream.read()
            return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as fault:
            raise RecordRefused(f"cannot be read ({_reason(fault)})") from None

    def table(self, name: str) -> IO[str] | None:
        """A table of an AACT export as text, or None."""
        found = self._named(name)
        if found is None:
            return None
        try:
            return io.TextIOWrapper(self._open[found](), encoding="utf-8-sig", newline="")
        except RuntimeError as fault:  # a member with a password
            raise RecordRefused(f"{self.source}: {found} cannot be read ({_reason(fault)})") from None


@contextmanager
def _opening(path: Path) -> Iterator[Members]:
    try:
        if path.is_dir():
            files = [item for item in sorted(path.rglob("*")) if item.is_file() and not item.name.startswith(".")]
            yield Members(path.name, {item.relative_to(path).as_posix(): _opener(item) for item in files})
        elif path.is_file() and zipfile.is_zipfile(path):
            with _archive(path) as archive:
                yield Members(
                    path.name,
                    {item.filename: _member(archive, item) for item in archive.infolist() if not item.is_dir()},
                )
        else:
            with path.open("rb"):
                pass
            yield Members(path.name, {path.name: _opener(path)})
    except OSError as fault:
        raise RecordRefused(f"{path.name}: cannot be read ({_reason(fault)})") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as fault:
        raise RecordRefused(f"{path.name}: a damaged archive ({_reason(fault)})") from None


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, RuntimeError, struct.error) as fault:
        raise RecordRefused(f"{path.name}: a damaged archive ({_reason(fault)})") from None


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _member(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(item)


def _reason(fault: BaseException) -> str:
    return (getattr(fault, "strerror", None) or str(fault) or type(fault).__name__).lower()

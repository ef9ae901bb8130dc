"""Tab-separated sheets, plain or compressed: every line is a row, a comment that is counted, or a reason to refuse."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING

from chemoplan.case.statement import Problem
from chemoplan.intake.refused import InputRefused, one_line, shown

if TYPE_CHECKING:
    import polars as pl

MAX_BYTES = 2 << 30
_GZIP = b"\x1f\x8b"
_BLOCKS_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends a gzip file made of blocks (bgzip)."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TABS = methodcaller("count", b"\t")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `content` holds the rows alone, as UTF-8; `lines` are their lines in the file, counted from 1."""

    document: str
    header: tuple[str, ...]
    header_line: int
    content: bytes
    lines: Sequence[int]
    problems: tuple[Problem, ...] = ()

    def at(self, line: int, column: str = "") -> str:
        """A place in the sheet, for a message."""
        return f"{self.document}, line {line}" + (f", column {column}" if column else "")

    def column(self, *names: str) -> int | None:
        """Where the first of these columns stands (case does not matter). Raises InputRefused when it is given twice."""
        header = [name.lower() for name in self.header]
        for name in names:
            found = [place for place, written in enumerate(header) if written == name.lower()]
            if len(found) > 1:
                raise InputRefused(
                    f"{self.at(self.header_line)}: the column {shown(self.header[found[0]])} is given twice; keep one"
                )
            if found:
                return found[0]
        return None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row with its line, cells without blanks around them."""
        for line, raw in self.raw_rows():
            yield line, [cell.strip() for cell in raw.decode().split("\t")]

    def raw_rows(self) -> Iterator[tuple[int, bytes]]:
        """Every row as bytes, for wide sheets of which few rows are wanted."""
        for line, raw in zip(self.lines, io.BytesIO(self.content), strict=True):
            yield line, raw.rstrip(b"\n")

    def frame(self, columns: Mapping[str, int]) -> pl.DataFrame:
        """The columns by their place, as text; an empty cell is null. Rows in order."""
        import polars as pl

        by_place: dict[int, list[str]] = {}
        for name, place in columns.items():
            by_place.setdefault(place, []).append(name)
        if not self.lines:
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        frame = pl.read_csv(
            self.content,
            has_header=False,
            separator="\t",
            quote_char=None,
            schema={f"c{place}": pl.String for place in range(len(self.header))},
            columns=sorted(by_place),
        )
        if frame.height != len(self.lines):
            raise InputRefused(f"{self.document}: {len(self.lines)} rows, of which {frame.height} could be read")
        return frame.select(pl.col(f"c{place}").alias(name) for place, names in by_place.items() for name in names)


@dataclass
class Tally:
    """What was noticed about many rows, told once each with the count and the first place."""

    seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, message: str, place: str, count: int = 1) -> None:
        """Count rows of which the message ("... and were left out") is true; places come in order."""
        before, first = self.seen.get(message, (0, place))
        self.seen[message] = (before + count, first)

    def problems(self) -> tuple[Problem, ...]:
        """One problem a message, in order of first appearance."""
        return tuple(
            Problem(place, f"{count} {message}" if count == 1 else f"{count} {message} (the first is named)")
            for message, (count, place) in self.seen.items()
        )


def read_sheet(path: Path, expected: str, *, lenient: bool = False, may_be_empty: bool = False) -> Sheet:
    """The sheet in a file, gzip or plain. Raises InputRefused, and nothing else.

    `expected` says what would be right. A row with fewer or more cells than the header refuses the sheet; a lenient
    sheet fills a short row with empty cells, leaves a long one out, and reports both.
    """
    document, content = read_bytes(path)
    return parse_sheet(document, content, expected, lenient=lenient, may_be_empty=may_be_empty)


def parse_sheet(
    document: str, content: bytes, expected: str, *, lenient: bool = False, may_be_empty: bool = False
) -> Sheet:
    """The same for bytes."""
    whole = lenient or content.endswith((b"\n", b"\r"))
    content, problems = _plain_text(document, content, expected)
    before, start, header_line, header_text = 0, 0, 0, ""
    for raw in io.BytesIO(content):
        before, start = before + 1, start + len(raw)
        if raw.strip() and not raw.startswith(b"#"):
            header_line, header_text = before, raw.decode().rstrip("\n")
            break
    header = tuple(one_line(name) for name in header_text.split("\t"))
    if not header_line:
        raise InputRefused(f"{document}: only comment lines; expected {expected}")
    if len(header) < 2:
        raise InputRefused(
            f"{document}, line {header_line}: {shown(header_text)} is no header of tab-separated columns; expected {expected}"
        )
    content = content[start:]
    widths = list(map(_TABS, io.BytesIO(content)))
    lines: Sequence[int] = range(before + 1, before + 1 + len(widths))
    if set(widths) - {len(header) - 1} or content.startswith(b"#") or b"\n#" in content:
        content, lines, more = _rows_kept(document, content, before, len(header), lenient)
        problems = (*problems, *more)
    if lines and not whole:
        message = "the last line has no line end; the file may be cut off there, check that it is complete"
        problems = (*problems, Problem(f"{document}, line {lines[-1]}", message))
    if not lines and not may_be_empty:
        raise InputRefused(f"{document}, line {header_line}: a header and no rows; expected {expected}")
    return Sheet(document, header, header_line, content, lines, problems)


def _rows_kept(
    document: str, content: bytes, before: int, columns: int, lenient: bool
) -> tuple[bytes, Sequence[int], tuple[Problem, ...]]:
    """The rows alone: blank lines and comments between them are taken out, ragged rows refused or reported."""
    kept: list[bytes] = []
    lines: list[int] = []
    problems: list[Problem] = []
    comments: list[int] = []
    for line, raw in enumerate(io.BytesIO(content), start=before + 1):
        if not raw.strip():
            continue
        if raw.startswith(b"#"):
            comments.append(line)
            continue
        cells = _TABS(raw) + 1
        if cells != columns:
            message = f"the row has {cells} cells and the header {columns} columns"
            if not lenient:
                end = "; the file may be cut off" if cells < columns else ""
                raise InputRefused(f"{document}, line {line}: {message}{end}; expected as many cells as columns")
            end = "the missing cells are taken as empty" if cells < columns else "the row was left out"
            problems.append(Problem(f"{document}, line {line}", f"{message}; {end}"))
            if cells > columns:
                continue
            raw = raw.rstrip(b"\n") + b"\t" * (columns - cells)
        kept.append(raw.rstrip(b"\n"))
        lines.append(line)
    if comments:
        message = f"{len(comments)} line(s) after the header begin with # and were taken for comments"
        problems.append(Problem(f"{document}, line {comments[0]}", message))
    return b"\n".join([*kept, b""]) if kept else b"", lines, tuple(problems)


def _plain_text(document: str, content: bytes, expected: str) -> tuple[bytes, tuple[Problem, ...]]:
    """UTF-8 with line feeds. Latin-1 is accepted with a warning, since the columns that matter are ASCII."""
    if content.startswith(_UTF16):
        raise InputRefused(f"{document}: UTF-16 text; save it as UTF-8")
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise InputRefused(f"{document}, line {line}: binary content, not text; expected {expected}")
    start = content[:4096].lstrip()
    if not start and not content.strip():
        raise InputRefused(f"{document}: empty; expected {expected}")
    if start.startswith(b"<"):
        raise InputRefused(f"{document}: an HTML or XML page, not a table; expected {expected}")
    problems: tuple[Problem, ...] = ()
    if not content.isascii():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            content = content.decode("latin-1").encode("utf-8")
            problems = (Problem(f"{document}, line {line}", "not UTF-8; the whole file was read as Latin-1"),)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content, problems


def read_bytes(path: Path) -> tuple[str, bytes]:
    """The name of a file and its content, decompressed when it is gzip whatever its name. Raises InputRefused."""
    document = one_line(path.name) or one_line(str(path))
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise InputRefused(f"{document}: is a folder; expected a file") from None
    except FileNotFoundError:
        raise InputRefused(f"{document}: no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a readable path"
        raise InputRefused(f"{document}: cannot be read ({reason.lower()})") from None
    if content.startswith(_GZIP):
        content = _decompressed(document, content)
    if len(content) > MAX_BYTES:
        raise InputRefused(f"{document}: more than {MAX_BYTES >> 30} GiB of text; split it")
    return document, content


def _decompressed(document: str, content: bytes) -> bytes:
    if content[3:4] == b"\x04" and content[12:14] == b"BC" and not content.endswith(_BLOCKS_END):
        raise InputRefused(
            f"{document}: the last block of the compressed data is missing, so the file is cut off; copy it again in full"
        )
    try:
        single = zlib.decompressobj(wbits=31)
        text = single.decompress(content, MAX_BYTES)
        if single.eof and not single.unused_data:
            return text
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as members:
            return members.read(MAX_BYTES + 1)
    except EOFError:
        raise InputRefused(
            f"{document}: the compressed data end early, so the file is cut off; copy it again in full"
        ) from None
    except (OSError, zlib.error) as error:
        raise InputRefused(
            f"{document}: damaged gzip data ({one_line(str(error))}); copy the file again in full"
        ) from None


def first_rows(frame: pl.DataFrame, column: str) -> Iterable[tuple[str, int]]:
    """Every distinct cell of a column with the first row that has it; empty cells left out."""
    import polars as pl

    found = frame.filter(pl.col(column).is_not_null()).group_by(column).agg(pl.col("row").min()).sort("row")
    return list(found.iter_rows())

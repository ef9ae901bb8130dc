"""A VCF or BCF as a stream of records through htslib: what it cannot read becomes one line that says where."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chemoplan.intake.refused import InputRefused
from chemoplan.intake.vcf_header import Header, parse_header

if TYPE_CHECKING:
    from pysam import VariantFile

_GZIP, _BCF = b"\x1f\x8b", b"BCF"
_FIXED = 8
"""Columns that every record has."""


def is_vcf(start: bytes) -> bool:
    """True when the (unpacked) first bytes of a file are those of a VCF or BCF."""
    return start.startswith((_BCF, b"##fileformat=VCF", b"##FILEFORMAT=VCF", b"#CHROM\tPOS\t"))


def first_bytes(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file, unpacked when it is compressed. Raises InputRefused."""
    with _opened(path, path.name) as stream:
        return stream.read(size)


def ends_in_a_line(path: Path) -> bool:
    """False for a plain file whose last line has no end; a compressed file tells by itself that it is cut off."""
    with path.open("rb") as raw:
        if raw.read(2) == _GZIP:
            return True
        raw.seek(-1, 2)
        return raw.read(1) in b"\r\n"


@contextmanager
def _opened(path: Path, document: str) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a file; everything that can go wrong with reading them is one line."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except IsADirectoryError:
        raise InputRefused(f"{document}: is a folder; expected a file") from None
    except FileNotFoundError:
        raise InputRefused(f"{document}: no such file") from None
    except EOFError:
        raise InputRefused(f"{document}: the compressed file is cut off; get it again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise InputRefused(f"{document}: the compressed file is damaged; get it again") from None
    except OSError as error:
        raise InputRefused(f"{document}: cannot be read ({(error.strerror or 'damaged').lower()})") from None


def read_header(path: Path) -> Header:
    """The header of a VCF or BCF. Raises InputRefused, also for a file that is something else."""
    document = path.name
    with _opened(path, document) as stream:
        start = stream.read(3)
        if not start:
            raise InputRefused(f"{document}: empty; expected a VCF with its header")
        if start == _BCF:
            return _binary_header(path)
        stream.seek(0)
        meta: list[str] = []
        for raw in stream:
            line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            if not meta and not line.startswith("#"):
                raise InputRefused(f"{document}, line 1: {_what_else(line)}")
            if line.startswith("##"):
                meta.append(line)
                continue
            break
        else:
            line = ""
    if not line.startswith("#CHROM"):
        raise InputRefused(
            f"{document}, line {len(meta) + 1}: the header ends without its column line (#CHROM POS ID REF ALT ...); "
            "the file is cut off or not a VCF"
        )
    if not meta or not meta[0].lower().startswith("##fileformat=vcf"):
        raise InputRefused(
            f"{document}, line 1: the header is missing; expected ##fileformat=VCFv4.x in the first line"
        )
    columns = line.split("\t")
    if columns[:_FIXED] != ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]:
        raise InputRefused(
            f"{document}, line {len(meta) + 1}: the columns are not those of a VCF; "
            "expected #CHROM POS ID REF ALT QUAL FILTER INFO, with tabs between them"
        )
    repeated = next((name for name in columns[9:] if columns[9:].count(name) > 1), None)
    if repeated is not None:
        raise InputRefused(f"{document}, line {len(meta) + 1}: two sample columns have the same name; rename one")
    return parse_header(meta, columns, document)


def _what_else(line: str) -> str:
    if "Hugo_Symbol" in line:
        return "this is a MAF table, not a VCF; name it .maf"
    if line.startswith("\ufeff#"):
        return "begins with a byte order mark, which no VCF may; save it as UTF-8 without one"
    if line.count("\t") >= _FIXED - 1:
        return "the header is missing; expected ##fileformat=VCFv4.x in the first line"
    return "not a VCF; expected ##fileformat=VCFv4.x in the first line"


def _binary_header(path: Path) -> Header:
    with _variants(path, path, path.name) as opened:
        try:
            lines = str(opened.header).rstrip("\n").split("\n")
        except UnicodeDecodeError:
            raise InputRefused(f"{path.name}: not a readable BCF; its header is damaged") from None
    return parse_header(lines[:-1], lines[-1].split("\t"), path.name, binary=True)


@contextmanager
def records(path: Path, header: Header, sample: str | None) -> Iterator[Iterator[tuple[int, Any]]]:
    """The records with their line (or number, in a BCF), holding one sample. Raises InputRefused, also while reading."""
    with _plain(path) as plain, _variants(plain, path, path.name) as opened:
        if sample is not None and len(header.samples) > 1:
            opened.subset_samples([sample])
        yield _numbered(opened, path, header)


def _numbered(opened: VariantFile, path: Path, header: Header) -> Iterator[tuple[int, Any]]:
    number = header.lines
    stream = iter(opened)
    while True:
        try:
            record = next(stream)
        except StopIteration:
            return
        except (OSError, ValueError) as error:
            raise _damaged(path, header, number + 1, error) from None
        number += 1
        if header.samples and not len(record.samples):
            raise _damaged(path, header, number, None)
        yield number, record


def _damaged(path: Path, header: Header, number: int, error: Exception | None) -> InputRefused:
    """What is wrong with a record that htslib does not read, said from the line itself."""
    place = f"{path.name}, {'line' if header.lines else 'record'} {number}"
    if not header.lines:
        return InputRefused(f"{place}: cannot be read; the file is cut off or damaged, get it again")
    with _opened(path, path.name) as stream:
        line = next((raw for n, raw in enumerate(stream, start=1) if n == number), b"").decode("utf-8", "replace")
    if not line.strip():
        return InputRefused(f"{place}: an empty line; a VCF has none between its records")
    expected = _FIXED + (1 + len(header.samples) if header.samples else 0)
    found = line.count("\t") + 1
    if found != expected:
        cut = "" if line.endswith("\n") else "; the file is cut off there"
        return InputRefused(f"{place}: the record has {found} columns, the header {expected}{cut}")
    del error
    return InputRefused(f"{place}: not a readable record; check its position, its genotype and its fields")


@contextmanager
def _plain(path: Path) -> Iterator[Path]:
    """A path that htslib opens: an ordinary gzip file (not made of blocks) is unpacked first."""
    with path.open("rb") as raw:
        head = raw.read(18)
    if not head.startswith(_GZIP) or (head[3] & 4 and head[12:14] == b"BC"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / "unpacked.vcf"
        with _opened(path, path.name) as stream, unpacked.open("wb") as target:
            shutil.copyfileobj(stream, target)
        yield unpacked


@contextmanager
def _variants(opened: Path, path: Path, document: str) -> Iterator[VariantFile]:
    try:
        import pysam
    except ImportError:
        raise InputRefused(
            f"{document}: reading VCF needs the extra `genomics`: pip install 'chemoplan[genomics]'"
        ) from None
    before = pysam.set_verbosity(0)
    try:
        try:
            variants = pysam.VariantFile(str(opened))
        except (OSError, ValueError, NotImplementedError) as error:
            if "EOF" in str(error):
                raise InputRefused(f"{document}: the compressed file is cut off; get it again") from None
            raise InputRefused(f"{document}: not a readable VCF; its header is damaged") from None
        with variants:
            yield variants
    finally:
        pysam.set_verbosity(before)

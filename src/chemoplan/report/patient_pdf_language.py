"""The language of a PDF: the engine that prints writes none, so the catalog is written once more, with it, at the end of the file."""

from __future__ import annotations

import re
import zlib

_STREAM = re.compile(rb"/Type\s*/ObjStm(?P<head>.*?)stream\r?\n", re.DOTALL)
_ROOT = re.compile(rb"/Root\s+(\d+)\s+0\s+R")
_INFO = re.compile(rb"/Info\s+(\d+)\s+0\s+R")
_SIZE = re.compile(rb"/Size\s+(\d+)")


class NoCatalog(ValueError):
    """The file is laid out in another way than the engine does it."""


def with_language(pdf: bytes, language: str) -> bytes:
    """The same file with its language, and with its title in the window: an incremental update after ISO 32000 7.5.6.

    Raises NoCatalog when the catalog is not found.
    """
    roots, infos, sizes = _ROOT.findall(pdf), _INFO.findall(pdf), _SIZE.findall(pdf)
    before = pdf.rsplit(b"startxref", 1)[-1].split()
    if not roots or not sizes or not before:
        raise NoCatalog("the file has no cross-reference stream with a root")
    root, size = int(roots[-1]), int(sizes[-1])
    entries = _catalog(pdf)
    more = f" /Lang ({language}) /ViewerPreferences << /DisplayDocTitle true >> >>".encode()
    base = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    catalog = b"%d 0 obj\n" % root + entries.rstrip()[:-2].rstrip() + more + b"\nendobj\n"
    place = len(base) + len(catalog)
    rows = _row(len(base)) + _row(place)
    info = b" /Info %s 0 R" % infos[-1] if infos else b""
    head = b"%d 0 obj\n<< /Type /XRef /Size %d /Index [%d 1 %d 1] /W [1 4 2] /Root %d 0 R%s /Prev %s /Length %d >>\nstream\n"
    table = head % (size, size + 1, root, size, root, info, before[0], len(rows)) + rows + b"\nendstream\nendobj\n"
    return base + catalog + table + b"startxref\n%d\n%%%%EOF\n" % place


def _catalog(pdf: bytes) -> bytes:
    """The dictionary of the catalog, from the object streams."""
    for found in _STREAM.finditer(pdf):
        try:
            text = zlib.decompressobj().decompress(pdf[found.end() :])
        except zlib.error:
            continue
        at = text.find(b"/Catalog")
        if at >= 0:
            start = text.rfind(b"<<", 0, at)
            return text[start : text.index(b">>", at) + 2]
    raise NoCatalog("no object stream holds the catalog")


def _row(offset: int) -> bytes:
    return b"\x01" + offset.to_bytes(4, "big") + b"\x00\x00"

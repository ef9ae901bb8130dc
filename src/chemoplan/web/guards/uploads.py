"""Files that people send: how large, of which kind by their content (never by their name alone), under which harmless name."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

MAX_FILE = 10 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_FILES = 12
MAX_REQUEST = 32 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """One file as it came: its bytes, the name cleaned, the kind by its content."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of the content."""
        return hashlib.sha256(self.content).hexdigest()


_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1f\x8b", "application/gzip"),
)
DOCUMENTS = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain", "application/json"})
"""What a referral may carry."""
DATA = frozenset({"text/plain", "application/json", "application/gzip"})
"""What a case may be read from."""


def clean_name(name: str) -> str:
    """The last part of a name, without signs that a terminal, a header or a file system would take for more."""
    last = PureWindowsPath(PurePosixPath(name.replace("\0", "")).name).name
    kept = re.sub(r"[^\w.\- ]", "_", unicodedata.normalize("NFC", last)).strip(" .")
    return kept[-120:] or "file"


def media_type_of(content: bytes) -> str | None:
    """The kind of a content, or None when it is none that is known here (programs, archives, office files)."""
    for sign, kind in _SIGNS:
        if content.startswith(sign):
            return kind
    try:
        text = (
            content[:65536].decode("utf-8", errors="strict")
            if len(content) <= 65536
            else content[:65536].decode("utf-8", errors="ignore")
        )
    except UnicodeDecodeError:
        return None
    if "\0" in text or text.lstrip("\ufeff \t\r\n").lower().startswith(
        ("<!doctype", "<html", "<svg", "<script", "<?xml", "mz", "#!")
    ):
        return None
    return "application/json" if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else "text/plain"


def problem_of(content: bytes, allowed: frozenset[str]) -> str | None:
    """The key of what is wrong with a file, or None."""
    if not content:
        return "form.file_empty"
    if len(content) > MAX_FILE:
        return "form.file_too_large"
    kind = media_type_of(content)
    if kind not in allowed:
        return "form.file_kind"
    return "form.file_too_large" if kind == "application/gzip" and _unpacks_to_too_much(content) else None


def _unpacks_to_too_much(content: bytes) -> bool:
    """Whether a small file would fill the memory of who unpacks it. What is damaged is left to its reader, which says so."""
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as members:
            while part := members.read(2**20):
                size += len(part)
                if size > MAX_UNPACKED:
                    return True
    except (OSError, EOFError, zlib.error):
        return False
    return False

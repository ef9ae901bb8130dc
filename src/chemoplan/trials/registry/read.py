"""Open a file of records, whatever its form."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from chemoplan.trials.record import RecordRefused, TrialRecord
from chemoplan.trials.registry import flattened


def read_records(path: Path, retrieved: date | None = None) -> Iterator[TrialRecord]:
    """The records of a file. Raises RecordRefused with one line."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    try:
        found = json.loads(raw)
    except ValueError:
        raise RecordRefused(f"{path.name}: this is no JSON; expected records of a trial registry") from None
    for entry in found if isinstance(found, list) else [found]:
        yield flattened.record_of(entry, path.name, retrieved)

"""Data as JSON text: the same data always gives the same bytes."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(data: Any) -> str:
    """JSON in the order of the data, two spaces of indent, UTF-8 text, a newline at the end.

    Raises ValueError for NaN and infinity, TypeError for anything that JSON cannot say.
    """
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False, default=_plain) + "\n"
    # Half a surrogate pair has no UTF-8; its JSON escape says the same.
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")

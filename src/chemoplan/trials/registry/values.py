"""What the forms of a record share: typed access to foreign data, and the registry's words for status, phase, age and day."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from chemoplan.trials.record import RecordRefused

NCT_ID = re.compile(r"NCT[0-9]{8}")
REGISTRY = "https://clinicaltrials.gov"
INVENTED = "Invented:"
"""How the title of a record begins that stands for no study."""

_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25, "hour": 1 / 8766, "minute": 1 / 525960}
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(year|month|week|day|hour|minute)s?\s*", re.IGNORECASE)
_HALF = re.compile("[\ud800-\udfff]")
_NO_LIMIT = {"", "n/a", "na", "none", "no limit"}
_SAME_WORD = {"UNKNOWN_STATUS": "UNKNOWN", "BOTH": "ALL", "N/A": "NA", "NOT_APPLICABLE": "NA"}
_YES_NO = {
    "yes": True, "true": True, "t": True, "accepts healthy volunteers": True,
    "no": False, "false": False, "f": False, "": None,
}  # fmt: skip
_DAYS = ("%Y-%m-%d", "%B %d, %Y", "%Y/%m/%d", "%d %B %Y")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a foreign document and where it stands; each reader raises RecordRefused for a value of another type."""

    value: Any
    where: str

    def at(self, *path: str) -> Node:
        """The value below, or one of None where there is none."""
        node = self
        for key in path:
            if node.value is not None and not isinstance(node.value, dict):
                raise node.refusal("an object")
            node = Node((node.value or {}).get(key), f"{node.where}.{key}" if node.where else key)
        return node

    def text(self) -> str:
        """Text; empty where there is none."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self.refusal("text")
        if _HALF.search(self.value):  # JSON can write it, no file can hold it
            raise self.refusal("text in Unicode, without half a sign such as \\ud800")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text() for item in self.items())

    def items(self) -> Iterator[Node]:
        """The values of a list."""
        if self.value is not None and not isinstance(self.value, list):
            raise self.refusal("a list")
        for number, item in enumerate(self.value or ()):
            yield Node(item, f"{self.where}[{number}]")

    def count(self) -> int | None:
        """A whole number; None where there is none."""
        if self.value is None or self.value == "":
            return None
        if isinstance(self.value, str) and self.value.strip().isdigit():
            return int(self.value)
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.refusal("a whole number")
        return self.value

    def flag(self) -> bool | None:
        """Yes or no, in any of the registry's words; None where the record does not say."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        word = self.text().strip().lower()
        if word not in _YES_NO:
            raise self.refusal("yes or no")
        return _YES_NO[word]

    def age(self) -> float | None:
        """An age such as "18 Years" or "6 Months" in years; None where there is no limit."""
        if self.text().strip().lower() in _NO_LIMIT:
            return None
        found = years(self.text())
        if found is None:
            raise self.refusal('an age such as "18 Years"')
        return found

    def refusal(self, expected: str) -> RecordRefused:
        """What to say of this value."""
        shown = json.dumps(self.value, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        return RecordRefused(f"{self.where or 'the record'} is {shown}; expected {expected}")


def years(text: str | None) -> float | None:
    """An age such as "18 Years" or "6 Months" in years; None where there is no limit."""
    match = _AGE.fullmatch(text or "")
    return float(match.group(1)) * _YEARS[match.group(2).lower()] if match else None


def page_of(nct_id: str, title: str) -> str:
    """The registry's page of a study; empty for an invented one."""
    return "" if title.startswith(INVENTED) else f"{REGISTRY}/study/{nct_id}"


def study_id(node: Node) -> str:
    """The registry's id of a study. Raises RecordRefused for anything else."""
    found = node.text().strip()
    if not NCT_ID.fullmatch(found):
        raise node.refusal('a registry id such as "NCT01234567"')
    return found


@lru_cache(maxsize=4096)
def word(text: str) -> str:
    """One of the registry's words as its present form writes it: "Active, not recruiting" is ACTIVE_NOT_RECRUITING."""
    plain = re.sub(r"\s*\[.*\]", "", text).strip().upper().replace(",", "")
    plain = re.sub(r"[\s-]+", "_", plain)
    return _SAME_WORD.get(plain, plain)


def phases(text: str) -> tuple[str, ...]:
    """The phases that an older form names in one text: "Phase 1/Phase 2" is PHASE1 and PHASE2."""
    if text.strip().upper() in ("", "N/A"):
        return ("NA",) if text.strip() else ()
    return tuple(phase(part) for part in re.split(r"[/|]", text) if part.strip())


def phase(text: str) -> str:
    """One phase: "Phase 2", "2" and PHASE2 are PHASE2."""
    plain = re.sub(r"PHASE_?(?=[1-4])", "PHASE", word(text))
    return f"PHASE{plain}" if plain in {"1", "2", "3", "4"} else plain


def day(text: str) -> date | None:
    """A full day in one of the registry's notations; None for a month alone and for anything else."""
    for form in _DAYS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def day_within(text: str) -> date | None:
    """The day that a sentence ends with: "... processed this data on November 06, 2017"."""
    match = re.search(r"([A-Z][a-z]+ \d{1,2}, \d{4}|\d{4}-\d{2}-\d{2})", text)
    return day(match.group(1)) if match else None


def content_hash(content: Any) -> str:
    """SHA-256 over JSON content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()

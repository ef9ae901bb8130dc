"""The words of orders: names of drugs, of what goes with them, routes, units, times."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from chemoplan.dosing.amounts import exact
from chemoplan.intake.fhir.tables import table
from chemoplan.knowledge import Knowledge

_MINUTE = Decimal(1) / 60
HOURS = {
    "h": Decimal(1), "hr": Decimal(1), "hour": Decimal(1), "hours": Decimal(1), "min": _MINUTE, "minute": _MINUTE, "minutes": _MINUTE,
    "d": Decimal(24), "day": Decimal(24), "days": Decimal(24),
}  # fmt: skip
"""Hours of each unit of time."""
NUMBER = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(\S.*?)?\s*", re.ASCII)
"""A number, and what stands behind it."""


def drug_named(text: str, knowledge: Knowledge) -> str | None:
    """The drug that a text names, by whole words; the longest name counts. None when it is none, or more than one."""
    folded = _folded(text)
    found = [
        (name, drug) for name, drug in _names(knowledge) if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", folded)
    ]
    inner = {short for short, _ in found for long, _ in found if short != long and short in long}
    drugs = {drug for name, drug in found if name not in inner}
    return drugs.pop() if len(drugs) == 1 else None


def supportive(text: str) -> bool:
    """True when a text names a medicine that goes with chemotherapy and is no part of it."""
    folded = _folded(text)
    return any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", folded) for name in table("order_words")["supportive"]
    )


def route_named(text: str) -> str:
    """The route in the words of the knowledge; intravenous where it is only that; an unknown text as written."""
    folded = _folded(text)
    for route, words in table("order_words")["routes"].items():
        if any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) for word in words):
            return str(route)
    return text.strip()


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").replace("/", " ").split())[:300]


_NAMES: dict[int, tuple[Knowledge, list[tuple[str, str]]]] = {}


def _names(knowledge: Knowledge) -> list[tuple[str, str]]:
    """Every name of every drug, longest first."""
    kept = _NAMES.get(id(knowledge))
    if kept is None or kept[0] is not knowledge:
        words = table("order_words")["drugs"]
        found = {}
        for drug in knowledge.dosing.drugs.values():
            for name in (drug.id, drug.title, *words.get(drug.id, ())):
                found[_folded(re.sub(r"\(.*?\)", "", name))] = drug.id
        kept = (knowledge, sorted(found.items(), key=lambda item: -len(item[0])))
        _NAMES.clear()
        _NAMES[id(knowledge)] = kept
    return kept[1]


@lru_cache(maxsize=1)
def mass_units() -> tuple[dict[str, Decimal], dict[str, str]]:
    """Milligrams of each unit of mass, and what the words behind a stroke say the dose is for."""
    words = table("order_words")
    return {name: exact(value) for name, value in words["masses"].items()}, dict(words["per"])


def same_name(name: str, wanted: Iterable[str]) -> bool:
    """True when a name as written holds one of the wanted names as whole words."""
    folded = _folded(name)
    return any(re.search(rf"(?<![\w-]){re.escape(_folded(item))}(?![\w-])", folded) for item in wanted if item.strip())


def one_time(text: str) -> bool:
    """True when a text is one length of time, such as 46 h."""
    match = NUMBER.fullmatch(text)
    return match is not None and (match.group(2) or "").lower() in HOURS

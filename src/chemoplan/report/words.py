"""The words and marks that every report uses for verdicts, severities, roles, statuses and values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """A word with a shape, so that no report tells things apart by color alone. `tone` picks the color."""

    word: str
    shape: str
    tone: str


VERDICTS = {
    "offered": Mark("offered", "■", "good"),
    "conditional": Mark("conditional", "◧", "open"),
    "excluded": Mark("excluded", "✕", "bad"),
}
SEVERITIES = {
    "stop": Mark("stop", "■", "bad"),
    "modify": Mark("modify", "◆", "open"),
    "caution": Mark("caution", "▲", "open"),
    "info": Mark("to know", "●", "calm"),
}
FINDINGS = {
    "reject": Mark("must not be done", "■", "bad"),
    "caution": Mark("change it or say why", "▲", "open"),
    "ask": Mark("cannot be judged yet", "?", "calm"),
}
STATUSES = {
    "verified": Mark("verified", "●", "good"),
    "partly": Mark("partly verified", "◐", "open"),
    "unverified": Mark("UNVERIFIED", "○", "bad"),
}
DECISIONS = {
    "chosen": Mark("chosen by the team", "■", "good"),
    "declined": Mark("declined by the team", "✕", "bad"),
    "accepted_risk": Mark("risk accepted by the team", "▲", "open"),
}
"""What a care team decided about an option or alert."""
PAST_REVIEW = Mark("past review", "▲", "bad")
"""An entry that was to be looked at again before the day of the decision."""
FACT_STATUSES = {
    "known": Mark("stated", "●", "good"),
    "derived": Mark("derived", "◆", "calm"),
    "stale": Mark("too old", "▲", "open"),
    "unknown": Mark("unknown", "○", "bad"),
}
ROLES = {
    "offers": "listed by",
    "holds": "held back by",
    "may forbid": "may be forbidden by",
    "may block": "may be blocked by",
    "forbids": "forbidden by",
    "blocks": "blocked by",
    "gate": "held by",
    "alert": "raised by",
    "finds": "found by",
    "audit": "raised by",
}
"""Role of an entry in a trace, as the start of a phrase that ends with the title of the entry."""

GROUPS = (
    ("arrange", "What to find out and to arrange", ("test", "advice")),
    ("treatment", "Treatment", ("treatment", "strategy", "trial")),
    ("surveillance", "Surveillance", ("surveillance",)),
    ("supportive", "Supportive care", ("supportive",)),
)
"""Groups of options in reading order: id, heading, kinds of option."""

INTENDED_USE = (
    "Decision support for professionals who treat rectal cancer and can check its basis, which is shown with every line. "
    "It is not a medical device, does not replace a multidisciplinary board, and is not for self-treatment or emergencies."
)
NOT_SIGNED_OFF = "Decision support, not signed off: no clinician has signed off this knowledge or this plan."
SIGNED_OFF = "The knowledge is signed off by a clinician; this plan is not."
SHORT_NOTICE = "Decision support for professionals"

REMOTE = "Advice on drugs that no option listed here holds"

UNITS = {
    "a": "years", "mo": "months", "wk": "weeks", "d": "days", "10*9/L": "×10⁹/L", "m2": "m²", "kg/m2": "kg/m²",
    "{ULN}": "× ULN", "1/Mb": "per Mb",
}  # fmt: skip
"""How a UCUM unit is written for a reader, where that differs."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


_KINDS = {"trial match": "match with studies", "trial explained": "explanation", "trial funnel": "funnel"}
"""Kinds of report whose name is no noun for a reader."""


def mark_of(table: Mapping[str, Mark], word: str) -> Mark:
    """The mark of a word; an unexpected word is shown as it is, never hidden."""
    return table.get(word, Mark(printable(word), "•", "calm"))


def printable(text: Any) -> str:
    """Text without control characters: a case file must not be able to drive a terminal or break a page."""
    return _UNPRINTABLE.sub("\ufffd", str(text))


def notice(plan: Mapping[str, Any]) -> str:
    """The line on sign-off that no report may leave out."""
    line = SIGNED_OFF if plan.get("knowledge", {}).get("signed_off") else NOT_SIGNED_OFF
    kind = str(plan.get("kind") or "plan")
    return line.replace("this plan", f"this {_KINDS.get(kind, kind)}")


def unit_text(unit: str | None) -> str:
    """A UCUM unit for a reader."""
    if not unit or unit == "1":
        return ""
    return UNITS.get(unit, unit)


def value_text(row: Mapping[str, Any]) -> str:
    """The value of a fact row or of a leaf for a reader: yes and no, sets as lists, units written out."""
    value = row.get("value")
    if value is None:
        return "too old to count" if row.get("status") == "stale" else "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(printable, value)) or "none"
    if isinstance(value, dict):
        members = value.get("at_least", [])
        return f"at least {', '.join(map(printable, members))}" if members else "not fully known"
    return f"{printable(value)} {unit_text(row.get('unit'))}".strip()


def components_text(components: list[Any]) -> str:
    """Components of an option; a choice that is left open is written with `or`."""
    parts = [
        " or ".join(map(printable, part["one_of"])) if isinstance(part, dict) else printable(part)
        for part in components
    ]
    return " + ".join(f"({part})" if " or " in part and len(parts) > 1 else part for part in parts)


def commands_of(option: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What to type next for an option: a name for the line, the command, and the other ids that may stand in it."""
    rows = []
    for key, name, command in (
        ("regimens", "to order", "chemoplan order {} CASE"),
        ("courses", "as a course", "chemoplan course {} CASE --start DATE"),
    ):
        first, *others = [printable(item) for item in option[key]] or [""]
        if first:
            rows.append((name, command.format(first), ", ".join(others)))
    return rows


def regions_text(regions: Mapping[str, Any]) -> str:
    """Where the evidence of an option speaks for, and whether that covers the region of the case."""
    places = ", ".join(map(printable, regions["cited"]))
    return f"{places}; nothing that speaks for the region of this case" if regions["own"] is False else places


def count_text(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 option, 2 options."""
    return f"{number} {one if number == 1 else many or one + 's'}"

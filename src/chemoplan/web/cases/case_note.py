"""The note for the chart: a plan told in plain lines, what the team decided first. Made for copying; no command, no drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row as Stored

from chemoplan.report import outline
from chemoplan.report.words import (
    REMOTE,
    ROLES,
    STATUSES,
    VERDICTS,
    components_text,
    mark_of,
    notice,
    printable,
    regions_text,
)
from chemoplan.web.cases.case_form import Names

MOST_TITLES = 3
"""Options that a missing fact names; the others are counted."""
MOST_PROBLEMS = 5
MOST_ASKED = 1
"""Facts that a conditional option names."""
CHANGES = {"stop": "STOP", "modify": "CHANGE", "caution": "CAUTION", "info": "TO KNOW"}
"""Severities of alerts in the order in which they are told."""
ORDER = {name: place for place, name in enumerate(CHANGES)}
_PLAIN = str.maketrans(
    {
        "\u2192": "->", "\u2190": "<-", "\u2265": ">=", "\u2264": "<=", "\u00d7": "x", "\u00b7": ".", "\u2212": "-", "\u2013": "-",
        "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "...", "\u2022": "-", "\u00a0": " ",
        "\u202f": " ", "\u00b1": "+/-", "\u00b5": "u", "\u03bc": "u", "\u00b2": "2", "\u2079": "9", "\u2070": "0", "\u00b9": "1",
    }
)  # fmt: skip
"""Signs that a chart may not show. Letters of names stay as they are."""

Row = Mapping[str, Any]
Day = Callable[[datetime], date]


@dataclass(frozen=True)
class NoteOf:
    """What a note is made of besides the plan: the case, the day, the decisions in force, and words."""

    label: str
    version: int
    now: datetime
    day: Day
    in_force: Sequence[Stored[Any]]
    words: Mapping[str, str]
    """The words of a decision."""
    names: Names


def note_of(plan: Row, of: NoteOf) -> str:
    """The text, one statement a line. Equal input on one day gives equal text."""
    numbers = {name: number for number, name in enumerate(_told_sources(plan), 1)}
    parts = (
        _head(plan, of),
        _team(plan, of),
        _alerts(plan, numbers),
        _offered(plan, numbers),
        _missing(plan, of, numbers),
        _conditional(plan, of),
        _excluded(plan, numbers),
        _disagreements(plan),
        _sources(plan, numbers),
    )
    blocks = ("\n".join(map(_line, part)) for part in parts)
    return "\n\n".join(filter(None, blocks)) + "\n"


def _line(text: str) -> str:
    """One line of plain text; only its indent is kept of runs of blanks."""
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + " ".join(printable(text.translate(_PLAIN)).split())


def _head(plan: Row, of: NoteOf) -> Iterator[str]:
    known = plan["knowledge"]
    local = f", with local rules {', '.join(known['overlays'])}" if known.get("overlays") else ""
    yield f"RECTAL CANCER: PLAN FROM DECISION SUPPORT, {of.day(of.now)}"
    yield f"Case: {of.label}, version {of.version}. " + (
        f"Planned for a decision on {plan['decided_on']}." if plan["decided_on"] else "No day of the decision is set."
    )
    yield f"Made by chemoplan {plan['chemoplan']} with knowledge {known['version']} (as of {known['as_of']}{local})."
    yield notice(plan)
    yield from (f"Note on the case: {text}" for text in plan["notes"])
    problems = plan["problems"]
    yield from (f"Not read: {item['path']}: {item['message']}" for item in problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        yield f"Not read: {len(problems) - MOST_PROBLEMS} more parts of the documents, told on the case page under All facts and sources."


def _team(plan: Row, of: NoteOf) -> Iterator[str]:
    yield f"DECISIONS OF THE TEAM ({len(of.in_force)})"
    if not of.in_force:
        yield "None is recorded."
    verdicts = {row["id"]: mark_of(VERDICTS, row["verdict"]).word for row in plan["options"]}
    verdicts |= {row["id"]: VERDICTS["excluded"].word for row in plan["excluded"]}
    verdicts |= {row["id"]: f"alert, {CHANGES.get(row['severity'], row['severity']).lower()}" for row in plan["alerts"]}
    for item in of.in_force:
        says = verdicts.get(item.target, "not listed in this version")
        yield f"- {of.words[item.decision]}: {of.names.title(item.target)}"
        yield f"  Reason: {item.reason}"
        yield f"  By {item.name or 'an account that is closed'}, {of.day(item.created_at)}. The program says: {says}."


def _alerts(plan: Row, numbers: Mapping[str, int]) -> Iterator[str]:
    yield f"STOPS AND CHANGES ({len(plan['alerts']) + len(plan['statements'])})"
    if not plan["alerts"] and not plan["statements"]:
        yield "None."
    yield from (f"- STOP: {item['text']} {item['ask']}" for item in plan["statements"])
    for alert in sorted(plan["alerts"], key=lambda row: ORDER.get(row["severity"], len(ORDER))):
        yield f"- {CHANGES.get(alert['severity'], alert['severity'].upper())}: {alert['title']}. {alert['text']}"
        yield from (f"  {_words(item['component'])}: {item['text']}" for item in alert["modifies"])
        yield f"  {_cited(alert, numbers)}"


def _offered(plan: Row, numbers: Mapping[str, int]) -> Iterator[str]:
    found = [group for group in outline.groups(plan) if group.offered]
    points = {item["id"]: f"D{place}" for place, item in enumerate(plan["conflicts"], 1)}
    yield f"OFFERED ({sum(len(group.offered) for group in found)})"
    if not found:
        yield "No option is offered."
    for group in found:
        yield f"{group.title}:"
        for option in group.offered:
            yield f"- {option['title']} (rank {option['rank']})"
            yield from (f"  {line}" for line in _details(option, points, numbers))


def _details(option: Row, points: Mapping[str, str], numbers: Mapping[str, int]) -> Iterator[str]:
    steps = option["sequence"]
    if steps:
        yield "; ".join(f"{at}. {step}" if len(steps) > 1 else step for at, step in enumerate(steps, 1))
    elif option["components"]:
        yield _words(components_text(option["components"]))
    yield f"Why: {_why(option)}"
    yield from (f"Note: {text}" for text in dict.fromkeys(item["text"] for item in option["notes"]))
    for item in option["cautions"]:
        named = f"{_words(item['component'])}: " if item.get("component") else ""
        yield f"{'Change' if item.get('alert') else 'Caution'}: {named}{item['text']}"
    if option["regions"]["own"] is False:
        yield f"Cited from {regions_text(option['regions'])}."
    if option["conflicts"]:
        yield f"Guidelines disagree: {', '.join(points.get(name, name) for name in option['conflicts'])} (below)"
    yield _cited(option, numbers)


def _missing(plan: Row, of: NoteOf, numbers: Mapping[str, int]) -> Iterator[str]:
    rows = outline.decisions(plan)
    yield f"MISSING FACTS ({len(rows)}), the most decisive first"
    if not rows and not plan["gates"]:
        yield "No missing fact would change what stands here."
    for gate in plan["gates"]:
        holds = "Holds back" if gate["verdict"] == "open" else "May hold back"
        yield f"- GATE: {gate['title']}. {gate['text']} {holds}: {', '.join(map(_words, gate['holds']))}. {_cited(gate, numbers)}"
    for row in rows:
        yield f"- {row.question} Would decide: {_some(_numbered([*row.options, *map(of.names.title, row.others)]), MOST_TITLES)}"
    if any(row.weight > MOST_TITLES for row in rows):
        yield "What is only counted here is named on the case page under Missing facts."


def _conditional(plan: Row, of: NoteOf) -> Iterator[str]:
    rows = [row for row in plan["options"] if row["verdict"] != "offered"]
    if not rows:
        return
    shown = [row for row in rows if not row.get("remote")]
    yield f"CONDITIONAL ({len(rows)}), not offered while facts are missing"
    for row in shown:
        asks = [of.names.question(name) for name in row["depends_on"]]
        yield f"- {row['title']}" + (f". Depends on: {_some(asks, MOST_ASKED)}" if asks else "")
    if len(shown) < len(rows):
        yield f"- {REMOTE}: {len(rows) - len(shown)}, named on the case page."
    if any(len(row["depends_on"]) > MOST_ASKED for row in shown):
        yield "Facts that are only counted here are named on the page of each option."


def _excluded(plan: Row, numbers: Mapping[str, int]) -> Iterator[str]:
    rows = plan["excluded"]
    if rows:
        yield f"EXCLUDED ({len(rows)}), would be listed for this situation and must not be done"
    for row in rows:
        yield f"- {row['title']}: {_why(row)}. {_cited(row, numbers)}"


def _disagreements(plan: Row) -> Iterator[str]:
    rows = plan["conflicts"]
    if rows:
        yield f"GUIDELINES DISAGREE ({len(rows)}), every position stands on the case page"
    yield from (f"D{place}. {row['topic']}" for place, row in enumerate(rows, 1))


def _told_sources(plan: Row) -> dict[str, dict[str, Any]]:
    """The sources of what the note tells: conditional options and disagreements are only named, without theirs."""
    offered = [row for row in plan["options"] if row["verdict"] == "offered"]
    return outline.sources({**plan, "options": offered, "conflicts": []})


def _sources(plan: Row, numbers: Mapping[str, int]) -> Iterator[str]:
    told, whole = _told_sources(plan), outline.sources(plan)
    yield f"SOURCES ({len(told)})"
    for name, line in told.items():
        yield f"[{numbers[name]}] {line['title'] or line.get('citation') or name}, {line['date'] or 'no date'}"
    yield "A number with no word beside it was checked against its source; unverified, partly verified and past review are said."
    if len(whole) > len(told):
        yield f"{len(whole) - len(told)} more sources, of conditional options and disagreements, stand on the case page."
    yield "The facts behind this, with their sources: on the case page under All facts and sources."


def _cited(row: Row, numbers: Mapping[str, int]) -> str:
    found = dict.fromkeys(_number(line, numbers) for line in outline.cited(row))
    return f"Sources: {', '.join(found)}" if found else "No source is given."


def _number(line: Row, numbers: Mapping[str, int]) -> str:
    said = [] if line["status"] == "verified" else [mark_of(STATUSES, line["status"]).word]
    said += ["past review"] if line["past_review"] else []
    return f"[{' '.join((str(numbers[line['source']]), ', '.join(said))).strip()}]"


def _why(row: Row) -> str:
    """The entries behind a verdict by their titles, each role said once."""
    by_role: dict[str, dict[str, None]] = {}
    for trace in row["because"]:
        by_role.setdefault(ROLES.get(trace["role"], trace["role"]), {})[trace["title"]] = None
    return "; ".join(f"{role} {'; '.join(titles)}" for role, titles in by_role.items())


def _some(texts: Sequence[str], most: int) -> str:
    left = len(texts) - most
    return "; ".join(texts[:most]) + (f"; and {left} more" if left > 0 else "")


def _numbered(titles: Sequence[str]) -> list[str]:
    """Titles that hold semicolons themselves, told apart."""
    return [f"({place}) {title}" for place, title in enumerate(titles, 1)] if len(titles) > 1 else list(titles)


def _words(name: object) -> str:
    return str(name).replace("_", " ")

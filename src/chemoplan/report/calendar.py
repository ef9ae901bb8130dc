"""A course as an iCalendar (RFC 5545): all-day events for the days of treatment. The same course gives the same bytes.

No name or finding of a person is in it but the id of the case; each event says that it is a plan for review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from chemoplan.report.course_outline import due_text, runs_of

Row = Mapping[str, Any]
FOLD = 75
"""Bytes of a content line; the rest goes on in the next, which begins with a blank."""
FOR_REVIEW = "A plan for review by the care team, not an order: doses as published, worked out for each cycle by chemoplan order."


def course_calendar(course: Row) -> str:
    """The calendar of a course (of `course`), with CRLF at the end of every line."""
    stamp = (course["decided_on"] or course["start"]).replace("-", "") + "T000000Z"
    name = course["sequence"] or course["regimen"]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//chemoplan//course {course['chemoplan']}//EN",
        "CALSCALE:GREGORIAN",
    ]
    for event in _events(course):
        first, last = event["first"], event["last"]
        identity = "|".join(map(str, (course["case"], name, event["key"])))
        lines += [
            "BEGIN:VEVENT",
            f"UID:{sha256(identity.encode()).hexdigest()[:32]}@chemoplan.example",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{_compact(first)}",
            f"DTEND;VALUE=DATE:{_compact(last + timedelta(days=1))}",
            f"SUMMARY:{escaped(event['summary'])}",
            f"DESCRIPTION:{escaped(event['text'] + chr(10) + FOR_REVIEW)}",
            "TRANSP:TRANSPARENT",
            "STATUS:TENTATIVE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _events(course: Row) -> Iterator[dict[str, Any]]:
    """Day 1 and other days in the clinic one event each, days in a row with the same tablets or radiation one event together."""
    what = f"{course['case']}: {course['sequence'] or course['regimen']}"
    for cycle in course["cycles"]:
        which = f"cycle {cycle['cycle']}" if course["regimen"] else f"{cycle['regimen']} cycle {cycle['cycle']}"
        for run in runs_of(cycle):
            days = str(run.first_day) if run.first_day == run.last_day else f"{run.first_day} to {run.last_day}"
            drugs = [f"{item['title']}{' ends' if item['what'] == 'end' else ''}" for item in run.drugs]
            yield {
                "key": f"{cycle['step']}.{cycle['cycle']}.{run.key}", "first": run.first, "last": run.last,
                "summary": f"{what}, {which} day {days}: {', '.join(dict.fromkeys(drugs))}",
                "text": "\n".join(due_text(item) for item in run.drugs),
            }  # fmt: skip
    for step in course["steps"]:
        if step["regimen"] is None and step["starts"]:
            day = date.fromisoformat(step["starts"])
            yield {
                "key": f"step {step['step']}",
                "first": day,
                "last": day,
                "summary": f"{what}: {step['title']}",
                "text": step["note"],
            }
        elif step["window"] and step["status"] == "window":
            first, last = (date.fromisoformat(step["window"][key]) for key in ("earliest", "latest"))
            text = f"{step['gap']}. {step['note']}".strip()
            yield {
                "key": f"window {step['step']}", "first": first, "last": last,
                "summary": f"{what}: {step['title']} (earliest to latest day)", "text": text,
            }  # fmt: skip


def _compact(day: date) -> str:
    return f"{day:%Y%m%d}"


def escaped(text: str) -> str:
    """TEXT of RFC 5545: backslash, semicolon, comma and line feed escaped; other control characters left out."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    text = text.strip().replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(char for char in text if char.isprintable())


def folded(line: str) -> str:
    """The line in pieces of at most 75 bytes, never through a character."""
    pieces, piece, size = [], "", 0
    for char in line:
        length = len(char.encode("utf-8", "replace"))
        if size + length > FOLD:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + char, size + length
    return "\r\n".join([*pieces, piece])

"""The minutes of a tumor board meeting: as data, as plain text for a note, and as PDF. Formats, never decides."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from chemoplan.report.pdf import BASE, UNDATED, ReportRefused

WIDTH = 96


def minutes(center: str, zone: str, meeting: Any, agenda: Sequence[Any]) -> dict[str, Any]:
    """What the minutes say. A case that changed after the decision is marked, and one without a decision too."""
    return {
        "center": center,
        "title": meeting.title,
        "when": when(meeting.starts_at, zone),
        "closed": bool(meeting.closed),
        "items": [
            {
                "number": number,
                "case": row.case_label,
                "question": row.question,
                "decided": row.decided_at is not None,
                "decision": row.decision or "",
                "dissent": row.dissent or "",
                "owner": row.owner or "",
                "chosen": list((row.options or {}).get("chosen", ())),
                "by": row.decided_by_name or "",
                "at": when(row.decided_at, zone) if row.decided_at else "",
                "version": row.case_version,
                "changed_to": row.case_now if row.decided_at and row.case_now != row.case_version else None,
            }
            for number, row in enumerate(agenda, start=1)
        ],
    }


def when(moment: Any, zone: str) -> str:
    """A moment on the clock of the center."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def minutes_text(data: Mapping[str, Any]) -> str:
    """The minutes as plain text, for pasting into a note."""
    lines = [
        f"{data['center']}: {data['title']}",
        data["when"],
        "Closed" if data["closed"] else "Draft: the meeting is open",
        "",
    ]
    for item in data["items"]:
        lines.append(f"{item['number']}. {item['case']}")
        for label, words in _told(item):
            lines += textwrap.wrap(
                f"{label}: {' '.join(words.split())}", WIDTH, initial_indent="   ", subsequent_indent="      "
            )
        lines.append("")
    if not data["items"]:
        lines.append("No case on the agenda.")
    return "\n".join(lines).rstrip() + "\n"


def _told(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Question", item["question"]
    if not item["decided"]:
        yield "Decision", "none was written down"
        return
    yield "Decision", item["decision"]
    for option in item["chosen"]:
        yield "Option", f"{option['title']} ({option['verdict']} by the program)"
    if item["dissent"]:
        yield "Dissent", item["dissent"]
    yield "Owner", item["owner"]
    yield "Written by", f"{item['by']}, {item['at']}, on version {item['version']} of the case"
    if item["changed_to"]:
        yield "Note", f"the case has changed since: it is now version {item['changed_to']}"


def minutes_pdf(html: str, title: str, center: str) -> bytes:
    """The PDF of the page of the minutes. Raises ReportRefused when the extra `pdf` is not installed."""
    try:
        import plutoprint
    except ImportError:
        raise ReportRefused("PDF needs the extra `pdf`: pip install 'chemoplan[pdf]'") from None
    book = plutoprint.Book(plutoprint.PAGE_SIZE_LETTER, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    book.load_html(html, base_url=BASE)
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, title)
    book.set_metadata(plutoprint.PDF_METADATA_AUTHOR, center)
    book.set_metadata(plutoprint.PDF_METADATA_CREATOR, "chemoplan")
    book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, UNDATED)
    book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, UNDATED)
    stream = io.BytesIO()
    book.write_to_pdf_stream(stream)
    return stream.getvalue()

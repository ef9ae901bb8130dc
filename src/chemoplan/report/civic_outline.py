"""The words in which evidence of CIViC is told: its own words, marked as a second source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chemoplan.report.words import count_text

Row = Mapping[str, Any]
_JOINTS = {"substitutes": " or ", "sequential": ", then "}


def release_text(release: Row) -> str:
    """Which release it is, and what of it was used."""
    day = release["date"] or release["date_note"]
    text = f"{release['document']}, {day}; {count_text(release['items'], 'item')}"
    if release["not_parsed"]:
        text += f", {count_text(release['not_parsed'], 'profile')} not understood and so not matched"
    return text + (f"; {release['license']}" if release["license"] else "")


def item_text(row: Row) -> str:
    """One item in a phrase: profile, meaning, therapies."""
    joint = _JOINTS.get(str(row["interaction"]).lower(), " + ")
    therapies = joint.join(row["therapies"])
    return f"{row['profile']}: {row['meaning']}" + (f", {therapies}" if therapies else "")


def level_text(row: Row) -> str:
    """How strong CIViC calls an item, and where it comes from."""
    rating = f", rated {row['rating']} of 5" if row["rating"] else ", not rated"
    return f"level {row['evidence_level'] or 'not given'}{rating}; {row['type']}; {row['citation']}"


def sides(row: Row) -> Iterator[tuple[str, str]]:
    """Both sides of a contradiction, and which is the stronger."""
    for label, name in (("for", "supporting"), ("against", "against")):
        yield (
            label,
            "; ".join(f"item {item['id']} ({item['meaning']}, level {item['evidence_level']})" for item in row[name]),
        )
    yield (
        "stronger",
        "undecided" if row["winning"] == "undecided" else {"supporting": "for"}.get(row["winning"], "against"),
    )
    yield "because", row["because"]

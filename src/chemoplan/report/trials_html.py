"""Studies for a person as a page: verdicts, what to ask next, each study with its quoted reason; and one study line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import trials_outline as told
from chemoplan.report.html import page

Row = Mapping[str, Any]


def trials_html(result: Row, *, opened: bool = False) -> str:
    """The page of `trials match`. With `opened` every fold is open."""
    groups = [
        (verdict, mark, [row for row in result["trials"] if row["verdict"] == verdict])
        for verdict, mark in told.MARKS.items()
    ]
    return page(
        "trials.html.j2",
        _titled(result, f"Studies for {result['case']}"),
        heading="Studies for a person",
        told=told,
        groups=[group for group in groups if group[2]],
        opened=opened,
        many=False,
    )


def why_html(result: Row, *, opened: bool = False) -> str:
    """The page of `trials why`."""
    return page(
        "trials_why.html.j2",
        _titled(result, f"{result['trial']['nct_id']} for {result['case']}"),
        heading="A study explained",
        told=told,
        opened=opened,
        many=False,
    )


def _titled(result: Row, title: str) -> dict[str, Any]:
    return {**result, "title": result["title"] or title}

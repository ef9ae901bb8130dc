"""Kept studies as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import trials_list_outline
from chemoplan.report.html import page


def trials_list_html(listing: Mapping[str, Any], asked: str, provenance: Mapping[str, Any]) -> str:
    """The page of a list; `asked` tells what was looked for, `provenance` holds the program and the knowledge."""
    view = {**listing, **provenance, "case": asked, "title": "Registered studies", "kind": "report"}
    return page(
        "trials_list.html.j2",
        view,
        heading="Registered studies",
        subject="Asked for",
        told=trials_list_outline,
        opened=False,
        many=False,
    )

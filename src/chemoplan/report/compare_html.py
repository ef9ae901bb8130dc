"""A comparison of regimens as a page: what may be read from it, each event as icon arrays by trial, the regimens, the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import compare_outline as told
from chemoplan.report import icon_array
from chemoplan.report.html import page


def compare_html(comparison: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of a comparison. With `opened` every fold is open."""
    names = ", ".join(item["id"] for item in comparison["regimens"])
    view = {**comparison, "case": names, "title": f"Expected toxicity of {names}"}
    return page(
        "compare.html.j2",
        view,
        heading="Comparison of regimens",
        subject="Regimens",
        told=told,
        groups=_groups,
        array=_array,
        of_hundred=icon_array.of_hundred,
        sources=_sources(comparison),
        opened=opened,
        many=False,
    )


def _groups(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rates of an event: first each trial that holds two of the regimens, then every other rate by itself."""
    marks = told.event_marks(event)
    found = [
        {
            "mark": mark,
            "title": f"Within {pair['trial']}, {told.grade_text(pair)}",
            "text": pair["text"],
            "rows": [
                row
                for row in event["rows"]
                if row["same_trial"] and (row["trial"], row["grade"]) == (pair["trial"], pair["grade"])
            ],
        }
        for (mark, _), pair in zip(marks, event["comparisons"], strict=False)
    ]
    alone = [row for row in event["rows"] if not row["same_trial"]]
    if alone:
        mark = told.APART if len({row["regimen"] for row in alone}) > 1 and not found else None
        found.append({"mark": mark, "title": "Each from its own trial: no comparison", "text": "", "rows": alone})
    return found


def _array(event: Mapping[str, Any], row: Mapping[str, Any]) -> Any:
    label = (
        f"{row['regimen'] or row['arm']}, {event['event']}, {told.grade_text(row)}: {icon_array.of_hundred(row)} people "
        f"({told.rate_text(row)} {told.people_text(row)}, {row['trial']})"
    )
    return icon_array.icon_array(row, label)


def _sources(comparison: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every source of the page by id."""
    found = {row["source"]: {**row, "source_status": row["status"]} for row in comparison["sources"]}
    for item in (*comparison["studies"], *comparison["regimens"]):
        for line in item["evidence"]:
            found.setdefault(line["source"], line)
    return found

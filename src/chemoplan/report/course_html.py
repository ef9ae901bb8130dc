"""A course as a page to print: the next cycle, the steps, each cycle with its dates, what was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import course_outline, order_outline, outline
from chemoplan.report.html import page


def course_html(course: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of a course. With `opened` every fold is open."""
    rules = course_outline.applied_rules(course["next"]) if course["next"] else []
    lines = [*rules, *course["warnings"], {"evidence": course["evidence"]}]
    return page(
        "course.html.j2",
        course,
        heading=f"Course of {course['sequence'] or course['regimen']}@{course['version']}",
        told=course_outline,
        order_told=order_outline,
        sources=outline.sources({"findings": lines}),
        opened=opened,
        many=False,
    )

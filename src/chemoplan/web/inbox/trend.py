"""A course of grades as a small picture: one point a check-in, the newest on the right. Always beside the same grades in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

HIGHEST = 4
STEP, HIGH, EDGE = 22, 36, 6


def trend(grades: Sequence[int | None], title: str) -> Markup:
    """The picture. What is not known is a gap with a hollow square on the ground line, never a grade of 0."""
    width = 2 * EDGE + STEP * max(len(grades) - 1, 0) + 8
    points = [
        (EDGE + 4 + STEP * number, None if grade is None else _height(grade)) for number, grade in enumerate(grades)
    ]
    parts = [Markup('<path class="g-lead" d="M0 {}H{}"/>').format(HIGH - EDGE, width)]
    for (left, low), (right, high) in pairwise(points):
        if low is not None and high is not None:
            parts.append(Markup('<path class="g-path" d="M{} {}L{} {}"/>').format(left, low, right, high))
    for across, down in points:
        if down is None:
            parts.append(
                Markup('<rect class="g-box" x="{}" y="{}" width="7" height="7"/>').format(across - 3.5, HIGH - 11)
            )
        else:
            parts.append(Markup('<circle class="g-brand" cx="{}" cy="{}" r="4"/>').format(across, down))
    told = ", ".join("?" if grade is None else str(grade) for grade in grades)
    return Markup(
        '<svg class="trend" role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}"><title>{2}: {3}</title>{4}</svg>'
    ).format(width, HIGH, title, told, Markup("").join(parts))


def _height(grade: int) -> int:
    return HIGH - EDGE - round(min(grade, HIGHEST) * (HIGH - 2 * EDGE) / HIGHEST)

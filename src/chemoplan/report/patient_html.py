"""A patient's plan as the page that becomes a PDF: from the template of the plan on the screen, so both say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from chemoplan.report.html import page
from chemoplan.report.icon_array import icon_array

Row = Mapping[str, Any]


def patient_page(released: Row, *, center: str, phone: str, density: str = "") -> str:
    """The plan as a whole page made for paper; `density` is a class of patient_plan.css."""
    return page("patient_page.html.j2", {}, density=density, **_context(released, center, phone))


def _context(released: Row, center: str, phone: str) -> dict[str, Any]:
    return {"released": released, "call_center": center, "call_phone": phone, "icon_picture": _picture}


def _picture(number: float, label: str) -> Markup:
    return icon_array({"number": number, "percent": str(number)}, label)

"""An audit of an order as a page: the doses side by side, the findings worst first, what was not checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import audit_order_outline, outline
from chemoplan.report.html import page


def order_audit_html(result: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of an audit of an order. With `opened` every fold is open."""
    return page(
        "audit_order.html.j2",
        result,
        heading=f"Audit of an order of {result['regimen']}@{result['version']}",
        told=audit_order_outline,
        sources=outline.sources(result),
        opened=opened,
        many=False,
    )

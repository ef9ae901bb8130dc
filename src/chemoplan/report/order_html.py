"""An order as a page to print and sign: the double-check sheet, with a second calculation beside each dose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import order_outline as outline
from chemoplan.report.html import page


def order_html(order: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of an order (of `order` with `double_check`). With `opened` every fold is open."""
    checks: dict[str, list[Mapping[str, Any]]] = {}
    for row in order.get("double_check", ()):
        checks.setdefault(row["part"], []).append(row)
    return page(
        "order.html.j2",
        order,
        heading=f"Order of {order['regimen']}@{order['version']}",
        told=outline,
        checks=checks,
        sources=outline.sources(order),
        opened=opened,
        many=False,
    )

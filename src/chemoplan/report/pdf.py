"""A plan or an audit as PDF, from the same page as the HTML."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from chemoplan.report.html import audit_html, plan_html

UNDATED = "1970-01-01T00:00:00+00:00"
"""The creation date of a report without a decision date: the clock of the machine must not change the bytes."""

BASE = "https://chemoplan.example/report"


class ReportRefused(ValueError):
    """The report cannot be made; the message says what would be right."""


def plan_pdf(plan: Mapping[str, Any]) -> bytes:
    """The PDF of a plan. Raises ReportRefused when the extra `pdf` is not installed."""
    return _pdf(plan_html(plan, opened=True), plan, "Plan")


def audit_pdf(audit: Mapping[str, Any]) -> bytes:
    """The PDF of an audit. Raises ReportRefused when the extra `pdf` is not installed."""
    return _pdf(audit_html(audit, opened=True), audit, "Audit of a proposed plan")


def order_pdf(order: Mapping[str, Any]) -> bytes:
    """The double-check sheet of an order as PDF. Raises ReportRefused when the extra `pdf` is not installed."""
    from chemoplan.report.order_html import order_html

    return _pdf(order_html(order, opened=True), order, "Order")


def _pdf(html: str, report: Mapping[str, Any], title: str) -> bytes:
    try:
        import plutoprint
    except ImportError:
        raise ReportRefused("PDF needs the extra `pdf`: pip install 'chemoplan[pdf]'") from None
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    # Links within the page need an address to be relative to; nothing is ever fetched from it.
    book.load_html(html, base_url=BASE)
    decided = report.get("decided_on")
    when = f"{decided}T00:00:00+00:00" if decided else UNDATED
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, f"{title} for {report['case']}")
    book.set_metadata(plutoprint.PDF_METADATA_CREATOR, f"chemoplan {report['chemoplan']}")
    book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, when)
    book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, when)
    stream = io.BytesIO()
    book.write_to_pdf_stream(stream)
    return stream.getvalue()

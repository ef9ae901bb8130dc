"""A patient's plan as a PDF of one or two pages, from the page that says the same."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from chemoplan.report.patient_html import patient_page
from chemoplan.report.patient_pdf_language import with_language
from chemoplan.report.pdf import BASE, UNDATED, ReportRefused

MOST_PAGES = 2
DENSITIES = ("", "dense", "denser")
"""Letters as large as two pages allow; a plan of many options at once may still take more pages, in the smallest."""


def patient_pdf(released: Mapping[str, Any], *, center: str, phone: str) -> bytes:
    """The PDF of a snapshot (`PatientPlan.as_json`). The same snapshot gives the same bytes.

    Raises ReportRefused when the extra `pdf` is not installed.
    """
    try:
        import plutoprint
    except ImportError:
        raise ReportRefused("PDF needs the extra `pdf`: pip install 'chemoplan[pdf]'") from None
    for density in DENSITIES:
        book = plutoprint.Book(plutoprint.PAGE_SIZE_LETTER, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
        book.load_html(patient_page(released, center=center, phone=phone, density=density), base_url=BASE)
        if book.get_page_count() <= MOST_PAGES:
            break
    # Nothing about the person stands in the metadata, which file managers show.
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, released["words"]["title"])
    book.set_metadata(plutoprint.PDF_METADATA_AUTHOR, center)
    book.set_metadata(plutoprint.PDF_METADATA_CREATOR, "chemoplan")
    book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, UNDATED)
    book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, UNDATED)
    stream = io.BytesIO()
    book.write_to_pdf_stream(stream)
    return with_language(stream.getvalue(), released["language"])

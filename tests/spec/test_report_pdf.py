"""The PDF: made from the page, the same bytes every time, a clear refusal where the library is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import unicodedata

import pytest

from chemoplan.report.pdf import ReportRefused, audit_pdf, plan_pdf
from tests.spec.report_plans import audits, plans


def test_without_the_library_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    with pytest.raises(ReportRefused, match=r"pip install 'chemoplan\[pdf\]'"):
        plan_pdf(plans()["example-05"])


def test_the_same_plan_gives_the_same_bytes():
    pytest.importorskip("plutoprint", reason="the extra pdf is not installed")
    first = plan_pdf(plans()["example-05"])
    assert first.startswith(b"%PDF-")
    assert first == plan_pdf(plans()["example-05"])


@pytest.mark.parametrize("make", [lambda: plan_pdf(plans()["example-03"]), lambda: audit_pdf(audits()["example-03"])])
def test_every_page_names_the_case_the_knowledge_and_that_nobody_signed(make, tmp_path):
    pytest.importorskip("plutoprint", reason="the extra pdf is not installed")
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    (tmp_path / "report.pdf").write_bytes(make())
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    # Fonts may join letters (ff), and the layout may move blanks.
    pages = ["".join(unicodedata.normalize("NFKC", page).split()) for page in text.rstrip("\f").split("\f")]
    assert len(pages) > 1
    for at, page in enumerate(pages, 1):
        assert "Caseexample-03·knowledge" in page
        assert "notsignedoffbyaclinician" in page
        assert f"{at}/{len(pages)}" in page

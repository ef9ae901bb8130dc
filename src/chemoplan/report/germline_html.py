"""A germline as one self-contained page: what could harm first, who says what of each drug, the genes with their positions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import germline_figure as figure
from chemoplan.report import germline_outline as outline
from chemoplan.report.html import page


def germline_html(report: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of a germline. With `opened` every fold is open."""
    view = outline.ready(report)
    genes = []
    for gene in view["genes"]:
        rows = outline.positions_of(view, gene["gene"])
        genes.append({"row": gene, "positions": rows, "svg": figure.gene_figure(gene["gene"], rows, view["build"])})
    return page(
        "germline.html.j2",
        view,
        heading="Inherited genes",
        subject="Sample",
        told=outline,
        figure=figure,
        genes=genes,
        groups=outline.drug_groups(view),
        sources=outline.numbered(outline.all_evidence(view)),
        opened=opened,
        many=False,
    )

"""A tumor as one self-contained page: what it means for treatment, the changes along each protein, what was not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemoplan.report import civic_outline, figures
from chemoplan.report import tumor_outline as outline
from chemoplan.report.html import page


def tumor_html(report: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of a tumor. With `opened` every fold is open."""
    view = outline.ready(report)
    variants = outline.variants_of(view)
    plots, kinds = [], []
    for gene in dict.fromkeys(variant["gene"] for variant in variants):
        rows = [variant for variant in variants if variant["gene"] == gene]
        drawn = figures.lollipops(gene, rows)
        domains = figures.domains_text(gene) if drawn is not None else ""
        plots.append(
            {
                "gene": gene,
                "svg": drawn,
                "domains": domains,
                "undrawn": figures.undrawn_text(gene, rows) if drawn is None else "",
                "rows": [{**row, "kind": figures.kind_of(row)} for row in rows],
            }
        )
        if drawn is not None:
            kinds += [figures.kind_of(row) for row in rows]
    return page(
        "tumor.html.j2",
        view,
        heading="Tumor",
        subject="Tumor",
        told=outline,
        civic=civic_outline,
        figures=figures,
        groups=outline.assertion_groups(view),
        titles=outline.titles_of(view),
        plots=plots,
        kinds=figures.kinds_in(kinds),
        shapes=figures.shapes(),
        sources=outline.numbered(outline.all_evidence(view)),
        opened=opened,
        many=False,
    )

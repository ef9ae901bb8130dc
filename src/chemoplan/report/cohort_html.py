"""A study as one self-contained page: an oncoprint, tiers, frequencies with intervals, what was not tested, what disagrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chemoplan.report import cohort_outline, figures, tumor_outline
from chemoplan.report.html import page

GENES_SHOWN = 24
DISCORDANT_SHOWN = PROBLEMS_SHOWN = 60


def cohort_html(summary: Mapping[str, Any], alterations: Sequence[Mapping[str, Any]]) -> str:
    """The page of a study. `alterations` holds the calls of each tumor by gene, as cohort/summary.py gives them."""
    counts = cohort_outline.gene_counts(alterations, GENES_SHOWN)
    genes = [gene for gene, _ in counts]
    columns = [
        figures.Column(
            row["sample"],
            {
                gene: [(figures.kind_of(call), tumor_outline.change_text(call)) for call in row["found"][gene]]
                for gene in genes
                if row["found"].get(gene)
            },
            frozenset(genes) - frozenset(row["covered"]) - frozenset(row["found"]),
        )
        for row in alterations
    ]
    covered = any(row["covered"] for row in alterations)
    if not covered:
        columns = [figures.Column(column.name, column.found) for column in columns]
    number = len(columns)
    whole = {gene for gene in genes if covered and all(gene in row["covered"] for row in alterations)}
    shares = {gene: cohort_outline.gene_share_text(found, number, gene in whole) for gene, found in counts}
    view = {
        **summary,
        "case": summary["study"],
        "title": f"Study {summary['study']}",
        "kind": "report",
        "knowledge": {"overlays": [], "signed_off": False, **summary["knowledge"]},
    }
    return page(
        "cohort.html.j2",
        view,
        heading="Study of tumors",
        subject="Study",
        told=cohort_outline,
        tumors=tumor_outline,
        figures=figures,
        print_svg=figures.oncoprint(genes, columns, shares) if genes and columns else None,
        kinds=figures.kinds_in(kind for column in columns for calls in column.found.values() for kind, _ in calls),
        shares=shares,
        covered=covered,
        most_problems=PROBLEMS_SHOWN,
        most_discordant=DISCORDANT_SHOWN,
        opened=False,
        many=False,
    )

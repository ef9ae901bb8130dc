"""Small invented tumors for tests: a call in a few words, an assay that looked at some genes."""

from __future__ import annotations

from chemoplan.case.statement import Source
from chemoplan.genomics.protein import parse_protein
from chemoplan.genomics.tumor import Assay, CopyNumber, Fusion, Result, Tumor, Variant

HERE = Source("calls.maf", "line 2")
RAS_CODONS = frozenset((gene, codon) for gene in ("KRAS", "NRAS") for codon in (12, 13, 59, 61, 117, 146))


def call(text: str, **more: object) -> Variant:
    """A call such as "KRAS G12C"."""
    gene, change = text.split()
    values = {"effect": "altering", "classification": "Missense_Mutation", "source": HERE, "text": change, **more}
    return Variant(gene=gene, change=parse_protein(change), **values)  # type: ignore[arg-type]


def assay(
    *genes: str, codons: frozenset[tuple[str, int]] = frozenset(), copies: str = "", fusions: str = "", **more: object
) -> Assay:
    """An assay that read the whole of some genes."""
    return Assay(
        "panel",
        Source("panel.txt"),
        frozenset(genes),
        codons,
        frozenset(copies.split()),
        frozenset(fusions.split()),
        **more,
    )  # type: ignore[arg-type]


def tumor(*calls: str | Variant, assays: tuple[Assay, ...] = (), calls_read: int | None = 1, **more: object) -> Tumor:
    """A sequenced tumor with some calls."""
    variants = tuple(call(item) if isinstance(item, str) else item for item in calls)
    values: dict[str, object] = {"calls": calls_read, "altering": None if calls_read is None else len(variants), **more}
    return Tumor("T1", "P1", "GRCh37", variants, assays=assays, **values)  # type: ignore[arg-type]


def copies(gene: str, level: int) -> CopyNumber:
    """A discrete copy number."""
    return CopyNumber(gene, Source("data_CNA.txt", f"row {gene}"), level)


def fusion(*genes: str, in_frame: bool | None = True) -> Fusion:
    """A structural variant."""
    return Fusion(genes, Source("data_sv.txt", "line 2"), in_frame)


def result(what: str, value: str | float) -> Result:
    """A reported result."""
    return Result(what, value, Source("data_clinical_sample.txt", f"column {what}"))

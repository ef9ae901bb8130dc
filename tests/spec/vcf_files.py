"""Small VCF files for tests: a header, records, and the places of a few known codons in both builds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from chemoplan.genomics.tumor import Tumor, Variant
from chemoplan.intake import InputRefused
from chemoplan.intake.vcf import read_vcf

GENES = frozenset({"KRAS", "NRAS", "BRAF", "TP53", "PIK3CA", "POLE", "ERBB2"})
CONTIGS = {
    "GRCh37": "##contig=<ID=12,length=133851895>",
    "GRCh38": "##contig=<ID=chr12,length=133275309>",
}
# KRAS codon 12 is GGT on the minus strand: ACC on the plus strand from the lowest place up.
KRAS12 = {"GRCh37": ("12", 25398283), "GRCh38": ("chr12", 25245349)}
G12C = {"GRCh37": "12\t25398285\t.\tC\tA", "GRCh38": "chr12\t25245351\t.\tC\tA"}
CSQ = "Allele|Consequence|SYMBOL|Feature|BIOTYPE|HGVSc|HGVSp|CANONICAL"
ANN = (
    "'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | "
    "Rank | HGVS.c | HGVS.p | cDNA.pos | CDS.pos | AA.pos | Distance | ERRORS'"
)


def vep(columns: str = CSQ) -> str:
    return f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {columns}">'


def snpeff() -> str:
    return f'##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations: {ANN}">'


def record(
    change: str, sample: str = "0/1:80,20:100", filters: str = "PASS", info: str = ".", form: str = "GT:AD:DP"
) -> str:
    return f"{change}\t.\t{filters}\t{info}\t{form}\t{sample}"


def text(
    records: list[str],
    build: str | None = "GRCh37",
    meta: tuple[str, ...] = (),
    samples: tuple[str, ...] = ("tumor-1",),
) -> str:
    lines = [
        "##fileformat=VCFv4.2",
        '##FILTER=<ID=germline,Description="germline">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads by allele">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
        '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Least depth of the block">',
        '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
        '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the block">',
        *([CONTIGS[build]] if build else []),
        *meta,
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]),
    ]
    return "\n".join([*lines, *records, ""])


def write(folder: Path, content: str, name: str = "tumor.vcf") -> Path:
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)
    return path


def read(folder: Path, records: list[str], **options: object) -> Tumor:
    meta = options.pop("meta", ())
    samples = options.pop("samples", ("tumor-1",))
    header = options.pop("header", "GRCh37")
    content = text(records, header, meta, samples)  # type: ignore[arg-type]
    return read_vcf(write(folder, content), genes=GENES, **options)  # type: ignore[arg-type]


def only(tumor: Tumor) -> Variant:
    (variant,) = tumor.variants
    return variant


def refusal(folder: Path, content: str, name: str = "tumor.vcf", **options: object) -> str:
    with pytest.raises(InputRefused) as caught:
        read_vcf(write(folder, content, name), genes=GENES, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith(name) and "\n" not in message
    return message

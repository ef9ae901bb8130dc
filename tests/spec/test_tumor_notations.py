"""The same change gives the same facts however a file writes it: protein, coding or genomic, one or three letters, either build."""

from __future__ import annotations

from pathlib import Path

import pytest

from chemoplan.genomics.interpret import interpret
from chemoplan.genomics.markers import genes_of_interest
from chemoplan.genomics.protein import parse_protein
from chemoplan.intake.tumor_file import read_tumor
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
GENES = genes_of_interest(KNOWLEDGE)
HEADER = [
    "Hugo_Symbol",
    "NCBI_Build",
    "Chromosome",
    "Start_Position",
    "End_Position",
    "Reference_Allele",
    "Tumor_Seq_Allele2",
]
CHANGES = [
    # gene, change, coding, chromosome, GRCh37, GRCh38, reference, alternative
    ("KRAS", "G12C", "c.34G>T", "12", 25398285, 25245351, "C", "A"),
    ("KRAS", "G12D", "c.35G>A", "12", 25398284, 25245350, "C", "T"),
    ("KRAS", "G13D", "c.38G>A", "12", 25398281, 25245347, "C", "T"),
    ("KRAS", "A59T", "c.175G>A", "12", 25380283, 25227349, "C", "T"),
    ("KRAS", "K117N", "c.351A>T", "12", 25378647, 25225713, "T", "A"),
    ("KRAS", "A146T", "c.436G>A", "12", 25378562, 25225628, "C", "T"),
    ("NRAS", "Q61K", "c.181C>A", "1", 115256530, 114713909, "G", "T"),
    ("BRAF", "V600E", "c.1799T>A", "7", 140453136, 140753336, "A", "T"),
    ("PIK3CA", "E545K", "c.1633G>A", "3", 178936091, 179218303, "G", "A"),
    ("PIK3CA", "H1047R", "c.3140A>G", "3", 178952085, 179234297, "A", "G"),
]
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|SYMBOL|HGVSc|HGVSp|CANONICAL">\n'
)
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | Annotation_Impact | "
    "Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | "
    "CDS.pos / CDS.length | AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO'\">\n"
)


def known(path: Path, **more: object) -> dict[str, object]:
    """The facts that a file states."""
    report = interpret(read_tumor(path, genes=GENES, **more), KNOWLEDGE)  # type: ignore[arg-type]
    return {row["name"]: row["value"] for row in report["facts"] if row["value"] is not None}


def maf(folder: Path, columns: dict[str, str]) -> Path:
    path = folder / "calls.maf"
    names = {"Tumor_Sample_Barcode": "T1", **columns}
    path.write_text("\t".join(names) + "\n" + "\t".join(names.values()) + "\n")
    return path


def vcf(
    folder: Path, build: str, chromosome: str, position: int, ref: str, alt: str, info: str = ".", header: str = ""
) -> Path:
    lengths = {"GRCh37": 249250621, "GRCh38": 248956422}
    path = folder / "calls.vcf"
    path.write_text(
        f"##fileformat=VCFv4.2\n##contig=<ID=1,length={lengths[build]}>\n##contig=<ID={chromosome}>\n"
        if chromosome != "1"
        else f"##fileformat=VCFv4.2\n##contig=<ID=1,length={lengths[build]}>\n"
    )
    with path.open("a") as stream:
        stream.write(header)
        stream.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        stream.write(f"{chromosome}\t{position}\t.\t{ref}\t{alt}\t.\tPASS\t{info}\n")
    return path


@pytest.mark.parametrize(
    ("gene", "change", "coding", "chromosome", "old", "new", "ref", "alt"), CHANGES, ids=lambda item: str(item)
)
def test_every_notation_states_the_same_facts(
    tmp_path: Path, gene: str, change: str, coding: str, chromosome: str, old: int, new: int, ref: str, alt: str
) -> None:
    parsed = parse_protein(change)
    assert parsed
    three = parsed.three_letter
    base = {"Hugo_Symbol": gene}
    wanted = known(maf(tmp_path, {**base, "HGVSp_Short": f"p.{change}", "Variant_Classification": "Missense_Mutation"}))
    assert any(value in ("detected", "mutated") for value in wanted.values())
    written = [
        {**base, "HGVSp_Short": change},
        {**base, "HGVSp": three},
        {**base, "HGVSp": f"ENSP00000000000.1:{three}"},
        {**base, "HGVSp": f"p.({three[2:]})"},
        {**base, "HGVSc": coding},
        {**base, "HGVSc": f"ENST00000000000.1:{coding}"},
    ]
    for build, position in (("GRCh37", old), ("GRCh38", new)):
        place = [build, chromosome, str(position), str(position), ref, alt]
        written.append(dict(zip(HEADER, [gene, *place], strict=True)))
        written.append(dict(zip(HEADER, [gene, build, f"chr{chromosome}", *place[2:]], strict=True)))
    for columns in written:
        assert known(maf(tmp_path, columns)) == wanted, columns
    for build, position in (("GRCh37", old), ("GRCh38", new)):
        assert known(vcf(tmp_path, build, chromosome, position, ref, alt)) == wanted, build
        one = f"CSQ={alt}|missense_variant|{gene}|ENST1.1:{coding}|ENSP1.1:{three}|YES"
        assert known(vcf(tmp_path, build, chromosome, position, ref, alt, one, CSQ)) == wanted, build
        two = f"ANN={alt}|missense_variant|MODERATE|{gene}|{gene}|transcript|ENST1.1|protein_coding|1/1|{coding}|{three}|1/9|1/9|1/9||"
        assert known(vcf(tmp_path, build, chromosome, position, ref, alt, two, ANN)) == wanted, build
    for text in (f"{gene} {change}", f"{gene} {three}", f"{gene}:{coding}", f"chr{chromosome}:{old} {ref}>{alt}"):
        listed = tmp_path / "typed.txt"
        listed.write_text(text + "\n")
        assert known(listed) == wanted, text


@pytest.mark.parametrize(
    ("gene", "change", "coding", "chromosome", "old", "new", "ref", "alt"), CHANGES, ids=lambda item: str(item)
)
def test_the_wrong_build_is_refused_and_never_read_as_wild_type(
    tmp_path: Path, gene: str, change: str, coding: str, chromosome: str, old: int, new: int, ref: str, alt: str
) -> None:
    from chemoplan.intake.refused import InputRefused

    for build, position in (("GRCh37", new), ("GRCh38", old)):
        with pytest.raises(InputRefused, match="GRCh3"):
            read_tumor(vcf(tmp_path, build, chromosome, position, ref, alt), genes=GENES)
        row = dict(zip(HEADER, [gene, build, chromosome, str(position), str(position), ref, alt], strict=True))
        with pytest.raises(InputRefused, match="GRCh3"):
            read_tumor(maf(tmp_path, row), genes=GENES)

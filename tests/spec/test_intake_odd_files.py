"""Files as they really come: genes by another name, half-copied downloads, byte order marks, names that promise too much."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.tumor import Tumor
from chemoplan.intake.gene_panel import read_gene_panel
from chemoplan.intake.maf import read_maf
from chemoplan.intake.refused import InputRefused
from chemoplan.intake.tumor_file import read_tumor, read_tumors
from chemoplan.knowledge import load_knowledge
from tests.spec.vcf_files import record, text, write

pytest.importorskip("polars")
pytest.importorskip("pysam")

GENES = frozenset({"KRAS", "NRAS", "BRAF", "ERBB2", "TP53"})
COLUMNS = (
    "Hugo_Symbol\tNCBI_Build\tChromosome\tStart_Position\tVariant_Classification\tReference_Allele\tTumor_Seq_Allele2\t"
    "Tumor_Sample_Barcode\tHGVSp_Short\n"
)


def kras(gene: str = "KRAS", classification: str = "Missense_Mutation", protein: str = "p.G12D") -> str:
    return f"{gene}\tGRCh37\t12\t25398284\t{classification}\tC\tT\tS1\t{protein}\n"


def put(folder: Path, content: str | bytes, name: str = "calls.maf") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, panel: bool = True) -> Tumor:
    listed = put(path.parent, "".join(f"{gene}\n" for gene in sorted(GENES)), "panel.txt")
    return read_tumor(path, genes=GENES, panels=[read_gene_panel(listed)] if panel else [])


def ras(tumor: Tumor) -> object:
    return conclude(tumor, load_knowledge())["ras"].value


def refusal(path: Path) -> str:
    with pytest.raises(InputRefused) as caught:
        read_tumor(path, genes=GENES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("gene", ["K-RAS", "kras", "KRAS2", "KRAS;LRMP", "LRMP,KRAS"])
def test_a_gene_is_found_by_any_of_its_names_and_in_a_list(tmp_path: Path, gene: str) -> None:
    assert ras(read(put(tmp_path, COLUMNS + kras(gene)))) == "mutated"


@pytest.mark.parametrize("gene", ["", ".", "Unknown", "3845", "ENSG00000133703"])
def test_a_call_without_a_gene_belongs_to_the_gene_of_its_codon(tmp_path: Path, gene: str) -> None:
    tumor = read(put(tmp_path, COLUMNS + kras(gene, "", "")))
    assert ras(tumor) == "mutated"
    assert "name no gene and lie in KRAS, codon 12" in " ".join(problem.message for problem in tumor.problems)


def test_a_call_of_another_gene_at_a_known_codon_is_in_doubt_and_never_wild_type(tmp_path: Path) -> None:
    tumor = read(put(tmp_path, COLUMNS + kras("LRMP")))
    assert ras(tumor) is None
    assert "the gene is 'LRMP', but the place lies in KRAS, codon 12" in tumor.variants[0].doubt


def test_a_call_that_names_no_gene_and_no_known_place_is_told(tmp_path: Path) -> None:
    tumor = read(put(tmp_path, COLUMNS + kras("").replace("25398284", "100")))
    assert "name no gene; they were counted, and may lie in any gene" in " ".join(
        item.message for item in tumor.problems
    )
    assert tumor.unplaced == 1


@pytest.mark.parametrize("classification", ["Intron", "Silent", "3'UTR"])
def test_a_class_that_contradicts_the_place_leaves_the_biomarker_unknown(tmp_path: Path, classification: str) -> None:
    tumor = read(put(tmp_path, COLUMNS + kras("KRAS", classification, "")))
    assert ras(tumor) is None
    assert f"{classification} and KRAS p.G12D contradict each other" in tumor.variants[0].doubt


@pytest.mark.parametrize("before", ["\ufeff", "\ufeff#version 2.4\n", "#" + "x" * 9000 + "\n"])
def test_a_byte_order_mark_or_a_long_comment_does_not_hide_a_maf(tmp_path: Path, before: str) -> None:
    path = put(tmp_path, before + COLUMNS + kras())
    assert ras(read(path)) == "mutated"
    assert ras(read_tumors(path, genes=GENES)[0]) == "mutated"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ((COLUMNS + kras()).replace("\t", ","), "line 1: 'Hugo_Symbol,NCBI_Build"),
        (COLUMNS.replace("Tumor_Sample_Barcode", "Barcode") + kras(), "line 1: no column Tumor_Sample_Barcode"),
        (COLUMNS.replace("Hugo_Symbol", '"Hugo_Symbol"') + kras(), "no column Hugo_Symbol among '\"Hugo_Symbol\"'"),
        ((COLUMNS + kras()).encode("utf-16"), "UTF-16 text; save it as UTF-8"),
        ("<!DOCTYPE html><html></html>", "an HTML or XML page, not a table"),
        (b"PK\x03\x04\x00\x00", "line 1: binary content"),
        ("#version 2.4\n", "only comment lines"),
    ],
)
def test_a_file_that_calls_itself_a_maf_is_refused_for_what_is_wrong_with_it(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    assert words in refusal(put(tmp_path, content))


def test_a_vcf_with_a_byte_order_mark_is_refused_by_name(tmp_path: Path) -> None:
    assert "byte order mark" in refusal(put(tmp_path, "\ufeff##fileformat=VCFv4.2\n", "tumor.vcf"))


def test_a_last_line_without_an_end_is_pointed_out(tmp_path: Path) -> None:
    cut = read_maf(put(tmp_path, (COLUMNS + kras())[:-3]), genes=GENES)
    (problem,) = (item for item in cut.problems if "no line end" in item.message)
    assert problem.path == "calls.maf, line 2"
    assert not read_maf(put(tmp_path, COLUMNS + kras()), genes=GENES).problems


def test_a_blocked_gzip_file_without_its_last_block_is_refused(tmp_path: Path) -> None:
    import pysam

    plain, packed = put(tmp_path, COLUMNS + kras()), tmp_path / "calls.maf.gz"
    pysam.tabix_compress(str(plain), str(packed))
    assert ras(read(packed)) == "mutated"
    packed.write_bytes(packed.read_bytes()[:-28])
    assert "cut off" in refusal(packed)
    packed.write_bytes(gzip.compress((COLUMNS + kras()).encode()))
    assert ras(read(packed)) == "mutated"


def test_a_panel_does_not_make_up_for_a_codon_that_the_file_shows_to_be_read_too_little(tmp_path: Path) -> None:
    block = record("12\t25398200\t.\tC\t<NON_REF>", "0/0:{0}:{0}", info="END=25398300", form="GT:DP:MIN_DP")
    deep = read(write(tmp_path, text([block.format(200)])))
    low = read(write(tmp_path, text([block.format(20)])))
    assert (ras(deep), ras(low)) == ("wild_type", None)
    assert ("KRAS", 12) in low.shallow and not deep.shallow
    assert all("KRAS" not in assay.genes for assay in low.assays) and any("NRAS" in assay.genes for assay in low.assays)


def test_a_reference_call_without_a_depth_is_told_and_contradicts_no_panel(tmp_path: Path) -> None:
    tumor = read(
        write(tmp_path, text([record("12\t25398200\t.\tC\t<NON_REF>", "0/0", info="END=25398300", form="GT")]))
    )
    assert ras(tumor) == "wild_type"
    assert "are given without a depth and do not count as read" in " ".join(item.message for item in tumor.problems)


@pytest.mark.parametrize(
    ("change", "end", "value"),
    [
        ("12\t25398000\t.\tC\t<DEL>", 25399000, None),
        ("12\t25398284\t.\tC\t<DEL>", 25398290, None),
        ("12\t25000000\t.\tC\t<DEL>", 26000000, "wild_type"),
        ("12\t25398284\t.\tC\t*", 25398284, None),
    ],
)
def test_a_symbolic_change_that_breaks_a_gene_leaves_its_codons_unknown(
    tmp_path: Path, change: str, end: int, value: str | None
) -> None:
    assert ras(read(write(tmp_path, text([record(change, info=f"END={end}")])))) == value


def test_a_vcf_that_may_be_cut_off_is_pointed_out(tmp_path: Path) -> None:
    whole = text([record("12\t25398284\t.\tC\tT")])
    words = {
        "the last line has no line end": whole[:-3],
        "a header and no records": text([]),
    }
    for message, content in words.items():
        assert message in " ".join(item.message for item in read(write(tmp_path, content)).problems)
    assert not read(write(tmp_path, whole)).problems


def test_a_list_of_alterations_may_hold_amplifications_and_fusions_in_words(tmp_path: Path) -> None:
    rows = ["ERBB2\tAmplification", "NTRK1\tTPM3-NTRK1 Fusion", "RET\tFusion", "KRAS\tG12D", "MYC\tAmplification"]
    content = "HUGO_SYMBOL\tALTERATION\tSAMPLE_ID\n" + "".join(f"{row}\tS1\n" for row in rows)
    reading = read_maf(put(tmp_path, content), genes=GENES | {"NTRK1", "RET"})
    (tumor,) = reading.tumors
    assert [(item.gene, item.level, str(item.source)) for item in tumor.copies] == [("ERBB2", 2, "calls.maf (line 2)")]
    assert [item.genes for item in tumor.fusions] == [("TPM3", "NTRK1"), ("RET",)]
    assert [(item.gene, str(item.change)) for item in tumor.variants] == [("KRAS", "p.G12D")]
    assert (tumor.calls, reading.set_aside, reading.rows) == (1, {"event": 4}, 5)
    assert not reading.problems


def test_a_list_of_nothing_but_events_is_a_tumor_without_calls(tmp_path: Path) -> None:
    content = "HUGO_SYMBOL\tALTERATION\tSAMPLE_ID\nERBB2\tAmplification\tS1\nERBB2\t8-HT fusion\tS1\n"
    reading = read_maf(put(tmp_path, content), genes=GENES)
    assert reading.tumors[0].calls is None and len(reading.tumors[0].copies) == 1
    assert "event(s) were not understood" in reading.problems[0].message


@pytest.mark.parametrize("cell", ["8", "0.3", "-2.4"])
def test_a_table_of_levels_with_another_number_is_refused_since_none_of_its_numbers_is_a_level(
    tmp_path: Path, cell: str
) -> None:
    table = put(tmp_path, f"Hugo_Symbol\tValue\nERBB2\t2\nKRAS\t{cell}\n", "copies.txt")
    with pytest.raises(InputRefused, match=r"copies\.txt, line 3: KRAS has .* holds log ratios or numbers of copies"):
        read_tumor(put(tmp_path, COLUMNS + kras()), genes=GENES, copy_number=[table])


@pytest.mark.parametrize("genomic", ["12:g.25245350C>T", "chr12:g.25245350C>T"])
def test_a_wrong_build_is_seen_in_genomic_notation_alone(tmp_path: Path, genomic: str) -> None:
    header = "Hugo_Symbol\tTumor_Sample_Barcode\tNCBI_Build\tHGVSg\n"
    assert "line 2: 1 of the places are known codons in GRCh38" in refusal(
        put(tmp_path, f"{header}KRAS\tS1\tGRCh37\t{genomic}\n")
    )
    assert ras(read(put(tmp_path, f"{header}KRAS\tS1\tGRCh38\t{genomic}\n"))) == "mutated"
    assert ras(read(put(tmp_path, f"{header}Unknown\tS1\tGRCh38\t{genomic}\n"))) == "mutated"

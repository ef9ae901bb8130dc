"""Gene panels: what a BED, a gene list or a study's panel file says was looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from chemoplan.genomics.tumor import Assay
from chemoplan.intake import InputRefused
from chemoplan.intake.gene_panel import read_gene_panel

# KRAS codons 11 to 13 in GRCh37 lie at 25398280 to 25398288 (1-based), which is 25398279 to 25398288 in a BED.
KRAS_37 = "12\t25398279\t25398288\tKRAS_ex2\n"


def panel(folder: Path, text: str, name: str = "panel.bed", **options: object) -> Assay:
    path = folder / name
    path.write_text(text)
    return read_gene_panel(path, **options)  # type: ignore[arg-type]


def refusal(folder: Path, text: str, name: str = "panel.bed", **options: object) -> str:
    with pytest.raises(InputRefused) as caught:
        panel(folder, text, name, **options)
    assert str(caught.value).startswith(name) and "\n" not in str(caught.value)
    return str(caught.value)


def test_a_bed_covers_the_codons_that_lie_wholly_inside(tmp_path: Path) -> None:
    assay = panel(tmp_path, KRAS_37, build="GRCh37")
    assert assay.codons == {("KRAS", 11), ("KRAS", 12), ("KRAS", 13)}
    assert (assay.genes, assay.copy_number, assay.fusions) == (frozenset(),) * 3
    assert assay.megabases == pytest.approx(9 / 1e6)
    assert assay.source.document == "panel.bed"


@pytest.mark.parametrize(("start", "end"), [(25398283, 25398285), (25398282, 25398284)])
def test_a_codon_of_which_one_base_lies_outside_is_not_covered(tmp_path: Path, start: int, end: int) -> None:
    assert panel(tmp_path, f"12\t{start}\t{end}\n", build="GRCh37").codons == frozenset()
    assert panel(tmp_path, "12\t25398282\t25398285\n", build="GRCh37").codons == {("KRAS", 12)}


def test_intervals_that_adjoin_or_overlap_are_merged(tmp_path: Path) -> None:
    text = "chr12\t25398284\t25398286\nchr12\t25398282\t25398284\nchr12\t25398282\t25398285\nGL000\t1\t100\n"
    assay = panel(tmp_path, text, build="GRCh37")
    assert assay.codons == {("KRAS", 12)} and assay.megabases == pytest.approx(4 / 1e6)


@pytest.mark.parametrize("line", ["#genome=GRCh37", "track name=x db=hg19", "@SQ\tSN:1\tLN:249250621"])
def test_a_header_line_may_name_the_build(tmp_path: Path, line: str) -> None:
    assert ("KRAS", 12) in panel(tmp_path, f"{line}\n{KRAS_37}").codons


def test_an_interval_list_counts_from_one(tmp_path: Path) -> None:
    text = "@SQ\tSN:12\tLN:133851895\n12\t25398283\t25398285\t+\tx\n"
    assert panel(tmp_path, text, "p.interval_list").codons == {("KRAS", 12)}


def test_the_build_of_a_bed_is_never_guessed(tmp_path: Path) -> None:
    assert "expected --build GRCh37 or GRCh38" in refusal(tmp_path, KRAS_37)
    assert "expected one build" in refusal(tmp_path, "#genome=hg38\n" + KRAS_37, build="GRCh37")
    assert "beyond the end of chromosome 1 in GRCh38" in refusal(tmp_path, "1\t249000000\t249100000\n", build="GRCh38")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("12\t10\t5\n", "line 1: the region ends before it starts"),
        ("12\t10\t20\n12\t10\n", "line 2: '12\\t10' is no region"),
        ("12\t-3\t20\n", "line 1: '12\\t-3\\t20' is no region"),
        ("chrUn\t10\t20\n", "no region on a chromosome"),
        ("", "empty"),
        ("# nothing\n", "only comments"),
    ],
)
def test_a_bed_that_cannot_be_read_gets_one_line(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text, build="GRCh37")


def test_a_bed_covers_the_copy_number_of_genes_it_meets_and_no_fusions(tmp_path: Path) -> None:
    text = "17\t37860000\t37860100\n" + KRAS_37
    assay = panel(tmp_path, text, build="GRCh37", covers=("copy-number",))
    assert (assay.copy_number, assay.codons, assay.megabases) == ({"ERBB2"}, frozenset(), None)
    assert "list of genes for fusions" in refusal(tmp_path, text, build="GRCh37", covers=("fusions",))


def test_a_gene_list_covers_whole_genes(tmp_path: Path) -> None:
    assay = panel(
        tmp_path, "# our panel\nKRAS\nNRAS # both\nC9orf72\tENST00000380003\nHER2\nNOT1A\n", "panel.txt", megabases=1.2
    )
    assert assay.genes == {"KRAS", "NRAS", "C9orf72", "ERBB2", "NOT1A"}
    assert (assay.megabases, assay.fusions, assay.copy_number, assay.name) == (1.2, frozenset(), frozenset(), "panel")


def test_a_panel_covers_only_what_is_said(tmp_path: Path) -> None:
    assay = panel(tmp_path, "NTRK1\nERBB2\n", "p.txt", covers=("fusions", "copy-number"))
    assert (assay.genes, assay.fusions, assay.copy_number) == (frozenset(), {"NTRK1", "ERBB2"}, {"NTRK1", "ERBB2"})
    assert "a panel covers mutations, copy-number, fusions" in refusal(tmp_path, "KRAS\n", covers=("rna",))


def test_single_codons_of_a_gene_are_not_the_whole_gene(tmp_path: Path) -> None:
    assay = panel(tmp_path, "KRAS\tcodons 12, 13, 59-61\nBRAF codon 600\n", "p.txt")
    assert assay.genes == frozenset()
    assert assay.codons == {("KRAS", 12), ("KRAS", 13), ("KRAS", 59), ("KRAS", 60), ("KRAS", 61), ("BRAF", 600)}
    assert "not the whole gene was read" in refusal(tmp_path, "KRAS\texons 2-4\n")
    assert "is no codon" in refusal(tmp_path, "KRAS codons 13-12\n")


def test_a_panel_file_of_a_study_is_read(tmp_path: Path) -> None:
    assay = panel(tmp_path, "stable_id: P1\ndescription: two genes\ngene_list: KRAS\tNRAS\n", "data_gene_panel_p1.txt")
    assert (assay.name, assay.genes) == ("P1", {"KRAS", "NRAS"})
    assert "gene list is empty" in refusal(tmp_path, "stable_id: P1\ngene_list:\n")
    assert "no gene_list" in refusal(tmp_path, "stable_id: P1\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kras\n", "line 1: 'kras' is no gene symbol; did you mean KRAS?"),
        ("Gene\nKRAS\n", "line 1: 'Gene' looks like a column header"),
        ("HUGO_SYMBOL\nKRAS\n", "line 1: 'HUGO_SYMBOL' looks like a column header"),
        ("KRAS\n<html>\n", "line 2: '<html>' is no gene symbol"),
    ],
)
def test_what_is_no_gene_symbol_is_refused(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


@pytest.mark.parametrize("size", [0, -1, float("nan"), 5000])
def test_an_impossible_size_is_refused(tmp_path: Path, size: float) -> None:
    assert "is no size of a panel" in refusal(tmp_path, "KRAS\n", megabases=size)


def test_a_header_above_the_regions_is_called_one(tmp_path: Path) -> None:
    message = refusal(tmp_path, "chrom\tstart\tend\n" + KRAS_37, build="GRCh37")
    assert "line 1" in message and "looks like a column header, not a region; leave it out" in message

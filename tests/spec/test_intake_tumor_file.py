"""The door for tumor files: typed results, copy number, fusions, and the files of one tumor together."""

from __future__ import annotations

from pathlib import Path

import pytest

from chemoplan.genomics.tumor import Tumor
from chemoplan.intake import InputRefused
from chemoplan.intake.fusion_table import read_fusions
from chemoplan.intake.gene_panel import read_gene_panel
from chemoplan.intake.segments import read_copy_number
from chemoplan.intake.tumor_file import read_tumor, read_tumors
from chemoplan.intake.typed import read_typed
from tests.spec.vcf_files import G12C, record, text, write

pytest.importorskip("pysam")

GENES = frozenset({"KRAS", "NRAS", "BRAF", "ERBB2", "MET", "EGFR", "PTEN", "TOP1", "NTRK1", "ALK"})
MAF = (
    "Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp_Short\tVariant_Classification\n"
    "KRAS\tS1\tp.G12D\tMissense_Mutation\nBRAF\tS2\tp.V600E\tMissense_Mutation\n"
)


def put(folder: Path, content: str, name: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def read(path: Path, **options: object) -> Tumor:
    return read_tumor(path, genes=GENES, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "gene", "change"),
    [
        ("KRAS G12C", "KRAS", "p.G12C"),
        ("KRAS p.Gly12Cys", "KRAS", "p.G12C"),
        ("KRAS c.34G>T", "KRAS", "p.G12C"),
        ("12:25398285 C>A", "KRAS", "p.G12C"),
        ("K-RAS G12C", "KRAS", "p.G12C"),
        ("HER2 V842I", "ERBB2", "p.V842I"),
    ],
)
def test_a_typed_change_is_read_in_any_notation(typed: str, gene: str, change: str) -> None:
    (variant,) = read_typed([typed], "GRCh37").variants
    assert (variant.gene, str(variant.change), variant.effect, variant.text) == (gene, change, "altering", typed)
    assert (variant.source.document, variant.source.locator) == ("typed", typed)


@pytest.mark.parametrize(
    ("typed", "what", "value"),
    [
        ("MSI-H", "msi_status", "MSI-H"),
        ("mss", "msi_status", "MSS"),
        ("dMMR", "mmr_ihc", "dMMR"),
        ("pMMR", "mmr_ihc", "pMMR"),
        ("TMB 12", "tmb", 12.0),
        ("TMB: 12.5 mut/Mb", "tmb", 12.5),
        ("HER2 IHC 3+", "her2_ihc", "3+"),
        ("MSIsensor 12.3", "msisensor", 12.3),
    ],
)
def test_typed_results_name_their_test(typed: str, what: str, value: str | float) -> None:
    (result,) = read_typed([typed]).results
    assert (result.what, result.value) == (what, value)


def test_typed_results_mean_something_to_the_tests_of_the_knowledge() -> None:
    from chemoplan.genomics.markers import meaning
    from chemoplan.knowledge import load_knowledge

    typed = read_typed(["MSI-H", "MSS", "dMMR", "pMMR", "HER2 IHC 3+"])
    means = [meaning(load_knowledge().tests[item.what], item.value) for item in typed.results]
    assert means == ["high", "stable", "deficient", "proficient", "3"]


def test_typed_amplifications_and_fusions_are_read() -> None:
    typed = read_typed(
        ["HER2 amplified", "PTEN deep deletion", "MET copy number 9", "TPM3::NTRK1 fusion", "ALK fusion"]
    )
    assert [(item.gene, item.level, item.copies) for item in typed.copies] == [
        ("ERBB2", 2, None), ("PTEN", -2, None), ("MET", None, 9.0),
    ]  # fmt: skip
    assert [item.genes for item in typed.fusions] == [("TPM3", "NTRK1"), ("ALK",)]
    assert not typed.problems


@pytest.mark.parametrize(
    "typed",
    [
        "", "foo", "KRAS", "KRAS wild type", "NTRK1 fusion not detected", "no MSI", "ERBB2 not amplified", "MSI",
        "not KRAS G12C", "TMB", "TMB low", "HER2 IHC 4+", "NTRK fusion", "RAS G12C", "x" * 500, "KRAS G12C G12D",
    ],
)  # fmt: skip
def test_what_is_not_understood_gets_one_line_and_states_nothing(typed: str) -> None:
    found = read_typed([typed])
    assert (found.variants, found.copies, found.fusions, found.results) == ((), (), (), ())
    (problem,) = found.problems
    assert problem.severity == "error" and "\n" not in problem.message


SEGMENTS = "Chromosome\tStart\tEnd\tnMajor\tnMinor\n17\t1\t40000000\t7\t2\n7\t1\t116400000\t1\t1\n7\t116400001\t150000000\t3\t1\n"


def test_segments_give_the_copies_of_genes_that_lie_wholly_inside(tmp_path: Path) -> None:
    reading = read_copy_number(put(tmp_path, SEGMENTS, "cna.tsv"), genes=GENES, build="GRCh37")
    assert [(item.gene, item.copies, item.source.locator) for item in reading.copies] == [
        ("ERBB2", 9.0, "line 2"), ("EGFR", 2.0, "line 3"),
    ]  # fmt: skip
    assert reading.assay.copy_number == {"ERBB2", "EGFR"}
    messages = [problem.message for problem in reading.problems]
    assert "MET does not lie wholly inside one segment (2 and 4 copies); its copy number is not stated" in messages
    assert "no segment holds TOP1; its copy number is not stated" in messages


def test_the_build_of_segments_is_given_and_checked(tmp_path: Path) -> None:
    path = put(tmp_path, SEGMENTS, "cna.tsv")
    with pytest.raises(InputRefused, match="expected --build GRCh37 or GRCh38"):
        read_copy_number(path, genes=GENES)
    path = put(tmp_path, SEGMENTS + "1\t1\t249000000\t1\t1\n", "cna.tsv")
    with pytest.raises(InputRefused, match=r"line 5: position 249000000 lies beyond the end of chromosome 1 in GRCh38"):
        read_copy_number(path, genes=GENES, build="GRCh38")
    assert read_copy_number(path, genes=GENES).copies


def test_log_ratios_are_no_copies(tmp_path: Path) -> None:
    path = put(tmp_path, "ID\tchrom\tloc.start\tloc.end\tseg.mean\nS1\t17\t1\t40000000\t2.1\n", "s.seg")
    with pytest.raises(InputRefused, match="log ratios, which are no copies"):
        read_copy_number(path, genes=GENES, build="GRCh37")


def test_a_table_of_levels_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, "Hugo_Symbol\tValue\nERBB2\t2\nMET\tgain\nPTEN\t-2\nEGFR\tNA\nTTN\t2\n", "cna.txt")
    reading = read_copy_number(path, genes=GENES)
    assert [(item.gene, item.level) for item in reading.copies] == [("ERBB2", 2), ("MET", 1), ("PTEN", -2)]
    assert reading.assay.copy_number == {"ERBB2", "MET", "PTEN"} and "EGFR" in reading.problems[0].message
    wide = put(tmp_path, "Hugo_Symbol\tS1\tS2\nERBB2\t2\t0\n", "wide.txt")
    assert read_copy_number(wide, genes=GENES, sample="S2").copies[0].level == 0
    with pytest.raises(InputRefused, match="more than once"):
        read_copy_number(put(tmp_path, "Gene\tValue\nERBB2\t2\nHER2\t0\n", "t.txt"), genes=GENES)


@pytest.mark.parametrize(
    ("content", "genes", "in_frame", "reads", "doubt"),
    [
        ("FusionGene\tLeftBreakpoint\tSplitReads\nEML4--ALK\t2:1\t100\n", ("EML4", "ALK"), None, 100, ""),
        (
            "#FusionName\tJunctionReadCount\tSpanningFragCount\tLeftBreakpoint\tPROT_FUSION_TYPE\nTPM3--NTRK1\t5\t7\tchr1:1:-\tINFRAME\n",
            ("TPM3", "NTRK1"), True, 12, "",
        ),
        (
            "#gene1\tgene2\tsplit_reads1\tsplit_reads2\tdiscordant_mates\tconfidence\treading_frame\nA1\tALK\t1\t2\t3\tlow\tout-of-frame\n",
            ("A1", "ALK"), False, 6, "low confidence",
        ),
        ("#gene1\tgene2\treading_frame\nX1(12),Y1(99)\tALK\t.\n", ("X1", "Y1", "ALK"), None, None, "outside a gene"),
        ("FusionGene\tSplitReads\n--NTRK3\t90\n", ("NTRK3",), None, 90, "partner is not named"),
        ("Site1_Hugo_Symbol\tSite2_Hugo_Symbol\tSV_Status\nTPM3\tNTRK1\tSOMATIC\n", ("TPM3", "NTRK1"), None, None, ""),
        (
            "Site1_Hugo_Symbol\tSite2_Hugo_Symbol\tSV_Status\nTPM3\tNTRK1\tGERMLINE\n",
            ("TPM3", "NTRK1"), None, None, "no somatic event",
        ),
        ("Site1_Hugo_Symbol\tSite2_Hugo_Symbol\nNTRK1\tNTRK1\n", ("NTRK1",), None, None, "within it"),
    ],
)  # fmt: skip
def test_fusion_tables_of_several_programs_are_read(
    tmp_path: Path, content: str, genes: tuple[str, ...], in_frame: bool | None, reads: int | None, doubt: str
) -> None:
    (fusion,) = read_fusions(put(tmp_path, content, "fusions.tsv")).fusions
    assert (fusion.genes, fusion.in_frame, fusion.reads) == (genes, in_frame, reads)
    assert doubt in fusion.doubt and bool(doubt) == bool(fusion.doubt)


def test_a_fusion_table_without_rows_is_sound_and_proves_nothing(tmp_path: Path) -> None:
    vcf = write(tmp_path, text([record(G12C["GRCh37"])]))
    tumor = read(vcf, fusions=[put(tmp_path, "FusionGene\tSplitReads\n", "f.tsv")])
    assert tumor.fusions == () and not any(assay.fusions for assay in tumor.assays)


def test_a_maf_of_several_tumors_needs_the_name_of_one(tmp_path: Path) -> None:
    path = put(tmp_path, MAF, "calls.maf")
    with pytest.raises(InputRefused, match=r"^calls.maf: holds 2 samples \('S1', 'S2'\); name one with --sample$"):
        read(path)
    with pytest.raises(InputRefused, match=r"no sample 'S3'; it holds 'S1', 'S2'"):
        read(path, sample="S3")
    assert [str(item.change) for item in read(path, sample="S2").variants] == ["p.V600E"]
    assert [tumor.sample for tumor in read_tumors(path, genes=GENES)] == ["S1", "S2"]


def test_what_a_whole_file_has_to_say_is_told_with_each_tumor(tmp_path: Path) -> None:
    rows = MAF.split("\n")
    path = put(tmp_path, "\n".join([*rows[:2], "# a late comment", *rows[2:]]), "calls.maf")
    tumors = read_tumors(path, genes=GENES)
    assert len(tumors) == 2 and all("comments" in tumor.problems[0].message for tumor in tumors)
    assert read(path, sample="S2").problems == tumors[1].problems


def test_only_ten_of_many_samples_are_listed(tmp_path: Path) -> None:
    rows = "".join(f"KRAS\tS{number}\tp.G12D\tMissense_Mutation\n" for number in range(40))
    path = put(tmp_path, MAF.split("\n")[0] + "\n" + rows, "calls.maf")
    with pytest.raises(InputRefused, match=r"40 samples \('S0'.* and 30 more\)"):
        read(path)


def test_content_decides_what_a_file_is(tmp_path: Path) -> None:
    vcf = write(tmp_path, text([record(G12C["GRCh37"])]), "calls.txt")
    assert read(vcf).build == "GRCh37"
    assert read(put(tmp_path, MAF, "calls.txt"), sample="S1").sample == "S1"
    with pytest.raises(InputRefused, match="a MAF table, not a VCF"):
        read(put(tmp_path, MAF, "calls.vcf"))
    for content, name, says in [
        ("", "a.txt", "empty"),
        ("{}", "a.json", "not recognized"),
        ("<html>", "a.txt", "not understood"),
    ]:
        with pytest.raises(InputRefused, match=says):
            read(put(tmp_path, content, name))
    with pytest.raises(InputRefused, match="no such file"):
        read(tmp_path / "none.vcf")


def test_a_list_of_changes_is_a_tumor(tmp_path: Path) -> None:
    tumor = read(put(tmp_path, "# report of March\nKRAS G12D\n\nERBB2 amplification\nMSS\n", "report.txt"))
    assert [(item.gene, item.source.locator) for item in tumor.variants] == [("KRAS", "line 2")]
    assert (tumor.sample, tumor.calls, tumor.copies[0].gene, tumor.results[0].value) == ("report", 1, "ERBB2", "MSS")
    assert tumor.assays == ()


def test_a_list_with_a_line_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"^report.txt, line 2: 'BRAF V6000000E' is not understood"):
        read(put(tmp_path, "KRAS G12D\nBRAF V6000000E\n", "report.txt"))


def test_the_files_of_one_tumor_are_put_together(tmp_path: Path) -> None:
    vcf = write(tmp_path, text([record(G12C["GRCh37"])]))
    panel = read_gene_panel(put(tmp_path, "KRAS\nNRAS\n", "panel.txt"))
    tumor = read(
        vcf,
        panels=[panel],
        copy_number=[put(tmp_path, SEGMENTS, "cna.tsv")],
        fusions=[put(tmp_path, "FusionGene\tSplitReads\nTPM3--NTRK1\t9\nA1--B1\t9\n", "f.tsv")],
        typed=["TMB 12"],
    )
    assert [item.gene for item in tumor.variants] == ["KRAS"]
    assert {item.gene for item in tumor.copies} == {"ERBB2", "EGFR"}
    assert [item.genes for item in tumor.fusions] == [("TPM3", "NTRK1")]
    assert [item.what for item in tumor.results] == ["tmb"]
    assert panel in tumor.assays
    assert any("1 fusion of other genes was read" in problem.message for problem in tumor.problems)


def test_files_of_another_build_or_sample_are_not_put_together(tmp_path: Path) -> None:
    vcf = write(tmp_path, text([record(G12C["GRCh38"])], "GRCh38"))
    segments = put(tmp_path, SEGMENTS + "1\t1\t249000000\t1\t1\n", "cna.tsv")
    with pytest.raises(InputRefused, match="beyond the end of chromosome 1 in GRCh38"):
        read(vcf, copy_number=[segments])
    with pytest.raises(InputRefused, match="header says GRCh38"):
        read(vcf, build="GRCh37")
    named = put(tmp_path, "Sample\tHugo_Symbol\tValue\nother\tERBB2\t2\n", "levels.tsv")
    with pytest.raises(InputRefused, match="no sample 'tumor-1'; it holds 'other'"):
        read(vcf, copy_number=[named])
    named = put(tmp_path, "Sample\tFusionGene\tSplitReads\nother\tA1--ALK\t9\n", "fusions.tsv")
    with pytest.raises(InputRefused, match="no sample 'tumor-1'; it holds 'other'"):
        read(vcf, fusions=[named])
    many = put(tmp_path, "Sample\tFusionGene\tSplitReads\nother\tA1--ALK\t9\nthird\tA1--ALK\t9\n", "fusions.tsv")
    tumor = read(vcf, fusions=[many])
    assert tumor.fusions == () and "no fusion of 'tumor-1'" in tumor.problems[-1].message


def test_a_role_in_place_of_a_name_is_no_name(tmp_path: Path) -> None:
    vcf = write(tmp_path, text([record(G12C["GRCh37"])], samples=("TUMOR",)))
    named = put(tmp_path, "Sample\tHugo_Symbol\tValue\nS1\tERBB2\t2\n", "levels.tsv")
    assert read(vcf, copy_number=[named]).copies[0].level == 2


def test_a_typed_text_that_is_not_understood_refuses_the_tumor(tmp_path: Path) -> None:
    vcf = write(tmp_path, text([record(G12C["GRCh37"])]))
    with pytest.raises(InputRefused, match=r"^typed: 'KRAS wild type' is not understood"):
        read(vcf, typed=["KRAS wild type"])

"""What a cBioPortal study folder says of each sample, and of what it was tested for."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from chemoplan.genomics.tumor import Tumor
from chemoplan.intake.refused import InputRefused
from chemoplan.intake.study import Study, read_study

GENES = frozenset({"KRAS", "ERBB2", "ALK", "EML4", "NTRK1"})
MAF = "Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tHGVSp_Short\n"
FILES = {
    "meta_study.txt": "cancer_study_identifier: invented\nname: An invented study\nreference_genome: hg19\n",
    "meta_mutations.txt": "genetic_alteration_type: MUTATION_EXTENDED\ndatatype: MAF\ndata_filename: data_mutations.txt\n",
    "data_mutations.txt": MAF + "KRAS\tS1\tMissense_Mutation\tp.G12D\nTTN\tS1\tSilent\tp.A1=\n",
    "data_clinical_sample.txt": (
        "#Patient\tSample\n#Patient\tSample\n#STRING\tSTRING\n#1\t1\nPATIENT_ID\tSAMPLE_ID\nP1\tS1\nP1\tS2\nP2\tS3\n"
    ),
    "case_lists/cases_sequenced.txt": "cancer_study_identifier: invented\ncase_list_ids: S1\tS2\n",
}
PANEL = "stable_id: PANEL9\ndescription: Nine\ngene_list:\tKRAS\tERBB2\tALK\n"
MATRIX = "SAMPLE_ID\tmutations\tcna\tstructural_variants\nS1\tPANEL9\tPANEL9\tNA\nS2\tWES\tNA\tNA\n"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def reading(without: tuple[str, ...] = (), **files: str | bytes) -> Study:
        named = {name: text for name, text in FILES.items() if name not in without}
        for name, content in (named | {name.replace("__", "/"): text for name, text in files.items()}).items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_study(tmp_path, genes=GENES)

    return reading


def by_sample(study: Study) -> dict[str, Tumor]:
    return {tumor.sample: tumor for tumor in study.tumors}


def said(study: Study) -> str:
    return "\n".join(f"{problem.path}: {problem.message}" for problem in study.problems)


def clinical(**columns: str) -> str:
    return "\t".join(["PATIENT_ID", "SAMPLE_ID", *columns]) + "\n" + "\t".join(["P1", "S1", *columns.values()]) + "\n"


def results(study: Study) -> list[tuple[str, str | float]]:
    return [(result.what, result.value) for result in by_sample(study)["S1"].results]


def test_one_tumor_a_sample_with_its_patient_in_the_order_of_the_sheet(read: Any) -> None:
    study = read()
    assert (study.id, study.name, study.build) == ("invented", "An invented study", "GRCh37")
    assert [(tumor.sample, tumor.patient) for tumor in study.tumors] == [("S1", "P1"), ("S2", "P1"), ("S3", "P2")]


def test_sequenced_without_a_call_is_zero_and_not_sequenced_is_unknown(read: Any) -> None:
    tumors = by_sample(read())
    assert [(tumors[name].calls, tumors[name].altering) for name in ("S1", "S2", "S3")] == [
        (2, 1),
        (0, 0),
        (None, None),
    ]
    assert read().untested["mutations"] == 1


def test_without_a_mutation_file_nobody_is_taken_for_sequenced_or_covered(read: Any) -> None:
    study = read(
        ("data_mutations.txt", "meta_mutations.txt"),
        **{"data_gene_panel_PANEL9.txt": PANEL, "data_gene_panel_matrix.txt": MATRIX},
    )
    assert all(tumor.calls is None for tumor in study.tumors)
    assert all(not assay.genes and not assay.fusions for tumor in study.tumors for assay in tumor.assays)
    assert study.untested["mutations"] == 3 and "no mutation file" in said(study)


def test_the_file_that_a_meta_file_names_may_be_compressed_or_missing(read: Any, tmp_path: Path) -> None:
    content = gzip.compress(FILES["data_mutations.txt"].encode())
    study = read(("data_mutations.txt",), **{"data_mutations.txt.gz": content})
    assert by_sample(study)["S1"].calls == 2
    (tmp_path / "data_mutations.txt.gz").unlink()
    assert "meta_mutations.txt: names 'data_mutations.txt', which is not in the folder" in said(
        read(("data_mutations.txt",))
    )


def test_a_file_outside_the_folder_is_never_read(read: Any, tmp_path: Path) -> None:
    (tmp_path.parent / "data_else.txt").write_text(FILES["data_mutations.txt"])
    meta = FILES["meta_mutations.txt"].replace("data_mutations.txt", "../data_else.txt")
    study = read(("data_mutations.txt",), **{"meta_mutations.txt": meta})
    assert all(tumor.calls is None for tumor in study.tumors)


def test_samples_beyond_the_clinical_sheet_are_kept_and_reported(read: Any) -> None:
    study = read(
        **{"data_mutations.txt": FILES["data_mutations.txt"] + "KRAS\tTCGA-AF-2687-01\tMissense_Mutation\tp.G12C\n"}
    )
    assert by_sample(study)["TCGA-AF-2687-01"].patient == "TCGA-AF-2687"
    assert "data_clinical_sample.txt: 1 sample(s) ('TCGA-AF-2687-01') not in the clinical sheet" in said(study)
    assert "cases_sequenced.txt: 1 sample(s) ('TCGA-AF-2687-01') not in the list" in said(study)


def test_the_genome_of_the_study_is_the_build_unless_the_calls_say_another(read: Any) -> None:
    assert read().tumors[0].build == "GRCh37"
    calls = "NCBI_Build\t" + MAF + "GRCh38\tKRAS\tS1\tMissense_Mutation\tp.G12D\n"
    with pytest.raises(InputRefused, match="line 2, column NCBI_Build"):
        read(**{"data_mutations.txt": calls})


def test_each_profile_is_covered_by_the_panel_that_the_matrix_names(read: Any) -> None:
    cna = "Hugo_Symbol\tS1\tS3\nKRAS\t0\t0\nERBB2\t0\t0\nALK\t0\t0\n"
    tumors = by_sample(
        read(**{"panels__data_gene_panel_PANEL9.txt": PANEL, "data_gene_panel_matrix.txt": MATRIX, "data_CNA.txt": cna})
    )
    assay, _ = tumors["S1"].assays
    assert assay.name == "PANEL9" and str(assay.source).startswith("data_gene_panel_matrix.txt (line 2")
    assert assay.genes == assay.copy_number == {"KRAS", "ERBB2", "ALK"} and not assay.fusions
    assert [(assay.name, assay.genes) for assay in tumors["S2"].assays] == [("WES", frozenset())]


def test_a_panel_without_its_list_covers_nothing_and_names_the_file_needed(read: Any) -> None:
    study = read(**{"data_gene_panel_matrix.txt": MATRIX})
    assert all(not assay.genes for tumor in study.tumors for assay in tumor.assays)
    assert "data_gene_panel_PANEL9.txt: not in the folder" in said(study)
    assert "gene panel WES: no coverage by codon is told" in said(study)


def test_sequenced_samples_without_any_panel_are_reported_once(read: Any) -> None:
    study = read()
    assert all(not tumor.assays for tumor in study.tumors)
    assert said(study).count("2 sequenced sample(s) name no gene panel") == 1


def test_the_panel_of_the_clinical_sheet_counts_for_sequenced_samples_only(read: Any) -> None:
    sheet = "PATIENT_ID\tSAMPLE_ID\tGENE_PANEL\nP1\tS1\tPANEL9\nP2\tS3\tPANEL9\n"
    tumors = by_sample(read(**{"data_clinical_sample.txt": sheet, "data_gene_panel_PANEL9.txt": PANEL}))
    assert [assay.genes for assay in tumors["S1"].assays] == [{"KRAS", "ERBB2", "ALK"}]
    assert not tumors["S1"].assays[0].fusions and not tumors["S3"].assays


def test_the_wide_matrix_tells_levels_and_what_was_assayed(read: Any) -> None:
    cna = "Hugo_Symbol\tEntrez_Gene_Id\tS1\tS2\nERBB2\t2064\t2\tNA\nKRAS\t3845\t0\t-1.5\nTTN\t7273\t-2\t2\nALK\t238\thigh\t\n"
    study = read(**{"data_CNA.txt": cna})
    tumors = by_sample(study)
    assert [(copy.gene, copy.level) for copy in tumors["S1"].copies] == [("ERBB2", 2), ("KRAS", 0)]
    assert str(tumors["S1"].copies[0].source) == "data_CNA.txt (line 2)"
    assert [(copy.gene, copy.level) for copy in tumors["S2"].copies] == [("KRAS", -1)]
    assert [assay.copy_number for assay in tumors["S1"].assays] == [{"ERBB2", "KRAS"}]
    assert [assay.copy_number for assay in tumors["S2"].assays] == [{"KRAS"}]
    assert not tumors["S3"].assays and study.untested["copy_number"] == 1
    assert (
        "'NA'" not in said(study)
        and "data_CNA.txt, line 5: 1 cell(s) are 'high'" in said(study)
        and "'-1.5', between two levels" in said(study)
    )


def test_the_long_form_tells_levels_of_the_genes_that_have_a_row(read: Any) -> None:
    meta = "genetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: DISCRETE_LONG\ndata_filename: data_cna_pd.txt\n"
    cna = "Hugo_Symbol\tEntrez_Gene_Id\tSample_Id\tValue\nERBB2\t2064\tS1\t2\nKRAS\t3845\tS1\tNA\n"
    tumors = by_sample(read(**{"data_cna_pd.txt": cna, "meta_cna.txt": meta}))
    assert [(copy.gene, copy.level) for copy in tumors["S1"].copies] == [("ERBB2", 2)]
    assert [assay.copy_number for assay in tumors["S1"].assays] == [{"ERBB2"}]


def test_structural_variants_keep_order_frame_reads_and_doubt(read: Any) -> None:
    header = "Sample_Id\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\tSite2_Effect_On_Frame\tSV_Status\tEvent_Info\tTumor_Split_Read_Count\n"
    rows = [
        "S1\tEML4\tALK\tIn_frame\tSOMATIC\tEML4-ALK fusion\t12",
        "S1\tNTRK1\tNTRK1\t\tSOMATIC\tinside\t",
        "S2\tTPM3\tNTRK1\tFrame_shift\tGERMLINE\t\t",
        "S2\tAAA\tBBB\t\tSOMATIC\t\t",
    ]
    study = read(**{"data_sv.txt": header + "\n".join(rows) + "\n"})
    first, within = by_sample(study)["S1"].fusions
    assert (first.genes, first.in_frame, first.reads, first.text, first.doubt) == (
        ("EML4", "ALK"),
        True,
        12,
        "EML4-ALK fusion",
        "",
    )
    assert within.genes == ("NTRK1",) and "one gene" in within.doubt and within.in_frame is None
    (third,) = by_sample(study)["S2"].fusions
    assert third.genes == ("TPM3", "NTRK1") and third.in_frame is False and "GERMLINE" in third.doubt


def test_the_older_table_lists_a_fusion_once_for_both_of_its_genes(read: Any) -> None:
    rows = [
        "ALK\tS1\tEML4-ALK fusion\tin-frame",
        "EML4\tS1\tEML4-ALK fusion\tin-frame",
        "NTRK1\tS2\tTPM3-NTRK1\tunknown",
        "ALK\tS2\tALK-intragenic\t",
    ]
    tumors = by_sample(
        read(**{"data_fusions.txt": "Hugo_Symbol\tTumor_Sample_Barcode\tFusion\tFrame\n" + "\n".join(rows)})
    )
    assert [(fusion.genes, fusion.in_frame) for fusion in tumors["S1"].fusions] == [(("EML4", "ALK"), True)]
    assert [fusion.genes for fusion in tumors["S2"].fusions] == [("TPM3", "NTRK1"), ("ALK",)]
    assert tumors["S2"].fusions[1].doubt


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"MSI_STATUS": "MSI-H"}, [("msi_status", "MSI-H")]),
        ({"MSI_STATUS": "NA"}, []),
        ({"MSI_STATUS": "Inconclusive"}, [("msi_status", "Inconclusive")]),
        ({"MSI_TYPE": "Stable"}, [("msi_status", "Stable")]),
        ({"MSI_TYPE": "Do not report"}, []),
        ({"MSI_TYPE": "Indeterminate"}, [("msi_status", "Indeterminate")]),
        ({"MSI_COMMENT": "MICROSATELLITE STABLE (MSS). See note."}, [("msi_status", "MSS")]),
        ({"MSI_COMMENT": "MICROSATELLITE INSTABILITY-HIGH (MSI-H). See note."}, [("msi_status", "MSI-H")]),
        ({"MSI_COMMENT": "MICROSATELLITE INSTABILITY-INDETERMINATE. See note."}, [("msi_status", "Indeterminate")]),
        ({"MSI_COMMENT": "Not Available"}, []),
        ({"MSI_SCORE_MANTIS": "0.59", "MSI_SENSOR_SCORE": "0.08"}, [("mantis", 0.59), ("msisensor", 0.08)]),
        ({"MSI_SCORE": "-1"}, []),
        ({"TMB_NONSYNONYMOUS": "5.9614", "CVR_TMB_SCORE": "5.9"}, [("tmb", 5.9614)]),
        ({"CVR_TMB_SCORE": "7.9", "TMB_NONSYNONYMOUS": "5.9614"}, [("tmb", 5.9614), ("tmb", 7.9)]),
        ({"CVR_TMB_SCORE": "7.9"}, [("tmb", 7.9)]),
        ({"HER2_IHC": "3+"}, [("her2_ihc", "3+")]),
        ({"KRAS_REPORTED": "YES"}, []),
    ],
)
def test_clinical_columns_report_tests_as_they_are_given(
    read: Any, columns: dict[str, str], expected: list[tuple[str, str | float]]
) -> None:
    assert results(read(**{"data_clinical_sample.txt": clinical(**columns)})) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"MMR_IHC_LOSS": "YES"}, [("mmr_ihc", "lost")]),
        ({"MMR_IHC_LOSS": "NO"}, [("mmr_ihc", "intact")]),
        ({"MMR_IHC_RESULT": "MLH1 Expressed|MSH2 Expressed|PMS2 Expressed|MSH6 Expressed"}, [("mmr_ihc", "intact")]),
        ({"MMR_IHC_RESULT": "MLH1 Not Expressed|MSH2 Expressed|PMS2 Expressed|MSH6 Expressed"}, [("mmr_ihc", "lost")]),
        ({"MMR_IHC_RESULT": "MLH1 Expressed|MSH2 Expressed"}, []),
    ],
)
def test_results_of_a_patient_hold_for_all_of_their_samples(
    read: Any, columns: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    sheet = "\t".join(["PATIENT_ID", *columns]) + "\n" + "\t".join(["P1", *columns.values()]) + "\n"
    study = read(**{"data_clinical_patient.txt": sheet})
    for name in ("S1", "S2"):
        assert [(result.what, result.value) for result in by_sample(study)[name].results] == expected
    assert not by_sample(study)["S3"].results
    assert ("do not tell of all" in said(study)) == (not expected)


def test_what_a_clinical_sheet_cannot_answer_is_told(read: Any) -> None:
    sheet = clinical(MSI_TYPE="Do not report", MSI_SCORE="-1", KRAS_REPORTED="YES")
    told = said(read(**{"data_clinical_sample.txt": sheet}))
    assert "line 2, column MSI_TYPE: 1 cell(s) of MSI_TYPE say 'Do not report'" in told
    assert "line 2, column MSI_SCORE: 1 cell(s) of MSI_SCORE are '-1'" in told
    assert "line 1: KRAS_REPORTED: not read as facts" in told


def test_each_result_names_its_file_line_column_and_method(read: Any) -> None:
    (result,) = by_sample(read(**{"data_clinical_sample.txt": clinical(MSI_SCORE="12.5")}))["S1"].results
    assert str(result.source) == "data_clinical_sample.txt (line 2, column MSI_SCORE), MSIsensor"


def test_ragged_rows_of_a_clinical_sheet_are_reported_and_the_rest_is_read(read: Any) -> None:
    sheet = "PATIENT_ID\tSAMPLE_ID\tMSI_STATUS\nP1\tS1\nP2\tS2\tMSS\tMSI\nP3\tS3\tMSS\nP4\tS3\tMSI\n\t\tMSS\n"
    study = read(**{"data_clinical_sample.txt": sheet})
    tumors = by_sample(study)
    assert tumors["S1"].patient == "P1" and not tumors["S2"].results
    assert [result.value for result in tumors["S3"].results] == ["MSS"]
    for line, words in ((2, "2 cells"), (3, "left out"), (5, "repeat"), (6, "no SAMPLE_ID")):
        assert any(f"line {line}" in problem.path and words in problem.message for problem in study.problems), line


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data_mutations.txt", "<html>", "data_mutations.txt: an HTML"),
        ("data_clinical_sample.txt", "A\tB\n1\t2\n", "data_clinical_sample.txt, line 1: no column SAMPLE_ID"),
        ("data_CNA.txt", "Hugo_Symbol\tS1\tS2\nKRAS\t1\n", "data_CNA.txt, line 2: the row has 2 cells"),
        ("data_CNA.txt", "Hugo_Symbol\tS1\tS1\nKRAS\t1\t2\n", "data_CNA.txt, line 1: the sample 'S1' is given twice"),
        ("data_sv.txt", "A\tB\n1\t2\n", "data_sv.txt, line 1: no column for the sample"),
        ("data_gene_panel_matrix.txt", "A\tB\n1\t2\n", "data_gene_panel_matrix.txt, line 1: a needed column"),
        ("meta_study.txt", "reference_genome: mm10\n", "meta_study.txt: the reference_genome is 'mm10'"),
    ],
)
def test_a_file_of_a_study_that_cannot_be_read_refuses_the_study_in_one_line(
    read: Any, name: str, content: str, words: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        read(**{name: content})
    message = str(caught.value)
    assert message.startswith(words) and ("expected" in message or "keep one" in message) and "\n" not in message


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", Path(__file__)):
        with pytest.raises(InputRefused, match="expected a cBioPortal study folder"):
            read_study(path, genes=GENES)


def test_a_panel_file_that_cannot_be_read_is_reported(read: Any) -> None:
    study = read(**{"data_gene_panel_X.txt": "nothing here\n"})
    assert "data_gene_panel_X.txt: no panel could be read; expected the lines stable_id: and gene_list:" in said(study)


def test_progress_hears_the_name_of_every_file(read: Any, tmp_path: Path) -> None:
    read()
    heard: list[str] = []
    read_study(tmp_path, genes=GENES, progress=heard.append)
    assert heard == ["data_clinical_sample.txt", "data_mutations.txt"]


GENES_READ = {"data_gene_panel_matrix.txt": MATRIX, "data_gene_panel_9.txt": PANEL}


@pytest.mark.parametrize("cell", ["NA", ""])
def test_a_gene_without_a_value_in_the_matrix_was_not_looked_at_whatever_its_panel(read: Any, cell: str) -> None:
    study = read(**GENES_READ, **{"data_cna.txt": f"Hugo_Symbol\tS1\nERBB2\t{cell}\nALK\t0\n"})
    assert {gene for assay in by_sample(study)["S1"].assays for gene in assay.copy_number} == {"ALK"}


@pytest.mark.parametrize("cell", ["0.13", "-1.28", "2.7", "8", "1e-3"])
@pytest.mark.parametrize("long", [False, True])
def test_copy_numbers_that_are_no_levels_set_the_whole_file_aside(read: Any, cell: str, long: bool) -> None:
    text = f"Hugo_Symbol\tS1\nALK\t2\nERBB2\t{cell}\n"
    if long:
        text = f"Hugo_Symbol\tSample_Id\tValue\nALK\tS1\t2\nERBB2\tS1\t{cell}\n"
    name = "data_cna_long.txt" if long else "data_CNA.txt"
    study = read(**{name: text, "data_gene_panel_9.txt": PANEL})
    assert not any(tumor.copies for tumor in study.tumors)
    assert not any(assay.copy_number for tumor in study.tumors for assay in tumor.assays)
    assert f"{name}, line 3: the cell is '{cell}', so the file holds log ratios" in said(study)


@pytest.mark.parametrize("kind", ["LOG2-VALUE", "CONTINUOUS"])
def test_a_file_that_its_meta_file_calls_continuous_is_not_read_as_discrete(read: Any, kind: str) -> None:
    meta = f"genetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: {kind}\ndata_filename: data_CNA.txt\n"
    study = read(**{"data_CNA.txt": "Hugo_Symbol\tS1\nERBB2\t2\n", "meta_CNA.txt": meta})
    assert not any(tumor.copies for tumor in study.tumors)
    assert f"meta_CNA.txt: says that data_CNA.txt is COPY_NUMBER_ALTERATION {kind}; not read" in said(study)


def test_continuous_copy_numbers_alone_are_pointed_out(read: Any) -> None:
    assert "data_log2_CNA.txt: log ratios" in said(read(**{"data_log2_CNA.txt": "Hugo_Symbol\tS1\nERBB2\t2\n"}))


def test_genes_go_by_any_of_their_names_in_every_file_of_a_study(read: Any) -> None:
    study = read(
        **{
            "data_mutations.txt": MAF + "K-RAS\tS1\tMissense_Mutation\tp.G12D\n",
            "data_cna.txt": "Hugo_Symbol\tS1\nHER2\t2\n",
            "data_sv.txt": "Sample_Id\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\nS1\tTPM3\tTRKA\n",
            "data_gene_panel_matrix.txt": MATRIX,
            "data_gene_panel_9.txt": PANEL.replace("ERBB2", "HER2"),
        }
    )
    tumor = by_sample(study)["S1"]
    assert [variant.gene for variant in tumor.variants] == ["KRAS"]
    assert [(copies.gene, copies.level) for copies in tumor.copies] == [("ERBB2", 2)]
    assert [fusion.genes for fusion in tumor.fusions] == [("TPM3", "NTRK1")]
    assert any("ERBB2" in assay.genes for assay in tumor.assays)


def test_a_mutation_file_without_rows_says_that_no_call_was_made_in_the_listed_samples(read: Any) -> None:
    study = read(**{"data_mutations.txt": MAF})
    assert [(tumor.sample, tumor.calls) for tumor in study.tumors] == [("S1", 0), ("S2", 0), ("S3", None)]
    assert "data_mutations.txt: a header and no rows" in said(study)
    with pytest.raises(InputRefused, match="a header and no rows"):
        read(
            without=("case_lists/cases_sequenced.txt",),
            **{"data_mutations.txt": MAF, "case_lists__cases_sequenced.txt": ""},
        )


def test_a_case_list_with_blanks_between_its_samples_makes_no_sample_up(read: Any) -> None:
    study = read(**{"case_lists__cases_sequenced.txt": "case_list_ids: S1 S2\n"})
    assert [tumor.sample for tumor in study.tumors] == ["S1", "S2", "S3"]


def test_an_absent_file_is_said_to_be_replaced_where_another_was_read(read: Any) -> None:
    study = read(**{"meta_mutations.txt": FILES["meta_mutations.txt"].replace("data_mutations.txt", "calls.txt")})
    assert "names 'calls.txt', which is not in the folder; data_mutations.txt was read for mutations" in said(study)


def test_a_byte_order_mark_hides_no_panel_and_a_column_of_the_matrix_that_is_not_read_is_named(read: Any) -> None:
    study = read(
        **{
            "data_gene_panel_matrix.txt": MATRIX.replace("structural_variants", "methylation"),
            "data_gene_panel_9.txt": "\ufeff" + PANEL,
        }
    )
    assert any("KRAS" in assay.genes for assay in by_sample(study)["S1"].assays)
    assert "no profile that is read (methylation)" in said(study)

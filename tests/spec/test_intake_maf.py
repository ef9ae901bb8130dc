"""What a MAF says of each tumor, whatever its flavor, and the one line for a MAF that cannot be read."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from chemoplan.genomics.protein import parse_protein
from chemoplan.intake.maf import MafReading, read_maf
from chemoplan.intake.refused import InputRefused

KRAS = {
    "Hugo_Symbol": "KRAS",
    "NCBI_Build": "GRCh37",
    "Chromosome": "12",
    "Start_Position": "25398284",
    "Variant_Classification": "Missense_Mutation",
    "Reference_Allele": "C",
    "Tumor_Seq_Allele1": "C",
    "Tumor_Seq_Allele2": "T",
    "Tumor_Sample_Barcode": "S1",
    "HGVSc": "c.35G>A",
    "HGVSp_Short": "p.G12D",
    "t_depth": "100",
    "t_alt_count": "25",
    "FILTER": "wga",
}
GENES = frozenset({"KRAS", "EGFR"})


def maf(*rows: dict[str, str], columns: list[str] | None = None, before: str = "") -> str:
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    lines = ["\t".join(columns), *("\t".join(row.get(name, "") for name in columns) for row in rows)]
    return before + "\n".join([*lines, ""])


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def reading(content: str | bytes, name: str = "calls.maf", **options: Any) -> MafReading:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_maf(path, **({"genes": GENES} | options))

    return reading


def refusal(read: Any, content: str | bytes, **options: Any) -> str:
    with pytest.raises(InputRefused) as caught:
        read(content, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_row_becomes_a_variant_with_its_place_depth_and_source(read: Any) -> None:
    (tumor,) = read(maf(KRAS)).tumors
    (variant,) = tumor.variants
    assert (tumor.sample, tumor.build, tumor.calls, tumor.altering, tumor.uninterpreted) == ("S1", "GRCh37", 1, 1, 0)
    assert variant.change == parse_protein("p.G12D") and variant.text == "p.G12D" and variant.effect == "altering"
    assert (variant.depth, variant.alt_count, variant.allele_fraction) == (100, 25, 0.25)
    assert variant.filter == "wga" and variant.doubt == ""
    assert str(variant.source) == "calls.maf (line 2)"
    assert variant.locus is not None
    assert (variant.locus.chromosome, variant.locus.position, variant.locus.ref, variant.locus.alt) == (
        "12",
        25398284,
        "C",
        "T",
    )


def test_order_and_case_of_columns_comments_line_ends_and_compression_do_not_matter(read: Any) -> None:
    plain = read(maf(KRAS)).tumors[0].variants[0]
    turned = maf({name.upper(): cell for name, cell in reversed(KRAS.items())}, before="#version 2.4\n# more\n")
    for content in (turned, turned.replace("\n", "\r\n"), gzip.compress(turned.encode()), "\ufeff" + turned):
        variant = read(content).tumors[0].variants[0]
        assert str(variant.source) == "calls.maf (line 4)"
        assert (variant.change, variant.locus, variant.filter) == (plain.change, plain.locus, plain.filter)


@pytest.mark.parametrize(
    "notation",
    [
        {"HGVSp": "ENSP00000256078:p.Gly12Asp"},
        {"HGVSp": "Gly12Asp"},
        {"HGVSc": "ENST00000256078.4:c.35G>A"},
        {"HGVSg": "12:g.25398284C>T"},
        {"ALTERATION": "G12D"},
        {"Chromosome": "chr12", "Start_Position": "25398284", "Reference_Allele": "C", "Tumor_Seq_Allele2": "T"},
        {"HGVSp_Short": ".", "HGVSc": "c.35G>A"},
    ],
)
def test_every_notation_of_a_change_reads_the_same(read: Any, notation: dict[str, str]) -> None:
    row = {"Hugo_Symbol": "KRAS", "Tumor_Sample_Barcode": "S1", "NCBI_Build": "GRCh37", **notation}
    (tumor,) = read(maf(row)).tumors
    assert tumor.variants[0].change == parse_protein("p.G12D")
    assert tumor.variants[0].effect == "altering"
    assert (tumor.calls, tumor.altering, tumor.uninterpreted) == (1, 1, 0)


def test_a_call_outside_the_genes_is_counted_and_no_gene_named_keeps_all(read: Any) -> None:
    rows = maf(KRAS, {**KRAS, "Hugo_Symbol": "TTN", "Start_Position": "5", "HGVSp_Short": "p.A1V", "HGVSc": ""})
    (tumor,) = read(rows).tumors
    assert (tumor.calls, tumor.altering, len(tumor.variants)) == (2, 2, 1)
    assert len(read(rows, genes=frozenset()).tumors[0].variants) == 2


def test_gene_symbols_are_matched_whatever_their_case_and_given_back_as_asked(read: Any) -> None:
    assert read(maf({**KRAS, "Hugo_Symbol": "kras"})).tumors[0].variants[0].gene == "KRAS"


def test_tumors_come_in_the_order_of_appearance_with_the_patient_in_the_barcode(read: Any) -> None:
    names = ("TCGA-AF-2689-01", "B", "TCGA-AF-2687-01A-11D")
    tumors = read(maf(*({**KRAS, "Tumor_Sample_Barcode": name} for name in names))).tumors
    assert [(tumor.sample, tumor.patient) for tumor in tumors] == [
        ("TCGA-AF-2689-01", "TCGA-AF-2689"),
        ("B", "B"),
        ("TCGA-AF-2687-01A-11D", "TCGA-AF-2687"),
    ]


@pytest.mark.parametrize(
    ("classification", "protein", "effect"),
    [
        ("Silent", "p.G12G", "silent"),
        ("Intron", "", "noncoding"),
        ("5'Flank", "", "noncoding"),
        ("Splice_Region", "", "uncertain"),
        ("Splice_Site", "p.X12_splice", "altering"),
        ("frame_shift_del", "p.G12fs*3", "altering"),
        ("Translation_Start_Site", "p.M1?", "altering"),
        ("", "p.G12D", "altering"),
        ("", "p.G12=", "silent"),
        ("", "", "uncertain"),
        ("Never_Heard_Of", "p.G12D", "uncertain"),
    ],
)
def test_the_class_tells_the_effect_and_without_one_the_protein_does(
    read: Any, classification: str, protein: str, effect: str
) -> None:
    row = {
        "Hugo_Symbol": "KRAS",
        "Tumor_Sample_Barcode": "S1",
        "Variant_Classification": classification,
        "HGVSp_Short": protein,
    }
    tumor = read(maf(row)).tumors[0]
    assert tumor.variants[0].effect == effect
    assert (tumor.calls, tumor.altering) == (1, int(effect == "altering"))
    assert tumor.uninterpreted == int(not classification and not protein)


def test_exactly_nine_classes_count_as_altering(read: Any) -> None:
    nine = [
        "Frame_Shift_Del",
        "Frame_Shift_Ins",
        "In_Frame_Del",
        "In_Frame_Ins",
        "Missense_Mutation",
        "Nonsense_Mutation",
        "Nonstop_Mutation",
        "Splice_Site",
        "Translation_Start_Site",
    ]
    others = [
        "Silent",
        "Splice_Region",
        "Intron",
        "5'UTR",
        "3'UTR",
        "5'Flank",
        "3'Flank",
        "IGR",
        "RNA",
        "Targeted_Region",
    ]
    rows = [
        {**KRAS, "Hugo_Symbol": f"G{n}", "Start_Position": "100", "Variant_Classification": name}
        for n, name in enumerate(nine + others)
    ]
    reading = read(maf(*rows))
    assert (reading.tumors[0].calls, reading.tumors[0].altering) == (19, 9)
    assert not reading.problems


def test_an_unknown_class_is_reported_once_with_its_count(read: Any) -> None:
    rows = [{**KRAS, "Hugo_Symbol": f"G{n}", "Variant_Classification": "Odd"} for n in range(3)]
    (problem,) = read(maf(*rows)).problems
    assert problem.path == "calls.maf, line 2" and problem.message.startswith("3 row(s)") and "'Odd'" in problem.message


@pytest.mark.parametrize("status", ["Germline", "Wildtype", "None", "UNCALLED"])
def test_a_call_that_is_not_somatic_is_kept_in_doubt_and_not_counted(read: Any, status: str) -> None:
    reading = read(
        maf({**KRAS, "Mutation_Status": "Somatic"}, {**KRAS, "Mutation_Status": status, "HGVSp_Short": "p.G12V"})
    )
    (tumor,) = reading.tumors
    assert (tumor.calls, tumor.altering) == (1, 1)
    assert [bool(variant.doubt) for variant in tumor.variants] == [False, True]
    assert reading.set_aside == {"not somatic": 1}
    assert any("no somatic calls" in problem.message for problem in reading.problems)


def test_a_repeated_row_of_one_sample_counts_once_and_is_reported(read: Any) -> None:
    reading = read(maf(KRAS, KRAS, {**KRAS, "Tumor_Sample_Barcode": "S2"}))
    assert [(tumor.calls, len(tumor.variants)) for tumor in reading.tumors] == [(1, 1), (1, 1)]
    assert reading.set_aside == {"repeated": 1} and reading.rows == 3
    assert "counted once" in reading.problems[0].message and reading.problems[0].path == "calls.maf, line 3"


def test_a_row_without_a_sample_is_reported(read: Any) -> None:
    reading = read(maf(KRAS, {**KRAS, "Tumor_Sample_Barcode": ""}))
    assert reading.set_aside == {"no sample": 1} and reading.problems[0].path == "calls.maf, line 3"


@pytest.mark.parametrize(
    "other",
    [
        {"HGVSp": "p.Gly12Val"},
        {"HGVSc": "c.37G>T"},
        {"HGVSc": "c.35G>T"},
        {"Tumor_Seq_Allele2": "A", "HGVSc": ""},
        {"Variant_Classification": "Silent"},
    ],
)
def test_notations_of_one_row_that_disagree_name_no_change_and_keep_the_call_in_doubt(
    read: Any, other: dict[str, str]
) -> None:
    reading = read(maf({**KRAS, **other}))
    (variant,) = reading.tumors[0].variants
    assert variant.doubt and variant.text == "p.G12D" and variant.change is None
    assert reading.problems


@pytest.mark.parametrize(
    "other", [{"HGVSp": "p.Gly12Asp"}, {"HGVSp": "p.(Gly12Asp)"}, {"HGVSp_Short": "p.X12_splice", "HGVSc": ""}]
)
def test_notations_that_agree_or_say_less_raise_no_doubt(read: Any, other: dict[str, str]) -> None:
    assert read(maf({**KRAS, **other})).tumors[0].variants[0].doubt == ""


def test_depth_is_the_sum_of_both_counts_where_it_is_not_given(read: Any) -> None:
    row = {**KRAS, "t_depth": "", "t_ref_count": "30", "t_alt_count": "10"}
    assert read(maf(row)).tumors[0].variants[0].allele_fraction == 0.25
    row = {**KRAS, "t_depth": "NA", "t_ref_count": ".", "t_alt_count": "x"}
    variant = read(maf(row)).tumors[0].variants[0]
    assert (variant.depth, variant.alt_count, variant.allele_fraction) == (None, None, None)


def test_reported_biomarkers_among_the_calls_are_results_and_no_calls(read: Any) -> None:
    rows = [("Other Biomarkers", "MSI-H"), ("Other Biomarkers", "TMB-H"), ("Other Biomarkers", "odd"), ("EGFR", "vIII")]
    reading = read("HUGO_SYMBOL\tSAMPLE_ID\tALTERATION\n" + "".join(f"{gene}\tS1\t{what}\n" for gene, what in rows))
    (tumor,) = reading.tumors
    assert [(result.what, result.value) for result in tumor.results] == [("msi_status", "MSI-H"), ("tmb", "TMB-H")]
    assert (tumor.calls, tumor.altering, tumor.uninterpreted) == (1, 0, 1)
    assert (
        tumor.variants[0].text == "vIII"
        and tumor.variants[0].change is None
        and tumor.variants[0].effect == "uncertain"
    )
    assert {"'odd'", "'vIII'"} <= {problem.message.split(": ")[-1] for problem in reading.problems}


@pytest.mark.parametrize(
    ("written", "build"),
    [("GRCh38", "GRCh38"), ("hg38", "GRCh38"), ("38", "GRCh38"), ("37", "GRCh37"), ("hg19", "GRCh37")],
)
def test_builds_are_known_by_any_of_their_names(read: Any, written: str, build: str) -> None:
    place = {"GRCh37": "25398284", "GRCh38": "25245350"}[build]
    reading = read(maf({**KRAS, "NCBI_Build": written, "Start_Position": place}))
    assert reading.build == build and reading.tumors[0].variants[0].doubt == ""


def test_a_build_that_the_bases_contradict_refuses_the_file(read: Any) -> None:
    message = refusal(
        read,
        maf(
            {**KRAS, "Hugo_Symbol": "TTN", "Start_Position": "5"},
            {**KRAS, "NCBI_Build": "GRCh37", "Reference_Allele": "A"},
        ),
    )
    assert message.startswith("calls.maf, line 3: ") and "25398284" in message and "A" in message
    assert "GRCh37" in refusal(read, maf({**KRAS, "NCBI_Build": "GRCh38"}))


def test_two_builds_in_a_file_or_an_unknown_one_refuse_it(read: Any) -> None:
    message = refusal(read, maf(KRAS, {**KRAS, "NCBI_Build": "hg38", "Tumor_Sample_Barcode": "S2"}))
    assert message.startswith("calls.maf, line 3, column NCBI_Build: ") and "line 2" in message
    assert "expected GRCh37" in refusal(read, maf({**KRAS, "NCBI_Build": "hg18"}))
    assert "GRCh38" in refusal(read, maf(KRAS), build="GRCh38")


def test_without_a_build_the_bases_tell_it_or_it_stays_unknown(read: Any) -> None:
    rows = [
        {**KRAS, "NCBI_Build": ""},
        {
            **KRAS,
            "NCBI_Build": "",
            "Start_Position": "25398285",
            "Tumor_Seq_Allele2": "A",
            "HGVSp_Short": "p.G12C",
            "HGVSc": "c.34G>T",
        },
    ]
    assert read(maf(*rows)).build == "GRCh37"
    assert read(maf({**KRAS, "NCBI_Build": "", "Start_Position": "5"})).build is None
    assert read(maf({**KRAS, "NCBI_Build": "", "Start_Position": "5"}), build="GRCh38").build == "GRCh38"


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"", "calls.maf: ", "empty"),
        (b" \n\n", "calls.maf: ", "empty"),
        (b"# only\n# comments\n", "calls.maf: ", "only comment lines"),
        (b"<!DOCTYPE html><html></html>", "calls.maf: ", "HTML"),
        (b"Hugo_Symbol\tA\0\n", "calls.maf, line 1: ", "binary"),
        (b"\xff\xfeH\0u\0", "calls.maf: ", "UTF-16"),
        (b"hello\n", "calls.maf, line 1: ", "no header"),
        (b"Hugo_Symbol\tHGVSp_Short\nKRAS\tp.G12D\n", "calls.maf, line 1: ", "no column Tumor_Sample_Barcode"),
        (b"#x\nTumor_Sample_Barcode\tHGVSp_Short\nS1\tp.G12D\n", "calls.maf, line 2: ", "no column Hugo_Symbol"),
        (b"Hugo_Symbol\tTumor_Sample_Barcode\nKRAS\tS1\n", "calls.maf, line 1: ", "one of HGVSp_Short"),
        (b"Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp\tHGVSP\nKRAS\tS1\t\t\n", "calls.maf, line 1: ", "given twice"),
        (b"Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp\n", "calls.maf, line 1: ", "no rows"),
        (b"Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp\nA\tB\tC\nA\tB", "calls.maf, line 3: ", "2 cells and the header 3"),
        (b"Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp\nA\tB\tC\tD\n", "calls.maf, line 2: ", "4 cells and the header 3"),
        (gzip.compress(maf(KRAS).encode())[:-12], "calls.maf: ", "cut off"),
        (gzip.compress(maf(KRAS).encode())[:-8] + b"12345678", "calls.maf: ", "damaged"),
        (b"\x1f\x8b\x08", "calls.maf: ", "cut off"),
    ],
)
def test_a_file_that_is_no_whole_maf_gets_one_line_with_place_and_remedy(
    read: Any, content: bytes, place: str, words: str
) -> None:
    message = refusal(read, content)
    assert message.startswith(place) and words in message
    assert any(remedy in message for remedy in ("expected", "copy", "keep one", "save it"))


def test_a_folder_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "folder"),
        (tmp_path / "none.maf", "no such file"),
        (tmp_path / "a\0b", "cannot be read"),
    ):
        with pytest.raises(InputRefused, match=words):
            read_maf(path, genes=GENES)


def test_latin_1_is_read_with_a_warning(read: Any) -> None:
    reading = read(maf({**KRAS, "Comment": "é"}).encode("latin-1"))
    assert reading.tumors[0].calls == 1
    assert "Latin-1" in reading.problems[0].message and reading.problems[0].path == "calls.maf, line 2"


def test_blank_lines_and_comments_between_rows_keep_the_line_numbers(read: Any) -> None:
    header, first, second, _ = maf(KRAS, {**KRAS, "Tumor_Sample_Barcode": "S2"}).split("\n")
    reading = read(f"{header}\n{first}\n\n# note\n{second}\n\n")
    assert [tumor.variants[0].source.locator for tumor in reading.tumors] == ["line 2", "line 5"]
    assert [problem.path for problem in reading.problems] == ["calls.maf, line 4"]


def test_blocks_of_gzip_as_bgzip_writes_them_are_read_to_the_end(read: Any) -> None:
    text = maf(KRAS, {**KRAS, "Tumor_Sample_Barcode": "S2"}).encode()
    assert len(read(gzip.compress(text[:50]) + gzip.compress(text[50:])).tumors) == 2


def test_quotes_are_only_characters(read: Any) -> None:
    reading = read(maf({**KRAS, "FILTER": '"open'}, {**KRAS, "Tumor_Sample_Barcode": "S2"}))
    assert [tumor.calls for tumor in reading.tumors] == [1, 1]

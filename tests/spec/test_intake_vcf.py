"""VCF files of tumors: annotated or raw, both builds, what they prove was read, and how they are turned down."""

from __future__ import annotations

from pathlib import Path

import pytest

pysam = pytest.importorskip("pysam")

from chemoplan.intake.vcf import read_vcf  # noqa: E402
from tests.spec.vcf_files import G12C, GENES, only, read, record, snpeff, text, vep, write  # noqa: E402


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_a_raw_call_at_a_known_codon_is_read_on_the_table(tmp_path: Path, build: str) -> None:
    tumor = read(tmp_path, [record(G12C[build])], header=build)
    variant = only(tumor)
    assert (variant.gene, str(variant.change), variant.effect) == ("KRAS", "p.G12C", "altering")
    assert (tumor.build, tumor.sample, tumor.calls, tumor.altering, tumor.uninterpreted) == (
        build,
        "tumor-1",
        1,
        None,
        0,
    )
    assert (variant.depth, variant.alt_count, variant.allele_fraction) == (100, 20, 0.2)
    assert variant.source.document == "tumor.vcf" and variant.source.locator == "line 11"


def test_what_a_raw_file_calls_elsewhere_is_counted_and_told(tmp_path: Path) -> None:
    tumor = read(
        tmp_path,
        [record("12\t1000\t.\tC\tA"), record("12\t2000\t.\tCA\tC,T", "1/2:0,50,50:100"), record(G12C["GRCh37"])],
    )
    assert (tumor.calls, tumor.uninterpreted) == (4, 3)
    assert [problem.message for problem in tumor.problems] == ["3 calls are not interpreted without annotation"]


def test_a_raw_insertion_in_a_known_codon_is_kept_as_not_understood(tmp_path: Path) -> None:
    variant = only(read(tmp_path, [record("12\t25398284\t.\tC\tCAGG")]))
    assert (variant.gene, variant.effect, variant.change.start if variant.change else 0) == ("KRAS", "uncertain", 12)
    assert "not interpreted without annotation" in variant.doubt


@pytest.mark.parametrize(
    ("change", "protein"),
    [
        ("12\t25398284\t.\tCC\tAA", "p.G12F"),
        ("12\t25398283\t.\tACC\tAAC", "p.G12V"),
        ("12\t25398284\t.\tc\tt", "p.G12D"),
    ],
)
def test_substitutions_of_several_bases_and_small_letters_are_read(tmp_path: Path, change: str, protein: str) -> None:
    assert str(only(read(tmp_path, [record(change)])).change) == protein


@pytest.mark.parametrize(
    ("change", "protein"),
    [
        ("12\t25398282\t.\tCAC\tTAA", "p.G12_G13delinsVS"),
        ("12\t25398282\t.\tCA\tTT", "p.G13S"),
        ("12\t25398282\t.\tCAC\tCTA", "p.G12V"),
    ],
)
def test_a_substitution_across_two_known_codons_is_one_change(tmp_path: Path, change: str, protein: str) -> None:
    assert str(only(read(tmp_path, [record(change)])).change) == protein


def test_each_allele_of_a_record_is_a_call_of_its_own(tmp_path: Path) -> None:
    tumor = read(tmp_path, [record("12\t25398284\t.\tC\tA,T,<NON_REF>", "1/2:50,30,20,0:100")])
    assert [(str(item.change), item.alt_count) for item in tumor.variants] == [("p.G12V", 30), ("p.G12D", 20)]


def test_vep_columns_are_read_in_the_order_of_the_header(tmp_path: Path) -> None:
    info = "CSQ=p.Gly12Cys|KRAS|missense_variant|A"
    tumor = read(tmp_path, [record(G12C["GRCh37"], info=info)], meta=(vep("HGVSp|SYMBOL|Consequence|Allele"),))
    variant = only(tumor)
    assert (str(variant.change), variant.text, variant.classification) == ("p.G12C", "p.Gly12Cys", "missense_variant")
    assert tumor.altering == 1


def test_vep_without_protein_notation_is_read_from_position_and_residues(tmp_path: Path) -> None:
    columns = vep("Allele|Consequence|SYMBOL|Protein_position|Amino_acids")
    rows = [
        record("17\t100\t.\tC\tA", info="CSQ=A|missense_variant|TP53|175/393|R/H"),
        record("17\t200\t.\tC\tA", info="CSQ=A|stop_gained|TP53|213|R/*"),
        record("17\t300\t.\tC\tCA", info="CSQ=A|frameshift_variant|TP53|72|P/X"),
        record("17\t400\t.\tC\tA", info="CSQ=A|synonymous_variant|TP53|36|P"),
    ]
    found = read(tmp_path, rows, meta=(columns,)).variants
    assert [str(item.change) for item in found] == ["p.R175H", "p.R213*", "p.P72fs", "p.P36="]
    assert [item.effect for item in found] == ["altering", "altering", "altering", "silent"]


def test_snpeff_annotation_is_read(tmp_path: Path) -> None:
    info = "ANN=A|missense_variant|MODERATE|KRAS|KRAS|transcript|NM_004985.5|protein_coding|2/5|c.34G>T|p.Gly12Cys||||,"
    info += "A|downstream_gene_variant|MODIFIER|BRAF|BRAF|transcript|NM_1|protein_coding||c.*1||||||"
    variant = only(read(tmp_path, [record(G12C["GRCh37"], info=info)], meta=(snpeff(),)))
    assert (variant.gene, str(variant.change), variant.coding) == ("KRAS", "p.G12C", "c.34G>T")


@pytest.mark.parametrize(
    ("terms", "effect"),
    [
        ("missense_variant&splice_region_variant", "altering"),
        ("splice_acceptor_variant", "altering"),
        ("inframe_deletion", "altering"),
        ("synonymous_variant", "silent"),
        ("splice_region_variant&intron_variant", "noncoding"),
        ("coding_sequence_variant", "uncertain"),
        ("a_term_of_next_year", "uncertain"),
    ],
)
def test_consequence_terms_say_what_becomes_of_the_protein(tmp_path: Path, terms: str, effect: str) -> None:
    info = f"CSQ=A|{terms}|TP53|ENST1|protein_coding|||YES"
    assert only(read(tmp_path, [record("17\t100\t.\tC\tA", info=info)], meta=(vep(),))).effect == effect


def test_a_changed_splice_site_names_the_codon_beside_it(tmp_path: Path) -> None:
    info = "CSQ=A|splice_acceptor_variant|TP53|ENST1|protein_coding|ENST1:c.783-1G>A||YES"
    assert str(only(read(tmp_path, [record("17\t100\t.\tC\tA", info=info)], meta=(vep(),))).change) == "p.X261_splice"


def test_an_escaped_silent_change_is_read(tmp_path: Path) -> None:
    info = "CSQ=A|synonymous_variant|TP53|ENST1|protein_coding|c.9C>A|ENSP1:p.Pro3%3D|YES"
    assert str(only(read(tmp_path, [record("17\t100\t.\tC\tA", info=info)], meta=(vep(),))).change) == "p.P3="


BRAF = {"GRCh37": "7\t140453136\t.\tA\tT", "GRCh38": "7\t140753336\t.\tA\tT"}


def test_the_table_overrules_a_preferred_transcript_with_other_numbers(tmp_path: Path) -> None:
    info = (
        "CSQ=T|missense_variant|BRAF|ENST00000644969|protein_coding|c.1919T>A|p.Val640Glu|YES,"
        "T|missense_variant|BRAF|ENST00000646891|protein_coding|c.1799T>A|p.Val600Glu|"
    )
    variant = only(read(tmp_path, [record(BRAF["GRCh37"], info=info)], meta=(vep(),)))
    assert (str(variant.change), variant.doubt) == ("p.V600E", "")


def test_an_annotation_that_contradicts_the_table_is_in_doubt(tmp_path: Path) -> None:
    info = "CSQ=T|missense_variant|BRAF|ENST00000644969|protein_coding|c.1919T>A|p.Val640Glu|YES"
    variant = only(read(tmp_path, [record(BRAF["GRCh37"], info=info)], meta=(vep(),)))
    assert "V640E" in variant.doubt and "V600E" in variant.doubt


def test_transcripts_of_one_standing_that_differ_are_told(tmp_path: Path) -> None:
    info = (
        "CSQ=T|missense_variant|TP53|ENST1|protein_coding|c.2T>A|p.Leu2Gln|,"
        "T|missense_variant|TP53|ENST2|protein_coding|c.5T>A|p.Leu5Gln|"
    )
    tumor = read(tmp_path, [record("17\t100\t.\tA\tT", info=info)], meta=(vep(),))
    assert "named differently by other transcripts" in tumor.problems[-1].message
    hot = info.replace("Leu5Gln", "Arg175Gln")
    tumor = read(tmp_path, [record("17\t100\t.\tA\tT", info=hot)], meta=(vep(),))
    assert "transcripts give different changes" in only(tumor).doubt


def test_the_canonical_transcript_is_preferred(tmp_path: Path) -> None:
    info = (
        "CSQ=T|missense_variant|TP53|ENST1|protein_coding|c.2T>A|p.Leu2Gln|,"
        "T|missense_variant|TP53|ENST2|protein_coding|c.5T>A|p.Leu5Gln|YES"
    )
    assert str(only(read(tmp_path, [record("17\t100\t.\tA\tT", info=info)], meta=(vep(),))).change) == "p.L5Q"


def test_an_annotation_without_the_gene_of_a_known_codon_does_not_hide_it(tmp_path: Path) -> None:
    info = "CSQ=A|intergenic_variant||||||"
    assert str(only(read(tmp_path, [record(G12C["GRCh37"], info=info)], meta=(vep(),))).change) == "p.G12C"


def test_altering_calls_of_other_genes_are_counted_not_kept(tmp_path: Path) -> None:
    rows = [
        record("1\t100\t.\tC\tA", info="CSQ=A|stop_gained|TTN|ENST1|protein_coding|||YES"),
        record("1\t200\t.\tC\tA", info="CSQ=A|intron_variant|TTN|ENST1|protein_coding|||YES"),
        record("1\t300\t.\tC\tA", info="CSQ=A|stop_gained|TTN|ENST1|protein_coding|||YES", filters="germline"),
    ]
    tumor = read(tmp_path, rows, meta=(vep(),))
    assert (tumor.calls, tumor.altering, tumor.variants) == (3, 1, ())


def test_a_call_that_failed_a_filter_is_kept_in_doubt(tmp_path: Path) -> None:
    variant = only(read(tmp_path, [record(G12C["GRCh37"], filters="germline")]))
    assert (variant.doubt, variant.filter) == ("failed the filter germline", "germline")
    assert only(read(tmp_path, [record(G12C["GRCh37"], filters="wga")])).doubt == ""
    assert only(read(tmp_path, [record(G12C["GRCh37"], filters=".")])).doubt == ""


@pytest.mark.parametrize(
    ("sample", "doubt"),
    [
        ("0/0:100,0:100", None),
        ("./.:.:.", None),
        ("0/0:90,10:100", "10 of 100 reads carry it"),
        ("./.:90,10:100", "10 of 100 reads carry it"),
        ("0/1:100,0:100", "no read carries it"),
    ],
)
def test_the_genotype_decides_and_reads_that_contradict_it_are_a_doubt(
    tmp_path: Path, sample: str, doubt: str | None
) -> None:
    tumor = read(tmp_path, [record(G12C["GRCh37"], sample)])
    assert tumor.calls == 0
    assert (doubt is None) == (not tumor.variants)
    if doubt:
        assert doubt in only(tumor).doubt


@pytest.mark.parametrize(
    ("form", "sample", "reads"),
    [
        ("GT:DPT:ADT", "0/1:29:21,8", (29, 8)),
        ("GT:RO:AO", "0/1:80:20", (100, 20)),
        ("DP:TAR:TIR", "100:80,82:18,20", (100, 18)),
        ("DP:AU:CU:GU:TU", "100:20,21:80,80:0,0:0,0", (100, 20)),
        ("GT:DP:AF", "0/1:200:0.1", (200, 20)),
        ("GT:RD:AD:DP", "0/1:80:20:100", (100, 20)),
        ("GT", "0/1", (None, None)),
    ],
)
def test_read_counts_are_found_in_the_fields_of_many_callers(
    tmp_path: Path, form: str, sample: str, reads: tuple[int | None, int | None]
) -> None:
    content = text([record(G12C["GRCh37"], sample, form=form)])
    if ":RD:" in form:
        content = content.replace("ID=AD,Number=R", "ID=AD,Number=1")
    tumor = read_vcf(write(tmp_path, content), genes=GENES)
    assert (only(tumor).depth, only(tumor).alt_count) == reads


def test_reads_in_info_serve_a_file_without_samples(tmp_path: Path) -> None:
    content = text([f"{G12C['GRCh37']}\t.\tPASS\tTDP=50;TVAF=0.2"], samples=())
    content = content.replace("INFO\tFORMAT\n", "INFO\n")
    tumor = read_vcf(write(tmp_path, content), genes=GENES)
    assert (tumor.sample, only(tumor).depth, only(tumor).alt_count) == ("tumor", 50, 10)


def _block(first: int, last: int, depth: int, chromosome: str = "12", sample: str = "0/0", base: str = "A") -> str:
    change = f"{chromosome}\t{first}\t.\t{base}\t<NON_REF>"
    return record(change, f"{sample}:{depth}:{depth}", filters=".", info=f"END={last}", form="GT:DP:MIN_DP")


def test_reference_blocks_prove_that_whole_codons_were_read(tmp_path: Path) -> None:
    (assay,) = read(tmp_path, [_block(25398283, 25398287, 200)]).assays
    assert assay.codons == {("KRAS", 12)} and assay.genes == frozenset() and "tumor.vcf" in assay.name


def test_a_call_and_the_blocks_beside_it_prove_a_codon_together(tmp_path: Path) -> None:
    rows = [_block(25398280, 25398284, 150, base="G"), record(G12C["GRCh37"]), _block(25398286, 25398290, 150)]
    (assay,) = read(tmp_path, rows).assays
    assert assay.codons == {("KRAS", 11), ("KRAS", 12), ("KRAS", 13)}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [record(G12C["GRCh37"])],
        [_block(25398283, 25398285, 20)],
        [_block(25398283, 25398284, 500)],
        [_block(25398283, 25398285, 500, sample="./.")],
        [_block(25398283, 25398285, 500).replace("\t.\t.\tEND", "\t.\tgermline\tEND")],
    ],
)
def test_nothing_else_proves_that_a_codon_was_read(tmp_path: Path, rows: list[str]) -> None:
    assert read(tmp_path, rows).assays == ()


def test_too_few_reads_for_proof_are_told(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, [_block(25398283, 25398285, 20)]).problems
    assert "KRAS 12" in problem.message and "fewer than 100 reads" in problem.message


def test_a_called_reference_record_proves_its_bases(tmp_path: Path) -> None:
    rows = [
        record(f"12\t{place}\t.\t{base}\tG", "0/0:120,0:120")
        for place, base in [(25398283, "A"), (25398284, "C"), (25398285, "C")]
    ]
    (assay,) = read(tmp_path, rows).assays
    assert assay.codons == {("KRAS", 12)}


TWO = ("12\t25398284\t.\tC\tA", "12\t25398285\t.\tC\tA")


def test_two_records_of_one_codon_in_phase_are_one_change(tmp_path: Path) -> None:
    rows = [record(item, "0|1:80,20:100:7", form="GT:AD:DP:PS") for item in TWO]
    variant = only(read(tmp_path, rows))
    assert (str(variant.change), variant.doubt, variant.source.locator) == ("p.G12F", "", "line 11 and line 12")


def test_two_records_of_one_codon_without_phase_are_both_in_doubt(tmp_path: Path) -> None:
    found = read(tmp_path, [record(item) for item in TWO]).variants
    assert len(found) == 2 and all("does not say whether both lie on one copy" in item.doubt for item in found)
    other = [
        record(TWO[0], "0|1:80,20:100:7", form="GT:AD:DP:PS"),
        record(TWO[1], "0|1:80,20:100:8", form="GT:AD:DP:PS"),
    ]
    assert all(item.doubt for item in read(tmp_path, other).variants)


def test_two_records_of_one_codon_on_different_copies_are_two_changes(tmp_path: Path) -> None:
    rows = [
        record(TWO[0], "0|1:80,20:100:7", form="GT:AD:DP:PS"),
        record(TWO[1], "1|0:80,20:100:7", form="GT:AD:DP:PS"),
    ]
    assert [(str(item.change), item.doubt) for item in read(tmp_path, rows).variants] == [
        ("p.G12V", ""),
        ("p.G12C", ""),
    ]


def test_annotated_records_of_one_codon_in_phase_are_read_together_on_the_table(tmp_path: Path) -> None:
    infos = [
        "CSQ=A|missense_variant|KRAS|E|protein_coding||p.Gly12Val|YES",
        "CSQ=A|missense_variant|KRAS|E|protein_coding||p.Gly12Cys|YES",
    ]
    rows = [
        record(item, "0|1:80,20:100:7", info=info, form="GT:AD:DP:PS") for item, info in zip(TWO, infos, strict=True)
    ]
    assert str(only(read(tmp_path, rows, meta=(vep(),))).change) == "p.G12F"


def test_a_record_given_twice_is_read_once(tmp_path: Path) -> None:
    tumor = read(tmp_path, [record(G12C["GRCh37"])] * 2)
    assert len(tumor.variants) == 1 and "repeated" in tumor.problems[-1].message


PAIR = ("TUMOR", "NORMAL")

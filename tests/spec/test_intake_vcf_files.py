"""VCF files as a whole: which column is the tumor, which build they are on, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

pysam = pytest.importorskip("pysam")

from chemoplan.intake import InputRefused  # noqa: E402
from chemoplan.intake.vcf import read_vcf  # noqa: E402
from tests.spec.vcf_files import G12C, GENES, only, read, record, refusal, text, vep, write  # noqa: E402


@pytest.mark.parametrize(
    ("samples", "meta", "tumor"),
    [
        (("S1", "S2"), ("##tumor_sample=S2",), "S2"),
        (("TUMOR", "NORMAL"), (), "TUMOR"),
        (("normal", "tumor"), (), "tumor"),
        (("S1", "S2"), ("##PEDIGREE=<Derived=S2,Original=S1>",), "S2"),
    ],
)
def test_the_header_may_name_the_tumor(
    tmp_path: Path, samples: tuple[str, ...], meta: tuple[str, ...], tumor: str
) -> None:
    cells = ["0/1:80,20:100" if name == tumor else "0/0:100,0:100" for name in samples]
    found = read(tmp_path, [record(G12C["GRCh37"], "\t".join(cells))], samples=samples, meta=meta)
    assert (found.sample, len(found.variants)) == (tumor, 1)


def test_a_tumor_among_several_samples_is_never_guessed(tmp_path: Path) -> None:
    content = text([record(G12C["GRCh37"], "0/1:80,20:100\t0/0:100,0:100")], samples=("S1", "S2"))
    assert "2 samples ('S1', 'S2') and does not say which is the tumor" in refusal(tmp_path, content)
    assert "no sample 'S3'" in refusal(tmp_path, content, sample="S3")
    assert len(read_vcf(write(tmp_path, content), genes=GENES, sample="S1").variants) == 1
    assert read_vcf(write(tmp_path, content), genes=GENES, sample="S2").variants == ()


def test_the_normal_tissue_is_not_read_as_the_tumor(tmp_path: Path) -> None:
    assert "normal tissue" in refusal(tmp_path, text([], samples=("NORMAL",)))
    content = text([], meta=("##normal_sample=S1", "##tumor_sample=S2"), samples=("S1", "S2"))
    assert "normal tissue" in refusal(tmp_path, content, sample="S1")


def test_a_caller_of_inherited_variants_is_told(tmp_path: Path) -> None:
    tumor = read(tmp_path, [record(G12C["GRCh37"])], meta=("##source=HaplotypeCaller",))
    assert "inherited variants" in tumor.problems[-1].message


def test_the_build_of_header_option_and_bases_must_agree(tmp_path: Path) -> None:
    content = text([record(G12C["GRCh37"])])
    assert "header says GRCh37" in refusal(tmp_path, content, build="GRCh38")
    mixed = text([], meta=("##reference=hg38.fa",))
    assert "names both builds" in refusal(tmp_path, mixed)
    swapped = text([record(G12C["GRCh38"].replace("chr12", "12"))])
    assert "GRCh38" in refusal(tmp_path, swapped)
    wrong_base = text([record("12\t25398285\t.\tT\tA")])
    assert "12:25398285 is T, but GRCh37 has C" in refusal(tmp_path, wrong_base)


def test_another_reference_than_the_two_builds_is_refused(tmp_path: Path) -> None:
    content = text([record(G12C["GRCh37"])], None, ("##contig=<ID=chr1,length=248387328>",))
    assert "neither GRCh37 nor GRCh38" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    "line", ["##reference=file:///data/hs37d5.fa", "##contig=<ID=1,assembly=b37>", '##VEP="v99" assembly="GRCh37.p13"']
)
def test_the_header_may_name_the_build_in_words(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, [record(G12C["GRCh37"])], header=None, meta=(line,)).build == "GRCh37"


def test_lift_over_lines_do_not_name_the_build(tmp_path: Path) -> None:
    tumor = read(
        tmp_path,
        [record(G12C["GRCh37"])],
        header=None,
        meta=("##liftOverFile=hg38ToHg19.over.chain.gz",),
        build="GRCh37",
    )
    assert only(tumor).gene == "KRAS"


def test_a_build_that_only_the_bases_tell_is_said_so(tmp_path: Path) -> None:
    tumor = read(tmp_path, [record(G12C["GRCh38"])], header=None)
    assert tumor.build == "GRCh38" and "fit GRCh38 only" in tumor.problems[0].message


def test_a_raw_file_of_no_known_build_is_refused_and_an_annotated_one_warned(tmp_path: Path) -> None:
    row = record("12\t100\t.\tC\tA")
    assert "--build GRCh37 or GRCh38" in refusal(tmp_path, text([row], None))
    annotated = record("12\t100\t.\tC\tA", info="CSQ=A|missense_variant|KRAS|E|protein_coding||p.Gly12Cys|YES")
    tumor = read(tmp_path, [annotated], header=None, meta=(vep(),))
    assert tumor.build is None and str(only(tumor).change) == "p.G12C"
    assert "nothing names the reference build" in tumor.problems[0].message


def test_every_base_of_an_all_sites_file_may_meet_the_other_build(tmp_path: Path) -> None:
    rows = [
        record(f"12\t{place}\t.\t{base}\t.", "0/0:120:120")
        for place, base in [(25398283, "A"), (25398284, "C"), (25398285, "C")]
    ]
    rows += [record("12\t25245351\t.\tC\t.", "0/0:120:120")]
    assert read(tmp_path, rows).assays[0].codons == {("KRAS", 12)}


RECORD = record(G12C["GRCh37"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        (RECORD, "the header is missing"),
        ("Hugo_Symbol\tTumor_Sample_Barcode\nKRAS\tS1\n", "a MAF table, not a VCF; name it .maf"),
        ("KRAS G12C\n", "not a VCF"),
        ("##fileformat=VCFv4.2\n" + RECORD, "without its column line"),
        (text([RECORD])[:-30], "columns, the header 10; the file is cut off there"),
        (
            text([RECORD, "12\t2539"])[:-1],
            "line 12: the record has 2 columns, the header 10; the file is cut off there",
        ),
        (text([RECORD, "12\t25398285\t.\tC\tA"]), "line 12: the record has 5 columns"),
        (text([RECORD.replace("25398285", "here")]), "line 11: not a readable record"),
        (text(["", RECORD]), "line 11: an empty line"),
        (text([RECORD]).replace("tumor-1", "a\ta"), "two sample columns have the same name"),
        (text([RECORD]).replace("#CHROM\tPOS", "#CHROM POS"), "columns are not those of a VCF"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_line(
    tmp_path: Path, content: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    message = refusal(tmp_path, content)
    assert says in message
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, says in [(tmp_path / "no.vcf", "no such file"), (tmp_path, "is a folder")]:
        with pytest.raises(InputRefused, match=says):
            read_vcf(path, genes=GENES)


def _many(folder: Path) -> Path:
    return write(folder, text([record(f"12\t{1000 + place}\t.\tC\tA") for place in range(20_000)]), "many.vcf")


def test_compressed_and_binary_files_are_read_alike(tmp_path: Path) -> None:
    content = text([record("12\t100\t.\tC\tA"), RECORD])
    plain = write(tmp_path, content)
    pysam.tabix_compress(str(plain), str(tmp_path / "blocks.vcf.gz"))
    with (
        pysam.VariantFile(str(plain)) as source,
        pysam.VariantFile(str(tmp_path / "b.bcf"), "wb", header=source.header) as binary,
    ):
        for item in source:
            binary.write(item)
    found = [
        read_vcf(path, genes=GENES)
        for path in (plain, write(tmp_path, content, "gzip.vcf.gz"), tmp_path / "blocks.vcf.gz", tmp_path / "b.bcf")
    ]
    assert [str(only(tumor).change) for tumor in found] == ["p.G12C"] * 4
    assert [only(tumor).source.locator for tumor in found] == ["line 12", "line 12", "line 12", "record 2"]
    assert {tumor.calls for tumor in found} == {2}


@pytest.mark.parametrize("kind", ["blocks", "gzip"])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.01])
def test_a_compressed_file_that_is_cut_off_is_refused(
    tmp_path: Path, kind: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    plain = _many(tmp_path)
    path = tmp_path / "cut.vcf.gz"
    if kind == "blocks":
        pysam.tabix_compress(str(plain), str(path))
    else:
        path = write(tmp_path, plain.read_text(), "cut.vcf.gz")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputRefused, match=r"^cut\.vcf\.gz: the compressed file is cut off; get it again$"):
        read_vcf(path, genes=GENES)
    assert capfd.readouterr() == ("", "")


def test_an_index_beside_the_file_does_not_matter(tmp_path: Path) -> None:
    plain = write(tmp_path, text([RECORD]))
    path = tmp_path / "t.vcf.gz"
    pysam.tabix_compress(str(plain), str(path))
    (tmp_path / "t.vcf.gz.tbi").write_bytes(b"damaged")
    assert only(read_vcf(path, genes=GENES)).gene == "KRAS"


def test_an_annotation_that_is_not_read_is_told(tmp_path: Path) -> None:
    meta = ('##INFO=<ID=EFF,Number=.,Type=String,Description="Predicted effects">',)
    assert "the annotation EFF is not read" in read(tmp_path, [RECORD], meta=meta).problems[-1].message


def test_bytes_that_are_no_text_get_one_line(tmp_path: Path) -> None:
    path = tmp_path / "tumor.vcf"
    path.write_bytes(
        b"##fileformat=VCFv4.2\n##contig=<ID=12,length=133851895>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        b"12\t25398284\t.\tC\tT\t.\t\x80\t.\n"
    )
    with pytest.raises(InputRefused, match=r"tumor\.vcf, line 4"):
        read_vcf(path, genes=GENES)

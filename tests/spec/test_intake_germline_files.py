"""Whole germline files: whose they are, of what, on which build, in which container; people, panels and typed results."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

pytest.importorskip("pysam")

import pysam

from chemoplan.genomics.germline.observed import GermlineSample
from chemoplan.genomics.tumor import Build
from chemoplan.intake import InputRefused
from chemoplan.intake.germline import (
    read_germline,
    read_germline_cohort,
    read_germline_panel,
    read_typed_germline,
)
from tests.spec.germline_files import header, record, reference_records, write

STAR2A, HAPB3, TA = "rs3918290", "rs75017182", "rs3064744"
PLACES = {STAR2A: "chr1:97450058", TA: "chr2:233760233"}


def read(folder: Path, records: list[str], **options: object) -> GermlineSample:
    return read_germline(write(folder, [*header(), *records]), **options)  # type: ignore[arg-type]


# --- whose file, of what, on which build ----------------------------------------------------------------------------


def refused(folder: Path, lines: list[str], **options: object) -> str:
    with pytest.raises(InputRefused) as caught:
        read_germline(write(folder, lines), **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith("person.vcf") and "\n" not in message
    return message


CALL = record(PLACES[STAR2A], "C", "T", "0/1")


def test_the_sample_is_the_patient_or_named(tmp_path: Path) -> None:
    lines = [*header(samples=["S1"]), CALL]
    path = write(tmp_path, lines)
    assert read_germline(path).sample == read_germline(path, expected_sample="S1").sample == "S1"
    assert "'S1' is not the patient" in refused(tmp_path, lines, expected_sample="S2")
    assert "no sample 'S2'; it holds 'S1'" in refused(tmp_path, lines, sample="S2")
    overridden = read_germline(path, sample="S1", expected_sample="S2")
    assert overridden.sample == "S1" and "another name" in overridden.problems[0].message


def test_of_several_samples_none_is_taken_unasked(tmp_path: Path) -> None:
    lines = [*header(samples=["A1", "A2"]), record(PLACES[STAR2A], "C", "T", ["0/0", "0/1"])]
    assert "holds 2 samples ('A1', 'A2')" in refused(tmp_path, lines)
    assert "none of its 2 samples ('A1', 'A2') is the patient" in refused(tmp_path, lines, expected_sample="P")
    path = write(tmp_path, lines)
    for name, alleles in (("A1", ("C", "C")), ("A2", ("C", "T"))):
        assert read_germline(path, sample=name).observations[STAR2A].alleles == alleles
        assert read_germline(path, expected_sample=name).observations[STAR2A].alleles == alleles
    assert "no sample column" in refused(tmp_path, header(samples=[]))


TUMORS = [
    (["##tumor_sample=PATIENT"], ["PATIENT"]),
    (["##normal_sample=N1"], ["PATIENT", "N1"]),
    ([], ["TUMOR"]),
    ([], ["NORMAL", "TUMOR"]),
    ([], ["PATIENT", "NORMAL"]),
    ([], ["P1_tumor"]),
    (['##GATKCommandLine=<ID=Mutect2,CommandLine="Mutect2 --input a.bam">'], ["PATIENT"]),
    (["##source=Mutect2"], ["PATIENT"]),
    (["##content=strelka somatic snv calls"], ["PATIENT"]),
    (["##PEDIGREE=<Derived=PATIENT,Original=N>"], ["PATIENT"]),
    (['##DRAGENCommandLine=<ID=dragen,CommandLineOptions="--tumor-bam-input t.bam">'], ["PATIENT"]),
    (['##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Somatic">'], ["PATIENT"]),
    (['##INFO=<ID=TLOD,Number=A,Type=Float,Description="Log odds">'], ["PATIENT"]),
    (["##MutectVersion=2.2"], ["PATIENT"]),
    (["##DeepSomatic_version=1.6.0"], ["PATIENT"]),
    ([], ["TCGA-AA-3489-01A-21D"]),
]


@pytest.mark.parametrize(("meta", "samples"), TUMORS)
def test_a_tumor_is_refused_even_when_a_sample_is_named(tmp_path: Path, meta: list[str], samples: list[str]) -> None:
    lines = [*header(samples=samples, meta=meta), record(PLACES[STAR2A], "C", "T", ["0/1"] * len(samples))]
    assert "not read from a tumor" in refused(tmp_path, lines, sample=samples[0])
    with pytest.raises(InputRefused, match="not read from a tumor"):
        read_germline_cohort(tmp_path / "person.vcf")


NO_TUMORS = [
    (["##source=HaplotypeCaller"], ["PATIENT"]),
    (["##content=strelka germline small-variant calls"], ["PATIENT"]),
    (['##GATKCommandLine=<ID=HaplotypeCaller,CommandLine="-R /refs/somatic-hg38/mutect/x.fa">'], ["PATIENT"]),
    ([], ["NORMAL"]),
    ([], ["Tumorius"]),
    ([], ["TCGA-AA-3489-10A-21D"]),
]


@pytest.mark.parametrize(("meta", "samples"), NO_TUMORS)
def test_a_germline_file_is_not_taken_for_a_tumor(tmp_path: Path, meta: list[str], samples: list[str]) -> None:
    assert read_germline(write(tmp_path, [*header(samples=samples, meta=meta), CALL])).sample == samples[0]


@pytest.mark.parametrize(("cell", "count"), [("1", "1 allele "), ("0/0/1", "3 alleles "), ("0|1|1|0", "4 alleles ")])
def test_other_than_two_alleles_are_refused(tmp_path: Path, cell: str, count: str) -> None:
    message = refused(tmp_path, [*header(), record(PLACES[STAR2A], "C", "T", cell)])
    assert f"{count}at chr1:97450058 where a person has 2" in message


def test_the_builds_are_told_apart_by_every_sign(tmp_path: Path) -> None:
    old, new = (reference_records(build) for build in ("GRCh37", "GRCh38"))
    assert "87 record(s) lie at listed positions of GRCh37" in refused(tmp_path, [*header("GRCh38"), *old])
    assert "REF of rs1801265 is G" in refused(tmp_path, [*header("GRCh38"), *old])
    assert "listed positions of GRCh38" in refused(tmp_path, [*header("GRCh37"), *new])
    assert "but GRCh37 was given" in refused(tmp_path, [*header("GRCh38"), *new], build="GRCh37")
    assert "listed positions of GRCh38" in refused(tmp_path, [*header(None), *new], build="GRCh37")
    single = record("chr1:97915614", "C", "T", "0/1")
    assert "1 record(s) lie at listed positions of GRCh37" in refused(tmp_path, [*header("GRCh38"), single])
    named = record("NC_000001.10:97915614", "C", "T", "0/1")
    assert "sequence name NC_000001.10 is of GRCh37" in refused(
        tmp_path, [*header(None, meta=["##reference=GRCh38"]), named]
    )


def test_a_wrong_reference_base_is_refused(tmp_path: Path) -> None:
    wrong = record(PLACES[STAR2A], "A", "T", "0/1")
    assert "REF at chr1:97450058 is A where GRCh38 has C (rs3918290)" in refused(tmp_path, [*header(), wrong])
    flipped = reference_records("GRCh37", instead={"rs1801265": [record("chr1:98348885", "A", "G", "0/0")]})
    assert "REF at chr1:98348885 is A where GRCh37 has G" in refused(tmp_path, [*header("GRCh37"), *flipped])


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_bases_alone_tell_the_build_and_are_told(tmp_path: Path, build: Build) -> None:
    found = read_germline(write(tmp_path, [*header(None), *reference_records(build)]))
    assert found.build == build
    assert found.problems[0].message == f"nothing names the build; REF bases at 87 listed position(s) fit {build} only"
    assert "nothing says which reference build" in refused(tmp_path, header(None))


# --- containers ----------------------------------------------------------------------------------------------------------


def containers(folder: Path, lines: list[str]) -> list[Path]:
    plain = write(folder, lines)
    packed = folder / "gzip.vcf.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    blocks, binary = folder / "bgzip.vcf.gz", folder / "person.bcf"
    with pysam.BGZFile(str(blocks), "wb") as target:
        target.write(plain.read_bytes())
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(binary), "wb", header=source.header) as target:
        for item in source:
            target.write(item)
    return [plain, packed, blocks, binary]


def test_every_container_reads_the_same(tmp_path: Path) -> None:
    split = [record(PLACES[TA], "C", alt, cell) for alt, cell in (("CAT", "1|0"), ("CATAT", "0|1"))]
    lines = [*header(), *reference_records(instead={STAR2A: "0/1", TA: split})]
    readings = [read_germline(path) for path in containers(tmp_path, lines)]
    alleles = [{name: item.alleles for name, item in found.observations.items()} for found in readings]
    assert alleles[0] == alleles[1] == alleles[2] == alleles[3] and alleles[0][STAR2A] == ("C", "T")
    source = readings[3].observations[TA].source
    assert source is not None and source.locator.startswith("records ")


def test_what_is_no_readable_file_is_one_line(tmp_path: Path) -> None:
    plain, packed, blocks, binary = containers(tmp_path, [*header(), *reference_records()])
    for path in (packed, blocks, binary):
        path.write_bytes(path.read_bytes()[:-40])
    (tmp_path / "empty.vcf").write_bytes(b"")
    (tmp_path / "junk.vcf").write_bytes(bytes(range(256)))
    (tmp_path / "bare.vcf").write_text(CALL + "\n")
    (tmp_path / "short.vcf").write_text("\n".join(header()[:-1]) + "\n")
    (tmp_path / "cut.vcf").write_text(plain.read_text()[:-30])
    for name in (
        packed.name,
        blocks.name,
        binary.name,
        "empty.vcf",
        "junk.vcf",
        "bare.vcf",
        "short.vcf",
        "cut.vcf",
        "no.vcf",
        ".",
    ):
        with pytest.raises(InputRefused) as caught:
            read_germline(tmp_path / name)
        assert "\n" not in str(caught.value) and str(tmp_path.parent) not in str(caught.value), name


def test_a_bcf_whose_header_is_no_text_is_one_line(tmp_path: Path) -> None:
    binary = containers(tmp_path, [*header(), CALL])[3]
    content = gzip.decompress(binary.read_bytes()).replace(b"Low quality", b"Low\xbdquality")
    with pysam.BGZFile(str(binary), "wb") as target:
        target.write(content)
    with pytest.raises(InputRefused, match=r"person\.bcf: not a readable BCF; its header is damaged"):
        read_germline(binary)


def test_a_last_line_without_an_end_is_told(tmp_path: Path) -> None:
    path = tmp_path / "person.vcf"
    path.write_text("\n".join([*header(), CALL]))
    assert "may be cut off" in read_germline(path).problems[0].message


# --- many people, panels, typed results ---------------------------------------------------------------------------------


def test_a_cohort_is_its_people_one_by_one_and_shares_equal_observations(tmp_path: Path) -> None:
    names, cells = ["A", "B", "C", "D"], ["0|0", "0|1", "0|1", "1"]
    path = write(tmp_path, [*header(samples=names), record(PLACES[STAR2A], "C", "T", cells)])
    cohort = read_germline_cohort(path)
    people = list(cohort)
    assert (len(cohort), cohort.build, [person.sample for person in people]) == (4, "GRCh38", names)
    for person in people[:3]:
        assert person.observations == read_germline(path, sample=person.sample).observations
    assert people[1].observations[STAR2A] is people[2].observations[STAR2A]
    assert people[3].observations[STAR2A].reason == "1 allele called where a person has 2"
    assert [person.sample for person in read_germline_cohort(path, samples=["C", "A"])] == ["C", "A"]
    with pytest.raises(InputRefused, match="no sample 'X' among its 4"):
        read_germline_cohort(path, samples=["X"])


def test_a_declared_panel_is_named_with_its_positions(tmp_path: Path) -> None:
    listed = tmp_path / "four.txt"
    listed.write_text("# name: EMA four\nrs3918290\nDPYD c.1679T>G\nDPYD c.2846A>T\n\nDPYD HapB3\nUGT1A1 *28\n")
    found = read(tmp_path, [CALL], panel=listed)
    assert found.panel == "EMA four"
    assert found.panel_positions == {STAR2A, "rs55886062", "rs67376798", HAPB3, "rs56038477", TA}
    assert read(tmp_path, [CALL]).panel == ""
    listed.write_text("rs1\n")
    with pytest.raises(InputRefused, match=r"four\.txt, line 1: 'rs1' is no listed position"):
        read_germline_panel(listed)
    listed.write_text("# nothing\n")
    with pytest.raises(InputRefused, match="names no position"):
        read_germline_panel(listed)


TYPED = [
    ("DPYD *1/*2A", "DPYD", "diplotype", "Reference/c.1905+1G>A (*2A)"),
    ("dpyd: c.2846A>T / Reference", "DPYD", "diplotype", "c.2846A>T/Reference"),
    ("DPYD HapB3/*1", "DPYD", "diplotype", "c.1129-5923C>G, c.1236G>A (HapB3)/Reference"),
    ("UGT1A1 *28/*28", "UGT1A1", "diplotype", "*28/*28"),
    ("UGT1A1 *1/*80+*28", "UGT1A1", "diplotype", "*1/*80+*28"),
    ("DPYD activity score 1.5", "DPYD", "activity_score", "1.5"),
    ("DPYD gene activity score: 1,0", "DPYD", "activity_score", "1"),
    ("DPYD intermediate metabolizer", "DPYD", "phenotype", "intermediate"),
    ("UGT1A1 poor metaboliser", "UGT1A1", "phenotype", "poor"),
    ("uracil 18 ng/mL", "DPYD", "uracil", "18"),
    ("plasma uracil: 16.5 µg/L", "DPYD", "uracil", "16.5"),
]


@pytest.mark.parametrize(("text", "gene", "kind", "value"), TYPED)
def test_a_typed_result_is_understood(text: str, gene: str, kind: str, value: str) -> None:
    (found,) = read_typed_germline([text])
    assert (found.gene, found.kind, found.value) == (gene, kind, value)
    assert found.source.document == "typed" and found.source.locator == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("DPYD", "expected for example"),
        ("DPYD *1/*99", "has no listed allele '\\*99'"),
        ("UGT1A1 *1/*2A", "has no listed allele"),
        ("DPYD activity score 1.7", "expected an activity score of 0, 0.5, 1, 1.5, 2"),
        ("UGT1A1 activity score 1", "not understood"),
        ("uracil 18", "not understood"),
        ("uracil 18 nmol/L", "not understood"),
        ("TYMS *1/*1", "not understood"),
        ("", "not understood"),
    ],
)
def test_a_typed_result_that_is_not_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputRefused, match=why):
        read_typed_germline(["DPYD normal", text])

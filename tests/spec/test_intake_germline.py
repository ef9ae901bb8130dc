"""Germline files: what each way of writing a genotype is read as, and what is never read as reference."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

pytest.importorskip("pysam")

import pysam

from chemoplan.genomics.germline.observed import GermlineSample, Observation
from chemoplan.genomics.tumor import Build
from chemoplan.intake import InputRefused
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.germline import (
    read_germline,
    read_germline_cohort,
    read_germline_panel,
    read_typed_germline,
)
from chemoplan.intake.germline.sites import edit_of, site_tables
from chemoplan.knowledge import load_knowledge
from tests.spec.germline_files import header, record, reference_records, write

STAR2A, STAR3, STAR7, HAPB3, TA = "rs3918290", "rs72549303", "rs72549309", "rs75017182", "rs3064744"
PLACES = {STAR2A: "chr1:97450058", STAR3: "chr1:97450065", HAPB3: "chr1:97579893", TA: "chr2:233760233"}
BLOCK = {"ref": "N", "alt": "<NON_REF>", "form": "GT:GQ:DP"}


def read(folder: Path, records: list[str], **options: object) -> GermlineSample:
    return read_germline(write(folder, [*header(), *records]), **options)  # type: ignore[arg-type]


def seen(folder: Path, rsid: str, *records: str, **options: object) -> Observation:
    return read(folder, list(records), **options).observations[rsid]


# --- one change, written in many ways --------------------------------------------------------------------------------

WRITTEN = [
    # rsID, place, REF, ALT, the GRCh38 allele that it is
    (TA, "chr2:233760233", "CAT", "CATAT", "CATAT"),
    (TA, "chr2:233760233", "C", "CAT", "CATAT"),
    (TA, "chr2:233760234", "A", "ATA", "CATAT"),
    (TA, "chr2:233760247", "T", "TAT", "CATAT"),
    (TA, "chr2:233760248", "A", "ATA", "CATAT"),
    (TA, "chr2:233760233", "CATATATATATATATAA", "CATATATATATATATATAA", "CATAT"),
    (TA, "chr2:233760233", "C", "CATAT", "CATATAT"),
    (TA, "chr2:233760233", "CAT", "C", "C"),
    (TA, "chr2:233760246", "ATA", "A", "C"),
    (TA, "chr2:233760233", "C", "CATATAT", "?CATATATAT"),
    (TA, "chr2:233760233", "CATAT", "C", "?del4"),
    (TA, "chr2:233760233", "C", "G", "?GAT"),
    (TA, "chr2:233760240", "A", "C", "?A>C"),
    (STAR3, "chr1:97450065", "TG", "T", "T"),
    (STAR3, "chr1:97450066", "GG", "G", "T"),
    (STAR3, "chr1:97450066", "GGA", "GA", "T"),
    (STAR3, "chr1:97450067", "GA", "A", "T"),
    (STAR3, "chr1:97450065", "TGG", "T", "?del2"),
    (STAR3, "chr1:97450065", "T", "TG", "?TGG"),
    (STAR3, "chr1:97450067", "G", "A", "?G>A"),
    (STAR7, "chr1:97740410", "GATGA", "G", "G"),
    (STAR7, "chr1:97740414", "AATGA", "A", "G"),
    (STAR7, "chr1:97740412", "TGAAT", "T", "G"),
    (STAR2A, "chr1:97450058", "C", "T", "T"),
    (STAR2A, "chr1:97450058", "c", "t", "T"),
    (STAR2A, "chr1:97450057", "NC", "NT", "T"),
    (STAR2A, "chr1:97450058", "CG", "TC", "T"),
    (STAR2A, "chr1:97450058", "C", "G", "?G"),
    (STAR2A, "chr1:97450058", "C", "CA", "?CA"),
    (STAR2A, "chr1:97450058", "CGT", "C", "?del2"),
    (STAR2A, "chr1:97450050", "NNNNNNNNCG", "N", "?del9"),
    (STAR2A, "chr1:97450057", "NC", "N", "?del1"),
    (STAR2A, "chr1:97450058", "C", "*", "?*"),
    (STAR2A, "chr1:97450040", "N", "<DEL>", "?<DEL>"),
    (STAR2A, "chr1:97450058", "C", "<NON_REF>", "?<NON_REF>"),
]


@pytest.mark.parametrize(("rsid", "place", "ref", "alt", "allele"), WRITTEN)
def test_a_change_is_known_by_its_bases_wherever_it_is_written(
    tmp_path: Path, rsid: str, place: str, ref: str, alt: str, allele: str
) -> None:
    info = "END=97450070" if alt == "<DEL>" else "."
    found = seen(tmp_path, rsid, record(place, ref, alt, "0/1", info=info))
    reference = load_knowledge().germline.positions[rsid].grch38.ref
    assert (found.status, found.alleles) == ("called", (reference, allele))


NEIGHBORS = [
    ("chr1:97450058", "CG", "CC", "a record about the next base shows this one unchanged"),
    ("chr1:97450057", "NC", "AC", "a record about the base before shows this one unchanged"),
]


@pytest.mark.parametrize(("place", "ref", "alt", "why"), NEIGHBORS)
def test_a_change_beside_a_position_is_not_one_of_it(tmp_path: Path, place: str, ref: str, alt: str, why: str) -> None:
    found = seen(tmp_path, STAR2A, record(place, ref, alt, "0/1"))
    assert (found.status, found.alleles) == ("called", ("C", "C")), why


def test_a_record_elsewhere_says_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, [record("chr1:97450100", "A", "G", "0/1")])
    assert {item.reason for item in found.observations.values()} == {"missing"}
    assert len(found.observations) == 87 and "none at a listed position" in found.problems[0].message


def test_both_builds_and_every_contig_name_read_the_same(tmp_path: Path) -> None:
    instead = {STAR2A: "0/1", TA: "2/3", STAR3: "1/1"}
    seen_so_far = []
    for build in ("GRCh37", "GRCh38"):
        for prefix in ("chr", ""):
            lines = [*header(build, prefix=prefix), *reference_records(build, prefix, instead)]
            found = read_germline(write(tmp_path, lines))
            assert found.build == build
            seen_so_far.append({name: item.alleles for name, item in found.observations.items()})
    assert seen_so_far[0] == seen_so_far[1] and seen_so_far[2] == seen_so_far[3]
    differing = {name for name, alleles in seen_so_far[0].items() if alleles != seen_so_far[2][name]}
    assert differing == {"rs1801265"}
    assert (seen_so_far[0]["rs1801265"], seen_so_far[2]["rs1801265"]) == (("G", "G"), ("A", "A"))


def test_the_builds_lie_apart_by_one_number_for_each_gene_and_flanks_agree_with_the_table() -> None:
    shelves = load_knowledge().germline
    apart = {(item.gene, item.grch37.position - item.grch38.position) for item in shelves.positions.values()}
    assert apart == {("DPYD", 465_556), ("UGT1A1", 908_646)}
    for build in ("GRCh37", "GRCh38"):
        for site in site_tables()[build].sites.values():
            assert site.indel == (site.rsid in table("germline")["flanks"]), site.rsid
            for form, name in site.forms.items():
                assert form == name + site.bases[len(shelves.positions[site.id].grch38.ref) :]


def test_an_edit_keeps_only_the_bases_that_differ() -> None:
    assert edit_of(10, "CAT", "CATAT").text == "insAT" and edit_of(10, "CAT", "CATAT").start == 11
    assert edit_of(10, "ACG", "ATG").text == "C>T" and edit_of(10, "ACG", "ATG").start == 11
    assert edit_of(10, "A", "A").ref == ""


# --- reference, missing, and what a file shows too badly -----------------------------------------------------------


@pytest.mark.parametrize("alt", ["<NON_REF>", "<*>", "*", "."])
@pytest.mark.parametrize("declared", [True, False])
def test_a_reference_block_covers_its_positions(tmp_path: Path, alt: str, declared: bool) -> None:
    block = record("chr1:97450000", "N", alt, "0/0:60:30", "GT:GQ:DP", info="END=97450066")
    found = read_germline(write(tmp_path, [*header(ends=declared), block])).observations
    called = {name for name, item in found.items() if item.status == "called"}
    assert called == {STAR2A, "rs3918289", STAR3}
    assert (found[STAR2A].alleles, found[STAR2A].quality, found[STAR2A].depth) == (("C", "C"), 60, 30)


def test_an_indel_is_reference_only_when_all_its_bases_are_covered(tmp_path: Path) -> None:
    first = record("chr2:233760200", info="END=233760233", cell="0/0:60:30", **BLOCK)
    rest = record("chr2:233760234", info="END=233760240", cell="0/0:60:30", **BLOCK)
    low = record("chr2:233760234", info="END=233760240", cell="0/0:3:30", **BLOCK)
    assert "only in part" in seen(tmp_path, TA, first).reason
    assert seen(tmp_path, TA, first, rest).alleles == ("CAT", "CAT")
    assert seen(tmp_path, TA, first, low).reason == "GQ 3 (below 20)"


def test_a_record_of_the_change_stands_before_the_blocks_beside_it(tmp_path: Path) -> None:
    change = record("chr2:233760233", "C", "CAT,<NON_REF>", "0/1:99:30", "GT:GQ:DP")
    noise = record("chr2:233760234", "A", "<NON_REF>", "0/0:0:30", "GT:GQ:DP", info="END=233760234")
    assert seen(tmp_path, TA, change, noise).alleles == ("CAT", "CATAT")


DOUBTFUL = [
    ("GT", "./.", "PASS", "no call", ()),
    ("GT", ".", "PASS", "no call", ()),
    ("GT", "./1", "PASS", "half call", (".", "T")),
    ("GT", "0|.", "PASS", "half call", ("C", ".")),
    ("GT", "0/1", "LowQual", "FILTER LowQual", ()),
    ("GT", "0/1", ".", "", ("C", "T")),
    ("GT:FT", "0/1:LowQual", "PASS", "FILTER LowQual", ()),
    ("GT:FT", "0/1:PASS", "PASS", "", ("C", "T")),
    ("GT:GQ", "0/1:19", "PASS", "GQ 19 (below 20)", ()),
    ("GT:GQ", "0/1:20", "PASS", "", ("C", "T")),
    ("GT:GQ", "0/1:.", "PASS", "", ("C", "T")),
    ("GT:RGQ", "0/0:3", "PASS", "GQ 3 (below 20)", ()),
    ("GT:DP", "0/0:9", "PASS", "DP 9 (below 10)", ()),
    ("GT:DP:MIN_DP", "0/0:30:9", "PASS", "DP 9 (below 10)", ()),
    ("GT:AD", "0/1:4,5", "PASS", "DP 9 (below 10)", ()),
    ("GT:GQ:DP", "0/1:2:1", "LowQual", "FILTER LowQual, GQ 2 (below 20), DP 1 (below 10)", ()),
    ("GT:AD", "0/1:91,0", "PASS", "its genotype names an allele that no read carries", ()),
    ("GT:AD", "0/1:42,44", "PASS", "", ("C", "T")),
    ("GT", "0/2", "PASS", "its genotype names an allele that the record does not have", ()),
    ("GQ", "60", "PASS", "no call, no genotype (GT)", ()),
]


@pytest.mark.parametrize(("form", "cell", "filters", "reason", "alleles"), DOUBTFUL)
def test_a_call_that_may_not_be_used_says_why(
    tmp_path: Path, form: str, cell: str, filters: str, reason: str, alleles: tuple[str, ...]
) -> None:
    found = seen(tmp_path, STAR2A, record(PLACES[STAR2A], "C", "T", cell, form, filters))
    assert (found.reason, found.alleles, found.status) == (reason, alleles, "not_assessed" if reason else "called")
    assert found.source is not None and found.source.locator == f"line {len(header()) + 1}"


def test_the_limits_can_be_set(tmp_path: Path) -> None:
    call = record(PLACES[STAR2A], "C", "T", "0/1:15:8", "GT:GQ:DP")
    assert seen(tmp_path, STAR2A, call).status == "not_assessed"
    assert seen(tmp_path, STAR2A, call, min_quality=15, min_depth=8).status == "called"
    assert seen(tmp_path, STAR2A, call, min_quality=16, min_depth=8).reason == "GQ 15 (below 16)"


# --- several records of one position ---------------------------------------------------------------------------------

SPLIT = [
    # genotypes of C>CAT (*28), C>CATAT (*37), CAT>C (*36): alleles, phased, reason
    (("0/1", "0/0", "0/0"), ("CAT", "CATAT"), False, ""),
    (("1/1", "0/0", "0/0"), ("CATAT", "CATATAT"[:5]), False, ""),
    (("0/1", "1/0", "0/0"), ("CATAT", "CATATAT"), False, ""),
    (("1|0", "0|1", "0|0"), ("CATAT", "CATATAT"), True, ""),
    (("0|1", "0|0", "1|0"), ("C", "CATAT"), True, ""),
    (("1/.", "./1", "./."), (), False, "no call"),
    (("1/.", "./1", "0/0"), ("CATAT", "CATATAT"), False, ""),
    (("1/.", "0/.", "0/0"), (".", "CATAT"), False, "half call"),
    (("1/1", "0/1", "0/0"), (), False, "records at chr2:233760233 claim 3 alternate alleles in one person"),
    (("1|0", "1|0", "0|0"), (), False, "records at chr2:233760233 put two alternate alleles on one strand"),
]


@pytest.mark.parametrize(("cells", "alleles", "phased", "reason"), SPLIT)
def test_split_records_are_one_position(
    tmp_path: Path, cells: tuple[str, str, str], alleles: tuple[str, ...], phased: bool, reason: str
) -> None:
    changes = (("C", "CAT"), ("C", "CATAT"), ("CAT", "C"))
    rows = [record(PLACES[TA], *change, cell) for change, cell in zip(changes, cells, strict=True)]
    found = read(tmp_path, rows)
    item = found.observations[TA]
    assert (item.alleles, item.phased, item.reason) == (alleles, phased, reason)
    assert bool(found.problems) == reason.startswith("records at")


JOINED = [("0/2", ("CAT", "CATAT")), ("2/3", ("CATAT", "CATATAT")), ("1|3", ("C", "CATATAT")), ("0/0", ("CAT", "CAT"))]


@pytest.mark.parametrize(("cell", "alleles"), JOINED)
def test_joined_alleles_are_told_apart(tmp_path: Path, cell: str, alleles: tuple[str, ...]) -> None:
    assert seen(tmp_path, TA, record(PLACES[TA], "CAT", "C,CATAT,CATATAT", cell)).alleles == alleles


def test_a_repeated_record_counts_once_and_two_that_differ_are_not_assessed(tmp_path: Path) -> None:
    call, other = (record(PLACES[STAR2A], "C", "T", cell) for cell in ("0/1", "1/1"))
    reference = record(PLACES[STAR2A], "C", "T", "0/0")
    assert seen(tmp_path, STAR2A, call, call).alleles == ("C", "T")
    assert "different genotypes" in seen(tmp_path, STAR2A, call, other).reason
    assert "different genotypes" in seen(tmp_path, STAR2A, call, reference).reason


def test_one_bad_record_leaves_the_position_unassessed(tmp_path: Path) -> None:
    good = record(PLACES[TA], "C", "CAT", "0/1")
    bad = record(PLACES[TA], "C", "CATAT", "0/0", filters="LowQual")
    assert seen(tmp_path, TA, good, bad).reason == "FILTER LowQual"


def test_a_deletion_of_the_position_and_its_star_are_one(tmp_path: Path) -> None:
    deletion = record("chr1:97450050", "N" * 8 + "CG", "N", "0/1")
    star = record(PLACES[STAR2A], "C", "T,*", "1/2")
    assert sorted(seen(tmp_path, STAR2A, deletion, star).alleles) == ["?del9", "T"]
    assert seen(tmp_path, STAR2A, star).alleles == ("T", "?*")


# --- strands -----------------------------------------------------------------------------------------------------------

PHASED = [
    ("GT", "0|1", ("C", "T"), True, ""),
    ("GT", "1|0", ("T", "C"), True, ""),
    ("GT", "1/0", ("T", "C"), False, ""),
    ("GT:PS", "1|0:97450058", ("T", "C"), True, "97450058"),
    ("GT:PS", "1/0:97450058", ("T", "C"), False, ""),
    ("GT:PS", "1|0:.", ("T", "C"), True, ""),
    ("GT:PGT:PID", "0/1:1|0:97450058_C_T", ("T", "C"), True, "97450058_C_T"),
    ("GT:PGT:PID", "0/1:0|1:97450058_C_T", ("C", "T"), True, "97450058_C_T"),
    ("GT:PGT:PID", "0/1:.:.", ("C", "T"), False, ""),
]


@pytest.mark.parametrize(("form", "cell", "alleles", "phased", "block"), PHASED)
def test_strands_and_phase_sets_are_kept(
    tmp_path: Path, form: str, cell: str, alleles: tuple[str, ...], phased: bool, block: str
) -> None:
    found = seen(tmp_path, STAR2A, record(PLACES[STAR2A], "C", "T", cell, form))
    assert (found.alleles, found.phased, found.phase_set) == (alleles, phased, block)


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

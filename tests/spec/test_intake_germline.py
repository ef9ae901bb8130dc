"""Germline files: what each way of writing a genotype is read as, and what is never read as reference."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pysam")

from chemoplan.genomics.germline.observed import GermlineSample, Observation
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.germline import read_germline, read_germline_cohort
from chemoplan.intake.germline.sites import edit_of, site_tables
from chemoplan.intake.refused import InputRefused
from chemoplan.knowledge import load_knowledge
from tests.spec.germline_files import header, record, reference_records, write

STAR2A, STAR3, STAR7, TA = "rs3918290", "rs72549303", "rs72549309", "rs3064744"
PLACES = {STAR2A: "chr1:97450058", TA: "chr2:233760233"}
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


def test_only_what_a_record_shows_in_bases_is_proof_of_reference(tmp_path: Path) -> None:
    absent = record("chr1:97450040", "N", "<DEL>", "0/0", info="END=97450070")
    assert seen(tmp_path, STAR2A, absent).reason == "missing"
    beside = record("chr1:97450050", "N", "T,<NON_REF>", "0/1", info="END=97450070")
    assert seen(tmp_path, STAR2A, beside).reason == "missing"


BESIDE = [
    # position, a record beside it without the change that it tells of, and the position's own reference record
    (STAR2A, ("chr1:97450057", "N", "NT"), ("chr1:97450058", "C", "T")),
    (TA, ("chr2:233760241", "T", "C"), ("chr2:233760233", "CAT", "CATAT")),
]


@pytest.mark.parametrize(("rsid", "beside", "own"), BESIDE)
def test_an_unlisted_change_that_is_not_there_does_not_show_the_position_itself(
    tmp_path: Path, rsid: str, beside: tuple[str, str, str], own: tuple[str, str, str]
) -> None:
    absent = record(*beside, "0/0")
    assert seen(tmp_path, rsid, absent).reason == "missing"
    assert seen(tmp_path, rsid, absent, record(*own, "0/0")).status == "called"
    block = record(f"{own[0].partition(':')[0]}:{int(own[0].partition(':')[2]) - 5}", "N", "<NON_REF>", "0/0")
    block = block.replace("PASS\t.", f"PASS\tEND={int(own[0].partition(':')[2]) + 20}")
    assert seen(tmp_path, rsid, block, absent).status == "called"
    assert seen(tmp_path, rsid, block, record(*beside, "./.")).reason == "no call"


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
    ("GT:GQX", "0/0:9", "PASS", "GQ 9 (below 20)", ()),
    ("GT:GQ:GQX", "0/1:60:9", "PASS", "", ("C", "T")),
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
    told = [item.message for item in read(tmp_path, [call], min_quality=0).problems]
    assert told == ["calls count from GQ 0 and DP 10 on, as was set; the usual limits are 20 and 10"]
    cohort = read_germline_cohort(tmp_path / "person.vcf", min_quality=0)
    assert [item.message for item in cohort.problems] == told
    assert read(tmp_path, [call], min_quality=20, min_depth=10).problems == ()


# --- several records of one position ---------------------------------------------------------------------------------

SPLIT = [
    # genotypes of C>CAT (*28), C>CATAT (*37), CAT>C (*36): alleles, phased, reason
    (("0/1", "0/0", "0/0"), ("CAT", "CATAT"), False, ""),
    (("1/1", "0/0", "0/0"), ("CATAT", "CATAT"), False, ""),
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


def test_one_allele_from_two_different_changes_is_not_assessed(tmp_path: Path) -> None:
    alone, together = record(PLACES[STAR2A], "C", "T", "0/1"), record(PLACES[STAR2A], "CG", "TC", "0/1")
    assert "make one allele of two changes" in seen(tmp_path, STAR2A, alone, together).reason


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


@pytest.mark.parametrize("column", [0, 1, 2, 3, 4, 6, 7])
def test_bytes_that_are_no_text_give_one_line(tmp_path: Path, column: int) -> None:
    path = write(tmp_path, [*header(), record(PLACES[STAR2A], "C", "T", "0/1")])
    lines = path.read_bytes().split(b"\n")
    fields = lines[-2].split(b"\t")
    fields[column] += b"\xff\xfe"
    path.write_bytes(b"\n".join([*lines[:-2], b"\t".join(fields), b""]))
    for reader in (read_germline, read_germline_cohort):
        with pytest.raises(InputRefused) as refusal:
            reader(path)
        assert "\n" not in str(refusal.value) and f"line {len(lines) - 1}: not a readable record" in str(refusal.value)

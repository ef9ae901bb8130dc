"""Reading of the reference files: the traps, the counts of real gVCFs, third-party examples and 2,504 people."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

pytest.importorskip("pysam")

from chemoplan.genomics.germline.observed import GermlineSample
from chemoplan.intake import InputRefused
from chemoplan.intake.germline import read_germline, read_germline_cohort
from chemoplan.knowledge import load_knowledge

CIS_28_27 = {"rs887829": "T|C", "rs3064744": "CATAT|CAT", "rs35350960": "A|C"}
TRAPS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    # trap: what differs from the GRCh38 reference ("/" or "|" between the strands), and what is not assessed with its reason
    "t02": ({}, {"rs3918290": "FILTER LowQual, GQ 2 (below 20), DP 1 (below 10)"}),
    "t03": ({"rs3918290": "C/?G"}, {}),
    "t04": (CIS_28_27, {}),
    "t05": ({"rs887829": "T|T", "rs3064744": "CATAT|CATAT", "rs4148323": "A|G"}, {}),
    "t06": ({"rs887829": "T/T", "rs3064744": "CATAT/CATAT"}, {}),
    "t07": ({"rs3918290": "C/T", "rs1801265": "G/G"}, {}),
    "t09": ({"rs67376798": "T/A"}, {}),
    "t10": ({"rs67376798": "T/A"}, {}),
    "t11": ({}, {}),
    "t12": ({}, {"rs75017182": "GQ 5 (below 20), DP 4 (below 10)"}),
    "t13": ({"rs3064744": "CATAT|CATATAT"}, {}),
    "t14": ({}, {"rs3064744": "records at chr2:233760233 claim 3 alternate alleles in one person"}),
    "t15": ({"rs56038477": "C/T"}, {}),
    "t16": ({"rs56038477": "C/T"}, {"rs75017182": "missing"}),
    "t17": ({}, {"rs75017182": "missing"}),
    "t20": ({"rs67376798": "T/A", "rs3918290": "C/T"}, {}),
    "t21": ({"rs67376798": "T|A", "rs3918290": "C|T"}, {}),
    "t22": ({"rs67376798": "T|A 97082391", "rs3918290": "C|T 97450058"}, {}),
    "t23": ({"rs3918290": "T/T"}, {}),
    "t24": ({}, {"rs3918290": "half call"}),
    "t26": ({"rs3064744": "CATAT/CATATAT"}, {}),
    "t27": ({"rs887829": "C/T", "rs3064744": "CAT/CATAT", "rs4148323": "G/A"}, {}),
    "t28": ({"rs887829": "C/T"}, {}),
    "t29": ({"rs887829": "C|T", "rs3064744": "CAT|CATAT"}, {}),
    "t30": ({"rs72549303": "TG/T"}, {}),
}
REFUSED = {
    "t08": ("GRCh38", "GRCh37", "rs1801265"),
    "t18": ("SOMEONE_ELSE", "not the patient", "--sample"),
    "t19": ("'A1', 'A2'", "is the patient"),
    "t25": ("tumor_sample", "not read from a tumor"),
}


@pytest.fixture
def folder(reference: Path) -> Path:
    found = reference / "pharmacogenes"
    if not found.is_dir():
        pytest.skip("the pharmacogenes are not in the reference folder")
    return found


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines(), delimiter="\t"))


def trap(folder: Path, name: str) -> Path:
    (path,) = (folder / "traps").glob(f"{name}_*.vcf")
    return path


def differing(sample: GermlineSample) -> dict[str, str]:
    """What is called and is not the reference of GRCh38."""
    positions = load_knowledge().germline.positions
    return {
        name: ("|" if item.phased else "/").join(item.alleles) + (f" {item.phase_set}" if item.phase_set else "")
        for name, item in sample.observations.items()
        if item.status == "called" and set(item.alleles) != {positions[name].grch38.ref}
    }


def unassessed(sample: GermlineSample) -> dict[str, str]:
    return {name: item.reason for name, item in sample.observations.items() if item.status == "not_assessed"}


def test_every_trap_has_an_answer_here(folder: Path) -> None:
    listed = {row["file"][:3]: row["outcome"] for row in rows(folder / "traps" / "expected.tsv")}
    assert len(listed) == 30
    assert {name for name, outcome in listed.items() if outcome == "refuse"} == set(REFUSED)
    assert {name for name, outcome in listed.items() if outcome == "accept"} == {*TRAPS, "t01"}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_seen_for_what_it_is(folder: Path, name: str) -> None:
    found = read_germline(trap(folder, name), expected_sample="PATIENT")
    assert (differing(found), unassessed(found)) == TRAPS[name]
    assert found.build == ("GRCh37" if name == "t07" else "GRCh38") and len(found.observations) == 87
    assert bool(found.problems) == (name == "t14")


def test_one_position_in_a_file_is_one_assessed(folder: Path) -> None:
    found = read_germline(trap(folder, "t01"), expected_sample="PATIENT")
    assert set(found.observations) - set(unassessed(found)) == {"rs3918290"}
    assert set(unassessed(found).values()) == {"missing"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_trap_is_refused_in_one_line(folder: Path, name: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_germline(trap(folder, name), expected_sample="PATIENT")
    assert all(words in str(caught.value) for words in REFUSED[name]) and "\n" not in str(caught.value)


def test_real_gvcfs_have_the_counted_positions(folder: Path) -> None:
    listed = rows(folder / "gvcf" / "assessed.tsv")
    assert len(listed) == 8
    positions = load_knowledge().germline.positions
    for row in listed:
        (path,) = (folder / "gvcf").glob(f"{row['sample']}.*.g.vcf.gz")
        found = read_germline(path, expected_sample=row["sample"])
        mine = {name for name, item in positions.items() if item.gene == row["gene"]}
        changed = {name: text for name, text in differing(found).items() if name in mine}
        assert len(mine) == int(row["positions"]) and len(changed) == int(row["assessed_variant"]), row
        lost = {name: reason for name, reason in unassessed(found).items() if name in mine}
        assert len(mine) - len(changed) - len(lost) == int(row["assessed_reference"]), (row, lost)
        for text in filter(None, row["detail"].split("; ")):
            name, _, genotype = text.split(" ")
            assert (len(set(changed[name].replace("|", "/").split("/"))) == 1) == (genotype == "1/1"), text


EXAMPLES = {
    "s28s37.vcf": {"rs3064744": "CATAT/CATATAT"},
    "s1s60s80unphased.vcf": {"rs887829": "C/T"},
    "s1s28s60s80unphased.vcf": {"rs887829": "C/T", "rs3064744": "CAT/CATAT"},
    "s1s60s80phased.vcf": {"rs887829": "C|T"},
    "s28s80s6s60phased.vcf": {"rs887829": "T|C", "rs3064744": "CATAT|CAT", "rs4148323": "G|A"},
    "s28s80s6s60unphased.vcf": {"rs887829": "T/C", "rs3064744": "CATAT/CAT", "rs4148323": "G/A"},
    "s28s80unphased.vcf": {"rs887829": "C/T", "rs3064744": "CAT/CATAT"},
    "s28s80phased.vcf": {"rs887829": "C|T", "rs3064744": "CAT|CATAT"},
    "HG00436.vcf": {"rs887829": "T|C", "rs3064744": "CATAT|CAT", "rs35350960": "A|C"},
    "VcfReaderTest-phasing.vcf": {"rs1801159": "T/C", "rs1801158": "T/C"},
    "PipelineTest-phaseSet.vcf": {"rs114096998": "G|T 96997594", "rs1801265": "A|G 97710720"},
    "VcfReaderTest-alleleOrder.vcf": {"rs114096998": "G|T", "rs148799944": "G|C"},
    "VcfReaderTest-badAllele.vcf": {},
    "test_gvcf_block_in_header.vcf": {},
    "test_not_gvcf_block.vcf": {},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_third_party_examples_are_read(folder: Path, name: str) -> None:
    assert differing(read_germline(folder / "vcf_examples" / name)) == EXAMPLES[name]


@pytest.mark.parametrize("name", ["raw.vcf", "raw_chr.vcf"])
def test_raw_records_of_two_people_are_put_together(folder: Path, name: str) -> None:
    path = folder / "vcf_examples" / name
    first, second = (differing(read_germline(path, sample=sample)) for sample in ("Sample_1", "Sample_2"))
    assert first == {"rs72549303": "T/TG", "rs72549309": "G/GATGA", "rs3064744": "CATAT/CATATAT"}
    assert second == {"rs72549303": "TG/T", "rs72549309": "GATGA/G", "rs3064744": "C/CATATAT"}


def test_every_example_is_read_or_refused_in_one_line(folder: Path) -> None:
    refused = {}
    for path in sorted((folder / "vcf_examples").glob("*.vcf")):
        try:
            read_germline(path)
        except InputRefused as error:
            refused[path.name] = str(error)
    assert set(refused) == {"VcfReaderTest-phaseSet.vcf", "raw.vcf", "raw_chr.vcf"}
    assert all("holds 2 samples ('Sample_1', 'Sample_2')" in text for text in refused.values())


def test_the_panel_of_2504_people_has_its_21_positions_and_no_more(folder: Path) -> None:
    cohort = read_germline_cohort(folder / "thousand_genomes" / "1kgp2504.DPYD_UGT1A1.GRCh38.panel_only.vcf.gz")
    positions = load_knowledge().germline.positions
    assert len(cohort) == 2504
    for person in cohort:
        called = [positions[name].gene for name, item in person.observations.items() if item.status == "called"]
        assert (called.count("DPYD"), called.count("UGT1A1"), len(person.observations)) == (17, 4, 87)
        assert all(item.phased for item in person.observations.values() if item.status == "called")


def test_four_of_2504_people_carry_an_allele_that_no_list_has(folder: Path) -> None:
    cohort = read_germline_cohort(folder / "thousand_genomes" / "1kgp2504.DPYD_UGT1A1.GRCh38.assume_ref.vcf.gz")
    odd = [
        (person.sample, name)
        for person in cohort
        for name, item in person.observations.items()
        if any(allele.startswith("?") for allele in item.alleles)
    ]
    noted = {
        row["sample"] for row in rows(folder / "thousand_genomes" / "calls_1250.tsv") if "rs114096998" in row["note"]
    }
    assert len(odd) == 4 and {name for _, name in odd} == {"rs114096998"}
    assert noted <= {sample for sample, _ in odd}
    assert all(not unassessed(person) for person in cohort)


def test_the_cases_are_read_without_a_problem(folder: Path) -> None:
    for kind in ("phased", "unphased"):
        people = list(read_germline_cohort(folder / "cases" / f"cases_{kind}.vcf"))
        assert people and not any(person.problems for person in people)
        assert {reason for person in people for reason in unassessed(person).values()} <= {
            "no call",
            "half call",
            "missing",
        }

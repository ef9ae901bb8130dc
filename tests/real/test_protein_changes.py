"""Protein, coding and genomic notation of real calls: read in full, and in agreement."""

from __future__ import annotations

import csv
import gzip
from collections import Counter

import pytest

from chemoplan.genomics.loci import builds_told, disagreement, edit_at, protein_of, protein_of_coding, wrong_build
from chemoplan.genomics.notation import read_notation
from chemoplan.genomics.protein import parse_protein
from chemoplan.genomics.tumor import Locus


@pytest.fixture(scope="module")
def calls(reference):
    path = reference / "molecular" / "tcga_read" / "data_mutations.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def locus_of(call):
    return Locus(
        "GRCh37", call["Chromosome"], int(call["Start_Position"]), call["Reference_Allele"], call["Tumor_Seq_Allele2"]
    )


def test_every_protein_change_of_the_study_is_read_and_prints_back(calls):
    named = [call["HGVSp_Short"] for call in calls if call["HGVSp_Short"] != "."]
    unread = Counter(text for text in named if parse_protein(text) is None)
    assert len(named) > 50_000
    assert not unread, f"{sum(unread.values())} of {len(named)} are not read: {unread.most_common(5)}"
    for text in set(named):
        change = parse_protein(text)
        assert parse_protein(change.short) == parse_protein(change.three_letter) == change


KINDS = {
    "Nonsense_Mutation": {"nonsense", "frameshift", "delins"},
    "Missense_Mutation": {"substitution", "start_lost"},
    "Silent": {"silent"},
    "Nonstop_Mutation": {"extension"},
}


def test_the_kind_of_change_fits_the_classification_of_the_file(calls):
    odd = [
        (call["HGVSp_Short"], call["Variant_Classification"])
        for call in calls
        if call["Variant_Classification"] in KINDS and call["HGVSp_Short"] != "."
        and parse_protein(call["HGVSp_Short"]).kind not in KINDS[call["Variant_Classification"]]
    ]  # fmt: skip
    assert len(odd) <= 5, odd[:20]


def test_protein_coding_and_genomic_notation_agree_at_every_known_codon(calls):
    compared = 0
    for call in calls:
        locus = locus_of(call)
        edit = edit_at("GRCh37", locus.chromosome, locus.position, locus.ref, locus.alt)
        if edit is None:
            continue
        compared += 1
        gene, change = call["Hugo_Symbol"], parse_protein(call["HGVSp_Short"])
        assert (edit.codon.gene, edit.change, edit.coding) == (gene, change, call["HGVSc"])
        assert protein_of_coding(gene, call["HGVSc"]) == change
        assert read_notation(f"{gene}:{call['HGVSc']} ({change})").change == change
        assert disagreement(gene, change, locus) == ""
    assert compared > 300


def test_the_build_of_the_study_is_told_by_its_reference_bases(calls):
    places = [locus_of(call) for call in calls]
    assert wrong_build("GRCh37", places) == ""
    assert "fit GRCh37" in wrong_build("GRCh38", places)
    assert builds_told(places) == {"GRCh37"}


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_every_hotspot_substitution_at_a_known_codon_has_the_change_of_the_hotspot_table(reference, build):
    with (reference / "molecular" / "hotspots" / f"hotspots_v2_{build}.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    compared = 0
    for row in rows:
        found = protein_of(build, row["chromosome"], int(row["position"]), row["ref"], row["alt"])
        if found:
            compared += 1
            assert (found[0], found[1].short) == (row["gene"], row["protein_change"])
    assert compared > 1000
    assert builds_told(Locus(None, row["chromosome"], int(row["position"]), row["ref"], "") for row in rows) == {build}


def test_the_unannotated_example_tumor_tells_the_build_of_each_of_its_files(reference):
    for build, file in (("GRCh37", "grch37"), ("GRCh38", "grch38")):
        path = reference / "molecular" / "pcgr_example" / f"T001-COAD.{file}.vcf.gz"
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            records = [line.split("\t") for line in lines if not line.startswith("#")]
        places = [Locus(None, record[0], int(record[1]), record[3], record[4]) for record in records]
        assert wrong_build(build, places) == ""
        other = "GRCh38" if build == "GRCh37" else "GRCh37"
        assert (wrong_build(other, places) != "") == (build in builds_told(places))

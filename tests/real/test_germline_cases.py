"""Calling against the reference: every diplotype, the published cases, the traps, real gVCFs, and 2,504 people."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("pysam")

from chemoplan.case.statement import Source
from chemoplan.genomics.germline.conclude import conclude_germline
from chemoplan.genomics.germline.definitions import definitions_of
from chemoplan.genomics.germline.interpret import interpret_germline
from chemoplan.genomics.germline.observed import GermlineSample, Observation, TypedResult
from chemoplan.intake import InputRefused
from chemoplan.intake.germline import read_germline, read_germline_cohort
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.germline
BY_STRAND = Path(__file__).with_name("ugt1a1_by_strand.tsv")


@pytest.fixture(scope="module")
def folder(reference: Path) -> Path:
    found = reference / "pharmacogenes"
    if not found.is_dir():
        pytest.skip("the pharmacogenes are not in the reference folder")
    return found


def rows(path: Path) -> list[dict[str, str]]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


# Definitions


def test_positions_are_those_of_the_reference(folder):
    for row in rows(folder / "positions.tsv"):
        item = HELD.positions[row["rsid"]]
        for build, place in (("grch38", item.grch38), ("grch37", item.grch37)):
            alts = ",".join(place.alts)
            assert (str(place.position), place.ref, alts) == (
                row[f"pos_{build}"],
                row[f"ref_{build}"],
                row[f"alt_{build}"],
            )
        assert (item.gene, item.chromosome, item.needed) == (
            row["gene"], row["chrom"], row["needed_for_a_normal_result"] == "yes",
        )  # fmt: skip


def test_alleles_are_those_of_the_reference(folder):
    found = {(item.gene, item.name): item for item in HELD.alleles.values()}
    listed = rows(folder / "alleles.tsv")
    assert len(listed) == len(found) == 93
    for row in listed:
        item = found[row["gene"], row["allele"]]
        words = {
            "Normal": "normal",
            "Decreased": "decreased",
            "No": "no_function",
            "Increased": "increased",
            "Unknown": "unknown",
        }
        assert item.function == words[row["function"].split()[0]]
        assert (item.activity is None and not row["activity_value"]) or item.activity == float(row["activity_value"])
        variants = {
            f"chr{place.chromosome}:{place.grch38.position}:{place.grch38.ref}>{base}"
            for variant in item.variants
            for name, _, base in [variant.partition(">")]
            for place in [HELD.positions[name]]
        }
        assert variants == set(filter(None, row["variants_grch38"].split(";")))
        assert "; ".join(item.hgvs) == row["hgvs_c"]


# Diplotypes


def carrying(gene: str, pair: list[str], *, phased: bool) -> GermlineSample:
    """Somebody with one allele on each strand."""
    named = definitions_of(KNOWLEDGE)[gene].by_name
    strands = [dict(variant.split(">") for variant in named[name].variants) for name in pair]
    return GermlineSample(
        "P", "p.vcf", "GRCh38",
        {
            item.id: Observation(
                item.id, "called", tuple(strand.get(item.id, item.grch38.ref) for strand in strands), phased=phased
            )
            for item in HELD.positions.values()
        },
    )  # fmt: skip


def split(gene: str, diplotype: str) -> list[str]:
    pair = diplotype.split("/")
    assert len(pair) == 2
    return pair


def test_every_dpyd_diplotype_has_its_score_and_phenotype(folder):
    wrong = []
    for row in rows(folder / "dpyd_diplotypes.tsv.gz"):
        pair = split("DPYD", row["diplotype"])
        call = conclude_germline(carrying("DPYD", pair, phased=True), KNOWLEDGE)["DPYD"].call
        word = row["phenotype"].split()[0].lower()
        named = set(call.diplotypes[0].split("/"))
        # a strand with the exon of HapB3 and no intron does not occur here, so each strand has the name of its allele
        if (call.value, call.phenotype, call.status) != (row["dpyd_activity_score"], word, "called") or named != set(
            pair
        ):
            wrong.append((row, call.value, call.diplotypes))
    assert wrong == []


def test_every_dpyd_diplotype_has_its_score_without_phase_or_is_said_to_be_presumed(folder):
    for row in rows(folder / "dpyd_diplotypes.tsv.gz"):
        call = conclude_germline(carrying("DPYD", split("DPYD", row["diplotype"]), phased=False), KNOWLEDGE)[
            "DPYD"
        ].call
        assert call.value == row["dpyd_activity_score"]
        assert call.status in ("called", "called_presumed_trans")
        assert (call.status == "called") == (call.best == call.worst)


def test_every_typed_diplotype_has_its_score_or_phenotype(folder):
    for gene, name, fact in (
        ("DPYD", "dpyd_diplotypes.tsv.gz", "dpyd_activity_score"),
        ("UGT1A1", "ugt1a1_diplotypes.tsv", "ugt1a1"),
    ):
        listed = rows(folder / name)
        assert len(listed) == {"DPYD": 3570, "UGT1A1": 45}[gene]
        for row in listed:
            typed = (TypedResult(gene, "diplotype", row["diplotype"], Source("report")),)
            call = conclude_germline(GermlineSample("P", "typed", None, typed=typed), KNOWLEDGE)[gene].call
            assert call.value == row[fact], row


def test_every_ugt1a1_diplotype_has_its_phenotype(folder):
    for row in rows(folder / "ugt1a1_diplotypes.tsv"):
        call = conclude_germline(carrying("UGT1A1", split("UGT1A1", row["diplotype"]), phased=True), KNOWLEDGE)[
            "UGT1A1"
        ].call
        assert call.value == row["ugt1a1"], row
        assert call.diplotypes == (row["diplotype"],)
        assert call.status == (
            "called" if row["ugt1a1"] else "range" if call.best == "intermediate" else "indeterminate"
        )


# Cases


def test_all_published_cases_agree(folder):
    people = {
        sample.sample: sample
        for name in ("phased", "unphased")
        for sample in read_germline_cohort(folder / "cases" / f"cases_{name}.vcf")
    }
    listed = rows(folder / "cases" / "cases.tsv")
    assert len(listed) == 170
    wrong = []
    for row in listed:
        call = conclude_germline(people[row["case_id"]], KNOWLEDGE)[row["gene"]].call
        warned = [code for code in call.codes if code.startswith("hapb3")]
        told = (call.value, call.status, warned)
        if told != (row["required_value"], row["required_status"], [row["warning"]] if row["warning"] else []):
            wrong.append((row["case_id"], row["genotypes"], told))
        if row["if_in_cis"] and call.best != row["if_in_cis"]:
            wrong.append((row["case_id"], row["genotypes"], call.best))
    assert wrong == []


def test_all_traps_get_the_answer_given_there(folder):
    listed = rows(folder / "traps" / "expected.tsv")
    assert len(listed) == 30
    wrong = []
    for row in listed:
        want = (row["outcome"], row["dpyd_activity_score"], row["dpyd_status"], row["ugt1a1"], row["ugt1a1_status"])
        try:
            sample = read_germline(folder / "traps" / row["file"], expected_sample=row["patient_id"])
        except InputRefused:
            got = ("refuse", "", "refused", "", "refused")
        else:
            found = conclude_germline(sample, KNOWLEDGE)
            dpyd, ugt1a1 = found["DPYD"].call, found["UGT1A1"].call
            got = ("accept", dpyd.value, dpyd.status, ugt1a1.value, ugt1a1.status)
        if got != want:
            wrong.append((row["file"], got, want))
    assert wrong == []


SAYS = {
    # trap: gene, words that the result must hold
    "t01": ("DPYD", ("1 of 27", "no decreased variant found among those assessed", "not a normal result")),
    "t02": ("DPYD", ("rs3918290 not used", "FILTER LowQual", "GQ 2", "DP 1", "not a normal result")),
    "t03": ("DPYD", ("rs3918290 C>G is not a listed allele", "splice", "unknown")),
    "t04": ("UGT1A1", ("*80, *28, *27 together", "decreased", "*1/*80+*28+*27")),
    "t05": ("UGT1A1", ("*80+*28/*80+*28+*6",)),
    "t06": ("UGT1A1", ("*80+*28/*80+*28",)),
    "t07": ("DPYD", ("*9A", "c.1905+1G>A (*2A)")),
    "t12": ("DPYD", ("26 of 27", "rs75017182 not used", "GQ 5")),
    "t13": ("UGT1A1", ("*28/*37",)),
    "t14": ("UGT1A1", ("3 alternate alleles in one person",)),
    "t15": ("DPYD", ("hapb3_intron_exon_mismatch", "the intron decides")),
    "t16": ("DPYD", ("hapb3_exon_only", "was not assessed")),
    "t17": ("DPYD", ("26 of 27", "not a normal result")),
    "t20": ("DPYD", ("presumed on different strands", "if on one strand", "= 1")),
    "t21": ("DPYD", ("0 (c.1905+1G>A (*2A))", "1 (Reference)")),
    "t22": ("DPYD", ("presumed on different strands", "= 1")),
    "t24": ("DPYD", ("at most", "rs3918290")),
    "t27": ("UGT1A1", ("presumed on different strands (poor)", "if on one strand: intermediate")),
    "t28": ("UGT1A1", ("*80 (unknown function)",)),
    "t30": ("DPYD", ("c.1898delC (*3)",)),
}


@pytest.mark.parametrize(("name", "told"), SAYS.items(), ids=list(SAYS))
def test_a_trap_says_what_it_must(folder, name, told):
    gene, words = told
    (path,) = (folder / "traps").glob(f"{name}_*.vcf")
    report = interpret_germline(read_germline(path, expected_sample="PATIENT"), KNOWLEDGE)
    (row,) = (item for item in report["genes"] if item["gene"] == gene)
    text = " ".join(
        [
            row["because"],
            *row["diplotypes"],
            *row["warnings"],
            *row["codes"],
            *(gap["reason"] for gap in row["not_assessed"]),
        ]
    )
    assert [word for word in words if word not in text] == [], text


# People


@pytest.fixture(scope="module")
def people(folder: Path):
    path = folder / "thousand_genomes" / "1kgp2504.DPYD_UGT1A1.GRCh38.assume_ref.vcf.gz"
    return {sample.sample: conclude_germline(sample, KNOWLEDGE) for sample in read_germline_cohort(path)}


def test_2504_people_agree_with_the_reference_calls(folder, people):
    assert len(people) == 2504
    listed = rows(folder / "thousand_genomes" / "calls_1250.tsv")
    wrong = [
        (row["sample"], row["dpyd_activity_score"], row["ugt1a1"])
        for row in listed
        for found in [people[row["sample"]]]
        if (found["DPYD"].call.value, found["UGT1A1"].call.value) != (row["dpyd_activity_score"], row["ugt1a1"])
    ]
    assert wrong == []


def test_the_scores_and_phenotypes_of_2504_people_are_as_often_as_the_reference_counts(people):
    scores = Counter(found["DPYD"].call.value for found in people.values())
    phenotypes = Counter(found["UGT1A1"].call.value for found in people.values())
    # 2,396 people of score 2 there, of whom four carry an allele that the definitions do not list: no score is stated
    assert scores == {"2": 2392, "1.5": 91, "1": 16, "0": 1, "": 4}
    # 12 and 5 people more than there, who carry two decreased variants on one strand: see the table
    assert phenotypes == {"normal": 949, "intermediate": 1153 + 12, "poor": 384 + 5, "": 1}
    assert people["HG02684"]["DPYD"].call.value == "0"


def test_people_whom_only_the_strands_resolve_are_those_of_the_table(people):
    names = set(definitions_of(KNOWLEDGE)["UGT1A1"].by_name)
    resolved = {
        (name, pair, call.value, call.status)
        for name, found in people.items()
        for call in [found["UGT1A1"].call]
        for pair in call.diplotypes
        if not call.value or set(pair.split("/")) - names
    }
    listed = rows(BY_STRAND)
    assert resolved == {(row["sample"], row["diplotype"], row["ugt1a1"], row["status"]) for row in listed}
    assert all(row["reason"] for row in listed)
    assert len(listed) == 18


def test_the_named_dpyd_diplotypes_of_phased_people_are_those_of_the_reference(folder, people):
    """Wherever the reference names two alleles that lower function or none, the deciding pair is the same."""
    lowering = {item.name for item in HELD.alleles.values() if item.function in ("decreased", "no_function")}
    seen = 0
    for row in rows(folder / "thousand_genomes" / "calls_1250.tsv"):
        used = row["pharmcat_dpyd_diplotype_used"]
        theirs = sorted(name for name in lowering if name in used.removesuffix(" (heterozygous)").split("/"))
        ours = sorted(
            name
            for name in lowering
            if any(name in pair.split("/") for pair in people[row["sample"]]["DPYD"].call.diplotypes)
        )
        if theirs:
            seen += 1
            assert set(theirs) == set(ours), (row["sample"], used, ours)
    assert seen > 40


def test_a_panel_that_holds_17_positions_states_no_score_of_two(folder):
    path = folder / "thousand_genomes" / "1kgp2504.DPYD_UGT1A1.GRCh38.panel_only.vcf.gz"
    found = Counter(
        (call.value, call.status)
        for sample in read_germline_cohort(path)
        for call in [conclude_germline(sample, KNOWLEDGE)["DPYD"].call]
    )
    assert found == {
        ("", "not_assessed"): 2392, ("1.5", "upper_bound"): 91, ("1", "upper_bound"): 16, ("", "indeterminate"): 4, ("0", "called"): 1,
    }  # fmt: skip


GVCF = {
    # HG00436 is phased in the thousand genomes: *27 lies with *28; without phase they are presumed apart
    "HG00436": ("2", "called", "poor", "called_presumed_trans", "intermediate"),
    "NA10859": ("2", "called", "normal", "called", "normal"),
    "NA19147": ("2", "called", "poor", "called", "poor"),
    "NA19785": ("2", "called", "intermediate", "called", "intermediate"),
}


@pytest.mark.parametrize(("name", "told"), GVCF.items(), ids=list(GVCF))
def test_real_gvcfs(folder, name, told):
    found = conclude_germline(read_germline(folder / "gvcf" / f"{name}.DPYD_UGT1A1.GRCh38.g.vcf.gz"), KNOWLEDGE)
    dpyd, ugt1a1 = found["DPYD"].call, found["UGT1A1"].call
    assert (dpyd.value, dpyd.status, ugt1a1.value, ugt1a1.status, ugt1a1.best) == told
    assert len(dpyd.assessed) == 83

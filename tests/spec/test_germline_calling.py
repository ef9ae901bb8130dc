"""From observations to diplotypes, scores, phenotypes and statements: what is stated, how it is known, and what is not."""

from __future__ import annotations

import pytest

from chemoplan.genomics.germline.called import GeneCall
from chemoplan.genomics.germline.conclude import conclude_germline
from chemoplan.genomics.germline.interpret import germline_facts, interpret_germline, statements_of_germline
from chemoplan.genomics.germline.observed import GermlineSample, Observation
from tests.spec.germline_people import KNOWLEDGE, POSITIONS, person, typed_only

HAPB3 = "c.1129-5923C>G, c.1236G>A (HapB3)"
STAR_2A = "c.1905+1G>A (*2A)"
NEEDED = [item.id for item in POSITIONS.values() if item.needed and item.gene == "DPYD"]


def dpyd(sample: GermlineSample) -> GeneCall:
    return conclude_germline(sample, KNOWLEDGE)["DPYD"].call


def ugt1a1(sample: GermlineSample) -> GeneCall:
    return conclude_germline(sample, KNOWLEDGE)["UGT1A1"].call


# changes, missing: score, status, best, worst, first diplotype
SCORES = {
    ("", ""): ("2", "called", "2", "2", "Reference/Reference"),
    ("2846=0/1", ""): ("1.5", "called", "1.5", "1.5", "Reference/c.2846A>T"),
    ("2A=0/1", ""): ("1", "called", "1", "1", f"Reference/{STAR_2A}"),
    ("2A=1/1", ""): ("0", "called", "0", "0", f"{STAR_2A}/{STAR_2A}"),
    ("2846=1/1", ""): ("1", "called", "1", "1", "c.2846A>T/c.2846A>T"),
    # a homozygous variant counts twice
    ("2846=1/1, 2A=0/1", ""): ("0.5", "called", "0.5", "0.5", f"{STAR_2A}/c.2846A>T"),
    # without phase the lowest score is stated, and the other end told
    ("2A=0/1, 2846=0/1", ""): ("0.5", "called_presumed_trans", "1", "0.5", f"{STAR_2A}/c.2846A>T"),
    ("2846=0/1, 557=0/1", ""): ("1", "called_presumed_trans", "1.5", "1", "c.557A>G/c.2846A>T"),
    # a second variant of normal function leaves nothing open
    ("2A=0/1, 9A=0/1", ""): ("1", "called", "1", "1", f"c.85T>C (*9A)/{STAR_2A}"),
    # phased
    ("2A=0|1, 2846=0|1", ""): ("1", "called", "1", "1", f"Reference/{STAR_2A}"),
    ("2A=0|1, 2846=1|0", ""): ("0.5", "called", "0.5", "0.5", f"{STAR_2A}/c.2846A>T"),
    # phase sets say nothing about each other
    ("2A=0|1 5, 2846=0|1 5", ""): ("1", "called", "1", "1", f"Reference/{STAR_2A}"),
    ("2A=0|1 5, 2846=0|1 9", ""): ("0.5", "called_presumed_trans", "1", "0.5", f"{STAR_2A}/c.2846A>T"),
    # two blocks of two: the two no-function variants lie together, the third variant alone is open
    ("2A=0|1 5, 13=0|1 5, 2846=0|1 9", ""): ("0.5", "called_presumed_trans", "1", "0.5", f"{STAR_2A}/c.2846A>T"),
    # ties name the variants that the Dutch guideline covers
    ("7=0/1, 2A=0/1, 13=0/1", ""): ("0", "called_presumed_trans", "1", "0", f"c.1679T>G (*13)/{STAR_2A}"),
    ("557=0/1, intron=0/1, exon=0/1, 2846=0/1", ""): ("1", "called_presumed_trans", "1.5", "1", f"{HAPB3}/c.2846A>T"),
    # HapB3: the intron decides
    ("intron=0/1, exon=0/1", ""): ("1.5", "called", "1.5", "1.5", f"Reference/{HAPB3}"),
    ("intron=1/1, exon=1/1", ""): ("1", "called", "1", "1", f"{HAPB3}/{HAPB3}"),
    ("intron=1/1, exon=0/1", ""): ("1", "called", "1", "1", f"c.1129-5923C>G/{HAPB3}"),
    ("intron=0/1", ""): ("1.5", "called", "1.5", "1.5", "Reference/c.1129-5923C>G"),
    ("intron=0/1", "exon"): ("1.5", "called", "1.5", "1.5", "Reference/c.1129-5923C>G"),
    ("exon=0/1", ""): ("2", "called", "2", "2", "Reference/Reference"),
    ("exon=1/1, intron=0/1", ""): ("1.5", "called", "1.5", "1.5", f"Reference/{HAPB3}"),
    # ... and the exon only where the intron is missing
    ("exon=0/1", "intron"): ("1.5", "called_exon_only", "1.5", "1.5", f"Reference/{HAPB3}"),
    ("exon=1/1", "intron"): ("1", "called_exon_only", "1", "1", f"{HAPB3}/{HAPB3}"),
    ("exon=0/1, 2A=0/1", "intron"): ("0.5", "called_exon_only", "1", "0.5", f"{HAPB3}/{STAR_2A}"),
    ("exon=0|1, 2A=0|1", "intron"): ("1", "called_exon_only", "1", "1", f"Reference/{STAR_2A}"),
    ("", "intron"): ("", "not_assessed", "2", "1", None),
    ("exon=0/1", "intron 2A"): ("1.5", "upper_bound", "1.5", "0", f"not fully assessed/{HAPB3}"),
    # half calls: what was read counts on its strand
    ("2A=./1", ""): ("1", "upper_bound", "1", "0", f"not fully assessed/{STAR_2A}"),
    ("2A=./0", ""): ("", "not_assessed", "2", "1", None),
    ("exon=.|1, intron=.|1", ""): ("1.5", "upper_bound", "1.5", "1", f"not fully assessed/{HAPB3}"),
    ("exon=.|1, intron=1|.", ""): ("1", "called_exon_only", "1", "1", f"c.1129-5923C>G/{HAPB3}"),
    ("exon=1|., intron=.|1", ""): ("1", "called_exon_only", "1", "1", f"c.1129-5923C>G/{HAPB3}"),
    ("exon=1|., intron=1|.", ""): ("1.5", "upper_bound", "1.5", "1", f"not fully assessed/{HAPB3}"),
    ("exon=1|0, intron=1|.", ""): ("1.5", "upper_bound", "1.5", "1", f"not fully assessed/{HAPB3}"),
    ("exon=1/1, intron=./1", ""): ("1", "called_exon_only", "1", "1", f"{HAPB3}/{HAPB3}"),
    # not assessed is never reference
    ("", "2A"): ("", "not_assessed", "2", "0", None),
    ("2846=0/1", "2A"): ("1.5", "upper_bound", "1.5", "0", "not fully assessed/c.2846A>T"),
    ("2846=0/1", "intron"): ("1.5", "upper_bound", "1.5", "1", "not fully assessed/c.2846A>T"),
    ("2A=1/1", "13"): ("0", "called", "0", "0", f"{STAR_2A}/{STAR_2A}"),
    # a position that only ever has normal function is not needed
    ("", "9A exon"): ("2", "called", "2", "2", "Reference/Reference"),
    # alleles that nobody lists
    ("2A=0/?G", ""): ("", "indeterminate", "2", "1", None),
    ("rs114096998=0|?A", ""): ("", "indeterminate", "2", "1", None),
    ("2A=0/?G", "13"): ("", "indeterminate", "2", "0", None),
    ("2A=0/?G, 2846=0/1", ""): ("1.5", "upper_bound", "1.5", "0.5", "not fully assessed/c.2846A>T"),
    ("exon=0/?A", ""): ("", "indeterminate", "2", "1", None),
}


@pytest.mark.parametrize(("told", "expected"), SCORES.items(), ids=str)
def test_dpyd_score(told, expected):
    changes, missing = told
    call = dpyd(person(changes, missing=missing.split()))
    value, status, best, worst, diplotype = expected
    assert (call.value, call.status, call.best, call.worst) == (value, status, best, worst), call.because
    assert (call.diplotypes[0] if call.diplotypes else None) == diplotype
    assert (
        call.phenotype
        == {"2": "normal", "1.5": "intermediate", "1": "intermediate", "0.5": "poor", "0": "poor", "": ""}[value]
    )


WARNINGS = {
    ("exon=0/1", ""): ["hapb3_intron_exon_mismatch"],
    ("exon=1/1, intron=0/1", ""): ["hapb3_intron_exon_mismatch"],
    ("exon=0|1, intron=1|0", ""): ["hapb3_intron_exon_mismatch"],
    ("exon=0/1, intron=1/0", ""): [],
    ("exon=0/1, intron=1/1", ""): [],
    ("intron=0/1", ""): [],
    ("exon=0/1", "intron"): ["hapb3_exon_only"],
    ("", "intron"): [],
}


@pytest.mark.parametrize(("told", "codes"), WARNINGS.items(), ids=str)
def test_hapb3_warnings(told, codes):
    changes, missing = told
    call = dpyd(person(changes, missing=missing.split()))
    assert list(call.codes) == codes
    assert len(call.warnings) == len(codes)


# changes, missing: value, status, best, worst, diplotypes
PHENOTYPES = {
    ("", ""): ("normal", "called", "normal", "normal", ["*1/*1"]),
    ("80=0/1, TA=TA7/TA8", ""): ("intermediate", "called", "intermediate", "intermediate", ["*1/*80+*28"]),
    ("80=1/1, TA=TA8/TA8", ""): ("poor", "called", "poor", "poor", ["*80+*28/*80+*28"]),
    ("TA=TA8/TA9", ""): ("poor", "called", "poor", "poor", ["*28/*37"]),
    ("TA=TA6/TA7", ""): ("normal", "called", "normal", "normal", ["*1/*36"]),
    ("TA=TA6/TA8", ""): ("intermediate", "called", "intermediate", "intermediate", ["*28/*36"]),
    ("6=1/1", ""): ("poor", "called", "poor", "poor", ["*6/*6"]),
    # one strand with two decreased variants counts once
    ("80=1|0, TA=TA8|TA7, 27=1|0", ""): ("intermediate", "called", "intermediate", "intermediate", ["*1/*80+*28+*27"]),
    ("80=1|1, TA=TA8|TA8, 6=1|0", ""): ("poor", "called", "poor", "poor", ["*80+*28/*80+*28+*6"]),
    # without phase
    ("80=0/1, TA=TA7/TA8, 6=0/1", ""): ("poor", "called_presumed_trans", "intermediate", "poor", ["*6/*80+*28", "*1/*80+*28+*6"]),
    # *80 lies on the strand of *27; that *28 goes with *80 must not hide that it may lie on the other one
    ("80=1|0, 27=1|0, TA=TA7/TA8", ""): ("poor", "called_presumed_trans", "intermediate", "poor", ["*28/*80+*27", "*1/*80+*28+*27"]),
    ("TA=TA7/TA8, 27=0/1", "80"): ("poor", "called_presumed_trans", "intermediate", "poor", ["*27/*28", "*1/*28+*27"]),
    ("6=0|1 3, 27=0|1 8", ""): ("poor", "called_presumed_trans", "intermediate", "poor", ["*6/*27", "*1/*6+*27"]),
    ("6=0|1 3, 27=0|1 3", ""): ("intermediate", "called", "intermediate", "intermediate", ["*1/*6+*27"]),
    # *80 alone has unknown function
    ("80=0/1", ""): ("", "indeterminate", "normal", "intermediate", ["*1/*80"]),
    ("80=1/1", ""): ("", "indeterminate", "normal", "poor", ["*80/*80"]),
    ("80=1/1, TA=TA7/TA8", ""): ("", "range", "intermediate", "poor", ["*80/*80+*28"]),
    ("80=0|1, TA=TA7|TA6", ""): ("", "indeterminate", "normal", "intermediate", ["*1/*80+*36"]),
    ("80=1|0, TA=TA7|TA8", ""): ("", "range", "intermediate", "poor", ["*28/*80"]),
    ("80=1/1, TA=TA8/TA8", "27"): ("poor", "called", "poor", "poor", None),
    # the TA repeat not assessed
    ("80=0|1", "TA"): ("", "range", "normal", "poor", None),
    ("6=1/1", "TA"): ("poor", "called", "poor", "poor", None),
    ("6=0/1", "TA"): ("", "range", "intermediate", "poor", None),
    ("", "TA"): ("", "not_assessed", "normal", "poor", []),
    ("", "6"): ("", "not_assessed", "normal", "poor", []),
    ("TA=TA7/TA8, 80=0/1", "6"): ("", "range", "intermediate", "poor", None),
    ("TA=TA7/TA8, 80=0/1", "6 80"): ("", "range", "intermediate", "poor", None),
    ("TA=./TA8", ""): ("", "range", "intermediate", "poor", None),
    # *80 decides nothing where the repeat was read
    ("TA=TA8/TA8", "80"): ("poor", "called", "poor", "poor", ["*28/*28"]),
    ("", "80"): ("normal", "called", "normal", "normal", ["*1/*1"]),
    # alleles that nobody lists
    ("TA=TA7/?CATATATAT", ""): ("", "indeterminate", "normal", "intermediate", None),
    ("TA=TA8/?CATATATAT", ""): ("", "range", "intermediate", "poor", None),
    ("6=0|?C, TA=TA7|TA8", ""): ("intermediate", "called", "intermediate", "intermediate", None),
}  # fmt: skip


@pytest.mark.parametrize(("told", "expected"), PHENOTYPES.items(), ids=str)
def test_ugt1a1_phenotype(told, expected):
    changes, missing = told
    call = ugt1a1(person(changes, missing=missing.split()))
    value, status, best, worst, diplotypes = expected
    assert (call.value, call.status, call.best, call.worst) == (value, status, best, worst), call.because
    assert diplotypes is None or list(call.diplotypes) == diplotypes


def test_the_presumption_that_80_and_28_lie_together_is_said():
    assert ugt1a1(person("80=0/1, TA=TA7/TA8")).codes == ("presumed_in_cis",)
    assert ugt1a1(person("80=0|1, TA=TA7|TA8")).codes == ()
    assert ugt1a1(person("80=0/1, TA=TA8/TA9")).codes == ()


def test_candidates_are_named_where_the_repeat_was_not_read():
    call = ugt1a1(person("80=0|1", missing=["TA"]))
    assert {"*1/*80", "*1/*80+*28", "*1/*80+*37"} <= set(call.diplotypes)
    assert all("*80" in pair for pair in call.diplotypes)


def test_a_call_below_the_limits_is_neither_variant_nor_reference():
    sample = person()
    low = Observation("rs3918290", "not_assessed", ("C", "T"), reason="FILTER LowQual, GQ 2, DP 1")
    sample = GermlineSample(sample.sample, sample.document, "GRCh38", {**sample.observations, "rs3918290": low})
    call = dpyd(sample)
    assert (call.value, call.status) == ("", "not_assessed")
    assert call.found == ()
    assert "rs3918290 not used: FILTER LowQual, GQ 2, DP 1." in call.warnings


def test_one_of_83_positions_is_no_normal_result():
    call = dpyd(person(missing=[item.id for item in POSITIONS.values() if item.id != "rs3918290"]))
    assert call.value == ""
    assert "1 of 27 function-changing DPYD positions assessed" in call.because
    assert "no decreased variant found among those assessed" in call.because
    assert "not a normal result" in call.because


def test_an_observation_that_is_absent_is_missing():
    call = dpyd(GermlineSample("P", "p.vcf", "GRCh38", {"rs3918290": Observation("rs3918290", "called", ("C", "C"))}))
    assert call.status == "not_assessed"
    assert len(call.not_assessed) == 82
    assert {gap.reason for gap in call.not_assessed} == {"missing"}


def test_an_unlisted_allele_is_named_with_what_it_may_hit():
    (text,) = dpyd(person("2A=0/?G")).warnings
    assert "rs3918290 C>G is not a listed allele" in text
    assert "splice" in text


# A declared panel


def test_a_declared_panel_may_say_normal_and_is_named():
    four = ["2A", "13", "2846", "intron"]
    others = [name for name in POSITIONS if name not in ("rs3918290", "rs55886062", "rs67376798", "rs75017182")]
    call = dpyd(person(missing=others, panel="four variants", panel_positions=four))
    assert (call.value, call.status, call.best, call.worst) == ("2", "called", "2", "2")
    assert any("panel four variants" in text and "4 of the 27" in text for text in call.warnings)
    assert "4 of 4" in call.because
    short = dpyd(person(missing=[*others, "13"], panel="four variants", panel_positions=four))
    assert (short.value, short.status) == ("", "not_assessed")


def test_a_panel_that_reads_only_the_tag_of_hapb3_needs_the_tag_and_says_so():
    panel = {"panel": "tags", "panel_positions": ["2A", "exon"]}
    others = [name for name in POSITIONS if name not in ("rs3918290", "rs56038477")]
    call = dpyd(person(missing=others, **panel))
    assert call.value == "2"
    assert any("HapB3 from its exon tag alone" in text for text in call.warnings)
    assert dpyd(person(missing=[*others, "exon"], **panel)).status == "not_assessed"
    assert dpyd(person("exon=0/1", missing=others, **panel)).value == "1.5"


def test_a_panel_without_a_position_that_lowers_function_makes_nothing_normal():
    call = dpyd(person(missing=NEEDED, panel="harmless", panel_positions=["9A"]))
    assert call.status == "not_assessed"
    assert "tests no position of DPYD" in " ".join(call.warnings)


def test_a_panel_of_the_repeat_alone_reads_ugt1a1():
    call = ugt1a1(person("80=0/1, TA=TA8/TA7", missing=["6", "27"], panel="*28", panel_positions=["TA"]))
    assert (call.value, call.status) == ("intermediate", "called")
    assert any("panel *28" in text for text in call.warnings)


# Typed results


def reported(*results, sample=None):
    found = conclude_germline(sample or typed_only(*results), KNOWLEDGE)
    return {gene: (item.call.value, item.call.status) for gene, item in found.items()}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (("DPYD", "diplotype", f"Reference/{STAR_2A}"), ("1", "reported")),
        (("DPYD", "diplotype", "*1/*2A"), ("1", "reported")),
        (("DPYD", "diplotype", f"c.2846A>T/{HAPB3}"), ("1", "reported")),
        (("DPYD", "activity_score", "0.5"), ("0.5", "reported")),
        (("DPYD", "phenotype", "normal"), ("2", "reported")),
        (("DPYD", "phenotype", "intermediate"), ("1.5", "upper_bound")),
        (("DPYD", "phenotype", "poor"), ("0.5", "upper_bound")),
        (("DPYD", "uracil", "180"), ("", "not_assessed")),
        (("DPYD", "diplotype", "*1/*99"), ("", "not_assessed")),
        (("DPYD", "activity_score", "3"), ("", "not_assessed")),
        (("UGT1A1", "diplotype", "*1/*28"), ("intermediate", "reported")),
        (("UGT1A1", "diplotype", "*28/*80+*37"), ("poor", "reported")),
        (("UGT1A1", "diplotype", "*1/*80"), ("", "range")),
        (("UGT1A1", "phenotype", "poor metabolizer"), ("poor", "reported")),
    ],
    ids=str,
)
def test_typed_results(result, expected):
    assert reported(result)[result[0]] == expected


def test_uracil_is_told_and_states_no_score():
    (text,) = conclude_germline(typed_only(("DPYD", "uracil", "22")), KNOWLEDGE)["DPYD"].call.warnings
    assert "22 ng/mL" in text
    assert "No activity score follows" in text


def test_a_typed_result_that_agrees_with_the_file_leaves_the_result_of_the_file():
    found = conclude_germline(person("2A=0/1", typed=[("DPYD", "activity_score", "1")]), KNOWLEDGE)["DPYD"]
    assert (found.call.value, found.call.status) == ("1", "called")
    assert found.reported


@pytest.mark.parametrize(
    ("changes", "missing", "result"),
    [
        ("", "", ("DPYD", "activity_score", "1")),
        ("2A=0/1", "", ("DPYD", "diplotype", "*1/*1")),
        ("2A=0/1", "13", ("DPYD", "activity_score", "2")),
        ("2A=0/1, 2846=0/1", "", ("DPYD", "activity_score", "1")),
        ("2A=0/1", "", ("DPYD", "phenotype", "poor")),
        ("TA=TA8/TA8", "", ("UGT1A1", "phenotype", "normal")),
        ("6=0/1", "TA", ("UGT1A1", "phenotype", "normal")),
    ],
    ids=str,
)
def test_a_contradiction_is_told_and_not_settled(changes, missing, result):
    sample = person(changes, missing=missing.split(), typed=[result])
    call = conclude_germline(sample, KNOWLEDGE)[result[0]].call
    assert (call.value, call.status) == ("", "conflict")
    assert any("contradict each other" in text for text in call.warnings)
    report = interpret_germline(sample, KNOWLEDGE)
    fact = next(row for row in report["facts"] if row["name"] == call.fact)
    assert (fact["value"], fact["status"]) == (None, "unknown")
    assert "contradict" in fact["because"]
    assert call.fact not in {item.fact for item in statements_of_germline(sample, KNOWLEDGE)}


@pytest.mark.parametrize("result", [("DPYD", "phenotype", "normal"), ("DPYD", "diplotype", "*1/*1")], ids=str)
def test_a_stated_normal_does_not_cover_an_allele_of_unknown_function(result):
    call = conclude_germline(person("2A=0/?G", typed=[result]), KNOWLEDGE)["DPYD"].call
    assert (call.value, call.status) == ("", "conflict")
    assert "function is unknown" in call.because
    lowered = person("2A=0/?G", typed=[("DPYD", "activity_score", "1")])
    assert reported(sample=lowered)["DPYD"] == ("1", "reported")


def test_typed_results_that_contradict_each_other_are_told():
    results = [("DPYD", "activity_score", "1"), ("DPYD", "activity_score", "2")]
    assert reported(*results)["DPYD"] == ("", "conflict")
    assert reported(("DPYD", "phenotype", "poor"), ("DPYD", "activity_score", "0"))["DPYD"] == ("0", "reported")


def test_a_typed_result_fills_what_the_file_leaves_open():
    assert reported(sample=person(missing=["2A"], typed=[("DPYD", "activity_score", "2")]))["DPYD"] == ("2", "reported")
    assert reported(sample=person("2846=0/1", missing=["2A"], typed=[("DPYD", "activity_score", "0.5")]))["DPYD"] == (
        "0.5",
        "reported",
    )
    bounded = person("2A=0/1", missing=["13"], typed=[("DPYD", "phenotype", "intermediate")])
    assert reported(sample=bounded)["DPYD"] == ("1", "reported")


# Reports


def test_the_report_of_a_person_has_facts_genes_statements_and_what_changes_no_dose():
    report = interpret_germline(person("2A=0/1, 80=1/1, TA=TA8/TA8"), KNOWLEDGE)
    assert [(row["name"], row["value"], row["status"]) for row in report["facts"]] == [
        ("dpyd_activity_score", 1.0, "known"),
        ("ugt1a1", "poor", "known"),
    ]
    assert all(row["because"] for row in report["facts"])
    assert report["facts"][0]["source"] == "person.vcf (record rs3918290), germline genotype"
    first, second = report["genes"]
    assert (first["gene"], first["activity_score"], first["phenotype"]) == ("DPYD", 1.0, "intermediate")
    assert (second["gene"], second["phenotype"], second["best"], second["worst"]) == ("UGT1A1", "poor", "poor", "poor")
    assert "activity_score" not in second
    assert len(first["assessed"]) == 83
    assert {"TYMS", "MTHFR", "GSTP1", "ABCB1"} <= {row["gene"] for row in report["not_actionable"]}
    assert any("no CPIC guideline for irinotecan" in row["text"] for row in report["remarks"])


def test_statements_stand_side_by_side_with_date_jurisdiction_and_source():
    report = interpret_germline(person("2846=0/1"), KNOWLEDGE)
    said = {row["id"]: row for row in report["statements"]}
    assert {row["body"] for row in said.values() if row["gene"] == "DPYD"} == {"CPIC", "DPWG", "FDA", "EMA"}
    assert said["cpic-dpyd-1.5"]["start_percent"] == 50
    assert (said["cpic-dpyd-1.5"]["date"], said["cpic-dpyd-1.5"]["strength"]) == ("2018-11", "moderate")
    assert said["fda-dpyd-partial"]["start_percent"] is None
    for row in said.values():
        assert row["evidence"]
        assert row["jurisdiction"]
        assert {"source", "title", "citation", "date", "status", "says"} <= set(row["evidence"][0])


STATED = {
    "": {"cpic-dpyd-2", "dpwg-ugt1a1-normal"},
    "2A=0/1": {"cpic-dpyd-1", "dpwg-dpyd-1", "fda-dpyd-partial", "ema-dpyd-partial", "dpwg-ugt1a1-normal"},
    # two reduced strands: the genotype cannot give the activity, says the Dutch guideline
    "2846=1/1": {"cpic-dpyd-1", "dpwg-dpyd-1", "dpwg-dpyd-two-variants", "fda-dpyd-partial", "ema-dpyd-partial", "dpwg-ugt1a1-normal"},
    "2A=0/1, 2846=0/1": {"cpic-dpyd-0.5", "dpwg-dpyd-two-variants", "fda-dpyd-complete", "ema-dpyd-partial", "dpwg-ugt1a1-normal"},
    "2A=1/1": {"cpic-dpyd-0", "dpwg-dpyd-0", "fda-dpyd-complete", "ema-dpyd-complete", "dpwg-ugt1a1-normal"},
    "TA=TA8/TA8": {
        "cpic-dpyd-2", "dpwg-ugt1a1-poor", "fda-irinotecan-ugt1a1", "fda-liposomal-irinotecan-ugt1a1",
        "fda-sacituzumab-govitecan-ugt1a1",
    },
    # the two labels that speak of *28/*28 alone do not speak of *6/*28
    "TA=TA7|TA8, 6=1|0": {"cpic-dpyd-2", "dpwg-ugt1a1-poor", "fda-irinotecan-ugt1a1"},
    "TA=TA7/TA8": {"cpic-dpyd-2", "dpwg-ugt1a1-intermediate"},
}  # fmt: skip
ALWAYS_SAID = {"dpwg-dpyd-test", "fda-capecitabine-test", "fda-fluorouracil-test", "ema-dpyd-test"}


@pytest.mark.parametrize(("changes", "ids"), [pytest.param(*item, id=item[0]) for item in STATED.items()])
def test_who_says_what(changes, ids):
    report = interpret_germline(person(changes), KNOWLEDGE)
    assert {row["id"] for row in report["statements"]} == ids | ALWAYS_SAID


def test_no_statement_on_a_dose_follows_from_what_is_not_known():
    report = interpret_germline(person(missing=["2A", "TA"]), KNOWLEDGE)
    assert {row["id"] for row in report["statements"]} == ALWAYS_SAID
    assert germline_facts(person(missing=["2A", "TA"]), KNOWLEDGE) == {}
    assert statements_of_germline(person(missing=["2A", "TA"]), KNOWLEDGE) == ()
    assert [row["because"].startswith("Not stated: ") for row in report["facts"]] == [True, True]


def test_facts_become_statements_of_a_case_with_their_source():
    statements = statements_of_germline(person("2A=0/1"), KNOWLEDGE)
    assert [(item.fact, item.value) for item in statements] == [("dpyd_activity_score", 1.0), ("ugt1a1", "normal")]
    assert all(item.source.document == "person.vcf" for item in statements)
    (typed,) = statements_of_germline(typed_only(("DPYD", "activity_score", "1.5")), KNOWLEDGE)
    assert str(typed.source) == "laboratory report, reported activity score"


def test_people_with_the_same_observations_share_one_call():
    assert dpyd(person("2A=0/1")) is dpyd(person("2A=0/1"))
    assert dpyd(person("2A=0/1")) is not dpyd(person("2A=0|1"))

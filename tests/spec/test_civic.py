"""CIViC: its releases are read whole or refused in one line, and its items are matched at the level at which they speak."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chemoplan.genomics.civic import match_civic
from chemoplan.genomics.civic_profile import AllOf, AnyOf, Leaf, Not, leaves, parse_profile
from chemoplan.genomics.civic_release import CivicRelease
from chemoplan.genomics.civic_truth import evaluate, look
from chemoplan.genomics.tumor import Tumor
from chemoplan.intake.civic import read_civic
from chemoplan.intake.refused import InputRefused
from chemoplan.knowledge import load_knowledge
from tests.spec.civic_releases import (
    BENEFIT,
    COLUMNS,
    NO_BENEFIT,
    NO_RESISTANCE,
    RESISTANCE,
    item,
    release,
    row,
    snapshot,
    table,
)
from tests.spec.tumors import assay, call, copies, fusion, tumor

KNOWLEDGE = load_knowledge()
MONTHLY = "01-Apr-2026-ClinicalEvidenceSummaries.tsv"


def read(folder: Path, content: str | bytes, name: str = MONTHLY) -> CivicRelease:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_civic(path)


def match(source: CivicRelease, what: Tumor, **more: Any) -> dict[str, Any]:
    return match_civic(source, what, KNOWLEDGE, **more)


def truth(profile: str, what: Tumor, **facts: str) -> bool | None:
    return evaluate(parse_profile(profile), look(what, KNOWLEDGE, facts)).truth


# --- releases -----------------------------------------------------------------------------------------------------------


def test_a_table_is_read_with_every_word_of_an_item(tmp_path: Path) -> None:
    found = read(tmp_path, table(row(doid="DOID:9256", is_flagged="true")))
    (only,) = found.items
    assert (only.id, only.profile, only.gene, only.doid) == ("77", "KRAS G12C", "KRAS", "9256")
    assert only.therapies == ("Drug A", "Drug B")
    assert (only.level, only.rating, only.flagged) == ("A", 4, True)
    assert only.citation == "Somebody et al., 2024, PMID 12345"
    assert only.statement == "An invented statement."
    assert found.problems == ()


@pytest.mark.parametrize(
    ("name", "day"),
    [(MONTHLY, date(2026, 4, 1)), ("nightly-ClinicalEvidenceSummaries.tsv", None), ("99-Foo-2026-x.tsv", None)],
)
def test_the_day_of_a_table_is_that_of_its_name_and_none_is_invented(
    tmp_path: Path, name: str, day: date | None
) -> None:
    found = read(tmp_path, table(row()), name)
    assert found.date == day
    told = match(found, tumor())["release"]
    assert told["date_note"] == ("" if day else "date not given")


@pytest.mark.parametrize("pack", [lambda text: text.encode(), lambda text: gzip.compress(text.encode())])
def test_a_snapshot_gives_the_same_items_as_the_table_packed_or_not(tmp_path: Path, pack: Any) -> None:
    from_json = read(tmp_path, pack(snapshot(row(citation=""))), "evidence.json.gz")
    from_table = read(tmp_path, table(row(citation="")))
    assert from_json.items == from_table.items
    assert from_json.date == date(2026, 4, 25)


def test_items_that_are_not_accepted_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        row(),
        row(evidence_id="78", evidence_status="rejected"),
        row(evidence_id="79", evidence_status="submitted"),
    ]
    found = read(tmp_path, table(*rows))
    assert [each.id for each in found.items] == ["77"]
    assert found.left_out == {"rejected": 1, "submitted": 1}


def test_a_row_that_cannot_be_used_is_told_with_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    short = "\t".join(["x"] * 5)
    text = table(row(), row(evidence_id="80", molecular_profile="")) + short + "\n" + table(row()).splitlines()[1]
    found = read(tmp_path, text)
    assert [each.id for each in found.items] == ["77"]
    told = {problem.path: problem.message for problem in found.problems}
    assert "no molecular profile" in told["line 3"]
    assert "5 cells" in told["line 4"]
    assert "twice" in told["line 5"]


def test_an_unknown_evidence_level_is_told_and_the_item_kept(tmp_path: Path) -> None:
    found = read(tmp_path, table(row(evidence_level="F")))
    assert len(found.items) == 1
    assert "expected A to E" in found.problems[0].message


def test_a_lone_quote_in_a_statement_swallows_no_rows(tmp_path: Path) -> None:
    found = read(tmp_path, table(row(evidence_statement='"open'), row(evidence_id="78"), row(evidence_id="79")))
    assert [each.id for each in found.items] == ["77", "78", "79"]


def test_an_address_that_is_no_https_address_is_not_passed_on(tmp_path: Path) -> None:
    assert read(tmp_path, table(row(evidence_civic_url="javascript:alert(1)"))).items[0].url == ""


PACKED = gzip.compress(snapshot(row()).encode())
REFUSED: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "empty"),
    "a web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "a gzip file that ends early": (PACKED[:-12], "ends early"),
    "a damaged gzip file": (PACKED[:20] + b"\0\0\0" + PACKED[23:], ""),
    "JSON that ends early": (snapshot(row()).encode()[:-20], "line 1"),
    "other JSON": (b'{"resourceType": "Bundle"}', "evidence_items"),
    "a snapshot without items": (b'{"evidence_items": []}', "empty"),
    "a snapshot of numbers": (b'{"evidence_items": [1]}', "a number"),
    "a snapshot with other keys": (b'{"evidence_items": [{"id": 1}]}', "molecular_profile"),
    "another table": (b"variant\tgene\nG12C\tKRAS\n", "molecular_profile"),
    "a table with commas": (",".join(COLUMNS).encode() + b"\n", "tabs"),
    "a header alone": (table().encode(), "no readable rows"),
    "bytes that are no text": (b"\xff\xfe\x00\x01" * 10, "UTF-8"),
    "deep JSON": (b"[" * 100_000, "JSON"),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_release_is_refused_in_one_line(tmp_path: Path, content: tuple[bytes, str]) -> None:
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, content[0], "release.bin")
    message = str(refused.value)
    assert message.startswith("release.bin")
    assert "\n" not in message
    assert content[1] in message


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such file"):
        read_civic(tmp_path / "none.tsv")


# --- profiles -----------------------------------------------------------------------------------------------------------

LEVELS = {
    "KRAS G12C": "allele",
    "ERBB2 S310F/Y": "allele",
    "MLH1 D667FS": "allele",
    "MLH1 K618DEL": "allele",
    "KIT D579del": "allele",
    "EGFR E746_T751>I": "allele",
    "KRAS A11_G12insGA": "allele",
    "VHL R200W (c.598C>T)": "allele",
    "MLH1 c.790+1G>A": "allele",
    "KRAS G12": "codon",
    "KRAS G12/G13": "codon",
    "KRAS Exon 2 Mutation": "exon",
    "PIK3CA Exon 10 Mutation": "exon",
    "EGFR Exon 19 Deletion": "exon",
    "KRAS Mutation": "gene",
    "NPM1 MUTATION": "gene",
    "BARD1 Loss-of-function": "gene",
    "BRAF Non-V600": "gene",
    "ERBB2 Amplification": "amplification",
    "SMAD4 Deletion": "deletion",
    "PTEN Loss": "deletion",
    "LMNA::NTRK1 Fusion": "fusion",
    "v::ALK Fusion": "fusion",
    "VPS18::NTRK3 e4::e18": "fusion",
    "VHL Rearrangement": "fusion",
    "KRAS Wildtype": "wildtype",
    "MSI High": "result",
    "TMB High": "result",
    "EGFR Expression": "other",
    "HSPH1 T17 DELETION": "other",
    "KRAS RS61764370": "other",
    "AKT1 S473 Phosphorylation": "other",
    "TYMS 3TRP/3TRP genotype": "other",
}


@pytest.mark.parametrize(("profile", "level"), LEVELS.items())
def test_a_single_profile_speaks_at_its_level(profile: str, level: str) -> None:
    found = parse_profile(profile)
    assert isinstance(found, Leaf)
    assert found.level == level


def test_combinations_become_a_tree_with_and_before_or() -> None:
    assert parse_profile("MET Amplification AND NOT KRAS Mutation") == AllOf(
        (parse_profile("MET Amplification"), Not(parse_profile("KRAS Mutation")))
    )
    grouped = parse_profile("BRAF Amplification AND ( BRAF V600E OR BRAF V600K )")
    assert isinstance(grouped, AllOf)
    assert isinstance(grouped.parts[1], AnyOf)
    flat = parse_profile("KRAS G12C OR BRAF V600E AND BRAF Amplification")
    assert isinstance(flat, AnyOf)
    assert isinstance(flat.parts[1], AllOf)


@pytest.mark.parametrize("text", ["( KRAS G12C", "AND", "KRAS G12C AND", "NOT", "( )", "KRAS G12C OR OR BRAF V600E"])
def test_a_broken_combination_is_kept_as_a_text_that_matches_nothing(text: str) -> None:
    assert {leaf.level for leaf in leaves(parse_profile(text))} == {"other"}


# --- truth --------------------------------------------------------------------------------------------------------------

WHOLE = assay("KRAS", "BRAF", "PIK3CA", "PTEN", copies="MET SMAD4", fusions="ALK NTRK1")
TRUTHS: list[tuple[str, Tumor, bool | None]] = [
    ("KRAS G12C", tumor("KRAS G12C"), True),
    ("KRAS G12C", tumor("KRAS G12D"), None),
    ("KRAS G12C", tumor("KRAS G12D", assays=(WHOLE,)), False),
    ("KRAS G12C", tumor(assays=(assay(codons=frozenset({("KRAS", 12)})),)), False),
    ("KRAS G12C", tumor(assays=(assay(codons=frozenset({("KRAS", 13)})),)), None),
    ("KRAS G12", tumor("KRAS G12D"), True),
    ("KRAS G12", tumor("KRAS A11_G12dup", assays=(WHOLE,)), None),
    ("KRAS G12/G13", tumor("KRAS G13D"), True),
    ("KRAS G12/G13", tumor("KRAS A59T", assays=(WHOLE,)), False),
    ("KRAS Exon 2 Mutation", tumor("KRAS G13D"), True),
    ("KRAS Exon 2 Mutation", tumor("KRAS Q61H", assays=(WHOLE,)), False),
    ("KRAS Exon 2 Mutation", tumor("KRAS A146T"), None),
    ("PIK3CA Exon 10 Mutation", tumor("PIK3CA E545K"), True),
    ("PIK3CA Exon 9 Mutation", tumor("PIK3CA E545K"), True),
    ("PIK3CA Exon 21 Mutation", tumor("PIK3CA H1047R"), True),
    ("PIK3CA Exon 20 Mutation", tumor("PIK3CA H1047R"), True),
    ("PIK3CA Exon 10 Mutation", tumor("PIK3CA H1047R", assays=(WHOLE,)), False),
    ("PIK3CA Exon 9 Mutation", tumor("PIK3CA H1047R", assays=(WHOLE,)), None),
    ("KRAS Mutation", tumor("KRAS E98*"), True),
    ("KRAS Mutation", tumor(assays=(WHOLE,)), False),
    ("KRAS Mutation", tumor(), None),
    ("BRAF Non-V600", tumor("BRAF D594G"), True),
    ("BRAF Non-V600", tumor("BRAF V600E", assays=(WHOLE,)), False),
    ("BARD1 Loss-of-function", tumor("BARD1 R100*"), None),
    ("TP53 Truncating Mutation", tumor("TP53 R213*"), True),
    ("KRAS Wildtype", tumor(), None),
    ("KRAS Wildtype", tumor(assays=(WHOLE,)), True),
    ("KRAS Wildtype", tumor("KRAS G12C"), False),
    ("KRAS Wildtype", tumor(assays=(assay(codons=frozenset({("KRAS", 12)})),)), None),
    ("MET Amplification", tumor(copies=(copies("MET", 2),)), True),
    ("MET Amplification", tumor(copies=(copies("MET", 0),)), False),
    ("MET Amplification", tumor(), None),
    ("MET Amplification", tumor(assays=(WHOLE,)), False),
    ("SMAD4 Deletion", tumor(copies=(copies("SMAD4", -2),)), True),
    ("PTEN Loss", tumor(copies=(copies("PTEN", -2),)), True),
    ("PTEN Loss", tumor("PTEN R130*"), None),
    ("PTEN Loss", tumor(assays=(assay("PTEN", copies="PTEN"),)), None),
    ("v::ALK Fusion", tumor(fusions=(fusion("EML4", "ALK"),)), True),
    ("EML4::ALK Fusion", tumor(fusions=(fusion("STRN", "ALK"),), assays=(WHOLE,)), False),
    ("EML4::ALK Fusion", tumor(fusions=(fusion("EML4", "ALK", in_frame=False),)), None),
    ("v::ALK Fusion", tumor(), None),
    ("v::ALK Fusion", tumor(assays=(WHOLE,)), False),
    ("MET Amplification AND NOT KRAS Mutation", tumor(copies=(copies("MET", 2),)), None),
    ("MET Amplification AND NOT KRAS Mutation", tumor(copies=(copies("MET", 2),), assays=(WHOLE,)), True),
    ("MET Amplification AND NOT KRAS Mutation", tumor("KRAS G12C", copies=(copies("MET", 2),)), False),
    ("BRAF V600E OR KRAS G12C", tumor("BRAF V600E"), True),
    ("BRAF V600E AND KRAS G12C", tumor("BRAF V600E", assays=(WHOLE,)), False),
    ("ERBB2 S310F/Y", tumor("ERBB2 S310Y"), True),
    ("MLH1 D667FS", tumor("MLH1 D667Efs*9"), True),
    ("MLH1 c.790+1G>A", tumor(call("MLH1 X264_splice", coding="ENST1:c.790+1G>A")), True),
    ("MLH1 c.790+1G>A", tumor(call("MLH1 X264_splice")), None),
    ("EGFR Expression", tumor("EGFR S492R", assays=(assay("EGFR"),)), None),
    ("MSI High", tumor(), None),
]


@pytest.mark.parametrize(("profile", "what", "expected"), TRUTHS)
def test_a_profile_is_true_false_where_assayed_or_unknown(profile: str, what: Tumor, expected: bool | None) -> None:
    assert truth(profile, what) is expected


def test_a_result_settles_a_profile_that_names_one() -> None:
    assert truth("MSI High", tumor(), msi="high") is True
    assert truth("MSI High", tumor(), mmr="proficient") is False


def test_a_call_in_doubt_makes_no_match_certain() -> None:
    assert truth("KRAS G12C", tumor(call("KRAS G12C", doubt="failed the filter"), assays=(WHOLE,))) is None
    assert truth("KRAS Wildtype", tumor(call("KRAS G12C", doubt="failed the filter"), assays=(WHOLE,))) is None


def test_a_call_of_unknown_notation_keeps_the_alleles_of_its_gene_open() -> None:
    strange = replace(call("KRAS G12C"), change=None, text="??")
    assert truth("KRAS G12C", tumor(strange, assays=(WHOLE,))) is None
    assert match(release(item("KRAS G12C")), tumor(strange))["matches"] == []


# --- matches ------------------------------------------------------------------------------------------------------------


def test_an_allele_is_never_matched_by_its_sibling() -> None:
    source = release(item("KRAS G12C"), item("KRAS G12"), item("KRAS Exon 2 Mutation"), item("KRAS Mutation"))
    found = match(source, tumor("KRAS G12D"))["matches"]
    assert [(each["profile"], each["level"]) for each in found] == [
        ("KRAS G12", "codon"),
        ("KRAS Exon 2 Mutation", "exon"),
        ("KRAS Mutation", "gene"),
    ]


@pytest.mark.parametrize(
    ("says", "meaning"),
    [(BENEFIT, "benefit"), (NO_BENEFIT, "no benefit"), (RESISTANCE, "resistance"), (NO_RESISTANCE, "no resistance")],
)
def test_direction_and_significance_are_read_together(says: tuple[str, str], meaning: str) -> None:
    (found,) = match(release(item("KRAS G12C", says)), tumor("KRAS G12C"))["matches"]
    assert found["meaning"] == meaning


def test_what_is_no_substitution_is_labeled_at_gene_level_and_not_hidden() -> None:
    found = match(release(item("KRAS Mutation")), tumor("KRAS E98*", "KRAS A11_G12dup"))["matches"]
    assert "E98*: truncating change" in found[0]["because"]
    assert "A11_G12dup: in-frame duplication" in found[0]["because"]


def test_an_open_exclusion_makes_the_match_possible_and_says_what_is_missing() -> None:
    source = release(item("MET Amplification AND NOT KRAS Mutation"))
    (found,) = match(source, tumor(copies=(copies("MET", 2),)))["matches"]
    assert found["state"] == "possible"
    assert "matches if KRAS is not mutated (not assayed)" in found["because"]


def test_what_nothing_in_the_tumor_speaks_for_is_not_listed() -> None:
    source = release(item("KRAS G12C"), item("MET Amplification AND NOT KRAS Mutation"), item("MSI High"))
    found = match(source, tumor(assays=(assay("BRAF"),)))
    assert found["matches"] == found["other_diseases"] == []


def test_an_item_that_calls_cannot_show_is_found_by_gene_and_only_possible() -> None:
    source = release(item("EGFR Expression"))
    (found,) = match(source, tumor("EGFR S492R"))["matches"]
    assert (found["level"], found["state"]) == ("other", "possible")
    assert match(source, tumor())["release"]["not_parsed"] == 1


def test_other_cancers_stand_apart_and_statements_about_any_cancer_do_not() -> None:
    source = release(
        item("KRAS G12C", disease="Melanoma", doid="1909"),
        item("KRAS G12C", disease="Solid Tumor", doid=""),
        item("KRAS G12C"),
        item("KRAS G12C", disease="Melanoma", doid="1909", type="Prognostic", therapies=""),
    )
    found = match(source, tumor("KRAS G12C"))
    assert [each["tissue"] for each in found["matches"]] == ["colorectal", "any"]
    assert [each["id"] for each in found["other_diseases"]] == ["1"]


def test_in_a_hypermutated_tumor_a_change_outside_hotspots_is_a_passenger() -> None:
    source = release(item("BRAF Mutation"), item("BRAF V600E"), item("KRAS Mutation"))
    what = tumor("BRAF R719C", "KRAS G12D")
    plain = {each["profile"]: each for each in match(source, what)["matches"]}
    loaded = {each["profile"]: each for each in match(source, what, hypermutated=True)["matches"]}
    assert plain["BRAF Mutation"]["state"] == "matched"
    assert (loaded["BRAF Mutation"]["state"], loaded["BRAF Mutation"]["passenger"]) == ("possible", True)
    assert "passenger" in loaded["BRAF Mutation"]["because"]
    assert loaded["KRAS Mutation"]["state"] == "matched"


def test_the_answer_is_labeled_as_the_second_source() -> None:
    found = match(release(item("KRAS G12C")), tumor("KRAS G12C"))
    assert found["source"] == "CIViC (second source)"
    assert found["release"]["document"] == "release.tsv"


# --- contradictions -----------------------------------------------------------------------------------------------------


def clash(*items: Any, calls: tuple[str, ...] = ("KRAS G13D",)) -> list[dict[str, Any]]:
    return list(match(release(*items), tumor(*calls))["contradictions"])


def test_the_higher_evidence_level_wins_and_the_loser_is_shown() -> None:
    (found,) = clash(item("KRAS G13D", BENEFIT, level="B"), item("KRAS G13D", RESISTANCE, level="C", rating=5))
    assert found["winning"] == "supporting"
    assert [each["id"] for each in found["losing"]] == [each["id"] for each in found["against"]] == ["2"]
    assert "decided by the evidence level" in found["because"]


def test_at_equal_level_the_rating_decides() -> None:
    (found,) = clash(item("KRAS G13D", NO_RESISTANCE, rating=2), item("KRAS G13D", RESISTANCE, rating=4))
    assert found["winning"] == "against"
    assert found["losing"] == found["supporting"]


def test_equal_evidence_is_undecided_and_both_sides_are_shown() -> None:
    (found,) = clash(item("KRAS G13D", BENEFIT), item("KRAS G13D", NO_BENEFIT))
    assert (found["winning"], found["losing"]) == ("undecided", [])
    assert found["supporting"]
    assert found["against"]


def test_colorectal_evidence_goes_before_better_evidence_on_another_cancer() -> None:
    lung = {"disease": "Lung Cancer", "doid": "1324", "level": "A", "rating": 5}
    (found,) = clash(item("KRAS G13D", BENEFIT, **lung), item("KRAS G13D", RESISTANCE, level="D"))
    assert found["winning"] == "against"
    assert "decided by the tissue" in found["because"]


def test_other_therapies_and_other_genes_do_not_contradict_each_other() -> None:
    assert clash(item("KRAS G13D", BENEFIT, "A"), item("KRAS G13D", RESISTANCE, "A B")) == []
    calls = ("KRAS G13D", "PIK3CA E545K")
    assert clash(item("KRAS G13D", RESISTANCE), item("PIK3CA E545K", NO_RESISTANCE), calls=calls) == []


def test_therapies_that_stand_in_for_each_other_count_one_by_one() -> None:
    either = {"interaction": "Substitutes"}
    found = clash(item("KRAS G13D", BENEFIT, "A"), item("KRAS G13D", RESISTANCE, "A B", **either))
    assert [each["therapy"] for each in found] == ["A"]


def test_profiles_of_one_gene_are_held_against_each_other_too() -> None:
    (found,) = clash(item("KRAS G13D", NO_RESISTANCE), item("KRAS Mutation", RESISTANCE, level="A"))
    assert found["profiles"] == ["KRAS G13D", "KRAS Mutation"]
    assert (found["scope"], found["winning"]) == ("several profiles of one gene", "against")


def test_a_possible_match_contradicts_nothing() -> None:
    found = clash(item("KRAS G12", BENEFIT), item("KRAS Mutation", RESISTANCE), calls=("KRAS A11_G12dup",))
    assert found == []

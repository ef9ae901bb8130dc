"""`chemoplan tumor`, and a plan with the tumor's file, as a user types them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from chemoplan.intake.examples import example_paths
from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run

EXAMPLES = example_paths()[0].parent
MAF, VCF, GENES, STUDY = (EXAMPLES / name for name in ("tumor.maf", "tumor.vcf", "genes.txt", "study"))
CASE = next(path for path in example_paths() if path.name.startswith("05"))


def report(*arguments: object) -> dict:
    return json.loads(run("tumor", *arguments, "--format", "json", check=0).stdout)


def facts(result: dict) -> dict:
    return {row["name"]: row["value"] for row in result["facts"] if row["value"] is not None}


def test_a_tumor_is_told_as_text_json_and_page(tmp_path: Path) -> None:
    text = run("tumor", MAF, "--panel", GENES, check=0).stdout
    assert text.index("What would harm or not work") < text.index("What may work")
    assert "not signed off" in " ".join(text.split())
    assert check_result("tumor", report(MAF, "--panel", GENES)) == []
    run("tumor", MAF, "--panel", GENES, "--format", "html", "--output", tmp_path / "tumor.html", check=0)
    page = (tmp_path / "tumor.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert 'class="lollipops"' in page
    assert str(MAF.parent) not in page


def test_the_same_tumor_gives_the_same_bytes() -> None:
    assert len({run("tumor", MAF, "--format", "json", check=0).stdout for _ in range(2)}) == 1


def test_without_a_panel_nothing_is_negative() -> None:
    found = report(MAF)
    assert "not_detected" not in {row["state"] for row in found["biomarkers"]}
    assert facts(found)["kras_g12c"] == "detected"
    assert "braf_v600e" not in facts(found)


def test_a_panel_says_what_is_negative_and_what_it_covers_says_of_what() -> None:
    plain = facts(report(MAF, "--panel", GENES))
    assert plain["braf_v600e"] == "not_detected"
    assert "ntrk_fusion" not in plain
    wide = facts(
        report(MAF, "--panel", GENES, "--covers", "mutations", "--covers", "copy-number", "--covers", "fusions")
    )
    assert wide["ntrk_fusion"] == "not_detected"
    assert wide["her2_amplification"] == "not_detected"


def test_the_size_of_a_panel_gives_a_burden() -> None:
    assert facts(report(MAF, "--panel", GENES, "--panel-size", "2"))["tmb"] == pytest.approx(2, abs=0.6)


def test_results_that_are_typed_in_are_stated_and_disagreements_are_told() -> None:
    found = facts(report(MAF, "--result", "MSI-H"))
    assert found["msi"] == "high"
    both = report(MAF, "--result", "MSI-H", "--result", "MSS")
    assert "msi" not in facts(both)
    assert "msi" in {row["fact"] for row in both["discordant"]}


def test_a_raw_vcf_is_read_on_known_codons_and_says_what_it_cannot_interpret() -> None:
    found = report(VCF)
    assert facts(found)["braf_v600e"] == "detected"
    assert found["calls"]["uninterpreted"] > 0
    assert any("not interpreted" in text for text in found["warnings"])


def test_a_sample_of_a_study_is_a_tumor() -> None:
    assert facts(report(STUDY, "--sample", "INV-04-T"))["ntrk_fusion"] == "detected"


BAD = [
    (["tumor", "nowhere.maf"], "nowhere.maf"),
    (["tumor", "-"], "save it"),
    (["tumor", STUDY], "--sample"),
    (["tumor", MAF, "--sample", "nobody"], "nobody"),
    (["tumor", MAF, "--build", "GRCh37"], "GRCh38"),
    (["tumor", MAF, "--build", "hg19"], "GRCh37"),
    (["tumor", MAF, "--panel", "nowhere.txt"], "nowhere.txt"),
    (["tumor", MAF, "--covers", "fusions"], "--panel"),
    (["tumor", MAF, "--panel-size", "0"], "above 0"),
    (["tumor", MAF, "--panel-size", "nan"], "above 0"),
    (["tumor", MAF, "--panel", GENES, "--panel", GENES, "--panel-size", "1"], "one --panel"),
    (["tumor", MAF, "--result", "KRAS is fine"], "KRAS is fine"),
    (["tumor", MAF, "--civic", MAF], "tumor.maf"),
    (["tumor", MAF, "--format", "pdf"], "html"),
    (["plan", CASE, "--panel", GENES], "--tumor"),
    (["facts", CASE, "--sample", "S"], "--tumor"),
    (["plan", CASE, "--tumor", "nowhere.maf"], "nowhere.maf"),
]


@pytest.mark.parametrize(
    ("arguments", "says"),
    BAD,
    ids=lambda item: " ".join(map(str, item[:1] + item[2:])) if isinstance(item, list) else item,
)
def test_bad_input_gets_one_line_that_says_what_would_be_right(arguments: list, says: str) -> None:
    done = run(*arguments, check=2)
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("chemoplan: ")
    assert says in lines[0]


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(MAF.read_bytes())
    short = tmp_path / "short.maf.gz"
    short.write_bytes(whole[: len(whole) // 2])
    assert "short.maf.gz" in run("tumor", short, check=2).stderr


def test_a_plan_takes_the_facts_of_its_tumor_with_their_sources() -> None:
    alone = json.loads(run("plan", CASE, "--format", "json", check=0).stdout)
    joined = json.loads(run("plan", CASE, "--tumor", MAF, "--panel", GENES, "--format", "json", check=0).stdout)
    rows = {row["name"]: row for row in joined["facts"]}
    assert "ras" not in {row["name"] for row in alone["facts"] if row["status"] == "known"}
    assert (rows["ras"]["value"], rows["ras"]["status"]) == ("mutated", "known")
    assert "tumor.maf (line 4)" in rows["ras"]["source"]
    assert rows["braf_v600e"]["value"] == "not_detected"
    assert check_result("plan", joined) == []


def test_a_plan_says_what_is_odd_about_its_tumor(tmp_path: Path) -> None:
    odd = tmp_path / "odd.txt"
    odd.write_text("KRAS E98*\n", encoding="utf-8")
    plan = json.loads(run("plan", CASE, "--tumor", odd, "--panel", GENES, "--format", "json", check=0).stdout)
    assert any("outside it: a molecular pathologist" in row["message"] for row in plan["problems"])


def test_facts_takes_them_too() -> None:
    done = json.loads(run("facts", CASE, "--tumor", VCF, "--format", "json", check=0).stdout)
    rows = {row["name"]: row for row in done["facts"]}
    assert rows["braf_v600e"]["value"] == "detected"
    assert any("not interpreted" in row["message"] for row in done["problems"])


def test_a_tumor_that_contradicts_its_case_is_refused_and_both_are_named(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("setting: metastatic\nras: wild_type\n", encoding="utf-8")
    done = run("plan", case, "--tumor", MAF, check=2)
    assert "ras is wild_type" in done.stderr
    assert "tumor.maf (line 4)" in done.stderr
    assert "mutated" in done.stderr


def invented_release(folder: Path, profile: str = "KRAS G12C") -> Path:
    """A release with one invented item on a molecular profile."""
    release = folder / "evidence.tsv"
    columns = ["molecular_profile", "disease", "doid", "therapies", "therapy_interaction_type", "evidence_type",
               "evidence_direction", "evidence_level", "significance", "evidence_statement", "citation", "rating",
               "evidence_status", "evidence_id", "citation_id", "source_type"]  # fmt: skip
    row = [profile, "Colorectal Cancer", "9256", "Invented Drug", "", "Predictive", "Supports", "B", "Sensitivity/Response",
           "Invented.", "Doe 2025", "3", "accepted", "1", "1", "PubMed"]  # fmt: skip
    release.write_text("\t".join(columns) + "\n" + "\t".join(row) + "\n", encoding="utf-8")
    return release


def test_a_second_source_stands_apart(tmp_path: Path) -> None:
    release = invented_release(tmp_path)
    with_it, without = report(MAF, "--civic", release), report(MAF)
    assert [item["therapies"] for item in with_it.pop("civic")["matches"]] == [["Invented Drug"]]
    assert with_it == without
    text = run("tumor", MAF, "--civic", release, check=0).stdout
    assert "Invented Drug" in text
    assert "not part of the statements" in " ".join(text.split())


def test_a_gene_that_only_the_second_source_knows_is_read_too(tmp_path: Path) -> None:
    calls = tmp_path / "calls.maf"
    calls.write_text("Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp_Short\nGNAS\tT1\tp.R201C\n")
    release = invented_release(tmp_path, "GNAS R201C")
    assert [item["profile"] for item in report(calls, "--civic", release)["civic"]["matches"]] == ["GNAS R201C"]


@pytest.mark.parametrize(
    ("row", "open_facts"),
    [
        # the place is KRAS G12D, whatever gene and change are written beside it
        ("ABCD\tGRCh37\t12\t25398284\t25398284\tC\tT\tT1\tMissense_Mutation\tp.R1D", ["ras", "kras_g12d", "kras_g12c"]),
        # a change without a gene may be EGFR S492R
        (
            "Unknown\tGRCh37\t7\t55228009\t55228009\tC\tA\tT1\tMissense_Mutation\tp.S492R",
            ["egfr_s492r", "tp53_mutation"],
        ),
    ],
    ids=["another gene at a known codon", "no gene"],
)
def test_a_call_whose_gene_is_not_told_lets_nothing_be_negative_that_it_may_be(
    tmp_path: Path, row: str, open_facts: list[str]
) -> None:
    calls, panel = tmp_path / "calls.maf", tmp_path / "genes.txt"
    header = (
        "Hugo_Symbol\tNCBI_Build\tChromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele2\t"
        "Tumor_Sample_Barcode\tVariant_Classification\tHGVSp_Short\n"
    )
    calls.write_text(header + row + "\n")
    panel.write_text("KRAS\nNRAS\nBRAF\nEGFR\nTP53\n")
    known = facts(report(calls, "--panel", panel))
    assert not set(open_facts) & set(known), known
    assert known["braf_v600e"] == "not_detected"

"""`chemoplan germline`, and a plan with a file of inherited genes, as a user types them."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import polars
import pytest

from chemoplan.intake.examples import example_paths
from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run

EXAMPLES = example_paths()[0].parent
VCF = EXAMPLES / "germline.vcf"
CASE = next(path for path in example_paths() if path.name.startswith("02"))
NAME = "INVENTED-GERMLINE"
FIRST = ["sample", "dpyd_activity_score", "ugt1a1", "dpyd_status", "ugt1a1_status"]


def report(*arguments: object) -> dict:
    return json.loads(run("germline", *arguments, "--format", "json", check=0).stdout)


def facts(result: dict) -> dict:
    return {row["name"]: row["value"] for row in result["facts"]}


def genes(result: dict) -> dict:
    return {row["gene"]: row for row in result["genes"]}


def changed(folder: Path, *pairs: tuple[str, str], name: str = "changed.vcf") -> Path:
    """The example with pieces of its text replaced."""
    text = VCF.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def line_of(rsid: str) -> str:
    return next(line for line in VCF.read_text(encoding="utf-8").splitlines() if f"\t{rsid}\t" in line)


def without(folder: Path, *rsids: str) -> Path:
    """The example without the records of these positions."""
    return changed(folder, *((line_of(rsid) + "\n", "") for rsid in rsids))


def many(folder: Path) -> Path:
    """Three people: the example, one without any variant, and one of whom nothing was called."""
    lines = []
    for line in VCF.read_text(encoding="utf-8").splitlines():
        if line.startswith("#CHROM"):
            line += "\tPLAIN\tSILENT"
        elif not line.startswith("#"):
            line += "\t0/0:60:30\t./.:.:."
        lines.append(line)
    path = folder / "many.vcf"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_germline_is_told_as_text_json_and_page(tmp_path: Path) -> None:
    text = run("germline", VCF, check=0).stdout
    assert text.index("Before anything else") < text.index("Fluorouracil and capecitabine") < text.index("\nDPYD  ")
    assert "not signed off" in " ".join(text.split())
    found = report(VCF)
    assert check_result("germline", found) == []
    assert facts(found) == {"dpyd_activity_score": 1, "ugt1a1": "poor"}
    run("germline", VCF, "--format", "html", "--output", tmp_path / "page.html", check=0)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert page.count('class="gene"') == 2
    assert str(VCF.parent) not in page


def test_the_same_file_gives_the_same_bytes() -> None:
    assert len({run("germline", VCF, "--format", "json", check=0).stdout for _ in range(2)}) == 1


def test_what_would_harm_comes_first_and_names_the_entry_of_the_plan() -> None:
    assert [row["id"] for row in report(VCF)["alerts"]] == ["dpd-partial-deficiency", "ugt1a1-poor-metabolizer"]
    worst = report("--result", "DPYD activity score 0.5")
    assert [(row["id"], row["severity"]) for row in worst["alerts"]] == [("dpd-complete-deficiency", "stop")]
    text = run("germline", "--result", "DPYD activity score 0.5", check=0).stdout
    assert text.index("No fluoropyrimidine") < text.index("CPIC")


def test_a_position_that_is_missing_is_never_normal(tmp_path: Path) -> None:
    found = report(without(tmp_path, "rs3918290"))
    assert facts(found)["dpyd_activity_score"] is None
    assert genes(found)["DPYD"]["status"] == "not_assessed"
    assert [row["id"] for row in found["held"]] == ["gate-dpyd"]
    assert "not a normal result" in run("germline", tmp_path / "changed.vcf", check=0).stdout


def test_limits_can_be_set_and_are_said(tmp_path: Path) -> None:
    weak = changed(tmp_path, (line_of("rs67376798"), line_of("rs67376798").rsplit(":", 2)[0] + ":15:30"))
    missed = {row["rsid"]: row["reason"] for row in genes(report(weak))["DPYD"]["not_assessed"]}
    assert "15" in missed["rs67376798"]
    assert "20" in missed["rs67376798"]
    assert genes(report(weak, "--min-quality", "10"))["DPYD"]["not_assessed"] == []
    assert len(genes(report(VCF, "--min-depth", "1000"))["DPYD"]["not_assessed"]) == 83


def test_a_declared_panel_is_named_in_the_answer(tmp_path: Path) -> None:
    panel = tmp_path / "four.txt"
    panel.write_text("# name: Four variants\nrs3918290\nrs55886062\nrs67376798\nrs75017182\n", encoding="utf-8")
    clean = changed(tmp_path, (line_of("rs3918290"), line_of("rs3918290").replace("0/1", "0/0")))
    kept = [line for line in clean.read_text(encoding="utf-8").splitlines() if line.startswith("#") or any(
        rsid in line for rsid in ("rs3918290", "rs55886062", "rs67376798", "rs75017182"))]  # fmt: skip
    clean.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert facts(report(clean))["dpyd_activity_score"] is None
    found = report(clean, "--panel", panel)
    assert facts(found)["dpyd_activity_score"] == 2
    assert "Four variants" in json.dumps(found["genes"])
    assert "Four variants" in run("germline", clean, "--panel", panel, check=0).stdout


def test_a_typed_result_stands_alone_or_beside_a_file() -> None:
    assert facts(report("--result", "DPYD activity score 1.5"))["dpyd_activity_score"] == 1.5
    assert facts(report("--result", "UGT1A1 *28/*28"))["ugt1a1"] == "poor"
    both = report(VCF, "--result", "DPYD activity score 2")
    assert facts(both)["dpyd_activity_score"] is None
    assert "contradict" in " ".join(
        [*both["warnings"], *(genes(both)["DPYD"]["warnings"]), genes(both)["DPYD"]["because"]]
    )


BAD = [
    (["germline"], "--result"),
    (["germline", "nowhere.vcf"], "nowhere.vcf"),
    (["germline", "-"], "save it"),
    (["germline", VCF, "--sample", "NOBODY"], NAME),
    (["germline", VCF, "--build", "GRCh37"], "GRCh38"),
    (["germline", VCF, "--build", "hg19"], "GRCh37"),
    (["germline", VCF, "--panel", "nowhere.txt"], "nowhere.txt"),
    (["germline", VCF, "--panel", VCF], "germline.vcf"),
    (["germline", VCF, "--min-quality", "-1"], "--min-quality"),
    (["germline", VCF, "--min-depth", "many"], "--min-depth"),
    (["germline", VCF, "--result", "all is well"], "all is well"),
    (["germline", "--result", "DPYD activity score 7"], "1.5"),
    (["germline", "--result", "UGT1A1 *28/*28", "--sample", "S"], "--sample"),
    (["germline", VCF, "--format", "pdf"], "html"),
    (["germline", VCF, "--cohort", "--sample", NAME], "--sample"),
    (["germline", VCF, "--cohort", "--format", "html"], "html"),
    (["germline", VCF, "--cohort", "--output", "people.xlsx"], ".parquet"),
    (["germline", "--cohort"], "VCF"),
    (["germline", CASE], CASE.name),
    (["plan", CASE, "--germline", VCF], "--germline-sample"),
    (["plan", CASE, "--germline-sample", NAME], "--germline FILE"),
    (["facts", CASE, "--germline", "nowhere.vcf"], "nowhere.vcf"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"), BAD, ids=lambda item: " ".join(map(str, item)) if isinstance(item, list) else item
)
def test_bad_input_gets_one_line_that_says_what_would_be_right(arguments: list, says: str) -> None:
    done = run(*arguments, check=2)
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("chemoplan: ")
    assert says in lines[0]


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(VCF.read_bytes())
    short = tmp_path / "short.vcf.gz"
    short.write_bytes(whole[: len(whole) // 2])
    for more in ([], ["--cohort"]):
        assert "short.vcf.gz" in run("germline", short, *more, check=2).stderr


def test_one_of_several_people_must_be_named(tmp_path: Path) -> None:
    path = many(tmp_path)
    assert "--sample" in run("germline", path, check=2).stderr
    assert facts(report(path, "--sample", "PLAIN")) == {"dpyd_activity_score": 2, "ugt1a1": "normal"}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_of_many_people_gives_a_table_with_one_row_each(tmp_path: Path, suffix: str) -> None:
    table = tmp_path / f"people{suffix}"
    done = run("germline", many(tmp_path), "--cohort", "--output", table, check=0)
    assert done.stdout == ""
    assert "3 samples" in done.stderr
    if suffix == ".csv":
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert list(rows[0])[:5] == FIRST
        found = [[row[name] for name in FIRST[:3]] for row in rows]
        assert found == [[NAME, "1", "poor"], ["PLAIN", "2", "normal"], ["SILENT", "", ""]]
    else:
        frame = polars.read_parquet(table)
        assert frame.columns[:5] == FIRST
        assert frame["dpyd_activity_score"].to_list() == [1.0, 2.0, None]
        assert frame["ugt1a1"].to_list() == ["poor", "normal", None]
        rows = frame.to_dicts()
    assert [row["dpyd_status"] for row in rows] == ["called", "called", "not_assessed"]
    assert all(row["dpyd_because"] for row in rows)


def test_the_counts_of_a_table_are_told_as_text_and_json(tmp_path: Path) -> None:
    path = many(tmp_path)
    text = run("germline", path, "--cohort", check=0).stdout
    assert "3 samples" in text
    assert "not stated" in text
    summary = json.loads(run("germline", path, "--cohort", "--format", "json", check=0).stdout)
    assert check_result("germline_cohort", summary) == []
    dpyd = summary["counts"][0]
    assert {row["value"]: row["people"] for row in dpyd["values"]} == {"0": 0, "0.5": 0, "1": 1, "1.5": 0, "2": 1}
    assert dpyd["unknown"] == 1


def test_a_warning_with_a_semicolon_is_counted_whole(tmp_path: Path) -> None:
    path = tmp_path / "plain.vcf"
    lines = [
        line for line in VCF.read_text(encoding="utf-8").splitlines() if not line.startswith(("##contig", "##ref"))
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    summary = json.loads(run("germline", path, "--cohort", "--format", "json", check=0).stdout)
    single = report(path)["warnings"]
    assert any("; " in text for text in single)
    assert [row["text"] for row in summary["warnings"]] == [
        *(text for text in single if text.startswith(("DPYD: ", "UGT1A1: "))),
        *(text for text in single if not text.startswith(("DPYD: ", "UGT1A1: "))),
    ]


def test_a_sample_name_that_a_spreadsheet_would_run_is_defused(tmp_path: Path) -> None:
    path = changed(tmp_path, (NAME, "=HYPERLINK(1)"))
    run("germline", path, "--cohort", "--output", tmp_path / "people.csv", check=0)
    assert (tmp_path / "people.csv").read_text(encoding="utf-8").splitlines()[1].startswith("'=HYPERLINK(1),")


def person(folder: Path, name: str = NAME, more: str = "") -> Path:
    case = folder / "case.yaml"
    case.write_text(f"case: {name}\nsetting: metastatic\ncM: M1a\n{more}", encoding="utf-8")
    return case


def test_a_plan_takes_both_facts_with_their_sources(tmp_path: Path) -> None:
    done = json.loads(run("plan", person(tmp_path), "--germline", VCF, "--format", "json", check=0).stdout)
    rows = {row["name"]: row for row in done["facts"]}
    assert (rows["dpyd_activity_score"]["value"], rows["ugt1a1"]["value"]) == (1, "poor")
    assert "germline.vcf" in rows["dpyd_activity_score"]["source"]
    assert {"dpd-partial-deficiency", "ugt1a1-poor-metabolizer"} <= {row["id"] for row in done["alerts"]}
    assert check_result("plan", done) == []


def test_a_plan_blocks_what_would_kill(tmp_path: Path) -> None:
    twice = changed(tmp_path, (line_of("rs3918290"), line_of("rs3918290").replace("0/1", "1/1")))
    done = json.loads(run("plan", person(tmp_path), "--germline", twice, "--format", "json", check=0).stdout)
    holding = [option["id"] for option in done["options"] if "fluoropyrimidine" in option["components"]]
    assert holding == []
    assert any(row["id"] == "dpd-complete-deficiency" for row in done["alerts"])


def test_another_person_s_genes_are_refused_unless_named(tmp_path: Path) -> None:
    done = run("plan", person(tmp_path, "SOMEBODY-ELSE"), "--germline", VCF, check=2)
    assert NAME in done.stderr
    assert "--germline-sample" in done.stderr
    run("plan", person(tmp_path, "SOMEBODY-ELSE"), "--germline", VCF, "--germline-sample", NAME, check=0)


def test_facts_say_why_a_result_is_not_stated(tmp_path: Path) -> None:
    done = json.loads(
        run("facts", person(tmp_path), "--germline", without(tmp_path, "rs3918290"), "--format", "json", check=0).stdout
    )
    rows = {row["name"]: row for row in done["facts"]}
    assert rows["dpyd_activity_score"]["status"] == "unknown"
    assert rows["ugt1a1"]["value"] == "poor"
    assert any("dpyd_activity_score is not stated" in row["message"] for row in done["problems"])


def test_a_file_that_contradicts_its_case_is_refused_and_both_are_named(tmp_path: Path) -> None:
    done = run("plan", person(tmp_path, more="dpyd_activity_score: 2\n"), "--germline", VCF, check=2)
    assert "dpyd_activity_score is 2" in done.stderr
    assert "germline.vcf" in done.stderr

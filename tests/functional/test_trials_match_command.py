"""The commands trials match, why and funnel as they are typed: forms, files, refusals, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chemoplan.report.schema import check_result

CASE = Path(__file__).parents[2] / "src" / "chemoplan" / "examples" / "10-fourth-line.yaml"
STUDY = """Inclusion Criteria:

* Age >= 18 years
* ECOG 0-1
* RAS wild-type
* Platelets >= 100 x 10^9/L

Exclusion Criteria:

* Live vaccine within 30 days before first dose
* Likes the color green"""


def record(nct_id: str = "NCT99999991", text: str = STUDY) -> dict[str, object]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct_id, "briefTitle": "Invented: a study"},
            "statusModule": {"overallStatus": "RECRUITING"},
            "eligibilityModule": {"eligibilityCriteria": text, "minimumAge": "18 Years", "sex": "ALL"},
        }
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "studies.json").write_text(json.dumps({"studies": [record()]}), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "chemoplan", "trials", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_a_person_is_matched_with_the_records_of_a_file_and_the_lost_line_is_quoted(folder: Path) -> None:
    done = run(folder, "match", str(CASE), "--records", "studies.json")
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    for piece in (
        'because "RAS wild-type"',
        "1 ineligible",
        "as of",
        "nobody has reviewed",
        "changes if ras were not so",
    ):
        assert piece in text


def test_with_reviewed_lines_only_the_study_stays_possible(folder: Path) -> None:
    done = run(folder, "match", str(CASE), "--records", "studies.json", "--reviewed-only", "--format", "json")
    assert json.loads(done.stdout)["counts"] == {"eligible so far": 0, "fixable": 0, "possible": 1, "ineligible": 0}


def test_json_fits_its_schema_is_the_same_each_time_and_accounts_for_every_line(folder: Path) -> None:
    first, again = (run(folder, "match", str(CASE), "--records", "studies.json", "--format", "json") for _ in range(2))
    assert first.stdout == again.stdout
    result = json.loads(first.stdout)
    assert check_result("trials_match", result) == []
    (trial,) = result["trials"]
    shown = {row["line"] for key in ("lines", "beside", "unread") for row in trial[key]}
    assert shown == {0, 3, 4, 5, 6, 10, 11}
    assert [row["text"] for row in trial["unread"]] == ["* Likes the color green"]


def test_the_kept_records_are_matched_where_no_file_is_named(folder: Path) -> None:
    assert run(folder, "import", "--demo").returncode == 0
    done = run(folder, "match", str(CASE), "--format", "json")
    assert all(row["invented"] and row["as_of"] for row in json.loads(done.stdout)["trials"])


def test_why_shows_every_line_of_the_text(folder: Path) -> None:
    done = run(folder, "why", "nct99999991", str(CASE), "--records", "studies.json")
    assert done.returncode == 0, done.stderr
    for line in STUDY.splitlines():
        assert line.strip("* ") in done.stdout
    data = json.loads(
        run(folder, "why", "NCT99999991", str(CASE), "--records", "studies.json", "--format", "json").stdout
    )
    assert check_result("trials_why", data) == []
    verdicts = {row["line"]: [atom["verdict"] for atom in row["atoms"]] for row in data["text"]}
    assert (verdicts[3], verdicts[5], verdicts[10]) == (["holds"], ["fails"], ["open"])


def test_pages_are_written_to_files(folder: Path) -> None:
    for command in (("match", str(CASE)), ("why", "NCT99999991", str(CASE))):
        done = run(folder, *command, "--records", "studies.json", "--format", "html", "--output", "page.html")
        assert done.returncode == 0, done.stderr
        page = (folder / "page.html").read_text(encoding="utf-8")
        assert page.startswith("<!DOCTYPE html>")
        assert "RAS wild-type" in page
        assert "an unknown day" in page


PEOPLE = "case,age,ecog,ras,platelets,live_vaccine\na,60,0,wild_type,150,no\nb,60,3,wild_type,150,no\nc,60,1,wild_type,90,no\nd,60,,,,\n"


def test_a_funnel_counts_the_people_of_a_table(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    done = run(folder, "funnel", "NCT99999991", "people.csv", "--records", "studies.json", "--format", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert check_result("trials_funnel", result) == []
    assert result["verdicts"] == {"eligible so far": 1, "fixable": 1, "possible": 1, "ineligible": 1}
    rows = {row["line"]: (row["first"], row["alone"], row["failed"], row["open"]) for row in result["lines"]}
    assert rows == {4: (1, 1, 1, 1), 5: (0, 0, 0, 1), 6: (1, 1, 1, 1), 10: (0, 0, 0, 1)}
    assert [row["relaxed"] for row in result["lines"] if row["line"] == 6] == [
        [{"criterion": "platelets >= 90 10*9/L", "gained": 1}]
    ]
    text = " ".join(run(folder, "funnel", "NCT99999991", "people.csv", "--records", "studies.json").stdout.split())
    assert "platelets >= 90 10*9/L: 1 more" in text


def test_a_funnel_takes_a_folder_of_cases_and_a_parquet_table(folder: Path) -> None:
    polars = pytest.importorskip("polars")
    (folder / "cases").mkdir()
    (folder / "cases" / "one.yaml").write_text(CASE.read_text(encoding="utf-8"), encoding="utf-8")
    polars.read_csv(PEOPLE.encode()).write_parquet(folder / "people.parquet")
    for name, people in (("cases", 1), ("people.parquet", 4)):
        done = run(folder, "funnel", "NCT99999991", name, "--records", "studies.json", "--format", "json")
        assert json.loads(done.stdout)["people"] == people, done.stderr


def test_a_curation_file_signs_a_line(folder: Path) -> None:
    data = json.loads(
        run(folder, "why", "NCT99999991", str(CASE), "--records", "studies.json", "--format", "json").stdout
    )
    atom = next(atom for row in data["text"] if row["line"] == 5 for atom in row["atoms"])
    (folder / "signed.yaml").write_text(
        f"trials:\n  NCT99999991:\n    sha256: {data['text_sha256']}\n    atoms:\n"
        f"    - {{atom: {atom['id']}, status: signed, by: A. Reader, date: 2026-11-20}}\n",
        encoding="utf-8",
    )
    options = ("--records", "studies.json", "--curation", "signed.yaml", "--reviewed-only", "--format", "json")
    result = json.loads(run(folder, "match", str(CASE), *options).stdout)
    (trial,) = result["trials"]
    assert (trial["verdict"], trial["unreviewed"], trial["cause"]["review"]) == ("ineligible", False, "signed")


REFUSED = [
    (("match", str(CASE), "--records", "none.json"), "no such file"),
    (("match", "none.yaml", "--records", "studies.json"), "no such file"),
    (("match", str(CASE), "--store", "none.sqlite"), "none.sqlite"),
    (("why", "NCT00000000", str(CASE), "--records", "studies.json"), "no study 'NCT00000000'"),
    (("funnel", "NCT99999991", "none.csv", "--records", "studies.json"), "no such file"),
    (("funnel", "NCT99999991", "studies.txt", "--records", "studies.json"), "expected a table"),
    (("match", str(CASE), "--records", "studies.json", "--curation", "none.yaml"), "none.yaml"),
    (("match", str(CASE), "--records", "studies.json", "--on", "yesterday"), "YYYY-MM-DD"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_bad_input_is_one_line_and_status_2(arguments: tuple[str, ...], message: str, folder: Path) -> None:
    done = run(folder, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


NOTHING_READ = [
    ("", "the record holds no eligibility text"),
    ("  \n\n", "the record holds no eligibility text"),
    ("Inclusion Criteria:\n\n* Likes the color green", "no criterion of the text was understood"),
    ("x" * 300_000, "no criterion of the text was understood"),
]


@pytest.mark.parametrize(("text", "said"), NOTHING_READ, ids=["no text", "blank", "not understood", "too long"])
def test_a_study_of_whose_text_nothing_is_known_takes_nobody_for_eligible(folder: Path, text: str, said: str) -> None:
    (folder / "studies.json").write_text(json.dumps([record(text=text)]), encoding="utf-8")
    (folder / "people.csv").write_text("case,age\na,61\n", encoding="utf-8")
    found = json.loads(run(folder, "match", str(CASE), "--records", "studies.json", "--format", "json").stdout)
    assert found["counts"]["possible"] == 1
    (line,) = [line for line in found["trials"][0]["lines"] if line["verdict"] == "open"]
    assert (line["span"], line["to_judge"]) == (said, True)
    shown = run(folder, "why", "NCT99999991", str(CASE), "--records", "studies.json").stdout
    assert said in " ".join(shown.split())
    people = run(folder, "funnel", "NCT99999991", "people.csv", "--records", "studies.json", "--format", "json").stdout
    assert json.loads(people)["verdicts"]["possible"] == 1


def test_a_text_of_judgement_alone_leaves_a_study_eligible_so_far(folder: Path) -> None:
    text = "Inclusion Criteria:\n\n* Signed informed consent"
    (folder / "studies.json").write_text(json.dumps([record(text=text)]), encoding="utf-8")
    found = json.loads(run(folder, "match", str(CASE), "--records", "studies.json", "--format", "json").stdout)
    assert found["counts"]["eligible so far"] == 1


def test_a_record_of_an_unknown_day_is_told_as_such(folder: Path) -> None:
    text = run(folder, "match", str(CASE), "--records", "studies.json").stdout
    assert text.split("records as of ")[1].startswith("an unknown day;")


def test_in_a_narrow_terminal_no_word_is_broken_by_a_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "people.csv").write_text("case,age\na,61\nb,62\n", encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "40")
    funnel = run(folder, "funnel", "NCT99999991", "people.csv", "--records", "studies.json").stdout
    match = run(folder, "match", "people.csv", "--row", "a", "--records", "studies.json").stdout
    assert "  not known 2" in funnel and "line RAS wild-type" in funnel
    assert "fact platelets" in match and "effort blood test" in match


def test_a_study_that_a_file_holds_twice_counts_once_and_is_told(folder: Path) -> None:
    twice = [record(text="Inclusion Criteria:\n\n* ECOG 4"), record("NCT99999992"), record()]
    (folder / "studies.json").write_text(json.dumps(twice), encoding="utf-8")
    done = run(folder, "match", str(CASE), "--records", "studies.json", "--format", "json")
    assert sorted(trial["nct_id"] for trial in json.loads(done.stdout)["trials"]) == ["NCT99999991", "NCT99999992"]
    assert "ECOG 4" not in done.stdout
    assert done.stderr == "chemoplan: studies.json: 1 further record of the same studies; the newest of each counts\n"

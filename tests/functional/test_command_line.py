"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chemoplan.intake.examples import example_paths

EXAMPLES = example_paths()
CASE = next(path for path in EXAMPLES if path.name.startswith("02"))


def run(*arguments, stdin=None, check=None):
    done = subprocess.run(
        [sys.executable, "-m", "chemoplan", *map(str, arguments)], input=stdin, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    if check is not None:
        assert done.returncode == check, done.stderr or done.stdout
    return done


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_shipped_case_gives_a_plan_as_text_and_json(path):
    text = run("plan", path, check=0).stdout
    plan = json.loads(run("plan", path, "--format", "json", check=0).stdout)
    assert plan["options"] or plan["statements"]
    assert "not signed off" in text.lower() or "not been signed off" in text.lower()
    for option in plan["options"]:
        assert option["evidence"], option["id"]
        assert all(line["status"] in ("verified", "partly", "unverified") for line in option["evidence"])


def test_the_same_input_gives_the_same_bytes():
    outputs = {run("plan", CASE, "--format", "json", check=0).stdout for _ in range(3)}
    assert len(outputs) == 1


def test_a_plan_can_be_written_as_html_and_fhir(tmp_path):
    run("plan", CASE, "--format", "html", "--output", tmp_path / "plan.html", check=0)
    assert (tmp_path / "plan.html").read_text().lstrip().lower().startswith("<!doctype html>")
    run("plan", CASE, "--format", "fhir", "--output", tmp_path / "plan.json", check=0)
    assert json.loads((tmp_path / "plan.json").read_text())["resourceType"] == "Bundle"


def test_fhir_output_read_back_gives_the_same_plan(tmp_path):
    run("plan", CASE, "--format", "fhir", "--output", tmp_path / "plan.json", check=0)
    first = json.loads(run("plan", CASE, "--format", "json", check=0).stdout)
    again = json.loads(run("plan", tmp_path / "plan.json", "--format", "json", check=0).stdout)
    assert [(o["id"], o["verdict"], o["rank"]) for o in first["options"]] == [
        (o["id"], o["verdict"], o["rank"]) for o in again["options"]
    ]
    assert [(f["name"], f["value"]) for f in first["facts"]] == [(f["name"], f["value"]) for f in again["facts"]]


def test_a_case_can_come_from_standard_input():
    done = run(
        "plan", "-", "--format", "json", stdin='{"setting": "initial", "cM": "M0", "cT": "T2", "cN": "N0"}', check=0
    )
    assert {fact["name"] for fact in json.loads(done.stdout)["facts"]} >= {"setting", "cT", "mmr"}


def test_a_row_of_a_table_is_a_case(tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("case,setting,cT,cN,cM,mmr\na,initial,T2,N0,M0,proficient\nb,initial,T3,N1,M0,\n")
    assert json.loads(run("plan", table, "--row", "b", "--format", "json", check=0).stdout)["case"] == "b"
    done = run("plan", table, check=2)
    assert "row" in done.stderr


def test_facts_lists_what_was_derived_and_what_is_missing():
    done = json.loads(run("facts", CASE, "--format", "json", check=0).stdout)
    rows = {row["name"]: row for row in done["facts"]}
    assert rows["mrf_status"]["status"] == "derived"
    assert rows["mrf_status"]["from"] == ["mrf_distance"]
    assert rows["clinical_stage"]["value"] == "IIIB"
    assert rows["tmb"]["status"] == "unknown"
    assert "mrf_distance" in run("facts", CASE, check=0).stdout


def test_an_audit_of_a_forbidden_plan_exits_with_1_and_says_why(tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump({"intent": "upfront_surgery", "components": [], "procedures": ["tme"]}))
    case = next(path for path in EXAMPLES if path.name.startswith("03"))
    done = run("audit", plan, case, check=1)
    assert "upfront-surgery" in done.stdout or "Resection first" in done.stdout
    result = json.loads(run("audit", plan, case, "--format", "json", check=1).stdout)
    assert result["verdict"] == "rejected"
    assert result["instead"]


def test_an_audit_of_a_listed_plan_exits_with_0(tmp_path):
    case = next(path for path in EXAMPLES if path.name.startswith("06"))
    done = run("audit", "-", case, "--format", "json", stdin='{"options": ["ww"]}', check=0)
    assert not [finding for finding in json.loads(done.stdout)["findings"] if finding["severity"] == "reject"]


BAD = [
    (["plan", "no-such-file.yaml"], None, "no such file"),
    (["plan", "-"], "mmr: proficent", "proficient"),
    (["plan", "-"], "mrf_distnce: 3", "mrf_distance"),
    (["plan", "-"], "{cM: M1a, metastatic_sites: []}", "metastatic_sites is empty"),
    (["plan", "-"], "mrf_status: clear\nmrf_distance: 0.5", "1 mm or less"),
    (["plan", "-"], "setting: initial\npT: T3", "before surgery"),
    (["plan", "-"], "", "empty"),
    (["plan", "-"], "[1, 2]", "mapping"),
    (["plan", "-"], "{{{", "standard input"),
    (["plan", "-", "--format", "docx"], "setting: initial", "json"),
    (["plan", "-", "--on", "yesterday"], "setting: initial", "YYYY-MM-DD"),
    (["plan", "-", "--knowledge", "nowhere"], "setting: initial", "no such folder"),
    (["knowledge", "ask", "offered(tmee)"], None, "tme"),
    (["knowledge", "ask", "ras = wildtype"], None, "wild_type"),
    (["knowledge", "show", "larc-mrf-threatend"], None, "larc-mrf-threatened"),
]


@pytest.mark.parametrize(("arguments", "stdin", "words"), BAD, ids=lambda item: str(item))
def test_bad_input_gets_one_clear_line_and_exit_status_2(arguments, stdin, words):
    done = run(*arguments, stdin=stdin, check=2)
    assert words in done.stderr
    assert done.stdout == ""


def test_every_wrong_fact_of_a_case_gets_its_own_line():
    done = run("plan", "-", stdin="mmr: maybe\ncT: T9\nage: 200", check=2)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 3
    assert all(line.startswith("chemoplan: ") for line in lines)


def test_a_question_with_no_case_is_proved_never():
    done = run(
        "knowledge", "ask", "offered(fluoropyrimidine) and dpyd_activity_score = 0", "--expect", "never", check=0
    )
    assert "never" in done.stdout


def test_a_witness_can_be_saved_and_planned(tmp_path):
    witness = tmp_path / "witness.yaml"
    question = "offered(tme) and cT = T2 and tumor_level = low"
    run("knowledge", "ask", question, "--save", witness, check=0)
    run("knowledge", "ask", question, "--expect", "never", check=1)
    plan = json.loads(run("plan", witness, "--format", "json", check=0).stdout)
    assert {"tme": "offered"}.items() <= {option["id"]: option["verdict"] for option in plan["options"]}.items()


def test_the_shipped_knowledge_passes_its_own_check():
    result = json.loads(run("knowledge", "check", "--format", "json", check=0).stdout)
    assert result["holds"]
    assert sum(check["kind"] == "invariant" for check in result["checks"]) >= 25


def test_help_shows_examples_for_every_command():
    for command in (["plan"], ["audit"], ["facts"], ["knowledge", "check"], ["knowledge", "ask"], ["knowledge", "list"],
                    ["knowledge", "show"], ["knowledge", "diff"]):  # fmt: skip
        assert "xample" in run(*command, "--help", check=0).stdout


def test_shell_completion_is_offered():
    import os

    done = subprocess.run(
        [sys.executable, "-m", "chemoplan"],
        capture_output=True,
        text=True,
        env={**os.environ, "_CHEMOPLAN_COMPLETE": "bash_source"},
    )
    assert "complete" in done.stdout


def test_a_local_overlay_changes_the_plan_and_diff_shows_for_which_shipped_cases(tmp_path):
    folder = tmp_path / "hospital"
    (folder / "safety").mkdir(parents=True)
    (folder / "safety" / "local.yaml").write_text(
        yaml.safe_dump(
            [
                {
                    "id": "local-no-oxaliplatin-over-60", "title": "House rule", "when": "age > 60 a", "severity": "stop",
                    "text": "House rule for this test.", "blocks": ["oxaliplatin"],
                    "evidence": [{"source": "unsourced", "says": "A house rule.", "status": "unverified"}],
                }
            ]
        )
    )  # fmt: skip
    plan = json.loads(run("plan", CASE, "--format", "json", "--knowledge", folder, check=0).stdout)
    assert "nac-selective-crt" in {option["id"] for option in plan["excluded"]}
    assert plan["knowledge"]["overlays"] == ["hospital"]
    result = json.loads(run("knowledge", "diff", folder, "--format", "json", check=1).stdout)
    assert {"kind": "entries", "id": "local-no-oxaliplatin-over-60", "change": "added"} in result["items"]
    assert "example-02" in {case["case"] for case in result["cases"]}


def test_python_dash_m_from_another_folder_needs_no_path_of_the_checkout(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "chemoplan", "--version"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0


def test_bad_usage_gets_one_line_too():
    for arguments in (
        ["plan"],
        ["plann"],
        ["plan", "a", "b"],
        ["plan", CASE, "--on", "x"],
        ["plan", CASE, "--format", "x"],
    ):
        lines = run(*arguments, check=2).stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("chemoplan: ") and "--help" in lines[0]


def test_standard_input_cannot_be_the_plan_and_the_case():
    assert "both standard input" in run("audit", "-", "-", stdin="cT: T3", check=2).stderr


def test_a_reader_that_has_seen_enough_is_no_fault():
    for form in ("text", "json", "pdf"):
        command = [sys.executable, "-m", "chemoplan", "plan", str(CASE), "--format", form]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            running.stdout.close()
            assert running.stderr.read() == b""
            assert running.wait() == 0


def test_a_full_disk_is_told_in_one_line():
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "chemoplan", "facts", str(CASE)], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_terminal_that_lacks_signs_or_room_still_gets_the_plan_and_json_stays_the_same():
    def output(form, **environment):
        return subprocess.run(
            [sys.executable, "-m", "chemoplan", "plan", str(CASE), "--format", form],
            capture_output=True, env={**os.environ, **environment}, check=True,
        ).stdout  # fmt: skip

    assert b"Plan for" in output("text", PYTHONIOENCODING="ascii")
    assert b"Plan" in output("text", COLUMNS="0")
    for form in ("json", "html"):
        assert output(form, PYTHONIOENCODING="latin-1") == output(form)
    assert b"\x1b" not in output("text", TERM="xterm-256color")


def test_the_day_given_on_the_command_line_goes_into_the_bundle(tmp_path):
    run("plan", CASE, "--on", "2027-01-05", "--format", "fhir", "--output", tmp_path / "plan.json", check=0)
    first = json.loads(run("facts", CASE, "--on", "2027-01-05", "--format", "json", check=0).stdout)
    again = json.loads(run("facts", tmp_path / "plan.json", "--format", "json", check=0).stdout)
    assert [first[key] for key in ("case", "decided_on", "facts")] == [
        again[key] for key in ("case", "decided_on", "facts")
    ]


def test_a_place_that_cannot_be_written_is_named_without_its_folders(tmp_path):
    message = run("plan", CASE, "--output", tmp_path / "nowhere" / "plan.txt", check=2).stderr
    assert message.startswith("chemoplan: plan.txt: cannot be written") and str(tmp_path) not in message


def test_a_closed_output_is_told_and_nothing_is_lost_in_silence():
    command = [
        sys.executable,
        "-c",
        "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
    ]
    done = subprocess.run([*command, "-m", "chemoplan", "plan", str(CASE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "chemoplan: standard output is closed; add --output FILE\n")

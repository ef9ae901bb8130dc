"""The course command as it is typed: forms, files, options, refusals, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from chemoplan.cli import cli
from tests.spec.course_people import WELL, cycle_given

START = ("--start", "2026-12-03")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "chemoplan", "course", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a case, what was given, and holidays."""
    document = {"case": "invented", "decided_on": "2026-11-26", "complete": ["history", "toxicity"], "facts": WELL}
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    given = [cycle_given(1, "2026-10-29", bsa=1.82), cycle_given(2, "2026-11-12", bsa=1.82)]
    (tmp_path / "given.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    (tmp_path / "given.json").write_text(json.dumps({"given": given}), encoding="utf-8")
    (tmp_path / "holidays.txt").write_text("2026-12-17 a free day\n", encoding="utf-8")
    return tmp_path


def as_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def test_text_tells_each_day_and_the_rest(folder: Path) -> None:
    done = run(folder, "mfolfox6", "case.yaml", *START, "--cycles", "2")
    assert done.returncode == 0
    for text in (
        "Cycle 1: 2026-12-03",
        "the infusion ends",
        "rest 2026-12-06 to 2026-12-16, 11 days",
        "Cycle 2: 2026-12-17",
    ):
        assert text in done.stdout


def test_json_holds_the_days_and_their_drugs(folder: Path) -> None:
    result = as_json(run(folder, "mfolfox6@1", "case.yaml", *START, "--cycles", "2", "--format", "json"))
    assert (result["kind"], result["regimen"], result["sequence"], result["version"]) == ("course", "mfolfox6", None, 1)
    first = result["cycles"][0]["days"][0]
    assert (first["date"], first["day"]) == ("2026-12-03", 1)
    assert [item["part"] for item in first["drugs"]][:2] == ["oxaliplatin", "leucovorin"]


def test_holidays_weekends_and_delays_move_day_1(folder: Path) -> None:
    done = run(
        folder, "mfolfox6", "case.yaml", *START, "--cycles", "3", "--holidays", "holidays.txt", "--no-weekend", "--delay", "3=7",
        "--format", "json",
    )  # fmt: skip
    assert [cycle["day1"] for cycle in as_json(done)["cycles"]] == ["2026-12-03", "2026-12-18", "2027-01-08"]


def test_a_sequence_with_open_dates_ends_with_1_and_says_what_to_add(folder: Path) -> None:
    done = run(folder, "tnt-rapido", "case.yaml", *START, "--choose", "2=capox")
    assert done.returncode == 1
    assert "add --begin 3=DATE" in done.stdout
    whole = run(
        folder, "tnt-rapido", "case.yaml", *START, "--choose", "2=capox", "--begin", "2=2027-01-04", "--begin", "3=2027-07-01",
        "--delay", "2.3=7", "--format", "json",
    )  # fmt: skip
    assert whole.returncode == 0
    assert len(as_json(whole)["cycles"]) == 7


@pytest.mark.parametrize("name", ["given.yaml", "given.json"])
def test_what_was_given_makes_the_start_the_sums_and_the_next_cycle(folder: Path, name: str) -> None:
    done = run(folder, "mfolfox6", "case.yaml", "--given", name, "--cycles", "8", "--format", "json")
    result = as_json(done)
    assert done.returncode == 0
    assert (result["start"], result["next"]["recommendation"], result["next"]["cycle"]) == ("2026-10-29", "give", 3)
    assert result["cumulative"][0]["given"] == 170


def test_a_next_cycle_that_waits_ends_with_1(folder: Path) -> None:
    done = run(folder, "mfolfox6", "case.yaml", "--given", "given.yaml", "--cycles", "8", "--on", "2026-11-20")
    assert done.returncode == 1
    assert "wait: too early" in done.stdout


def test_a_calendar_and_a_page_go_to_a_file(folder: Path) -> None:
    command = ("mfolfox6", "case.yaml", "--given", "given.yaml", "--cycles", "4")
    assert run(folder, *command, "--format", "ics", "--output", "course.ics").returncode == 0
    assert (folder / "course.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert b"\r\r\n" not in (folder / "course.ics").read_bytes()
    assert run(folder, *command, "--format", "html", "--output", "course.html").returncode == 0
    page = (folder / "course.html").read_text(encoding="utf-8")
    for text in ("Next cycle 3", "Cycle 4", "Given so far", "Relative intensity"):
        assert text in page
    assert "<script" not in page


def test_the_calendar_on_standard_output_has_the_same_bytes_as_the_file(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "chemoplan",
        "course",
        "mfolfox6",
        "case.yaml",
        *START,
        "--cycles",
        "1",
        "--format",
        "ics",
    ]
    shown = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=120).stdout
    subprocess.run([*command, "--output", "course.ics"], cwd=folder, check=True, timeout=120)
    assert shown == (folder / "course.ics").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mfolfox6", "case.yaml"), "--start is missing"),
        (("FOLFOX", "case.yaml", *START), "no regimen id"),
        (("tnt-rapdo", "case.yaml", *START), "did you mean tnt-rapido?"),
        (("mfolfox6", "case.yaml", *START, "--holidays", "none.txt"), "none.txt: no such file"),
        (("mfolfox6", "case.yaml", *START, "--holidays", "case.yaml"), "is no date"),
        (("mfolfox6", "case.yaml", *START, "--given", "holidays.txt"), "expected a list of cycles"),
        (("mfolfox6", "case.yaml", *START, "--delay", "2"), "expected [STEP.]CYCLE=DAYS"),
        (("mfolfox6", "case.yaml", *START, "--delay", "2=-3"), "expected [STEP.]CYCLE=DAYS"),
        (("mfolfox6", "case.yaml", *START, "--cycles", "3", "--delay", "2=999"), "expected 1 to 365 days"),
        (("mfolfox6", "case.yaml", *START, "--cycles", "3", "--delay", "9=7"), "no cycle 9"),
        (("tnt-rapido", "case.yaml", *START, "--begin", "2=soon"), "expected STEP=YYYY-MM-DD"),
        (("mfolfox6", "case.yaml", *START, "--without", "nonsense=x"), "no such fact"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_status_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(cli, ["course", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert all(line.startswith("chemoplan: ") for line in done.stderr.splitlines())


@pytest.mark.parametrize(("option", "value"), [("--start", "3.12.2026"), ("--cycles", "0")])
def test_an_option_of_the_wrong_form_is_one_line(folder: Path, option: str, value: str) -> None:
    done = run(folder, "mfolfox6", "case.yaml", option, value)
    assert done.returncode == 2
    assert option in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_each_contradiction_in_what_was_given_is_a_line(folder: Path) -> None:
    rows = [
        cycle_given(1, "2026-10-29", {"oxaliplatin": "850 mg/m2"}),
        cycle_given(2, "2026-10-20", {"irinotecan": "180 mg/m2"}),
    ]
    (folder / "given.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
    done = run(folder, "mfolfox6", "case.yaml", "--given", "given.yaml", "--cycles", "4")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3

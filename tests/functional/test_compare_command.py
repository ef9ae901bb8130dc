"""The compare command and calc grade as they are typed: forms, files, refusals, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chemoplan.report.schema import check_result


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "chemoplan", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done


def test_text_stands_regimens_side_by_side_with_trial_and_people(tmp_path: Path) -> None:
    done = run(tmp_path, "compare", "folfox4", "capox", "--event", "febrile")
    assert done.returncode == 0
    for piece in ("NO16966", "<1%", "of 655", "Rates of different trials are no comparison"):
        assert piece in " ".join(done.stdout.split())


def test_json_fits_its_schema_and_is_the_same_each_time(tmp_path: Path) -> None:
    first, again = (run(tmp_path, "compare", "folfox4", "capox@1", "--format", "json") for _ in range(2))
    assert first.stdout == again.stdout
    result = json.loads(first.stdout)
    assert check_result("compare", result) == []
    assert [item["id"] for item in result["regimens"]] == ["folfox4", "capox"]


def test_a_page_is_written_to_a_file(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "compare",
        "trifluridine-tipiracil",
        "regorafenib",
        "fruquintinib",
        "--format",
        "html",
        "--output",
        "page.html",
    )
    assert done.returncode == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "RECOURSE" in page


REFUSED = [
    (("compare", "capox"), "two regimens or more"),
    (("compare", "capox", "capox"), "capox is given twice"),
    (("compare", "capox", "FOLFOX"), "a name gives no dose"),
    (("compare", "capox", "folfox4@9"), "folfox4 is at version 1, not 9"),
    (("compare", "capox", "folfox4", "--event", "hiccups"), "no event is called 'hiccups'"),
    (("calc", "grade"), "no value to grade"),
    (("calc", "grade", "--neutrophils", "many"), "many"),
    (("calc", "grade", "--platelets", "60 kg"), "kg"),
    (("calc", "grade", "--neutrophils", "0.7", "--ctcae", "4"), "4"),
]


@pytest.mark.parametrize(("arguments", "why"), REFUSED, ids=[" ".join(arguments) for arguments, _ in REFUSED])
def test_bad_input_is_one_line_and_exit_status_2(arguments: tuple[str, ...], why: str, tmp_path: Path) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--neutrophils", "0.7"), {"grade_ctcae_v5": 3, "grade_ctcae_v6": 2}),
        (("--neutrophils", "700 /uL"), {"grade_ctcae_v5": 3, "grade_ctcae_v6": 2}),
        (("--neutrophils", "0.7", "--ctcae", "6"), {"grade_ctcae_v6": 2}),
        (
            ("--systolic-pressure", "130", "--diastolic-pressure", "70 mm[Hg]"),
            {"grade_ctcae_v5": 1, "grade_ctcae_v6": 0},
        ),
        (("--hemoglobin", "75 g/L"), {"grade_ctcae_v5": 3, "grade_ctcae_v6": 3}),
        (("--febrile-neutropenia",), {"grade_ctcae_v5": 3, "grade_ctcae_v6": 3}),
        (("--no-febrile-neutropenia",), {"grade_ctcae_v5": 0, "grade_ctcae_v6": 0}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_grade_is_told_by_version(arguments: tuple[str, ...], expected: dict[str, int], tmp_path: Path) -> None:
    done = run(tmp_path, "calc", "grade", *arguments, "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["result"] == expected

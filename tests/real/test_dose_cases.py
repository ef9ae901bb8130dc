"""The worked dose cases of the reference through the command line: inputs become options by one general mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chemoplan.cli import cli
from tests.real.conftest import reference_folder

COMMANDS = {
    "BSA": "bsa", "RENAL": "", "REGIMEN": "dose", "CAPE": "capecitabine", "TRIFLURIDINE-TIPIRACIL": "trifluridine-tipiracil",
    "BAND": "band", "LIVER": "child-pugh", "CALCIUM": "calcium",
}  # fmt: skip
BY_RESULT = {"creatinine_clearance": "crcl", "egfr_2021": "egfr"}
"""The command of a case whose type alone does not tell it."""
OPTION = {
    "regimen_id": "",
    "dose_level": "--level",
    "ascites_points": "--ascites",
    "encephalopathy_points": "--encephalopathy",
}
TABLE = {"NHS-BAND-1": "nhs-1mgml-single"}
WITHOUT_UNIT = ("1", "a")


def _cases() -> list[dict[str, Any]]:
    path = reference_folder() / "regimens" / "cases.json"
    if not path.is_file():
        return []
    return [case for case in json.loads(path.read_text(encoding="utf-8"))["cases"] if case["type"] in COMMANDS]


def command_line(case: Mapping[str, Any]) -> list[str]:
    """The case as it is typed."""
    name = COMMANDS[case["type"]] or next(BY_RESULT[key] for key in case["expected"] if key in BY_RESULT)
    words = ["calc", name]
    for key, value in case["inputs"].items():
        if key == "regimen_id":
            words.append(value)
        elif key == "female":
            words.append("--female" if value else "--male")
        else:
            unit = case["input_units"].get(key, "1")
            text = str(value) if unit in WITHOUT_UNIT else f"{value} {unit}"
            words += [OPTION.get(key, f"--{key.replace('_', '-')}"), text]
    if name == "band":
        words += ["--table", TABLE[case["source"]]]
    return [*words, "--format", "json"]


CASES = _cases()


@pytest.mark.skipif(not CASES, reason="reference data not found: set CHEMOPLAN_REFERENCE to the folder that holds it")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_command_line_gives_what_the_case_expects(case: dict[str, Any]) -> None:
    answer = CliRunner().invoke(cli, command_line(case), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    units = case["expected_units"]
    for key, expected in case["expected"].items():
        found = told["result"][key]
        if isinstance(expected, str | bool):
            assert found == expected, key
        else:
            assert found == pytest.approx(expected, abs=case["tolerance"] or 1e-9), key
        if units.get(key, "1") != "1":
            assert told["units"][key] == units[key], key
    assert told["evidence"], "a number without a source"
    assert told["steps"], "a number without its arithmetic"


def test_every_type_has_cases(reference: Path) -> None:
    assert {case["type"] for case in CASES} == set(COMMANDS)
    assert len(CASES) >= 47

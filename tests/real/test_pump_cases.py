"""The worked cases about pumps, through the command line: hepatic fills, liver tests with an enabled ladder, infusion rates."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chemoplan.cli import cli
from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.hepatic import ladder_result
from chemoplan.knowledge import load_knowledge
from tests.real.conftest import reference_folder
from tests.spec.test_dosing_pumps import PUMP, enabled
from tests.spec.test_order import line, ordered

TESTS = {"ALP": "alkaline_phosphatase", "AST": "ast", "bilirubin": "bilirubin"}


def cases(kind: str) -> list[Any]:
    path = reference_folder() / "regimens" / "cases.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the reference folder is absent"))]
    rows = [row for row in json.loads(path.read_text(encoding="utf-8"))["cases"] if row["type"] == kind]
    return [pytest.param(row, id=row["id"]) for row in rows]


def calculated(command: str, inputs: dict[str, Any]) -> dict[str, Any]:
    options = [part for name, value in inputs.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    done = CliRunner().invoke(cli, ["calc", command, *options, "--format", "json"])
    assert done.exit_code == 0, done.output
    result: dict[str, Any] = json.loads(done.output)["result"]
    return result


def same(row: dict[str, Any], found: dict[str, Any]) -> None:
    tolerance = row["tolerance"] or 0
    for name, expected in row["expected"].items():
        assert abs(Decimal(str(found[name])) - Decimal(str(expected))) <= Decimal(str(tolerance)), (
            name,
            found[name],
            expected,
        )


@pytest.mark.parametrize("row", cases("HAI"))
def test_a_fill_of_the_liver_pump(row: dict[str, Any]) -> None:
    same(row, calculated("hai", row["inputs"]))


@pytest.mark.parametrize("row", cases("PUMP"))
def test_an_infusion_pump(row: dict[str, Any]) -> None:
    same(row, calculated("pump-rate", row["inputs"]))


@pytest.mark.parametrize("row", cases("HAI-LFT"))
def test_the_ladder_of_liver_tests(row: dict[str, Any], tmp_path: Path) -> None:
    """Cases that the reference keeps off run against an overlay that enables the ladder, and never without it."""
    test = TESTS[row["inputs"]["lab"]]
    reference, current = (Decimal(str(row["inputs"][name])) for name in ("reference", "current"))
    if row.get("enabled") is False:
        with pytest.raises(DoseRefused, match="not enabled"):
            ladder_result(test, reference, current, load_knowledge())
        site = enabled(tmp_path, ["Dr. A (invented)", "Dr. B (invented)"])
        found = ladder_result(test, reference, current, site).percent
        assert found == row["expected"].get("percent_of_last_dose")
        assert (row["expected"].get("action") == "hold") == (found is None)
        return
    status = line(ordered("hai-floxuridine", {**PUMP, test: float(current), "cycle_number": 2}), "floxuridine")[
        "status"
    ]
    assert row["expected"]["action"] == "hold"
    assert status in ("hold", "stop")

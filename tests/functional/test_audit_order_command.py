"""`chemoplan audit` of an order, as a user types it. The person is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run
from tests.spec.test_order import WELL
from tests.spec.test_order_audit import OXALIPLATIN, changed, requests


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.yaml"
    document = {"case": "invented", "decided_on": "2026-11-26", "complete": ["history", "toxicity"], "facts": WELL}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def saved(folder: Path, name: str, data: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(data) if name.endswith("json") else yaml.safe_dump(data), encoding="utf-8")
    return path


def test_what_order_writes_audit_reads_and_finds_nothing(case: Path, tmp_path: Path) -> None:
    written = tmp_path / "order.json"
    run("order", "capox", case, "--format", "json", "--output", written, check=0)
    result = json.loads(run("audit", written, case, "--format", "json", check=0).stdout)
    assert (result["findings"], result["verdict"]) == ([], "nothing found against it")
    assert check_result("audit_order", result) == []


def test_a_wrong_order_exits_with_one_in_every_form(case: Path, tmp_path: Path) -> None:
    order = saved(tmp_path, "order.yaml", changed(OXALIPLATIN, dose=1550))
    text = run("audit", order, case, check=1).stdout
    assert "Verdict: rejected" in text and "ten-fold:oxaliplatin" in text and "DIFFERS" in text
    page = run("audit", order, case, "--format", "html", check=1).stdout
    assert "<script" not in page and "ten-fold:oxaliplatin" in page


def test_an_order_comes_by_standard_input(case: Path) -> None:
    done = run("audit", "-", case, "--format", "json", stdin=json.dumps(changed()), check=0)
    assert json.loads(done.stdout)["findings"] == []


def test_a_caution_and_a_question_exit_with_zero(case: Path, tmp_path: Path) -> None:
    low = saved(tmp_path, "low.yaml", changed(OXALIPLATIN, dose=120))
    assert "change it or say why" in run("audit", low, case, check=0).stdout
    run("audit", low, case, "--on", "2027-11-26", check=0)


def test_requests_need_a_regimen(case: Path, tmp_path: Path) -> None:
    bare = [{key: value for key, value in item.items() if key != "instantiatesUri"} for item in requests()]
    order = saved(tmp_path, "requests.json", bare)
    assert "add the id" in run("audit", order, case, check=2).stderr
    assert "nothing found against it" in run("audit", order, case, "--regimen", "mfolfox6@1", check=0).stdout


@pytest.mark.parametrize(
    ("name", "data", "options", "message"),
    [
        ("order.yaml", changed(regimen="FOLFOX"), (), "'FOLFOX' is no regimen id"),
        ("order.yaml", changed(OXALIPLATIN, unit="mL"), (), "order.yaml, drugs[0].unit: 'mL'; expected mg"),
        ("order.yaml", {"drugs": [{"drug": "oxaliplatin"}]}, (), "order.yaml, regimen: not stated"),
        ("plan.yaml", {"options": ["tme"]}, ("--regimen", "mfolfox6"), "plan.yaml is a proposed plan, not an order"),
        ("requests.json", [{"resourceType": "Patient"}], (), "holds no MedicationRequest"),
        ("order.json", "text", (), "expected a mapping"),
    ],
)
def test_bad_input_is_one_line_and_exit_two(
    case: Path, tmp_path: Path, name: str, data: Any, options: tuple[str, ...], message: str
) -> None:
    done = run("audit", saved(tmp_path, name, data), case, *options, check=2)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1

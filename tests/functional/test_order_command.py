"""`chemoplan order` as a user types it: forms, exit status, and one clear line for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.spec.test_order import WELL


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "person.yaml"
    path.write_text(
        yaml.safe_dump({"case": "invented", "complete": ["history", "toxicity"], "facts": WELL}), encoding="utf-8"
    )
    return path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "chemoplan", *map(str, arguments)], capture_output=True, text=True)


def test_a_complete_order_ends_with_0(case: Path) -> None:
    done = run("order", "mfolfox6", case, "--format", "json")
    order = json.loads(done.stdout)
    assert (done.returncode, order["verdict"], order["drugs"][0]["dose"]) == (0, "to give", 154.7)
    assert all(row["agrees"] for row in order["double_check"])


def test_an_order_that_lacks_a_fact_ends_with_1_and_names_it(case: Path) -> None:
    facts = {name: value for name, value in WELL.items() if name != "dpyd_activity_score"}
    case.write_text(yaml.safe_dump({"complete": ["history", "toxicity"], "facts": facts}), encoding="utf-8")
    done = run("order", "mfolfox6", case)
    assert done.returncode == 1 and "dpyd_activity_score" in done.stdout


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_a_sheet_in_a_file(case: Path, form: str, tmp_path: Path) -> None:
    target = tmp_path / f"sheet.{form}"
    done = run("order", "capox", case, "--format", form, "--output", target)
    if form == "pdf" and "needs the extra" in done.stderr:
        pytest.skip("the extra pdf is not installed")
    assert done.returncode == 0 and target.stat().st_size > 5_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["FOLFOX6"], "is no regimen id, and a name gives no dose"),
        (["mfolfox6@2"], "is at version 1, not 2"),
        (["folfoxiri", "--choose", "leucovorin"], "expected PART=CHOICE"),
        (["folfoxiri", "--choose", "leucovorin=left"], "expected one of racemic, levo"),
        (["folfiri", "--without", "ugt1a="], "expected FACT=REASON"),
        (["folfiri", "--without", "ugt1a=no"], "did you mean ugt1a1?"),
        (["folfiri", "--without", "ugt1a1=no"], "is known in this case"),
        (["mfolfox6", "--infusion-pump", "nope"], "is no infusion pump"),
        (["mfolfox6", "--level", "2"], "--level"),
    ],
)
def test_what_is_wrong_gets_one_line_and_status_2(arguments: list[str], message: str, case: Path) -> None:
    name, *options = arguments
    done = run("order", name, case, *options)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_site_rule_reaches_the_order(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "dose_changes").mkdir(parents=True)
    (folder / "dose_changes" / "site.yaml").write_text(
        """
- id: site-age
  title: "Eighty percent from 60 on (an invented rule of a site)"
  topic: site
  drugs: [oxaliplatin]
  when: age >= 60 a
  action: reduce
  fraction: 0.8
  text: "Start at 80%."
  evidence:
    - {source: unsourced, says: "Invented.", status: unverified}
""",
        encoding="utf-8",
    )
    done = run("order", "mfolfox6", case, "--knowledge", folder, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["drugs"][0]["dose"] == 123.76


@pytest.mark.parametrize("columns", ["40", "60"])
def test_a_narrow_terminal_never_breaks_a_dose_in_two(columns: str, case: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "order.yaml"
    rows = [
        {"drug": "oxaliplatin", "dose": 1550, "unit": "mg", "per": "dose"},
        {"drug": "fluorouracil", "dose": 4368, "unit": "mg", "per": "day", "route": "continuous infusion"},
    ]
    wrong.write_text(yaml.safe_dump({"regimen": "mfolfox6", "drugs": rows}), encoding="utf-8")
    for arguments in (("order", "mfolfox6", case), ("audit", wrong, case)):
        words = [sys.executable, "-m", "chemoplan", *map(str, arguments)]
        found = [
            subprocess.run(words, capture_output=True, text=True, env={**os.environ, "COLUMNS": wide}).stdout
            for wide in (columns, "120")
        ]
        assert found[1].count("154.7") >= 1 and found[1].count("4\u202f368") >= 1
        for dose in ("154.7", "4\u202f368"):
            assert found[0].count(dose) == found[1].count(dose)


def test_the_days_of_a_stacked_sheet_say_what_they_are(case: Path) -> None:
    assert '<span class="stacked">day </span>1' in run("order", "mfolfox6", case, "--format", "html").stdout

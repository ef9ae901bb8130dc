"""What a plan tells to type next: the order of each regimen of an option, as text and as a page."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys

import pytest
import yaml

CASE = {
    "case": "invented",
    "decided_on": "2026-11-26",
    "complete": ["history", "toxicity"],
    "facts": {
        "setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "age": 62, "sex": "male", "ecog": 1, "height": "170 cm",
        "weight": "70 kg", "dpyd_activity_score": 2, "weeks_since_surgery": 6, "creatinine": 1.0, "neutrophils": 2.4,
        "platelets": 180, "medicines": [], "cycle_number": 1, "region": "US", "neuropathy_grade": 0,
    },
}  # fmt: skip


def _run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "chemoplan", *arguments], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    path = tmp_path_factory.mktemp("case") / "case.yaml"
    path.write_text(yaml.safe_dump(CASE), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def options(case):
    return json.loads(_run("plan", case, "--format", "json").stdout)["options"]


@pytest.mark.parametrize("shape", ["text", "html"])
def test_a_plan_shows_for_each_option_with_regimens_how_to_order_them(case, options, shape):
    ordered = [option for option in options if option["regimens"]]
    assert ordered
    page = html.unescape(re.sub(r"<[^>]*>", " ", _run("plan", case, "--format", shape).stdout))
    page = " ".join(page.split())
    for option in ordered:
        first, *others = option["regimens"]
        told = f"chemoplan order {first} CASE" + (f" also {', '.join(others)}" if others else "")
        assert told in page, option["id"]


def test_the_command_that_a_plan_tells_makes_an_order(case, options):
    for regimen in {
        option["regimens"][0] for option in options if option["verdict"] == "offered" and option["regimens"]
    }:
        made = _run("order", regimen, case, "--format", "json")
        assert made.returncode in (0, 1), made.stderr
        assert json.loads(made.stdout)["regimen"] == regimen


def test_options_without_a_regimen_tell_no_command(options):
    from chemoplan.report.words import commands_of

    bare = [option for option in options if not option["regimens"] and not option["courses"]]
    assert bare
    for option in bare:
        assert commands_of(option) == []


def test_a_course_is_told_by_its_own_command():
    from chemoplan.report.words import commands_of

    assert commands_of({"regimens": ["scrt", "capox"], "courses": ["tnt-rapido"]}) == [
        ("to order", "chemoplan order scrt CASE", "capox"),
        ("as a course", "chemoplan course tnt-rapido CASE --start DATE", ""),
    ]

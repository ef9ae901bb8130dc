"""Every plan that a patient could get of every shipped case is easy to read: in English and in Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.case import resolve
from chemoplan.intake.read import read_document, read_reading
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.recommend import recommend
from chemoplan.report.patient import Release, patient_plan
from tests.reading.grade import MAX_GRADE, MAX_SMOG, MAX_WORDS, MIN_SPANISH, grade, spanish_ease

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(
    path
    for path in (ROOT / "src/chemoplan/examples").iterdir()
    if path.name[:2].isdigit() or path.name == "demo.fhir.json"
)
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((ROOT / "tests/cases").glob("*.yaml"))
    if path.stem != "dose_changes"  # orders, not plans
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
RELEASE = Release("Dr. Lee", "November 27, 2026", several="one")


def _plans(plan: dict[str, Any]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Every option by itself, and all offered treatments together, in both languages."""
    names = [option["id"] for option in plan["options"]]
    for chosen in [[name] for name in names] + [names[:4]]:
        english, spanish = (
            patient_plan(plan, chosen, language, RELEASE, reviewed=lambda text, language: True)
            for language in ("en", "es")
        )
        assert (english.language, spanish.language) == ("en", "es")
        yield " and ".join(chosen), english.texts(), spanish.texts()


def _check(plan: dict[str, Any]) -> None:
    for name, english, spanish in _plans(plan):
        found = grade(english)
        assert len(english) >= 30, "SMOG needs 30 sentences"
        assert found.grade <= MAX_GRADE, f"{name}: grade {found.grade}"
        assert found.smog <= MAX_SMOG, f"{name}: SMOG {found.smog}"
        assert found.longest <= MAX_WORDS, f"{name}: {found.longest_sentence}"
        assert not found.jargon, f"{name}: {found.jargon}"
        assert spanish_ease(spanish) >= MIN_SPANISH, name


@pytest.mark.parametrize("case", CASES)
def test_every_plan_for_a_test_case_is_easy_to_read(case):
    knowledge = load_knowledge()
    document = {"facts": case["facts"], "complete": case.get("complete", [])}
    _check(recommend(resolve(read_reading(document, "case"), knowledge), knowledge))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_plan_for_a_shipped_example_is_easy_to_read(path):
    knowledge = load_knowledge()
    _check(recommend(resolve(read_document(path), knowledge), knowledge))


def test_a_text_of_an_expert_would_not_pass():
    found = grade(
        ["Neoadjuvant chemoradiation facilitates sphincter preservation in locally advanced adenocarcinoma."] * 30
    )
    assert not found.easy

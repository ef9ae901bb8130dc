"""Cases a clinician can read: facts in, what the plan must and must not say out. One YAML file a topic beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from chemoplan.case import resolve
from chemoplan.intake.read import read_reading
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.recommend import recommend

KEYS = {
    "name",
    "facts",
    "complete",
    "offered",
    "conditional",
    "excluded",
    "absent",
    "alerts",
    "gates",
    "missing_first",
    "statement",
    "before",
    "not_ordered",
    "conflicts",
    "no_conflict",
    "evidence",
    "cautions",
}
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    if path.stem != "dose_changes"  # orders, not plans
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_the_plan_says_what_the_case_expects(case):
    assert set(case) <= KEYS, "unknown key in the case"
    document = {"facts": case["facts"], "complete": case.get("complete", [])}
    knowledge = load_knowledge()
    plan = recommend(resolve(read_reading(document, "case"), knowledge), knowledge)
    found = {option["id"]: option for option in plan["options"]}
    excluded = {option["id"]: option for option in plan["excluded"]}
    for name in case.get("offered", []):
        assert found[name]["verdict"] == "offered", found[name]["depends_on"]
    for name, facts in case.get("conditional", {}).items():
        assert found[name]["verdict"] == "conditional"
        assert set(facts) <= set(found[name]["depends_on"])
    for name, entries in case.get("excluded", {}).items():
        assert set(entries) <= {row["entry"] for row in excluded[name]["because"]}
    for name in case.get("absent", []):
        assert name in knowledge.options
        assert name not in found
        assert name not in excluded
    assert set(case.get("alerts", [])) <= {alert["id"] for alert in plan["alerts"]}
    assert set(case.get("gates", [])) <= {gate["id"] for gate in plan["gates"]}
    for name, later in case.get("before", {}).items():
        assert all(found[name]["rank"] < found[other]["rank"] for other in later)
    ordered = {regimen for option in plan["options"] for regimen in option["regimens"]}
    assert not ordered & set(case.get("not_ordered", []))
    conflicts = {conflict["id"] for conflict in plan["conflicts"]}
    assert set(case.get("conflicts", [])) <= conflicts
    assert not conflicts & set(case.get("no_conflict", []))
    for name, lines in case.get("evidence", {}).items():
        for source, status in lines.items():
            assert {row["status"] for row in found[name]["evidence"] if row["source"] == source} == {status}
    for name, words in case.get("cautions", {}).items():
        assert any(words in caution["text"] for caution in found[name]["cautions"])
    if "missing_first" in case:
        assert plan["missing"][0]["fact"] == case["missing_first"]
    if "statement" in case:
        assert case["statement"] in {statement["id"] for statement in plan["statements"]}

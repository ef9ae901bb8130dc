"""The reference vignettes, stage table and wrong plans. Skipped where the reference folder is absent."""

from __future__ import annotations

import csv
import json
from fnmatch import fnmatchcase

import pytest

from chemoplan.case import resolve
from chemoplan.intake.read import read_reading
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.audit import audit
from chemoplan.plan.proposed import read_proposal
from chemoplan.plan.recommend import recommend
from tests.real.conftest import reference_folder


def _vignettes():
    path = reference_folder() / "guidelines" / "vignettes.json"
    return json.loads(path.read_text(encoding="utf-8"))["vignettes"] if path.is_file() else []


VIGNETTES = _vignettes()
pytestmark = pytest.mark.skipif(not VIGNETTES, reason="the reference folder is absent (set CHEMOPLAN_REFERENCE)")


def _case(vignette):
    return resolve(read_reading(vignette["facts"], vignette["id"]), load_knowledge())


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: f"{vignette['id']} {vignette['title']}")
def test_an_expected_option_is_listed_and_none_that_must_not_be_offered_is(vignette):
    plan = recommend(_case(vignette), load_knowledge())
    verdicts = {option["id"]: option["verdict"] for option in plan["options"]}
    assert set(vignette["expected_any_of"]) & set(verdicts), plan["excluded"]
    for option, verdict in verdicts.items():
        if verdict == "offered":
            assert not any(fnmatchcase(option, pattern) for pattern in vignette["must_not_offer"]), option


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: f"{vignette['id']} {vignette['title']}")
def test_an_expected_option_that_is_conditional_depends_on_facts_the_vignette_leaves_open(vignette):
    plan = recommend(_case(vignette), load_knowledge())
    for option in plan["options"]:
        if option["verdict"] == "conditional":
            assert option["depends_on"]
            assert all(vignette["facts"].get(fact) is None for fact in option["depends_on"]), option


AUDITS = [(vignette, wrong) for vignette in VIGNETTES for wrong in vignette["must_reject_in_audit"]]


@pytest.mark.parametrize(("vignette", "wrong"), AUDITS, ids=lambda item: str(item.get("id") or item.get("error")))
def test_a_wrong_plan_is_rejected_with_its_reason(vignette, wrong):
    knowledge = load_knowledge()
    result = audit(read_proposal(wrong["plan"], knowledge), _case(vignette), knowledge)
    found = {finding["id"]: finding for finding in result["findings"] if finding["severity"] == "reject"}
    assert wrong["error"] in found
    assert found[wrong["error"]]["text"] and found[wrong["error"]]["evidence"]
    assert result["verdict"] == "rejected"


def test_every_named_wrong_plan_of_the_reference_is_an_audit_entry():
    folder = reference_folder()
    errors = json.loads((folder / "guidelines" / "plan_errors.json").read_text(encoding="utf-8"))["errors"]
    assert {error["id"] for error in errors} <= set(load_knowledge().wrong_plans)
    for error in errors:
        read_proposal(error["example_plan"], load_knowledge())


# The reference names two drug sets in one option; here each has an option of its own, so that a barred drug leaves the other, and
# so that the partner drug that failed cannot be ordered as the other doublet.
SPLIT = {
    "reirradiation-alone": "reirradiation-chemo",
    "2l-doublet": "2l-doublet-oxaliplatin",
    "2l-doublet-vegf-after-ici": "2l-doublet-vegf-after-ici-oxaliplatin",
    "2l-switch-backbone-vegf": "2l-switch-oxaliplatin-vegf",
}


def test_every_option_of_the_reference_is_an_option_here_with_at_least_its_components():
    folder = reference_folder()
    nodes = json.loads((folder / "guidelines" / "decision_nodes.json").read_text(encoding="utf-8"))["nodes"]
    options = load_knowledge().options
    wanted = {row["id"]: row["components"] for node in nodes for row in node["options"]}
    assert set(wanted) <= set(options)
    for name, components in wanted.items():
        for component in components:
            members = component["one_of"] if isinstance(component, dict) else [component]
            carried = {*options[name].components, *(options[SPLIT[name]].components if name in SPLIT else ())}
            assert set(members) <= carried, name


def test_the_stage_groups_agree_with_the_reference_table():
    folder = reference_folder()
    knowledge = load_knowledge()
    table = (folder / "guidelines" / "stage_group_ajcc8.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines(), delimiter="\t"))
    compared = 0
    for row in rows:
        if row["T"] in ("TX", "T0") or row["N"] == "NX" or row["stage"] == "INVALID":
            continue
        stated = {"cT": row["T"], "cN": row["N"], "cM": row["M"]}
        case = resolve(read_reading(stated, "row"), knowledge)
        assert case.facts["clinical_stage"] == row["stage"], row
        for neoadjuvant, fact, other in (
            ("none", "pathological_stage", "yp_stage"),
            ("crt", "yp_stage", "pathological_stage"),
        ):
            stated = {
                "pT": row["T"],
                "pN": row["N"],
                "cM": row["M"],
                "setting": "postoperative",
                "neoadjuvant": neoadjuvant,
            }
            case = resolve(read_reading(stated, "row"), knowledge)
            assert case.facts[fact] == row["stage"], row
            assert other not in case.facts
        compared += 1
    assert compared == 139

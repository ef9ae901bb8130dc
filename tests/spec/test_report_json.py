"""JSON output: the same data, the same bytes, and a schema that describes every key."""

from __future__ import annotations

import copy
import json
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from chemoplan.report.json import to_json
from chemoplan.report.schema import NAMES, check_result, load_schema
from tests.spec.report_plans import audits, plans


def test_keys_keep_their_order_and_the_text_ends_with_a_newline():
    assert to_json({"b": 1, "a": [True, None]}) == '{\n  "b": 1,\n  "a": [\n    true,\n    null\n  ]\n}\n'


def test_letters_stay_letters():
    assert '"µmol"' in to_json({"unit": "µmol"})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"value": number})


def test_what_json_cannot_say_is_refused():
    with pytest.raises(TypeError, match="set has no form in JSON"):
        to_json({"value": {1}})


def test_half_a_surrogate_pair_survives_as_an_escape():
    text = to_json({"a": "x\ud800"})
    text.encode("utf-8")
    assert json.loads(text) == {"a": "x\ud800"}


def test_a_date_is_written_in_iso_form():
    assert json.loads(to_json({"on": date(2026, 11, 23)})) == {"on": "2026-11-23"}


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema_and_describes_every_key(name):
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://chemoplan.example/schema/{name}.json"
    undescribed = [path for path, node in properties(schema, name) if "description" not in node and "$ref" not in node]
    assert undescribed == []


def properties(node, path):
    if isinstance(node, dict):
        for key, value in node.get("properties", {}).items():
            yield f"{path}.{key}", value
        for key, value in node.items():
            yield from properties(value, f"{path}.{key}")
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from properties(item, f"{path}[{at}]")


@pytest.mark.parametrize("name", plans())
def test_every_plan_fits_its_schema(name):
    assert check_result("plan", plans()[name]) == []


@pytest.mark.parametrize("name", audits())
def test_every_audit_fits_its_schema(name):
    assert check_result("audit", audits()[name]) == []


@pytest.mark.parametrize(("kind", "results"), [("plan", plans), ("audit", audits)])
def test_no_key_is_written_that_the_schema_does_not_describe(kind, results):
    described = {path.rsplit(".", 1)[1] for name in ("plan", kind) for path, _ in properties(load_schema(name), name)}
    written = set().union(*(keys(result) for result in results().values()))
    assert written - described == set()


def keys(data):
    """Keys of everything that the program itself names (what a user proposed, and values, are the user's)."""
    if isinstance(data, list):
        return set().union(*map(keys, data), set())
    if isinstance(data, dict):
        return set(data).union(*(keys(item) for key, item in data.items() if key not in ("proposed", "value")), set())
    return set()


@pytest.mark.parametrize("break_it", [
    lambda plan: plan["options"][0].pop("evidence"),
    lambda plan: plan["options"][0].update(verdict="recommended"),
    lambda plan: plan["knowledge"].update(sha256="abc"),
    lambda plan: plan["facts"][0].update(status="guessed"),
    lambda plan: plan.update(options={}),
])  # fmt: skip
def test_a_plan_of_another_shape_does_not_fit(break_it):
    plan = copy.deepcopy(plans()["vague"])
    break_it(plan)
    assert check_result("plan", plan)


def test_a_witness_and_a_check_fit_their_schemas():
    assert (
        check_result(
            "ask",
            {"question": "q", "answer": "witness", "witness": {"ras": "mutated", "prior_drugs": {"at_least": []}}},
        )
        == []
    )
    assert check_result("ask", {"question": "q", "answer": "maybe", "witness": None})
    check = {"id": "a", "title": "b", "kind": "invariant", "holds": True, "witness": None, "message": ""}
    assert check_result("check", {"holds": True, "checks": [check]}) == []

"""The published JSON Schemas (draft 2020-12) of everything that the command line writes as JSON."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

NAMES = (
    "plan",
    "audit",
    "audit_order",
    "calc",
    "compare",
    "course",
    "order",
    "facts",
    "trials_list",
    "trials_parse",
    "tumor",
    "cohort",
    "cohort_plan",
    "cohort_trials",
    "germline",
    "germline_cohort",
    "ask",
    "check",
    "trials_match",
    "trials_why",
    "trials_funnel",
)
"""Each schema is `schema/<name>.schema.json` and has the `$id` https://chemoplan.example/schema/<name>.json."""


def load_schema(name: str) -> dict[str, Any]:
    """The schema of a result, by name."""
    text = files("chemoplan.report").joinpath("schema", f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def check_result(name: str, result: Any) -> list[str]:
    """Every place where a result departs from its schema, one line each; empty when it fits."""
    # Plans are made without the validator, which takes a while to import.
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    schemas = [load_schema(each) for each in NAMES]
    registry: Registry[Any] = Registry().with_resources((each["$id"], Resource.from_contents(each)) for each in schemas)
    validator = Draft202012Validator(
        load_schema(name), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(result)]

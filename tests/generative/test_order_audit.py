"""An audit of an order raises nothing on a correct order, however it is written, and finds every error of ten kinds by its name."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.audit_order import audit_order
from chemoplan.dosing.written import WrittenRefused, read_written
from chemoplan.intake.fhir.medication_requests import read_requests
from chemoplan.intake.refused import InputRefused
from chemoplan.report.json import to_json
from chemoplan.report.schema import check_result
from tests.generative.order_errors import KINDS, copied, correct_order, findings, well_person, with_error, written_for
from tests.generative.order_people import case_of, knowledge, ordered
from tests.spec.test_order_audit import ORDER, bundle, requests

SHORT = 400
LONG = 14_000
"""Seeds; about three in four give an order that is complete, so that more than 10,000 correct orders are held in the long run."""


def possible() -> set[str]:
    """Kinds of error that can be made with this knowledge."""
    drugs, changes = knowledge().dosing.drugs.values(), knowledge().dosing.dose_changes.values()
    found = set(KINDS)
    if not any(drug.premedication for drug in drugs):
        found.discard("premedication")
    if not any(change.topic == "interaction" and change.action != "warn" for change in changes):
        found.discard("interaction")
    return found


def correct_orders_raise_nothing(seeds: range) -> int:
    held = 0
    for seed in seeds:
        made = correct_order(seed)
        if made is None:
            continue
        regimen, facts, result = made
        written = written_for(regimen, copied(result), Random(-seed))
        told = [(row["id"], row["expected"], row["found"]) for row in findings(written, facts)]
        assert told == [], f"seed {seed}, {regimen}: {written}"
        held += 1
    return held


def every_error_is_found(seeds: range) -> Counter[str]:
    made_of: Counter[str] = Counter()
    for seed in seeds:
        made = correct_order(seed)
        if made is None:
            continue
        regimen, facts, result = made
        for kind in KINDS:
            wrong = with_error(kind, regimen, facts, copied(result), Random(seed))
            if wrong is None:
                continue
            made_of[kind] += 1
            told = [(row["kind"], row["severity"]) for row in findings(*wrong)]
            assert (kind, "reject") in told, f"seed {seed}, {regimen}, {kind}: {told}, {wrong[0]}"
    return made_of


def test_correct_orders_raise_nothing() -> None:
    assert correct_orders_raise_nothing(range(SHORT)) > SHORT // 2


def test_every_error_of_ten_kinds_is_found_and_rejected() -> None:
    made = every_error_is_found(range(SHORT // 2))
    assert {kind for kind in KINDS if made[kind] >= 3} >= possible(), made


@pytest.mark.long
def test_ten_thousand_correct_orders_raise_nothing() -> None:
    assert correct_orders_raise_nothing(range(SHORT, LONG)) >= 10_000


@pytest.mark.long
def test_every_error_in_thousands_of_orders_is_found() -> None:
    made = every_error_is_found(range(SHORT, LONG // 3))
    assert {kind for kind in KINDS if made[kind] >= 30} >= possible(), made


OWN = json.loads(to_json(ordered("mfolfox6", well_person("mfolfox6", Random(1)))))
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8),
    st.lists(st.integers(-3, 3), max_size=3),
    st.dictionaries(st.sampled_from(["value", "unit", "drug", "id"]), st.text(max_size=3), max_size=2),
    st.sampled_from(["1e9 mg", "\u0661 mg", "1-999", "9-1", "2 h", "mg/m2/d/d", "m2", "@", "mfolfox6@", "0x10", "1,5 mg", "-0"]),
)  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in plain data."""
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, item in below for found in places(item, (*path, key)))]


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The data with one value replaced."""
    if not path:
        return value
    whole = dict(data) if isinstance(data, dict) else list(data)
    whole[path[0]] = put(whole[path[0]], path[1:], value)
    return whole


@given(st.sampled_from(["hand", "own", "fhir"]), st.data())
def test_a_broken_order_is_refused_or_audited_and_never_breaks_the_program(form: str, data: st.DataObject) -> None:
    case = case_of(well_person("mfolfox6", Random(1)))
    document: Any = {"hand": ORDER, "own": OWN, "fhir": bundle(*requests())}[form]
    for _ in range(data.draw(st.integers(1, 3))):
        document = put(document, data.draw(st.sampled_from(places(document))), data.draw(JUNK))
    try:
        read = read_requests(document, "order") if form == "fhir" and isinstance(document, dict | list) else document
        result = audit_order(read_written(read, knowledge()), case, knowledge())
    except (WrittenRefused, DoseRefused, InputRefused) as refused:
        assert all("\n" not in line for line in getattr(refused, "lines", [str(refused)]))
        return
    assert check_result("audit_order", json.loads(to_json(result))) == []

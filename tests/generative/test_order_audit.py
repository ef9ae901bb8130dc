"""An audit of an order raises nothing on a correct order, however it is written, and finds every error of ten kinds by its name."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.generative.order_errors import KINDS, copied, correct_order, findings, with_error, written_for
from tests.generative.order_people import knowledge

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
            told = {row["kind"]: row["severity"] for row in findings(*wrong)}
            assert kind in told, f"seed {seed}, {regimen}, {kind}: {told}, {wrong[0]}"
            assert told[kind] == "reject", f"seed {seed}, {regimen}, {kind}: {told}"
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
